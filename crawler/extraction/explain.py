"""Why a page came out as it did: the evidence for the verdict, and who claimed what of each field."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from crawler.article import Article
from crawler.extraction.claims.claims import Claims
from crawler.extraction.row import as_refusal, plain
from crawler.extraction.text.body import Body
from crawler.extraction.text.choice import Judged
from crawler.extraction.text.weights import read_weights
from crawler.extraction.verdict.verdict import THRESHOLD
from crawler.text import count_words

if TYPE_CHECKING:
    from crawler.extraction.reading import Reading

_CLAIMED = tuple(
    field.name for field in fields(Claims) if field.name not in {"origin", "article_body", "site_names"}
)


def explain_reading(reading: "Reading", url: str) -> dict[str, Any]:
    """Explain a reading in plain JSON values.

    - ``outcome``: ``article``, ``rejected`` or ``failed``; ``reason`` and ``detail`` as in the row of a refusal;
    - ``score``, ``threshold``, ``evidence`` (a list of ``name``, ``weight``, ``seen``) and ``measures``; null and
      empty for what is no HTML;
    - ``fields``: by name ``value`` and ``origin`` of what was chosen, null of a page that is refused, and
      ``rivals``, the other claims, each with its ``origin`` and ``value``, in the order of trust;
    - ``body``: ``reader``, ``origin``, ``num_paragraphs``, ``num_words``, ``trouble``, and ``blocks``, the runs of
      text on the page that are more than links: ``text``, ``is_taken``, ``score`` (the logarithm of the odds that
      it is of the article), ``evidence`` (a list of ``name`` and ``weight``) and ``ruled_out``, the rule that left
      it out whatever its score.
    """
    result, verdict = reading.result, reading.verdict
    article = result if isinstance(result, Article) else result.article
    refusal = {} if isinstance(result, Article) else as_refusal(result, url)
    return {
        "outcome": refusal.get("outcome", "article"),
        "reason": refusal.get("reason"),
        "detail": refusal.get("detail"),
        "score": verdict.score if verdict else None,
        "threshold": THRESHOLD,
        "evidence": [piece._asdict() for piece in verdict.evidence] if verdict else [],
        "measures": dict(verdict.measures) if verdict else {},
        "fields": {name: _field(name, article, reading.claims) for name in _names(article, reading.claims)},
        "body": _body(reading.body) if reading.body else None,
        "opt_outs": list(reading.opt_outs),
    }


def _names(article: Article | None, claims: tuple[Claims, ...]) -> list[str]:
    """The fields that have a value or were claimed, in the order of the claims."""
    found = {name for name in _CLAIMED if any(getattr(claim, name) for claim in claims)}
    chosen = [name for name in article.origins if name != "article_body"] if article else []
    return [*(name for name in _CLAIMED if name in found or name in chosen), *sorted({*chosen} - {*_CLAIMED})]


def _field(name: str, article: Article | None, claims: tuple[Claims, ...]) -> dict[str, Any]:
    value = getattr(article, name, None)
    origin = article.origins.get(name) if article else None
    rivals = [
        {"origin": claim.origin, "value": plain(said)}
        for claim in claims
        if (said := getattr(claim, name)) and claim.origin != origin
    ]
    return {"value": plain(value), "origin": origin, "rivals": rivals}


def _body(body: Body) -> dict[str, Any]:
    found = {
        "reader": body.reader,
        "origin": body.origin,
        "num_paragraphs": len(body.text.split("\n")) if body.text else 0,
        "num_words": count_words(body.text),
        "trouble": body.trouble,
    }
    weights = read_weights()
    return found | {"blocks": [_block(one, weights) for one in body.judged]}


def _block(judged: Judged, weights: Mapping[str, float]) -> dict[str, Any]:
    weighed = [{"name": name, "weight": weights[name]} for name in judged.evidence if name in weights]
    return {
        "text": judged.block.text,
        "is_taken": judged.is_taken,
        "score": round(judged.score, 2),
        "evidence": sorted(weighed, key=lambda piece: -abs(piece["weight"])),
        "ruled_out": judged.ruled_out,
    }
