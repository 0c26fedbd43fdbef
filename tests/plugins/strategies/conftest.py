"""Plays strategies without a policy: children come from a script, rounds come back in a chosen order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

import numpy as np
import pytest
from reasontree.core import Answer, End, Expansion, Node, Step, Strategy, Tree

SCORER = "script"


class Child(NamedTuple):
    """A child of the script; a solution's answer is its name's last word."""

    name: str
    score: float | None = 0.5
    end: End | None = None


class Script:
    """Children by their parent's name, the prompt's is `Q`; each is handed out once, in order.

    None stands for a child that never comes.
    """

    def __init__(self, children: Mapping[str, Sequence[tuple | None]]) -> None:
        self._left = {name: [each and Child(*each) for each in listed] for name, listed in children.items()}

    def next_child(self, parent: Node) -> Child | None:
        return self._left[parent.step.text].pop(0)


class Chance:
    """Endless random children: some fail, some never come, some have no score."""

    def __init__(
        self,
        seed: int,
        *,
        p_end: float = 0.2,
        p_fail: float = 0.1,
        p_missing: float = 0.1,
        p_unscored: float = 0.1,
        depth: int = 8,
    ) -> None:
        self._rng = np.random.default_rng(seed)
        self._chances = (p_end, p_fail, p_missing, p_unscored)
        self._depth = depth
        self._number = count()

    def next_child(self, parent: Node) -> Child | None:
        ends, fails, is_missing, is_unscored = self._rng.random(4) < self._chances
        is_last = parent.depth + 1 >= self._depth
        if is_missing:
            return None
        end = End.LENGTH if fails else End.STOP if ends or is_last else None
        score = None if is_unscored else float(self._rng.random())
        return Child(f"{next(self._number)} {self._rng.integers(3)}", score, end)


@dataclass
class Played:
    """What came of it.

    Attributes:
        rounds: For each round, the width that each node got, by the node's name.
        expansions: The same as the strategy asked for it.
    """

    tree: Tree
    rounds: list[dict[str, int]]
    expansions: list[Sequence[Expansion]]

    def named(self, name: str) -> int:
        """Return the number of the node with a name."""
        return next(node.id for node in self.tree if node.step.text == name)


class Player:
    """Asks a strategy as the loop does, and puts the script's children into its tree."""

    def __init__(self, strategy: Strategy, script: Script | Chance, *, in_flight: int, newest_first: bool):
        self._strategy, self._script = strategy, script
        self._in_flight = min(in_flight, strategy.max_rounds_in_flight)
        self._newest_first = newest_first
        self._under_way: list[tuple[int, list[tuple[Expansion, range]]]] = []
        self.played = Played(Tree(Step("Q"), scorer=SCORER), [], [])

    def play(self) -> Played:
        while True:
            while len(self._under_way) < self._in_flight and self._open_round():
                pass
            if not self._under_way:
                return self.played
            self._close_round()

    def _open_round(self) -> bool:
        tree = self.played.tree
        asked = list(self._strategy.select(tree))
        if not asked:
            return False
        assert all(expansion.node in tree and not tree[expansion.node].finished for expansion in asked)
        assert all(expansion.width > 0 for expansion in asked)
        assert len({expansion.node for expansion in asked}) == len(asked)
        self.played.expansions.append(asked)
        self.played.rounds.append({tree[each.node].step.text: each.width for each in asked})
        number = len(self.played.rounds)
        assert number < 2000, "the strategy does not end"
        self._under_way.append((number, [(each, tree.reserve(each.node, each.width)) for each in asked]))
        return True

    def _close_round(self) -> None:
        number, asked = self._under_way.pop(-1 if self._newest_first else 0)
        n_before = len(self.played.tree)
        for expansion, ranks in asked:
            for rank in ranks:
                self._add(self.played.tree[expansion.node], number, rank, expansion.until == "end")
        if len(self.played.tree) == n_before:  # the loop lets no round of a live search be empty
            (expansion, ranks), *_ = asked
            self._place(self.played.tree[expansion.node], Child("failed", None, End.FAILED), number, ranks[0])

    def _add(self, parent: Node, number: int, rank: int | None, is_chain: bool) -> None:
        child = self._script.next_child(parent)
        if child is None and parent.round == number:
            child = Child("failed", None, End.FAILED)
        if child is not None:
            node = self._place(parent, child, number, rank)
            if is_chain and not node.finished:
                self._add(node, number, None, is_chain)

    def _place(self, parent: Node, child: Child, number: int, rank: int | None) -> Node:
        node = self.played.tree.add(parent.id, Step(child.name), round=number, rank=rank, end=child.end)
        if child.score is not None:
            node.scores[SCORER] = child.score
        if child.end is End.STOP:
            answer = child.name.split()[-1]
            node.answer = Answer(answer, answer)
        return node


@pytest.fixture(scope="session")
def play() -> Callable[..., Played]:
    """Play a strategy over a script: a mapping from names to children, or a seed of random ones."""

    def run(strategy, script, *, in_flight=1, newest_first=False, **chance) -> Played:
        source = Chance(script, **chance) if isinstance(script, int) else Script(script)
        return Player(strategy, source, in_flight=in_flight, newest_first=newest_first).play()

    return run


@pytest.fixture(scope="session")
def make() -> Callable[..., Strategy]:
    """Make a strategy from its class, its options and a seed."""

    def build(kind: type[Strategy], *, seed: int = 0, **options: object) -> Strategy:
        return kind(kind.Options(**options), np.random.default_rng(seed))

    return build
