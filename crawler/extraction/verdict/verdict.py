"""Article or not: named evidence, each with its weight, and the one place that turns a page away for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from crawler.article import NotAnArticle
from crawler.extraction.text.body import Body
from crawler.extraction.verdict.sign import Findings
from crawler.extraction.verdict.signs import read_signs

# The sum must reach THRESHOLD. The weights were set so that
# - JSON-LD that describes this very page decides alone, unless two pieces say that it is a list or a notice;
# - a page that says nothing of itself is an article if text follows its headline and nothing else is plain to see;
# - og:type decides nothing: templates call every page an article, or every page a website;
# - a long text alone is not enough against a headline or an address that names what is no article.
# Tried on 148 articles and on the pages in tests/support/kinds.py, tuned on one half of them.
THRESHOLD = 4
WEIGHTS = {
    # What the page says of itself
    "json_ld_article": 10,  # an article's item in JSON-LD that is not about another page
    "microdata_article": 4,
    "og_article": 4,
    "og_website": -1,
    "og_video": -4,
    "og_other": -4,  # a profile, a song, a product
    "dated": 4,  # a publishing date in JSON-LD or <meta>
    "time": 1,  # a <time>: fronts have many, articles have at least one
    "byline": 2,
    "listed": 4,  # a feed or sitemap for news gives its headline or date
    "json_ld_list": -5,  # CollectionPage, SearchResultsPage
    "json_ld_profile": -5,
    "json_ld_static": -6,  # AboutPage, ContactPage
    "json_ld_items": -2,  # ItemList: also of what is to be read next
    "json_ld_pictures": -4,
    "json_ld_video": -4,
    "json_ld_product": -8,
    # Where it is
    "home": -6,
    "url_dated": 2,
    "url_slug": 2,  # four words or more
    "url_number": 1,
    "url_article_word": 1,
    "url_front_word": -3,  # but publishers name folders of articles so, too
    "url_tag_word": -5,
    "url_author_word": -5,
    "url_search": -6,
    "url_query": -5,
    "url_service_word": -8,
    "url_picture_word": -2,
    "url_video_word": -2,
    # What its headline says
    "headline_is_h1": 2,
    "label": -2,  # one word
    "title_static": -8,
    "title_list": -5,
    "title_search": -6,
    "title_missing": -7,
    # How it is laid out
    "text_after_headline": 2,
    "text": 2,  # 60 words or more that run on
    "long_text": 4,  # 200 words or more, in place of the former
    "few_words": -4,  # fewer than 25
    "teasers": -3,  # five linked headings or more, and next to no text that runs on between them
    "many_teasers": -3,  # fifteen linked headings or more, and no text that outweighs their teasers
    "linked_text": -4,  # more of it than of other text
    "linked_lines": -4,  # five lines or more, and a fifth of all, are links: headlines of others
    "next_page": -1,  # leads on to older ones
    "captions": -6,  # the text is made of them
    "pictures_alone": -6,  # beside fewer than 60 words
    "video_alone": -6,
    "fragments": -2,  # lines, not paragraphs
    "figures": -4,  # of prices, scores, degrees
    "questions": -6,  # to the reader, with answers to choose from
}

_FEWEST_WORDS = 25  # below this a body is a stub or a notice, unless JSON-LD says that the page is an article

# What a page is that is no article, by the evidence that weighs most against it; of equals the first here.
_KINDS = {
    "title_missing": "soft 404",
    "title_search": "search results",
    "url_search": "search results",
    "url_query": "search results",
    "json_ld_product": "shop page",
    "title_static": "static page",
    "json_ld_static": "static page",
    "url_service_word": "static page",
    "home": "home page",
    "captions": "gallery without text",
    "pictures_alone": "gallery without text",
    "video_alone": "video without text",
    "questions": "quiz",
    "json_ld_profile": "author page",
    "url_author_word": "author page",
    "url_tag_word": "tag page",
    "title_list": "tag page",
    "json_ld_list": "section front",
    "json_ld_pictures": "gallery without text",
    "json_ld_video": "video without text",
    "figures": "table of figures",
    "linked_text": "section front",
    "linked_lines": "section front",
    "teasers": "section front",
    "many_teasers": "section front",
    "url_front_word": "section front",
    "few_words": "too short",
    "url_picture_word": "gallery without text",
    "url_video_word": "video without text",
    "json_ld_items": "section front",
    "og_video": "video without text",
    "fragments": "no running text",
    "og_other": "no article",
    "og_website": "no article",
}


class Evidence(NamedTuple):
    """One piece of evidence: its name and weight, and what was seen."""

    name: str
    weight: int
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a page is an article: the evidence, and its sum; from ``THRESHOLD`` on it is one."""

    evidence: tuple[Evidence, ...]
    measures: Mapping[str, Any]

    @property
    def score(self) -> int:
        """The sum of all weights."""
        return sum(piece.weight for piece in self.evidence)

    @property
    def is_article(self) -> bool:
        """Whether the score reaches the threshold."""
        return self.score >= THRESHOLD

    def has(self, name: str) -> bool:
        """Tell whether there is evidence of this name."""
        return any(piece.name == name for piece in self.evidence)

    def as_dict(self) -> dict[str, Any]:
        """As plain values: the score, what was needed, the weights by name, and what was measured."""
        weights = {piece.name: piece.weight for piece in self.evidence}
        return {"score": self.score, "threshold": THRESHOLD, "weights": weights, **self.measures}


def judge(found: Findings) -> Verdict:
    """Weigh what speaks for and against a page's being an article."""
    signs, measures = read_signs(found)
    return Verdict(tuple(Evidence(sign.name, WEIGHTS[sign.name], sign.seen) for sign in signs), measures)


def reject(headline: str | None, body: Body, num_words: int, verdict: Verdict) -> NotAnArticle | None:
    """Say why a page is not stored; None for an article."""
    evidence = verdict.as_dict()
    if not headline or not body.text:
        return NotAnArticle("not_article", "no body text" if headline else "no headline", evidence)
    if not verdict.is_article:
        return _refusal(verdict, num_words, evidence)
    if num_words < _FEWEST_WORDS and not verdict.has("json_ld_article"):
        return NotAnArticle("too_short", f"{num_words} words, fewer than {_FEWEST_WORDS}", evidence)
    return None


def _refusal(verdict: Verdict, num_words: int, evidence: dict[str, Any]) -> NotAnArticle:
    """Name what the page is by what weighs most against its being an article."""
    against = sorted((piece for piece in verdict.evidence if piece.name in _KINDS), key=_order)
    kind = _KINDS[against[0].name] if against else "no article"
    if kind == "too short":
        return NotAnArticle("too_short", f"{num_words} words, fewer than {_FEWEST_WORDS}", evidence)
    seen = (
        "; ".join(piece.seen or piece.name.replace("_", " ") for piece in against[:3]) or "nothing speaks for it"
    )
    reason = "soft_404" if kind == "soft 404" else "not_article"
    return NotAnArticle(reason, f"{kind}: {seen} (score {verdict.score} of {THRESHOLD})", evidence)


def _order(piece: Evidence) -> tuple[int, int]:
    return piece.weight, list(_KINDS).index(piece.name)
