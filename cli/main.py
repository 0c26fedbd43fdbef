"""The command `reason`: one module a command, imported only when it is called; packages may add some."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from typing import Any

import click

from .. import __version__
from ..core.errors import ReasonError
from ..core.text import printable
from ..plugins.commands import COMMANDS
from .open_group import OpenGroup
from .streams import abandon_output, is_of_output, prepare


@click.command(
    cls=OpenGroup,
    summaries=COMMANDS,
    package=f"{__package__}.commands",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="reason")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def reason(debug: bool) -> None:
    """Get better answers from a local language model by searching over its reasoning."""


def main(args: list[str] | None = None) -> None:
    """Run the command line; every error a person can meet becomes one line on standard error."""
    arguments = sys.argv[1:] if args is None else args
    try:
        prepare()
        code = reason.main(arguments, prog_name="reason", standalone_mode=False) or 0
        sys.stdout.flush()
        sys.exit(code)
    except Exception as error:
        if "--debug" in arguments:
            raise
        sys.exit(_explain(error))
    except KeyboardInterrupt:
        click.echo("reason: interrupted.", err=True)
        sys.exit(130)


def _explain(error: Exception) -> int:
    """Print one clear line and return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, OSError) and is_of_output(error):
        abandon_output()
        click.echo(f"reason: Standard output cannot be written: {error.strerror}.", err=True)
        return 1
    if isinstance(error, BrokenPipeError):
        abandon_output()
        return 1
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()  # the help, as it stands
        return error.exit_code
    code, message = _code_and_message(error)
    click.echo(f"reason: {printable(message)}", err=True)
    return code


def _code_and_message(error: Any) -> tuple[int, str]:
    if isinstance(error, ReasonError):
        return error.exit_code, str(error)
    if isinstance(error, click.exceptions.Abort):
        return 130, "interrupted."
    if isinstance(error, click.ClickException):
        usage = getattr(error, "ctx", None)
        hint = f" Try '{usage.command_path} --help'." if usage else ""
        if (
            usage
            and isinstance(error, click.NoSuchOption)
            and any("-o" in each.opts for each in usage.command.params)
        ):
            name = error.option_name.lstrip("-").replace("-", "_")
            hint = f" An option of the strategy is given as -o {name}=VALUE.{hint}"
        return error.exit_code, f"{_ended(_message_of(error))}{hint}"
    return 1, f"{type(error).__name__}: {error}. This is a bug; --debug shows where."


def _message_of(error: click.ClickException) -> str:
    """Return what click says; of an unknown option without the names that have but the dashes in common."""
    if not isinstance(error, click.NoSuchOption) or not error.possibilities:
        return error.format_message()
    name = error.option_name.lstrip("-")
    near = [each for each in error.possibilities if get_close_matches(name, [each.lstrip("-")])]
    return click.NoSuchOption(error.option_name, error.message, near).format_message()


def _ended(message: str) -> str:
    return message if message.endswith("?") else f"{message.rstrip('.')}."
