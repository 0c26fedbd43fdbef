"""Two writings of an answer: the canonical one, and the LaTeX that math-verify reads."""

from __future__ import annotations

import re

from .colons import read_colons
from .formulas import has_words
from .numbers import plain_number

_LONGEST = 400  # characters; what is longer is not compared as mathematics
_WORDS = re.compile(r"\\(?:text\w*|mathrm|mathbf|mbox)\s*\{([^{}]*)\}")
_SPACING = re.compile(r"\\(?:left|right|displaystyle|quad|qquad)(?![A-Za-z])|\\[!,;: ]|~")
_SPACES = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")  # 1 2 is not 12
_NAMED = re.compile(r"[A-Za-z]\w{0,2}(?:\(\w\))?=([^=]+)")  # x=5, f(x)=5
_SUM = re.compile(r"[\d\s+\-*/().,$^{}=]+=([^=]+)")  # 3+4=7
_LETTER = re.compile(r"\(([A-Za-z])\)")  # (B)
_JOINED = re.compile(r"(?<=[\d)}\]])\s+(?:and|or)\s+(?=[\d(\\{\[-])")
_COMPOUND = re.compile(r"(?<=[a-z])(?:,| and|, and) (?=\d)")  # 4 hours and 30 minutes
_ROOT = re.compile(r"(?<![\\A-Za-z])(?:sqrt|√)\s*(?:\(([^()]*)\)|(\d+|[a-z]))")
_NAMES = re.compile(r"(?<![\\A-Za-z])(pi|theta|alpha|beta|sin|cos|tan|log|ln|infty)(?![A-Za-z])")
_UNITS = re.compile(
    r"(?<=[\d})\]])(?:\s*\\(?:text|mathrm|mbox)\s*\{[^{}]*\}(?:\^\{?\d\}?)?|\s+[a-z]{3,}(?:\s+[a-z]{3,}){0,2})$"
)
_SYMBOLS = {
    "×": r"\times ", "·": r"\cdot ", "÷": r"\div ", "π": r"\pi ", "∞": r"\infty ", "≤": r"\le ",
    "≥": r"\ge ", "≠": r"\ne ", "∪": r"\cup ", "∩": r"\cap ", "∈": r"\in ", "±": r"\pm ",
    "°": r"^\circ ", "−": "-", "²": "^2", "³": "^3", "θ": r"\theta ",
    "½": r"\frac{1}{2}", "¼": r"\frac{1}{4}", "¾": r"\frac{3}{4}",
}  # fmt: skip
_ASCII = str.maketrans(_SYMBOLS)


def canonical(answer: str) -> str:
    """Return a form that is equal for answers that differ in their writing alone."""
    found = _simple(answer)
    if found is not None:
        return found
    plain = _WORDS.sub(lambda match: match[1], answer.translate(_ASCII))
    plain = re.sub(r"\\[dtc]frac", r"\\frac", plain).replace("\\$", "")
    plain = _SPACES.sub("", _SPACING.sub("", _JOINED.sub(",", _COMPOUND.sub(" ", plain))))
    named = _NAMED.fullmatch(plain) or _SUM.fullmatch(plain) or _LETTER.fullmatch(plain)
    plain = named[1] if named else plain
    return _simple(plain) or (plain.lower() if plain.isalpha() else plain)


def latex(answer: str) -> str | None:
    """Return what math-verify shall read; None if the answer is words, or too long."""
    if len(answer) > _LONGEST:
        return None
    text = _ROOT.sub(lambda match: rf"\sqrt{{{match[1] or match[2]}}}", answer.translate(_ASCII))
    text = _NAMES.sub(lambda match: f"\\{match[1]} ", _UNITS.sub("", text))
    text = _JOINED.sub(", ", text).replace("\\$", "").replace("$", "").strip()
    return text if _is_maths(text) else None


def _is_maths(text: str) -> bool:
    left = _WORDS.sub("", text).strip()
    return bool(left) and not has_words(left) and not (left.isalpha() and len(left) > 2)


def _simple(text: str) -> str | None:
    """Return the canonical form of a number, a time or a ratio."""
    number = plain_number(text)
    if number is not None:
        return str(number.value)
    colons = read_colons(text)
    return colons.canonical if colons else None
