"""``tidings sources add`` and ``test``: look at a site, and say what there is before it is watched."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.common import (
    CommandError,
    ConfigOption,
    JsonOption,
    configured,
    database_in_use,
    migrate_quietly,
    print_json,
)

if TYPE_CHECKING:
    from crawler.configuration import Configuration
    from crawler.probe import Probe
    from crawler.source import Source

_EXIT_NO_ARTICLES = 1

SamplesOption = Annotated[int, typer.Option(min=0, max=100, metavar="N", help="How many of its pages to try.")]


@dataclass(frozen=True, slots=True)
class _Look:
    """A source as it would be written, and what was seen of its site: nothing where nobody looked."""

    source: "Source"
    probe: "Probe | None" = None
    warning: str | None = None


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(add)
    app.command("test")(try_source)


def add(
    url: Annotated[str, typer.Argument(help="Any page of the site, or one of its feeds or sitemaps.")],
    *,
    name: Annotated[str | None, typer.Option(help="Default: made from the host.")] = None,
    feed: Annotated[
        list[str] | None, typer.Option(help="Its feeds; may be repeated. Default: they are looked for.")
    ] = None,
    sitemap: Annotated[list[str] | None, typer.Option(help="Its news sitemaps; may be repeated.")] = None,
    every: Annotated[str | None, typer.Option(help="How often, like 15m or 1h; auto leaves it to us.")] = None,
    freshness: Annotated[
        str | None, typer.Option(help="How soon after publication articles are to be stored, like 20m.")
    ] = None,
    cron: Annotated[str | None, typer.Option(help="When, as in crontab(5).")] = None,
    timezone: Annotated[str | None, typer.Option(help="IANA zone of cron, and of dates that name none.")] = None,
    no_probe: Annotated[
        bool, typer.Option("--no-probe", help="Ask the site nothing, and add it as it is written.")
    ] = False,
    samples: SamplesOption = 10,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and add nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Add it even if none of its pages gave an article.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for what lists a site's articles, try ten of them, and watch the site from now on.

    With --feed or --sitemap nothing is looked for: it is added as it is written ('sources test' tries it). So is a
    site that does not answer at present: its visits will look for its feeds.

    Exit code 1: the site gives no articles, and is not added; 2: the arguments cannot be used.
    """
    keys: dict[str, Any] = {"name": name, "url": url, "feeds": feed, "sitemaps": sitemap}
    keys |= {"every": every, "cron": cron, "freshness": freshness, "timezone": timezone}
    written = {key: value for key, value in keys.items() if value}
    source = _source(written)
    configuration = configured(config)
    with ExitStack() as stack:
        # Before the site is asked: a name that is taken is told at once.
        dsn = None if dry_run else stack.enter_context(_database_without(configuration, source.name))
        look = _Look(source)
        if not (no_probe or feed or sitemap):
            look = _look_for(configuration, source, written, samples, is_adding=dsn is not None)
        trouble = look.probe.trouble if look.probe else None
        is_added = dsn is not None and (yes or not trouble)
        if dsn is not None and is_added:
            _put(dsn, look.source)
    _print_added(look, is_added=is_added, as_json=as_json)
    if trouble and not is_added:
        raise CommandError(f"{url}: {trouble}; --yes adds it all the same", _EXIT_NO_ARTICLES)


def try_source(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    *,
    samples: SamplesOption = 10,
    page: Annotated[
        str | None, typer.Option(metavar="FILE|URL", help="Try its rules on this one page, stored or live.")
    ] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where the page in --page FILE is from.")] = None,
    day: Annotated[
        str | None, typer.Option(metavar="DAY", help="By the rules of that day; else of today.")
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Try the [[source.rules]] of this file in place of its own."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look at a source as 'add' does, or with --page at one of its pages, and store nothing.

    Exit code 0: articles can be had; 1: none can, and why; 2: the arguments cannot be used.
    """
    from scheduler.cli.trial import try_page, with_rules

    if page is None and (url or day):
        raise CommandError("--url and --day are for the page in --page: leave them out, or name one")
    configuration = configured(config)
    source = _known_source(configuration, name)
    if rules is not None:
        source = with_rules(source, rules)
    if page is None:
        _look_at(configuration, source, samples, as_json=as_json)
    else:
        try_page(configuration, source, page, url=url, day=day, as_json=as_json)


def _look_at(configuration: "Configuration", source: "Source", samples: int, *, as_json: bool) -> None:
    from crawler.fetch import run_with_fetcher
    from crawler.outcomes import RefusedError
    from crawler.probe import probe_source
    from crawler.references import SecretMissingError

    name = source.name
    _say_so(source.url)
    try:
        found = run_with_fetcher(
            configuration,
            lambda fetcher: probe_source(fetcher, source, num_samples=samples),
            source=source,
        )
    except RefusedError as error:
        raise CommandError(f"{name}: {source.url}: {_words(error)}", _EXIT_NO_ARTICLES) from error
    except SecretMissingError as error:
        raise CommandError(f"{name}: {error}", _EXIT_NO_ARTICLES) from error
    _print_look(_Look(source, found), as_json=as_json)
    if found.trouble:
        raise CommandError(f"{name}: {found.trouble}", _EXIT_NO_ARTICLES)


def _say_so(url: str) -> None:
    """A look takes a second for each request: who waits at a terminal should know for what."""
    if sys.stderr.isatty():
        typer.echo(f"looking at {url} ...", err=True)


def _look_for(
    configuration: "Configuration", source: "Source", written: dict[str, Any], samples: int, *, is_adding: bool
) -> _Look:
    """What there is at the site of ``source``, and the source completed by it; as it is, if it does not answer."""
    from crawler.fetch import StoppedError, run_with_fetcher
    from crawler.outcomes import OF_THE_HOST, RefusedError
    from crawler.probe import probe
    from scheduler.definition import name_of

    _say_so(source.url)
    try:
        found = run_with_fetcher(
            configuration,
            lambda fetcher: probe(fetcher, source.url, timezone=source.timezone, num_samples=samples),
            source=source,
        )
    except RefusedError as error:
        if error.reason in OF_THE_HOST and is_adding and not isinstance(error, StoppedError):
            return _Look(source, warning=f"{source.url} could not be looked at: {_words(error)}")
        advice = "; --no-probe adds it all the same" if is_adding else ""
        raise CommandError(f"{source.url}: {_words(error)}{advice}", _EXIT_NO_ARTICLES) from error
    return _Look(_source({"name": name_of(found.url), **written, **found.definition}), found)


@contextmanager
def _database_without(configuration: "Configuration", name: str) -> Iterator[str]:
    """The URL of a database that has our schema, and no source of this name."""
    with database_in_use(configuration) as dsn:
        migrate_quietly(configuration, dsn)
        _refuse_known(dsn, name)
        yield dsn


def _refuse_known(dsn: str, name: str) -> None:
    from sql.database import connect, rows

    with connect(dsn) as connection:
        if rows(connection, "find_source", {"name": name}):
            raise CommandError(f"there is a source {name!r} already: choose another --name")


def _put(dsn: str, source: "Source") -> None:
    from scheduler.sources import put
    from sql.database import connect

    _refuse_known(dsn, source.name)
    with connect(dsn) as connection:
        put(connection, source, origin="command")


def _known_source(configuration: "Configuration", name: str) -> "Source":
    """As the configuration file has it, else as the database does; raises UnknownSourceError."""
    from scheduler.sources import find
    from sql.database import connect

    for source in configuration.source:
        if source.name == name:
            return source
    with database_in_use(configuration) as dsn, connect(dsn) as connection:
        return find(connection, name)


def _source(written: dict[str, Any]) -> "Source":
    from scheduler.definition import DefinitionError, name_of, read_source

    try:
        return read_source({"name": name_of(written["url"]), **written})
    except DefinitionError as error:
        raise CommandError(str(error)) from None


def _print_added(look: _Look, *, is_added: bool, as_json: bool) -> None:
    if as_json:
        _print_look(look, as_json=True, added=is_added)
        return
    if look.warning:
        typer.echo(f"tidings: {look.warning}; it is added as it is written", err=True)
    if look.probe:
        _print_look(look, as_json=False)
    if is_added:
        source = look.source
        typer.echo(f"added {source.name}: due now, and then {_how_often(source)}")


def _how_often(source: "Source") -> str:
    from crawler.source import format_duration
    from scheduler.timetable import DEFAULT_EVERY

    if source.freshness is not None:
        return f"as often as it takes to have its articles within {format_duration(source.freshness)}"
    if source.is_adaptive:
        return "as often as it has something new"
    return source.cron or f"every {format_duration(source.interval or DEFAULT_EVERY)}"


def _print_look(look: _Look, *, as_json: bool, **facts: Any) -> None:
    from scheduler.cli.probe import as_object, print_probe

    if as_json:
        print_json(as_object(look.source, look.probe) | facts | {"warning": look.warning})
    elif look.probe:
        print_probe(look.source, look.probe)


def _words(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return f"{reason}: {error}" if str(error) != reason else str(error)
