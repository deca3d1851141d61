"""How a visit to a page ends: one outcome, one reason. Log, tables and operator page all use these words."""

from enum import StrEnum


class Outcome(StrEnum):
    """What a visit to a page came to (enum type ``tidings.page_outcome``)."""

    NEW = "new"
    CHANGED = "changed"
    DUPLICATE = "duplicate"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a visit ended as it did (enum type ``tidings.page_reason``).

    A *rejected* page is one we decided against: asking again would change nothing. A *failed* page is one we
    wanted and could not have: it is tried again, more and more slowly, and then left.
    """

    # new, changed, duplicate, unchanged
    NEW_TEXT = "new_text"
    CHANGED_TEXT = "changed_text"
    KNOWN_TEXT = "known_text"
    SAME_TEXT = "same_text"
    NOT_MODIFIED = "not_modified"

    # rejected before a request was sent
    SCHEME_NOT_ALLOWED = "scheme_not_allowed"
    PORT_NOT_ALLOWED = "port_not_allowed"
    PRIVATE_ADDRESS = "private_address"
    ROBOTS_DISALLOWED = "robots_disallowed"
    URL_TOO_LONG = "url_too_long"
    URL_INVALID = "url_invalid"
    OFF_SITE = "off_site"
    TOO_OLD = "too_old"
    OVER_BUDGET = "over_budget"
    QUARANTINED = "quarantined"
    KNOWN = "known"

    # rejected for what came back
    TOO_LARGE = "too_large"
    NOT_HTML = "not_html"
    NOT_ARTICLE = "not_article"
    TOO_SHORT = "too_short"
    PART_OF_ARTICLE = "part_of_article"
    REDIRECT_LOOP = "redirect_loop"
    OPTED_OUT = "opted_out"
    LOGIN_WALL = "login_wall"
    PAYWALL = "paywall"
    SOFT_404 = "soft_404"
    EXPIRED = "expired"
    HTTP_410 = "http_410"
    HTTP_451 = "http_451"

    # failed
    HTTP_401 = "http_401"
    HTTP_403 = "http_403"
    HTTP_404 = "http_404"
    HTTP_4XX = "http_4xx"
    HTTP_429 = "http_429"
    HTTP_5XX = "http_5xx"
    HTTP_503 = "http_503"
    BOT_WALL = "bot_wall"
    COOKIE_WALL = "cookie_wall"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    HOST_PAUSED = "host_paused"
    HOST_DOWN = "host_down"
    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    TRUNCATED = "truncated"
    EXTRACTION_ERROR = "extraction_error"
    EXTRACTION_TIMEOUT = "extraction_timeout"
    EXTRACTION_CRASHED = "extraction_crashed"
    EXTRACTION_MEMORY = "extraction_memory"
    BAD_ROW = "bad_row"


NEVER_FETCHED = frozenset(
    {
        Reason.SCHEME_NOT_ALLOWED,
        Reason.PORT_NOT_ALLOWED,
        Reason.PRIVATE_ADDRESS,
        Reason.ROBOTS_DISALLOWED,
        Reason.ROBOTS_UNREACHABLE,
        Reason.HOST_PAUSED,
        Reason.HOST_DOWN,
        Reason.URL_TOO_LONG,
        Reason.URL_INVALID,
        Reason.OFF_SITE,
        Reason.TOO_OLD,
        Reason.OVER_BUDGET,
        Reason.QUARANTINED,
        Reason.KNOWN,
    }
)
"""Reasons of pages for which no request was sent: their event is ``link.rejected``, not ``page.finished``."""


OF_THE_HOST = frozenset(
    {
        Reason.HOST_PAUSED,
        Reason.HOST_DOWN,
        Reason.ROBOTS_UNREACHABLE,
        Reason.DNS,
        Reason.CONNECTION,
        Reason.TLS,
        Reason.TIMEOUT,
        Reason.HTTP_429,
        Reason.HTTP_503,
        Reason.HTTP_5XX,
    }
)
"""Reasons that speak of the host, not of the page: however long that lasts, the page is not given up for it."""


POISONOUS = frozenset({Reason.EXTRACTION_CRASHED, Reason.EXTRACTION_TIMEOUT, Reason.EXTRACTION_MEMORY})
"""Reasons of pages that cost the process that reads them: the third in a row puts a page into quarantine."""


GONE = frozenset({Reason.HTTP_404, Reason.HTTP_410, Reason.SOFT_404})
"""Where an article stood, it stands no more: what is stored of it is kept."""


WALLS_THAT_OPEN = frozenset({Reason.BOT_WALL, Reason.COOKIE_WALL})
"""What stands in a page's place for some askers and at some times: the page is worth another try."""


class RefusedError(Exception):
    """Raised where a page turns out to be one we will not have, or cannot have."""

    def __init__(self, outcome: Outcome, reason: Reason, detail: str | None = None) -> None:
        super().__init__(detail or reason.value)
        self.outcome = outcome
        self.reason = reason
        self.detail = detail
