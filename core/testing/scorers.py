"""The contract of a scorer."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from ..kinds import Policy, Scorer
from ..models import ModelFile
from ..records import End, Limits, Problem, Sampling, Step
from ..requests import Proposal, ProposeRequest, ScoreRequest, Scores
from ..seeds import derive
from .doubles import Reasoner
from .expecting import expect, expect_declared, surviving

_LONGEST_WAIT = 100_000  # calls
_HOSTILE = ("", "\x00\x1b[2J", "∮ٱ𝔸\u202e", "\\frac{{{", "a" * 20_000)
Scored = dict[tuple[int, int], dict[int, float]]  # by search and round, then by node


class ScorerContract:
    """What every scorer keeps, tried on the steps of a scripted policy.

    Attributes:
        scorer: The class under test.
        options: Its options by name, as a user would give them; the defaults if not given.
        model: The file that it opens, for a scorer with a model of its own.
        tolerance: How far a score may move with what else is scored beside it; models compute in batches.
    """

    scorer: ClassVar[type[Scorer]]
    options: ClassVar[Mapping[str, Any]] = {}
    model: ClassVar[ModelFile | None] = None
    tolerance: ClassVar[float] = 1e-6

    def make_policy(self) -> Policy:
        """Make the policy whose steps are scored; override it for a scorer that shares its engine."""
        return Reasoner()

    def make(self, policy: Policy) -> Scorer:
        """Make the scorer as a run makes it."""
        options = expect_declared("scorer", self.scorer, self.options)
        if self.scorer.takes_model:
            return self.scorer(options, policy, self.model)  # type: ignore[call-arg]
        return self.scorer(options, policy)  # type: ignore[call-arg]

    def test_it_can_be_registered(self) -> None:
        """It has a name and options."""
        expect_declared("scorer", self.scorer, self.options)

    def test_it_answers_every_request(self) -> None:
        """Each request is answered once, in its own name, and with the nodes that it asked for."""
        with self._opened() as (scorer, policy):
            requests = [self._request(policy, search=search) for search in range(3)]
            self._drive(scorer, policy, requests)

    def test_its_scores_are_in_range(self) -> None:
        """Scores are numbers in [0, 1]."""
        with self._opened() as (scorer, policy):
            requests = [self._request(policy, search=search) for search in range(3)]
            for by_node in self._drive(scorer, policy, requests).values():
                for node, score in by_node.items():
                    in_range = math.isfinite(score) and 0 <= score <= 1
                    expect(
                        in_range, f"{self._who} gave node {node} the score {score}, which is not in [0, 1]"
                    )

    def test_it_is_deterministic(self) -> None:
        """The same steps have the same scores again."""
        self._expect_same(self._scores_of(range(3)), self._scores_of(range(3)), 0.0, "made again")

    def test_a_search_is_scored_alone_as_among_others(self) -> None:
        """What is scored beside a step does not matter."""
        together = self._scores_of(range(3))
        for search in range(3):
            alone = self._scores_of([search])
            among = {key: together[key] for key in alone}
            self._expect_same(alone, among, self.tolerance, "scored among other searches")

    def test_it_survives_being_asked_nothing(self) -> None:
        """A call without requests, or a request without nodes, is not an error."""
        with self._opened() as (scorer, policy), surviving(self._who, "where nothing is asked"):
            expect(not list(scorer.score(())), f"{self._who} answers where nothing is asked")
            self._drive(scorer, policy, [self._request(policy, n_children=0)])

    def test_it_survives_steps_that_say_nothing(self) -> None:
        """A step may have no text, no token and no log-probability."""
        self._survive(Step(""))

    def test_it_survives_steps_without_log_probabilities(self) -> None:
        """A policy that cannot tell log-probabilities leaves them out."""
        self._survive(Step("Step 1: 2 + 2 = 4.\n", (5, 6, 7)))

    def test_it_survives_steps_that_were_given_something(self) -> None:
        """A step may begin with tokens that nobody sampled, and a solution where the user spoke again."""
        self._survive(Step("So it is 4.\n", (5, 6, 7), (-0.1,), n_given=2))
        self._survive(Step("No, 5.\n", (5, 6, 7), (-0.1,), said="Are you sure?", n_given=2, n_said=2))
        self._survive(Step("", (5, 6), (), End.LENGTH, said="Are you sure?", n_given=2, n_said=2))

    def test_it_survives_hostile_text(self) -> None:
        """A model may write anything."""
        for text in _HOSTILE:
            self._survive(Step(text, (1, 2), (-0.5, -0.1)))

    def test_it_closes(self) -> None:
        """It can be closed without having scored anything, and after it has."""
        with self._opened():
            pass
        with self._opened() as (scorer, policy):
            self._drive(scorer, policy, [self._request(policy)])

    @property
    def _who(self) -> str:
        return f"scorer '{self.scorer.name}'"

    @contextmanager
    def _opened(self) -> Iterator[tuple[Scorer, Policy]]:
        policy = self.make_policy()
        scorer = self.make(policy)
        yield scorer, policy
        with surviving(self._who, "to close"):
            scorer.close()
        policy.close()

    def _request(self, policy: Policy, *, search: int = 0, n_children: int = 3) -> ScoreRequest:
        wants_hidden = self.scorer.wants_hidden
        return request_of(policy, search=search, n_children=n_children, wants_hidden=wants_hidden)

    def _scores_of(self, searches: Sequence[int]) -> Scored:
        with self._opened() as (scorer, policy):
            return self._drive(scorer, policy, [self._request(policy, search=search) for search in searches])

    def _survive(self, step: Step) -> None:
        with self._opened() as (scorer, policy):
            known = self._request(policy)
            paths = (known.paths[0], (*known.paths[0], step), (step,), known.paths[1])
            request = known._replace(nodes=(1, 2, 3, 4), paths=paths, parents=(0, 1, 0, 0))
            with surviving(self._who, f"at the step {step!r:.60}"):
                scored = self._drive(scorer, policy, [request])
            for by_node in scored.values():
                expect(
                    all(0 <= score <= 1 for score in by_node.values()),
                    f"{self._who} gave {by_node}, which is not in [0, 1], where a step was {step!r:.60}",
                )

    def _drive(self, scorer: Scorer, policy: Policy, requests: Sequence[ScoreRequest]) -> Scored:
        """Ask until every request is answered; between two calls the policy works, as in a run."""
        asked = {(request.search, request.round): set(request.nodes) for request in requests}
        scored: Scored = {}
        new = requests
        for _ in range(_LONGEST_WAIT):
            for answer in (each for each in scorer.score(new) if isinstance(each, Scores)):
                key = answer.search, answer.round
                expect(answer.scorer == scorer.name, f"{self._who} signs as '{answer.scorer}'")
                expect(key in asked, f"{self._who} answers search {key[0]}, round {key[1]}: nobody asked it")
                expect(key not in scored, f"{self._who} answers search {key[0]}, round {key[1]} twice")
                strange = set(answer.by_node) - asked[key]
                expect(not strange, f"{self._who} scores nodes that it was not asked for: {sorted(strange)}")
                scored[key] = dict(answer.by_node)
            if len(scored) == len(asked):
                return scored
            policy.propose(new := ())
        missing = sorted(set(asked) - set(scored))
        expect(False, f"{self._who} never answers search {missing[0][0]}, round {missing[0][1]}")
        return scored

    def _expect_same(self, one: Scored, other: Scored, tolerance: float, how: str) -> None:
        for key, by_node in one.items():
            expect(
                by_node.keys() == other[key].keys(), f"{self._who}, {how}, scores other nodes of search {key}"
            )
            for node, score in by_node.items():
                again = other[key][node]
                expect(
                    abs(score - again) <= tolerance,
                    f"{self._who}, {how}, gives node {node} of search {key[0]} {again} instead of {score}",
                )


def request_of(
    policy: Policy, *, search: int = 0, n_children: int = 3, wants_hidden: bool = False
) -> ScoreRequest:
    """Let a policy propose the first steps of a search, and ask for their scores."""
    problem = Problem("What is it, in steps?", "2", search)
    prompt = policy.render(problem)
    seeds = tuple(derive(search, child) for child in range(n_children))
    root = (Step(prompt.text, prompt.tokens),)
    limits = Limits(max_tokens=64, max_step_tokens=16, max_depth=8)
    wanted = ProposeRequest(search, 1, 0, root, seeds, "step", Sampling(), limits, wants_hidden=wants_hidden)
    proposals: list[Proposal] = []
    handed = policy.propose([wanted]) if seeds else ()
    while True:
        proposals += (each for each in handed if isinstance(each, Proposal))
        if len(proposals) >= n_children:
            break
        handed = policy.propose(())
    return ScoreRequest(
        search=search,
        round=1,
        problem=problem,
        prompt=prompt,
        nodes=tuple(range(1, n_children + 1)),
        paths=tuple(proposal.steps for proposal in sorted(proposals)),
        parents=(0,) * n_children,
    )
