"""Long lists, page by page: which rows a request asks for, and the links to those before and after."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiohttp import web

# An offset is counted through row by row; what lies further back is found by a filter.
_LAST_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Pager:
    """Where in a list a page of it is. ``before`` and ``after`` are links, None at the ends."""

    words: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Which page of a list a request asks for (``?page=2``), with the rest of its parameters as they are."""

    request: "web.Request"
    size: int

    @property
    def number(self) -> int:
        """The page, from 1 on; what is no number means the first."""
        given = self.request.query.get("page", "")
        is_number = given.isascii() and given.isdecimal() and len(given) <= len(str(_LAST_PAGE))
        return min(max(int(given), 1), _LAST_PAGE) if is_number else 1

    @property
    def params(self) -> dict[str, int]:
        """What a query needs to know of it: one row more than is shown tells whether there are further ones."""
        return {"limit": self.size + 1, "offset": (self.number - 1) * self.size}

    def cut(self, rows: "Sequence[Any]") -> tuple[list[Any], Pager]:
        """The rows to show, of those that ``params`` led to, and the pager under them."""
        shown = list(rows[: self.size])
        first = (self.number - 1) * self.size + 1
        words = f"{first:,} to {first + len(shown) - 1:,}" if shown else "nothing here"
        return shown, Pager(
            words,
            self._link(self.number - 1) if self.number > 1 else None,
            self._link(self.number + 1) if len(rows) > self.size and self.number < _LAST_PAGE else None,
        )

    def _link(self, number: int) -> str:
        return str(self.request.rel_url.update_query(page=str(number)))


def chosen(request: "web.Request", name: str, choices: "Sequence[str]") -> str | None:
    """The value of a parameter, if it is one of these."""
    value = request.query.get(name)
    return value if value in choices else None


def written(request: "web.Request", name: str, *, longest: int = 200) -> str | None:
    """A parameter that people type, without what no database takes; None if there is nothing in it."""
    return request.query.get(name, "").replace("\x00", "").strip()[:longest] or None
