r"""Formulas within text: their delimiters (`\( \)`, `\[ \]`, `$ $`, `$$ $$`), boxes, and how to tell prose.

Nothing here scans a text more often than a fixed number of times, whatever a model writes.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_FORMULA = re.compile(
    r"\\\((.{1,1000}?)\\\)|\\\[(.{1,1000}?)\\\]|\$\$(.{1,1000}?)\$\$"
    r"|\\begin\{(?:align|equation|gather)\*?\}(.{1,1000}?)\\end\{(?:align|equation|gather)\*?\}"
    r"|(?<![\\$])\$(?=\S)((?:\\\$|[^$\n]){1,1000}?)(?<=[^\s\\])\$(?!\d)",
    re.S,
)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?:\{|(?=[^\s{]))")
_UNBRACED = re.compile(r"(?:(?!\\[)\]])[^\s${},;])(?:(?!\\[)\]])(?:[^\s${},;]|\{[^{}]*\}|,(?=\d{3}(?!\d))))*")
_BETWEEN_BOXES = re.compile(
    r"\s*(?:\$|\\[)\]])?\s*(?:,|;|(?:,\s*)?(?:\\text\w*\{\s*)?(?:and|or|y|et|und|e|ou|и|和)(?:\s*\})?)\s*(?:\$|\\[(\[])?\s*"
)
_N_BOXES_TRIED = 8
_TEXT = re.compile(r"\\(?:text\w*|mathrm|mbox|operatorname)\s*\{[^{}]*\}")
_COMMAND = re.compile(r"\\(?:begin|end)\s*\{\w+\*?\}|\\[A-Za-z]+")
_WORD = re.compile(
    r"[A-Za-z]{3,}|[^\W\d_A-Za-z\u0370-\u03ff]{2,}|[\u0370-\u03ff]{4,}|[\u3400-\u9fff]|\b(?:[Ss]o|[Ii]s|[Ii]t|[Ww]e|[Hh]e|[Oo]f|[Tt]o|[Bb]y|[Aa]t|[Aa]s|[Bb]e)\b"
)  # ab may be a product
_MATHS_WORD = re.compile(
    r"sqrt|cbrt|abs|(?:arc)?(?:sin|cos|tan)h?|cot|sec|csc|log|exp|mod|gcd|lcm|max|min|inf(?:inity)?"
    r"|theta|alpha|beta|gamma|lambda|phi|and",
    re.I,
)
_JOINT = re.compile(r"\s*(?:,|and|or|,\s*and|,\s*or)\s*(?=\$|\\\(|\\\[)")
_N_JOINED = 10
_SYSTEM = re.compile(r"[A-Za-z]\s*=[^=]{1,100},[^=(]{0,9}[A-Za-z]\s*=")
_QUOTED = re.compile(r"'[^']+'|\"[^\"]+\"|“[^“”]+”|「[^「」]+」")
_GOES_ON = re.compile(r"\d\.\d+\.\.\.$")
_EXCLAIMED = re.compile(r"(?<![\d)}!])!+$")  # 5! is a factorial


class Formula(NamedTuple):
    """A formula without its delimiters, and where it ends in the text."""

    text: str
    end: int


def has_words(text: str) -> bool:
    r"""Whether there is prose in it: words that are neither in \text{} nor the names of functions."""
    words = _WORD.findall(_COMMAND.sub(" ", _TEXT.sub(" ", text)))
    return any(not _MATHS_WORD.fullmatch(word) for word in words)


def bare(text: str) -> str:
    """Take delimiters, boxes, bold type, a leading equals sign and a closing full stop off an answer."""
    text = text.strip().strip("*`").strip().strip("_").strip()
    text = text[1:-1].strip() if _QUOTED.fullmatch(text) else text
    match = _FORMULA.fullmatch(text.rstrip("."))
    if match:
        return _inner(match)
    box = last_box(text)
    return box if box is not None else _EXCLAIMED.sub("", _trimmed(text))


def last_box(text: str) -> str | None:
    r"""Return what stands in the last \boxed{…} that is closed and not empty.

    Boxes with nothing but commas, "and" or "or" between them are one answer: a list.
    """
    found: list[str] = []
    begin = len(text)
    for match in reversed([*_BOX.finditer(text)][-_N_BOXES_TRIED:]):
        inner, end = _boxed(text, match)
        if not inner.strip():
            continue
        if found and not _BETWEEN_BOXES.fullmatch(text, end, begin):
            break
        found.append(_unwrapped(inner))
        begin = match.start()
    return ", ".join(dict.fromkeys(reversed(found))) or None


def _boxed(text: str, match: re.Match[str]) -> tuple[str, int]:
    r"""Return what a box holds and where it ends; people write `\boxed 42` and mean both digits."""
    if match[0].endswith("{"):
        inner = _balanced(text, match.end())
        return (inner, match.end() + len(inner) + 1) if inner is not None else ("", match.end())
    unbraced = _UNBRACED.match(text, match.end())
    return (unbraced[0].rstrip(".:!?"), unbraced.end()) if unbraced else ("", match.end())


def first_formula(text: str) -> Formula | None:
    """Return the formula that a text begins with; "$1$, $2$ and $3$" is one answer."""
    match = _formula_at(text, 0)
    if match is None:
        return None
    found, end = [_inner(match)], match.end()
    while len(found) < _N_JOINED and (joint := _JOINT.match(text, end)):
        match = _formula_at(text, joint.end())
        if match is None:
            break
        found.append(_inner(match))
        end = match.end()
    return Formula(", ".join(found), end)


def last_formula(text: str) -> Formula | None:
    """Return the last formula of a text that says more than one letter.

    Of a chain of equations it is the last side.
    """
    found = [*_FORMULA.finditer(text)]
    for match in reversed(found[-_N_JOINED:]):
        formula = _inner(match)
        if (len(formula) > 1 or formula.isdigit()) and not has_words(formula):
            return Formula(_last_side(formula), match.end())
    return None


def _last_side(formula: str) -> str:
    """Return what a formula comes to: `a = b = 5` to 5, but `x = 1, y = 2` to itself."""
    side = formula.rpartition("=")[2].strip(" &\n").removesuffix("\\\\").strip()
    return side if side and not _SYSTEM.search(formula) else formula


def _formula_at(text: str, start: int) -> re.Match[str] | None:
    match = _FORMULA.match(text, start)
    return match if match and not has_words(_inner(match)) else None


def _inner(match: re.Match[str]) -> str:
    return _unwrapped(next(group for group in match.groups() if group is not None))


def _unwrapped(text: str) -> str:
    """Go on into delimiters within delimiters, `\\[ \\boxed{5} \\]`, as deep as people write them."""
    box = last_box(text) if "boxed" in text or "fbox" in text else None
    if box is not None:
        return box
    match = _FORMULA.fullmatch(text.strip())
    return _trimmed(next(group for group in match.groups() if group) if match else text)


def _trimmed(text: str) -> str:
    """Take off what closes a sentence, but not the points of a decimal that goes on, `0.333...`."""
    text = text.strip().lstrip("=≈").strip().removeprefix("\\approx").strip()
    return text if _GOES_ON.search(text) else text.rstrip(".,;:。").strip()


def _balanced(text: str, start: int) -> str | None:
    """Return the text up to the brace that closes the one before `start`."""
    depth = 1
    for i in range(start, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[start:i]
    return None
