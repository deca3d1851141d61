"""The event stream."""

import asyncio
import json
import logging
import os
import select
import threading
import time
import warnings
from types import SimpleNamespace

import pytest
import structlog
from procrastinate.exceptions import ConnectorException

from crawler import logs
from crawler.configuration import load
from sql.patience import Voice

SECRET = "hunter2-and-more"


@pytest.fixture
def _restored():
    """Everything is put back as it was."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[0].close()
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def stream(tmp_path, _restored):
    """A configured log."""
    with (tmp_path / "stream").open("w+", encoding="utf-8") as opened:
        logs.configure(
            load(None, {"TIDINGS_DATABASE_URL": f"postgresql://user:{SECRET}@db.example/x"}), stream=opened
        )
        yield opened


def text(stream):
    logs.flush()
    stream.seek(0)
    return stream.read()


def lines(stream):
    return [json.loads(line) for line in text(stream).splitlines()]


def test_an_event_is_one_json_object(stream):
    """It has timestamp in UTC, level and event, and the keys that were given."""
    structlog.get_logger("test").info("run.started", source="gazette", attempt=1)
    (line,) = lines(stream)
    assert line["timestamp"].endswith("Z")
    assert (line["level"], line["event"], line["source"], line["attempt"]) == ("info", "run.started", "gazette", 1)


@pytest.mark.parametrize(
    "library", ["scrapy.core", "twisted", "apscheduler.executors", "psycopg.pool", "procrastinate"]
)
def test_libraries_write_into_the_same_stream(stream, library):
    """A library's record is an event of the catalogue, with its logger and its text."""
    logging.getLogger(library).error("something %s", "odd")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["message"]) == ("library.logged", library, "something odd")


def test_what_the_queue_says_of_a_lost_database_is_left_out(stream):
    """Our own event says it, in one line; whatever else goes wrong there is logged."""
    for error in (ConnectorException("gone"), ValueError("odd")):
        logging.getLogger("procrastinate.worker.one").error("a side task failed", exc_info=error)
    assert [line["error"] for line in lines(stream)] == ["ValueError: odd"]


def test_warnings_are_logged(stream):
    """A Python warning is a line of the stream, not text on standard error."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old ways", stacklevel=1)
    assert "old ways" in lines(stream)[0]["message"]


def test_the_runs_context_is_on_every_line(stream):
    """The keys source and run_id, once bound, are on our lines and on the libraries', in tasks and in threads."""

    async def run(name):
        with structlog.contextvars.bound_contextvars(source=name, run_id=f"run-{name}"):
            await asyncio.sleep(0)
            await asyncio.to_thread(structlog.get_logger("test").info, "page.finished")
            await asyncio.create_task(say())

    async def say():
        logging.getLogger("scrapy").warning("from a library")

    async def both():
        await asyncio.gather(run("a"), run("b"))

    asyncio.run(both())
    seen = [(line["event"], line["source"], line["run_id"]) for line in lines(stream)]
    assert sorted(seen) == [
        (event, name, f"run-{name}") for event in ("library.logged", "page.finished") for name in ("a", "b")
    ]


def test_what_is_said_of_the_database_is_no_runs_own(stream):
    """It is said by whichever run waits for it, and concerns them all."""
    voice = Voice()
    with structlog.contextvars.bound_contextvars(run_id="r1", source="gazette"):
        voice.away(OSError("refused"))
        voice.back()
    lost, returned = lines(stream)
    assert (lost["event"], returned["event"]) == ("database.lost", "database.returned")
    assert not {"run_id", "source"} & (lost.keys() | returned.keys())


def test_a_spiders_records_carry_its_run(stream):
    """A record of Scrapy's that names a spider gets the run from it."""
    spider = SimpleNamespace(log_context={"source": "gazette", "run_id": "r1"})
    logging.getLogger("scrapy").warning("odd", extra={"spider": spider})
    assert (lines(stream)[0]["source"], lines(stream)[0]["run_id"]) == ("gazette", "r1")


@pytest.mark.parametrize(
    "words",
    [
        f"cannot connect to postgresql://user:{SECRET}@db.example/x",
        f"password={SECRET}x",
        f"host=db password='{SECRET}'",
        f'{{"token": "{SECRET}"}}',
        f"Authorization: Bearer {SECRET}",
        f"just {SECRET} in a sentence",
        "https://other:s3cr3t-hunter2-and-more@site.example/feed",
    ],
)
def test_secrets_are_cut_out_of_the_line(stream, words):
    """A secret does not get into the log, wherever in an event or an exception it stands."""
    log = structlog.get_logger("test")
    log.info("run.started", detail=words, nested={"deep": [words]})
    try:
        raise ValueError(words)
    except ValueError:
        log.exception("run.broken")
    assert SECRET not in text(stream)
    assert len(lines(stream)) == 2


def test_an_exception_has_one_line_and_no_locals(stream):
    """The error is one line; the traceback is beside it and shows no variable's value."""
    local_value = "kept" + "-to-itself"
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger("test").exception("run.broken")
    (line,) = lines(stream)
    assert line["error"] == "ValueError: broken"
    assert "Traceback" in line["exception"]
    assert local_value not in text(stream)


def test_a_line_is_valid_whatever_is_in_it(stream):
    """Surrogates, control characters and huge values make no broken and no endless line."""
    structlog.get_logger("test").info("page.finished", url="\ud800\x00\n", detail="x" * 100_000)
    (line,) = lines(stream)
    assert line["url"] == "\ud800\x00\n"
    assert len(line["detail"]) < 2100


def test_a_line_fits_into_one_piece_of_a_pipe(stream):
    """Of several long texts each is cut so far that no other process can write into the middle of the line."""
    structlog.get_logger("test").info("page.finished", url="u" * 9000, detail="\u65b0" * 9000, error="e" * 9000)
    assert len(text(stream).encode()) <= select.PIPE_BUF


def test_a_record_that_cannot_be_written_down_leaves_a_line(stream, capfd, monkeypatch):
    """A library's mistake in a record is an event, and no traceback on standard error."""

    class Unspeakable:
        def __str__(self):
            raise RuntimeError("no words")

    monkeypatch.setattr(
        logging.getLogger(), "handlers", logging.getLogger().handlers[:1]
    )  # without the tests' own
    logging.getLogger("scrapy").warning("%d pages", "many")
    structlog.get_logger("test").info("page.finished", detail=Unspeakable())
    assert [(line["event"], line["logger"], line["error"].partition(":")[0]) for line in lines(stream)] == [
        ("log.broken", "scrapy", "TypeError"),
        ("log.broken", "test", "RuntimeError"),
    ]
    assert capfd.readouterr().err == ""


def test_a_secret_learnt_late_is_cut_out(stream):
    """What is kept secret from now on is in no line from now on, whatever still waits to be written."""
    logs.keep_secret(["open-sesame"])
    structlog.get_logger("test").info("page.finished", detail="open-sesame")
    assert lines(stream)[0]["detail"] == "***"


def test_a_forked_child_logs_for_itself(stream):
    """A child that was forked writes its own lines, and its parent's not again."""
    log = structlog.get_logger("test")
    log.info("run.started")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: that is the point
        child = os.fork()
    if child == 0:
        log.info("run.finished")
        logs.exit_at_once(0)
    os.waitpid(child, 0)
    assert sorted(line["event"] for line in lines(stream)) == ["run.finished", "run.started"]


def test_a_line_waits_for_a_thread_that_cannot_be_started(stream, monkeypatch):
    """Who logs where no more threads are to be had is not troubled with that; the next line brings his along."""
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", _no_thread)
        structlog.get_logger("test").info("run.started")
    structlog.get_logger("test").info("run.finished")
    assert [line["event"] for line in lines(stream)] == ["run.started", "run.finished"]


def _no_thread(_self):
    raise RuntimeError("can't start new thread")


@pytest.fixture
def file(tmp_path, _restored):
    """A log file in use."""
    path = tmp_path / "folder" / "tidings.log"
    path.parent.mkdir()
    logs.configure(load(None, {"TIDINGS_LOG_FILE": str(path)}))
    say(0)
    logs.flush()
    return path


def say(number):
    structlog.get_logger("test").warning("run.broken", number=number)


def said(path):
    """The lines of a file: the number of each, or what it says about lines lost."""
    logs.flush()
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [
        line["number"] if line["event"] == "run.broken" else (line["event"], line["num_lost"]) for line in found
    ]


def test_the_file_is_reopened_when_rotated(file):
    """After logrotate has moved the file away, the next line begins a new one."""
    old = file.rename(file.with_suffix(".1"))
    say(1)
    assert (said(file), said(old)) == ([1], [0])


def test_lines_wait_for_the_file_to_be_writable(file):
    """While there is a folder in the file's place they wait; then they come in order, with one notice behind."""
    file.unlink()
    file.mkdir()
    for number in (1, 2):
        say(number)
        logs.flush()
    file.rmdir()
    assert said(file) == [1, 2, ("log.resumed", 0)]


def test_a_torn_line_is_not_continued(file):
    """What a full disk, or a process that died, left of a line stays apart from the next."""
    with file.open("a", encoding="utf-8") as other:
        other.write('{"event": "run.bro')
    say(1)
    logs.flush()
    assert file.read_text(encoding="utf-8").splitlines()[1] == '{"event": "run.bro'
    assert json.loads(file.read_text(encoding="utf-8").splitlines()[2])["number"] == 1


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    """A log that will never be written is the operator's mistake: it is told at the start, not found out later."""
    with pytest.raises(FileNotFoundError):
        logs.configure(load(None, {"TIDINGS_LOG_FILE": str(tmp_path / "nowhere" / "tidings.log")}))


@pytest.mark.usefixtures("_restored")
def test_a_worker_waits_for_a_file_that_cannot_be_opened(tmp_path):
    """A worker that takes a dead one's place while the log's folder is away works, and logs when it is back."""
    path = tmp_path / "nowhere" / "tidings.log"
    logs.configure(load(None, {"TIDINGS_LOG_FILE": str(path)}), patient=True)
    say(1)
    logs.flush()
    path.parent.mkdir()
    assert said(path) == [1, ("log.resumed", 0)]


@pytest.mark.usefixtures("_restored")
def test_a_terminal_that_is_closed_is_no_error():
    """Whoever closes the terminal under the daemon ends its log there, and nothing else."""
    terminal, ours = os.openpty()
    with os.fdopen(ours, "w") as stream:
        logs.configure(load(None, {}), stream=stream)
        say(1)
        logs.flush()
        assert b"run.broken" in os.read(terminal, 4096)
        os.close(terminal)
        say(2)
        logs.flush()
        handler = logging.getLogger().handlers[0]
        assert handler._trouble.cause == "Input/output error"
        handler.close()
        handler._writer.join(10)


@pytest.fixture
def pipe(_restored):
    """The reading end of a pipe that the log goes to."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream, os.fdopen(reading, "rb") as reader:
        logs.configure(load(None, {}), stream=stream)
        yield reader
        handler = logging.getLogger().handlers[0]
        handler.flush()
        handler.close()
        handler._writer.join(10)  # or it would write into whatever is opened next under the same number


def read_to(reader, event):
    """The lines up to one of an event."""
    found = []
    while not found or found[-1]["event"] != event:
        found.append(json.loads(reader.readline()))
    return found


def test_what_a_full_pipe_loses_is_counted(pipe):
    """Nobody who logs waits for a pipe that nobody reads; what was lost is told in its place."""
    num_lines = 4000
    for number in range(num_lines):
        structlog.get_logger("test").warning("run.broken", number=number, detail="x" * 1900)
    *kept, notice = read_to(pipe, "log.resumed")
    assert [line["number"] for line in kept] == list(range(len(kept)))
    assert notice["num_lost"] == num_lines - len(kept) > 0
    say("next")
    assert read_to(pipe, "run.broken")[0]["number"] == "next"


def test_a_pipe_without_reader_does_not_hold_up_the_end(pipe):
    """A line that nobody will ever read is not waited for."""
    pipe.close()
    say(1)
    began = time.monotonic()
    logs.flush()
    assert time.monotonic() - began < 2


def test_a_pipe_shared_with_others_may_be_non_blocking(pipe):
    """Somebody who shares our pipe may have made it non-blocking: all lines come through whole."""
    os.set_blocking(pipe.fileno(), False)
    stream = logging.getLogger().handlers[0]._end._descriptor
    os.set_blocking(stream, False)
    os.set_blocking(pipe.fileno(), True)
    for number in range(200):
        structlog.get_logger("test").warning("run.broken", number=number, detail="x" * 1900)
    assert [json.loads(pipe.readline())["number"] for _ in range(200)] == list(range(200))
