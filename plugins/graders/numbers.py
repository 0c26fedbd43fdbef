"""Plain numbers as people write them: separators, currency, percent, units, fractions, mixed numbers.

These need no computer algebra, and they are nearly all answers of word problems.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

_N_DIGITS = 6  # significant digits from which on a decimal may stand for what it rounds
_NOISE = Fraction(1, 10**9)  # 17.999999999999996 is 18
_N_KEPT = 4096  # texts; extraction, comparison and the vote each ask for the same few
_LONGEST = 80  # characters; what is longer is not a number that a person wrote
_SEPARATED = re.compile(r"(?<=\d)(?:,|\{,\}|\\,|\\!|,\\!|[ \u00a0\u202f])(?=\d{3}(?![\d/]|\s*/))")
_CURRENCY = re.compile(r"\\\$|US\$|\$|€|£|¥|\bUSD\b|\bEUR\b|\bdollars?\b|\bcents?\b|\beuros?\b")
_PERCENT = re.compile(r"\\?%|\bpercent\b|\bper cent\b")
_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{\s*(-?\d+)\s*\}|(\d))\s*(?:\{\s*(\d+)\s*\}|(\d))")
_POWER_OF_TEN = re.compile(
    r"\s*(?:\\times|\\cdot|×|\*|(?<=[\d ])x(?= ?10))\s*10\s*\^\s*\{?\s*([+-]?\d{1,2})\s*\}?"
)
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCALE = re.compile(rf"\s*\b({'|'.join(_SCALES)})\b")
_SPELLED = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
_VULGAR = str.maketrans({"½": " 1/2", "⅓": " 1/3", "⅔": " 2/3", "¼": " 1/4", "¾": " 3/4"})
_SIGNS = str.maketrans({"−": "-", "–": "-"})
# A word after a number is a unit, unless it is mathematics: single letters are variables (but for metres and
# the like), and some words are functions, join two answers, or change the number. Nor has a unit a second
# number ("5 feet 3 inches"), other than an exponent.
_NO_UNIT = (
    r"(?!(?:pi|sqrt|and|or|to|sin|cos|tan|log|ln|mod|plus|minus|times|over|squared|cubed|factorial|choose)\b"
    r"|.*\bthan\b)"
)
_UNIT = re.compile(
    r"\s*(?:\\text\{[^{}]*\}|\\mathrm\{[^{}]*\}|\^?\\circ|\^\{\\circ\}|°[CF]?)(?:\^\{?\d\}?)?$"
    rf"|\s*{_NO_UNIT}(?:[A-Za-z]{{2,}}|(?<=\s)[mgslhLC])(?![A-Za-z])"
    r"(?:[A-Za-z²³/.,'’()\s-]|\^\{?\d\}?|(?<=[A-Za-z])\d\b)*$"
)
_MIXED = re.compile(r"(\d+)\s*(?:\s|\+|\band\b)\s*(\d+)\s*/\s*(\d+)")
_RATIO = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*/\s*(\d+(?:\.\d+)?|\.\d+)")
_DECIMAL = re.compile(r"(?:\d+(?:\.(\d*))?|\.(\d+))([eE][+-]?\d{1,2})?")


class Number(NamedTuple):
    """A plain number.

    Attributes:
        value: Exactly as written; in percent, where it was written with a percent sign.
        places: Digits after the point of a decimal, which may be rounded; None for what is exact.
    """

    value: Fraction
    is_percent: bool = False
    places: int | None = None


@lru_cache(_N_KEPT)
def plain_number(text: str) -> Number | None:
    """Read a text that is one plain number and nothing else; None if it is anything else."""
    if len(text) > _LONGEST:
        return None
    text = text.translate(_VULGAR).translate(_SIGNS).strip()
    rest, n_percent = _PERCENT.subn(" ", _SPELLED.get(text.lower(), text))
    rest = _SEPARATED.sub("", _CURRENCY.sub(" ", rest)).strip()
    number = _unsigned(_with_plain_fractions(rest.lstrip("+-").strip()))
    if number is None or re.match(r"[+-]\s*[+-]", rest):
        return None
    sign = -1 if rest.startswith("-") else 1
    return Number(sign * number.value, bool(n_percent), number.places)


def same_number(one: Number, other: Number) -> bool:
    """Compare as a person would: exactly, but for rounded decimals; 50 % is both 50 and one half."""
    if _same_value(one, other):
        return True
    if one.is_percent == other.is_percent:
        return False
    return _same_value(*(_as_part_of_one(number) if number.is_percent else number for number in (one, other)))


def _same_value(one: Number, other: Number) -> bool:
    if one.value == other.value:
        return True
    if one.places is None and other.places is None:
        return False
    noise = _NOISE * max(abs(one.value), abs(other.value))
    return abs(one.value - other.value) <= noise or _rounds(one, other) or _rounds(other, one)


def _rounds(decimal: Number, other: Number) -> bool:
    """Whether a decimal of six digits or more is the other number, rounded or cut off: 0.333333 is 1/3."""
    if decimal.places is None or (other.places is not None and other.places < decimal.places):
        return False
    unit = Fraction(1, 10**decimal.places)
    has_digits = abs(decimal.value) >= unit * 10 ** (_N_DIGITS - 1)
    return has_digits and abs(decimal.value - other.value) < unit


def _as_part_of_one(number: Number) -> Number:
    places = None if number.places is None else number.places + 2
    return Number(number.value / 100, places=places)


def _with_plain_fractions(text: str) -> str:
    r"""Write \frac{3}{4} as 3/4, and 2\frac{1}{2} as 2 1/2."""
    return _FRACTION.sub(lambda m: f" {m[1] or m[2]}/{m[3] or m[4]}", text).strip()


def _unsigned(text: str) -> Number | None:
    r"""Read a number without the sign before it; \frac{-1}{2} has one inside."""
    text, scale = _scaled(text)
    text = _UNIT.sub("", text, count=1).rstrip(". ").lstrip()
    if match := _MIXED.fullmatch(text):
        return Number((int(match[1]) + Fraction(match[2]) / int(match[3])) * scale) if int(match[3]) else None
    if match := _RATIO.fullmatch(text.removeprefix("-")):
        sign = -1 if text.startswith("-") else 1
        divisor = Fraction(match[2])
        return Number(sign * Fraction(match[1]) / divisor * scale) if divisor else None
    if match := _DECIMAL.fullmatch(text):
        is_rounded = bool(match[1] or match[2]) and not match[3] and scale == 1
        places = len(match[1] or match[2]) if is_rounded else None
        return Number(Fraction(Decimal(text)) * scale, places=places)
    return None


def _scaled(text: str) -> tuple[str, Fraction]:
    """Take `million` and `× 10^6` off a number."""
    if match := _POWER_OF_TEN.search(text):
        return text[: match.start()] + text[match.end() :], Fraction(10) ** int(match[1])
    if match := _SCALE.search(text):
        return text[: match.start()] + text[match.end() :], Fraction(_SCALES[match[1]])
    return text, Fraction(1)
