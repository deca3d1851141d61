"""Pages that are no articles, of every kind that news sites have, each with what it should be refused as."""

from collections.abc import Callable
from typing import NamedTuple

from tests.support import prose
from tests.support.articles import ld
from tests.support.fronts import ENGLISH as HEADLINES
from tests.support.fronts import FOOTER, menu, slug

SITE = "https://www.harbour-post.example"
WEBSITE = '<meta property="og:type" content="website">'
ARTICLE = '<meta property="og:type" content="article">'


class Page(NamedTuple):
    """A page, where it is, and how the reason that it is refused for begins: "not_article section front"."""

    url: str
    html: str
    kind: str = ""


def page(body, *, title, head="", language="en"):
    """A page as a site serves it, with its menu and its footer."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title} | Harbour Post</title>'
        f"{head}</head><body>{menu()}{body}{FOOTER}</body></html>"
    )


def teasers(sentences=prose.ENGLISH, *, count=10, length=2, level="h2", time=""):
    """Cards, each with a linked headline and some sentences."""
    return "".join(
        f'<article><{level}><a href="/news/{slug(HEADLINES[n % 10])}-{n}">{HEADLINES[n % 10]}</a></{level}>{time}'
        f"<p>{prose.text(sentences, length, start=n)}</p></article>"
        for n in range(count)
    )


def items(count=8):
    """What JSON-LD says of the articles that a front leads to."""
    return [
        {
            "@type": "NewsArticle", "headline": HEADLINES[n], "datePublished": "2026-03-02T07:30:00Z",
            "url": f"{SITE}/news/{slug(HEADLINES[n])}-{n}", "author": {"@type": "Person", "name": "Ada Merrow"},
        }
        for n in range(count)
    ]  # fmt: skip


NEGATIVES: dict[str, Callable[[], Page]] = {
    "front with long teasers": lambda: Page(
        f"{SITE}/politics",
        page(f"<main><h1>Politics</h1>{teasers(length=4)}</main>", title="Politics", head=WEBSITE),
        "not_article section front",
    ),
    "front without metadata": lambda: Page(
        f"{SITE}/world", page(f"<h1>World</h1>{teasers(level='h3')}", title="World"), "not_article section front"
    ),
    "front with the items of its teasers": lambda: Page(
        f"{SITE}/culture",
        page(f"<h1>Culture</h1>{teasers()}", title="Culture", head=WEBSITE + ld(items())),
        "not_article section front",
    ),
    "front with the item of its first teaser alone": lambda: Page(
        f"{SITE}/business",
        page(f"<h1>Business</h1>{teasers(length=3)}", title="Business", head=WEBSITE + ld(items(1))),
        "not_article section front",
    ),
    "front that calls itself an article": lambda: Page(
        f"{SITE}/category/island-news/",
        page(
            f"<h1>Island news</h1>{teasers(time='<time>2 March</time>')}",
            title="Island news",
            head=ARTICLE + ld({"@type": "CollectionPage", "name": "Island news"}),
        ),
        "not_article section front",
    ),
    "front whose cards are links": lambda: Page(
        f"{SITE}/sport",
        page(
            "<h1>Sport</h1>"
            + "".join(
                f"<a href='/sport/{n}'><div><h3>{HEADLINES[n % 10]}</h3><p>{prose.text(prose.ENGLISH, 2, start=n)}"
                "</p></div></a>"
                for n in range(12)
            ),
            title="Sport",
        ),
        "not_article section front",
    ),
    "German front": lambda: Page(
        f"{SITE}/rubrik/hafen",
        page(
            f"<h1>Hafen und Inseln</h1>{teasers(prose.GERMAN, length=3)}",
            title="Hafen",
            head=WEBSITE,
            language="de",
        ),
        "not_article section front",
    ),
    "Japanese front": lambda: Page(
        f"{SITE}/jp/news",
        page(f"<h1>最新ニュース</h1>{teasers(prose.JAPANESE, length=2)}", title="最新ニュース", language="ja"),
        "not_article section front",
    ),
    "front with a text on the section below": lambda: Page(
        f"{SITE}/travel",
        page(
            f"<h1>Travel</h1>{teasers(count=18)}<section><h2>About our travel pages</h2>"
            f"{prose.paragraphs(prose.ENGLISH, 3)}</section>",
            title="Travel",
            head=WEBSITE,
        ),
        "not_article section front",
    ),
    "home page": lambda: Page(
        f"{SITE}/", page(f"<h1>Harbour Post</h1>{teasers(length=4)}", title="News"), "not_article"
    ),
    "tag page": lambda: Page(
        f"{SITE}/tag/ferries",
        page(f"<h1>Tag: ferries</h1>{teasers(count=4, length=3)}", title="Ferries", head=WEBSITE),
        "not_article tag page",
    ),
    "tag page with an introduction": lambda: Page(
        f"{SITE}/topics/outer-islands",
        page(
            f"<h1>Outer islands</h1>{prose.paragraphs(prose.ENGLISH, 2)}{teasers()}",
            title="Outer islands",
            head=ARTICLE,
        ),
        "not_article tag page",
    ),
    "archive of a month": lambda: Page(
        f"{SITE}/2026/03/",
        page(
            f"<h1>News archive</h1>{teasers(count=20)}<a rel='next' href='/2026/02/'>Older</a>"
            "<link rel='next' href='/2026/03/page/2'>",
            title="March 2026",
        ),
        "not_article",
    ),
    "author with a biography": lambda: Page(
        f"{SITE}/author/ada-merrow",
        page(
            f"<h1>Ada Merrow</h1><div class='bio'>{prose.paragraphs(prose.ENGLISH, 3)}</div>{teasers(count=6)}",
            title="Ada Merrow",
            head="<meta property='og:type' content='profile'>",
        ),
        "not_article author page",
    ),
    "author by JSON-LD": lambda: Page(
        f"{SITE}/redaktion/jonas-hardt",
        page(
            f"<h1>Jonas Hardt</h1>{prose.paragraphs(prose.GERMAN, 2)}{teasers(prose.GERMAN, count=5)}",
            title="Jonas Hardt",
            language="de",
            head=ld({"@type": "ProfilePage", "mainEntity": {"@type": "Person", "name": "Jonas Hardt"}}),
        ),
        "not_article author page",
    ),
    "gallery with captions": lambda: Page(
        f"{SITE}/gallery/the-harbour-in-winter",
        page(
            "<h1>The harbour in winter</h1>"
            + "".join(
                f"<figure><img src='/{n}.jpg'><figcaption>{prose.ENGLISH[n]} Photo: Ada Merrow</figcaption></figure>"
                for n in range(9)
            ),
            title="The harbour in winter",
        ),
        "not_article gallery without text",
    ),
    "gallery by JSON-LD": lambda: Page(
        f"{SITE}/bilder/der-hafen",
        page(
            "<h1>Der Hafen im Winter in Bildern</h1><p>Elf Aufnahmen von Ada Merrow aus dem Januar.</p>"
            + "".join(
                f"<figure><img src='/{n}.jpg'><figcaption>{prose.GERMAN[n]}</figcaption></figure>"
                for n in range(6)
            ),
            title="Der Hafen",
            language="de",
            head=ld({"@type": "ImageGallery", "name": "Der Hafen im Winter"}),
        ),
        "not_article gallery without text",
    ),
    "video with a sentence": lambda: Page(
        f"{SITE}/video/first-crossing",
        page(
            "<h1>Watch: the first crossing of the new ferry</h1><video src='/1.mp4'></video>"
            f"<p>{prose.text(prose.ENGLISH, 2)}</p>{teasers(count=6, length=0)}",
            title="The first crossing",
            head="<meta property='og:type' content='video.other'>"
            + ld({"@type": "VideoObject", "name": "The first crossing", "uploadDate": "2026-03-02"}),
        ),
        "not_article video without text",
    ),
    "video without metadata": lambda: Page(
        f"{SITE}/videos/4711",
        page(f"<h1>Storm over the cannery</h1><iframe src='/p'></iframe><p>{prose.ENGLISH[0]}</p>", title="Storm"),
        "",
    ),
    "error page with what is most read": lambda: Page(
        f"{SITE}/news/gone",
        page(
            "<h1>Page not found</h1><p>Sorry, the page that you asked for is not here any more. It may have been moved,"
            f" or the address was mistyped.</p><h2>Most read</h2>{teasers(count=8, level='h3')}",
            title="Error",
        ),
        "soft_404",
    ),
    "German error page with teasers": lambda: Page(
        f"{SITE}/artikel/weg-12345",
        page(
            f"<h1>Seite nicht gefunden</h1>{teasers(prose.GERMAN, count=8, length=3)}",
            title="Fehler 404",
            head=WEBSITE,
            language="de",
        ),
        "soft_404",
    ),
    "search results": lambda: Page(
        f"{SITE}/?s=ferry",
        page(f"<h1>Search results for: ferry</h1>{teasers(length=3)}", title="You searched for ferry"),
        "not_article search results",
    ),
    "Spanish search results": lambda: Page(
        f"{SITE}/buscar?q=barco",
        page(
            f"<h1>Resultados de la búsqueda</h1>{teasers(prose.SPANISH, length=3)}", title="Barco", language="es"
        ),
        "not_article search results",
    ),
    "about": lambda: Page(
        f"{SITE}/about-us",
        page(f"<h1>About us</h1>{prose.paragraphs(prose.ENGLISH, 6)}", title="About us", head=WEBSITE),
        "not_article static page",
    ),
    "about that calls itself an article": lambda: Page(
        f"{SITE}/about",
        page(
            f"<article><h1>About the Harbour Post</h1>{prose.paragraphs(prose.ENGLISH, 8)}</article>",
            title="About",
            head=ARTICLE + ld({"@type": ["WebPage", "AboutPage"], "name": "About", "datePublished": "2019-01-01"}),
        ),
        "not_article static page",
    ),
    "imprint": lambda: Page(
        f"{SITE}/impressum",
        page(f"<h1>Impressum</h1>{prose.paragraphs(prose.GERMAN, 5)}", title="Impressum", language="de"),
        "not_article static page",
    ),
    "privacy policy": lambda: Page(
        f"{SITE}/p/datenschutzerklaerung",
        page(
            "<h1>Datenschutzerklärung</h1>"
            + "".join(f"<h2>{n}. Was wir speichern</h2>{prose.paragraphs(prose.GERMAN, 4)}" for n in range(9)),
            title="Datenschutzerklärung",
            head=WEBSITE,
            language="de",
        ),
        "not_article static page",
    ),
    "terms": lambda: Page(
        f"{SITE}/legal/terms-of-service",
        page(f"<h1>Terms and Conditions</h1>{prose.paragraphs(prose.ENGLISH, 20)}", title="Terms", head=ARTICLE),
        "not_article static page",
    ),
    "French legal notice": lambda: Page(
        f"{SITE}/page/mentions",
        page(
            f"<h1>Mentions légales</h1>{prose.paragraphs(prose.FRENCH, 8)}",
            title="Mentions légales",
            language="fr",
        ),
        "not_article static page",
    ),
    "cookie wall": lambda: Page(
        f"{SITE}/news/ferry",
        "<html><head><title>Harbour Post</title></head><body><h1>We value your privacy</h1><p>We and our partners use"
        " cookies. Accept them all or choose.</p><button>Accept</button></body></html>",
        "cookie_wall",
    ),
    "login wall": lambda: Page(
        f"{SITE}/login?to=/news/ferry",
        "<html><head><title>Sign in</title></head><body><h1>Sign in to go on</h1><form><input name='u'><input"
        " type='password'></form></body></html>",
        "login_wall",
    ),
    "shop": lambda: Page(
        f"{SITE}/shop/ferry-mug",
        page(
            f"<h1>Mug with the old ferry on it</h1>{prose.paragraphs(prose.ENGLISH, 3)}<button>Add to basket</button>",
            title="Mug",
            head="<meta property='og:type' content='product'>"
            + ld({"@type": "Product", "name": "Mug", "offers": {"@type": "Offer", "price": "12.00"}}),
        ),
        "not_article shop page",
    ),
    "weather": lambda: Page(
        f"{SITE}/weather/lendmouth",
        page(
            "<h1>Weather in Lendmouth</h1><table>"
            + "".join(
                f"<tr><td>{hour:02}:00</td><td>{7 + hour % 9} °C</td><td>{hour * 3 % 100} %</td><td>10{hour} hPa</td>"
                "</tr>"
                for hour in range(24)
            )
            + "</table>",
            title="Weather",
            head=WEBSITE,
        ),
        "not_article",
    ),
    "stocks": lambda: Page(
        f"{SITE}/markets/",
        page(
            "<h1>Markets</h1><table>"
            + "".join(
                f"<tr><td>Harbour Works {n}</td><td>{n * 17}.25</td><td>+{n}.4 %</td><td>{n * 1000}</td></tr>"
                for n in range(1, 30)
            )
            + "</table>",
            title="Markets",
        ),
        "not_article",
    ),
    "live scores": lambda: Page(
        f"{SITE}/sport/scores",
        page(
            "<h1>Scores</h1><ul>"
            + "".join(
                f"<li>Lendmouth Rovers {n % 4} : {n % 3} Island Town <span>{n * 3}'</span></li>" for n in range(25)
            )
            + "</ul>",
            title="Scores",
            head=WEBSITE,
        ),
        "not_article",
    ),
    "front without headings": lambda: Page(
        f"{SITE}/islands/",
        page(
            "<h1>News from the islands</h1>"
            + "".join(
                f"<div class='card'><div class='title'><a href='/a/{n}'>{HEADLINES[n % 10]}</a></div>"
                f"<div>{prose.text(prose.ENGLISH, 4, start=n)}</div></div>"
                for n in range(12)
            ),
            title="Islands",
        ),
        "not_article section front",
    ),
    "front whose cards have a link laid over them": lambda: Page(
        f"{SITE}/sport/",
        page(
            "<h1>Sport</h1>"
            + "".join(
                f"<div><h2>{HEADLINES[n % 10]}</h2><p>{prose.text(prose.ENGLISH, 2, start=n)}</p>"
                f"<a href='/s/{n}' class='overlay'></a></div>"
                for n in range(12)
            ),
            title="Sport",
            head=WEBSITE,
        ),
        "not_article section front",
    ),
    "front with whole excerpts": lambda: Page(
        f"{SITE}/category/politics/page/2/",
        page(
            f"<h1>Politics</h1>{teasers(length=6, time='<time>2 March</time>')}",
            title="Politics Archives",
            head=ARTICLE,
        ),
        "not_article tag page",
    ),
    "ticker": lambda: Page(
        f"{SITE}/ticker",
        page(
            "<h1>News ticker</h1><ul>"
            + "".join(
                f"<li><time>1{n % 10}:00</time> <a href='/a/{n}'>{HEADLINES[n % 10]}</a></li>" for n in range(30)
            )
            + "</ul>",
            title="Ticker",
            head=WEBSITE,
        ),
        "not_article section front",
    ),
    "quiz": lambda: Page(
        f"{SITE}/quiz/how-well-do-you-know-the-islands",
        page(
            "<h1>How well do you know the islands?</h1>"
            + "".join(
                f"<p>{n}. {prose.ENGLISH[n]} True or not?</p>"
                + "".join(f"<label><input type='radio' name='q{n}'>Answer {a}</label>" for a in range(3))
                for n in range(8)
            ),
            title="Quiz",
        ),
        "not_article quiz",
    ),
}
