"""Every error a user can meet.

A message says who is speaking, what was wanted and what came; the hint says what to do about it. The class
carries the exit code, so that `cli/` only prints.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ReasonError(Exception):
    """A failure that a person can act upon.

    Attributes:
        exit_code: The exit code of the command that ends with this error (2 usage, 1 failure).
        retryable: Whether the same call may succeed later, with nothing changed.
        hint: What to do about it; may be empty.
    """

    exit_code = 1
    retryable = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message} {self.hint}" if self.hint else message


class UsageError(ReasonError):
    """The request itself is wrong: an unknown name, an option out of bounds, an empty question."""

    exit_code = 2


class UnknownNameError(UsageError):
    """No plugin, model or option has this name."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str = "") -> None:
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        suggestion = f"Did you mean '{near[0]}'?" if near else f"Known: {', '.join(known) or 'none'}."
        super().__init__(f"There is no {kind} '{name}'.", hint=" ".join(filter(None, (suggestion, hint))))


class PluginError(ReasonError):
    """A plugin could not be loaded, or raised."""


class ModelError(ReasonError):
    """A model file is missing, broken, or cannot be run."""


class DownloadError(ModelError):
    """No source delivered a model file."""

    retryable = True


class DatasetError(ReasonError):
    """No source delivered the file of a data set."""

    retryable = True


class ContextError(ReasonError):
    """A prompt or branch does not fit the model's context."""


class GraderError(ReasonError):
    """An answer could not be extracted or compared."""


class ReplayError(ReasonError):
    """A recorded search cannot be played again, or goes another way."""


class StoreError(ReasonError):
    """The trace database cannot be opened, read or written."""


class BusyError(StoreError):
    """Another process is searching a run."""

    retryable = True
