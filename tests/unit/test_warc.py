import gzip
import io
import sys
import zlib
from datetime import UTC, datetime

import brotli
import pytest

from crawler.outcomes import Reason
from crawler.warc.frames import WarcUnreadableError
from crawler.warc.records import ExtraMissingError, read_records
from tests.support.pages import article
from tests.support.warcs import Warc

URL = "https://gazette.example/news/bridge"
PAGE = article("Bridge repair half done").encode()
LIMIT = 1024 * 1024


def read(warc, *, offset=0, max_bytes=LIMIT):
    data = bytes(warc)
    return list(read_records(io.BytesIO(data[offset:]), offset=offset, max_bytes=max_bytes))


def pages(warc, **options):
    return [record.page for record in read(warc, **options) if record.page]


def reasons(warc, **options):
    return [page.error and page.error.reason for page in pages(warc, **options)]


def three(*, gzip):
    warc = Warc(gzip=gzip)
    for number in range(3):
        warc.page(f"{URL}-{number}", PAGE)
    return warc


def chunked(body, size=100):
    parts = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@pytest.mark.parametrize("gzip", [True, False])
def test_pages_are_read_with_their_place_in_the_file(gzip):
    """A page has its URL, its time and its body; its offsets are where the record begins and the next one does."""
    warc = three(gzip=gzip)
    info, first, *_, last = read(warc)
    assert (info.kind, first.kind) == ("warcinfo", "page")
    assert first.page.url == f"{URL}-0"
    assert first.page.fetched_at == datetime(2026, 3, 2, 8, tzinfo=UTC)
    assert first.page.headers["content-type"] == "text/html; charset=utf-8"
    assert first.page.body == PAGE
    assert (first.offset, last.offset) == (warc.bounds[1], warc.bounds[3])
    assert len(bytes(warc)) - last.end <= 4  # the empty lines at the end of a plain file


@pytest.mark.parametrize("gzip", [True, False])
def test_reading_goes_on_from_the_end_of_any_record(gzip):
    """Every record's end is a place from which the rest of the file is read."""
    warc = three(gzip=gzip)
    records = read(warc)
    for number, record in enumerate(records, 1):
        assert read(warc, offset=record.end) == records[number:]


def test_other_records_are_told_apart():
    """What is no HTML under the status 200 is named after what it is, and has no page."""
    warc = (
        Warc()
        .request(URL)
        .page(URL, PAGE, status="404 Not Found")
        .page(URL, b"{}", content_type="application/json")
    )
    warc.page("dns:gazette.example", b"1.2.3.4").page(URL, PAGE, kind="revisit")
    assert [record.kind for record in read(warc)] == [
        "warcinfo",
        "request",
        "http_404",
        "not_html",
        "not_http",
        "revisit",
    ]
    assert pages(warc) == []


@pytest.mark.parametrize(
    ("coding", "encode"), [("gzip", gzip.compress), ("br", brotli.compress), ("deflate", zlib.compress)]
)
def test_codings_are_undone(coding, encode):
    """A payload is given as it was before compression, chunked or not."""
    coded = encode(PAGE)
    warc = Warc().page(URL, coded, headers=[("Content-Encoding", coding)])
    warc.page(URL, chunked(coded), headers=[("Content-Encoding", coding), ("Transfer-Encoding", "chunked")])
    assert [page.body for page in pages(warc)] == [PAGE, PAGE]


def test_codings_that_the_crawler_has_undone_are_left_alone():
    """A payload that is plain whatever its headers say is taken as it is."""
    headers = [("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")]
    assert pages(Warc().page(URL, PAGE, headers=headers))[0].body == PAGE


def test_what_is_not_whole_is_truncated():
    """Cut by its crawler, shorter than announced, ended within chunks or compressed data: refused, not read."""
    warc = Warc()
    warc.page(URL, PAGE, WARC_Truncated="length")
    warc.page(URL, PAGE, length=len(PAGE) + 1)
    warc.page(URL, chunked(PAGE)[:-40], headers=[("Transfer-Encoding", "chunked")])
    warc.page(URL, gzip.compress(PAGE)[:-20], headers=[("Content-Encoding", "gzip")])
    assert reasons(warc) == [Reason.TRUNCATED] * 4
    assert {page.body for page in pages(warc)} == {b""}


def test_a_page_over_the_limit_is_too_large():
    """The limit counts what comes out of the codings, and bounds what is held of a larger record."""
    bomb = gzip.compress(b"<p>" + b" " * 2 * LIMIT)
    warc = Warc().page(URL, bomb, headers=[("Content-Encoding", "gzip")]).page(URL, b"<p>" + b"x" * 2 * LIMIT)
    warc.page(URL, PAGE)
    assert reasons(warc) == [Reason.TOO_LARGE, Reason.TOO_LARGE, None]


@pytest.mark.parametrize("gzip", [True, False])
def test_a_file_that_ends_within_a_record_gives_all_before_it(gzip):
    """Of a file cut short the last record is truncated, or damaged, and the others are whole."""
    warc = three(gzip=gzip)
    for cut in (warc.bounds[4] - 200, warc.bounds[3] + 40):
        *whole, last = read(bytes(warc)[:cut])
        assert [record.kind for record in whole] == ["warcinfo", "page", "page"]
        assert last.damage
        assert last.kind == "damaged" or last.page.error.reason is Reason.TRUNCATED


@pytest.mark.parametrize("at", [12, 100, -12, -6])
def test_damaged_gzip_data_cost_their_record_alone(at):
    """Wherever a member is damaged (its data, its check sum), the records around it are read."""
    warc = three(gzip=True)
    data = bytearray(bytes(warc))
    position = (warc.bounds[2] if at > 0 else warc.bounds[3]) + at
    data[position] ^= 0xFF
    records = read(data)
    assert [record.page.url for record in records if record.page and not record.page.error] == [
        f"{URL}-0",
        f"{URL}-2",
    ]
    assert sum(record.damage is not None for record in records) == 1


def test_a_writer_that_was_killed_and_went_on_costs_one_record():
    """A record cut in the middle of a file does not take the next one with it."""
    for compressed in (True, False):
        warc = three(gzip=compressed)
        data = bytes(warc)
        cut = data[: warc.bounds[3] - 150] + data[warc.bounds[3] :]
        good = [page.url for page in pages(cut) if not page.error]
        assert good == [f"{URL}-0", f"{URL}-2"]


def test_a_record_longer_than_it_says_costs_itself_alone():
    """A wrong length in a plain file is noticed, and the next record found."""
    warc = three(gzip=False)
    data = bytes(warc)
    record = data[warc.bounds[2] : warc.bounds[3]]
    data = data.replace(record, record.replace(b"</html>", b"</html>" + b"litter " * 9))
    good = [page.url for page in pages(data) if not page.error]
    assert good == [f"{URL}-0", f"{URL}-2"]


def test_a_file_compressed_as_a_whole_is_refused():
    """Records that share a gzip member cannot be found again; the message says what to do."""
    with pytest.raises(WarcUnreadableError, match="gunzip -c"):
        read(gzip.compress(bytes(three(gzip=False))))


@pytest.mark.parametrize("data", [b"<html>", b"\x1f\x8bnot gzip at all", b"\x00" * 100])
def test_what_is_no_warc_file_is_refused(data):
    """Another kind of file is not searched for records."""
    with pytest.raises(WarcUnreadableError, match="not a WARC file"):
        read(data)


def test_an_empty_file_has_no_records():
    """Nothing in, nothing out."""
    assert read(b"") == []


def test_a_record_without_date_is_damaged():
    """A page whose time is not known cannot be placed among the visits."""
    records = read(Warc().page(URL, PAGE, at="yesterday").page(URL, PAGE))
    assert [record.kind for record in records] == ["warcinfo", "damaged", "page"]
    assert "WARC-Date" in records[1].damage


def test_without_warcio_the_message_says_how_to_install_it(monkeypatch):
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "warcio.recordloader", None)
    with pytest.raises(ExtraMissingError, match=r"pip install 'tidings\[warc\]'"):
        read(Warc())
