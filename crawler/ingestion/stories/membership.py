"""Who is in which story, and in what role, once likenesses are known. Plain functions on plain values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What an article is in its story."""

    FIRST = "first"
    """The one that was seen first."""
    COPY = "copy"
    """Nearly the same text as another one's."""
    REWRITE = "rewrite"
    """More was edited, or it is much shorter or longer."""


@dataclass(frozen=True, slots=True)
class Member:
    """An article, with its place: none if its story was not looked for yet."""

    article_id: int
    first_seen_at: datetime
    story_id: int | None = None
    role: Role | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Two articles that tell one story."""

    one: int
    other: int
    are_copies: bool


def arrange(members: Iterable[Member], links: Iterable[Link]) -> list[Member]:
    """Those members whose place changes, each with its new one.

    ``members`` are all members of all stories concerned, and the articles to be placed. Stories that a link joins
    become the one of the smallest id. In each the article that was seen first is its first; one that loses that
    role, or has just come, is a copy if it is nearly the same as any other that it is linked with.
    """
    known = {member.article_id: member for member in members}
    links = [link for link in links if link.one in known and link.other in known]
    story_of = _joined(known, links)
    firsts: dict[int, Member] = {}
    for member in sorted(known.values(), key=lambda member: (member.first_seen_at, member.article_id)):
        firsts.setdefault(story_of[_story(member)], member)
    copies = {article_id for link in links if link.are_copies for article_id in (link.one, link.other)}
    places = []
    for member in known.values():
        story_id = story_of[_story(member)]
        place = Member(member.article_id, member.first_seen_at, story_id, _role(member, firsts[story_id], copies))
        if place != member:
            places.append(place)
    return places


def _story(member: Member) -> int:
    return member.article_id if member.story_id is None else member.story_id


def _joined(known: Mapping[int, Member], links: Iterable[Link]) -> dict[int, int]:
    """The story that each story becomes part of: the one of the smallest id that links lead to."""
    story_of = {_story(member): _story(member) for member in known.values()}
    for link in links:
        one, other = (story_of[_story(known[article_id])] for article_id in (link.one, link.other))
        if one != other:
            smaller, larger = min(one, other), max(one, other)
            story_of = {old: smaller if new == larger else new for old, new in story_of.items()}
    return story_of


def _role(member: Member, first: Member, copies: set[int]) -> Role:
    if member == first:
        return Role.FIRST
    if member.role is Role.FIRST:  # the two change places, unless more is known
        return Role.COPY if member.article_id in copies or first.role is Role.COPY else Role.REWRITE
    return member.role or (Role.COPY if member.article_id in copies else Role.REWRITE)
