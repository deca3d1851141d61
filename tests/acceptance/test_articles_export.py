"""`tidings articles export`: what is in the files, and that no end of it loses or doubles a row."""

import csv
import json
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from crawler.ingestion.arrivals import number_all
from crawler.ingestion.loading import load
from scheduler.cli import app, article_export
from scheduler.export import parquet
from scheduler.export.cursor import Cursor, save
from scheduler.export.cursor import load as load_cursor
from scheduler.export.exporting import Export
from scheduler.export.outputs import TextOutput
from scheduler.export.parquet import ParquetParts
from scheduler.export.reading import Selection, columns, reader
from scheduler.export.text import json_lines
from tests.support.arriving import arrive
from tests.support.cli import environment, eventually, out, running, tidings, told
from tests.support.loading import ask, open_visit, page

COMMAND = [sys.executable, "-c", "from scheduler.cli import main; main()", "articles", "export"]
ODD = '=1+1, "she said"\nÄrger, 東京'


def printed(database_url, *arguments):
    """What the command prints."""
    return out(tidings("articles", "export", *arguments, TIDINGS_DATABASE_URL=database_url))


def export(database_url, *arguments):
    """The command, in this process; returns why it could not do it."""
    command = ["articles", "export", *map(str, arguments)]
    result = CliRunner().invoke(app, command, env={"TIDINGS_DATABASE_URL": database_url})
    assert result.exit_code in {0, 1}, result.output
    return str(result.exception) if result.exception else ""


def numbers(path):
    """The last part of each URL in a file of JSON lines."""
    return [int(json.loads(line)["url"].rpartition("/")[2]) for line in path.read_text().splitlines()]


@pytest.fixture
async def stored(database, database_url):
    """Three arrivals: of two sources, one in German, with odd text."""
    one, other = open_visit(database_url), open_visit(database_url, "herald")
    for each in (
        page(one, "https://gazette.example/1", headline="First", body=ODD, authors=("A. Rao", "B, C")),
        page(one, "https://gazette.example/2", headline="Zweite", body="Zwei.", in_language="de", minutes=1),
        page(other, "https://herald.example/1", headline="First", body=ODD, minutes=2),
    ):
        await load(database, [each])
        assert await number_all(database)
    return await ask(database, "SELECT * FROM tidings.arrivals ORDER BY seq")


async def test_json_lines_hold_all_that_the_view_has(database_url, stored):
    """An object per arrival, in order, with the public names; times in UTC, and what is missing is null."""
    rows = [json.loads(line) for line in printed(database_url, "--format", "jsonl").splitlines()]
    assert [list(row) for row in rows] == [list(row) for row in stored]
    assert [row["seq"] for row in rows] == [row["seq"] for row in stored]
    assert rows[0]["article_body"] == ODD
    assert rows[0]["authors"] == ["A. Rao", "B, C"]
    assert rows[1]["date_published"] is None
    assert [datetime.fromisoformat(row["arrived_at"]) for row in rows] == [row["arrived_at"] for row in stored]
    assert [row["outcome"] for row in rows] == ["new", "new", "duplicate"]


async def test_what_is_wanted_can_be_chosen(database_url, stored, tmp_path):
    """By source, by language, and by when it arrived."""
    for arguments, expected in (
        (("--source", "herald"), [3]),
        (("--source", "herald", "--source", "gazette"), [1, 2, 3]),
        (("--language", "DE"), [2]),
        (("--since", "1h"), [1, 2, 3]),
        (("--until", "2026-01-01"), []),
    ):
        assert not export(database_url, "--format", "jsonl", "--output", tmp_path / "out", *arguments)
        lines = (tmp_path / "out").read_text().splitlines()
        assert [json.loads(line)["seq"] - stored[0]["seq"] + 1 for line in lines] == expected


async def test_csv_is_read_back_as_it_was(database_url, stored, tmp_path):
    """By RFC 4180: whatever is in a text, it is found; lists are JSON. Another export adds no header."""
    file, cursor = tmp_path / "out.csv", tmp_path / "cursor"
    for _ in range(2):
        assert not export(database_url, "--format", "csv", "--output", file, "--cursor", cursor)
    assert file.read_bytes().startswith(b"seq,arrived_at,outcome,url,source,")
    with file.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    assert [row["article_body"] for row in rows] == [row["article_body"] for row in stored]
    assert json.loads(rows[0]["authors"]) == ["A. Rao", "B, C"]
    assert (rows[0]["is_current"], rows[0]["date_published"]) == ("true", "")


async def test_parquet_has_types(database_url, stored, tmp_path):
    """Times in UTC, lists, whole numbers; one file, and nothing beside it."""
    file = tmp_path / "out.parquet"
    assert not export(database_url, "--format", "parquet", "--output", file)
    table = pq.read_table(file)
    assert table.column_names == list(stored[0])
    types = {name: str(table.schema.field(name).type) for name in ("seq", "arrived_at", "authors", "is_current")}
    assert types["arrived_at"] == "timestamp[us, tz=UTC]"
    assert types["authors"].startswith("list<")
    assert (types["seq"], types["is_current"]) == ("int64", "bool")
    assert table["authors"].to_pylist() == [row["authors"] for row in stored]
    assert list(tmp_path.iterdir()) == [file]


@contextmanager
def exporting(database_url, output_of, cursor_file):
    """An export in this process, that goes on where the cursor says."""
    with reader(database_url) as connection:
        found = load_cursor(cursor_file) if cursor_file else None
        output = output_of(columns(connection), found)
        begin = Cursor(found.seq if found else 0, "jsonl", None, [], None)
        yield Export(connection, Selection(), output, begin, file=cursor_file), output


def test_a_kill_loses_and_doubles_nothing_in_a_file(database_url, tmp_path):
    """What a killed export wrote after its last commit is cut off, and written by the next."""
    arrive(database_url, 1, 30)
    file, cursor = tmp_path / "out.jsonl", tmp_path / "cursor"

    def output_of(names, found):
        output = TextOutput(file, *json_lines(names), found, keep=True)
        output.most_rows = 7
        return output

    with exporting(database_url, output_of, cursor) as (job, output):
        job.cursor = Cursor(0, "jsonl", str(file), [], None)
        with pytest.raises(RuntimeError):
            _die_after(job, output, 17)
        output._drain()  # what a kernel has of a process that is killed
        output.finish()
    assert len(file.read_text().splitlines()) == 17
    assert load_cursor(cursor).seq < 17
    assert not export(database_url, "--format", "jsonl", "--output", file, "--cursor", cursor)
    assert numbers(file) == list(range(1, 31))


def test_a_kill_loses_and_doubles_nothing_in_parts(database_url, tmp_path):
    """A part that the cursor does not tell of yet is written anew."""
    arrive(database_url, 1, 20)
    folder, cursor = tmp_path / "parts", tmp_path / "cursor"
    command = ("--format", "parquet", "--output", folder, "--cursor", cursor)
    assert not export(database_url, *command)
    told_before = load_cursor(cursor)
    arrive(database_url, 21, 40)
    assert not export(database_url, *command)
    save(cursor, told_before)  # as if killed between the part and the cursor
    arrive(database_url, 41, 50)
    assert not export(database_url, *command)
    found = [url for path in sorted(folder.iterdir()) for url in pq.read_table(path)["url"].to_pylist()]
    assert found == [f"https://gazette.example/{number}" for number in range(1, 51)]


def _die_after(job, output, count):
    write = output.write
    left = iter(range(count))

    def write_or_die(row):
        if next(left, None) is None:
            raise RuntimeError("killed")
        write(row)

    output.write = write_or_die
    job.run(follow=False)


def test_who_follows_gets_what_comes(database_url, tmp_path):
    """--follow writes what arrives; killed or interrupted, the same command goes on after its last row."""
    arrive(database_url, 1, 5)
    file, cursor = tmp_path / "out.jsonl", tmp_path / "cursor"
    command = ("articles", "export", "--format", "jsonl", "--output", file, "--cursor", cursor, "--follow")
    for number, end in ((10, signal.SIGKILL), (15, signal.SIGINT), (20, signal.SIGTERM)):
        arrive(database_url, number - 4, number)
        log = tmp_path / f"log-{number}"
        with running(*command, log=log, TIDINGS_DATABASE_URL=database_url) as process:
            eventually(lambda number=number: file.exists() and len(file.read_text().splitlines()) == number)
            process.send_signal(end)
            code = process.wait(30)
        assert code == (-end if end == signal.SIGKILL else 128 + end)
        assert log.read_text() == "" or "the same command goes on" in log.read_text()
    assert numbers(file) == list(range(1, 21))


def test_a_full_disk_is_told_and_mended(database_url, tmp_path):
    """One line that names the file; once there is room again, the same command completes it."""
    arrive(database_url, 1, 5000)
    file, cursor = tmp_path / "out.jsonl", tmp_path / "cursor"
    arguments = ("--format", "jsonl", "--output", file, "--cursor", cursor)
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        check=False,
        env=environment(TIDINGS_DATABASE_URL=database_url),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_000_000, -1)),
    )
    line = told(done, 2)
    assert str(file) in line
    assert "goes on after them" in line
    assert len(numbers(file)) == load_cursor(cursor).seq < 5000
    assert not export(database_url, *arguments)
    assert numbers(file) == list(range(1, 5001))
    assert "No space left on device" in export(database_url, "--format", "jsonl", "--output", "/dev/full")


def test_a_reader_that_has_enough_ends_it_quietly(database_url):
    """`| head`: exit code 0, and nothing on standard error."""
    arrive(database_url, 1, 5000)
    with subprocess.Popen(
        [*COMMAND, "--format", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(TIDINGS_DATABASE_URL=database_url),
    ) as process:
        assert json.loads(process.stdout.readline())["url"] == "https://gazette.example/1"
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


async def test_what_is_in_the_way_is_said(database_url, stored, tmp_path, monkeypatch):
    """Each in one line that says how to mend it, and nothing is overwritten."""
    file, cursor = tmp_path / "out.jsonl", tmp_path / "cursor"
    file.write_text("mine\n")
    cursor.write_text("{}")
    jsonl = ("--format", "jsonl")
    for arguments, word in (
        ((*jsonl, "--source", "nobody"), "nobody"),
        ((*jsonl, "--since", "yesterday-ish"), "--since: 'yesterday-ish'"),
        ((*jsonl, "--cursor", cursor), "is no cursor"),
        ((*jsonl, "--cursor", tmp_path / "c", "--output", file), "name another output"),
        (("--format", "parquet"), "--output FILE"),
    ):
        assert word in export(database_url, *arguments)
    assert file.read_text() == "mine\n"
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with (
        reader(database_url) as connection,
        pytest.raises(parquet.ParquetMissingError, match=r"tidings\[parquet\]"),
    ):
        ParquetParts(tmp_path / "parts", columns(connection), None)


async def test_an_output_that_is_another_one_by_now_is_left_alone(database_url, stored, tmp_path):
    """An edited file is refused; one that was moved away is begun anew, after what was written before."""
    file, cursor = tmp_path / "out.jsonl", tmp_path / "cursor"
    command = ("--format", "jsonl", "--output", file, "--cursor", cursor)
    assert not export(database_url, *command)
    file.write_text(file.read_text().replace("First", "Worst"))
    assert "is not what the cursor tells of" in export(database_url, *command)
    file.unlink()
    arrive(database_url, 1001, 1002)
    assert not export(database_url, *command)
    assert numbers(file) == [1001, 1002]


def test_two_do_not_write_one_file(database_url, tmp_path):
    """The second says so, and ends."""
    file = tmp_path / "out.jsonl"
    with exporting(database_url, lambda names, _: TextOutput(file, *json_lines(names), None, keep=False), None):
        assert "another export writes to it" in export(database_url, "--format", "jsonl", "--output", file)


def test_progress_is_for_terminals(capsys):
    """Whoever keeps standard error in a file finds no bar in it."""
    job = Export(None, Selection(), None, Cursor(0, "jsonl", None, [], None))
    with article_export._progress(job):
        job.told(1, datetime.now(UTC).year, 3)
    assert capsys.readouterr().err == ""
