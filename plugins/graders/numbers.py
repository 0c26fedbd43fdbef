"""Plain numbers as people write them: separators, currency, percent, units, fractions, words, powers.

These need no computer algebra, and they are nearly all answers of word problems.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .writing import plain_latex

_N_DIGITS = 6  # significant digits from which on a decimal may stand for what it rounds
_NOISE = Fraction(1, 10**9)  # 17.999999999999996 is 18
_N_KEPT = 4096  # texts; extraction, comparison and the vote each ask for the same few
_LONGEST = 80  # characters; what is longer is not a number that a person wrote
_LARGEST_BITS = 20_000  # of a power that is written out
_SEPARATED = re.compile(r"(?<=\d)(?:,|[ ']|’)(?=\d{3}(?![\d/]|\s*/))")
_GROUPED = re.compile(r"[-+$\s]*\d{1,3}(?:[,'’ ]\d{3})*(?!\d)")
_CURRENCY = re.compile(
    r"\\text\w*\s*\{\s*\\?[$€£¥]\s*\}|\\\$|US\$|\$|€|£|¥|₹|\bUSD\b|\bEUR\b|\bdollars?\b|\bcents?\b|\beuros?\b"
)
_PERCENT = re.compile(r"\\?%|\bpercent\b|\bper cent\b|\bpct\b")
_FRACTION = re.compile(r"\\frac\s*\{\s*(-?\d+)\s*\}\s*\{\s*(\d+)\s*\}")
_POWER_OF_TEN = re.compile(
    r"\s*(?:\\times|\\cdot|\*|(?<=[\d ])x(?= ?10))\s*10\s*\^\s*\{?\s*([+-]?\d{1,3})\s*\}?(?![\d.])"
)
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCALE = re.compile(rf"\s*\b({'|'.join(_SCALES)})\b")
_SMALL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_SMALL = _SMALL_WORDS.split()
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = _TENS_WORDS.split()
_WORD_VALUES = {word: i for i, word in enumerate(_SMALL)} | {word: 10 * i for i, word in enumerate(_TENS, 2)}
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10}
_PART = re.compile(
    rf"(?:(\d+)\s+and\s+)?(?<![\w-])(an?|one|two|three|four|five|seven)[ -]"
    rf"({'|'.join(_PARTS)}|halve)s?(?![\w-])",
    re.I,
)
_HALF = re.compile(r"half(?!\s+(?:past|to|of)\b|\w)", re.I)
_NEGATIVE = re.compile(r"(?:negative|minus)\s+", re.I)
_LETTERS = re.compile(r"[A-Za-z]+")
_SMALLEST_TENS = 20
# A word after a number is a unit, unless it is mathematics: single letters are variables (but for metres and
# the like), and some words are functions, join two answers, or change the number. Nor has a unit a second
# number ("5 feet 3 inches"), other than an exponent.
_NO_UNIT = (
    r"(?!(?:pi|sqrt|and|or|to|sin|cos|tan|log|ln|mod|plus|minus|times|over|squared|cubed|factorial|choose"
    r"|divided|past|of)\b|.*\bthan\b)"
)
_TYPED = r"\\(?:text\w*|mathrm|mbox|operatorname)\s*\{(?!\s*(?:[ie]\s*\}|or\b|and\b|to\b))[^{}]*\}"
_EXPONENT = r"(?:\s?\^\{?-?\d\}?)?"
_LETTER = r"[^\W\d_α-ω]|µ|μ"  # of any script, but for Greek letters, which are variables
_UNIT = re.compile(
    rf"\s*(?:{_TYPED}{_EXPONENT}|\\frac\s*\{{\s*{_TYPED}{_EXPONENT}\s*\}}\s*\{{\s*{_TYPED}{_EXPONENT}\s*\}}"
    rf"|\^?\s?\\circ(?:\s?[CF])?|\^\{{\s*\\circ\s*\}}(?:\s?[CF])?)(?:\s?(?:\\cdot|/)?\s?{_TYPED}{_EXPONENT})*$"
    rf"|\s*{_NO_UNIT}(?:(?:{_LETTER}){{2,}}|(?<=\s)[mgslhLCNJWVAK]|[^\x00-\x7f\Wα-ω])(?![A-Za-z])"
    rf"(?:{_LETTER}|[/.,'’()\s-]|\\cdot|\^\{{?-?\d\}}?|(?<=[A-Za-z])\d\b)*$"
)
_MIXED = re.compile(r"(\d+)\s*(?:\s|\+|\band\b)\s*(\d+)\s*/\s*(\d+)")
_RATIO = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*/\s*(\d+(?:\.\d+)?|\.\d+)")
_DECIMAL = re.compile(r"(?:\d+(?:\.(\d*))?|\.(\d+))([eE][+-]?\d{1,3})?")
_POWER = re.compile(
    r"(?:(\d{1,9}(?:\.\d{1,9})?)|\(\s*(\d{1,9})\s*/\s*(\d{1,9})\s*\))\s*\^\s*\{\s*([+-]?\d{1,5})\s*\}"
)
_REPEATING = re.compile(
    r"(\d*)\.(\d*)(?:\\(?:overline|bar)\s*(?:\{(\d+)\}|(\d))|\((\d+)\)"
    r"|\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?)"
)
_GOES_ON = re.compile(r"(\d*)\.(\d+)\s?(?:\.\.\.|\\(?:ldots|cdots|dots)\b)")
_N_ONE_DIGIT = 3  # 0.1666… repeats its 6, 0.1122… repeats nothing that anybody could be sure of


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
    rest, n_percent = _PERCENT.subn(" ", _without_words(plain_latex(text).replace("–", "-")))
    rest = _CURRENCY.sub(" ", rest).strip()
    if re.match(r"[+-]\s*[+-]", rest):
        return None
    number = _unsigned(_with_plain_fractions(_without_separators(rest.lstrip("+-").strip())))
    if number is None:
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


def _without_words(text: str) -> str:
    """Write `negative five` as -5, `2 and a half` as 2 1/2; a text of digits is left as it is."""
    if not any(char.isalpha() for char in text):
        return text
    text = _HALF.sub("1/2", text, count=1) if _HALF.match(text) else _PART.sub(_part, text)
    sign = _NEGATIVE.match(text)
    text = _with_digits(text[sign.end() :] if sign else text)
    return ("-" if sign else "") + _PART.sub(_part, text)


def _with_digits(text: str) -> str:
    """Write the number words that a text begins with in digits: `one hundred and five apples`."""
    total = current = begin = end = 0
    for match in _LETTERS.finditer(text):
        word = match[0].lower()
        if match.start() > begin and text[begin : match.start()] not in (" ", "-"):
            break
        begin = match.end()
        if word in _WORD_VALUES and _may_follow(current, _WORD_VALUES[word]):
            current, end = current + _WORD_VALUES[word], begin
        elif word == "hundred" and (end or text.lower().startswith("a ")):
            current, end = max(1, current) * 100, begin
        elif word in _SCALES and (end or text.lower().startswith("a ")):
            total, current, end = total + max(1, current) * _SCALES[word], 0, begin
        elif not (word == "and" and end) and not (word == "a" and not end):
            break
    return f"{total + current}{text[end:]}" if end else text


def _may_follow(current: int, value: int) -> bool:
    """Whether a word may be added: `twenty five` is one number, `two three` is none."""
    rest = current % 100
    return rest == 0 or (rest >= _SMALLEST_TENS and rest % 10 == 0 and 0 < value < 10)


def _part(match: re.Match[str]) -> str:
    count = 1 if match[2].lower() in ("a", "an") else _WORD_VALUES[match[2].lower()]
    return f"{match[1] or ''} {count}/{_PARTS.get(match[3].lower(), 2)}".strip()


def _without_separators(text: str) -> str:
    """Take out what groups digits by three; where the groups are of other sizes, it groups nothing."""
    return _SEPARATED.sub("", text) if _GROUPED.match(text) else text


def _with_plain_fractions(text: str) -> str:
    r"""Write \frac{3}{4} as 3/4, and 2\frac{1}{2} as 2 1/2."""
    return _FRACTION.sub(lambda match: f" {match[1]}/{match[2]}", text).strip()


def _unsigned(text: str) -> Number | None:
    r"""Read a number without the sign before it; \frac{-1}{2} has one inside."""
    text, scale = _scaled(text)
    text = _UNIT.sub("", text, count=1).strip()
    text = text if text.endswith("...") else text.rstrip(". ")
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
    value = _power(text) if "^" in text else _repeating(text)
    return None if value is None else Number(value * scale)


def _power(text: str) -> Fraction | None:
    """Read `2^{10}`, unless it is too large to be written out."""
    match = _POWER.fullmatch(text)
    if match is None:
        return None
    base = Fraction(match[1]) if match[1] else Fraction(int(match[2]), int(match[3]) or 1)
    exponent = int(match[4])
    n_bits = max(base.numerator, base.denominator).bit_length() * abs(exponent)
    return base**exponent if base and n_bits <= _LARGEST_BITS else None


def _repeating(text: str) -> Fraction | None:
    r"""Read `0.1\overline{6}`, `0.\dot{3}`, `0.(3)` and `0.333...` exactly."""
    if match := _REPEATING.fullmatch(text):
        whole, before, *blocks = (part or "" for part in match.groups())
        return _with_block(whole, before, "".join(blocks))
    if match := _GOES_ON.fullmatch(text):
        digits = match[2]
        block = _repeated_block(digits)
        return _with_block(match[1], digits, block) if block else None
    return None


def _with_block(whole: str, before: str, block: str) -> Fraction:
    start = Fraction(int(whole + before or "0"), 10 ** len(before))
    return start + Fraction(int(block), (10 ** len(block) - 1) * 10 ** len(before))


def _repeated_block(digits: str) -> str:
    """Return the shortest block that the digits end with often enough; empty where nobody could be sure."""
    for size in range(1, len(digits) // 2 + 1):
        block = digits[-size:]
        n_needed = 2 if size > 1 or digits == block * len(digits) else _N_ONE_DIGIT
        if digits.endswith(block * n_needed):
            return block
    return ""


def _scaled(text: str) -> tuple[str, Fraction]:
    """Take `million` and `× 10^6` off a number."""
    if match := _POWER_OF_TEN.search(text):
        return text[: match.start()] + text[match.end() :], Fraction(10) ** int(match[1])
    if match := _SCALE.search(text):
        return text[: match.start()] + text[match.end() :], Fraction(_SCALES[match[1]])
    return text, Fraction(1)
