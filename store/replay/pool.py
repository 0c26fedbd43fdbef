"""A recorded tree as a pool of steps, from which other searches draw without replacement.

Two nodes whose steps are the same from the root on are one prefix: a model would go on from both in the same
way, so the children of both are samples of what follows it. A step that was cut off, by a budget or by a
failure, is no sample of anything and is left out.

A step is drawn from the children of its prefix, a chain from the ways below it that lead to an end. What was
drawn once, alone or within a chain, is not drawn again; but chains may share their beginnings where the
recorded search branched.

What was sampled in another way, or was given other words or another beginning, is a sample of something else:
it is drawn by those alone who ask for just that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from ...core.records import End, Step, Until
from ...core.seeds import derive
from ...core.tree import ROOT, Node, Tree
from .manners import PLAIN, Manner

_BROKEN = (End.CUT, End.FAILED)
_ELSEWHERE = -1

Way = list[Node]
"""Nodes one below the other: a step alone, or a chain."""


class Pool:
    """The steps of one recorded tree.

    Args:
        seed: Decides in which order they are drawn.
        manners: In which manner each node was made, where not in the plain one.
    """

    def __init__(self, tree: Tree, *, seed: int, manners: Mapping[int, Manner] | None = None) -> None:
        self._tree = tree
        self._manners = manners or {}
        self._seed = seed
        self._nodes = {id(node.step): node for node in tree}
        self._prefixes = _prefixes(tree)
        self._members: defaultdict[int, list[int]] = defaultdict(list)
        for node, prefix in enumerate(self._prefixes):
            self._members[prefix].append(node)
        self._ways: dict[tuple[int, Until, Manner], list[Way]] = {}
        self._left: dict[tuple[int, Until, Manner], Iterator[Way]] = {}
        self._drawn: set[int] = set()  # nodes that were drawn as steps
        self._passed: set[int] = set()  # nodes that were drawn within chains

    def node(self, step: Step) -> Node | None:
        """Return the node that a step was drawn from, or None for a step of another origin."""
        return self._nodes.get(id(step))

    def draw(self, prefix: Sequence[Step], n: int, until: Until, manner: Manner = PLAIN) -> list[Way]:
        """Draw up to `n` ways that follow a prefix, each of which nobody has drawn before.

        Args:
            prefix: Steps that were drawn here, the root's first.
        """
        at = self.prefix(prefix), until, manner
        if at not in self._left:
            self._left[at] = iter(self._ways_after(*at))
        return list(islice((way for way in self._left[at] if self._take(way, until)), n))

    def draw_again(
        self, prefix: Sequence[Step], n: int, until: Until, rng: np.random.Generator, manner: Manner = PLAIN
    ) -> list[Way]:
        """Draw `n` ways with replacement; none if nothing follows the prefix."""
        ways = self._ways_after(self.prefix(prefix), until, manner)
        return [ways[i] for i in rng.integers(len(ways), size=n)] if ways else []

    def _take(self, way: Way, until: Until) -> bool:
        """Draw a way, unless that has been done."""
        if not self._drawn.isdisjoint(node.id for node in way) or way[-1].id in self._passed:
            return False
        if until == "step":
            self._drawn.add(way[0].id)
        else:
            self._passed.update(node.id for node in way)
        return True

    def prefix(self, steps: Sequence[Step]) -> int:
        """Return the prefix that ends with the last step."""
        if len(steps) == 1:
            return ROOT
        node = self.node(steps[-1])
        return _ELSEWHERE if node is None else self._prefixes[node.id]

    def _ways_after(self, prefix: int, until: Until, manner: Manner) -> list[Way]:
        at = prefix, until, manner
        if at not in self._ways:
            find = self._steps_below if until == "step" else self._chains_below
            ways = [way for member in self._members.get(prefix, ()) for way in find(member, manner)]
            order = np.random.default_rng(derive(self._seed, until, prefix)).permutation(len(ways))
            self._ways[at] = [ways[i] for i in order]
        return self._ways[at]

    def _steps_below(self, node: int, manner: Manner) -> Iterator[Way]:
        return ([child] for child in self._children(node, manner))

    def _chains_below(self, node: int, manner: Manner) -> Iterator[Way]:
        """Yield all ways from below a node to an end."""
        waiting = self._children(node, manner)
        while waiting:
            at = waiting.pop()
            waiting += self._children(at.id, manner.onward)
            if at.finished:
                yield self._tree.path(at.id)[self._tree[node].depth + 1 :]

    def _children(self, node: int, manner: Manner) -> list[Node]:
        """Return the children that were made in this manner, whether as steps or within chains."""
        children = (child for child in self._tree.children(node) if child.end not in _BROKEN)
        return [child for child in children if self._manners.get(child.id, PLAIN) == manner]


def _prefixes(tree: Tree) -> list[int]:
    """Return for each node the oldest node that has the same steps from the root on."""
    prefixes = [ROOT]
    oldest: dict[tuple[int, tuple[int, ...], str, str], int] = {}
    for node in list(tree)[1:]:
        above = prefixes[node.parent or ROOT]
        step = node.step
        prefixes.append(oldest.setdefault((above, step.tokens, step.text, step.said), node.id))
    return prefixes
