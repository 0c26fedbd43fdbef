"""Every check of a grader's contract can fail: for each, a grader that breaks it, and the words it gets."""

import itertools

import pytest
from reasontree.core import (
    Answer,
)
from reasontree.core.testing import (
    GraderContract,
    PlainGrader,
)

from .breaking import checks_of, fails


class OptionlessGrader(PlainGrader):
    Options = None


class Deaf(PlainGrader):
    """Reads no answer out of any solution."""

    def extract(self, text):
        return None

    def reference(self, text):
        return Answer(text, text)


class Sceptic(PlainGrader):
    """Believes in letters alone, not in its own canonical form."""

    def equivalent(self, one, other):
        return one.text == other.text


class Climber(PlainGrader):
    """Takes an answer for equal to all that come after it in the alphabet."""

    def equivalent(self, one, other):
        return one.text <= other.text


class Literal(PlainGrader):
    """Believes that answers are whole numbers."""

    def extract(self, text):
        answer = super().extract(text)
        return answer and Answer(answer.text, str(int(answer.text)))


class Forgetful(PlainGrader):
    """Reads other canonical forms each time."""

    number = itertools.count()

    def extract(self, text):
        return Answer("270", f"270 #{next(self.number)}")


GRADERS = [
    ("test_it_can_be_registered", OptionlessGrader, "needs Options"),
    ("test_it_reads_answers_out_of_solutions", Deaf, "reads None out of .* '270' is wanted"),
    ("test_an_answer_equals_itself", Sceptic, "is not equal to Answer"),
    ("test_it_compares_as_it_should_both_ways", Climber, "should be different, in this order"),
    ("test_it_never_raises", Literal, "fails at the text.*ValueError"),
    ("test_it_is_deterministic", Forgetful, "and then"),
]


@pytest.mark.parametrize(("check", "grader", "words"), GRADERS)
def test_a_broken_grader_fails_its_check(check, grader, words):
    fails(GraderContract, "grader", grader, check, words)


def test_every_check_of_a_grader_has_a_broken_one():
    assert {check for check, *_ in GRADERS} == checks_of(GraderContract)


class TestPlain(GraderContract):
    grader = PlainGrader
