"""The grader for mathematics: numbers as people write them, and math-verify for what is left."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import Field

from ...core import Answer, Grader, Options, hookimpl
from .colons import read_colons, same_colons
from .extraction import alone, find_answer, marks_answer
from .forms import canonical, latex
from .formulas import bare
from .numbers import Number, plain_number, same_number
from .symbolic import OverLimitError, SymbolicWorker

_N_REMEMBERED = 100_000
_LONGEST_REFERENCE = 400
_LONGEST = 200_000  # characters of a text that are looked at, from its end
_LONGEST_FOR_MATH_VERIFY = 4000
_MAY_HOLD_MATHS = re.compile(r"\d|\$|\\[(\[]|\\frac|\\sqrt|\\pi")
_SAYS_A_VALUE = re.compile(r"\d|\\|=")
_NO_TEXT = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
_INVISIBLE = re.compile(r"[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # １２ is 12


class MathOptions(Options):
    """What a request to math-verify may take."""

    limit_s: float = Field(5.0, gt=0, le=600, description="Seconds for one request to math-verify.")
    memory_mb: int = Field(2048, ge=512, description="MiB that math-verify's process may allocate.")


class MathGrader(Grader):
    """Reads answers of mathematical problems and compares them as a person would."""

    name = "math"
    Options = MathOptions

    def __init__(self, options: MathOptions) -> None:
        self._worker = SymbolicWorker(options.limit_s, options.memory_mb)
        self._known: dict[tuple[str, str], bool] = {}
        self._endless: set[str] = set()

    def extract(self, text: str) -> Answer | None:
        """Read the answer out of a solution, or an answer that stands alone."""
        text = _clean(text)
        return _answer(alone(text) or find_answer(text) or self._read_by_math_verify(text))

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
        plain = _plainly_same(one, other)
        return self._compare(one, other) if plain is None else plain

    def close(self) -> None:
        """End the worker process."""
        self._worker.close()

    def _read_by_math_verify(self, text: str) -> str | None:
        """Ask math-verify for what our own rules do not find; a letter alone is a variable and no answer."""
        if not _MAY_HOLD_MATHS.search(text):
            return None
        try:
            found = self._worker.extract(text[-_LONGEST_FOR_MATH_VERIFY:])
        except OverLimitError:
            return None
        return found if found and len(found) <= _LONGEST_REFERENCE and _SAYS_A_VALUE.search(found) else None

    def _compare(self, one: Answer, other: Answer) -> bool:
        """Ask math-verify, once for each pair."""
        first, second = latex(one.text), latex(other.text)
        if first is None or second is None:
            return False
        pair = min(first, second), max(first, second)
        if pair not in self._known:
            if len(self._known) >= _N_REMEMBERED:
                self._known.clear()
                self._endless.clear()
            self._known[pair] = self._symbolically_equal(*pair)
        return self._known[pair]

    def _symbolically_equal(self, one: str, other: str) -> bool:
        """Compare; what cannot be compared is remembered, so that it is waited for once and not per pair."""
        if one in self._endless or other in self._endless:
            return False
        try:
            return self._worker.equal(one, other)
        except OverLimitError:
            self._endless.update(text for text in (one, other) if self._is_endless(text))
            return False

    def _is_endless(self, text: str) -> bool:
        if plain_number(text):
            return False
        try:
            self._worker.equal(text, "0")
        except OverLimitError:
            return True
        return False


def _answer(text: str | None) -> Answer | None:
    return Answer(text, canonical(text)) if text else None


def _plainly_same(one: Answer, other: Answer) -> bool | None:
    """Compare numbers, times and ratios; None where they are not all of these."""
    numbers = _number(one), _number(other)
    if numbers[0] and numbers[1]:
        return same_number(numbers[0], numbers[1])
    colons = read_colons(one.text), read_colons(other.text)
    if colons[0] and colons[1]:
        return same_colons(colons[0], colons[1])
    ratio, number = colons[0] or colons[1], numbers[0] or numbers[1]
    return ratio.quotient == number.value if ratio and number else None


def _number(answer: Answer) -> Number | None:
    """Read a number as it was written or, of `x = 5`, as it was simplified."""
    return plain_number(answer.text) or plain_number(answer.canonical)


def _clean(text: str) -> str:
    """Take out what no answer contains: control characters, surrogates, and what nobody sees."""
    return _INVISIBLE.sub("", _NO_TEXT.sub(" ", text[-_LONGEST:])).translate(_FULL_WIDTH)


@hookimpl
def register_graders() -> Iterable[type[Grader]]:
    """Register the grader for mathematics."""
    return [MathGrader]
