"""Plain numbers as people write them: separators, currency, percent, units, fractions, mixed numbers.

These need no computer algebra, and they are nearly all answers of word problems.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

_TOLERANCE = Fraction(5, 10**6)  # 0.333333 is one third
_LONGEST = 80  # characters; what is longer is no number that a person wrote
_SEPARATED = re.compile(r"(?<=\d)(?:,|\{,\}|\\,|\\!)(?=\d{3}(?!\d))")
_CURRENCY = re.compile(r"\\\$|\$|€|£|¥|US\$|\bUSD\b|\bEUR\b|\bdollars?\b|\bcents?\b|\beuros?\b")
_PERCENT = re.compile(r"\\?%|\bpercent\b|\bper cent\b")
_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{\s*(-?\d+)\s*\}|(\d))\s*(?:\{\s*(\d+)\s*\}|(\d))")
_POWER_OF_TEN = re.compile(r"\s*(?:\\times|\\cdot|×|\*)\s*10\s*\^\s*\{?\s*([+-]?\d{1,2})\s*\}?")
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCALE = re.compile(rf"\s*\b({'|'.join(_SCALES)})\b")
# A word after a number is a unit, unless it is mathematics: single letters are variables (but for metres and
# the like), and some words are functions or join two answers.
_NO_UNIT = r"(?!(?:pi|sqrt|and|or|to|sin|cos|tan|log|ln|mod|plus|minus|times|over)\b)"
_UNIT = re.compile(
    rf"\s*(?:\\text\{{[^{{}}]*\}}|\\mathrm\{{[^{{}}]*\}}|\^?\\circ|\^\{{\\circ\}}|°[CF]?)(?:\^\{{?\d\}}?)?$"
    rf"|\s*{_NO_UNIT}(?:[A-Za-z]{{2,}}|(?<=\s)[mgslhLC])\b[A-Za-z0-9²³/^.,'’()\s-]*$"
)
_MIXED = re.compile(r"(\d+)\s*(?:\s|\+)\s*(\d+)\s*/\s*(\d+)")
_RATIO = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*/\s*(\d+(?:\.\d+)?|\.\d+)")
_DECIMAL = re.compile(r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?")


class Number(NamedTuple):
    """A plain number; where it was written with a percent sign, its value is in percent."""

    value: Fraction
    is_percent: bool = False


def plain_number(text: str) -> Number | None:
    """Read a text that is one plain number and nothing else; None if it is anything else."""
    if len(text) > _LONGEST:
        return None
    rest, is_percent = _PERCENT.subn(" ", text)
    rest = _SEPARATED.sub("", _CURRENCY.sub(" ", rest)).replace("−", "-").strip()
    sign = -1 if rest.startswith("-") else 1
    value = _unsigned(_with_plain_fractions(rest.lstrip("+-").strip()))
    return None if value is None else Number(sign * value, bool(is_percent))


def same_number(one: Number, other: Number) -> bool:
    """Compare as a person would: to five digits, and 50 % is both 50 and one half."""
    values = {one.value} | ({one.value / 100} if one.is_percent and not other.is_percent else set())
    others = {other.value} | ({other.value / 100} if other.is_percent and not one.is_percent else set())
    return any(abs(a - b) <= abs(b) * _TOLERANCE for a in values for b in others)


def _with_plain_fractions(text: str) -> str:
    """Write \\frac{3}{4} as 3/4, and 2\\frac{1}{2} as 2 1/2."""
    return _FRACTION.sub(lambda m: f" {m[1] or m[2]}/{m[3] or m[4]}", text).strip()


def _unsigned(text: str) -> Fraction | None:
    text, scale = _scaled(text)
    text = _UNIT.sub("", text, count=1).strip().rstrip(".")
    if match := _MIXED.fullmatch(text):
        return (int(match[1]) + _divide(match[2], match[3])) * scale if int(match[3]) else None
    if match := _RATIO.fullmatch(text):
        return _divide(match[1], match[2]) * scale if Fraction(match[2]) else None
    if _DECIMAL.fullmatch(text):
        return Fraction(Decimal(text)) * scale
    return None


def _divide(numerator: str, denominator: str) -> Fraction:
    return Fraction(numerator) / Fraction(denominator)


def _scaled(text: str) -> tuple[str, Fraction]:
    """Take `million` and `× 10^6` off a number."""
    if match := _POWER_OF_TEN.search(text):
        return text[: match.start()] + text[match.end() :], Fraction(10) ** int(match[1])
    if match := _SCALE.search(text):
        return text[: match.start()] + text[match.end() :], Fraction(_SCALES[match[1]])
    return text, Fraction(1)
