"""``tidings extract --explain``: the explanation of a page for people."""

import json
from collections.abc import Iterator
from typing import Any

_CLIP = 100  # characters of a value


def described(explanation: dict[str, Any], url: str) -> str:
    """Lay out an explanation as :func:`crawler.extraction.explain` gives it."""
    return "\n".join([url, *_verdict(explanation), *_fields(explanation), *_body(explanation)])


def _verdict(explanation: dict[str, Any]) -> Iterator[str]:
    reason = f", {explanation['reason']}: {explanation['detail']}" if explanation["reason"] else ""
    yield f"{explanation['outcome']}{reason}"
    if explanation["score"] is None:
        return
    yield f"\nscore {explanation['score']}, of {explanation['threshold']} that make an article"
    for piece in sorted(explanation["evidence"], key=lambda piece: -piece["weight"]):
        yield f"  {piece['weight']:+4d}  {piece['name']:<20} {piece['seen']}".rstrip()
    measures = (f"{name} {value}" for name, value in explanation["measures"].items())
    yield f"  measured: {', '.join(measures)}"


def _fields(explanation: dict[str, Any]) -> Iterator[str]:
    if explanation["fields"]:
        yield "\nfields"
    for name, found in explanation["fields"].items():
        yield f"  {name:<20} {found['origin'] or '-':<10} {_clipped(found['value'])}"
        for rival in found["rivals"]:
            yield f"  {'  rival':<20} {rival['origin']:<10} {_clipped(rival['value'])}"


def _body(explanation: dict[str, Any]) -> Iterator[str]:
    if not (body := explanation["body"]):
        return
    yield "\nbody"
    yield f"  read by {body['reader']}: {body['num_paragraphs']} paragraphs, {body['num_words']} words"
    if body["trouble"]:
        yield f"  trouble: {body['trouble']}"
    for block in body.get("blocks", ()):
        fate = "taken" if block["is_taken"] else "left"
        why = block["ruled_out"] or ", ".join(f"{one['name']} {one['weight']:+g}" for one in block["evidence"][:3])
        yield f"  {fate:<6} {block['score']:+6.2f}  {_clipped(block['text'])}  ({why})"


def _clipped(value: Any) -> str:
    if value is None:
        return "-"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text.split())
    return line if len(line) <= _CLIP else f"{line[: _CLIP - 1]}…"
