"""Pages, feeds and sitemaps of the tests' own."""

from html import escape

WORDS = (
    "The council of Lendmouth met on Monday evening to hear how the repair of the old bridge is coming along. "
    "Engineers said that two of the five arches are done and that the others will follow before winter sets in. "
    "Traffic will go by the upper road until then, and the ferry sails every quarter of an hour at no charge."
)


def article(headline, body=WORDS, *, published="2026-03-02T07:30:00+01:00", author="Ada Merrow"):
    """A page with one article, as a small paper would serve it."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(headline)} | Gazette</title>'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{escape(headline)}">'
        f'<meta property="article:published_time" content="{published}"><meta name="author" content="{author}">'
        f"</head><body><nav><a href='/'>Home</a></nav><article><h1>{escape(headline)}</h1>"
        f"<p>{escape(body)}</p><p>{escape(WORDS)}</p></article><footer>Gazette</footer></body></html>"
    )


def rss(*urls):
    """A feed that lists these URLs."""
    items = "".join(f"<item><link>{escape(url)}</link><title>Item</title></item>" for url in urls)
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Gazette</title>{items}</channel></rss>"


def sitemap(*urls):
    """A sitemap that lists these URLs."""
    entries = "".join(f"<url><loc>{escape(url)}</loc></url>" for url in urls)
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</urlset>"
