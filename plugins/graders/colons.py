"""Times and ratios: `10:30`, `8:05 p.m.`, `3:4`, `1:2:3`, `0.5:1`."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import NamedTuple

from .numbers import plain_number

_COLONS = re.compile(r"(\d{1,9}(?:\s?:\s?\d{1,9}){1,3})\s*(?:(?:\\text\{)?\s*([ap])\.?\s?m\.?\s*\}?)?", re.I)


_N_PARTS = range(2, 5)


class Colons(NamedTuple):
    """Whole numbers with colons between them; the parts of `0.5:1` are made whole.

    Attributes:
        half: `am` or `pm`, where it was written.
        is_time: Whether it can be read on a clock.
    """

    parts: tuple[int, ...]
    half: str | None
    is_time: bool

    @property
    def canonical(self) -> str:
        """The one writing of it: a time with two digits for minutes, a ratio in lowest terms."""
        if self.is_time:
            return f"{self.parts[0]}:{self.parts[1]:02}{self.half or ''}"
        divisor = math.gcd(*self.parts) or 1
        return ":".join(str(part // divisor) for part in self.parts)

    @property
    def quotient(self) -> Fraction | None:
        """The value of a ratio of two."""
        if self.is_time or len(self.parts) != 2 or not self.parts[1]:
            return None
        return Fraction(*self.parts)


def read_colons(text: str) -> Colons | None:
    """Read a text that is one time or ratio and nothing else."""
    match = _COLONS.fullmatch(text.strip())
    if match is None:
        return _ratio(text)
    written = [part.strip() for part in match[1].split(":")]
    parts = tuple(map(int, written))
    is_time = len(parts) == 2 and len(written[1]) == 2 and parts[0] <= 24 and parts[1] < 60
    if match[2] and not is_time:
        return None
    return Colons(parts, f"{match[2].lower()}m" if match[2] else None, is_time)


def _ratio(text: str) -> Colons | None:
    """Read a ratio of fractions or decimals."""
    written = text.split(":")
    if len(written) not in _N_PARTS:
        return None
    numbers = [plain_number(part) for part in written]
    values = [number.value for number in numbers if number is not None and number.value >= 0]
    if len(values) < len(written):
        return None
    scale = math.lcm(*(value.denominator for value in values))
    return Colons(tuple(int(value * scale) for value in values), None, is_time=False)


def same_colons(one: Colons, other: Colons) -> bool:
    """Compare: times by the clock, where a missing am or pm makes no difference; ratios in lowest terms."""
    if not (one.is_time and other.is_time):
        return one._replace(is_time=False).canonical == other._replace(is_time=False).canonical
    if one.half and other.half:
        return _minutes(one) == _minutes(other)
    return one.parts == other.parts or _minutes(one) == _minutes(other)


def _minutes(time: Colons) -> int:
    hour = time.parts[0] % 12 if time.half else time.parts[0]
    return (hour + 12 * (time.half == "pm")) * 60 + time.parts[1]
