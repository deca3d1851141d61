import pytest

from tests.support.articles import BODY, MARKUP, article, ld, news, page

SITE = '<meta property="og:site_name" content="Harbour Post">'
HEADING = "<h1>Ferry returns to the islands</h1>"


@pytest.mark.parametrize(
    "byline",
    [
        '<p class="byline">By Ines Varga</p>',
        '<span class="article__author-name">Ines Varga</span>',
        '<div class="authorname"><a href="/a">Ines Varga</a></div>',
        '<a rel="author" href="/a">Ines Varga</a>',
        '<span class="css-1a2b-StyledBylineAuthor">Ines Varga</span>',
        '<div class="author-box"><b>Ines Varga</b><i>Political Editor</i><i>Follow</i></div>',
        '<p><a href="/authors/ines-varga"><span>Ines Varga</span></a></p>',
        "<p>By <a href='/a'>Ines Varga</a>, Political Editor</p>",
        "<div><span>Von</span> <b>Ines Varga</b></div>",
        "<p>Par Ines Varga</p>",
        "<p>Автор: Ines Varga</p>",
        "<p>Ines Varga | 3 May 2024, 10:15</p>",
        '<p itemprop="author" itemscope><span itemprop="name">Ines Varga</span> <a>@ines</a></p>',
    ],
)
def test_byline_near_the_headline(byline):
    """A byline counts by its mark or its wording, and gives the name alone."""
    assert article(page(body=f"<article>{HEADING}{byline}{MARKUP}</article>")).authors == ("Ines Varga",)


def test_byline_of_a_news_service():
    """A line of service, handle and time gives the service's name, in one element or in several."""
    handle = "<a href='/x'>@harbourwire</a>"
    for line in (
        f"<p>Harbour Wire News Service | {handle} | 25 Feb 2022, 08:57 pm</p>",
        f"<div><span>Harbour Wire News Service</span> | {handle} | <span>25 Feb 2022, 08:57 pm</span></div>",
    ):
        assert article(page(body=f"<div>{HEADING}{line}{MARKUP}</div>")).authors == ("Harbour Wire News Service",)


@pytest.mark.parametrize(
    "elsewhere",
    [
        '<aside><p class="byline">By Bo Lind</p></aside>',
        '<div class="related-stories"><span class="author">Bo Lind</span></div>',
        '<div id="comments"><p itemprop="author">Bo Lind</p><p class="author">Bo Lind</p></div>',
        '<footer><a rel="author" href="/b">Bo Lind</a></footer>',
        '<a href="/person/bo-lind">Bo Lind</a>',
        '<figure><img src="/f.jpg"><figcaption class="author">Bo Lind</figcaption></figure>',
        "<p>By noon, Bo Lind had seen enough of the ferry</p>",
        "<div itemscope itemtype='https://schema.org/Comment'><b itemprop='author'>Bo Lind</b></div>",
    ],
)
def test_others_are_no_authors(elsewhere):
    """Nobody becomes an author who wrote another article or a comment, or is only spoken of."""
    assert article(page(body=f"<article>{HEADING}{MARKUP}</article>{elsewhere}")).authors == ()


def test_the_site_gives_way():
    """A site that names itself in JSON-LD gives way to a person, but not to the initials of an agency."""
    item = ld(news(author={"@type": "Organization", "name": "Harbour Post"}, publisher={"name": "Harbour Post"}))
    byline = "<article>{}<p class='byline'>{}</p>{}</article>"
    found = article(page(head=item, body=byline.format(HEADING, "By Ines Varga", MARKUP)))
    assert (found.authors, found.origins["authors"]) == (("Ines Varga",), "html")
    assert article(page(head=item, body=byline.format(HEADING, "dpa", MARKUP))).authors == ("Harbour Post",)


def test_site_and_section_beside_people():
    """Beside people the site's name is left out, and the name of a section is nobody's."""
    item = ld(news(author=["Ines Varga", "Harbour Post"], articleSection="Islands"))
    assert article(page(head=SITE + item)).authors == ("Ines Varga",)
    assert article(page(head=SITE + ld(news(author="Islands", articleSection="Islands")))).authors == ()


def test_names_in_two_pieces():
    """A person whose given and family names stand apart is one name."""
    item = ld(news(author={"@type": "Person", "givenName": "Ines", "familyName": "Varga"}))
    assert article(page(head=item)).authors == ("Ines Varga",)


@pytest.mark.parametrize(
    ("ending", "authors"),
    [
        ("<p>(Reuters)</p>", ("Reuters",)),
        ("<p>The ferry sails again at nine. (dpa)</p>", ("dpa",)),
        ("<p><strong>Ines Varga</strong></p>", ("Ines Varga",)),
        ("<p>The ferry sails again at nine. (Harbour)</p>", ()),
        ("<p>Ines Varga</p>", ()),
    ],
)
def test_signature(ending, authors):
    """Where the page names nobody, a known agency at the end or a name in bold beneath the text is the author."""
    found = article(page(body=f"<article>{HEADING}{MARKUP}{ending}</article>"))
    assert found.authors == authors
    assert not authors or found.origins["authors"] == "derived"


def test_ten_thousand_authors():
    """Fifty names are read and no more, in JSON-LD as in markup."""
    many = [{"@type": "Person", "name": f"Ines Varga{'abcdefghij'[n % 10] * (n % 97 + 1)}"} for n in range(10_000)]
    assert len(article(page(head=ld(news(author=many)))).authors) <= 50
    marked = "".join(f"<p class='author' itemprop='author'>Ines Varga{'x' * (n % 40)}</p>" for n in range(10_000))
    claimed = ld(news(articleBody=BODY))
    assert len(article(page(head=claimed, body=f"<article>{HEADING}{marked}{MARKUP}</article>")).authors) <= 50


def test_megabyte_of_byline():
    """A name of a megabyte is none, whichever place it stands in."""
    long = "Ines Varga, " * 90_000
    head = ld(news(author=long)) + f'<meta name="author" content="{long}">'
    found = article(page(head=head, body=f"<article>{HEADING}<p class='{long}'>{long}</p>{MARKUP}</article>"))
    assert found.authors == ("Ines Varga",)
