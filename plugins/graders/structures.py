r"""What an answer is made of: numbers and formulas in lists, sets, points, intervals, matrices and equations.

Each answer is read once, and whole. A part that is not understood whole stays a text, and a text is equal to
itself alone: whatever a parser would drop in silence (`\pmod 7`, `\ldots`, a base) must not decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .colons import Colons, read_colons
from .formulas import has_words
from .latex import formula_latex
from .numbers import Number, plain_number
from .writing import plain_latex, without_type

_N_KEPT = 4096
_LONGEST = 400  # characters; what is longer is not read as mathematics
_DEEPEST = 8
_MOST_ITEMS = 64
_SPACES = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")  # 1 2 is not 12
_COMPOUND = re.compile(r"(?<=[a-z])(?:,| and|, and) (?=\d)")  # 4 hours and 30 minutes
_JOINT = re.compile(
    r"\s*,\s*(?:and|or)\s+|(?<=[\d)}\]!])\s+(?:and|or)\s+(?=[\d(\\{\[$+-]|[A-Za-z]\s*=)|(?<=\b[A-J])\s+(?:and|or)\s+(?=[A-J]\b)"
)
_WORDS_JOINT = re.compile(r"\s*,?\s+and\s+|\s*,\s*")
_BASE = re.compile(r"([0-9A-Za-z]+)\s*_\s*\{?\s*(\d{1,2}|[a-z]{3,})\s*\}?")
_RELATION = re.compile(r"\\(?:le|ge|ne|in|approx|equiv|to|propto|sim|cong|subset|mid)(?![A-Za-z])|[=<>]")
_EQUALS = {"=", "\\approx"}
_BELOW = {"<": ")", "\\le": "]"}  # and how an interval ends there
_ABOVE = {">": "(", "\\ge": "["}  # and how it begins
_FLIPPED = {"<": ">", ">": "<", "\\le": "\\ge", "\\ge": "\\le"}
_ARGUMENTS = r"(?:\s*\([^()]*(?:\([^()]*\)[^()]*)*\))"
_INDEX = r"(?:_(?:\{[^{}]*\}|\w))?'{0,3}(?:\^\{-1\})?"
_GREEK = r"\\(?:alpha|beta|gamma|delta|theta|lambda|mu|phi|omega|sigma|rho|tau|epsilon|varphi)"
_NAME = re.compile(
    rf"(?:[A-Za-z]{_INDEX}{_ARGUMENTS}?|{_GREEK}\s*{_INDEX}|[A-Z]{{2,4}}|\\frac\{{d\^?\w?\}}\{{d\w\}}"
    rf"|m?\s*\\(?:angle|triangle|overline|vec|hat|bar|measuredangle|nabla)\s*[\s\w{{}}]*"
    rf"|\\?\|[^|]*\\?\||[A-Za-z][A-Za-z ]{{2,40}}{_ARGUMENTS}?|\([A-Za-z](?:\s*,\s*[A-Za-z])+\))"
)
_MATRIX = re.compile(r"\\begin\s*\{([pbB]?matrix|array)\}(?:\{[clr|]*\})?(.*)\\end\s*\{\1\}", re.S)
_SET_OF_REALS = re.compile(r"\\mathbb\s*\{?R\}?|\\R\b")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_LETTER = re.compile(r"[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A number, a time, a ratio, a formula, or a text.

    Attributes:
        text: Equal for leaves that differ in their writing alone.
        number: Its value, where it is a plain number.
        colons: Its parts, where it is a time or a ratio.
        latex: What computer algebra may read; None where that would not understand all of it.
    """

    text: str
    number: Number | None = None
    colons: Colons | None = None
    latex: str | None = None


@dataclass(frozen=True, slots=True)
class Based:
    """Digits in a base that was named, `2516_8`."""

    digits: str
    base: str


@dataclass(frozen=True, slots=True)
class Named:
    """A value and what it is the value of, `x = 5`, `f(x) = 2x`; of an inequality it is an interval."""

    name: str
    value: Structure


@dataclass(frozen=True, slots=True)
class Equation:
    """Two sides of which neither is a name, `x + y = 5`."""

    left: Leaf
    right: Leaf


@dataclass(frozen=True, slots=True)
class Many:
    """Several answers.

    Attributes:
        opening: `(` or `[` of a point, a tuple or an interval, whose order counts; `{` of a set, and empty of
            a list, whose order does not.
        closing: What closes it.
        items: Its members.
    """

    opening: str
    closing: str
    items: tuple[Structure, ...]

    @property
    def is_ordered(self) -> bool:
        """Whether the order of its members means something."""
        return self.opening in ("(", "[")


@dataclass(frozen=True, slots=True)
class Union:
    """Sets joined by a cup."""

    parts: tuple[Structure, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of entries."""

    rows: tuple[tuple[Structure, ...], ...]


Structure = Leaf | Based | Named | Equation | Many | Union | Matrix


@lru_cache(_N_KEPT)
def read(answer: str) -> Structure:
    """Read an answer, as it was found in a solution."""
    if len(answer) > _LONGEST:
        return Leaf(answer)
    number = plain_number(answer)
    if number is not None:
        return Leaf(str(number.value), number)
    return _read(plain_latex(answer), 0)


def canonical(structure: Structure) -> str:
    """Return a text that is equal for answers that differ in their writing alone."""
    match structure:
        case Leaf(text):
            return text
        case Based(digits, base):
            return f"{digits}_{base}"
        case Named(name, value):
            return f"{name}={canonical(value)}"
        case Equation(left, right):
            return f"{left.text}={right.text}"
        case Many(opening, closing, items):
            inner = [canonical(item) for item in items]
            if structure.is_ordered:
                return f"{opening}{','.join(inner)}{closing}"
            return ",".join(sorted(inner))
        case Union(parts):
            return "\\cup".join(sorted(canonical(part) for part in parts))
        case Matrix(rows):
            return "[" + ";".join(",".join(map(canonical, row)) for row in rows) + "]"


def _read(text: str, depth: int) -> Structure:
    text = (text if text.endswith("...") else text.rstrip(" .")).strip("$ ")
    leaf = _simple(text)
    if leaf is not None or depth >= _DEEPEST:
        return leaf or _opaque(text)
    for find in (_based, _union, _several, _related, _bracketed, _matrix, _plus_minus):
        found = find(text, depth + 1)
        if found is not None:
            return found
    return _leaf(text)


def _simple(text: str) -> Leaf | None:
    """Read a number, a time or a ratio."""
    number = plain_number(text)
    if number is not None:
        return Leaf(str(number.value), number)
    if ":" not in text:
        return None
    colons = read_colons(without_type(text))
    return Leaf(colons.canonical, colons=colons) if colons else None


def _leaf(text: str) -> Leaf:
    """Read a formula or words."""
    if _SET_OF_REALS.fullmatch(text):
        return Leaf("\\mathbb{R}")
    if has_words(without_type(text)) and formula_latex(text) is None:
        return _opaque(text)
    return Leaf(_compact(text), latex=formula_latex(text))


def _opaque(text: str) -> Leaf:
    """Keep as words what was not understood whole."""
    text = _compact(_COMPOUND.sub(" ", " ".join(without_type(text).split())))
    return Leaf(text.casefold() if ("\\" not in text and has_words(text)) or len(text) == 1 else text)


def _compact(text: str) -> str:
    text = _SPACES.sub("", without_type(text))
    text = _WORDS_JOINT.sub(",", text) if has_words(text) and not _COMPOUND.search(text) else text
    return text.casefold() if text.isalpha() else text


def _based(text: str, depth: int) -> Based | None:
    match = _BASE.fullmatch(without_type(text))
    is_number = match is not None and any(char.isdigit() for char in match[1]) and not match[1][0].islower()
    return Based(match[1].upper(), match[2]) if match and is_number else None


def _union(text: str, depth: int) -> Structure | None:
    if "\\cup" not in text:
        return None
    parts = [_read(part, depth) for part in _split(text, re.compile(r"\\cup(?![A-Za-z])"))]
    if any(isinstance(part, Leaf) for part in parts):
        return _opaque(text)
    finite = [part for part in parts if isinstance(part, Many) and part.opening == "{"]
    members = tuple(dict.fromkeys(item for part in finite for item in part.items))
    rest = [part for part in parts if part not in finite]
    together = [Many("{", "}", members)] if finite else []
    return together[0] if together and not rest else Union((*together, *rest))


def _several(text: str, depth: int) -> Structure | None:
    """Read a list without brackets; "x = 3 or 4" are two values of x."""
    if has_words(text) and "=" not in text:
        return None
    pieces = _split(_JOINT.sub(", ", text), re.compile("[,;]"))
    if not 1 < len(pieces) <= _MOST_ITEMS or not all(piece.strip() for piece in pieces):
        return None
    items = [_read(piece, depth) for piece in pieces]
    names = [item.name if isinstance(item, Named) else None for item in items]
    first = items[0]
    if isinstance(first, Named) and set(names[1:]) <= {None, first.name}:
        values = [item.value if isinstance(item, Named) else item for item in items]
        if all(isinstance(value, Leaf) for value in values):
            return Named(first.name, Many("", "", tuple(values)))
    return Many("", "", tuple(_flat(items)))


def _flat(items: list[Structure]) -> list[Structure]:
    """Take the values of `±3` within a list as members of the list."""
    found: list[Structure] = []
    for item in items:
        found.extend(item.items if isinstance(item, Many) and not item.opening else [item])
    return found


def _related(text: str, depth: int) -> Structure | None:
    """Read an equation, an inequality or a membership."""
    sides, relations = _split_at(text, _RELATION)
    if not relations:
        return None
    if not all(side.strip() for side in sides):
        return _opaque(text)
    if set(relations) <= _EQUALS:
        return _equation(sides, depth)
    if relations == ["\\in"] and _NAME.fullmatch(sides[0].strip()):
        return Named(_name(sides[0]), _read(sides[1], depth))
    if set(relations) <= _FLIPPED.keys():
        return _inequality(sides, relations, depth) or _opaque(text)
    return _opaque(text)


def _equation(sides: list[str], depth: int) -> Structure:
    """Read `x = 5`, `5 = x`, `a = b = 5`, `3 + 4 = 7` and `x + y = 5`."""
    first, last = sides[0].strip(), sides[-1].strip()
    if _NAME.fullmatch(without_type(first)):
        return Named(_name(first), _read(last, depth))
    if _NAME.fullmatch(without_type(last)) and len(sides) == 2:
        return Named(_name(last), _read(first, depth))
    left, right = _leaf_of(first), _leaf_of(last)
    if not _LETTER.search(re.sub(r"\\[A-Za-z]+|\\text\w*\{[^{}]*\}", "", first)) and right.number:
        return right
    return Equation(left, right)


def _leaf_of(text: str) -> Leaf:
    return _simple(text) or _leaf(text)


def _inequality(sides: list[str], relations: list[str], depth: int) -> Named | None:
    r"""Read `x > 3`, `3 < x` and `-2 \le x \le 7` as the interval of what is between."""
    where = [i for i, side in enumerate(sides) if _NAME.fullmatch(without_type(side).strip())]
    if where == [1] and len(sides) == 2:
        sides, relations, where = sides[::-1], [_FLIPPED[relations[0]]], [0]
    if where == [0] and len(sides) == 2:
        (name, bound), (relation,) = sides, relations
        if relation in _BELOW:
            return Named(_name(name), _interval("(", "-\\infty", bound, _BELOW[relation], depth))
        return Named(_name(name), _interval(_ABOVE[relation], bound, "\\infty", ")", depth))
    if where == [1] and len(sides) == 3:
        (low, name, high), (left, right) = sides, relations
        if left in _ABOVE:  # 7 > x > 2
            low, high, left, right = high, low, _FLIPPED[right], _FLIPPED[left]
        if left in _BELOW and right in _BELOW:
            return Named(_name(name), _interval(_ABOVE[_FLIPPED[left]], low, high, _BELOW[right], depth))
    return None


def _interval(opening: str, low: str, high: str, closing: str, depth: int) -> Many:
    return Many(opening, closing, (_read(low, depth), _read(high, depth)))


def _bracketed(text: str, depth: int) -> Structure | None:
    r"""Read `(1,2)`, `[1,2)`, `\{1,2\}` and `{1,2}`; of `(5)` what is within."""
    if text.startswith("\\{") and text.endswith("\\}"):
        opening, inner, closing = "{", text[2:-2], "}"
    elif len(text) > 1 and text[0] in _PAIRS and text[-1] in ")]}":
        opening, inner, closing = text[0], text[1:-1], text[-1]
    else:
        return None
    if not _is_balanced(inner):
        return None
    pieces = _split(inner, re.compile("[,;]"))
    if len(pieces) == 1:
        if opening == "{" and text.startswith("\\"):
            return Many("{", "}", (_read(inner, depth),) if inner.strip() else ())
        return _read(inner, depth) if closing == _PAIRS[opening] and inner.strip() else _opaque(text)
    if len(pieces) > _MOST_ITEMS or not all(piece.strip() for piece in pieces):
        return _opaque(text)
    items = [_read(piece, depth) for piece in pieces]
    return Many(opening, closing, tuple(_flat(items) if opening == "{" else items))


def _matrix(text: str, depth: int) -> Matrix | None:
    match = _MATRIX.fullmatch(text)
    if match is None:
        return None
    rows = [row for row in match[2].split("\\\\") if row.strip()]
    if sum(row.count("&") + 1 for row in rows) > _MOST_ITEMS:
        return None
    return Matrix(tuple(tuple(_read(entry, depth) for entry in row.split("&")) for row in rows))


def _plus_minus(text: str, depth: int) -> Many | None:
    """Read `1 ± 2` as 3 and -1."""
    if "\\pm" not in text:
        return None
    both = [
        _read(text.replace("\\pm", plus).replace("\\mp", minus).strip().removeprefix("+"), depth)
        for plus, minus in ("+-", "-+")
    ]
    return Many("", "", tuple(both))


def _name(text: str) -> str:
    return _SPACES.sub("", without_type(text)).replace(" ", "")


def _split(text: str, separator: re.Pattern[str]) -> list[str]:
    """Split where no bracket is open; a comma between the digits of one number separates nothing."""
    return _split_at(text, separator)[0]


def _split_at(text: str, separator: re.Pattern[str]) -> tuple[list[str], list[str]]:
    """Split, and return what stood between the pieces too."""
    pieces, found, depth, start, i = [], [], 0, 0, 0
    groups_digits = ", " in text
    while i < len(text):
        char = text[i]
        depth += (char in "([{") - (char in ")]}")
        match = separator.match(text, i) if depth == 0 else None
        if match and not (char == "," and groups_digits and _groups(text, i)):
            pieces.append(text[start:i])
            found.append(match[0])
            start = i = match.end()
        else:
            i += 1
    return [*pieces, text[start:]], found


def _groups(text: str, i: int) -> bool:
    """Whether the comma groups the digits of a number, as in `1,234, 5,678`."""
    before, after = text[max(0, i - 3) : i], text[i + 1 : i + 4]
    return before[-1:].isdigit() and len(after) == 3 and after.isdigit() and not text[i + 4 : i + 5].isdigit()


def _is_balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if depth < 0:
            return False
    return depth == 0
