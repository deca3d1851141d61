"""What a visit met on its way, in a few hundred bytes, as ``tidings.pages.trace`` keeps it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from scrapy.http import Request, Response

from crawler.ingestion.page import Visit
from crawler.text import storable
from crawler.validators import conditions_of

if TYPE_CHECKING:
    from crawler.reading import Verdict

_LONGEST_TYPE = 100  # characters
_LONGEST_HOP = 500
_SAID = ("ETag", "Last-Modified")


def trace_of(
    visit: Visit,
    request: Request | None,
    response: Response | None = None,
    verdict: "Verdict | None" = None,
    *,
    read_seconds: float | None = None,
    num_pages: int = 1,
) -> dict[str, Any]:
    """All that is known of a visit besides its outcome, in JSON types; what it has nothing of is left out.

    ``request`` is the last one that was made for it, after all redirects. The key ``ms`` has milliseconds: waiting
    for a turn at the host and downloading, over all redirects, and reading.
    """
    meta: Mapping[str, Any] = request.meta if request else {}
    trace = {
        "for": meta.get("visit_for"),
        "sent": conditions_of(request.headers) if request else None,
        "via": [name for name, is_so in _ways(meta).items() if is_so],
        "http": getattr(response, "protocol", None),
        "hops": _hops(meta),
        "at": storable(request.url[:_LONGEST_HOP]) if request and response is None and _hops(meta) else None,
        "robots": meta.get("robots"),
        "type": _type(response),
        "said": [name for name in _SAID if response is not None and name in response.headers],
        "ms": _milliseconds(meta, read_seconds),
        "pages": num_pages if num_pages > 1 else None,
        "attempt": visit.attempt if visit.attempt > 1 else None,
    }
    if verdict is not None:
        trace |= verdict.trace
    return {name: value for name, value in trace.items() if value or (name == "robots" and value is not None)}


def _ways(meta: Mapping[str, Any]) -> dict[str, bool]:
    return {"browser": bool(meta.get("is_rendered")), "proxy": "proxy" in meta}


def _hops(meta: Mapping[str, Any]) -> list[list[Any]]:
    """The redirects: the status, or ``refresh``, and the URL that answered with it."""
    urls, reasons = meta.get("redirect_urls", ()), meta.get("redirect_reasons", ())
    return [[reason, storable(url[:_LONGEST_HOP])] for reason, url in zip(reasons, urls, strict=False)]


def _type(response: Response | None) -> str | None:
    value = response.headers.get("Content-Type") if response is not None else None
    return storable(value.decode("latin-1"))[:_LONGEST_TYPE] if value else None


def _milliseconds(meta: Mapping[str, Any], read_seconds: float | None) -> dict[str, int]:
    parts = {"turn": meta.get("turn_seconds"), "download": meta.get("download_seconds"), "read": read_seconds}
    return {name: round(seconds * 1000) for name, seconds in parts.items() if seconds is not None}
