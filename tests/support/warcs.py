"""WARC files of the tests' own, written with warcio."""

from io import BytesIO

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class _Writer(WARCWriter):
    @classmethod
    def _create_temp_file(cls):
        return BytesIO()  # warcio leaves its temporary files to the garbage collector


class Warc:
    """Collects records in memory; ``bounds`` are the offsets where they begin, and the end."""

    def __init__(self, *, gzip=True):
        self._out = BytesIO()
        self._writer = _Writer(self._out, gzip=gzip)
        self.bounds = [0]
        self._write(self._writer.create_warcinfo_record("test.warc", {"software": "tests"}))

    def __bytes__(self):
        return self._out.getvalue()

    def _write(self, record):
        self._writer.write_record(record)
        self.bounds.append(self._out.tell())

    def page(
        self,
        url,
        body,
        *,
        at="2026-03-02T08:00:00Z",
        status="200 OK",
        content_type="text/html; charset=utf-8",
        length=None,
        kind="response",
        headers=(),
        **warc_headers,
    ):
        """A response to ``url``, or another HTTP record of the ``kind``; ``length`` is its Content-Length."""
        body = body.encode() if isinstance(body, str) else body
        http = [("Content-Type", content_type), *headers]
        if not any(name == "Transfer-Encoding" for name, _ in http):
            http.append(("Content-Length", str(len(body) if length is None else length)))
        names = {name.replace("_", "-"): value for name, value in warc_headers.items()}
        self._write(
            self._writer.create_warc_record(
                url,
                kind,
                payload=BytesIO(body),
                http_headers=StatusAndHeaders(status, http, protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": at, **names},
            )
        )
        return self

    def request(self, url):
        """The request that a response answers."""
        http = StatusAndHeaders("GET / HTTP/1.1", [("Host", "gazette.example")], is_http_request=True)
        self._write(self._writer.create_warc_record(url, "request", http_headers=http))
        return self
