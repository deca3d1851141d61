"""Rules of a source: what they find counts, what they remove is gone, what they miss is told."""

import tomllib
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from crawler.article import Hints, NotAnArticle
from crawler.extraction import extract, read
from crawler.patterns import compile_pattern, find
from crawler.source import Source
from scheduler.exchange.toml import write_toml
from tests.support import indiablooms
from tests.support.pages import WORDS, article

URL = "https://gazette.example/story"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def source(*rules, timezone="UTC"):
    return Source(name="gazette", url="https://gazette.example/", timezone=timezone, rules=rules)


def reading(page, *, timezone="UTC", **rules):
    hints = Hints(timezone=timezone, rules=source(rules, timezone=timezone).rules_at(NOON))
    return read(page.encode(), URL, headers={}, hints=hints)


def story(inside, head=""):
    """A page whose own claims name everything, and what a rule is to find inside."""
    ld = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Claimed", "author": "Somebody",'
        '"datePublished": "2024-01-01T10:00:00Z", "dateModified": "2024-01-02T10:00:00Z", "articleSection": "Old",'
        '"description": "Old words", "keywords": "old", "image": "/old.jpg", "inLanguage": "fr",'
        '"url": "https://gazette.example/old"}</script>'
    )
    return article("Claimed").replace("</head>", f"{ld}{head}</head>").replace("<article>", f"<article>{inside}")


@pytest.mark.parametrize(
    ("field", "rule", "inside", "expected"),
    [
        ("headline", ".t", "<p class=t>The <b>true</b> one</p>", "The true one"),
        ("alternative_headline", "//p[@class='t']/text()", "<p class=t>Another way</p>", "Another way"),
        ("description", ".t", "<p class=t>In a word<br>or two</p>", "In a word or two"),
        ("authors", ".t a", "<p class=t><a>Bo Li</a> <a>By Ann Lee</a></p>", ("Bo Li", "Ann Lee")),
        ("authors", ".t", "<p class=t>Gazette</p>", ("Gazette",)),
        ("article_section", {"css": ".t", "attribute": "data-s"}, "<p class=t data-s=City>x</p>", "City"),
        ("keywords", ".t li", "<ul class=t><li>ferry, port</li><li>ferry</li></ul>", ("ferry", "port")),
        ("in_language", {"xpath": "string(//p/@data-l)"}, "<p data-l=de-AT>x</p>", "de"),
        ("date_published", ".t", "<p class=t>3 May 2024, 08:57 pm</p>", datetime(2024, 5, 3, 20, 57, tzinfo=UTC)),
        ("date_published", "time", "<time datetime=2024-05-03>x</time>", datetime(2024, 5, 3, tzinfo=UTC)),
        ("date_modified", {"css": ".t", "match": r"upd: (.+)"}, "<p class=t>a | upd: 2024-05-03 09:00</p>",
         datetime(2024, 5, 3, 9, tzinfo=UTC)),
        ("main_image_url", "img.t", "<img class=t src=/new.jpg>", "https://gazette.example/new.jpg"),
        ("main_image_caption", "figure.t", "<figure class=t><figcaption>A boat</figcaption></figure>", "A boat"),
        ("main_image_credit", {"css": ".t", "match": "^Photo: (.+)$"}, "<p class=t>Photo: dpa</p>", "dpa"),
        ("dateline", [".none", ".t"], "<b class=t>LENDMOUTH</b>", "LENDMOUTH"),
        ("canonical_url", "a.t", "<a class=t href=/here>x</a>", "https://gazette.example/here"),
    ],
)  # fmt: skip
def test_what_a_rule_finds_counts_before_all_else(field, rule, inside, expected):
    """For every field, whatever JSON-LD and <meta> claim; and its origin says so."""
    found = reading(story(inside), fields={field: rule})
    assert getattr(found.result, field) == expected
    assert found.result.origins[field] == "rule"
    assert found.missed_rules == ()


def test_a_body_is_read_by_its_paragraphs():
    """Subheads, items and quotes are lines; captions, boxes and scripts are none; nothing comes twice."""
    inside = (
        f"<div class=b><h2>Sub</h2><p>{WORDS}<p>One\n two <i>th</i>ree<script>4</script><ul><li>Item</ul><figure>"
        "<figcaption>Caption</figcaption></figure><blockquote>Quote</blockquote><aside>Box</aside>first<br>second"
        "<div class=b>inner</div></div>"
    )
    found = reading(story(inside), fields={"article_body": ".b"}).result
    lines = ["Sub", WORDS, "One two three", "Item", "Quote", "first", "second", "inner"]
    assert found.article_body.split("\n") == lines
    assert found.origins["article_body"] == "rule"


@pytest.mark.parametrize(
    ("written", "rules", "expected"),
    [
        ("25.02.22 um 8 Uhr 30", {"date_formats": ["%d.%m.%y um %H Uhr %M"]}, "2022-02-25T03:00:00Z"),
        ("03/05/2024 10:30", {"date_order": "dmy"}, "2024-05-03T05:00:00Z"),
        ("03/05/2024 - 10:30 PM", {"date_order": "mdy"}, "2024-03-05T17:00:00Z"),
        ("Filed 2024.5.3", {"date_order": "ymd"}, "2024-05-02T18:30:00Z"),
        ("3 May 2024", {"date_formats": ["%d %B, %Y"], "date_order": "dmy"}, "2024-05-02T18:30:00Z"),
    ],
)
def test_dates_are_read_as_the_rule_says(written, rules, expected):
    """By the formats, then by the order of the numbers, then as dates are read anywhere; in the source's zone."""
    page = article("A").replace("2026-03-02T07:30:00+01:00", "").replace("<h1>", f"<p class=d>{written}</p><h1>")
    found = reading(page, timezone="Asia/Kolkata", fields={"date_published": ".d"}, **rules)
    assert found.result.date_published == datetime.fromisoformat(expected)
    assert found.missed_rules == ()


def test_a_day_takes_the_time_of_day_from_another_claim():
    """A rule that gives the day alone leaves the minute to whoever knows it."""
    page = story("<p class=d>1 Jan 2024</p>")
    found = reading(page, fields={"date_published": ".d"}).result
    assert found.date_published == datetime(2024, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "rule"),
    [
        ("headline", ".gone"),
        ("date_published", ".t"),
        ("main_image_url", {"css": ".t", "attribute": "src"}),
        ("article_body", "//main/p"),
        ("authors", {"css": ".t", "match": "^By (.+)"}),
    ],
)
def test_a_rule_that_finds_nothing_falls_back_and_is_told(field, rule):
    """The general reading counts, and the field is named."""
    page = story("<p class=t>no date, no address</p>")
    found = reading(page, fields={field: rule})
    assert found.missed_rules == (field,)
    assert getattr(found.result, field) == getattr(extract(page.encode(), URL), field)
    assert found.result.origins[field] != "rule"


def test_misses_are_told_of_articles_only():
    """On a page that is no article no rule is expected to find anything."""
    found = reading("<html><title>Front</title><body><h2>A</h2></body></html>", fields={"headline": ".t"})
    assert isinstance(found.result, NotAnArticle)
    assert found.missed_rules == ()


def test_what_is_removed_is_in_no_field():
    """Neither in the text nor in a claim; what stands behind it stays."""
    boat = (
        "The boat is repaired, and it will sail again from Monday on, as the council of the town has now decided."
    )
    page = article("A").replace("<h1>", f"<div class=box><p>{WORDS} box</p></div><p>{boat}</p><h1>")
    without = extract(page.encode(), URL)
    found = reading(page, remove=[".box", "//meta[@name='author']", "//p/@class"]).result
    assert "box" in without.article_body
    assert "box" not in found.article_body
    assert boat in found.article_body
    assert (without.authors, found.authors) == (("Ada Merrow",), ())


def test_elements_within_each_other_are_removed_once():
    """However they are named, and without the text that stands behind them."""
    page = article("A").replace("<h1>", "<p><b><i>in</i> and</b> behind it</p><h1>")
    found = reading(page, remove=["b", "i", "//b | //i"], fields={"dateline": "p"}).result
    assert found.dateline == "behind it"


def test_a_wall_is_seen_although_its_parts_are_removed():
    """Whether a page is a wall, and what its publisher asks, shows on the page as it came."""
    page = (
        "<html><head><title>Log in</title><meta name=robots content=noarchive></head><body><h1>Log in</h1>"
        "<form><p>Please log in to read on.</p><input type=password></form></body></html>"
    )
    plain = read(page.encode(), URL, headers={}, hints=Hints(asked_url=URL + "/x"))
    rules = source({"remove": ["form", "meta"]}).rules_at(NOON)
    found = read(page.encode(), URL, headers={}, hints=Hints(asked_url=URL + "/x", rules=rules))
    assert (
        (found.result.reason, found.opt_outs)
        == (plain.result.reason, plain.opt_outs)
        == ("login_wall", ("noarchive",))
    )


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2021-12-31T18:29:59Z", None),  # still the 31st of December in Kolkata
        ("2021-12-31T18:30:00Z", ".a"),
        ("2022-06-30T18:29:59Z", ".a"),
        ("2022-06-30T18:30:00Z", ".b"),
        ("2030-01-01T00:00:00Z", ".b"),
    ],
)
def test_rules_hold_from_day_to_day(moment, expected):
    """Both days are included, and a day is one of the source's own zone."""
    rules = (
        {"valid_from": "2022-07-01", "remove": ".b"},
        {"valid_from": "2022-01-01", "valid_until": "2022-06-30", "remove": ".a"},
    )
    found = source(*rules, timezone="Asia/Kolkata").rules_at(datetime.fromisoformat(moment))
    assert (found.remove[0].expression if found else None) == expected


def test_rules_are_kept_as_they_were_written():
    """Stored as JSON and exported as TOML, they come back the same, with nothing added."""
    written = {
        "valid_from": "2022-01-01",
        "fields": {
            "headline": "h1.t",
            "authors": [".by", {"css": ".x", "match": r"^[^|]+ \| \"a\""}],
            "dateline": {"xpath": "string(//b)"},
        },
        "remove": [".ad", "//aside"],
        "date_formats": ["%d %b %Y"],
        "date_order": "dmy",
    }
    one = source(written, {"valid_until": "2021-12-31", "remove": "nav"})
    assert one.definition()["rules"] == [written, {"valid_until": "2021-12-31", "remove": "nav"}]
    assert Source.model_validate(one.definition()) == one
    text = write_toml([one])
    assert Source.model_validate(tomllib.loads(text)["source"][0]) == one
    assert 'fields.headline = "h1.t"' in text.splitlines()


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+$",
        "(?:a|b)*",
        "(a*){2,}",
        ".*.*.*x",
        "a?" * 30 + "b",
        "(a|a)" * 30,
        r"(?:\d{1,20}){1,20}",
        "x" * 501,
        "(",
    ],
)
def test_a_pattern_that_could_take_minutes_is_refused(pattern):
    """Python cannot stop a match, so nothing is let in that has too many ways to fail."""
    with pytest.raises(ValueError, match=r"minutes|regular expression|characters"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("[^|]+$", "A | @x | 25 Feb 2022", " 25 Feb 2022"),
        (r"\d{1,2} \w{3,9} \d{4}, \d\d:\d\d [ap]m", "A | 25 Feb 2022, 08:57 pm |", "25 Feb 2022, 08:57 pm"),
        (r"(?:Photo|Image) ?: ?(.+)", "Image: dpa", "dpa"),
        (r"(\w++) (\w++) (\w++)", "one two three", "one"),
        (r"[(+*]+\)\|", "(+)|", "(+)|"),
        ("a", "b", None),
        ("a*a*$", "a" * 100_000 + "b", "a" * 500),
    ],
)
def test_a_pattern_gives_its_first_group_or_all(pattern, text, expected):
    """Looked for within the first 500 characters."""
    assert find(pattern, text) == expected


@pytest.mark.parametrize("page", [indiablooms.marked_page, indiablooms.plain_page])
def test_the_rules_for_india_blooms_find_every_field(page):
    """As they are shipped, on either kind of page."""
    tables = tomllib.loads(files("crawler").joinpath("starter.toml").read_text(encoding="utf-8"))["source"]
    (blooms,) = [Source.model_validate(table) for table in tables if table["name"] == "india-blooms"]
    hints = Hints(timezone=blooms.timezone, rules=blooms.rules_at(NOON))
    found = read(page().encode(), indiablooms.URL, headers={}, hints=hints)
    assert found.missed_rules == ()
    assert found.result.headline == indiablooms.HEADLINE
    assert found.result.article_section == indiablooms.SECTION
    assert found.result.authors == (indiablooms.AUTHOR,)
    assert found.result.date_published == indiablooms.PUBLISHED
    assert found.result.main_image_credit == indiablooms.CREDIT
    assert found.result.article_body == indiablooms.BODY
