"""The grader for mathematics, with time enough for a slow machine."""

import pytest
from reasontree.plugins.graders.math import MathGrader


@pytest.fixture(scope="session")
def math():
    grader = MathGrader(MathGrader.Options(limit_s=20))
    yield grader
    grader.close()


@pytest.fixture
def is_correct():
    """Say whether a solution's answer is equivalent to a gold answer, as `reason grade` does."""

    def compare(grader, solution, gold):
        answer, wanted = grader.extract(solution), grader.reference(gold)
        return answer is not None and wanted is not None and grader.equivalent(answer, wanted)

    return compare
