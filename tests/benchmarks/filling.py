"""A database with as many articles as one likes, quickly, and batches of pages that meet them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg

from crawler.article import Article
from crawler.ingestion.identity import HASH_VERSION, KEY_VERSION, content_hash, url_key
from crawler.ingestion.page import Page, Visit
from crawler.paragraphs import Paragraph, paragraph_key

_SOURCES = 20
_DAYS = 25  # over which the articles are spread, up to now: those whose sketches are kept
MOST_MET = 20_000
"""Stored articles that a batch may meet again; the hashes of the others belong to no text."""

MIX = (("new", 60), ("duplicate", 20), ("unchanged", 10), ("edited", 5), ("near", 5))
"""Of a hundred pages: what they are to what is stored."""


# Foreign keys, and indexes that are no constraints, are quicker checked and made at the end. What belongs to a
# partition goes and comes with its table's.
SET_ASIDE = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD %s', conrelid::regclass, pg_get_constraintdef(oid))
  FROM pg_constraint
 WHERE contype = 'f' AND conparentid = 0 AND connamespace = 'tidings'::regnamespace
UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ')
  FROM pg_index JOIN pg_class ON oid = indexrelid
 WHERE relnamespace = 'tidings'::regnamespace AND relname NOT LIKE 'procrastinate%' AND NOT relispartition
   AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
"""


class Words:
    """Invented words, and texts of them: 3 to 5 KB in paragraphs, as articles have."""

    def __init__(self) -> None:
        random = Random(7)
        syllables = [c + v + e for c in "bdfgklmnprstvz" for v in "aeiouéü" for e in ("", "n", "r", "st")]
        self._words = ["".join(random.choices(syllables, k=random.choice((1, 2, 2, 3, 4)))) for _ in range(20_000)]
        self._passages = [" ".join(random.choices(self._words, k=70)) for _ in range(20_000)]

    def stored(self, number: int) -> tuple[str, str]:
        """Headline and body of a stored article: the same for the same number."""
        random = Random(number)
        passages = random.choices(self._passages, k=random.randrange(6, 10))
        return f"{passages[0][:60]} {number}", ".\n".join(passages)

    def fresh(self, random: Random) -> tuple[str, str]:
        """Headline and body that nobody has stored."""
        lines = [" ".join(random.choices(self._words, k=70)) for _ in range(random.randrange(6, 10))]
        return " ".join(random.choices(self._words, k=8)), ".\n".join(lines)

    def edited(self, body: str, random: Random) -> str:
        """The body with two other words in it."""
        words = body.split(" ")
        for _ in range(2):
            words[random.randrange(len(words))] = random.choice(self._words)
        return " ".join(words)


def fewest_articles(batches: int, size: int = 200) -> int:
    """How many articles must be stored before, so that so many batches never meet one twice."""
    return batches * size * sum(share for kind, share in MIX if kind != "new") // 100


def url_of(number: int) -> str:
    """Where a stored article stands: in the canonical form of URLs, of which a key is made."""
    return f"http://source-{number % _SOURCES}.example/news/2026/03/article-{number}"


def fill(connection: psycopg.Connection[Any], words: Words, count: int) -> list[Visit]:
    """Store so many articles, each at a URL of its own with one page and two authors; returns a run per source."""
    drops, adds = zip(*connection.execute(SET_ASIDE).fetchall(), strict=True)
    for statement in drops:
        connection.execute(statement)
    first_day = datetime.now(UTC) - timedelta(days=_DAYS)
    visits = _sources(connection)
    _articles(connection, words, count, first_day)
    _rest(connection, visits, count, first_day)
    for statement in adds:
        connection.execute(statement)
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    connection.autocommit = False
    return visits


def _sources(connection: psycopg.Connection[Any]) -> list[Visit]:
    visits = []
    for number in range(_SOURCES):
        name, run_id = f"source-{number}", uuid4()
        source_id = connection.execute(
            "INSERT INTO tidings.sources (name, url, state, origin, definition, host_lock, created_at, updated_at)"
            " VALUES (%s, %s, 'disabled', 'command', '{}', %s, now(), now()) RETURNING source_id",
            (name, f"https://www.{name}.example/", name),
        ).fetchone()[0]
        connection.execute(
            "INSERT INTO tidings.runs (run_id, source_id, trigger, revisit, scheduled_for, queued_at, attempt)"
            " VALUES (%s, %s, 'command', false, now(), now(), 1)",
            (run_id, source_id),
        )
        visits.append(Visit(run_id, 1, source_id, name))
    return visits


def _articles(connection: psycopg.Connection[Any], words: Words, count: int, first_day: datetime) -> None:
    known = set(coming_again(count))
    random = Random(3)
    columns = "article_id, content_hash, hash_version, headline, article_body, keywords, word_count, first_seen_at"
    with connection.cursor().copy(f"COPY tidings.articles ({columns}) FROM STDIN") as copy:
        for number in range(count):
            headline, body = words.stored(number)
            key = content_hash(headline, body) if number in known else random.randbytes(32)
            at = first_day + timedelta(days=_DAYS) * number / count
            lines = body.replace("\n", "\\n")
            copy.write(
                f"{number}\t\\\\x{key.hex()}\t{HASH_VERSION}\t{headline}\t{lines}\t{{}}\t{body.count(' ')}\t{at}\n"
            )


def _rest(connection: psycopg.Connection[Any], visits: list[Visit], count: int, first_day: datetime) -> None:
    """Everything beside the articles, by the statements of ``filling.sql``."""
    text = (
        Path(__file__)
        .with_suffix(".sql")
        .read_text(encoding="utf-8")
        .format(
            at="%(first)s + make_interval(days => %(days)s) * (n::float8 / %(count)s)",
            url="format('http://source-%%s.example/news/2026/03/article-%%s', n %% %(sources)s, n)",
            source="1 + n %% %(sources)s",
            numbers="FROM generate_series(0, %(count)s - 1) AS n",
            key_version=KEY_VERSION,
        )
    )
    about = {"count": count, "sources": _SOURCES, "first": first_day, "days": _DAYS}
    about["run_ids"] = [visit.run_id for visit in visits]
    for statement in text.strip().removesuffix(";").split(";\n"):
        connection.execute(statement, about)
    key = connection.execute("SELECT url_key FROM tidings.urls WHERE url_id = 0").fetchone()[0]
    if bytes(key) != url_key(url_of(0)):
        raise AssertionError("filling.sql makes other keys than url_key()")


def coming_again(count: int) -> range:
    """The numbers of the stored articles that batches may meet, from all over the time."""
    return range(0, count, max(1, count // MOST_MET))


@dataclass
class Batches:
    """Batches of pages of the same mix, which never repeat one another."""

    words: Words
    visits: list[Visit]
    count: int
    size: int = 200

    def __post_init__(self) -> None:
        self._random = Random(11)
        known = list(coming_again(self.count))
        self._random.shuffle(known)
        self._known = iter(known)
        self._number = self.count

    def __iter__(self) -> Iterator[list[Page]]:
        while True:
            kinds = [kind for kind, share in MIX for _ in range(share * self.size // 100)]
            self._random.shuffle(kinds)
            yield [self._page(kind) for kind in kinds]

    def _page(self, kind: str) -> Page:
        self._number += 1
        url = url_of(self._number)
        if kind == "new":
            headline, body = self.words.fresh(self._random)
        else:
            met = next(self._known)
            headline, body = self.words.stored(met)
            url = url_of(met) if kind in ("unchanged", "edited") else url
            body = self.words.edited(body, self._random) if kind in ("edited", "near") else body
        at = datetime.now(UTC)
        authors = tuple(f"Author {self._random.randrange(1000)}" for _ in range(2))
        article = Article(
            url, headline, body, authors=authors, in_language="en", date_published=at, canonical_url=url,
            description=body[:150], article_section="News", word_count=body.count(" "),
            origins=dict.fromkeys(("headline", "article_body", "authors", "date_published"), "json_ld"),
        )  # fmt: skip
        lines = body.split("\n")
        return Page(
            self.visits[self._number % len(self.visits)], url, at, article, http_status=200, num_bytes=60_000,
            duration_ms=400, paragraphs=tuple(Paragraph(paragraph_key(line) or 0, len(line)) for line in lines),
        )  # fmt: skip
