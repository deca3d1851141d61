"""What a page says of itself, as far as it is believed: which URL is its own, and by when it was published."""

from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit

from crawler.ingestion.identity import url_key
from crawler.ingestion.page import Page
from crawler.sites import is_same_site

_DAY = timedelta(days=1)
_ROOTS = frozenset({"", "/"})


def canonical_key(url: str, canonical_url: str | None) -> bytes | None:
    """The URL key of what the page at ``url`` names as its own URL (rel=canonical), if that is believed.

    A page speaks for its own site alone. The home page, named by any other, is a template's mistake.
    """
    if canonical_url is None:
        return None
    if canonical_url == url:  # as on most pages
        return url_key(url)
    if not is_same_site(url, canonical_url) or (_is_home(canonical_url) and not _is_home(url)):
        return None
    return url_key(canonical_url)


def published_before(page: Page) -> datetime | None:
    """The moment by which the page was out, by its publisher's word; None without one that can be believed.

    A day without a time, which stands in ``date_published`` as its midnight there or in UTC, means its end, or the
    visit, if that was before. What had not come yet at the visit does not count: an embargo, or a wrong clock.
    """
    claimed = page.article.date_published if page.article else None
    if claimed is None or claimed > page.fetched_at:
        return None
    is_day = time() in {claimed.astimezone(zone).time() for zone in (UTC, page.visit.zone)}
    return min(claimed + _DAY, page.fetched_at) if is_day else claimed


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in _ROOTS and not parts.query
