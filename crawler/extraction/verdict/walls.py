"""What stands in the place of an article: a challenge, a log-in, a request for consent, an error page, an offer.

Words alone prove nothing: there are articles about captchas, cookies and paywalls. So a wall is looked for only
where a page has next to no running text, and a teaser only where the page also says that the article is not free.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from urllib.parse import urlsplit

from crawler.article import NotAnArticle
from crawler.extraction.claims.json_ld import Item
from crawler.extraction.claims.metadata import Meta
from crawler.extraction.fields.choosing import is_home
from crawler.extraction.page import Page, read_page
from crawler.extraction.text.body import Body
from crawler.extraction.verdict import wall_words
from crawler.text import clean_line, count_words

_PAYMENT_REQUIRED = 402

_CAPTCHAS = (
    "//*[@id='px-captcha' or contains(@class, 'h-captcha') or contains(@class, 'g-recaptcha')"
    " or contains(@class, 'cf-turnstile')] | //iframe[contains(@src, 'captcha')]"
)
_COUNT = re.compile(r"[0-9]{1,7}")
# What of a text is looked at: patterns are tried at each of its letters, and whatever nests is looked at again.
_HEADING = 500  # characters of all headings
_OPENING = 3000  # characters of the visible text
_NOTE = 2000  # characters of a script, an offer, the last paragraph
_MOST_OFFERS = 50  # elements that are named as offers are
_FEW_WORDS = 60  # up to which a body may be that of a wall
_TEASER = 150  # words, up to which the body of an article that is not free is its teaser
_SHARE_OF_ARTICLE = 0.6  # of the words that the page itself counts, below which a body is a teaser


@dataclass(frozen=True, slots=True)
class Access:
    """Whether a page says that its article may be read by all, and how many words it says the article has."""

    is_free: bool | None = None
    num_words: int | None = None


def read_access(item: Item | None, meta: Meta) -> Access:
    """Read ``isAccessibleForFree`` (https://schema.org/isAccessibleForFree), else ``article:content_tier``."""
    if item is not None:
        parts = item.get("hasPart")
        claims = [
            item,
            *(part for part in (parts if isinstance(parts, list) else [parts]) if isinstance(part, dict)),
        ]
        said = [value for claim in claims if (value := _boolean(claim.get("isAccessibleForFree"))) is not None]
        count = item.get("wordCount")
        num_words = int(count) if isinstance(count, int | str) and _COUNT.fullmatch(str(count)) else None
        if said:
            return Access(all(said), num_words)
    tiers = {
        value.strip().lower()
        for name in ("article:content_tier", "og:article:content_tier")
        for value in meta.get(name, ())
    }
    return Access({"free": True, "locked": False}.get(min(tiers, default="")))


def find_wall(
    page: Page,
    title: str | None,
    body: Body,
    num_words: int,
    access: Access,
    *,
    is_article: bool,
    asked_url: str | None,
) -> NotAnArticle | None:
    """Say what stands in the article's place; None if it is the article, or nothing that we know.

    ``is_article`` tells whether the page says that it is one: then a captcha on it is for its comments.
    """
    if num_words <= _FEW_WORDS and (wall := _wall_by_words(page, title, is_article=is_article)):
        return wall
    if asked_url and is_home(page.url) and not is_home(asked_url):
        return NotAnArticle("soft_404", "led to the home page")
    return _teaser(page, body, num_words, access)


def wall_of(body: bytes, url: str, status: int, headers: Mapping[str, str]) -> NotAnArticle | None:
    """Say what wall an answer is that is no success; ``headers`` have lower-case names. None for none."""
    if status == _PAYMENT_REQUIRED:
        return NotAnArticle("paywall", "the server asks for payment, with status 402")
    if any(value in headers.get(name, "").lower() for name, value in wall_words.CHALLENGE_HEADERS.items()):
        return NotAnArticle("bot_wall", f"a challenge, with status {status}")
    page = read_page(body, url, headers.get("content-type"))
    if isinstance(page, NotAnArticle):
        return None
    found = _wall_by_words(page, clean_line(page.tree.findtext(".//title")), is_error=True)
    return found and NotAnArticle(found.reason, f"{found.detail}, with status {status}")


def _wall_by_words(
    page: Page, title: str | None, *, is_article: bool = False, is_error: bool = False
) -> NotAnArticle | None:
    headings = chain([title or ""], (_opening(heading, _HEADING) for heading in page.tree.iter("h1", "h2")))
    heading = _join(" | ", (" ".join(text.split()) for text in headings if not text.isspace()), _HEADING)
    text = _join(" ", _visible_text(page), _OPENING)
    has_captcha = not is_article and _has_challenge(page) and count_words(text) < _FEW_WORDS
    if has_captcha or _is_challenge(page, heading, text):
        return NotAnArticle("bot_wall", f"a challenge: {heading[:100]}")
    if _has_password(page) and (
        wall_words.LOGIN_WORDS.search(heading) or wall_words.LOGIN_PATH.search(urlsplit(page.url).path)
    ):
        return NotAnArticle("login_wall", f"a log-in form: {heading[:100]}")
    if not is_error and _asks_for_consent(page, heading, text):
        return NotAnArticle("cookie_wall", f"a request for consent: {heading[:100]}")
    if not is_error and wall_words.MISSING_WORDS.search(heading):
        return NotAnArticle("soft_404", f"an error page: {heading[:100]}")
    return None


def _is_challenge(page: Page, heading: str, text: str) -> bool:
    if wall_words.CHALLENGE_WORDS.search(heading):
        return True
    return _has_challenge(page) and bool(wall_words.CHALLENGE_WORDS.search(text))


def _asks_for_consent(page: Page, heading: str, text: str) -> bool:
    parts = urlsplit(page.url)
    if wall_words.CONSENT_PLACE.search(f"{parts.hostname}{parts.path}") or wall_words.CONSENT_WORDS.search(
        heading
    ):
        return True
    return count_words(text) <= 2 * _FEW_WORDS and bool(wall_words.CONSENT_WORDS.search(text))


def _teaser(page: Page, body: Body, num_words: int, access: Access) -> NotAnArticle | None:
    if body.reader == "feed":
        return None  # the feed carries the whole text
    if access.is_free is not False and num_words >= _TEASER:
        return None
    offer = _offer(page)
    if access.is_free is not False and not offer:
        return None
    is_cut = num_words < _TEASER or bool(offer and body.text.endswith(("…", "...", "[…]", "[...]")))
    if access.is_free is False and wall_words.OFFER_WORDS.search(body.text[-_NOTE:].rpartition("\n")[2]):
        is_cut = True  # "the rest is for subscribers", where the text breaks off
    elif access.num_words:
        is_cut = num_words < _SHARE_OF_ARTICLE * access.num_words
    if not is_cut:
        return None
    why = "says it is not free" if access.is_free is False else f"offers a subscription ({offer})"
    return NotAnArticle("paywall", f"a teaser of {num_words} words; the page {why}")


def _offer(page: Page) -> str | None:
    """The sign that the page offers a subscription in place of the rest."""
    named = (
        element
        for element in page.tree.iter("div", "section", "aside", "p", "form")
        if wall_words.OFFER_CLASS.search(f"{element.get('class', '')} {element.get('id', '')}")
    )
    for element in islice(named, _MOST_OFFERS):
        if words := wall_words.OFFER_WORDS.search(_opening(element, _NOTE)):
            return " ".join(words[0].split())[:60]
    return None


def _has_challenge(page: Page) -> bool:
    for element in page.tree.iter("script", "iframe"):
        if wall_words.CHALLENGE_SCRIPTS.search(f"{element.get('src', '')} {(element.text or '')[:_NOTE]}"):
            return True
    return bool(page.tree.xpath(_CAPTCHAS))


def _has_password(page: Page) -> bool:
    return bool(page.tree.xpath("//input[translate(@type,'PASWORD','pasword')='password']"))


def _visible_text(page: Page) -> Iterable[str]:
    hidden = ("script", "style", "template", "noscript", "head", "title")
    for element in page.tree.iter():
        if element.tag not in hidden and element.text and not element.text.isspace():
            yield element.text.strip()
        if element.tail and not element.tail.isspace():
            yield element.tail.strip()


def _opening(element: Any, length: int) -> str:
    """The first characters of an element's text, without reading the rest of it."""
    return _join("", element.itertext(), length)


def _join(separator: str, texts: Iterable[str], length: int) -> str:
    """Join the texts that are not empty, as far as ``length`` goes."""
    joined: list[str] = []
    size = 0
    for text in filter(None, texts):
        joined.append(text)
        size += len(text) + len(separator)
        if size >= length:
            break
    return separator.join(joined)[:length]


def _boolean(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return (
        {"true": True, "false": False}.get(value.rpartition("/")[2].strip().lower())
        if isinstance(value, str)
        else None
    )
