"""The event stream."""

import asyncio
import io
import json
import logging
import warnings
from types import SimpleNamespace

import pytest
import structlog

from crawler import logs
from crawler.configuration import load

SECRET = "hunter2-and-more"


@pytest.fixture
def stream():
    """A configured log, and what it wrote; everything is put back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure(
        load(None, {"TIDINGS_DATABASE_URL": f"postgresql://user:{SECRET}@db.example/x"}), stream=written
    )
    yield written
    root.handlers[:], level = before
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


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


def test_a_spiders_records_carry_its_run(stream):
    """A record of Scrapy's that names a spider gets the run from it."""
    spider = SimpleNamespace(log_context={"source": "gazette", "run_id": "r1"})
    logging.getLogger("scrapy").warning("odd", extra={"spider": spider})
    assert (lines(stream)[0]["source"], lines(stream)[0]["run_id"]) == ("gazette", "r1")


@pytest.mark.parametrize(
    "text",
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
def test_secrets_are_cut_out_of_the_line(stream, text):
    """A secret does not get into the log, wherever in an event or an exception it stands."""
    log = structlog.get_logger("test")
    log.info("run.started", detail=text, nested={"deep": [text]})
    try:
        raise ValueError(text)
    except ValueError:
        log.exception("run.broken")
    assert SECRET not in stream.getvalue()
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
    assert local_value not in stream.getvalue()


def test_a_line_is_valid_whatever_is_in_it(stream):
    """Surrogates, control characters and huge values make no broken and no endless line."""
    structlog.get_logger("test").info("page.finished", url="\ud800\x00\n", detail="x" * 100_000)
    (line,) = lines(stream)
    assert line["url"] == "\ud800\x00\n"
    assert len(line["detail"]) < 2100


def test_the_file_is_reopened_when_rotated(tmp_path):
    """After logrotate has moved the file away, the next line begins a new one."""
    path = tmp_path / "tidings.log"
    root = logging.getLogger()
    before = root.handlers[:]
    logs.configure(load(None, {"TIDINGS_LOG_FILE": str(path)}))
    log = structlog.get_logger("test")
    log.warning("run.broken")
    path.rename(tmp_path / "tidings.log.1")
    log.warning("run.broken")
    root.handlers[0].close()
    root.handlers[:] = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    assert path.read_text().count("\n") == 1
