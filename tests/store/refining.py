"""A strategy that refines its best solution, again and again, as a user would who speaks again."""

from __future__ import annotations

from reasontree.core import ROOT, Expansion, Sampling, Strategy

HOT = Sampling(temperature=1.2)


class Refine(Strategy):
    """Sample chains, then ask again about the best solution so far."""

    name = "refine"
    vote = "best"

    def __init__(self, n_rounds=4, *, quotes=""):
        self._n_rounds = n_rounds
        self._quotes = quotes

    def select(self, tree):
        if len(tree) == 1:
            return [Expansion(ROOT, 3, "end")]
        if max(node.round for node in tree) >= self._n_rounds or not tree.solutions:
            return []
        best = max(tree.solutions, key=lambda node: tree.score(node.id) or 0.0)
        answer = best.answer.text if best.answer else "nothing"
        says = f"Is it {answer}? {self._quotes}".strip()
        return [
            Expansion(best.id, 2, "end", says=says, begins="Let me see: "),
            Expansion(ROOT, 1, "end", sampling=HOT),
        ]
