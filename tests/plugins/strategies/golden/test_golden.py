"""Every built-in strategy, round by round, against traces that were worked out by hand.

A golden trace is a TOML file of this folder. A strategy that is written anew must select what its traces say:

    strategy, options, seed   what is played; the seed is that of the strategy's generator
    temperature               the one that the strategy cannot do without, if there is one
    [[rounds]] why            the selection, worked out with the strategy's formula
               select         what the strategy selects, in its order: "NODE x WIDTH, step" or "…, end"
               model.NODE     what the model answers, child by child: a step, or for "end" a list of steps;
                              an empty list stands for a child that never came
    [done]     why            why nothing is selected any more
               vote, answer   the vote that the strategy names, and what it makes of the solutions

A step has a `text`, which names its node (the prompt's is `root`), and may have a `score`, an `end` (`stop`
for a solution, another where a limit or a failure ended it) and an `answer`, with its `canonical` form where
that is another.

Selections were worked out from the formulas, never copied from what the code gave. Where a strategy draws
random numbers, `why` states the draws: a rewrite has to make the same ones in the same order, or searches
that were recorded can no longer be followed.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reasontree.core import Answer, End, Node, Solution, Step, Strategy, Tree, Vote
from reasontree.plugins import registry

SCORER = "by hand"
TRACES = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted(Path(__file__).parent.glob("*.toml"))
}
STRATEGIES = {kind.name: kind for kind in registry().all("strategy")}
BUILT_IN = [name for name, kind in STRATEGIES.items() if kind.__module__.startswith("reasontree.")]
MANY_IN_FLIGHT = [
    name for name, trace in TRACES.items() if STRATEGIES[trace["strategy"]].max_rounds_in_flight > 1
]


class Play:
    """A golden trace that is being played: its tree grows as the trace's model answers."""

    def __init__(self, name: str) -> None:
        self._name, self._trace = name, TRACES[name]
        self.rounds = self._trace["rounds"]
        self.strategy = strategy_of(self._trace)
        self.tree = Tree(Step("root"), scorer=SCORER)
        self._nodes = {"root": self.tree.root}

    def select(self) -> list[str]:
        """Ask the strategy, and write what it selects as the trace does."""
        selected = self.strategy.select(self.tree)
        return [f"{self.tree[each.node].step.text} x {each.width}, {each.until}" for each in selected]

    def expect(self, number: int, came: list[str]) -> None:
        """Fail unless the strategy selected what the round says."""
        expected, why = self.rounds[number - 1]["select"], self.rounds[number - 1]["why"]
        self._expect(f"round {number} of {len(self.rounds)}", expected, came, why)

    def expect_done(self) -> None:
        """Fail unless the strategy selects nothing, since the trace has ended."""
        self._expect("after the last round", [], self.select(), self._trace["done"]["why"])

    def answer(self, number: int) -> None:
        """Put what the model answers in a round into the tree."""
        for selected in self.rounds[number - 1]["select"]:
            name, width, until = re.fullmatch(r"(\w+) x (\d+), (step|end)", selected).groups()
            ranks = self.tree.reserve(self._nodes[name].id, int(width))
            children = self.rounds[number - 1]["model"][name]
            for rank, child in zip(ranks, children, strict=True):
                assert isinstance(child, list) == (until == "end") or child == [], f"{name} of round {number}"
                self._add_chain(child if isinstance(child, list) else [child], number, name, rank)

    def _add_chain(self, steps: list[dict[str, Any]], number: int, parent: str, rank: int | None) -> None:
        for step in steps:
            node = self._add_step(number, self._nodes[parent], rank, **step)
            self._nodes[node.step.text] = node
            parent, rank = node.step.text, None

    def _add_step(
        self,
        number: int,
        parent: Node,
        rank: int | None,
        *,
        text: str,
        score: float | None = None,
        end: str | None = None,
        answer: str | None = None,
        canonical: str | None = None,
    ) -> Node:
        assert text not in self._nodes, f"{self._name}: two nodes are called {text}"
        step = Step(text, end=End(end) if end else None)
        node = self.tree.add(parent.id, step, round=number, rank=rank)
        if score is not None:
            node.scores[SCORER] = score
        if answer is not None:
            node.answer = Answer(answer, canonical or answer)
        return node

    def _expect(self, where: str, expected: list[str], came: list[str], why: str) -> None:
        if came != expected:
            pytest.fail(
                f"{self._name}, {where}:\n  expected  {expected}\n  came      {came}\n{why.strip()}",
                pytrace=False,
            )


def strategy_of(trace: dict[str, Any]) -> Strategy:
    kind = STRATEGIES[trace["strategy"]]
    return kind(kind.Options(**trace.get("options", {})), np.random.default_rng(trace.get("seed", 0)))


def answer_by(vote: Vote, tree: Tree) -> str:
    """Return the heaviest class of answers, a solution's score being that of its last step."""
    classes: dict[str, list[Solution]] = {}
    for node in tree.solutions:
        if node.answer is not None:
            solution = Solution(node.id, node.answer, tree.path_scores(node.id)[-1])
            classes.setdefault(node.answer.canonical, []).append(solution)
    return max(classes, key=lambda answer: vote.weigh(classes[answer]))


@pytest.mark.parametrize("strategy", BUILT_IN)
def test_every_built_in_strategy_has_a_golden_trace(strategy):
    assert strategy in {trace["strategy"] for trace in TRACES.values()}


@pytest.mark.parametrize("name", TRACES)
def test_a_strategy_selects_round_by_round_what_was_worked_out_by_hand(name):
    play = Play(name)
    assert play.strategy.temperature == TRACES[name].get("temperature")
    for number in range(1, len(play.rounds) + 1):
        play.expect(number, play.select())
        play.answer(number)
    play.expect_done()


@pytest.mark.parametrize("name", MANY_IN_FLIGHT)
def test_a_strategy_selects_the_same_where_rounds_are_answered_late_and_the_newest_first(name):
    play, under_way = Play(name), []
    for number in range(1, len(play.rounds) + 1):
        while not (came := play.select()) and under_way:
            play.answer(under_way.pop())
        play.expect(number, came)
        under_way.append(number)
    while under_way:
        play.expect_done()
        play.answer(under_way.pop())
    play.expect_done()


@pytest.mark.parametrize("name", TRACES)
def test_the_vote_that_a_strategy_names_gives_the_answer_of_its_trace(name):
    play, done = Play(name), TRACES[name]["done"]
    for number in range(1, len(play.rounds) + 1):
        play.answer(number)
    assert play.strategy.vote == done["vote"]
    kind = registry().get("vote", done["vote"])
    assert answer_by(kind(kind.Options()), play.tree) == done["answer"]
