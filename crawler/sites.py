"""Which URLs belong together: the site that publishes them, and the host that serves them."""

from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from tldextract import TLDExtract

_DEFAULT_PORTS = {"http": 80, "https": 443}


def host_of(url: str) -> str:
    """The host that serves a URL, which is what a pace is kept towards; empty for what is no URL.

    In lower case, and with the port where it is not the scheme's own: another port is another server.
    """
    host, port = _authority(url)
    return f"{host}{port}"


def site_of(url: str) -> str:
    """The site that a URL belongs to: its registrable domain (example.co.uk), else its host."""
    host, _ = _authority(url)
    return _public_suffixes()(host).top_domain_under_public_suffix or host


def politeness_key(url: str) -> str:
    """What one run at a time may visit: a site, with the port where it is not the scheme's own."""
    return f"{site_of(url)}{_authority(url)[1]}"


def _authority(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return "", ""
    return host, "" if port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{port}"


@cache
def _public_suffixes() -> "TLDExtract":
    from tldextract import TLDExtract

    # The list that ships with the package: nothing is fetched, nothing is written.
    return TLDExtract(suffix_list_urls=(), cache_dir=None)
