"""Where the nodes of a tree stand when it grows from left to right."""

from __future__ import annotations

from ...core.tree import Tree


def rows_of(tree: Tree) -> list[float]:
    """Return each node's row: leaves stand a row apart, in order, and a parent in the middle of its children.

    The subtrees of two nodes share no row, so no edges cross.
    """
    rows = [0.0] * len(tree)
    n_leaves = 0
    stack = [(tree.root.id, False)]
    while stack:
        node, is_seen = stack.pop()
        children = [child.id for child in tree.children(node)]
        if not children:
            rows[node] = float(n_leaves)
            n_leaves += 1
        elif is_seen:
            rows[node] = (rows[children[0]] + rows[children[-1]]) / 2
        else:
            stack.append((node, True))
            stack += [(child, False) for child in reversed(children)]
    return rows
