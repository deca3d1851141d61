from datetime import UTC, datetime

import pytest

from crawler.article import Article, Hints, NotAnArticle
from crawler.extraction import extract
from tests.support.articles import MARKUP, URL, article, ld, news, page

WHEN = datetime(2024, 5, 3, 16, 19, tzinfo=UTC)
MASTHEAD = '<header><div class="today">Monday, 3 June 2024</div><nav><a href="/">Home</a></nav></header>'
TEASERS = "".join(
    f'<li class="teaser"><a href="/news/{day}">Storm over the harbour</a>'
    f'<time datetime="2024-06-0{day}T08:00Z">{day} June</time></li>'
    for day in range(1, 5)
)
RELATED = f'<section class="related"><h2>More from the islands</h2><ul>{TEASERS}</ul></section>'


def dated(byline: str, *, head: str = "", lang: str = "en", url: str = URL, **arguments):
    """The article of a page with a masthead, this below its headline, and teasers of others."""
    body = f"{MASTHEAD}<main><article><h1>Ferry returns</h1>{byline}{MARKUP}</article></main>{RELATED}"
    markup = page(head=head, body=body).replace(b"lang='en'", f"lang='{lang}'".encode())
    return article(markup, url=url, **arguments)


@pytest.mark.parametrize(
    "byline",
    [
        '<time datetime="2024-05-03T16:19Z">May</time>',
        '<p class="byline">By Ines Varga | 3 May 2024 16:19 GMT</p>',
        '<div class="article-meta"><span>Posted May 3, 2024</span> <span>4:19 pm UTC</span></div>',
        '<div class="info">Published: 3 May 2024 16:19 | Updated: 4 May 2024 09:00</div>',
        '<div><b class="updated">Updated 4 May 2024 09:00</b> <b class="published">3 May 2024 16:19</b></div>',
        '<span itemprop="datePublished" content="2024-05-03T18:19:00+02:00">yesterday</span>',
        '<abbr class="published" title="2024-05-03T16:19:00Z">3 weeks ago</abbr>',
        '<div class="date"><a href="/2024/05/03/">3 May 2024</a> at 16:19</div>',
        "<div>Fri 3 May 2024 16.19 GMT</div>",
    ],
)
def test_visible(byline):
    """The date beside the headline counts: not the masthead's today, nor the teasers'."""
    found = dated(byline)
    assert found.date_published == WHEN
    assert found.date_published_source in {"html", "microdata"}


def test_nothing_of_its_own():
    """A page that shows the dates of others alone has none."""
    assert dated("").date_published is None


def test_indian_time():
    """A byline between the headline and the text is read in the source's time, which the page does not name."""
    byline = "<div>India Blooms News Service | @indiablooms | 25 Feb 2022, 08:57 pm</div>"
    found = dated(byline, hints=Hints(timezone="Asia/Kolkata"))
    assert (found.date_published, found.date_published_source) == (
        datetime(2022, 2, 25, 15, 27, tzinfo=UTC),
        "html",
    )


@pytest.mark.parametrize(
    ("url", "lang", "timezone", "hour"),
    [
        ("https://zeitung.example/a", "de", "UTC", 14),
        ("https://post.co.uk/a", "en", "UTC", 15),
        ("https://post.in/a", "en", "UTC", 10),
        ("https://post.example/a", "en", "UTC", 16),
        ("https://post.co.uk/a", "en", "America/New_York", 20),
    ],
)
def test_local_clock(url, lang, timezone, hour):
    """A visible time is that of the source's zone, else of the country's, else of the language's."""
    german = "Die Fähre fährt wieder, und der Kapitän sagt, dass sie nicht mehr so lange braucht wie früher. " * 4
    byline = '<p class="byline">3.5.2024, 16:19</p>' + (f"<p>{german}</p>" * 9 if lang == "de" else "")
    found = dated(byline, url=url, lang=lang, hints=Hints(timezone=timezone))
    assert found.date_published == WHEN.replace(hour=hour, minute=49 if url.endswith(".in/a") else 19)


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [("2024-05-03", WHEN), ("2024-05-03T00:00:00Z", WHEN), ("2024-05-01", datetime(2024, 5, 1, tzinfo=UTC))],
)
def test_time_of_day_is_added(claimed, expected):
    """What the metadata give as a day, or as its midnight, is completed by the time shown of that day."""
    found = dated('<div class="date">3 May 2024 16:19</div>', head=ld(news(datePublished=claimed)))
    assert found.date_published == expected


@pytest.mark.parametrize(
    "name",
    [
        "article:published_time", "article:published:time", "article.published", "publish-date", "PublishDate",
        "DC.date.issued", "pub_date", "sailthru.date", "date",
    ],
)  # fmt: skip
def test_meta_names(name):
    """The many spellings of one name are one name."""
    found = article(page(head=f'<meta name="{name}" content="2024-05-03T16:19:00Z">'))
    assert (found.date_published, found.date_published_source) == (WHEN, "meta")


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://post.example/2024/05/03/ferry", 3),
        ("https://post.example/news/2024-05-03-ferry", 3),
        ("https://post.example/news/20240503/ferry", 3),
        ("https://post.example/news/2024/may/03/ferry", 3),
        ("https://post.example/news/2024/05/ferry", None),
        ("https://post.example/news/2024/19/33/ferry", None),
        ("https://post.example/news/120240503/ferry", None),
    ],
)
def test_day_of_the_address(url, day):
    """An address that names the day stands in where the page is silent."""
    found = article(page(), url=url)
    assert found.date_published == (datetime(2024, 5, day, tzinfo=UTC) if day else None)
    assert found.date_published_source == ("derived" if day else None)


def test_address_decides_the_order():
    """Numbers in an open order are read as the day in the address has them, and refused without one."""
    byline = '<p class="date">04/03/2024 10:15</p>'
    assert dated(byline, url="https://post.example/2024/04/03/ferry").date_published == datetime(
        2024, 4, 3, 10, 15, tzinfo=UTC
    )
    assert dated(byline, url="https://post.example/ferry").date_published is None


def test_changed():
    """A label in the page's language tells when the article was changed from when it was published."""
    found = dated(
        '<div class="meta">Publié le 3 mai 2024 à 16h19 - Mis à jour le 4 mai 2024 à 09h00</div>', lang="fr-CA"
    )
    assert found.date_published is None or found.date_published == WHEN
    found = dated('<div class="meta">Posted 3 May 2024 16:19, last updated 4 May 2024 09:00</div>')
    assert (found.date_published, found.date_modified) == (WHEN, datetime(2024, 5, 4, 9, tzinfo=UTC))


def test_only_the_change_is_shown():
    """An article that says no more than when it was changed is dated by that, as derived."""
    found = dated('<div class="meta">Last updated: 3 May 2024 16:19</div>')
    assert (found.date_published, found.date_published_source) == (WHEN, "derived")
    assert (found.date_modified, found.origins["date_modified"]) == (WHEN, "html")


def test_today_is_later_than_the_change():
    """A date shown that is days later than the last change is today's, not the article's."""
    head = '<meta property="article:modified_time" content="2024-05-03T16:19:00Z">'
    assert dated('<div class="date">3 June 2024 10:00</div>', head=head).date_published is None


def test_state_of_scripts():
    """The one time of publication that scripts carry counts; of several none does."""
    script = '<script>window.state = {"article": {"publishedAt": "2024-05-03T16:19:00Z"}};</script>'
    assert dated("", head=script).date_published == WHEN
    other = script.replace("05-03", "05-04")
    assert dated("", head=script + other).date_published is None
    assert dated('<time datetime="2024-05-03">3 May</time>', head=script + other).date_published == WHEN


def test_feed_comes_after_the_page():
    """What the feed says counts where the page says nothing, and adds the time to a day."""
    hints = Hints(date_published=WHEN)
    assert dated("", hints=hints).date_published_source == "feed"
    assert dated('<time datetime="2024-05-03">3 May</time>', hints=hints).date_published == WHEN
    assert dated('<time datetime="2024-05-02T10:00Z">2 May</time>', hints=hints).date_published_source == "html"


@pytest.mark.parametrize(
    "hostile",
    [
        "<p class='date'>" + "3 May 2024 " * 20_000 + "</p>",
        "<span class='date'>3 May 2024</span>" * 20_000,
        f"<time datetime='{'2024-05-03' * 50_000}'>x</time>",
        f"<a class='date' href='{'/x' * 500_000}'>3 May 2024</a>",
        "<h2>3 May 2024</h2>" * 2_000,
        f"<div>{'<b>x</b>' * 50_000}<i>3 May 2024</i></div>",
    ],
)
def test_hostile(hostile):
    """Pages made of dates are survived, as what they are."""
    body = f"{MASTHEAD}<main><article><h1>Ferry returns</h1>{hostile}{MARKUP}</article></main>{RELATED}"
    assert isinstance(extract(page(body=body), URL), Article | NotAnArticle)
