"""A page like those of India Blooms, read without any rule for it."""

import pytest

from crawler.article import Article, Hints
from crawler.extraction import extract
from tests.support import indiablooms

HINTS = Hints(timezone="Asia/Kolkata")


@pytest.fixture(params=[indiablooms.marked_page, indiablooms.plain_page], ids=["marked", "plain"])
def article(request):
    """The article of each page."""
    found = extract(request.param().encode(), indiablooms.URL, hints=HINTS)
    assert isinstance(found, Article), found
    return found


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("headline", indiablooms.HEADLINE),
        ("article_section", indiablooms.SECTION),
        ("authors", (indiablooms.AUTHOR,)),
        ("date_published", indiablooms.PUBLISHED),
        ("main_image_credit", indiablooms.CREDIT),
        ("article_body", indiablooms.BODY),
    ],
)
def test_a_page_like_india_blooms_is_read_without_a_rule(article, field, expected):
    """The masthead's date, the ticker, the buttons, the byline and the appeal are none of the article."""
    assert getattr(article, field) == expected
