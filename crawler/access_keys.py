"""What an operator may write in those keys of a source that say what it is asked with."""

import re
from urllib.parse import urlsplit

from crawler.references import is_reference

# RFC 9110, 5.6.2: a token.
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 6265, 4.1.1, less the quotation marks around a value, which browsers send as they are.
COOKIE_VALUE = re.compile(r"[\x21-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*")
# RFC 9110, 5.5; whoever needs more than Latin-1 has to encode it.
FIELD_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")

# Headers with a key of their own, and those that the downloader itself answers for.
_INSTEAD = {
    "authorization": "use basic_auth or bearer_token",
    "cookie": "use cookies",
    "user-agent": "use user_agent",
}
_OURS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "expect", "host", "if-modified-since", "if-none-match",
        "keep-alive", "range", "te", "trailer", "transfer-encoding", "upgrade",
    }
)  # fmt: skip


def check_headers(headers: dict[str, str]) -> dict[str, str]:
    """Headers that a source may add, with plain values or references; raises ValueError."""
    for name, value in headers.items():
        lower = name.lower()
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a header")
        if lower in _INSTEAD:
            raise ValueError(f"{name} is not for headers: {_INSTEAD[lower]}")
        if lower.startswith("proxy-"):
            raise ValueError(f"{name} is not for headers: use proxy, with the log-in in its URL")
        if lower in _OURS:
            raise ValueError(f"{name} is set by the downloader itself: leave it out")
        _check(FIELD_VALUE, value, f"the value of {name} has characters that a header cannot carry")
    return headers


def check_cookies(cookies: dict[str, str]) -> dict[str, str]:
    """Cookies that a source is sent, with plain values or references; raises ValueError."""
    for name, value in cookies.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is not the name of a cookie")
        _check(COOKIE_VALUE, value, f"the value of {name} has characters that a cookie cannot carry")
    return cookies


def check_user_agent(value: str) -> str:
    """A user agent; robots.txt is obeyed by the product token in it. Raises ValueError."""
    if not re.search(r"[A-Za-z]", value) or not FIELD_VALUE.fullmatch(value):
        raise ValueError('is not a user agent; write it like "examplebot/1.0 (+https://example.org/bot)"')
    return value


def check_proxy(value: str) -> str:
    """The URL of a proxy, or a reference to one; raises ValueError, which never repeats it."""
    if is_reference(value):
        return value
    check_proxy_url(value)
    if "@" in urlsplit(value).netloc:
        raise ValueError(
            'must not hold a log-in: keep the whole URL elsewhere, and write "env:NAME" or "file:/path" here'
        )
    return value


def check_proxy_url(value: str) -> None:
    """Raise ValueError for what is not the URL of a proxy that we can use; the message does not repeat it."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0 and value.isascii()
    except ValueError:
        usable = False
    if not usable:
        raise ValueError('is not the URL of a proxy; write it like "http://proxy.example:3128"')


def _check(pattern: re.Pattern[str], value: str, complaint: str) -> None:
    if not pattern.fullmatch(value):
        raise ValueError(complaint)
    if value.startswith(("env:", "file:")) and not is_reference(value):
        raise ValueError(f'{value!r} is no reference: write "env:NAME" or "file:/path", from the root on')
