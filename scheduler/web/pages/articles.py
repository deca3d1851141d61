"""One article: its text, where each field came from, its copies and its story, and what edits changed."""

import asyncio
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from aiohttp import web

from scheduler.web.site import SITE

routes = web.RouteTableDef()

_LARGEST_ID = 2**63 - 1
_NUM_OF_STORY = 50
_NUM_REVISIONS = 20
_NUM_COPIES = 25
# What of a text is compared: word by word, longer ones would keep a thread busy for seconds.
_LONGEST_COMPARED = 200_000

_FIELDS = (
    "headline",
    "alternative_headline",
    "authors",
    "date_published",
    "date_modified",
    "article_section",
    "in_language",
    "dateline",
    "description",
    "keywords",
    "main_image_url",
    "main_image_caption",
    "main_image_credit",
    "is_accessible_for_free",
)
"""Those that are shown in a table, in this order, each with its origin."""


@routes.get("/articles/{article_id}")
async def article(request: web.Request) -> web.Response:
    """One article by its number. ``?url_id=`` chooses the copy whose revisions are shown; else it is the first."""
    site = request.app[SITE]
    article_id = _number(request.match_info["article_id"])
    found = await site.fetch("find_article", {"article_id": article_id}) if article_id else []
    if not found:
        raise web.HTTPNotFound(text=f"there is no article {request.match_info['article_id']}\n")
    facts = found[0]
    copies = await site.fetch("list_copies", {"article_id": article_id})
    chosen = _chosen(copies, _number(request.query.get("url_id", "")))
    revisions = []
    if chosen is not None:
        wanted = {"url_id": chosen["url_id"], "with_texts": True}
        revisions = await site.fetch("list_revisions", wanted)
    story = await site.fetch(
        "list_story_articles",
        {"story_id": facts["story_id"], "article_id": article_id, "limit": _NUM_OF_STORY},
    )
    return site.render(
        "article.html",
        article=facts,
        paragraphs=facts["article_body"].split("\n"),
        fields=[(name, facts[name], _origin(facts, name)) for name in _FIELDS],
        copies=copies if request.query.get("copies") == "all" else copies[:_NUM_COPIES],
        num_copies=len(copies),
        chosen=chosen,
        revisions=await asyncio.to_thread(_with_changes, revisions[-_NUM_REVISIONS:]),
        num_revisions=len(revisions),
        story=story,
    )


def _number(text: str) -> int | None:
    """A number that may be an id."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_LARGEST_ID))):
        return None
    return int(text) if int(text) <= _LARGEST_ID else None


def _chosen(copies: Sequence[dict[str, Any]], url_id: int | None) -> dict[str, Any] | None:
    """The copy that was asked for, else one that has been edited, else the first."""
    asked = (copy for copy in copies if copy["url_id"] == url_id)
    edited = (copy for copy in copies if copy["revision"] > 1)
    return next(asked, None) or next(edited, None) or next(iter(copies), None)


def _origin(facts: Mapping[str, Any], field: str) -> str | None:
    found = facts["origins"].get(field)
    return str(found) if found else None


def _with_changes(revisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The revisions, the latest first, each with what it changed of the one before."""
    from crawler.ingestion.edits import compare

    changed = [
        after
        | {
            field: compare(before[field][:_LONGEST_COMPARED], after[field][:_LONGEST_COMPARED])
            for field in ("headline", "article_body")
        }
        for before, after in pairwise(revisions)
    ]
    first = [dict(revisions[0]) | {"headline": None, "article_body": None}] if revisions else []
    return [*reversed(changed), *first]
