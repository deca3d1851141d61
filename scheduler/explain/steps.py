"""What a visit met on its way, in sentences."""

from collections.abc import Iterator, Mapping
from typing import Any

from scheduler.wording import counted

_MADE_FOR = {
    "listed": "it had just been found",
    "retry": "an earlier visit failed, or had found no room",
    "revisit": "its article may have been edited",
    "further_page": "an article goes on there",
}
_WAYS = {"browser": "rendered by a browser", "proxy": "through the source's proxy"}
_TIMES = {
    "turn": "waited {} for its turn",
    "download": "downloaded in {}",
    "read": "read in {}",
    "store": "stored {} later",
}
_READERS = {
    "blocks": "the page's own blocks",
    "json_ld": "the page's JSON-LD",
    "trafilatura": "trafilatura",
    "feed": "the full text that the feed carries",
    "rule": "a rule of the source",
}
_SECOND = 1000  # milliseconds


def steps_of(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The sentences for a row of ``explain_visits``, in the order of what happened."""
    trace = row["trace"] or {}
    parts = (_made_for, _request, _redirects, _robots, _response, _times, _reading)
    return tuple(step for part in parts for step in part(row, trace))


def _made_for(row: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[str]:
    if row["file"]:
        yield f"Read from the file {row['file']}."
        return
    made = _MADE_FOR.get(trace.get("for", ""))
    attempt = f" in attempt {trace['attempt']} of its run" if "attempt" in trace else ""
    if made or attempt:
        yield f"Made{attempt}" + (f" because {made}." if made else ".")


def _request(_row: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[str]:
    facts = [f"over {trace['http']}"] if "http" in trace else []
    if trace.get("sent"):
        facts.append(f"only if changed ({', '.join(trace['sent'])})")
    facts += [_WAYS.get(way, way) for way in trace.get("via", ())]
    if facts:
        yield f"Asked for {', '.join(facts)}."


def _redirects(row: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[str]:
    hops = trace.get("hops", ())
    ends = [url for _, url in hops[1:]] + [row["final_url"] or trace.get("at") or row["url"]]
    for (status, url), target in zip(hops, ends, strict=False):
        yield f"Redirected ({status}) from {url} to {target}."
    if not hops and row["final_url"]:
        yield f"Redirected to {row['final_url']}."


def _robots(_row: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[str]:
    if "robots" not in trace:
        return
    robots = trace["robots"]
    if "status" in robots:
        yield f"robots.txt: there is none (the server answered {robots['status']}), so all is allowed."
    elif "rule" in robots:
        yield f"robots.txt: forbidden by '{robots['rule']}' in the group '{robots['group']}'."
    elif "group" in robots:
        yield f"robots.txt: allowed by the group '{robots['group']}'."
    else:
        yield "robots.txt: no group in it is for us, so all is allowed."


def _response(row: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[str]:
    facts = [f"status {row['http_status']}"] if row["http_status"] else []
    if "type" in trace:
        facts.append(trace["type"])
    if row["num_bytes"] is not None:
        facts.append(counted(row["num_bytes"], "byte"))
    if "said" in trace:
        facts.append(f"with {' and '.join(trace['said'])}")
    if facts:
        yield f"Answered: {', '.join(facts)}."


def _times(row: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[str]:
    taken = trace.get("ms", {})
    facts = [words.format(_time(taken[name])) for name, words in _TIMES.items() if name in taken]
    if facts:
        yield f"Time: {', '.join(facts)}."
    elif row["duration_ms"] is not None:
        yield f"Time: {_time(row['duration_ms'])} in all."


def _reading(_row: Mapping[str, Any], trace: Mapping[str, Any]) -> Iterator[str]:
    if "reader" in trace:
        yield f"Text read from {_READERS.get(trace['reader'], trace['reader'])}."
    for name, expression in trace.get("rules", {}).items():
        yield f"Rule for {name}: {expression}"
    if "pages" in trace:
        yield f"Joined from {trace['pages']} pages."
    if "evidence" in trace:
        weighed = (f"{name} {weight:+g}" for name, weight in trace["evidence"].items())
        yield f"Evidence for (+) and against (-) an article: {', '.join(weighed)}."


def _time(milliseconds: int) -> str:
    return f"{milliseconds} ms" if milliseconds < _SECOND else f"{milliseconds / _SECOND:.1f} s"
