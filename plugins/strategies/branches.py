"""What several strategies ask of a tree's branches."""

from __future__ import annotations

from collections.abc import Sequence

from ...core import End, Node, Tree


def is_dead(node: Node) -> bool:
    """Whether a limit, the budget or a failure ended the branch, so that it cannot become a solution."""
    return node.finished and node.end is not End.STOP


def best_first(tree: Tree, nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes that are not dead, the highest score first and among equals the oldest."""
    scores = tree.scores_of(nodes)
    order = sorted(range(len(nodes)), key=lambda i: -scores[i])
    return [nodes[i] for i in order if not is_dead(nodes[i])]


def tips(tree: Tree, nodes: Sequence[Node]) -> list[Node]:
    """Return the last node of each child that was asked for: of a chain its end, of a step itself.

    Args:
        nodes: All nodes of one round or of several.
    """
    continued = {node.parent for node in nodes if tree[node.parent or 0].round == node.round}
    return [node for node in nodes if node.id not in continued]


def values_of(tree: Tree, nodes: Sequence[Node]) -> list[float]:
    """Return what each node is worth in [0, 1]: its score, or 0 for a dead one."""
    return [0.0 if is_dead(node) else score for node, score in zip(nodes, tree.scores_of(nodes), strict=True)]
