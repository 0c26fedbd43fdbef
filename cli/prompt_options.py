"""The options that say how the model is asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from .parameters import Decorator

_FILE = click.Path(path_type=Path)


def prompt_options() -> Decorator:
    """Add `--system`, `--instruction`, `--examples` and `--prompt`, which `prompt_of` puts together."""
    options = (
        click.option("--system", metavar="TEXT", help="The system turn; empty for none."),
        click.option("--instruction", metavar="TEXT", help="What the user says after the question."),
        click.option(
            "--examples",
            type=_FILE,
            metavar="FILE",
            help="Worked examples, shown as earlier turns: JSON lines of 'question' and 'solution', or TOML.",
        ),
        click.option(
            "--prompt",
            type=_FILE,
            metavar="FILE|NAME",
            help="All that says how the model is asked: a TOML file, or 'worked-steps'; what is given beside "
            "it goes first.",
        ),
    )

    def decorate(function: Any) -> Any:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def prompt_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the options say, as a spec's `prompt` has it.

    Raises:
        UsageError: If a file cannot be read, or is wrong.
    """
    from ..api.prompt_files import read_examples, read_prompt

    found = read_prompt(given["prompt"]) if given["prompt"] else {}
    found |= {name: given[name] for name in ("system", "instruction") if given[name] is not None}
    if given["examples"]:
        found["examples"] = read_examples(given["examples"])
    return found
