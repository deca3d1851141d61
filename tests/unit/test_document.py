"""What is known of a document, from poll to poll."""

from datetime import UTC, datetime, timedelta

import pytest

from crawler.document import Answer, Document, after_answer, after_failure

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FEED = Document(1, "https://gazette.example/feed", "feed")
NEW = "https://www.gazette.example/feed"


def answered(document, times=1, **facts):
    for _ in range(times):
        document = after_answer(document, Answer(NOON, body_hash=b"h", **facts))
    return document


def test_what_a_server_said_of_its_document_is_said_back():
    """ETag and Last-Modified of the last answer become the headers of the next request."""
    document = answered(FEED, etag='"1"', last_modified="Mon, 02 Mar 2026 12:00:00 GMT")
    assert document.validators == {
        "If-None-Match": b'"1"',
        "If-Modified-Since": b"Mon, 02 Mar 2026 12:00:00 GMT",
    }


def test_a_first_request_is_unconditional():
    """A document that was never read is asked for whatever it holds."""
    assert FEED.validators == {}


def test_every_fifth_request_is_unconditional():
    """A server that always answers 304 is found out."""
    document = answered(FEED, etag='"1"')
    conditional = []
    for _ in range(10):
        conditional.append(bool(document.validators))
        document = after_answer(document, Answer(NOON))
    assert conditional == [True] * 4 + [False] + [True] * 4 + [False]


def test_304_leaves_the_validators():
    """An answer without a body says nothing new of the document."""
    document = after_answer(answered(FEED, etag='"1"'), Answer(NOON))
    assert (document.etag, document.body_hash) == ('"1"', b"h")


def test_a_permanent_move_is_believed_when_it_is_stable():
    """Three answers in a row from the same new place, and it is asked there."""
    twice = answered(FEED, 2, moved_to=NEW)
    assert twice.place == FEED.url
    assert answered(twice, moved_to=NEW).place == NEW


@pytest.mark.parametrize("between", [None, "https://elsewhere.example/feed"])
def test_a_move_that_changes_its_mind_begins_anew(between):
    """An answer from the old place, or from a third one, in between starts the count again."""
    document = answered(answered(answered(FEED, 2, moved_to=NEW), moved_to=between), 2, moved_to=NEW)
    assert document.place == FEED.url
    assert answered(document, moved_to=NEW).place == NEW


def test_a_moved_document_stays_where_it_is():
    """Once promoted, answers without a redirect are the rule, and keep it there."""
    assert answered(answered(FEED, 3, moved_to=NEW), 5).place == NEW


def test_a_failure_at_the_new_place_brings_the_old_one_back():
    """A move that turns out wrong costs one poll."""
    document = after_failure(answered(FEED, 3, moved_to=NEW), "http_404", NOON)
    assert document.place == FEED.url
    assert document.retired_at is None


@pytest.mark.parametrize("reason", ["over_budget", "host_paused", "host_down"])
def test_what_was_not_asked_for_has_not_failed(reason):
    """A run that has no time left for a document, or leaves its host alone, brings no old place back."""
    moved = answered(FEED, 3, moved_to=NEW)
    assert after_failure(moved, reason, NOON + timedelta(hours=1)) == moved


def test_gone_for_good_retires():
    """410 ends a document; 404 does not."""
    assert after_failure(FEED, "http_410", NOON).retired_at == NOON
    assert after_failure(FEED, "http_404", NOON).retired_at is None


def test_how_long_it_stays_fresh_is_bounded():
    """A publisher can ask us to stay away for a day at most."""
    assert answered(FEED, refresh=timedelta(minutes=30)).fresh_until == NOON + timedelta(minutes=30)
    assert answered(FEED, refresh=timedelta(days=400)).fresh_until == NOON + timedelta(days=1)
