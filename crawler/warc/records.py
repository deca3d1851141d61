"""Records of a WARC file (ISO 28500) as typed values: pages that a crawl of another's has fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from crawler.download.codings import UndecodableError, content_codings, decoded, looks_like_text
from crawler.outcomes import Outcome, Reason, RefusedError
from crawler.source import check_http_url
from crawler.warc.frames import Frame, frames

if TYPE_CHECKING:
    from warcio.recordloader import ArcWarcRecordLoader
    from warcio.statusandheaders import StatusAndHeaders

_HTML = frozenset({"", "text/html", "application/xhtml+xml"})
_OK = 200
# Header, and the lines between chunks: what a record may have beyond the page itself.
_MARGIN = 256 * 1024
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")
_END_OF_CHUNK = re.compile(rb"\r?\n")


class ExtraMissingError(Exception):
    """warcio is not installed."""

    def __init__(self) -> None:
        super().__init__("reading WARC files needs warcio: pip install 'tidings[warc]'")


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A response that was HTML under the status 200: its ``body`` without codings, or why it is not to be used."""

    url: str
    fetched_at: datetime
    headers: dict[str, str]
    """By lower-case name; the values of one that came several times joined by commas."""
    body: bytes
    error: RefusedError | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One record, from ``offset`` to ``end`` of the file.

    ``kind`` is ``page``; or what else it is: its WARC type (``request``, ``warcinfo``), for a response that is not
    read ``not_http``, ``http_404`` (any status) or ``not_html``, and ``damaged``.
    """

    offset: int
    end: int
    kind: str
    page: ArchivedPage | None = None
    damage: str | None = None


def read_records(stream: BinaryIO, *, offset: int = 0, max_bytes: int) -> Iterator[Record]:
    """Every record of ``stream``, which stands at ``offset`` of its file.

    A page of more than ``max_bytes`` after all its codings is refused, and one that is not whole as well. One
    record is held at a time.

    Raises:
        ExtraMissingError: warcio is not installed.
        WarcUnreadableError: not a WARC file, or compressed as a whole.
    """
    loader = _loader()
    for frame in frames(stream, offset=offset, max_bytes=max_bytes + _MARGIN):
        yield _record(loader, frame, max_bytes)


def _loader() -> "ArcWarcRecordLoader":
    try:
        from warcio.recordloader import ArcWarcRecordLoader
    except ImportError:
        raise ExtraMissingError from None
    return ArcWarcRecordLoader(verify_http=True, arc2warc=False)


def _record(loader: "ArcWarcRecordLoader", frame: Frame, max_bytes: int) -> Record:
    try:
        kind, page = _read(loader, frame, max_bytes)
    except _DamagedError as error:
        return Record(frame.offset, frame.end, "damaged", damage=frame.damage or str(error))
    return Record(frame.offset, frame.end, kind, page, frame.damage)


class _DamagedError(Exception):
    """Not even what the record is about can be read."""


def _read(loader: "ArcWarcRecordLoader", frame: Frame, max_bytes: int) -> tuple[str, ArchivedPage | None]:
    record = _parsed(loader, frame.data)
    kind = (record.rec_type or "").lower()
    if kind != "response":
        return kind or "unknown", None
    url = record.rec_headers.get_header("WARC-Target-URI") or ""
    if not _is_http(url):
        return "not_http", None
    http = _http_headers(loader, record.raw_stream)
    status = http.get_statuscode()
    if status != str(_OK):
        return f"http_{status}" if re.fullmatch(r"\d{3}", status) else "http_invalid", None
    content_type = http.get_header("Content-Type")
    if (content_type or "").partition(";")[0].strip().lower() not in _HTML:
        return "not_html", None
    fetched_at = _moment(record.rec_headers.get_header("WARC-Date"))
    try:
        body = _body(frame, record.rec_headers, http, record.raw_stream.read(), max_bytes)
    except RefusedError as error:
        return "page", ArchivedPage(url, fetched_at, _headers(http), b"", error)
    return "page", ArchivedPage(url, fetched_at, _headers(http), body)


def _headers(http: "StatusAndHeaders") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in http.headers:
        known = found.get(name.lower())
        found[name.lower()] = f"{known},{value}" if known else value
    return found


def _parsed(loader: "ArcWarcRecordLoader", data: bytes) -> Any:
    from warcio.exceptions import ArchiveLoadFailed

    try:
        return loader.parse_record_stream(BytesIO(data), known_format="warc", no_record_parse=True)
    except (ArchiveLoadFailed, EOFError) as error:
        raise _DamagedError("it has no WARC header") from error


def _http_headers(loader: "ArcWarcRecordLoader", stream: Any) -> "StatusAndHeaders":
    from warcio.statusandheaders import StatusAndHeadersParserException

    try:
        return loader.http_parser.parse(stream)
    except (StatusAndHeadersParserException, EOFError) as error:
        raise _DamagedError("it has no HTTP header") from error


def _is_http(url: str) -> bool:
    try:
        check_http_url(url)
    except ValueError:
        return False
    return True


def _moment(text: str | None) -> datetime:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        raise _DamagedError(f"its WARC-Date is {text!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _body(
    frame: Frame, warc: "StatusAndHeaders", http: "StatusAndHeaders", payload: bytes, max_bytes: int
) -> bytes:
    """The page as it was before it was chunked and compressed; raises RefusedError."""
    if frame.damage:
        raise _truncated(frame.damage)
    if reason := warc.get_header("WARC-Truncated"):
        raise _truncated(f"its crawler cut it off (WARC-Truncated: {reason})")
    if frame.size > len(frame.data):
        raise _too_large(max_bytes)
    if "chunked" in (http.get_header("Transfer-Encoding") or "").lower():
        payload = _unchunked(payload)
    elif (missing := _content_length(http) - len(payload)) > 0:
        raise _truncated(f"{missing:,} bytes less than its Content-Length")
    return _decoded(payload, _codings(http), max_bytes)


def _content_length(http: "StatusAndHeaders") -> int:
    text = (http.get_header("Content-Length") or "").strip()
    return int(text) if re.fullmatch(r"\d{1,18}", text) else 0


def _codings(http: "StatusAndHeaders") -> tuple[str, ...]:
    values = [value for name, value in http.headers if name.lower() == "content-encoding" and value]
    return content_codings(value.encode("latin-1", "replace") for value in values)


def _unchunked(payload: bytes) -> bytes:
    """Without its chunks (RFC 9112, 7.1). Some crawlers undo them, and leave the header as it was."""
    if _CHUNK_SIZE.match(payload) is None:
        return payload
    pieces: list[bytes] = []
    at = 0
    while size_line := _CHUNK_SIZE.match(payload, at):
        size = int(size_line[1], 16)
        if size == 0:
            return b"".join(pieces)
        pieces.append(payload[size_line.end() : size_line.end() + size])
        end = _END_OF_CHUNK.match(payload, size_line.end() + size)
        if end is None:
            break
        at = end.end()
    raise _truncated("its chunks end before their end")


def _decoded(payload: bytes, codings: tuple[str, ...], max_bytes: int) -> bytes:
    kept = bytearray()
    try:
        for piece in decoded(payload, codings) if payload else ():
            kept += piece
            if len(kept) > max_bytes:
                raise _too_large(max_bytes)
    except UndecodableError as error:
        # Some crawlers store what they have decompressed under the header as it was.
        if not looks_like_text(payload):
            raise _truncated(str(error)) from error
        return payload
    return bytes(kept)


def _truncated(detail: str) -> RefusedError:
    return RefusedError(Outcome.FAILED, Reason.TRUNCATED, detail)


def _too_large(max_bytes: int) -> RefusedError:
    return RefusedError(Outcome.REJECTED, Reason.TOO_LARGE, f"over {max_bytes:,} bytes")
