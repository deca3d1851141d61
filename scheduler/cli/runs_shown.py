"""How ``tidings runs`` writes runs: a table of many, and one with its timeline."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from scheduler.cli.differences_shown import printable
from scheduler.cli.fitted import fitted, screen_width
from scheduler.cli.spans import duration
from scheduler.logs.remedies import remedy_for_reason
from scheduler.wording import counted

_COLUMNS = {"run": "run", "source": "source", "started": "UTC", "took": "took", "outcome": "outcome"}
_NUMBERS = {"num_new": "new", "num_changed": "chg", "num_failed": "fail"}
_COUNTED = ("new", "changed", "duplicate", "unchanged", "rejected", "failed")
_MOST_OF_A_KIND = 10
_NAMELESS_YEAR = timedelta(days=300)

Row = dict[str, Any]


def list_lines(runs: Sequence[Row], *, empty: str) -> list[str]:
    """Runs as a table for the width of the screen."""
    if not runs:
        return [empty]
    rows = [
        {
            "run": str(run["run_id"])[:8],
            "source": run["source"],
            "started": _short(run["started_at"] or run["queued_at"]),
            "took": duration(_between(run["started_at"], run["finished_at"])) if run["finished_at"] else "",
            "outcome": _outcome(run),
            **{key: str(run[key] or "") for key in _NUMBERS},
        }
        for run in runs
    ]
    numbers = frozenset({"took", *_NUMBERS})
    return fitted(rows, _COLUMNS | _NUMBERS, width=screen_width(), numbers=numbers, cut=("source", "outcome"))


def _outcome(run: Row) -> str:
    outcome = run["outcome"] or ("under way" if run["started_at"] else "queued")
    return f"{outcome}: {run['reason']}" if run["reason"] else str(outcome)


def run_lines(
    run: Row, lost: Sequence[Row], polls: Sequence[Row], pages: Sequence[Row], *, every: bool
) -> Iterator[str]:
    """One run: in words, what it asked for, and its pages by outcome and reason.

    Times are counted from when it was taken up. Unless ``every`` page is asked for, the first of each kind stand
    for the others.
    """
    yield f"run {run['run_id']} of {run['source']}: {_outcome(run)}"
    yield from (f"  {line}" for line in _story(run, lost))
    began = run["started_at"] or run["queued_at"]
    if run["reason"] and (remedy := remedy_for_reason(run["reason"], source=run["source"], run_id=run["run_id"])):
        yield f"  mend: {remedy}"
    yield ""
    yield from _poll_lines(polls, began)
    yield ""
    yield from _page_lines(pages, began, every=every)


def _story(run: Row, lost: Sequence[Row]) -> Iterator[str]:
    cause = "a command" if run["trigger"] == "command" else f"its slot of {_moment(run['scheduled_for'])}"
    yield f"begun by {cause}{', with a visit to every known article' if run['revisit'] else ''}"
    waited = _between(run["queued_at"], run["started_at"])
    yield f"queued {_moment(run['queued_at'])} UTC" + (f", taken up {duration(waited)} later" if waited else "")
    for attempt in lost:
        with_host = ", with all of tidings on its host" if attempt["with_host"] else ""
        who = f"{attempt['worker'] or 'a worker'} was gone{with_host}"
        yield f"attempt {attempt['attempt']} was lost at {_moment(attempt['lost_at'])} UTC: {who}"
    if run["worker"]:
        yield f"attempt {run['attempt']} by {run['worker']}"
    if run["finished_at"]:
        took = _between(run["started_at"], run["finished_at"])
        yield f"finished {_moment(run['finished_at'])} UTC{f', after {duration(took)}' if took else ''}"
    counts = ", ".join(f"{run[f'num_{word}']} {word}" for word in _COUNTED if run[f"num_{word}"])
    yield (
        f"{counted(run['num_links'], 'link')} found, {run['num_known']} known, {run['num_fetched']} fetched"
        f"{f': {counts}' if counts else ''}"
    )


def _poll_lines(polls: Sequence[Row], began: datetime) -> Iterator[str]:
    if not polls:
        yield "no document asked for"
        return
    yield f"asked for {counted(len(polls), 'document')}:"
    for poll in polls:
        took = f" {poll['duration_ms']} ms" if poll["duration_ms"] is not None else ""
        end = poll["reason"] or poll["outcome"]
        found = (
            f", {counted(poll['num_links'], 'link')}, {poll['num_unknown']} unknown" if poll["num_links"] else ""
        )
        yield f"  {_offset(began, poll['polled_at'])}  {poll['kind']} {end}{found}{took}  {printable(poll['url'])}"
        if detail := poll["detail"] or poll["damage"]:
            yield f"           {printable(detail)}"


def _page_lines(pages: Sequence[Row], began: datetime, *, every: bool) -> Iterator[str]:
    if not pages:
        yield "no page visited"
        return

    def kind(page: Row) -> tuple[int, str, str]:
        return _COUNTED.index(page["outcome"]), page["outcome"], page["reason"]

    yield f"visited {counted(len(pages), 'page')}:"
    for (_, outcome, reason), found in groupby(sorted(pages, key=kind), key=kind):
        group = list(found)
        yield f"  {outcome}, {reason}: {len(group)}"
        shown = group if every else group[:_MOST_OF_A_KIND]
        for page in shown:
            yield from _visit_lines(page, began)
        if len(shown) < len(group):
            yield f"             and {len(group) - len(shown)} more: --reason {reason}, or --all"


def _visit_lines(page: Row, began: datetime) -> Iterator[str]:
    took = f" {page['duration_ms']} ms" if page["duration_ms"] is not None else ""
    status = f" {page['http_status']}" if page["http_status"] else ""
    yield f"    {_offset(began, page['fetched_at'])}{status}{took}  {printable(page['url'])}"
    if page["final_url"] and page["final_url"] != page["url"]:
        yield f"             led to {printable(page['final_url'])}"
    if page["detail"]:
        yield f"             {printable(page['detail'])}"


def _offset(began: datetime, at: datetime) -> str:
    return f"{(at - began).total_seconds():+8.1f}s"


def _between(begin: datetime | None, end: datetime | None) -> timedelta | None:
    return end - begin if begin and end else None


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")


def _short(at: datetime) -> str:
    """Without the year, as long as it needs none."""
    return at.strftime("%m-%d %H:%M" if datetime.now(UTC) - at < _NAMELESS_YEAR else "%Y-%m-%d")
