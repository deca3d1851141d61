"""Fetching one page outside a run."""

from unittest.mock import Mock

import pytest

from crawler.configuration import Configuration
from crawler.fetch import Fetcher, fetch_page
from crawler.outcomes import Outcome, Reason, RefusedError


@pytest.mark.parametrize("url", ["no-scheme", "http://[bad/"])
def test_a_url_that_is_none_is_refused_before_anything_starts(url):
    """What Scrapy takes for no URL is an outcome with a reason, not an error of ours."""
    with pytest.raises(RefusedError) as caught:
        fetch_page(url, Configuration(), Fetcher.fetch)
    assert (caught.value.outcome, caught.value.reason) == (Outcome.REJECTED, Reason.URL_INVALID)
    assert caught.value.detail


def test_a_download_that_ends_without_an_answer_is_refused(monkeypatch):
    """Interrupted, Scrapy stops without calling back: the page failed, and nothing breaks."""
    monkeypatch.setattr("crawler.fetch.CrawlerProcess", Mock())
    monkeypatch.setattr("crawler.fetch.logs.configure", Mock())
    with pytest.raises(RefusedError, match="stopped before the page came") as caught:
        fetch_page("http://gazette.example/", Configuration(), Fetcher.fetch)
    assert caught.value.outcome == Outcome.FAILED
