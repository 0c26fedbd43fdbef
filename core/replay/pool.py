"""A recorded tree as a pool of steps, from which other searches draw without replacement.

Two nodes whose steps are the same from the root on are one prefix: a model would go on from both in the same
way, so the children of both are samples of what follows it. A step that was cut off, by a budget or by a
failure, is not a sample of anything and is left out.

A step is drawn from the children of its prefix, a chain from the paths below it that lead to an end. What was
drawn once, alone or within a chain, is not drawn again; but chains may share their beginnings where the
recorded search branched.

What was sampled otherwise, or was given other words or another beginning, is a sample of something else:
it is drawn by those alone who ask for just that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from ..records import BROKEN, Step, Until
from ..seeds import derive
from ..tree import ROOT, Node, Tree
from .terms import PLAIN, Terms

_ELSEWHERE = -1

Path = list[Node]
"""Nodes one below the other: a step alone, or a chain."""


class StepPool:
    """The steps of one recorded tree.

    Args:
        seed: Decides in which order they are drawn.
        terms_by_node: On which terms each node was made, where not on the plain ones.
    """

    def __init__(self, tree: Tree, *, seed: int, terms_by_node: Mapping[int, Terms] | None = None) -> None:
        self._tree = tree
        self._terms_by_node = terms_by_node or {}
        self._seed = seed
        self._nodes = {id(node.step): node for node in tree}
        self._prefixes = _prefixes(tree)
        self._members: defaultdict[int, list[int]] = defaultdict(list)
        for node, prefix in enumerate(self._prefixes):
            self._members[prefix].append(node)
        self._paths: dict[tuple[int, Until, Terms], list[Path]] = {}
        self._left: dict[tuple[int, Until, Terms], Iterator[Path]] = {}
        self._drawn: set[int] = set()  # nodes that were drawn as steps
        self._passed: set[int] = set()  # nodes that were drawn within chains

    def node(self, step: Step) -> Node | None:
        """Return the node that a step was drawn from, or None for a step of another origin."""
        return self._nodes.get(id(step))

    def draw(self, prefix: Sequence[Step], n: int, until: Until, terms: Terms = PLAIN) -> list[Path]:
        """Draw up to `n` paths that follow a prefix, each of which nobody has drawn before.

        Args:
            prefix: Steps that were drawn here, the root's first.
        """
        at = self.prefix(prefix), until, terms
        if at not in self._left:
            self._left[at] = iter(self._paths_after(*at))
        return list(islice((path for path in self._left[at] if self._take(path, until)), n))

    def draw_again(
        self, prefix: Sequence[Step], n: int, until: Until, rng: np.random.Generator, terms: Terms = PLAIN
    ) -> list[Path]:
        """Draw `n` paths with replacement; none if nothing follows the prefix."""
        paths = self._paths_after(self.prefix(prefix), until, terms)
        return [paths[i] for i in rng.integers(len(paths), size=n)] if paths else []

    def _take(self, path: Path, until: Until) -> bool:
        """Draw a path, unless that has been done."""
        if not self._drawn.isdisjoint(node.id for node in path) or path[-1].id in self._passed:
            return False
        if until == "step":
            self._drawn.add(path[0].id)
        else:
            self._passed.update(node.id for node in path)
        return True

    def prefix(self, steps: Sequence[Step]) -> int:
        """Return the prefix that ends with the last step."""
        if len(steps) == 1:
            return ROOT
        node = self.node(steps[-1])
        return _ELSEWHERE if node is None else self._prefixes[node.id]

    def _paths_after(self, prefix: int, until: Until, terms: Terms) -> list[Path]:
        at = prefix, until, terms
        if at not in self._paths:
            find = self._steps_below if until == "step" else self._chains_below
            paths = [path for member in self._members.get(prefix, ()) for path in find(member, terms)]
            order = np.random.default_rng(derive(self._seed, until, prefix)).permutation(len(paths))
            self._paths[at] = [paths[i] for i in order]
        return self._paths[at]

    def _steps_below(self, node: int, terms: Terms) -> Iterator[Path]:
        return ([child] for child in self._children(node, terms))

    def _chains_below(self, node: int, terms: Terms) -> Iterator[Path]:
        """Yield all paths from below a node to an end."""
        waiting = self._children(node, terms)
        while waiting:
            at = waiting.pop()
            waiting += self._children(at.id, terms.onward)
            if at.finished:
                yield self._tree.path(at.id)[self._tree[node].depth + 1 :]

    def _children(self, node: int, terms: Terms) -> list[Node]:
        """Return the children that were made on these terms, whether as steps or within chains."""
        children = (child for child in self._tree.children(node) if child.end not in BROKEN)
        return [child for child in children if self._terms_by_node.get(child.id, PLAIN) == terms]


def _prefixes(tree: Tree) -> list[int]:
    """Return for each node the oldest node that has the same steps from the root on."""
    prefixes = [ROOT]
    oldest: dict[tuple[int, tuple[int, ...], str, str], int] = {}
    for node in list(tree)[1:]:
        above = prefixes[node.parent or ROOT]
        step = node.step
        prefixes.append(oldest.setdefault((above, step.tokens, step.text, step.said), node.id))
    return prefixes
