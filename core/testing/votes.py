"""The contract of a vote."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations, permutations
from typing import Any, ClassVar

import numpy as np

from ..kinds import Vote
from ..records import Answer, Solution
from ..vote import WeighsSubsets, weigher_of_subsets
from .expecting import expect, expect_declared, surviving

_ROUND_OFF = 1e-9
_CLASSES: tuple[tuple[float, ...], ...] = (
    (0.0,),
    (1.0,),
    (0.3,),
    (0.0, 0.0),
    (1.0, 1.0, 1.0),
    (0.2, 0.9, 0.4, 0.4),
    (1e-12, 0.5, 1.0, 0.7),
)


class VoteContract:
    """What every vote keeps.

    Attributes:
        vote: The class under test.
        options: Its options by name, as a user would give them; the defaults if not given.
    """

    vote: ClassVar[type[Vote]]
    options: ClassVar[Mapping[str, Any]] = {}

    def make(self) -> Vote:
        """Make the vote as a run makes it."""
        options = expect_declared("vote", self.vote, self.options)
        vote: Vote = self.vote(options)
        return vote

    def test_it_can_be_registered(self) -> None:
        """It has a name and options."""
        self.make()

    def test_its_weights_are_finite(self) -> None:
        """Weights are numbers, and none is below 0 unless the vote says that it `weighs_below_0`."""
        for scores in _CLASSES:
            self._expect_weight(self._weigh(_solutions(scores)), f"the scores {scores}")

    def test_order_does_not_matter(self) -> None:
        """A class weighs the same whichever of its solutions came first."""
        for scores in _CLASSES:
            weight = self._weigh(_solutions(scores))
            for order in permutations(_solutions(scores)):
                other = self._weigh(order)
                expect(
                    math.isclose(weight, other, rel_tol=_ROUND_OFF),
                    f"{self._who} weighs the scores {scores} as {weight}, and "
                    f"{tuple(each.score for each in order)} as {other}",
                )

    def test_a_higher_score_never_weighs_less(self) -> None:
        """Raising the score of a solution does not lower the weight of its class."""
        for scores in _CLASSES:
            for i, score in enumerate(scores):
                better = (*scores[:i], min(1.0, score + 0.1), *scores[i + 1 :])
                expect(
                    self._weigh(_solutions(better)) >= self._weigh(_solutions(scores)) - _ROUND_OFF,
                    f"{self._who} weighs the scores {better} less than {scores}",
                )

    def test_it_weighs_each_class_of_several(self) -> None:
        """`weigh_all` gives a weight for each class, in their order, whichever class came first."""
        classes = [_solutions(scores, first=10 * i) for i, scores in enumerate(_CLASSES)]
        weights = self._weigh_all(classes)
        for scores, weight in zip(_CLASSES, weights, strict=True):
            self._expect_weight(weight, f"the scores {scores} among others")
        for start in range(len(classes)):
            turned = [*weights[start:], *weights[:start]]
            again = self._weigh_all([*classes[start:], *classes[:start]])
            expect(
                all(math.isclose(*pair, rel_tol=_ROUND_OFF) for pair in zip(turned, again, strict=True)),
                f"{self._who} weighs classes as {turned}, and in another order as {again}",
            )
        self._weigh_all([])

    def test_it_is_deterministic(self) -> None:
        """The same solutions weigh the same again."""
        vote = self.make()
        for scores in _CLASSES:
            weights = [vote.weigh(_solutions(scores)) for _ in range(3)]
            expect(len(set(weights)) == 1, f"{self._who} weighs the scores {scores} as {weights} in turn")

    def test_it_weighs_many_subsets_as_it_weighs_each(self) -> None:
        """If it has `weigh_subsets`, that returns what `weigh` returns for every subset."""
        vote = self.make()
        for scores in _CLASSES if isinstance(vote, WeighsSubsets) else ():
            solutions = _solutions(scores)
            subsets = [each for n in range(1, len(scores) + 1) for each in combinations(solutions, n)]
            chosen = np.array([[one in each for each in subsets] for one in solutions])
            with surviving(self._who, f"at subsets of the scores {scores}"):
                weights = weigher_of_subsets(vote)(solutions, chosen)
            for subset, weight in zip(subsets, weights, strict=True):
                wanted = vote.weigh(subset)
                expect(
                    math.isclose(weight, wanted, rel_tol=_ROUND_OFF),
                    f"{self._who} weighs {subset} as {weight} among many, and as {wanted} alone",
                )

    @property
    def _who(self) -> str:
        return f"vote '{self.vote.name}'"

    def _weigh(self, solutions: Sequence[Solution]) -> float:
        with surviving(self._who, f"at the scores {[each.score for each in solutions]}"):
            return self.make().weigh(solutions)

    def _weigh_all(self, classes: Sequence[Sequence[Solution]]) -> list[float]:
        with surviving(self._who, f"at {len(classes)} classes"):
            weights = list(self.make().weigh_all(classes))
        expect(
            len(weights) == len(classes),
            f"{self._who} gives {len(weights)} weights for {len(classes)} classes; one for each is wanted",
        )
        return weights

    def _expect_weight(self, weight: float, what: str) -> None:
        expect(
            math.isfinite(weight) and (weight >= 0 or self.vote.weighs_below_0),
            f"{self._who} weighs {what} as {weight}; a finite number from 0 up is wanted",
        )


def _solutions(scores: Sequence[float], first: int = 1) -> list[Solution]:
    """Return one class of equivalent solutions, of several lengths, whose last step has the score."""
    return [
        Solution(
            node=2 * (first + i),
            answer=Answer("42", "42"),
            score=scores[i],
            text=f"Step 1 of {i}.\nThe answer is: 42",
            n_tokens=6 + 2 * i,
            path=(2 * (first + i) - 1, 2 * (first + i)),
            step_scores=(0.5, scores[i]),
        )
        for i in range(len(scores))
    ]
