"""``tidings sources test --page``: the rules of a source, tried on a live or a stored page before they count."""

import re
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from scheduler.cli.common import CommandError, print_json, print_table, read_stored

if TYPE_CHECKING:
    from crawler.article import NotAnArticle
    from crawler.configuration import Configuration
    from crawler.source import Source
    from crawler.trial import Trial

_URL = re.compile(r"https?://", re.IGNORECASE)
_LONGEST_VALUE = 48
_EXIT_NO_ARTICLE = 1


def with_rules(source: "Source", file: Path) -> "Source":
    """The source with the rules of a file in place of its own: ``[[source.rules]]`` as in a configuration."""
    from pydantic import ValidationError

    from crawler.configuration import explain
    from crawler.source import Source
    from crawler.toml_places import place

    try:
        text = file.read_text(encoding="utf-8")
        number, rules = _rules_in(tomllib.loads(text), source.name)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"{file}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise CommandError(f"{file}: not TOML: {error}") from None
    if rules is None:
        raise CommandError(f"{file}: has no rules for {source.name!r}: write [[source.rules]] tables in it")
    try:
        return Source.model_validate({**source.definition(), "rules": rules})
    except ValidationError as error:
        location, message = explain(error)
        where = place(text, ("source", number, *location))
        raise CommandError(f"{file}:{'' if where[:1].isdigit() else ' '}{where}: {message}") from None


def _rules_in(data: dict[str, Any], name: str) -> tuple[int, Any]:
    """The rules in a file, and in which of its sources they stand."""
    found = data.get("source")
    if isinstance(found, dict):  # [[source.rules]] alone, without a [[source]] before it
        return 0, found.get("rules")
    for number, table in enumerate(found if isinstance(found, list) else ()):
        if isinstance(table, dict) and table.get("name") == name:
            return number, table.get("rules")
    return 0, None


def try_page(
    configuration: "Configuration", source: "Source", page: str, *, url: str | None, day: str | None, as_json: bool
) -> None:
    """Print what is read of a page with and without the rules; raises CommandError where no article is."""
    from crawler.article import Hints
    from crawler.trial import try_rules

    moment = _moment(day, source)
    body, address, headers = _live(configuration, source, page) if _URL.match(page) else _stored(page, url)
    rules = source.rules_at(moment)
    trial = try_rules(body, address, headers, Hints(timezone=source.timezone, rules=rules))
    on = moment.astimezone(source.zone).date()
    number = next((number for number, table in enumerate(source.rules, start=1) if table.holds_on(on)), None)
    if as_json:
        print_json(_as_object(source, address, on, number, trial))
    else:
        _print_trial(address, on, number, trial)
    if trial.rejected:
        raise CommandError(f"{page}: {_words(trial.rejected)}", _EXIT_NO_ARTICLE)


def _moment(day: str | None, source: "Source") -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(12), source.zone) if day else datetime.now(UTC)
    except ValueError:
        raise CommandError(f"--day: {day!r} is not a day; write it like 2022-02-25") from None


def _live(configuration: "Configuration", source: "Source", url: str) -> tuple[bytes, str, dict[str, str]]:
    from crawler.fetch import Fetcher, fetch_page  # Scrapy: only now that it is needed
    from crawler.outcomes import RefusedError
    from crawler.references import SecretMissingError

    try:
        fetched = fetch_page(url, configuration, Fetcher.fetch, source=source)
    except RefusedError as error:
        raise CommandError(f"{url}: {error.reason}: {error}", _EXIT_NO_ARTICLE) from error
    except SecretMissingError as error:
        raise CommandError(f"{source.name}: {error}", _EXIT_NO_ARTICLE) from error
    return fetched.body, fetched.url, fetched.headers


def _stored(page: str, url: str | None) -> tuple[bytes, str, dict[str, str]]:
    path = Path(page)
    return read_stored(path), url or path.resolve().as_uri(), {}


def _as_object(source: "Source", url: str, day: date, number: int | None, trial: "Trial") -> dict[str, Any]:
    from crawler.trial import FIELDS

    fields = {
        name: {
            "general": trial.general.get(name),
            "rule": trial.found.get(name),
            "counts": trial.counts.get(name),
            "origin": trial.origins.get(name),
        }
        for name in FIELDS
    }
    return {
        "name": source.name,
        "url": url,
        "day": day,
        "rules": number,
        "num_removed": trial.num_removed,
        "missed": list(trial.missed),
        "rejected_without_rules": _words(trial.rejected_without),
        "rejected": _words(trial.rejected),
        "fields": fields,
    }


def _print_trial(url: str, day: date, number: int | None, trial: "Trial") -> None:
    from crawler.trial import FIELDS

    which = f"rules number {number} hold" if number else "no rules hold"
    elements = "1 element" if trial.num_removed == 1 else f"{trial.num_removed} elements"
    typer.echo(f"{url}\non {day} {which}; {elements} removed\n")
    lines = [
        {
            "field": name,
            "general": _short(trial.general.get(name)),
            "rule": "nothing found" if name in trial.missed else _short(trial.found.get(name)),
            "counts": _short(trial.counts.get(name)),
            "origin": trial.origins.get(name),
        }
        for name in FIELDS
    ]
    columns = {
        "field": "field",
        "general": "without rules",
        "rule": "by rule",
        "counts": "counts",
        "origin": "from",
    }
    print_table(lines, columns, empty="")
    if trial.missed:
        typer.echo(f"\nrules that found nothing: {', '.join(trial.missed)}")
    if trial.rejected_without:
        typer.echo(f"\nwithout rules it is no article: {_words(trial.rejected_without)}")


def _words(rejection: "NotAnArticle | None") -> str | None:
    return f"{rejection.reason}: {rejection.detail}" if rejection else None


def _short(value: Any) -> str | None:
    """A value in one short line; of a body how long it is, where it begins and where it ends."""
    text = ", ".join(value) if isinstance(value, list) else value
    if not text:
        return None
    first, *rest = text.split("\n")
    if rest:
        half = _LONGEST_VALUE // 3
        return f"{len(rest) + 1} lines: {_cut(first, half)} ... {rest[-1][-half:]}"
    return _cut(first, _LONGEST_VALUE)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
