"""Values as JSON on standard output."""

from __future__ import annotations

from typing import Any

import click

from ...core.text import json_text


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON: on one line of its own, or indented for a person who reads it."""
    click.echo(json_text(value, indent=indent))
