"""Search over articles: a form, and what was found."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from crawler.search.questions import MOST_CHARACTERS, MOST_RANKED, Answer, Question, QuestionError, ask
from scheduler.moments import moment_of
from scheduler.web.site import SITE

routes = web.RouteTableDef()

_SIZE = 20
_NUM_SUGGESTED = 1000
_LAST = MOST_RANKED // _SIZE
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_FIELDS = ("q", "source", "language", "since", "until")


@routes.get("/search")
async def search(request: web.Request) -> web.Response:
    """The form with what was asked, and a page of answers; what is wrong with a question stands above it."""
    site = request.app[SITE]
    asked = {name: request.query.get(name, "").strip() for name in _FIELDS}
    number = _number(request.query.get("page", ""))
    answer: Answer | None = None
    error = ""
    if asked["q"]:
        try:
            answer = await ask(site.fetch, _question(asked), limit=_SIZE, offset=(number - 1) * _SIZE)
        except (QuestionError, ValueError) as problem:
            error = str(problem)
    return site.render(
        "search.html",
        asked=asked,
        answer=answer,
        error=error,
        sources=[row["name"] for row in await site.fetch("suggest_sources", {"limit": _NUM_SUGGESTED})],
        number=number,
        most_characters=MOST_CHARACTERS,
        links=_links(asked, number, answer),
    )


def _number(text: str) -> int:
    return min(max(int(text), 1), _LAST) if text.isascii() and text.isdecimal() and len(text) < 5 else 1  # noqa: PLR2004 (digits)


def _question(asked: dict[str, str]) -> Question:
    language = asked["language"].lower()
    if language and not _LANGUAGE.fullmatch(language):
        raise ValueError(f"{language!r} is no language: write its code, like en, de or ja")
    return Question(
        asked["q"],
        (asked["source"],) if asked["source"] else (),
        language or None,
        _moment(asked["since"]),
        _moment(asked["until"]),
    )


def _moment(text: str) -> datetime | None:
    return moment_of(text, now=datetime.now(UTC)) if text else None


def _links(asked: dict[str, Any], number: int, answer: Answer | None) -> dict[str, str]:
    """Where the pages before and after this one are."""
    pages = {"previous": number - 1} if number > 1 else {}
    if answer and answer.num_matches > number * _SIZE:
        pages["next"] = number + 1
    given = {name: value for name, value in asked.items() if value}
    return {name: f"/search?{urlencode(given | {'page': page})}" for name, page in pages.items()}
