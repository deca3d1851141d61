import pytest

from tests.support.articles import MARKUP, URL, article, ld, news, page

HEADLINE = "Ferry returns to the islands"
SITE = '<meta property="og:site_name" content="Harbour Post">'


@pytest.mark.parametrize(
    "title",
    [
        f"{HEADLINE} | Harbour Post",
        f"{HEADLINE} - Harbour Post",
        f"{HEADLINE} \u2013 Islands \u2013 Harbour Post",
        f"{HEADLINE} | Islands | Harbour Post Online",
        f"{HEADLINE} \u00bb Harbour Post",
        f"{HEADLINE} : Harbour Post",
        f"{HEADLINE} - www.harbour-post.example",
        f"Harbour Post: {HEADLINE}",
        f"Harbour Post | {HEADLINE}",
        f"Islands | {HEADLINE}",
        f"{HEADLINE} | Somewhere else",
    ],
)
def test_names_around_a_lone_title(title):
    """Of a page that says its headline in ``<title>`` alone, the names of site and section are taken off."""
    head = f'<title>{title}</title>{SITE}<meta property="article:section" content="Islands">'
    assert article(page(head=head, body=MARKUP)).headline == HEADLINE


@pytest.mark.parametrize(
    "title",
    ["Ferry returns - at last, say islanders", "Ferry: the boat is back", "Why 1 | 2 is not one half of it all"],
)
def test_a_headline_keeps_its_own_separators(title):
    """What no site, section or other claim explains is part of the headline."""
    assert article(page(head=f'{SITE}<meta property="og:title" content="{title}">', body=MARKUP)).headline == title


def test_initials_name_the_site():
    """A site may be called by its initials, or by what stands in brackets after its name."""
    head = (
        '<title>Ferry returns - Islands - HRT</title><meta property="og:site_name" content="Harbour Radio (HRT)">'
    )
    found = article(page(head=head + '<meta name="section" content="Islands">', body=MARKUP))
    assert found.headline == "Ferry returns"


@pytest.mark.parametrize(
    "heading",
    [
        f"<h1><span class='kicker'>Transport</span> {HEADLINE}</h1>",
        f"<h1><span class='article__overline'>After eleven weeks</span><span>{HEADLINE}</span></h1>",
        f"<h1><a href='/islands'>Islands</a> {HEADLINE}</h1>",
        f"<h1>{HEADLINE} <small>Islands</small></h1>",
        f"<h1>{HEADLINE} <span>| Islands</span></h1>",
        f"<h1>{HEADLINE} | Islands</h1>",
        f"<h1>Harbour Post</h1><h1>{HEADLINE}</h1>",
        f"<h1>{HEADLINE}<span aria-hidden='true'> - </span><i class='icon'>new</i></h1>",
    ],
)
def test_what_stands_beside_the_headline(heading):
    """A kicker, the section or the site's name in or beside the heading is no part of the headline."""
    head = f'{SITE}<meta property="article:section" content="Islands">'
    assert article(page(head=head, body=f"<article>{heading}{MARKUP}</article>")).headline == HEADLINE


def test_section_beside_the_headline():
    """What the heading has beside the title is the section, if the page links to it by that name."""
    body = f"<ul><li><a href='/c/7'>Islands</a></li></ul><article><h1>{HEADLINE} <span>Islands</span></h1>{MARKUP}"
    found = article(page(head=f"<title>{HEADLINE} | Islands | Harbour Post</title>", body=body))
    assert (found.headline, found.article_section, found.origins["article_section"]) == (
        HEADLINE,
        "Islands",
        "html",
    )


def test_kicker_that_other_metadata_leave_out():
    """What opens the headline before a colon is a kicker where other metadata have the headline without it."""
    head = ld(news(headline=f"After eleven weeks: {HEADLINE}"))
    assert article(page(head=head)).headline == f"After eleven weeks: {HEADLINE}"
    assert article(page(head=f'{head}<meta property="og:title" content="{HEADLINE}">')).headline == HEADLINE


@pytest.mark.parametrize(
    ("named", "heading", "alternative"),
    [
        ({"alternativeHeadline": "The boat is back"}, HEADLINE, "The boat is back"),
        ({"alternativeHeadline": "The boat is back", "description": "The boat is back"}, HEADLINE, None),
        ({}, "Islanders cheer as their ferry returns", "Islanders cheer as their ferry returns"),
        ({}, f"Transport: {HEADLINE}", None),
        ({}, "Most read this week", None),
    ],
)
def test_alternative_headline(named, heading, alternative):
    """The alternative is what is called so, or another headline with words in common; never a description."""
    found = article(page(head=ld(news(headline=HEADLINE, **named)), body=f"<h1>{heading}</h1>{MARKUP}"))
    assert (found.headline, found.alternative_headline) == (HEADLINE, alternative)


@pytest.mark.parametrize(
    ("head", "body", "section"),
    [
        (ld(news(articleSection=["News", "Islands"])), "", "News"),
        (ld(news(articleSection="News")) + '<meta property="article:section" content="Islands">', "", "Islands"),
        (
            ld(
                news(),
                {
                    "@type": "BreadcrumbList",
                    "itemListElement": [
                        {"name": "Home"},
                        {"item": {"name": "Islands"}},
                        {"name": "Ferry returns"},
                    ],
                },
            ),
            "",
            "Islands",
        ),
        ("", "<ol class='breadcrumbs'><li><a href='/'>Home</a><li><a href='/i'>Islands</a></ol>", "Islands"),
        ("", "<nav><a href='/islands/'>Islands &amp; Sea</a></nav>", "Islands & Sea"),
        ("", "<nav><a href='/islands/old'>Old</a></nav>", None),
    ],
)
def test_section(head, body, section):
    """The section is what metadata, breadcrumbs or the page's link to its own path call it."""
    url = URL.replace("/news/", "/islands/")
    found = article(page(head=head, body=f"{body}<article><h1>Ferry returns</h1>{MARKUP}</article>"), url=url)
    assert found.article_section == section


def test_hostile_headings():
    """A heading of ten thousand separators, and ten thousand headings, are read in bounded steps."""
    body = f"<h1>{'a | ' * 10_000}</h1>{'<h1><b>a</b> | b</h1>' * 10_000}{MARKUP}"
    assert article(page(head=f"<title>{'x : ' * 10_000}</title>", body=body)).headline
