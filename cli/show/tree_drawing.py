"""A tree on a terminal, a line for each step.

Branches that got no children and hold no solution are folded first, so that a wide search fits the screen.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text
from rich.tree import Tree as Drawing

from ...core.records import End
from ...core.text import lines_of, printable
from ...core.tree import ROOT, Node, Tree

_LEAST_SPREAD = 0.005  # below it, scores that are shown with two digits look alike
_SAID = 32  # characters of the user's words
_STYLES = ("red", "yellow", "green")  # of the lowest, the middle and the highest third of a tree's scores


def draw(
    tree: Tree,
    *,
    rows: int,
    best: int | None = None,
    widths: Mapping[int, Sequence[int]] | None = None,
    is_cut: bool = True,
) -> Drawing:
    """Draw a tree.

    Args:
        rows: About how many lines to draw at most; 0 draws all.
        best: The solution whose path is marked.
        widths: For each expanded node, how many children it was given by each round that chose it; counted
            from the tree if not given.
        is_cut: Whether a step's text ends at the terminal's edge; otherwise it goes on in further lines.
    """
    marked = {above.id for above in tree.path(best)} if best is not None else set()
    shown = _worth_showing(tree, rows, marked) if rows else set(range(len(tree)))
    drawing = Drawing(Text("prompt" + _allocation(tree, ROOT, widths), style="bold"), guide_style="dim")
    drawings = {ROOT: drawing}
    styles = _Styles(tree)
    for node in tree:
        if node.id in shown and node.parent in drawings:
            line = _line(tree, node, node.id in marked, _allocation(tree, node.id, widths), styles, is_cut)
            drawings[node.id] = drawings[node.parent].add(line)
    for node_id, branch in drawings.items():
        folded = sum(child.id not in shown for child in tree.children(node_id))
        if folded:
            branch.add(Text(f"… {folded} more", style="dim"))
    return drawing


def _worth_showing(tree: Tree, rows: int, marked: Collection[int]) -> set[int]:
    """Choose nodes: the winning path, then solutions, then what was expanded, the best ones first."""
    shown = set(marked)
    ranked = sorted(
        tree,
        key=lambda node: (
            node.end is not End.STOP,
            not tree.n_children(node.id),
            -(tree.score(node.id) or 0),
        ),
    )
    for node in ranked:
        path = [above.id for above in tree.path(node.id)]
        if len(shown.union(path)) <= rows:
            shown.update(path)
    return shown


def _allocation(tree: Tree, node: int, widths: Mapping[int, Sequence[int]] | None) -> str:
    """Say how many children a node was given: ×4, or ×2+2 by two rounds; nothing where it is one or none."""
    given = [tree.n_children(node)] if widths is None else widths.get(node, ())
    if node == ROOT and widths is None:
        return ""
    return f" ×{'+'.join(map(str, given))}" if sum(given) > 1 else ""


class _Styles:
    """Colours for scores, by where they lie between the lowest and the highest of their tree."""

    def __init__(self, tree: Tree) -> None:
        scores = [score for node in tree if (score := tree.score(node.id)) is not None]
        self._low, self._high = min(scores, default=0.0), max(scores, default=0.0)

    def of(self, score: float) -> str:
        """Return a style; none where all scores are one."""
        if self._high - self._low < _LEAST_SPREAD:
            return ""
        part = (score - self._low) / (self._high - self._low)
        return _STYLES[min(int(part * len(_STYLES)), len(_STYLES) - 1)]


def _line(tree: Tree, node: Node, is_marked: bool, allocation: str, styles: _Styles, is_cut: bool) -> Any:
    score = tree.score(node.id)
    head = Text()
    if score is not None:
        head.append(f"{score:.2f}", style=styles.of(score))
    head.append(allocation, style="bold cyan")
    if node.finished:
        head.append(_ending(node), style="bold" if node.end is End.STOP else "dim")
    if is_marked:
        head.append(" ★", style="bold magenta")
    is_pruned = not node.finished and not tree.n_children(node.id)
    said = f"[user: {printable(node.step.said, width=_SAID)}] " if node.step.said else ""
    style = "dim" if is_pruned else ""
    if is_cut:
        return _OneLine(head, said + node.step.text, style)
    return Text.assemble(head, " ", Text(said + "\n".join(lines_of(node.step.text.strip())), style=style))


def _ending(node: Node) -> str:
    if node.end is End.STOP:
        return f" ■ {printable(node.answer.text, width=24)}" if node.answer else " ■ no answer"
    return f" ■ {node.end}"


class _OneLine:
    """A node's line, cut at the terminal's edge."""

    def __init__(self, head: Text, text: str, style: str) -> None:
        self._head = head
        self._text = text
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = max(8, options.max_width - self._head.cell_len - 1)
        text = Text(printable(self._text, width=room), style=self._style)
        yield Text.assemble(self._head, " ", text, no_wrap=True, overflow="crop")
