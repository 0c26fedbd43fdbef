r"""Whether computer algebra understands all of a formula, and how it is written for it.

latex2sympy drops some of what it does not know (`x'`, `\pmod 7`), and adds what stands side by side (`3 4`).
So a formula passes only if each token of it is one of those that were tried.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\.\d+|[A-Za-z]+|\s+|.", re.S)
_KNOWN = (
    "frac sqrt binom pi cdot times div sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh "
    "log ln exp infty alpha beta gamma delta epsilon theta lambda mu rho sigma tau phi varphi omega "
    "lfloor rfloor lceil rceil"
)
_COMMANDS = frozenset(_KNOWN.split())
_SIGNS = frozenset("+-/^_(){}|!")
_UNITS = re.compile(
    r"(?<=[\d})\]])(?:\s*\\(?:text\w*|mathrm|mbox|operatorname)\s*\{(?!\s*[ie]\s*\})[^{}]*\}(?:\^\{?\d\}?)?)+$"
    r"|(?<=[\d})\]])\s+(?!and\b|or\b)[a-z]{2,}(?:\s+[a-z]{3,}){0,2}(?:\^\{?\d\}?)?$"
)
_DEGREES = re.compile(r"\^?\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))")
_TYPED_LETTER = re.compile(r"\\(?:math(?:rm|bf|it)|text\w*|boldsymbol)\s*\{\s*([A-Za-z]|\d+(?:\.\d+)?)\s*\}")
_NUMBERS_SIDE_BY_SIDE = re.compile(r"\d\s+\d")
_INDEX = re.compile(r"[A-Za-z]\s*_\s*(?:\{[^{}]*\}|\w)|\\log\s*_\s*(?:\{[^{}]*\}|\w)")
_ORDER_OF_ROOT = re.compile(r"\\sqrt\s*\[\s*\d+\s*\]")
_TRIGONOMETRIC = re.compile(r"\\(?:sin|cos|tan|cot|sec|csc)")


def formula_latex(text: str) -> str | None:
    """Return what latex2sympy shall read, None where it would not understand all of it.

    Args:
        text: In the writing of `plain_latex`.
    """
    text = _TYPED_LETTER.sub(r"\1", _UNITS.sub("", text))
    if _DEGREES.search(text):
        if _TRIGONOMETRIC.search(text):
            return None
        text = _DEGREES.sub("", text)
    if not text.strip() or _NUMBERS_SIDE_BY_SIDE.search(text):
        return None
    if text.count("_") != len(_INDEX.findall(text)):
        return None
    tokens = _TOKEN.findall(_ORDER_OF_ROOT.sub(r"\\sqrt", text))
    return text.strip() if all(map(_is_known, tokens)) else None


def _is_known(token: str) -> bool:
    if token.startswith("\\"):
        return token[1:] in _COMMANDS
    if token.isalpha():
        return token.isascii() and len(token) <= 3
    return token in _SIGNS or token.isspace() or token[0].isdigit() or token[0] == "."
