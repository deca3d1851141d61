"""``python -m tests.support.linking URL PAPER ROUNDS``: one of several that store near-copies at once."""

import asyncio
import random
import sys
from datetime import UTC, datetime

from crawler.article import Article
from crawler.ingestion.loading import load
from crawler.ingestion.page import Page, Visit
from crawler.ingestion.stories.linking import link
from sql.database import Database, open_database
from tests.support.near_copies import two_words
from tests.support.wire import Tongue

ENGLISH = Tongue("en")


async def visit(database: Database, name: str) -> Visit:
    """The run of this source that is under way."""
    async with database.transaction() as connection:
        cursor = await connection.execute(
            "SELECT r.run_id, r.attempt, r.source_id FROM tidings.runs r JOIN tidings.sources s USING (source_id)"
            " WHERE s.name = %s",
            (name,),
        )
        run_id, attempt, source_id = await cursor.fetchone() or ()
    return Visit(run_id, attempt, source_id, name)


async def main(url: str, paper: str, rounds: int) -> None:
    """Store the paper's own version of a new text in each round, and link it."""
    async with open_database(url, application_name="tests") as database:
        paper_ = await visit(database, paper)
        for number in range(rounds):
            words = ENGLISH.words(random.Random(f"round {number}"), 90)
            body = ENGLISH.text(two_words(ENGLISH, random.Random(f"{paper} {number}"), words))
            place = f"https://{paper}.example/{number}"
            page = Page(paper_, place, datetime.now(UTC), Article(place, "Headline", body, word_count=90))
            (stored,) = await load(database, [page])
            await link(database, {stored.article_id or 0: body})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
