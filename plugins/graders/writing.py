r"""One way of writing what people, keyboards and models write in many: mathematics as LaTeX.

`2⁵`, `2**5` and `2^(5)` are `2^{5}`; `⅝` and `5⁄8` are fractions; `\dfrac12` is `\frac{1}{2}`; bold type and
thin spaces say nothing. Nothing here decides what an answer means.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_N_KEPT = 4096  # texts, as the same few answers are asked for again and again
_OTHER_DIGIT = re.compile(r"(?![0-9])\d")
_SYMBOLS = {
    "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "÷": "/", "π": r"\pi ", "∞": r"\infty ",
    "≤": r"\le ", "≥": r"\ge ", "≠": r"\ne ", "≈": r"\approx ", "∪": r"\cup ", "∩": r"\cap ",
    "∈": r"\in ", "±": r"\pm ", "°": r"^\circ ", "−": "-", "θ": r"\theta ", "α": r"\alpha ",
    "β": r"\beta ", "λ": r"\lambda ", "φ": r"\phi ", "⁄": "/", "∕": "/", "ℝ": r"\mathbb{R}", "…": r"\ldots ",
    "℃": r"^\circ C", "℉": r"^\circ F", "⟨": "(", "⟩": ")", "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip
_ASCII = str.maketrans(_SYMBOLS)
_RAISED = {ord(raised): plain for raised, plain in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)}
_LOWERED = {ord(lowered): plain for lowered, plain in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)}
_RAISED_RUN = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_LOWERED_RUN = re.compile(r"[₀₁₂₃₄₅₆₇₈₉]+")
_VULGAR = re.compile(r"[¼-¾⅐-⅞↉]")
_OVERLINE = "\u0305"
_OVERLINED = re.compile(f"((?:\\d{_OVERLINE})+)")  # 0.3̅
_SPACE = re.compile(r"(?<!\\)(?:\\(?:quad|qquad)(?![A-Za-z])|\\[,;:!> ]|~|\\(?=\s))")
_THIN = re.compile(r",?\\[,;:!]\s?(?=\d{3}(?!\d))")  # 10,\!080
_SHOWN = re.compile(
    r"\\(?:left|right|bigl?|bigr?|Bigl?|Bigr?|displaystyle|textstyle|limits|checkmark)(?![A-Za-z])"
)
_TYPE = r"\\(?:math(?:bf|rm|it|sf|tt)|text(?:bf|rm|it|sf|normal)?|mbox|boldsymbol|bm|operatorname\*?)"
_TYPED = re.compile(rf"{_TYPE}\s*\{{([^{{}}]*)\}}")
_BASIS = re.compile(r"\\(?:hat|vec)\s*(?:\{\s*\\?([ijk])(?:math)?\s*\}|\s([ijk])\b)")
_FRAC = re.compile(r"\\[dtc]frac(?![A-Za-z])")
_UNBRACED_FIRST = re.compile(r"\\(frac|binom)\s*([0-9A-Za-z])")
_UNBRACED_SECOND = re.compile(r"\\(frac|binom)\s*(\{[^{}]*\})\s*([0-9A-Za-z])")
_CONSTANT = re.compile(r"\\mathrm\s*(?:\{\s*([ei])\s*\}|\s([ei])(?![A-Za-z]))")
_BINOM = re.compile(r"\\[dt]binom(?![A-Za-z])")
_UNBRACED_TYPE = re.compile(r"\\(math(?:rm|bf|it))\s+([A-Za-z0-9])(?![A-Za-z])")
_UNBRACED_LINE = re.compile(r"\\(overline|bar|dot)\s*(\d)")
_UNBRACED_ROOT = re.compile(r"\\sqrt\s*([0-9A-Za-z])")
_ROOT_OF_BRACKETS = re.compile(r"\\sqrt\s*\(([^()]*)\)")
_PLAIN_ROOT = re.compile(r"(?<![\\A-Za-z])(?:sqrt|√)\s*(?:\(([^()]*)\)|(\d+(?:\.\d+)?|[a-z]))")
_NAMES = re.compile(
    r"(?<![\\A-Za-z])(pi|theta|alpha|beta|gamma|lambda|infty|sin|cos|tan|cot|sec|csc|log|ln|exp|arcsin|arccos|arctan)"
    r"(?![A-Za-z])"
)
_INFINITY = re.compile(r"(?<![\\A-Za-z])(?:infinity|inf)(?![A-Za-z])", re.I)
_STARS = re.compile(r"(?<=[\w)}])\s*\*\*\s*(?=[\w({+-])")
_PRODUCT = re.compile(r"(?<=[\w)}])\s*\*\s*(?=[\w(\\{-])")
_POWER = re.compile(r"\^\s*(?:\(([^()]*)\)|([+-]?\d+(?:\.\d+)?)(?![\d.]))")
_FACTORIAL = re.compile(r"(?<=\d)\s+factorial\b")
_SQUARED = re.compile(r"(?<=[\d)])\s+(squared|cubed)\b(?!\s+[a-z])")
_ORDINAL = re.compile(r"(?<=\d)\s?\^?\{?\s*(?:\\text\s*\{)?(?:th|st|nd|rd)\}?\}?(?![A-Za-z])")
_RELATIONS = (
    (r"\leqslant", r"\le"),
    (r"\geqslant", r"\ge"),
    (r"\leq", r"\le"),
    (r"\geq", r"\ge"),
    (r"\neq", r"\ne"),
)
_ASCII_RELATIONS = (("<=", r"\le "), (">=", r"\ge "), ("!=", r"\ne "))
_JOINED_WORDS = re.compile(r"\\text\w*\s*\{\s*,?\s*(and|or)\s*\}")


def ascii_digits(text: str) -> str:
    """Write the digits of all scripts as 0 to 9: `٤٢` is 42."""
    return (
        text if text.isascii() else _OTHER_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)
    )


@lru_cache(_N_KEPT)
def plain_latex(text: str) -> str:
    """Return an answer in the one writing that the rest of the grader reads."""
    if not text.isascii():
        text = _from_unicode(text)
    text = _JOINED_WORDS.sub(r" \1 ", _SHOWN.sub("", text))
    text = _SPACE.sub(" ", _THIN.sub("", text)).replace("\\$", "$").replace("{,}", ",")
    text = _BASIS.sub(lambda match: match[1] or match[2], text)
    text = _ORDINAL.sub("", _with_short_relations(text))
    text = _with_braces(_NAMES.sub(lambda match: f"\\{match[1]} ", _INFINITY.sub(r"\\infty ", text)))
    text = _SQUARED.sub(lambda match: "^{2}" if match[1] == "squared" else "^{3}", _FACTORIAL.sub("!", text))
    text = _STARS.sub("^", text)
    text = _POWER.sub(lambda match: f"^{{{match[1] or match[2]}}}", _PRODUCT.sub(r" \\cdot ", text))
    return " ".join(text.split())


def without_type(text: str) -> str:
    r"""Take the type off: `\textbf{(B)}` is `(B)`, `\text{Monday}` is `Monday`."""
    if "\\" not in text:
        return text
    text = text.replace("\\$", "$")
    for _ in range(3):  # \text{\bf{…}} and the like
        text, n_found = _TYPED.subn(lambda match: match[1], text)
        if not n_found:
            break
    return text


def _from_unicode(text: str) -> str:
    text = _OVERLINED.sub(lambda match: f"\\overline{{{match[1].replace(_OVERLINE, '')}}}", text)
    text = _VULGAR.sub(lambda match: _fraction(match[0]), text)
    text = _RAISED_RUN.sub(lambda match: f"^{{{match[0].translate(_RAISED)}}}", text)
    return _LOWERED_RUN.sub(lambda match: f"_{{{match[0].translate(_LOWERED)}}}", text).translate(_ASCII)


def _fraction(char: str) -> str:
    above, _, below = unicodedata.normalize("NFKC", char).partition("⁄")
    return f"\\frac{{{above}}}{{{below}}}"


def _with_short_relations(text: str) -> str:
    for long, short in _RELATIONS:
        text = text.replace(long, short)
    for ascii_form, command in _ASCII_RELATIONS:
        text = text.replace(ascii_form, command)
    return text


def _with_braces(text: str) -> str:
    """Give arguments their braces, and roots their LaTeX."""
    text = _BINOM.sub(r"\\binom", _FRAC.sub(r"\\frac", text))
    text = _PLAIN_ROOT.sub(lambda match: f"\\sqrt{{{match[1] or match[2]}}}", text)
    text = _ROOT_OF_BRACKETS.sub(r"\\sqrt{\1}", text)
    text = _CONSTANT.sub(lambda match: match[1] or match[2], text)
    text = _UNBRACED_TYPE.sub(r"\\\1{\2}", text)
    text = _UNBRACED_LINE.sub(r"\\\1{\2}", text)
    text = _UNBRACED_ROOT.sub(r"\\sqrt{\1}", text)
    return _UNBRACED_SECOND.sub(r"\\\1\2{\3}", _UNBRACED_FIRST.sub(r"\\\1{\2}", text))
