"""`reason config`: the user's own defaults for `solve` and the database."""

from __future__ import annotations

from typing import Any

import click


@click.group()
def command() -> None:
    """Show and set your own defaults, such as model, strategy and db."""


@command.command()
def path() -> None:
    """Say where the file is, or would be."""
    from ..user_config import config_path

    click.echo(str(config_path()))


@command.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def show(as_json: bool) -> None:
    """Show what is set."""
    from ..show.json_output import print_json
    from ..user_config import config_path, read_config

    values = read_config()
    if as_json:
        print_json(values)
    elif not values:
        click.echo(f"nothing is set in {config_path()}", err=True)
    else:
        import tomli_w

        click.echo(tomli_w.dumps(values), nl=False)


@command.command("set")
@click.argument("key", metavar="KEY")
@click.argument("value", metavar="VALUE")
def set_(key: str, value: str) -> None:
    """Set a default: a field of 'reason solve --spec', with points for what is within it, or db.

    \b
        reason config set model qwen2.5-coder-0.5b-instruct
        reason config set strategy rebase
        reason config set strategy_options.width 32
        reason config set sampling.temperature 0.6
        reason config set db ~/traces.db
    """
    from ..user_config import read_config, write_config

    values = read_config()
    at, name = _within(values, key)
    at[name] = _value(value)
    click.echo(f"{key} is set in {write_config(values)}", err=True)


@command.command()
@click.argument("key", metavar="KEY")
def unset(key: str) -> None:
    """Take a default back."""
    from ...core.errors import UsageError
    from ..user_config import config_path, read_config, write_config

    values = read_config()
    at, name = _within(values, key)
    if name not in at:
        raise UsageError(f"{key} is not set in {config_path()}.", hint="See 'reason config show'.")
    del at[name]
    click.echo(f"{key} is no longer set in {write_config(_without_empty(values))}", err=True)


def _within(values: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
    """Return the table that a key lies in, made if need be, and its name there."""
    from ...core.errors import UsageError

    *tables, name = key.split(".")
    at = values
    for table in tables:
        at = at.setdefault(table, {})
        if not isinstance(at, dict):
            raise UsageError(f"{key} lies within '{table}', which has a plain value.")
    return at, name


def _value(text: str) -> Any:
    """Read a value as TOML has it, and anything else as a text."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"] if "\n" not in text else text
    except ValueError:
        return text


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value != {}}
