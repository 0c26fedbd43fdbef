"""The contract of a grader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from ..kinds import Grader
from ..records import Answer
from .expecting import expect, expect_declared, surviving

HOSTILE = (
    "",
    " \n\t",
    "\x00\x1b[2J\x07",
    "\ud800",
    "\u202e24 :si rewsna ehT",
    "The answer is: ",
    "The answer is: " * 500,
    "\\boxed{" * 200,
    "The answer is: " + "(" * 500,
    "The answer is: " + "9" * 5_000,
    "The answer is: 9^{9^{9^{9}}}",
    "The answer is: \\frac{1}{0}",
    "The answer is: __import__('os')",
    "a" * 100_000,
)


class GraderContract:
    """What every grader keeps.

    Attributes:
        grader: The class under test.
        options: Its options by name, as a user would give them; the defaults if not given.
        solutions: Solutions with the answer that each one gives, or None where it gives none.
        equal: Pairs of answers that mean the same.
        different: Pairs of answers that do not.
    """

    grader: ClassVar[type[Grader]]
    options: ClassVar[Mapping[str, Any]] = {}
    solutions: ClassVar[Mapping[str, str | None]] = {"6 shelves, 45 books each.\nThe answer is: 270": "270"}
    equal: ClassVar[Sequence[tuple[str, str]]] = [("270", "270")]
    different: ClassVar[Sequence[tuple[str, str]]] = [("270", "271")]

    def make(self) -> Grader:
        """Make the grader as a run makes it."""
        options = expect_declared("grader", self.grader, self.options)
        grader: Grader = self.grader(options)  # type: ignore[call-arg]
        return grader

    def test_it_can_be_registered(self) -> None:
        """It has a name and options."""
        expect_declared("grader", self.grader, self.options)

    def test_it_reads_answers_out_of_solutions(self) -> None:
        """Of each example it reads the answer that stands there."""
        with self._opened() as grader:
            for text, answer in self.solutions.items():
                read = grader.extract(text)
                wanted = None if answer is None else self._reference(grader, answer)
                is_right = (
                    read is wanted if read is None or wanted is None else grader.equivalent(read, wanted)
                )
                expect(is_right, f"{self._who} reads {read} out of {text!r}; {answer!r} is wanted")

    def test_an_answer_equals_itself(self) -> None:
        """Equivalence is reflexive, and equal canonical forms are equivalent."""
        with self._opened() as grader:
            for answer in self._answers(grader):
                expect(grader.equivalent(answer, answer), f"{self._who}: {answer} is not equal to itself")
                twin = Answer(f" {answer.text} ", answer.canonical)
                expect(grader.equivalent(answer, twin), f"{self._who}: {answer} is not equal to {twin}")

    def test_it_compares_as_it_should_both_ways(self) -> None:
        """Equal pairs are equal and different ones are not, whichever comes first."""
        pairs = [(pair, True) for pair in self.equal] + [(pair, False) for pair in self.different]
        with self._opened() as grader:
            for (one, other), wanted in pairs:
                for first, second in ((one, other), (other, one)):
                    answers = self._reference(grader, first), self._reference(grader, second)
                    said = "equal" if wanted else "different"
                    expect(
                        grader.equivalent(*answers) is wanted,
                        f"{self._who}: {first!r} and {second!r} should be {said}, in this order",
                    )

    def test_it_never_raises(self) -> None:
        """Whatever a model writes is read, or not, and compared, or not, without an error."""
        with self._opened() as grader:
            some = next(self._answers(grader), Answer("270", "270"))
            for text in HOSTILE:
                for read in (grader.extract, grader.reference):
                    with surviving(self._who, f"at the text {text!r:.60}"):
                        self._expect_read(grader, text, read(text), some)

    def test_it_is_deterministic(self) -> None:
        """The same text is read in the same way again."""
        with self._opened() as grader, self._opened() as again:
            for text in (*self.solutions, *HOSTILE):
                one, other = grader.extract(text), again.extract(text)
                expect(one == other, f"{self._who} reads {one} and then {other} out of {text!r:.60}")

    @property
    def _who(self) -> str:
        return f"grader '{self.grader.name}'"

    @contextmanager
    def _opened(self) -> Iterator[Grader]:
        grader = self.make()
        yield grader
        with surviving(self._who, "to close"):
            grader.close()

    def _answers(self, grader: Grader) -> Iterator[Answer]:
        texts = dict.fromkeys(text for pair in (*self.equal, *self.different) for text in pair)
        return (self._reference(grader, text) for text in texts)

    def _reference(self, grader: Grader, text: str) -> Answer:
        answer = grader.reference(text)
        if answer is None:
            expect(False, f"{self._who} does not read the answer {text!r}")
            raise AssertionError("expect has raised")
        return answer

    def _expect_read(self, grader: Grader, text: str, read: Any, some: Answer) -> None:
        if read is None:
            return
        is_answer = (
            isinstance(read, Answer) and isinstance(read.text, str) and isinstance(read.canonical, str)
        )
        expect(is_answer, f"{self._who} reads {read!r:.60} out of {text!r:.60}; an Answer or None is wanted")
        for answers in ((read, some), (some, read), (read, read)):
            said = grader.equivalent(*answers)
            expect(
                isinstance(said, bool),
                f"{self._who} answers {said!r:.60} when it compares; True or False is wanted",
            )
