"""Values as JSON on standard output."""

from __future__ import annotations

import sys
from typing import Any

import click

from ...core.text import json_text
from ..streams import is_utf8


def print_json(value: Any, *, indent: int | None = None) -> None:
    """Print a value as JSON: on one line of its own, or indented for a person who reads it.

    Where standard output cannot take all characters they are escaped, as JSON has it.
    """
    click.echo(json_text(value, indent=indent, is_ascii=not is_utf8(sys.stdout)))
