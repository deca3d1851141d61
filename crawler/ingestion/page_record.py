"""A page as one line of JSON, and back: how it waits on disk.

Keys are the names of fields. One that this version does not know is passed over, and one that is not there has its
default, so that what another version left behind can be read.
"""

import json

from pydantic import TypeAdapter, ValidationError

from crawler.ingestion.page import Page

_PAGE = TypeAdapter(Page)


class BadRecordError(Exception):
    """The line is no page, or none that this version can read."""


def record_of(page: Page) -> bytes:
    """The line, in ASCII, without its end: half a surrogate pair, which no UTF-8 has, survives as well."""
    return json.dumps(_PAGE.dump_python(page, mode="json"), separators=(",", ":")).encode("ascii")


def page_of(record: bytes) -> Page:
    """The page of a line.

    Raises:
        BadRecordError: it has none.
    """
    try:
        return _PAGE.validate_python(json.loads(record))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise BadRecordError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except ValueError as error:
        raise BadRecordError(str(error)) from error
