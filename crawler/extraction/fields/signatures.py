"""Who signed the text: a name alone beneath it, or the agency in brackets that it ends or opens with."""

import re

from crawler.extraction.claims.claims import Choice
from crawler.extraction.fields.datelines import read_agency
from crawler.extraction.fields.name_words import AGENCIES
from crawler.extraction.fields.names import looks_like_name
from crawler.extraction.page import Page
from crawler.text import clean_line

_ENDING = re.compile(r"\(([^()\d]{2,40})\)\.?$")
_LONGEST = 60  # characters of a signature
_TAIL = 100  # characters at the end of a line that are looked at


def choose_signature(text: str, page: Page) -> Choice | None:
    """Choose who signed a text whose page names nobody else: only a name in bold or italics, or a known agency."""
    line = text.rpartition("\n")[2]
    if len(line) <= _LONGEST and looks_like_name(line) and _is_marked(line, page):
        return Choice((line,), "derived")
    ending = _ENDING.search(line[-_TAIL:])
    agency = ending[1] if ending and _is_known(ending[1]) else read_agency(text)
    return Choice(tuple(part.strip() for part in agency.split("/")), "derived") if agency else None


def _is_known(agencies: str) -> bool:
    return all(part.strip().casefold() in AGENCIES for part in agencies.split("/"))


def _is_marked(name: str, page: Page) -> bool:
    marked = list(page.tree.iter("strong", "b", "em", "i"))
    return any(clean_line(element.text) == name for element in reversed(marked))
