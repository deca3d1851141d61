"""A response, read beside the loop: an article that may be stored, or why there is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import structlog

from crawler.article import Article, Hints, NotAnArticle
from crawler.discovery import Link
from crawler.download.failures import refused_status
from crawler.extraction import Reading, read_briefly, wall_of
from crawler.outcomes import WALLS_THAT_OPEN, Outcome, Reason, RefusedError
from crawler.paragraphs import Paragraph
from crawler.reader import ReaderLostError
from crawler.rules import Rules
from crawler.text import storable

if TYPE_CHECKING:
    from crawler.assignment import Assignment

# What a link and the hints to its page have in common: all that a document can claim of a page.
_CLAIMS = tuple({one.name for one in fields(Link)} & {one.name for one in fields(Hints)})

_MOST_EVIDENCE = 5

log = structlog.get_logger("crawler.reading")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a response: an ``article``, or the ``error`` that says why not; what its publisher asks.

    An article may go on at ``next_page``, and be itself a further page of the one that begins at ``first_page``.
    """

    article: Article | None = None
    error: RefusedError | None = None
    opt_outs: tuple[str, ...] = ()
    next_page: str | None = None
    first_page: str | None = None
    paragraphs: tuple[Paragraph, ...] = ()
    whole_body: str | None = None
    """The article's text with the boilerplate that was dropped from it; None if nothing was."""
    note: str | None = None
    """In words, what was done to the article."""
    reader: str | None = None
    """What read the text."""
    rules: Mapping[str, str] = field(default_factory=dict)
    """By field the expression of the source's rules that found it."""
    evidence: Mapping[str, float] = field(default_factory=dict)
    """What spoke for and against an article by name, with its weight; of a page that is refused."""

    @property
    def trace(self) -> dict[str, Any]:
        """What a visit keeps of the reading (``tidings.pages.trace``), in JSON types."""
        evidence = sorted(self.evidence.items(), key=lambda piece: -abs(piece[1]))
        trace = {
            "reader": self.reader,
            "rules": {name: storable(expression) for name, expression in self.rules.items()},
            "evidence": dict(evidence[:_MOST_EVIDENCE]),
        }
        return {name: value for name, value in trace.items() if value}


async def read_response(
    assignment: "Assignment",
    body: bytes,
    url: str,
    *,
    status: int,
    headers: Mapping[str, str],
    hints: Hints,
    opt_outs: tuple[str, ...] = (),
) -> Verdict:
    """Read a response for a run: the boundary at which a page fails alone.

    ``url`` is the one that answered, ``headers`` have lower-case names, ``opt_outs`` are those known already.
    """
    hints = replace(hints, boilerplate=assignment.boilerplate.known)
    try:
        if not 200 <= status < 300:  # noqa: PLR2004 (RFC 9110: successful)
            wall = await _aside(assignment, url, wall_of, body, url, status, headers)
            return Verdict(error=refusal_of(wall) if wall else refused_status(status))
        reading: Reading = await _aside(
            assignment, url, read_briefly, body, url, headers=headers, hints=hints, agent=assignment.agent
        )
    except RefusedError as error:
        return Verdict(error=error)
    assignment.tally.count_rules(hints.rules, reading.missed_rules, is_article=isinstance(reading.result, Article))
    asked = (*opt_outs, *reading.opt_outs)
    if heeded := ", ".join(name for name in asked if name in assignment.heeded):
        detail = f"{heeded}; [crawl] obey_opt_outs heeds that"
        return Verdict(error=RefusedError(Outcome.REJECTED, Reason.OPTED_OUT, detail), opt_outs=asked)
    if isinstance(reading.result, Article):
        dropped = f"boilerplate left out: {reading.num_dropped} paragraphs" if reading.num_dropped else None
        return Verdict(
            reading.result,
            opt_outs=asked,
            next_page=reading.next_page,
            first_page=reading.first_page,
            paragraphs=reading.paragraphs,
            whole_body=reading.whole_body,
            note=dropped,
            reader=reading.reader,
            rules=reading.rules,
        )
    evidence = reading.result.evidence.get("weights", {})
    return Verdict(error=refusal_of(reading.result), opt_outs=asked, reader=reading.reader, evidence=evidence)


async def _aside(
    assignment: "Assignment", url: str, function: Callable[..., Any], *args: Any, **kwargs: Any
) -> Any:
    try:
        return await assignment.reader.run(function, *args, **kwargs)
    except ReaderLostError as error:
        raise RefusedError(Outcome.FAILED, error.reason, str(error)) from error
    except Exception as error:
        log.exception("extraction.failed", **assignment.log_context, url=url)
        detail = f"{type(error).__name__}: {error}"
        raise RefusedError(Outcome.FAILED, Reason.EXTRACTION_ERROR, detail) from error


def refusal_of(found: NotAnArticle) -> RefusedError:
    """What a page that is no article ends as."""
    reason = Reason(found.reason)
    outcome = Outcome.FAILED if reason in WALLS_THAT_OPEN else Outcome.REJECTED
    return RefusedError(outcome, reason, found.detail)


def hints_of(link: Link, final_url: str, timezone: str, rules: Rules | None = None) -> Hints:
    """What the document that listed a page says of it; ``final_url`` is where redirects led."""
    asked_url = link.url if link.url != final_url else None
    claims = {name: getattr(link, name) for name in _CLAIMS}
    return Hints(asked_url=asked_url, timezone=timezone, rules=rules, **claims)
