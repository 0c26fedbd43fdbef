"""A recorded tree as a pool of steps, from which other searches draw without replacement.

Two nodes whose steps are the same from the root on are one prefix: a model would go on from both in the same
way, so the children of both are samples of what follows it. A step that was cut off, by a budget or by a
failure, is not a sample of anything and is left out.

A step is drawn from the children of its prefix, a chain from the paths below it that lead to an end. What was
drawn once, alone or within a chain, is not drawn again; but chains may share their beginnings where the
recorded search branched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from ..records import End, Step, Until
from ..seeds import derive
from ..tree import ROOT, Node, Tree

_BROKEN = (End.CUT, End.FAILED)
_ELSEWHERE = -1

Path = list[Node]
"""Nodes one below the other: a step alone, or a chain."""


class StepPool:
    """The steps of one recorded tree.

    Args:
        seed: Decides in which order they are drawn.
    """

    def __init__(self, tree: Tree, *, seed: int) -> None:
        self._tree = tree
        self._seed = seed
        self._nodes = {id(node.step): node for node in tree}
        self._prefixes = _prefixes(tree)
        self._members: defaultdict[int, list[int]] = defaultdict(list)
        for node, prefix in enumerate(self._prefixes):
            self._members[prefix].append(node)
        self._paths: dict[tuple[int, Until], list[Path]] = {}
        self._left: dict[tuple[int, Until], Iterator[Path]] = {}
        self._drawn: set[int] = set()  # nodes that were drawn as steps
        self._passed: set[int] = set()  # nodes that were drawn within chains

    def node(self, step: Step) -> Node | None:
        """Return the node that a step was drawn from, or None for a step of another origin."""
        return self._nodes.get(id(step))

    def draw(self, prefix: Sequence[Step], n: int, until: Until) -> list[Path]:
        """Draw up to `n` paths that follow a prefix, each of which nobody has drawn before.

        Args:
            prefix: Steps that were drawn here, the root's first.
        """
        at = self._prefix(prefix), until
        if at not in self._left:
            self._left[at] = iter(self._paths_after(*at))
        return list(islice((path for path in self._left[at] if self._take(path, until)), n))

    def draw_again(
        self, prefix: Sequence[Step], n: int, until: Until, rng: np.random.Generator
    ) -> list[Path]:
        """Draw `n` paths with replacement; none if nothing follows the prefix."""
        paths = self._paths_after(self._prefix(prefix), until)
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

    def _prefix(self, steps: Sequence[Step]) -> int:
        """Return the prefix that ends with the last step."""
        if len(steps) == 1:
            return ROOT
        node = self.node(steps[-1])
        return _ELSEWHERE if node is None else self._prefixes[node.id]

    def _paths_after(self, prefix: int, until: Until) -> list[Path]:
        at = prefix, until
        if at not in self._paths:
            find = self._steps_below if until == "step" else self._chains_below
            paths = [path for member in self._members.get(prefix, ()) for path in find(member)]
            order = np.random.default_rng(derive(self._seed, until, prefix)).permutation(len(paths))
            self._paths[at] = [paths[i] for i in order]
        return self._paths[at]

    def _steps_below(self, node: int) -> Iterator[Path]:
        return ([child] for child in self._children(node))

    def _chains_below(self, node: int) -> Iterator[Path]:
        """Yield all paths from below a node to an end."""
        waiting = self._children(node)
        while waiting:
            at = waiting.pop()
            waiting += self._children(at.id)
            if at.finished:
                yield self._tree.path(at.id)[self._tree[node].depth + 1 :]

    def _children(self, node: int) -> list[Node]:
        return [child for child in self._tree.children(node) if child.end not in _BROKEN]


def _prefixes(tree: Tree) -> list[int]:
    """Return for each node the oldest node that has the same steps from the root on."""
    prefixes = [ROOT]
    oldest: dict[tuple[int, tuple[int, ...], str], int] = {}
    for node in list(tree)[1:]:
        above = prefixes[node.parent or ROOT]
        prefixes.append(oldest.setdefault((above, node.step.tokens, node.step.text), node.id))
    return prefixes
