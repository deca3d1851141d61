"""Which URLs belong together: the site that publishes them, and the host that serves them."""

from functools import cache, lru_cache
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


def is_same_site(one: str, other: str) -> bool:
    """Whether two URLs are of one site at one port, so that a page of one may speak for the other.

    Narrower than :func:`politeness_key`: two blogs under one roof (a.blogspot.com, b.blogspot.com) are two sites.
    """
    (host, port), (other_host, other_port) = _authority(one), _authority(other)
    return port == other_port and bool(host) and (host == other_host or _owner(host) == _owner(other_host))


def _owner(host: str) -> str:
    return registered_domain(host) or host


@lru_cache(maxsize=4096)
def registered_domain(host: str) -> str:
    """The name that somebody has registered, or the service under whose roof it is gave out: one.blogspot.com.

    By the whole public suffix list, private suffixes too; empty for addresses, and for suffixes themselves.
    """
    found = _public_suffixes()(host, include_psl_private_domains=True)
    if found.suffix or found.ipv4 or found.ipv6:
        return found.top_domain_under_public_suffix
    # publicsuffix.org/list: where no rule matches, the last label is the suffix, as of the reserved .example.
    labels = host.split(".")
    return ".".join(labels[-2:]) if all(labels[-2:]) and len(labels) > 1 and not labels[-1].isdigit() else ""


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
