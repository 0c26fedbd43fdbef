"""A row of values out of a file, and how a value that is no use is named by its place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from .errors import UsageError
from .text import json_text

_LONGEST_QUOTE = 60


class Row(NamedTuple):
    """Values by the names of their fields, and where they stand.

    Attributes:
        place: Such as `train.jsonl, line 7`.
    """

    place: str
    values: dict[str, Any]

    def text(self, keys: Iterable[str]) -> str | None:
        """Return the first of some values that is there, as text; None where none is, or it is null.

        Raises:
            UsageError: If it is neither a text nor a number, or says nothing.
        """
        key = next((key for key in keys if self.values.get(key) is not None), None)
        if key is None:
            return None
        value = self.values[key]
        if not _is_text_or_number(value):
            came = shortened(json_text(value))
            raise UsageError(f"{self.place}: '{key}' takes a text or a number, and {came} came.")
        if not str(value).strip():
            raise UsageError(f"{self.place}: '{key}' is empty.")
        return str(value)


def shortened(text: str) -> str:
    """Return the beginning of a text, to be quoted in a message."""
    return text if len(text) <= _LONGEST_QUOTE else text[:_LONGEST_QUOTE] + "…"


def _is_text_or_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return is_number or isinstance(value, str)
