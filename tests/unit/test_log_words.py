"""What the log says is said in words, and what mends it is known, for every event, reason and alarm."""

import re
from pathlib import Path

import pytest

import crawler
from crawler.alarms import Kind
from crawler.outcomes import Reason
from scheduler.logs.remedies import NONE_NEEDED, REMEDIES, remedy_for, remedy_for_reason
from scheduler.logs.words import WORDS, in_words

ROOT = Path(crawler.__file__).parent.parent
# How a run, a feed or a sitemap may fail beside the reasons of pages: crawler/README.md, "How a run ends".
OF_RUNS = {
    "timed_out", "secret_missing", "browser_missing", "not_stored", "shutdown", "worker_lost", "error",
    "unreadable", "no_feed_found",
}  # fmt: skip


def catalogue():
    """The events of the catalogue with their levels."""
    found = {}
    for line in (ROOT / "crawler" / "events.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            _, events, levels, *_ = line.split("|")
            found |= dict.fromkeys(re.findall(r"`([a-z]+\.[a-z_]+)`", events), levels)
    return found


def test_every_event_has_its_words():
    """Whatever the catalogue lists is said in words; what another version logs, by its name."""
    assert catalogue().keys() - WORDS.keys() == set()
    assert in_words("moon.risen") == "moon.risen"


def test_every_grave_event_has_a_remedy():
    """Each event that may be a warning or an error says what mends it, or is listed as needing nobody."""
    grave = {event for event, levels in catalogue().items() if re.search("warning|error|any", levels)}
    by_reason = {
        "page.finished",
        "link.rejected",
        "document.failed",
        "run.finished",
        "run.refused",
        "alarm.raised",
    }
    assert grave - by_reason - REMEDIES.keys() - NONE_NEEDED.keys() == set()


def test_every_reason_has_a_remedy():
    """So does each reason of a page, a feed or a run, and each kind of alarm."""
    words = {*map(str, Reason), *OF_RUNS, *(f"alarm.raised:{kind}" for kind in Kind)}
    assert words - REMEDIES.keys() - NONE_NEEDED.keys() == set()
    assert not REMEDIES.keys() & NONE_NEEDED.keys()


def test_the_reasons_of_runs_are_all_known():
    """The list above is that of the documentation."""
    text = (ROOT / "crawler" / "README.md").read_text(encoding="utf-8")
    section = text.partition("## How a run ends")[2].partition("\n## ")[0]
    rows = [line.split("|")[2] for line in section.splitlines() if line.startswith("| `")]
    assert {word for row in rows for word in re.findall(r"`(\w+)`", row)} <= OF_RUNS


def test_settings_and_commands_of_remedies_exist():
    """What is advised can be done: each [table] key and each command is there."""
    from typer.main import get_command

    from crawler.configuration import settings
    from scheduler.cli import app

    text = " ".join(REMEDIES.values())
    assert set(re.findall(r"\[(crawl|database|log|retention|web)\] (\w+)", text)) <= set(settings().values())
    commands = get_command(app).commands
    for first, second in re.findall(r"'tidings (\w+)(?: (\w+))?", text):
        if first != "doctor":
            group = commands[first]
            assert not hasattr(group, "commands") or second in group.commands


def test_a_remedy_names_what_the_line_is_about():
    """The source of the line stands in the command; what comes from the web is quoted for a shell."""
    text = remedy_for("document.failed", {"reason": "http_404", "source": "gazette"})
    assert "'tidings sources test gazette'" in text
    hostile = remedy_for("page.quarantined", {"url": "https://a.example/$(reboot)"})
    assert "show 'https://a.example/$(reboot)''" in hostile
    assert "sources test SOURCE" in remedy_for_reason("http_404")


@pytest.mark.parametrize(
    ("event", "fields"),
    [("page.finished", {"reason": "http_503"}), ("run.requeued", {}), ("moon.risen", {}), ("page.finished", {})],
)
def test_no_remedy_is_made_up(event, fields):
    """Where nobody need do anything, or nothing is known, nothing is said."""
    assert remedy_for(event, fields) is None
