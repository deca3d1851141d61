import json

import pytest

from crawler.discovery import Link
from crawler.reading import hints_of
from crawler.spiders.kept_links import link_as_json, link_of_json

URL = "https://www.harbour-post.example/news/ferry-returns"


@pytest.mark.parametrize("origin", ["feed", "sitemap"])
def test_a_waiting_link_keeps_the_kind_of_its_document(origin):
    """What a sitemap says is credited to it although the page is visited runs later."""
    kept = json.loads(json.dumps(link_as_json(Link(URL, headline="Ferry returns", origin=origin))))
    assert hints_of(link_of_json(URL, kept), URL, "UTC").origin == origin
