"""The grader for mathematics: numbers as people write them, and math-verify for everything else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pydantic import Field

from ...core import Answer, Grader, Options, hookimpl
from .extraction import bare, find_answer
from .numbers import Number, plain_number, same_number
from .symbolic import SymbolicComparison

_N_REMEMBERED = 100_000
_LONGEST_REFERENCE = 400
_LONGEST_ALONE = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_COMMAND = re.compile(r"\\(?:begin|end)\{\w+\}|\\[A-Za-z]+")
_SPACING = re.compile(r"\\(?:left|right|displaystyle|!|,|;|:|quad|qquad)(?![A-Za-z])|\s+")
_WORDS = re.compile(r"\\(?:text|textbf|mathrm|mbox)\{([^{}]*)\}")


class MathOptions(Options):
    """How long a comparison may take."""

    limit_s: float = Field(5.0, gt=0, le=600, description="Seconds for one comparison by math-verify.")


class MathGrader:
    """Reads answers of mathematical problems and compares them as a person would."""

    name = "math"
    Options = MathOptions

    def __init__(self, options: MathOptions) -> None:
        self._symbolic = SymbolicComparison(options.limit_s)
        self._known: dict[tuple[str, str], bool] = {}

    def extract(self, text: str) -> Answer | None:
        """Read the answer out of a solution, or a gold answer that stands alone."""
        text = _clean(text)
        answer = _alone(text) or find_answer(text)
        return None if answer is None else Answer(answer, canonical(answer))

    def reference(self, text: str) -> Answer | None:
        """Read a gold answer: all of the text, unless it is a solution that marks its answer."""
        if "\\boxed" in text or "####" in text or len(text) > _LONGEST_REFERENCE:
            return self.extract(text)
        answer = bare(_clean(text))
        return Answer(answer, canonical(answer)) if answer else None

    def equivalent(self, one: Answer, other: Answer) -> bool:
        """Decide whether two answers mean the same."""
        if one.canonical == other.canonical:
            return True
        numbers = plain_number(one.text), plain_number(other.text)
        if numbers[0] is not None and numbers[1] is not None:
            return same_number(numbers[0], numbers[1])
        return self._compare(*sorted((one.canonical, other.canonical)))

    def close(self) -> None:
        """End the worker process."""
        self._symbolic.close()

    def _compare(self, one: str, other: str) -> bool:
        if not (_is_maths(one) and _is_maths(other)):
            return False
        known = self._known.get((one, other))
        if known is None:
            if len(self._known) >= _N_REMEMBERED:
                self._known.clear()
            known = self._known[one, other] = self._symbolic.equal(one, other)
        return known


def _clean(text: str) -> str:
    """Replace what no answer contains: control characters, and surrogates, which cannot be encoded."""
    return _CONTROL.sub(" ", text.encode("utf-8", "replace").decode())


def canonical(answer: str) -> str:
    """Return a form that is equal for answers that differ in their writing alone."""
    number = plain_number(answer)
    if number is not None:
        return _number_form(number)
    words = _WORDS.sub(lambda match: match[1], answer)
    plain = words.replace("dfrac", "frac").replace("tfrac", "frac").replace("\\$", "")
    plain = _SPACING.sub("", plain)
    plain = plain.rpartition("=")[2] if re.fullmatch(r"[A-Za-z]\w{0,2}(?:\(\w\))?=[^=]+", plain) else plain
    number = plain_number(plain)
    return _number_form(number) if number else plain.lower() if plain.isalpha() else plain


def _number_form(number: Number) -> str:
    return str(number.value)


def _alone(text: str) -> str | None:
    """Return a short text that is nothing but an answer; a sentence is none."""
    answer = bare(text)
    if len(text) > _LONGEST_ALONE or "\n" in text.strip() or "####" in text or "boxed" in text:
        return None
    words = _WORD.findall(_COMMAND.sub(" ", _WORDS.sub(" ", answer)))
    is_alone = not words or words == [answer] or plain_number(answer) is not None
    return answer if answer and is_alone else None


def _is_maths(text: str) -> bool:
    """Whether math-verify could make anything of it: words without a digit or sign are no mathematics."""
    return len(text) <= 400 and not (text.isalpha() and len(text) > 2)


@hookimpl
def register_graders() -> Iterable[type[Grader]]:
    """Register the grader for mathematics."""
    return [MathGrader]
