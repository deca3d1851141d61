"""Code, database and documents use the same words."""

import ast
import re
from pathlib import Path

import pytest

import crawler
from crawler.alarms import Kind
from crawler.outcomes import NEVER_FETCHED, Outcome, Reason
from sql.queries import query_names

ROOT = Path(crawler.__file__).parent.parent
PACKAGES = ("crawler", "scheduler", "sql")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "level"}


def modules():
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def calls():
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield node


def first_string(call):
    texts = [arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    return texts[0] if texts else None


def logged_events():
    """What the first argument of a log call says, wherever the callee is named like one."""
    found = set()
    for call in calls():
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        text = first_string(call)
        if name in LEVELS and text and re.fullmatch(r"[a-z]+\.[a-z]+", text):
            found.add(text)
    return found


def catalogue():
    text = (ROOT / "crawler" / "events.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {event for row in rows for event in re.findall(r"`([a-z]+\.[a-z]+)`", row)}


def test_every_logged_event_is_in_the_catalogue():
    """crawler/events.md lists every event that the code logs, and none that it does not."""
    indirect = {"library.logged", "page.finished", "link.rejected"}
    assert logged_events() | indirect == catalogue()


@pytest.mark.parametrize(
    "event",
    [
        "daemon.ready", "daemon.stopped", "source.claimed", "run.started", "run.finished", "page.finished",
        "link.rejected", "source.rescheduled", "alarm.raised", "alarm.cleared", "config.rejected",
    ],
)  # fmt: skip
def test_promised_events_are_in_the_catalogue(event):
    """The events that scripts rely on stay."""
    assert event in catalogue()


def test_queries_and_code_agree():
    """Every named query is used, and every query that is used exists."""
    used = {text for call in calls() if (text := first_string(call)) and text in query_names()}
    used |= {
        node.value
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in query_names()
    }
    asked = {
        first_string(call)
        for call in calls()
        if getattr(call.func, "id", getattr(call.func, "attr", "")) in {"query", "rows", "fetch"}
    } - {None}
    assert query_names() - used == set()
    assert asked - query_names() == set()


def enum_in_migrations(name):
    text = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "sql" / "migrations").glob("*.sql"))
    )
    (body,) = re.findall(rf"CREATE TYPE tidings\.{name} AS ENUM \(([^)]*)\)", text)
    added = re.findall(rf"ALTER TYPE tidings\.{name} ADD VALUE '(\w+)'", text)
    return {*re.findall(r"'(\w+)'", body), *added}


def test_outcomes_are_the_databases():
    """The outcomes of the code are those of the enum type."""
    assert set(Outcome) == enum_in_migrations("page_outcome")


def test_reasons_are_the_databases():
    """The reasons of the code are those of the enum type."""
    assert set(Reason) == enum_in_migrations("page_reason")


def documented_reasons():
    """Outcome and reason of every row of the table in crawler/README.md."""
    text = (ROOT / "crawler" / "README.md").read_text(encoding="utf-8")
    section = text.split("## Outcomes and reasons", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    return [(outcome.strip(), reason) for reasons, outcome in rows for reason in re.findall(r"`(\w+)`", reasons)]


def test_every_reason_is_documented():
    """crawler/README.md explains every reason, once, under the outcome that it comes with, and no other."""
    assert sorted(reason for _, reason in documented_reasons()) == sorted(Reason)
    assert {outcome for outcome, _ in documented_reasons()} == set(Outcome)


def test_the_page_tells_outcomes_apart():
    """Every outcome of a visit has its colour and its sign on the operator page."""
    style = (ROOT / "scheduler" / "web" / "static" / "style.css").read_text(encoding="utf-8")
    signed = set(re.findall(r"\.([a-z]+)::before", style))
    coloured = {
        name
        for selectors in re.findall(r"([^{}]*)\{[^{}]*color:", style)
        for name in re.findall(r"\.([a-z]+)", selectors)
    }
    assert set(Outcome) <= signed
    assert set(Outcome) - {Outcome.DUPLICATE, Outcome.UNCHANGED} <= coloured, "these two are calm, as any badge is"


def test_every_address_of_the_page_is_documented():
    """scheduler/web/README.md or access.md has whatever can be asked for, and neither has anything else."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "scheduler/web").rglob("*.py")))
    routes = re.findall(r'@routes\.(?:get|post)\("([^"]+)"\)', code)
    served = {re.sub(r"\{(\w+)[^/]*\}", lambda place: _PLACES[place[1]], route) for route in routes}
    folder = ROOT / "scheduler" / "web"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in ("README.md", "access.md"))
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `/")]
    named = [address for row in rows for address in re.findall(r"`(/[^`]*)`", row)]
    told = {f"/sources/NAME{name}" if name in {"/pause", "/resume"} else name for name in named}
    assert served - {"/sources", "/logout"} == told, "/sources leads to the overview, and /logout to the log-in"


_PLACES = {"name": "NAME", "run_id": "ID", "article_id": "ID"}


def test_every_reason_is_given_by_the_code():
    """No reason is a word only: each is named somewhere outside the list, or made from a status or a verdict."""
    text = "".join(path.read_text(encoding="utf-8") for path in modules() if path.name != "outcomes.py")
    made = {reason for reason in Reason if reason.startswith("http_")}
    named = {reason for reason in Reason if f"Reason.{reason.name}" in text or f'"{reason.value}"' in text}
    assert set(Reason) == made | named


def test_never_fetched_reasons_are_refusals():
    """A reason that stands for no request is not the reason of a stored text."""
    assert not NEVER_FETCHED & {Reason.NEW_TEXT, Reason.CHANGED_TEXT, Reason.KNOWN_TEXT, Reason.SAME_TEXT}


def kinds_in(document, heading):
    """The kinds of the rows of the table under this heading."""
    text = (ROOT / document).read_text(encoding="utf-8").split(heading, 1)[1]
    table = text.split("| kind |", 1)[1].split("\n\n", 1)[0]
    return {
        word
        for line in table.splitlines()
        if line.startswith("| `")
        for word in re.findall(r"`(\w+)`", line.split("|")[1])
    }


def test_every_kind_of_alarm_is_raised():
    """None is a word only, and what statements and rules ask for are kinds that there are."""
    code = "".join(path.read_text(encoding="utf-8") for path in modules() if path.name != "alarm.py")
    assert {kind for kind in Kind if f"Kind.{kind.name}" not in code} == set()
    statements = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "sql" / "queries").glob("*.sql"))
    )
    rules = (ROOT / "deploy" / "prometheus-rules.yaml").read_text(encoding="utf-8")
    asked = {*re.findall(r"\bkind = '(\w+)'", statements), *re.findall(r'tidings_alarms?\{kind="(\w+)"', rules)}
    assert asked - {"feed", "sitemap", "listing"} <= set(Kind), "those are kinds of documents"
    assert Kind.OWN_NETWORK in asked


@pytest.mark.parametrize(
    ("document", "heading"),
    [("crawler/alarms/README.md", "## What is raised"), ("crawler/events.md", "## Alarms")],
)
def test_alarms_are_documented(document, heading):
    """Every kind of alarm says what raises it, and none is documented that there is not."""
    assert kinds_in(document, heading) == {kind.value for kind in Kind}
