"""The contract of a strategy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any, ClassVar

import numpy as np

from ..kinds import Strategy
from ..meter import flops_of_span
from ..records import Budget, End
from .doubles import Manner, PlainGrader, Reasoner, Rule, StepScorer, by_text
from .expecting import expect, expect_declared
from .playing import LIMITS, Played, Setting, play, play_together
from .replaying import replay, said_of

_SEEDS = range(4)


class StrategyContract:
    """What every strategy keeps, tried with a scripted policy.

    Attributes:
        strategy: The class under test.
        options: Its options by name, as a user would give them; the defaults if not given.
        budget: For a strategy that is meant to go on until its budget is spent.
        max_rounds: After how many rounds it counts as one that never ends.
    """

    strategy: ClassVar[type[Strategy]]
    options: ClassVar[Mapping[str, Any]] = {}
    budget: ClassVar[Budget] = Budget()
    max_rounds: ClassVar[int] = 1_000

    def make(self, seed: int = 0) -> Strategy:
        """Make the strategy as a run makes it."""
        options = expect_declared("strategy", self.strategy, self.options)
        return self.strategy(options, np.random.default_rng(seed))

    def play(self, **setting: Any) -> Played:
        """Play one search with the fields of a `Setting`."""
        return play(self.make, self._setting(**setting))

    def test_it_can_be_registered(self) -> None:
        """It has a name, options, a first line of documentation and a vote."""
        made = self.make()
        lines = (self.strategy.__doc__ or "").strip().splitlines()
        expect(lines and lines[0].strip(), f"{self._who} needs a docstring; its first line is shown to users")
        expect(isinstance(made.vote, str) and made.vote, f"{self._who} needs the name of a vote")
        in_flight = made.max_rounds_in_flight
        expect(
            type(in_flight) is int and in_flight >= 1,
            f"{self._who}: max_rounds_in_flight is {in_flight!r}, and 1 or more is wanted",
        )

    def test_it_searches_and_ends(self) -> None:
        """It asks for something, and is done some time."""
        for seed in _SEEDS:
            played = self.play(seed=seed)
            expect(played.tree.solutions, f"{self._who} ended without a solution (seed {seed})")

    def test_it_asks_only_for_open_nodes(self) -> None:
        """Every expansion names a width of at least 1, and an unfinished node or one that is replied to."""
        for seed in _SEEDS:
            for said in self.play(seed=seed).watched.complaints:
                expect(False, f"{self._who}: {said}")

    def test_it_only_reads_the_tree(self) -> None:
        """The loop alone adds nodes, scores and answers."""
        changes = self.play(compares_trees=True).watched.changes
        expect(not changes, f"{self._who} changed the tree in {', '.join(changes[:3])}")

    def test_it_keeps_every_budget(self) -> None:
        """Samples, tokens and FLOPs stop it, and nothing is in the tree that was not paid for."""
        whole = self.play().outcome
        flops = whole.flops.policy
        for budget in (
            *(Budget(samples=n) for n in (1, 3)),
            *(Budget(tokens=n) for n in (1, 10, 50)),
            *(Budget(flops=flops * part) for part in (0.1, 0.6)),
        ):
            self._expect_kept(budget, self.play(budget=budget))

    def test_it_answers_at_any_time(self) -> None:
        """Whenever it is cut, the solutions found so far make an answer."""
        n_tokens = self.play().outcome.tokens.generated
        for n in range(1, n_tokens + 1, max(1, n_tokens // 12)):
            played = self.play(budget=Budget(tokens=n))
            read = [PlainGrader().extract(played.tree.text(node.id)) for node in played.tree.solutions]
            voted = sum(tally.count for tally in played.outcome.verdict.tallies)
            expect(
                voted == len(read),
                f"{self._who}, cut after {n} tokens: {len(read)} solutions are there, and {voted} voted",
            )

    def test_it_is_deterministic_under_a_seed(self) -> None:
        """The same seed makes the same selections, alone and beside other searches."""
        for seed in _SEEDS:
            first, again = self.play(seed=seed), self.play(seed=seed)
            self._expect_same(first, again, "played again under the same seed")
            among = [self._setting(seed=seed, index=index) for index in range(3)]
            self._expect_same(first, play_together(self.make, among)[0], "played beside other searches")

    def test_it_replays(self) -> None:
        """From its trace, without policy and scorer, it searches as it did, late children included."""
        for manner in (Manner(), Manner(one_by_one=True)):
            for seed in _SEEDS:
                played = self.play(seed=seed, policy=Reasoner(manner))
                difference = replay(played, self.make(seed))
                said = said_of(difference) if difference else ""
                expect(not difference, f"{self._who}, replayed: {said}")

    def test_it_survives_nodes_without_a_score(self) -> None:
        """It ends where no node, or only some nodes, are scored, and where there is no scorer."""
        self.play(scorer=None)
        self._survive(lambda path: None)
        self._survive(lambda path: by_text(path) if by_text(path) < 0.5 else None)

    def test_it_survives_extreme_scores(self) -> None:
        """It ends where all scores are 0, all are 1, or each is either."""
        self._survive(lambda path: 0.0)
        self._survive(lambda path: 1.0)
        self._survive(lambda path: round(by_text(path)))

    def test_it_survives_children_without_a_step(self) -> None:
        """It ends where some children never come, as where the model's context is full."""
        self._meet(Manner(p_missing=0.5))

    def test_it_survives_empty_steps(self) -> None:
        """It ends where steps have no text, no token and no log-probability."""
        self._meet(Manner(p_silent=0.5))
        self._meet(Manner(p_silent=1.0))

    def test_it_survives_branches_that_fail(self) -> None:
        """It ends where every branch fails, after a few steps or at its first one."""
        self._meet(Manner(end=End.FAILED))
        self._meet(Manner(end=End.FAILED, depth=(1, 1)))

    def test_it_survives_branches_that_reach_a_limit(self) -> None:
        """It ends where no solution is ended by its policy: the limits on tokens and steps end them all."""
        self._meet(Manner(end=None))
        self._meet(Manner(end=None, step_tokens=100))
        self._meet(Manner(end=None, step_tokens=1))

    def test_it_survives_children_that_come_back_one_by_one(self) -> None:
        """It ends where rounds under way come back late and in another order."""
        self._meet(Manner(one_by_one=True))

    @property
    def _who(self) -> str:
        return f"strategy '{self.strategy.name}'"

    def _setting(self, **setting: Any) -> Setting:
        return replace(Setting(budget=self.budget, max_rounds=self.max_rounds), **setting)

    def _survive(self, rule: Rule) -> None:
        for seed in _SEEDS:
            self.play(seed=seed, scorer=StepScorer(rule))

    def _meet(self, manner: Manner) -> None:
        for seed in _SEEDS:
            said = self.play(seed=seed, policy=Reasoner(manner)).watched.complaints
            expect(not said, f"{self._who}: {said[:1]}, where the policy gave {manner}")

    def _expect_kept(self, budget: Budget, played: Played) -> None:
        tree, spent = played.tree, played.outcome.tokens.generated
        in_tree = sum(node.step.n_sampled for node in tree) - len(tree.root.step.tokens)
        expect(in_tree == spent, f"{self._who}: {in_tree} tokens are in the tree, and {spent} were paid for")
        if budget.tokens is not None:
            expect(spent <= budget.tokens, f"{self._who} spent {spent} tokens of {budget.tokens}")
        if budget.flops is not None:
            one_token = flops_of_span(Reasoner().info, 0, LIMITS.max_tokens)
            expect(
                played.outcome.flops.policy < budget.flops + one_token,
                f"{self._who} spent {played.outcome.flops.policy:g} FLOPs of {budget.flops:g}",
            )
        if budget.samples is not None:
            late = [n for n in played.watched.n_ended if n >= budget.samples]
            expect(not late, f"{self._who} was asked again with {late[:1]} solutions of {budget.samples}")
            chains_alone = all(each.until == "end" for asked in played.selections for each in asked)
            expect(
                tree.n_ended <= budget.samples or not chains_alone,
                f"{self._who} found {tree.n_ended} solutions of {budget.samples}",
            )

    def _expect_same(self, first: Played, again: Played, how: str) -> None:
        pairs = zip_longest(first.selections, again.selections)
        for number, (one, other) in enumerate(pairs, start=1):
            expect(
                one == other,
                f"{self._who}, {how}: round {number} asked for {list(other or ())}, not {list(one or ())}",
            )
