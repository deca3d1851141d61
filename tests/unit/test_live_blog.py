"""Live blogs: one article, with all of its updates and none of their bylines."""

from datetime import UTC, datetime

import pytest

from crawler.extraction.pages.live_blog import MOST_UPDATES
from tests.support.articles import CAPTAIN, FARES, FERRY, URL, article, ld, news, page

INTRO = "We follow the first day of the new ferry, from the first crossing to the last one in the evening."
TEXTS = {"First crossing": FERRY, "Captain speaks": CAPTAIN, "Fares stay": FARES}


def update(headline: str, text: str | None, hour: int, **properties: object) -> dict[str, object]:
    return {
        "@type": "BlogPosting",
        "headline": headline,
        "articleBody": text,
        "datePublished": f"2026-03-02T{hour:02}:00:00Z",
        "author": {"@type": "Person", "name": "Ulla Update"},
        **properties,
    }


UPDATES = [update(headline, text, 10 + hour) for hour, (headline, text) in enumerate(TEXTS.items())]


def blog(**properties: object) -> dict[str, object]:
    return {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting",
        "headline": "The ferry's first day",
        "url": URL,
        "coverageStartTime": "2026-03-02T07:00:00Z",
        "liveBlogUpdate": UPDATES,
        **properties,
    }


def visible(*headlines: str, heading: str = "The ferry's first day") -> str:
    entries = "".join(f"<section><h2>{name}</h2><p>{TEXTS[name]}</p></section>" for name in headlines)
    return f"<article><h1>{heading}</h1><p>{INTRO}</p>{entries}</article>"


def live(*headlines: str, **properties: object):
    return article(page(head=ld(blog(**properties)), body=visible(*headlines)))


def order(text: str) -> list[str]:
    """Which updates the text has, in its order; one that it has twice comes twice."""
    found = [(at, name) for name, said in TEXTS.items() for at in range(len(text)) if text.startswith(said, at)]
    return [name for _, name in sorted(found)]


def test_json_ld_makes_a_live_blog():
    """The page is a live blog with its own headline and times, whoever wrote its updates."""
    found = live(*TEXTS)
    assert found.is_live_blog
    assert found.headline == "The ferry's first day"
    assert found.authors == ()
    assert found.date_published.isoformat() == "2026-03-02T07:00:00+00:00"
    assert found.date_modified.isoformat() == "2026-03-02T12:00:00+00:00"


def test_its_own_dates_come_first():
    """A datePublished is before coverageStartTime, and a dateModified after the last update holds."""
    found = live(*TEXTS, datePublished="2026-03-02T06:30:00Z", dateModified="2026-03-02T19:00:00Z")
    assert found.date_published.isoformat() == "2026-03-02T06:30:00+00:00"
    assert found.date_modified.isoformat() == "2026-03-02T19:00:00+00:00"


def test_the_visible_text_is_the_text():
    """Where the page shows all updates, nothing is added to it, in whichever order it has them."""
    for names in (list(TEXTS), list(reversed(TEXTS))):
        assert order(live(*names).article_body) == names


@pytest.mark.parametrize(
    ("shown", "whole"),
    [
        (["First crossing"], ["First crossing", "Captain speaks", "Fares stay"]),
        (["Fares stay"], ["First crossing", "Captain speaks", "Fares stay"]),
        (["First crossing", "Fares stay"], ["First crossing", "Captain speaks", "Fares stay"]),
        (["Fares stay", "First crossing"], ["Fares stay", "Captain speaks", "First crossing"]),
        ([], ["First crossing", "Captain speaks", "Fares stay"]),
    ],
)
def test_updates_that_the_page_lacks_are_put_where_they_belong(shown, whole):
    """What only JSON-LD has (updates that scripts load) stands among the others, after the introduction."""
    text = live(*shown).article_body
    assert text.startswith(INTRO)
    assert order(text) == whole


def test_a_headline_stays_with_its_text():
    """What is missing stands before the headline of the update that it precedes, not below it."""
    lines = live("Fares stay").article_body.split("\n")
    assert lines[lines.index("Fares stay") + 1] == FARES


def test_paragraphs_run_together_are_recognised():
    """JSON-LD without the paragraphs' breaks is no other text than the page's."""
    joined = update("First crossing", f"{FERRY}{CAPTAIN} {FARES}", 10)
    found = live(*TEXTS, liveBlogUpdate=[joined])
    assert order(found.article_body) == list(TEXTS)


def test_an_update_may_be_a_headline_alone():
    """An update without text is its headline; markup in a text is none of it."""
    found = live(liveBlogUpdate=[update("Last call", None, 20), update("Prices", f"<p>{FARES}</p>", 21)])
    assert found.article_body.split("\n") == [INTRO, "Last call", "Prices", FARES]


def test_so_many_updates_are_read():
    """Of more updates than are read the first are, and the text says that there were more."""
    many = [update(f"Report {number}", None, 9) for number in range(MOST_UPDATES + 100)]
    lines = live(liveBlogUpdate=many).article_body.split("\n")
    assert lines[-2:] == [f"Report {MOST_UPDATES - 1}", "[…]"]


def test_an_update_is_not_the_page():
    """Updates that stand beside the blog in JSON-LD, fuller than it is, do not describe the page."""
    beside = [{**entry, "url": f"{URL}#update-{number}", "image": "x.jpg"} for number, entry in enumerate(UPDATES)]
    markup = page(head=ld({"@graph": [*beside, blog(liveBlogUpdate=[])]}), body=visible(*TEXTS))
    assert article(markup).headline == "The ferry's first day"


def test_a_blog_beside_a_news_article_is_the_pages():
    """A page that describes itself as both is a live blog, with the fields of the fuller description."""
    markup = page(head=ld(news(url=URL, author="Ada Merrow", articleBody=INTRO), blog()), body=visible(*TEXTS))
    found = article(markup)
    assert (found.is_live_blog, found.authors) == (True, ("Ada Merrow",))


def test_a_blog_elsewhere_is_not_the_pages():
    """An article that points at a live blog is none."""
    elsewhere = blog(url="https://www.harbour-post.example/live/first-day")
    assert not article(page(head=ld(news(url=URL), elsewhere))).is_live_blog


def test_the_markup_may_say_so():
    """schema.org's type on an element makes a live blog, too."""
    marked = visible(*TEXTS).replace(
        "<article>", '<article itemscope itemtype="https://schema.org/LiveBlogPosting">'
    )
    assert article(page(body=marked)).is_live_blog
    assert not article(page(body=visible(*TEXTS))).is_live_blog


def test_an_updates_byline_is_not_the_blogs():
    """An update's author is not the blog's, nor its time but for the first one's, where the blog names none."""
    byline = '<span class="byline">Ulla Update</span><time datetime="2026-03-02T11:00:00Z">11:00</time>'
    head = ld(blog(coverageStartTime=None))
    found = article(page(head=head, body=visible(*TEXTS).replace("<h2>", f"{byline}<h2>", 1)))
    assert (found.authors, found.date_published) == ((), datetime(2026, 3, 2, 10, tzinfo=UTC))


def test_odd_values_do_no_harm():
    """Updates that are no objects, or whose properties are none, are passed over."""
    odd = ["text", None, 7, {"headline": 3, "articleBody": ["x"], "author": [None, 5, {"name": {}}]}]
    assert live(*TEXTS, liveBlogUpdate=odd).is_live_blog
