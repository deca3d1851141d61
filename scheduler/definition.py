"""From what an operator wrote about a source to one that can be watched."""

import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawler.configuration import explain
from crawler.source import Source
from scheduler.timetable import trigger_for

_LONGEST_NAME = 64


class DefinitionError(ValueError):
    """A source cannot be watched as it is written; ``key`` is the one at fault, None if it is several together."""

    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(f"{key}: {message}" if key else message)
        self.key = key


def read_source(written: dict[str, Any]) -> Source:
    """The source that these keys and values describe, its timetable checked; raises DefinitionError."""
    try:
        source = Source.model_validate(written)
    except ValidationError as error:
        location, message = explain(error)
        raise DefinitionError(message, str(location[0]) if location else None) from None
    try:
        trigger_for(source)
    except ValueError as error:
        raise DefinitionError(str(error), "cron") from None
    return source


def name_of(url: str) -> str:
    """A source's name made of its host: ``gazette-co-uk`` of ``https://www.gazette.co.uk/``."""
    try:
        host = (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:  # the URL's own check says so better
        host = ""
    return _as_name(host) or "source"


def name_of_title(title: str, url: str) -> str:
    """A source's name made of a title, or of the host where the title has no Latin letters to make one of."""
    latin = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    return _as_name(latin) or name_of(url)


def _as_name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST_NAME].rstrip("-")
