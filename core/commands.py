"""A command of `reason` as a package declares it: told in words, and imported when it is called.

The core knows no terminal, and `reason --help` imports no command.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command that a package adds.

    Attributes:
        name: What users type after `reason`.
        summary: One line, which `reason --help` shows.
        target: Where its `click.Command` is, as `module:attribute`; it is imported when it is called.
    """

    name: str
    summary: str
    target: str
