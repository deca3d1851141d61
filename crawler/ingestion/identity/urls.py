"""When two URLs are the same page.

A wrong yes loses an article, a wrong no costs a request: what is in doubt is another page. Sources: RFC 3986,
section 6 (what no server tells apart); the Internet Archive's SURT, https://github.com/internetarchive/surt (www,
http and https, order of parameters, session ids, the last slash; but not its lower case of paths, nor ``www2.``).
"""

import hashlib
import re
from functools import lru_cache, partial
from string import ascii_letters, digits

from crawler.ingestion.identity.parameters import makes_no_page
from crawler.sites import registered_domain

# Stored with every key. Whoever changes canonical_form() counts it up, here and in sql/queries/rekeying.sql, and
# makes the index anew by which older keys are found.
KEY_VERSION = 2

LONGEST_URL = 4000
"""Characters of a URL that are kept and compared. Half as long is too long to be fetched."""

_PARTS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.IGNORECASE | re.DOTALL)
_CONTROLS = re.compile(r"[\0-\x1f\x7f\ud800-\udfff]")
_SERVER = re.compile(r"(\[[^\]]*\]|[^:]*)(?::([0-9]{0,5}))?")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_DOTS = ".\u3002\uff0e\uff61"  # RFC 3490, section 3.1
_DEVICES = frozenset({"www", "m", "mobile", "amp"})
# developers.google.com/amp/cache/overview: "c" is a document, "s" says that it is had over https.
_AMP_CACHE = re.compile(
    r"https?://(?:(?:[\w-]+\.)?cdn\.ampproject\.org/(?:[a-z]{1,2}/)?|(?:www\.)?google\.[a-z.]{2,6}/amp/)s/(.+)",
    re.IGNORECASE | re.DOTALL,
)

# RFC 3986, section 2.3, and what a percent-encoding of stands for the same thing: in a path, and in a parameter.
_UNRESERVED = f"-.~_{ascii_letters}{digits}"
_IN_PATH = {f"%{ord(char):02X}": char for char in _UNRESERVED + "!$&'()*+,=:@"}
_IN_QUERY = {f"%{ord(char):02X}": char for char in _UNRESERVED + "!$'()*,:@/?"}
_PATH = re.compile(r"[-.~\w!$&'()*+,=:@;/]*", re.ASCII)
_PAIR = re.compile(r"[-.~\w!$'()*,:@/?;=]*", re.ASCII)
_PATH_SPELLING = re.compile(r"%[0-9A-F]{2}|[^-.~\w!$&'()*+,=:@;/]", re.ASCII | re.IGNORECASE)
_PAIR_SPELLING = re.compile(r"%[0-9A-F]{2}|[^-.~\w!$'()*,:@/?;=]", re.ASCII | re.IGNORECASE)

_PATH_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
# ASP.NET keeps it in a segment of its own, (S(24 characters)), and in its first version without the S.
_ASP_SESSION = re.compile(r"/\((?:(?:[A-Z]\([\w-]{20,}\))+|[0-9a-z]{24})\)(?=/|$)", re.IGNORECASE)
_INDEXES = frozenset({"index.html", "index.htm", "index.shtml", "index.php"})
_AMP = frozenset({"amp", "google-amp"})
_AMP_FILE = re.compile(r"(.*\w)\.amp(\.html?)?", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_DATE = re.compile(r"(?:.*/)?(?:19|20)\d\d(?:[/-]\d\d?){0,2}")
# Where a segment names no article, whatever it looks like, "amp" below it is a word.
_SHELVES = frozenset({
    "tag", "tags", "topic", "topics", "category", "categories", "section", "sections", "thema", "themen", "label",
    "search", "shop", "store", "product", "products", "collections",
})  # fmt: skip


@lru_cache(maxsize=1024)  # what is asked for, where redirects lead and what the page names are mostly one URL
def url_key(url: str) -> bytes:
    """SHA-256 (32 bytes) of the URL's canonical form, and of that form's version.

    So no key of one version is one of another: while a database is keyed anew, both stand in one unique column.
    """
    canonical = f"{KEY_VERSION} {canonical_form(url)}"
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).digest()


def canonical_form(url: str) -> str:
    """The URL without what does not make another page (version 2); itself a URL, but not one to ask for.

    README.md of this folder lists what is dropped or evened out. What is no http(s) URL is left as it is: it is
    still one thing we saw. Of a URL too long to be fetched the beginning counts.
    """
    url = url[:LONGEST_URL]
    if not url.isprintable():
        url = _CONTROLS.sub("", url)
    url = url.strip()
    if "/s/" in url and (cached := _AMP_CACHE.fullmatch(url)):
        return canonical_form(f"https://{cached[1]}")
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return url
    scheme, authority, path, query, fragment = parts.groups()
    canonical = _server(scheme.lower(), authority) + _canonical_path(path)
    if query and (query := _canonical_query(query)):
        canonical = f"{canonical}?{query}"
    # A fragment is a place on the page, but where scripts take it for a path, as #!/article/1 or #/article/1.
    if fragment and fragment[0] in "!/" and len(fragment) > len("!/"):
        canonical = f"{canonical}#{fragment}"
    return canonical_form(canonical) if "/s/" in canonical and _AMP_CACHE.fullmatch(canonical) else canonical


@lru_cache(maxsize=4096)  # hosts recur, and looking up their owner costs more than all the rest
def _server(scheme: str, authority: str) -> str:
    """Scheme, host and port, where http and https at their own ports are one: ``http://gazette.example``."""
    user, at, server = authority.rpartition("@")
    parts = _SERVER.fullmatch(server)
    if parts is None:
        return f"{scheme}://{authority}"
    host, port = _canonical_host(parts[1]), int(parts[2] or _DEFAULT_PORTS[scheme])
    if port == _DEFAULT_PORTS[scheme]:
        return f"http://{user}{at}{host}"
    return f"{scheme}://{user}{at}{host}:{port}"


def _canonical_host(host: str) -> str:
    host = _in_ascii(host.lower().rstrip(_DOTS))
    domain = registered_domain(host)
    if not domain or not host.endswith(domain):
        return host
    below = host.removesuffix(domain)  # nothing in m.de and in m.blogspot.com, which are sites of their own
    while (device := below.partition(".")[0]) in _DEVICES:
        below = below[len(device) + 1 :]
    return below + domain


def _in_ascii(host: str) -> str:
    """The name as it is asked for (IDNA 2003, as Scrapy does)."""
    if host.isascii():
        return host
    try:
        encoded = host.encode("idna").decode().lower()
    except UnicodeError:
        return host
    return host if set(encoded) & set("/?#@:[]%\\ ") else encoded  # NFKC makes "a/c" of one letter


def _canonical_path(path: str) -> str:
    if not _PATH.fullmatch(path):
        path = _PATH_SPELLING.sub(partial(_spelled, decoded=_IN_PATH), path)
    if ";" in path:
        path = _PATH_SESSION.sub("", path)
    if "(" in path:
        path = _ASP_SESSION.sub("", path)
    segments = [segment for segment in path.split("/") if segment and segment != "."]
    if ".." in segments:
        segments = _without_steps_up(segments)
    return "/" + "/".join(_without_twins(segments))


def _spelled(match: re.Match[str], decoded: dict[str, str]) -> str:
    """One percent-encoding, or one character that must be one, in the one way to write it (RFC 3986, 6.2.2)."""
    text = match[0]
    if len(text) == 1:
        return "".join(f"%{byte:02X}" for byte in text.encode())
    return decoded.get(text.upper(), text.upper())


def _without_steps_up(segments: list[str]) -> list[str]:
    kept: list[str] = []
    for segment in segments:
        if segment != "..":
            kept.append(segment)
        elif kept:
            kept.pop()
    return kept


def _without_twins(segments: list[str]) -> list[str]:
    """The path without a folder's file, and without what makes it that of the AMP page."""
    while segments:
        last = segments[-1].lower()
        if last in _INDEXES or (last in _AMP and _name_an_article(segments[:-1])):
            segments = segments[:-1]
        elif ".amp" in last and (file := _AMP_FILE.fullmatch(segments[-1])):
            segments = [*segments[:-1], file[1] + (file[2] or "")]
        elif segments[0].lower() in _AMP and _name_an_article(segments[1:]):
            segments = segments[1:]
        else:
            break
    return segments


def _name_an_article(segments: list[str]) -> bool:
    """Tell an article's path from that of a section or a day, below which "amp" is a word like any other."""
    if not segments or _DATE.fullmatch("/".join(segments)) or not _SHELVES.isdisjoint(segments):
        return False
    name = segments[-1]
    num_hyphens = name.count("-") + name.count("_")
    return (
        num_hyphens > 1 or "." in name or bool(re.search(r"\d", name)) or (num_hyphens > 0 and len(segments) > 1)
    )


def _canonical_query(query: str) -> str:
    """What is left of the parameters, in the order of their names; one that comes twice keeps its own order."""
    if "&amp;" in query:
        query = query.replace("&amp;", "&")
    pairs: list[tuple[str, str]] = []
    for pair in query.split("&"):
        if not _PAIR.fullmatch(pair):
            pair = _PAIR_SPELLING.sub(partial(_spelled, decoded=_IN_QUERY), pair.replace("+", "%20"))  # noqa: PLW2901
        name, _, value = pair.partition("=")
        if pair not in {"", "="} and not makes_no_page(name, value):
            pairs.append((name, f"{name}={value}" if value else name))
    names = {name.lower() for name, _ in pairs}
    if "cftoken" in names:  # ColdFusion; a cfid alone may be anybody's
        pairs = [pair for pair in pairs if pair[0].lower() not in {"cfid", "cftoken"}]
    return "&".join(text for _, text in sorted(pairs, key=lambda pair: pair[0]))
