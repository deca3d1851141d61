"""Lines of the log as they are selected, written for people, and told apart."""

import json
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.logs.fingerprints import MOST_GROUPS, Groups, frame_of, normalised
from scheduler.logs.reading import in_order, with_rotated
from scheduler.logs.rendering import Renderer
from scheduler.logs.selection import Selection, parsed
from scheduler.moments import moment_of

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
TRACEBACK = """Traceback (most recent call last):
  File "/opt/tidings/lib/scheduler/workers.py", line 120, in visit
    await crawl()
  File "/opt/tidings/lib/crawler/extraction/body.py", line {line}, in body_of
    return read(tree)
  File "/usr/lib/python3/lxml/html.py", line 7, in read
ValueError: {error}"""


def line(event="page.finished", *, level="info", at=NOON, **fields):
    """A line as the daemon writes it."""
    timestamp = at.isoformat().replace("+00:00", "Z")
    return json.dumps(
        {"timestamp": timestamp, "level": level, "event": event, **fields}, ensure_ascii=False
    ).encode()


def is_selected(selection, written):
    event = parsed(written)
    return selection.may_hold(written) and selection.holds(event) and selection.matches(written)


@pytest.mark.parametrize(
    ("wanted", "fitting", "other"),
    [
        ({"sources": ("gazette", "herald")}, {"source": "herald"}, {"source": "gazette-2"}),
        ({"run": "39065fcb"}, {"run_id": "39065fcb-63d6-4293"}, {"run_id": "a9065fcb-63d6-4293"}),
        ({"events": ("run.*", "page.finished")}, {"event": "run.finished"}, {"event": "host.paused"}),
        ({"events": ("*.failed",)}, {"event": "duty.failed"}, {"event": "page.finished"}),
        ({"level": "warning"}, {"level": "error"}, {"level": "info", "error": "x"}),
        ({"url": "/2026/"}, {"url": "https://a.example/2026/1"}, {"url": "https://a.example/"}),
        ({"reasons": ("dns",)}, {"reason": "dns"}, {"detail": "dns"}),
        ({"since": NOON}, {"at": NOON}, {"at": NOON - timedelta(microseconds=1)}),
        ({"until": NOON}, {"at": NOON - timedelta(microseconds=1)}, {"at": NOON}),
        ({"grep": re.compile("4[0-9]{2}")}, {"detail": "it said 404"}, {"detail": "it said 40"}),
        ({"grep": re.compile("it-said")}, {"detail": "it-said"}, {"detail": "it said"}),
    ],
)
def test_lines_are_selected(wanted, fitting, other):
    """Each filter lets its lines through, and no others."""
    selection = Selection(**wanted)
    assert is_selected(selection, line(**fitting))
    assert not is_selected(selection, line(**other))
    assert not selection.is_empty


@given(
    st.fixed_dictionaries(
        {
            "source": st.sampled_from(["a", "b", 'q"uote', "ü"]),
            "level": st.sampled_from(["debug", "info", "warning", "error", "critical"]),
            "reason": st.sampled_from(["dns", "tls", None]),
            "at": st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
        }
    ),
    st.sampled_from([None, "debug", "info", "warning", "error"]),
    st.sampled_from([(), ("dns",), ("tls", "dns")]),
    st.sampled_from([None, NOON]),
)
def test_what_is_seen_in_bytes_is_never_wrong(fields, level, reasons, since):
    """No line that is asked for is passed over before it is parsed."""
    written = line(**fields)
    selection = Selection(level=level, reasons=reasons, since=since)
    if selection.holds(parsed(written)):
        assert selection.may_hold(written)


@pytest.mark.parametrize(
    "torn", [b"", b"Traceback (most recent call last):", b'{"event": ', b"[1]", b'{"event": 1}']
)
def test_what_is_no_event_is_none(torn):
    """Lines of other programs, and halves of ours, are told from events."""
    assert parsed(torn) is None


def test_a_line_is_written_in_words():
    """When, how grave, whose and what; counts of nothing say nothing, the error comes last."""
    written = line(
        "run.finished", level="warning", source="gazette", outcome="failed", reason="dns", num_new=0, num_failed=3,
        run_id="39065fcb-63d6-4293-9e75-fa5be6d2ebbb", error="no such host",
    )  # fmt: skip
    shown = Renderer(utc=True, colour=False).line(parsed(written))
    assert shown == (
        "2026-11-30 12:00:00  warning  gazette  run: failed dns num_failed=3 run=39065fcb - no such host"
    )


def test_times_are_local_unless_asked_otherwise(monkeypatch):
    """The zone of the machine counts."""
    import time

    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert Renderer(utc=False, colour=False).moment("2026-11-30T12:00:00.5Z") == "2026-11-30 17:30:00"
        assert Renderer(utc=True, colour=False).moment("2026-11-30T14:00:00+02:00") == "2026-11-30 12:00:00"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_nothing_in_a_line_commands_the_terminal():
    """What comes from the web, or from another program, is shown and not obeyed."""
    renderer = Renderer(utc=True, colour=False)
    hostile = line(url="https://a.example/\x1b[2J", detail="\u202etxet", exception="a\x07\nb")
    shown = renderer.line(parsed(hostile)) + renderer.stray(b"\x1b]0;owned\x07\xff\n")
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", shown)
    assert "\\x1b[2J" in shown


def test_colours_are_of_the_level():
    """On a terminal an error is red, and the text the same."""
    written = parsed(line("batch.failed", level="error", source="gazette"))
    coloured = Renderer(utc=True, colour=True).line(written)
    assert "\x1b[31m" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured) == Renderer(utc=True, colour=False).line(written)


@pytest.mark.parametrize(
    "texts",
    [
        ("[Errno 111] Connect call failed ('10.0.0.1', 5432)", "[Errno 113] Connect call failed ('::1', 1)"),
        ("no answer within 20 seconds", "no answer within 1.5 seconds"),
        ('relation "a" does not exist', 'relation "b_2" does not exist'),
        ("https://a.example/x?y=1 lists none", "https://b.example/z lists none"),
        ("key 019abcde-0000-7000-8000-0000000000aa is gone", "key 39065fcb-63d6-4293-9e75-fa5be6d2ebbb is gone"),
        ("since 2026-11-30T12:00:00.123Z", "since 2026-12-01 08:15"),
        ("object at 0x7f3a2b", "object at 0x55aa"),
        ("digest deadbeef01 differs", "digest 0123abcd differs"),
        ("/var/lib/tidings/spool/1.jsonl: no room", "/srv/x/y: no room"),
        ("Cannot connect to host www.gazette.example:443", "Cannot connect to host herald.example:80"),
    ],
)  # fmt: skip
def test_one_error_has_one_fingerprint(texts):
    """Numbers, names, addresses and moments do not tell errors apart."""
    assert len(set(map(normalised, texts))) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ("ValueError: bad magic", "KeyError: bad magic"),
        ("no answer within 20 seconds", "no answer after 20 seconds"),
        ("can't read what isn't there", "can't write what isn't there"),
        ("psycopg.errors.DeadlockDetected", "psycopg.errors.UniqueViolation"),
    ],
)
def test_other_errors_have_other_fingerprints(texts):
    """What a message says does."""
    assert len(set(map(normalised, texts))) == 2


def grouped(*lines):
    groups = Groups()
    for written in lines:
        groups.note_start(written)
        if groups.may_count(written):
            groups.add(parsed(written))
    return groups


def test_errors_are_counted_by_what_they_are_about():
    """Count, first and last moment, and sources of each; informative lines count for nothing."""
    groups = grouped(
        line(level="warning", reason="dns", source="gazette", at=NOON + timedelta(hours=1)),
        line(level="warning", reason="dns", source="herald"),
        line(level="info", reason="dns", source="post"),
        line(level="warning", reason="tls", source="herald"),
        line("duty.failed", level="error", duty="reload", error="x 1"),
    )
    first, second, third = groups.all
    assert (first.event, second.count, third.example["reason"]) == ("duty.failed", 2, "tls")
    assert (second.first_seen, second.last_seen) == ("2026-11-30T12:00:00Z", "2026-11-30T13:00:00Z")
    assert second.as_json()["sources"] == ["gazette", "herald"]
    assert len({group.fingerprint for group in groups.all}) == 3


def test_a_defect_is_known_by_its_place():
    """The last frame in our code tells exceptions apart, whatever its line; two places are two defects."""
    broken = [
        line(
            "extraction.failed",
            level="error",
            error=f"ValueError: {n}",
            exception=TRACEBACK.format(line=n, error=n),
        )
        for n in (12, 19)
    ]
    elsewhere = TRACEBACK.replace("body.py", "dates.py").format(line=1, error=3)
    groups = grouped(*broken, line("extraction.failed", level="error", error="ValueError: 3", exception=elsewhere))
    assert sorted(group.count for group in groups.all) == [1, 2]
    assert frame_of(elsewhere) == (
        "crawler/extraction/dates.py body_of",
        "crawler/extraction/dates.py:1 in body_of",
    )


def test_what_is_new_since_an_upgrade():
    """An error is new if it was not there before the version changed last; a restart is no upgrade."""
    dns, tls = (line(level="warning", reason=reason) for reason in ("dns", "tls"))
    old, new = (line("daemon.ready", version=version) for version in ("0.1.0", "0.2.0"))
    groups = grouped(line("worker.started"), tls, old, dns, new, tls, line("worker.started", version="0.2.0"), dns)
    assert [group.example["reason"] for group in groups.all if groups.is_new(group)] == []
    assert (groups.version_before, groups.version) == ("0.1.0", "0.2.0")
    later = grouped(old, dns, new, tls, dns)
    assert [group.example["reason"] for group in later.all if later.is_new(group)] == ["tls"]
    assert grouped(old, dns, old).upgraded_at is None


def test_garbage_does_not_fill_the_memory():
    """Beyond so many kinds of errors the others are only counted."""
    groups = Groups()
    for number in range(MOST_GROUPS + 10):
        name = "".join(chr(97 + int(digit)) for digit in str(number))
        groups.add({"event": "duty.failed", "level": "error", "duty": name})
    assert (len(groups.all), groups.num_beyond) == (MOST_GROUPS, 10)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", "2026-11-30T10:00+00:00"),
        ("1h30m ago", "2026-11-30T10:30+00:00"),
        ("today", "2026-11-29T18:30+00:00"),
        ("Yesterday", "2026-11-28T18:30+00:00"),
        ("02:30", "2026-11-29T21:00+00:00"),
        ("2026-11-30", "2026-11-29T18:30+00:00"),
        ("2026-11-30 05:30", "2026-11-30T00:00+00:00"),
        ("2026-11-30T02:30+01:00", "2026-11-30T01:30+00:00"),
        ("2026-11-30T02:30Z", "2026-11-30T02:30+00:00"),
        ("now", "2026-11-30T12:00+00:00"),
    ],
)
def test_moments_are_written_as_people_do(text, moment):
    """Spans back from now, days, and times of the zone that is shown."""
    assert moment_of(text, now=NOON, zone=ZoneInfo("Asia/Kolkata")) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("text", ["", "soon", "2026", "12", "2026-13-01", "25:00", "99999999999999d", "-", ":"])
def test_what_is_no_moment_says_how_to_write_one(text):
    """No guess is made."""
    with pytest.raises(ValueError, match='write it like "2h"'):
        moment_of(text, now=NOON)


def test_rotated_files_come_before_the_one_in_use(tmp_path):
    """By when they were written to last, however they are named and packed; others' files are none of them."""
    import os

    names = ["tidings.log-20261128.xz", "tidings.log.2.gz", "tidings.log.1", "tidings.log"]
    for age, name in enumerate(reversed(names)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    for other in ("tidings.log.bak", "tidings.log.1.tmp", "tidings.logs", "other.log.1"):
        (tmp_path / other).touch()
    in_use = tmp_path / "tidings.log"
    assert [path.name for path in with_rotated(in_use)] == names
    assert [path.name for path in in_order([in_use, tmp_path / "tidings.log.1"])] == names
    assert in_order([tmp_path / "tidings.log.1"]) == [tmp_path / "tidings.log.1"]
