"""Sessions that end, and guessers that wait, by a clock that a test sets."""

from types import SimpleNamespace

import pytest

from scheduler.web.access import local_path
from scheduler.web.sessions import MESSAGE_SECONDS, SESSION_SECONDS, Signer
from scheduler.web.slowdown import SlowDown

TOKEN = "a-token-of-the-tests"
HOUR = 3600


@pytest.fixture
def time():
    """A clock that stands until it is set."""
    return SimpleNamespace(now=1_780_000_000.0)


@pytest.fixture
def signer(time):
    """Signs by that clock."""
    return Signer(TOKEN, clock=lambda: time.now)


def test_a_session_ends_by_itself(signer, time):
    """After twelve hours its cookie is worth nothing; until then it names the same session."""
    cookie = signer.new_session()
    session = signer.session(cookie)
    assert session
    time.now += SESSION_SECONDS - 1
    assert signer.session(cookie) == session
    time.now += 2
    assert signer.session(cookie) is None


def test_what_was_ended_is_forgotten_when_it_would_be_over(signer, time):
    """Sessions that were logged out do not pile up."""
    for _ in range(100):
        signer.end_session(signer.session(signer.new_session()))
        time.now += HOUR
    assert len(signer._ended) <= SESSION_SECONDS / HOUR


def test_a_session_is_no_message_nor_the_other_way_round(signer, time):
    """What is signed for one purpose is of no other; a message is stale after a minute."""
    message = signer.message(words="done")
    assert signer.read_message(message) == {"words": "done"}
    assert signer.session(message) is None
    assert signer.read_message(signer.new_session()) is None
    time.now += MESSAGE_SECONDS + 1
    assert signer.read_message(message) is None


def test_another_token_knows_nothing_of_it(signer, time):
    """Neither its sessions nor its forms, and its cookies have other names."""
    other = Signer(f"{TOKEN}2", clock=lambda: time.now)
    session = signer.session(signer.new_session())
    assert other.session(signer.new_session()) is None
    assert not other.is_form_token(session, signer.form_token(session))
    assert other.session_cookie != signer.session_cookie
    again = Signer(TOKEN, clock=lambda: time.now)
    assert again.is_form_token(session, signer.form_token(session))


@pytest.mark.parametrize("given", ["", TOKEN[:-1], f"{TOKEN} ", TOKEN.upper(), "é", "\udcff"])
def test_only_the_token_is_the_token(signer, given):
    """To the letter, whatever else is given."""
    assert signer.is_token(TOKEN)
    assert not signer.is_token(given)


def test_who_guesses_waits_twice_as_long_each_time(time):
    """From the fifth wrong token on, up to five minutes; one that is right, or an hour, makes up for all."""
    slow = SlowDown(clock=lambda: time.now)
    waits = []
    for _ in range(16):
        waits.append(slow.seconds_to_wait("192.0.2.1"))
        time.now += waits[-1]
        slow.failed("192.0.2.1")
    assert waits == [0] * 5 + [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert slow.seconds_to_wait("192.0.2.2") == 0
    time.now += HOUR
    slow.failed("192.0.2.1")
    assert slow.seconds_to_wait("192.0.2.1") == 0
    for _ in range(5):
        slow.failed("192.0.2.1")
    slow.succeeded("192.0.2.1")
    assert slow.seconds_to_wait("192.0.2.1") == 0


def test_a_customers_ipv6_addresses_are_one(time):
    """Whoever has a /64 has more addresses than guesses; and however many there are, few are remembered."""
    slow = SlowDown(clock=lambda: time.now)
    for number in range(5):
        slow.failed(f"2001:db8:0:1::{number:x}")
    assert slow.seconds_to_wait("2001:db8:0:1:ffff::1") == 1
    assert slow.seconds_to_wait("2001:db8:0:2::1") == 0
    for number in range(10_000):
        slow.failed(f"10.0.{number // 256}.{number % 256}")
    assert len(slow._failures) <= 4096


@pytest.mark.parametrize(
    ("text", "path"),
    [("/", "/"), ("/runs?source=a&x=%2F", "/runs?source=a&x=%2F"), ("//a.example", "/"), ("/\\a.example", "/"),
     ("/a\\b", "/"), ("/a b", "/"), ("/\n", "/"), ("runs", "/"), ("/" + "a" * 3000, "/")],
)  # fmt: skip
def test_only_paths_of_ours_are_gone_on_to(text, path):
    """Whatever a browser would take for another site leads to the overview."""
    assert local_path(text) == path
