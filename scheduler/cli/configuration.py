"""``tidings config``: the configuration in force."""

import typer

from scheduler.cli.common import ConfigOption, JsonOption, configured, print_json

app = typer.Typer(help="The configuration in force.", no_args_is_help=True)


@app.command()
def check(config: ConfigOption = None) -> None:
    """Check the configuration file and the environment; exit code 2 if they cannot be used."""
    from crawler.configuration import find_file

    configuration = configured(config, thoroughly=True)
    place = find_file(config) or "no configuration file, defaults and environment"
    typer.echo(f"{place}: usable, {len(configuration.source)} sources")


@app.command()
def show(config: ConfigOption = None, *, as_json: JsonOption = False) -> None:
    """Print every setting with its value, secrets redacted, and the variable that would override it."""
    from crawler.configuration import settings, shown

    values = shown(configured(config))
    if as_json:
        print_json(values)
        return
    for variable, (table, key) in settings().items():
        value = values[table].get(key)
        typer.echo(f"{table}.{key} = {'(not set)' if value is None else value}    # ${variable}")
