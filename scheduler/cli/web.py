"""``tidings web``: what the operator page asks for."""

import typer

from scheduler.cli.common import CommandError, ConfigOption, configured

app = typer.Typer(help="The operator page.", no_args_is_help=True)


@app.command()
def token(config: ConfigOption = None) -> None:
    """Print the token that the operator page asks for, before it lets anybody act."""
    from scheduler.web.credentials import read, token_file

    configuration = configured(config)
    if configuration.web.token is not None:
        typer.echo(configuration.web.token.get_secret_value())
        return
    path = token_file(configuration)
    found = read(path)
    if found is None:
        raise CommandError(
            f"{path} is not there yet: 'tidings run' makes it, with the same configuration and by the same user"
        )
    typer.echo(found)
