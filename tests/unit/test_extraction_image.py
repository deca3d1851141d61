import pytest

from crawler.extraction.fields.credits import split_caption
from tests.support.articles import MARKUP, article, ld, news, page

HEADING = "<h1>Ferry returns</h1>"


@pytest.mark.parametrize(
    ("text", "caption", "credit"),
    [
        ("The ferry in dock. Photo: Bo Lind/Wire", "The ferry in dock.", "Bo Lind/Wire"),
        ("The ferry \u00a9 Bo Lind", "The ferry", "Bo Lind"),
        ("The ferry | Bild: dpa", "The ferry", "dpa"),
        ("The ferry (Photo by Bo Lind/Getty Images)", "The ferry", "Bo Lind/Getty Images"),
        ("The ferry. (AP Photo/Bo Lind)", "The ferry.", "AP Photo/Bo Lind"),
        ("The ferry in dock. Image credit: Harbour Wire", "The ferry in dock.", "Harbour Wire"),
        ("Die Fähre. Foto: dpa, Bo Lind", "Die Fähre.", "dpa, Bo Lind"),
        ("The boat. Photo Courtesy: Harbour Wire", "The boat.", "Harbour Wire"),
        ("Image: Bo Lind", None, "Bo Lind"),
        ("(c) Bo Lind", None, "Bo Lind"),
        ("The ferry (left) sails", "The ferry (left) sails", None),
        ("A source: nobody knows the ferry", "A source: nobody knows the ferry", None),
        ("Photo: the ferry in its dock", "Photo: the ferry in its dock", None),
        ("", None, None),
    ],
)
def test_caption_and_credit(text, caption, credit):
    """A caption is parted from the credit at its end, by the words and signs that credits go by."""
    assert split_caption(text) == (caption, credit)


def test_image_object():
    """What JSON-LD says of the image is its caption and credit."""
    image = {
        "@type": "ImageObject",
        "url": "/img/ferry.jpg",
        "caption": "The ferry in dock.",
        "copyrightHolder": {"@type": "Person", "name": "Bo Lind"},
    }
    found = article(page(head=ld(news(image=[image, {"url": "/img/other.jpg", "caption": "Another"}]))))
    assert found.main_image_url == "https://www.harbour-post.example/img/ferry.jpg"
    assert (found.main_image_caption, found.main_image_credit) == ("The ferry in dock.", "Bo Lind")
    assert {found.origins[f"main_image_{part}"] for part in ("url", "caption", "credit")} == {"json_ld"}


@pytest.mark.parametrize(
    "figcaption",
    [
        "The ferry in dock. Photo: Bo Lind",
        "The ferry in dock. <span class='image-credit'>Photo: Bo Lind</span>",
        "<p>The ferry in dock.</p><small itemprop='copyrightHolder'>\u00a9 Bo Lind</small>",
    ],
)
def test_figure_of_the_main_image(figcaption):
    """The figure that shows the main image, in whatever size, gives its caption and credit."""
    figure = "<figure><img {}><figcaption>{}</figcaption></figure>"
    figures = figure.format('src="/img/harbour-1200x800.jpg"', "Another. Photo: Ada Moss")
    figures += figure.format('data-src="/cache/w480/ferry-dock-640x360.jpg"', figcaption)
    head = '<meta property="og:image" content="https://img.example/ferry-dock.jpg?w=1200">'
    found = article(page(head=head, body=f"<article>{HEADING}{figures}{MARKUP}</article>"))
    assert (found.main_image_caption, found.main_image_credit) == ("The ferry in dock.", "Bo Lind")
    assert (found.origins["main_image_url"], found.origins["main_image_caption"]) == ("meta", "html")


def test_image_of_the_first_figure():
    """Where nothing names an image, the article's first figure has it; those of other articles do not count."""
    figure = "<figure><img src='{}'><figcaption>{}</figcaption></figure>"
    other = f"<aside>{figure.format('/img/other.jpg', 'Another')}</aside>"
    own = figure.format("/img/ferry.jpg", "The ferry in dock. (c) Bo Lind")
    found = article(page(body=f"{other}<article>{HEADING}{own}{MARKUP}</article>"))
    assert (found.main_image_url, found.main_image_caption, found.main_image_credit) == (
        "https://www.harbour-post.example/img/ferry.jpg",
        "The ferry in dock.",
        "Bo Lind",
    )


def test_labelled_line_beside_an_image():
    """A line such as "Image: ..." beside the image above the text is its credit."""
    image = "<div><img src='/img/ferry.jpg'><p>Image: Harbour Wire/Bo Lind</p></div>"
    found = article(page(body=f"<article>{HEADING}{image}{MARKUP}</article>"))
    assert (found.main_image_caption, found.main_image_credit) == (None, "Harbour Wire/Bo Lind")
    assert found.main_image_url == "https://www.harbour-post.example/img/ferry.jpg"


def test_another_image_has_another_caption():
    """The caption of a figure that shows another image is not the main image's."""
    figure = "<figure><img src='/img/harbour.jpg'><figcaption>Another. Photo: Ada Moss</figcaption></figure>"
    head = '<meta property="og:image" content="/img/ferry-dock.jpg">'
    found = article(page(head=head, body=f"<article>{HEADING}{MARKUP}{figure}</article>"))
    assert (found.main_image_caption, found.main_image_credit) == (None, None)


def test_megabytes_about_an_image():
    """Addresses and captions of many kilobytes cost bounded work, and are no captions."""
    long = "a1b2c3d4e5f6 (photo: " * 2_000
    figure = f"<figure><img src='/{long}' srcset='{long}'><figcaption class='{long}'>{long}</figcaption></figure>"
    head = f'<meta property="og:image" content="/img/ferry-dock.jpg?{long}">'
    found = article(page(head=head, body=f"<article>{HEADING}{figure * 3}{MARKUP}</article>"))
    assert found.main_image_caption is None
