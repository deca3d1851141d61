"""What waits on disk for the database."""

import errno
import fcntl
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from crawler.ingestion.page import Page, Visit
from crawler.ingestion.page_record import BadRecordError, page_of, record_of
from crawler.ingestion.rhythm import USUAL
from crawler.ingestion.spool import Spool
from crawler.outcomes import Outcome, Reason
from crawler.paragraphs import Paragraph
from crawler.validators import Validators
from tests.support.loading import at, page

VISIT = Visit(uuid4(), 2, 7, "gazette", ZoneInfo("Europe/Berlin"), USUAL)
PAGES = [page(VISIT, f"https://gazette.example/{n}", minutes=n) for n in range(9)]


@pytest.fixture
def spool_of(tmp_path):
    """Opens the spool of one more process; closing a file descriptor is what a kill does to its locks."""
    opened = []

    def open_spool(max_bytes=10**6, database="db"):
        opened.append(Spool(tmp_path / "spool", max_bytes, database=database))
        return opened[-1]

    yield open_spool
    for spool in opened:
        spool.close()


def files(tmp_path):
    return sorted((tmp_path / "spool").iterdir())


@pytest.mark.parametrize(
    "kept",
    [
        page(
            VISIT,
            "https://gazette.example/a",
            headline="half a pair \ud800, NUL \0, é",
            authors=("Ada", "Bo"),
            date_published=at(5),
            origins={"headline": "json_ld"},
        ),
        Page(
            VISIT,
            "https://gazette.example/b",
            at(0),
            outcome=Outcome.FAILED,
            reason=Reason.HTTP_503,
            retry_at=at(1) + timedelta(microseconds=1),
            link={"headline": "A", "authors": ["B"], "depth": 1, "nothing": None},
            opt_outs=("noai",),
            paragraphs=(Paragraph(-(2**63), 4),),
            validators=Validators('W/"x"', None),
        ),
    ],
)
def test_a_page_survives_the_disk_as_it_was(kept):
    """Nothing of a page is lost on its way to disk and back, whatever is in its texts."""
    assert page_of(record_of(kept)) == kept


def test_another_version_s_page_is_read():
    """A field that we do not know is passed over; what is no page is said to be none."""
    record = record_of(PAGES[0])
    assert page_of(record[:-1] + b',"of_tomorrow":1}') == PAGES[0]
    for bad in (b"", b"{}", b"[]", record[:-9], b"\xff"):
        with pytest.raises(BadRecordError):
            page_of(bad)


def test_what_a_process_leaves_is_taken_over_in_order(spool_of):
    """The next process finds, in order, the pages that are not settled, and no others."""
    first = spool_of()
    places = [first.append(each) for each in PAGES]
    first.settle(places[:4])
    first.close()
    second = spool_of()
    places = second.take_over()
    assert [second.read(place) for place in places] == PAGES[4:]
    assert spool_of().is_anything_left
    second.settle(places)
    assert not spool_of().is_anything_left


def test_what_another_process_holds_is_not_touched(spool_of, tmp_path):
    """As long as its owner lives a segment is its own; and so are those of another database."""
    first, second, other = spool_of(), spool_of(), spool_of(database="other")
    first.append(PAGES[0])
    assert second.take_over() == []
    first.close()
    assert other.take_over() == []
    assert len(files(tmp_path)) == 1
    assert len(second.take_over()) == 1
    assert spool_of().take_over() == []


def test_a_torn_line_costs_nothing_but_itself(spool_of, tmp_path):
    """A process that was killed while it wrote leaves a torn line behind it: what stands before it is loaded."""
    first = spool_of()
    for each in PAGES[:3]:
        first.append(each)
    first.close()
    (file,) = files(tmp_path)
    with file.open("r+b") as torn:
        torn.truncate(file.stat().st_size - 5)
    second = spool_of()
    places = second.take_over()
    assert [second.read(place) for place in places] == PAGES[:2]
    second.settle(places[:1])
    second.close()
    third = spool_of()
    assert [third.read(place) for place in third.take_over()] == PAGES[1:2]


def test_a_page_is_found_behind_one_that_was_cut_short(spool_of, tmp_path):
    """What a full disk took of a line, and would not give back, moves no later page from its place."""
    spool = spool_of()
    spool.append(PAGES[0])
    (file,) = files(tmp_path)
    with file.open("ab") as torn:
        torn.write(record_of(PAGES[1])[:-5] * 2)
    place = spool.append(PAGES[2])
    assert spool.read(place) == PAGES[2]
    spool.close()
    second = spool_of()
    assert [second.read(place) for place in second.take_over()] == [PAGES[0], PAGES[2]]


def test_what_cannot_be_taken_over_is_left_to_others(spool_of, tmp_path):
    """A process that fails at it lets go of it again, waits for nobody, and says so once."""
    first, second, third = spool_of(), spool_of(), spool_of()
    first.append(PAGES[0])
    first.close()
    in_the_way = files(tmp_path)[0].with_suffix(".left")
    in_the_way.mkdir()
    with capture_logs() as logged:
        assert second.take_over() == second.take_over() == []
    assert not second.is_anything_left
    assert [line["event"] for line in logged] == ["spool.failed"]
    in_the_way.rmdir()
    assert len(third.take_over()) == 1


def test_settled_pages_take_no_room(spool_of, tmp_path, monkeypatch):
    """Once all of its pages are settled a segment is deleted, or empty if it is written to."""
    monkeypatch.setattr("crawler.ingestion.spool._SEGMENT_BYTES", 2000)
    spool = spool_of()
    places = [spool.append(each) for each in PAGES]
    assert len(files(tmp_path)) > 2
    spool.settle(places)
    assert [file.stat().st_size for file in files(tmp_path)] == [0]
    assert (spool.num_bytes, spool.num_pages) == (0, 0)
    spool.close()
    assert files(tmp_path) == []


def test_the_bound_is_the_host_s(spool_of):
    """What all processes of a database keep together is bounded; once one has settled its pages others go on."""
    first, second = spool_of(3000), spool_of(3000)
    places = []
    while not first.is_full:
        places.append(first.append(PAGES[0]))
    assert second.is_full
    assert not spool_of(3000, database="other").is_full
    first.settle(places)
    assert not first.is_full


def test_nobody_else_may_read_it(spool_of, tmp_path):
    """The folder and its files are their owner's alone."""
    spool_of().append(PAGES[0])
    (file,) = files(tmp_path)
    assert (file.parent.stat().st_mode & 0o777, file.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_file_system_without_locks_is_not_littered(spool_of, tmp_path, monkeypatch):
    """Where nothing can be locked nothing can be kept; every attempt leaves the folder as it was."""

    def refuse(_fd, _operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    assert [spool_of().append(each) for each in PAGES] == [None] * len(PAGES)
    assert files(tmp_path) == []


def test_a_disk_that_refuses_is_said_once(spool_of, tmp_path, monkeypatch):
    """A disk that takes nothing is tried again after a while; one notice says so, and one that it is over."""
    monkeypatch.setattr("crawler.ingestion.spool._RETRY_SECONDS", 0.0)
    (tmp_path / "spool").write_text("in the way")
    spool = spool_of()
    with capture_logs() as logged:
        assert [spool.append(each) for each in PAGES] == [None] * len(PAGES)
        (tmp_path / "spool").unlink()
        assert all(spool.append(each) for each in PAGES)
    assert [line["event"] for line in logged] == ["spool.failed", "spool.resumed"]
