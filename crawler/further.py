"""An article's further pages, fetched outside any run."""

from crawler.article import Article, Hints
from crawler.extraction import Reading, read_briefly
from crawler.extraction.pages.joining import adds_text, has_room, is_same_article
from crawler.extraction.pages.pagination import MOST_PAGES
from crawler.fetch import Fetched, Fetcher
from crawler.outcomes import RefusedError


async def fetch_whole(fetcher: Fetcher, url: str, hints: Hints) -> tuple[Fetched, list[Article]]:
    """The answer to a request for ``url``, and what stands on the further pages of its article, as far as they go.

    Raises:
        RefusedError: the first page may not be fetched, or could not be.
    """
    fetched = await fetcher.fetch(url)
    reading = await _read(fetcher, fetched, hints)
    pages = [reading.result] if isinstance(reading.result, Article) else []
    seen = {url, fetched.url}
    while pages and reading.next_page and reading.next_page not in seen and len(pages) < MOST_PAGES:
        seen.add(reading.next_page)
        try:
            answer = await fetcher.fetch(reading.next_page)
        except RefusedError:
            break
        if answer.url != reading.next_page and answer.url in seen:
            break
        seen.add(answer.url)
        reading = await _read(fetcher, answer, hints)
        page = reading.result
        if not isinstance(page, Article) or not _goes_on(pages, page):
            break
        pages.append(page)
    return fetched, pages[1:]


async def _read(fetcher: Fetcher, fetched: Fetched, hints: Hints) -> Reading:
    headers = {"content-type": fetched.content_type or ""}
    return await fetcher.reader.run(read_briefly, fetched.body, fetched.url, headers=headers, hints=hints)


def _goes_on(pages: list[Article], page: Article) -> bool:
    return is_same_article(pages[0], page) and has_room(pages, page) and adds_text(pages, page)
