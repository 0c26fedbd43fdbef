"""The grader for mathematics: answers read as a person reads them, and computer algebra for formulas."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import Field

from ...core import Answer, Grader, Options, hookimpl
from .algebra import RememberedAlgebra
from .choices import LabelledChoice, read_choice
from .extraction import alone, find_answer, marks_answer
from .formulas import bare
from .languages import with_decimal_points
from .sameness import same
from .structures import canonical, read
from .symbolic import OverLimitError, SymbolicWorker
from .writing import ascii_digits, without_type

_LONGEST_REFERENCE = 400
_LONGEST = 200_000  # characters of a text that are looked at, from its end
_LONGEST_FOR_MATH_VERIFY = 4000
_MAY_HOLD_MATHS = re.compile(r"\d|\$|\\[(\[]|\\frac|\\sqrt|\\pi")
_SAYS_A_VALUE = re.compile(r"\d|\\|=")
_NO_TEXT = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
_INVISIBLE = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_ESCAPED = re.compile(r"\\([$%&#_])")
_THIN_SPACE = re.compile(r"\\[,;:! ]|(?<!\\)~")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # １２ is 12


class MathOptions(Options):
    """What a comparison of formulas may take."""

    limit_s: float = Field(5.0, gt=0, le=600, description="Seconds for one comparison of formulas.")
    memory_mb: int = Field(2048, ge=512, description="MiB that the process which compares may allocate.")


class MathGrader(Grader):
    """Reads answers of mathematical problems and compares them as a person would."""

    name = "math"
    Options = MathOptions

    def __init__(self, options: MathOptions) -> None:
        self._worker = SymbolicWorker(options.limit_s, options.memory_mb)
        self._algebra = RememberedAlgebra(self._worker)

    def extract(self, text: str) -> Answer | None:
        """Read the answer out of a solution, or an answer that stands alone."""
        text = _clean(text)
        found = alone(text) or find_answer(text)
        return _answer(self._read_by_math_verify(text) if found is None else found)

    def reference(self, text: str) -> Answer | None:
        """Read a gold answer: all of the text, unless it is a solution that marks its answer."""
        text = _clean(text)
        if len(text) > _LONGEST_REFERENCE or marks_answer(text):
            return self.extract(text)
        return _answer(bare(text))

    def equivalent(self, one: Answer, other: Answer) -> bool:
        """Decide whether two answers mean the same."""
        if one.canonical == other.canonical:
            return True
        first, second = read_choice(one.text), read_choice(other.text)
        if first and second:
            return first.label == second.label
        if first:
            return self._says(first, other)
        if second:
            return self._says(second, one)
        return same(read(one.text), read(other.text), self._algebra)

    def close(self) -> None:
        """End the worker process."""
        self._worker.close()

    def _says(self, choice: LabelledChoice, answer: Answer) -> bool:
        """Whether an answer without a label is what a choice says."""
        return bool(choice.content) and same(read(choice.content), read(answer.text), self._algebra)

    def _read_by_math_verify(self, text: str) -> str | None:
        """Ask math-verify for what our own rules do not find; a letter alone is a variable and no answer."""
        if not _MAY_HOLD_MATHS.search(text):
            return None
        try:
            found = self._worker.extract(text[-_LONGEST_FOR_MATH_VERIFY:])
        except OverLimitError:
            return None
        return found if found and len(found) <= _LONGEST_REFERENCE and _SAYS_A_VALUE.search(found) else None


def _answer(text: str | None) -> Answer | None:
    if not text:
        return None
    shown = _shown(text)
    return Answer(shown, _canonical(shown))


def _canonical(text: str) -> str:
    choice = read_choice(text)
    return choice.label.casefold() if choice else canonical(read(text))


def _shown(text: str) -> str:
    r"""Return an answer as a person writes it, `Monday` for `\text{Monday}`, where that needs no LaTeX."""
    if "\\" not in text:
        return text
    plain = " ".join(_ESCAPED.sub(r"\1", _THIN_SPACE.sub(" ", without_type(text))).split())
    return plain if plain and "\\" not in plain and _canonical(plain) == _canonical(text) else text


def _clean(text: str) -> str:
    """Take out what no answer contains: control characters, surrogates, and what nobody sees."""
    text = _INVISIBLE.sub("", _NO_TEXT.sub(" ", text[-_LONGEST:])).translate(_FULL_WIDTH)
    return with_decimal_points(ascii_digits(text))


@hookimpl
def register_graders() -> Iterable[type[Grader]]:
    """Register the grader for mathematics."""
    return [MathGrader]
