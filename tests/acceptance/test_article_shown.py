"""What `tidings articles show` tells of an article that was edited and copied, crawled by real processes."""

import json
import os
import pty
import sys
from contextlib import suppress
from types import SimpleNamespace

import pytest

from sql.database import connect
from tests.support.cli import configuration, crawled, environment, out, tidings, told
from tests.support.newsdesk import framed, headline, paragraphs
from tests.support.pages import rss
from tests.support.sites import Site
from tests.support.warcs import Warc

CLOSED, SAND, FUND = paragraphs(1)
TITLE, NEW_TITLE = headline(1), headline(1).replace("repair", "rebuild")
RAISED = FUND.replace("hundred", "thousand")
CORRECTION = "Correction: it was a thousand crowns, not a hundred."


@pytest.fixture(scope="module")
def edited(server, template, tmp_path_factory):
    """A story that two URLs show; at one of them it is edited, once in an archive and once before a crawl."""
    database = server.create(template=template)
    folder = tmp_path_factory.mktemp("edited")
    with Site() as site:
        urls = [site.url("/1"), site.url("/2")]
        site.pages = {"/feed": rss(*urls, site.url("/gone")), "/gone": "<html><body>Nothing.</body></html>"}
        config = configuration(folder, {"name": "gazette", "url": site.url("/"), "feeds": [site.url("/feed")]})
        archive = Warc()
        for url in urls:
            archive.page(url, framed(TITLE, [CLOSED, SAND, FUND]), at="2026-03-02T08:00:00Z")
        archive.page(urls[0], framed(NEW_TITLE, [CLOSED, SAND, RAISED]), at="2026-03-03T08:00:00Z")
        (folder / "march.warc.gz").write_bytes(bytes(archive))
        importing = ("articles", "import-warc", "--config", config, folder / "march.warc.gz")
        out(tidings(*importing, TIDINGS_DATABASE_URL=database))
        site.pages["/1"] = framed(NEW_TITLE, [CLOSED, SAND, RAISED, CORRECTION])
        site.pages["/2"] = framed(TITLE, [CLOSED, SAND, FUND])
        crawled(config, database, "gazette", "--revisit")

        def show(*arguments):
            return tidings("articles", "show", *arguments, TIDINGS_DATABASE_URL=database)

        yield SimpleNamespace(urls=urls, site=site, show=show, database=database)
    server.drop(database)


def test_an_article_is_shown_with_its_copies_and_revisions(edited):
    """By any spelling of its URL: what is known of it, each text that stood there, and the kind of each edit."""
    text = out(edited.show(f"{edited.urls[0]}?utm_source=feed#top"))
    facts, _, rest = text.partition("\nCopies\n")
    copies, _, revisions = rest.partition(f"\nRevisions of {edited.urls[0]}\n")
    assert NEW_TITLE in facts
    assert " of 1 source; this one is " in facts
    assert edited.urls[0] in copies
    lines = [line.split() for line in revisions.splitlines()[1:4]]
    assert [(line[0], line[6]) for line in lines] == [("1", "-"), ("2", "update"), ("3", "correction")]
    assert revisions.splitlines()[6:] == [CLOSED, SAND, RAISED, CORRECTION]


def test_the_history_says_what_changed_word_by_word(edited):
    """Removed and added words are marked as wdiff does, and paragraphs that did not change are counted."""
    lines = out(edited.show(edited.urls[0], "--history")).splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("Revision 2, "))
    assert lines[at].endswith(" UTC: update")
    assert "[-repair-]{+rebuild+}" in lines[at + 1]
    assert lines[at + 2] == "  (2 paragraphs unchanged)"
    assert "[-hundred-]{+thousand+}" in lines[at + 3]
    assert lines[at + 6 :] == ["  (3 paragraphs unchanged)", f"  {{+{CORRECTION}+}}"]


def test_a_machine_reads_both_texts_off(edited):
    """--json has the operations of each edit, and each side can be read off them; copies say which was first."""
    shown = json.loads(out(edited.show(edited.urls[0], "--history", "--json")))
    assert [row["edit_kind"] for row in shown["revisions"]] == [None, "update", "correction"]
    first, second, third = (row["changes"] for row in shown["revisions"])
    assert first is None
    sides = [
        "".join(op["text"] for op in second["article_body"] if op["op"] != other) for other in ("insert", "delete")
    ]
    assert sides == [f"{CLOSED}\n{SAND}\n{body}\n" for body in (FUND, RAISED)]
    assert {op["op"] for op in third["headline"]} == {"equal"}
    assert [copy["url"] for copy in shown["copies"]] == [edited.urls[0]]


def test_an_article_is_shown_by_its_number(edited):
    """The first text still stands at the second URL; at the first it was replaced."""
    shown = json.loads(out(edited.show(edited.urls[1], "--json")))
    again = json.loads(out(edited.show(str(shown["article_id"]), "--json")))
    assert {(copy["url"], copy["is_current"]) for copy in again["copies"]} == {
        (edited.urls[0], False),
        (edited.urls[1], True),
    }
    assert "changes" not in again["revisions"][0]


@pytest.mark.parametrize(
    ("named", "message"),
    [
        ("https://nowhere.example/1", "tidings: https://nowhere.example/1 was never seen"),
        ("4711", "tidings: there is no article 4711"),
        ("9" * 40, "tidings: there is no article 999"),
        ("no such thing\x1b[2J", "tidings: no such thing\\x1b[2J was never seen"),
    ],
)
def test_what_is_not_known_is_one_line(edited, named, message):
    """An unknown URL or number: one line, exit code 2."""
    assert told(edited.show(named), 2).startswith(message)


def test_a_page_that_was_refused_says_why(edited):
    """A URL at which no article was found is known with how its visit ended."""
    line = told(edited.show(edited.site.url("/gone")), 2)
    assert line.startswith(
        f"tidings: no article stands at {edited.site.url('/gone')}: its last visit ended as rejected"
    )


def on_a_terminal(edited, **settings):
    """What the command writes to a terminal."""
    ours, theirs = pty.openpty()
    command = "from scheduler.cli import main; main()"
    arguments = [sys.executable, "-c", command, "articles", "show", edited.urls[0], "--history"]
    pid = os.posix_spawn(
        sys.executable,
        arguments,
        environment(TIDINGS_DATABASE_URL=edited.database, **settings),
        file_actions=[(os.POSIX_SPAWN_DUP2, theirs, 1)],
    )
    os.close(theirs)
    written = b""
    with suppress(OSError):  # the other end is closed
        while piece := os.read(ours, 65536):
            written += piece
    os.close(ours)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return written.decode()


def test_colour_is_for_terminals_that_want_it(edited):
    """On a terminal what changed is coloured, and with NO_COLOR it is not."""
    assert "\x1b[31m[-hundred-]\x1b[0m\x1b[32m{+thousand+}\x1b[0m" in on_a_terminal(edited)
    assert "\x1b[" not in on_a_terminal(edited, NO_COLOR="1")


def test_a_text_cannot_command_the_terminal(edited):
    """Control characters that found their way into a text are shown as escapes."""
    command = "\n\x1b]0;owned\x07 end"
    with connect(edited.database) as connection:
        connection.execute("UPDATE tidings.articles SET article_body = article_body || %s", [command])
    done = edited.show(edited.urls[0])
    with connect(edited.database) as connection:
        connection.execute("UPDATE tidings.articles SET article_body = replace(article_body, %s, '')", [command])
    assert "\x1b" not in out(done)
    assert "\\x1b]0;owned\\x07 end" in out(done)
