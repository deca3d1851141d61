"""Every reason in a sentence for people, and what would change it: the one place where they are worded."""

from collections.abc import Mapping
from typing import NamedTuple

from crawler.outcomes import Reason


class Words(NamedTuple):
    """What a reason means; ``remedy`` is what an operator may do, None where that is nothing, or to wait.

    ``command`` does that; ``{url}`` in it stands for the URL.
    """

    why: str
    remedy: str | None = None
    command: str | None = None


_REREAD = ("see why the page was read that way", "tidings extract {url} --explain")
_QUARANTINE = ("have it tried again by the next run of its source", "tidings quarantine retry {url}")

REASONS: Mapping[Reason, Words] = {
    Reason.NEW_TEXT: Words("its text was stored: nobody had it before"),
    Reason.CHANGED_TEXT: Words("it showed another text than before, which was stored as its next revision"),
    Reason.KNOWN_TEXT: Words("its text was stored already, from another URL: it counts as a copy"),
    Reason.SAME_TEXT: Words("it showed the text that is stored"),
    Reason.NOT_MODIFIED: Words("its server said that nothing has changed (304)"),
    Reason.SCHEME_NOT_ALLOWED: Words("its scheme is neither http nor https"),
    Reason.PORT_NOT_ALLOWED: Words(
        "its port may not be asked",
        "add the port to [crawl] allow_ports: it is then visited when it is listed again",
    ),
    Reason.PRIVATE_ADDRESS: Words(
        "its host is at an address that is not public",
        "if that is meant, add the network to [crawl] allow_networks: it is then visited when it is listed again",
    ),
    Reason.ROBOTS_DISALLOWED: Words(
        "the site's robots.txt forbids it",
        "only its publisher can change that; it is judged anew when listed again",
    ),
    Reason.URL_TOO_LONG: Words("its URL is over 2,000 characters long"),
    Reason.URL_INVALID: Words("it is no URL that can be asked for"),
    Reason.OFF_SITE: Words(
        "it is on none of the source's own sites",
        "name its host in the source's hosts, or add its site as a source",
    ),
    Reason.TOO_OLD: Words(
        "the document that lists it dates it before the source's max_age",
        "raise or remove max_age of the source: it is then visited when it is listed again",
    ),
    Reason.OVER_BUDGET: Words(
        "there was no room left for it in its run",
        "the next runs go on with it by themselves; raise max_pages of the source if that is too late",
    ),
    Reason.QUARANTINED: Words(
        "reading it has crashed, hung or bloated the reader three times in a row", *_QUARANTINE
    ),
    Reason.KNOWN: Words("it had been visited before"),
    Reason.TOO_LARGE: Words(
        "it is larger than a page may be", "raise [crawl] max_page_bytes, if it is an article at all"
    ),
    Reason.NOT_HTML: Words("it is no HTML page"),
    Reason.NOT_ARTICLE: Words("the page was read, and is no article", *_REREAD),
    Reason.TOO_SHORT: Words("the page has next to no text", *_REREAD),
    Reason.PART_OF_ARTICLE: Words("it is a further page of an article, whose text is stored with its first page"),
    Reason.REDIRECT_LOOP: Words("its redirects lead in a circle, or over more than eight steps"),
    Reason.OPTED_OUT: Words(
        "its publisher asks not to have it archived or mined",
        "[crawl] obey_opt_outs says which of these are heeded",
    ),
    Reason.LOGIN_WALL: Words(
        "the page asks for a log-in in place of the article",
        "if there is an account, give the source its cookies, basic_auth or bearer_token",
    ),
    Reason.PAYWALL: Words(
        "the page shows a teaser in place of the article",
        "if there is a subscription, give the source its cookies",
    ),
    Reason.SOFT_404: Words('the page says "not found", under the status 200'),
    Reason.EXPIRED: Words(
        "what stood there was deleted when its time was over, and does not come back",
        "see what is kept how long",
        "tidings db retention",
    ),
    Reason.HTTP_410: Words("its server says that it is gone for good (410)"),
    Reason.HTTP_451: Words("its server withholds it for legal reasons (451)"),
    Reason.HTTP_401: Words(
        "its server wants a log-in (401)", "give the source basic_auth, bearer_token, headers or cookies"
    ),
    Reason.HTTP_403: Words(
        "its server refuses it to us (403)",
        "give the source another user_agent, headers or cookies, if it may be asked",
    ),
    Reason.HTTP_404: Words("its server does not know it (404)"),
    Reason.HTTP_4XX: Words("its server refuses the request (4xx)"),
    Reason.HTTP_429: Words("its server says that it is asked too often (429)", "raise delay of the source"),
    Reason.HTTP_5XX: Words("its server is broken (5xx)"),
    Reason.HTTP_503: Words("its server is busy (503)"),
    Reason.BOT_WALL: Words("a challenge stands in place of the page (CAPTCHA or the like)"),
    Reason.COOKIE_WALL: Words(
        "the page asks for consent to cookies in place of the article",
        "give the source the cookie that stands for consent, or javascript = true",
    ),
    Reason.ROBOTS_UNREACHABLE: Words("the site's robots.txt could not be had, so nothing was asked for"),
    Reason.HOST_PAUSED: Words("its host has asked to be left alone for a while"),
    Reason.HOST_DOWN: Words("its host had failed too often in that run to be asked again"),
    Reason.DNS: Words("the name of its host does not resolve"),
    Reason.CONNECTION: Words("there was no connection to its host, or it broke"),
    Reason.TLS: Words(
        "its host's certificate or handshake is not in order",
        "if its certificate is known to be as it is, set verify_tls = false for the source",
    ),
    Reason.TIMEOUT: Words("it did not come in time", "raise [crawl] timeout if its host is always so slow"),
    Reason.TRUNCATED: Words("less of it came than its server had announced"),
    Reason.EXTRACTION_ERROR: Words("we broke while reading it: a defect of ours, and worth a report"),
    Reason.EXTRACTION_TIMEOUT: Words("reading it took longer than [crawl] extraction_timeout"),
    Reason.EXTRACTION_CRASHED: Words("reading it ended the process that reads"),
    Reason.EXTRACTION_MEMORY: Words("reading it took more than [crawl] worker_memory"),
    Reason.BAD_ROW: Words("a value of it does not fit the database: a defect of ours, and worth a report"),
}

DOCUMENT_REASONS: Mapping[str, str] = {
    "unreadable": "it is neither feed nor sitemap",
    "no_feed_found": "the home page knows of no feed",
    "error": "we broke while reading it",
}
"""Reasons that polls have beside those of pages."""


def words_of(reason: str | None) -> Words:
    """The words for a reason; itself, for one that another version wrote."""
    try:
        return REASONS[Reason(reason or "")]
    except ValueError:
        return Words(DOCUMENT_REASONS.get(reason or "", (reason or "").replace("_", " ")))
