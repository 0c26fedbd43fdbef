"""The tree as it grows, on a terminal.

Branches that got no children and hold no solution are folded, so that a wide search fits the screen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from time import monotonic
from typing import Any

from rich.console import Console, ConsoleOptions, Group, RenderResult
from rich.live import Live
from rich.text import Text
from rich.tree import Tree as Drawing

from ..core.hookspecs import hookimpl
from ..core.records import End, Outcome, Proposal
from ..core.search import Round, Search
from ..core.tree import ROOT, Node, Tree
from .printable import printable

_SCORE_STYLES = ((0.8, "green"), (0.6, "yellow"), (0.0, "red"))
_SECONDS_BETWEEN_FRAMES = 0.2
_ROWS_KEPT = 6  # of the terminal, for the prompt and the status line


class LiveTree:
    """An observer that draws one search on a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._search: Search | None = None
        self._n_back = 0
        self._drawn_s = 0.0

    @hookimpl
    def search_started(self, search: Search) -> None:
        self._search = search
        self._live.start()

    @hookimpl
    def child_proposed(self, search: Search, proposal: Proposal) -> None:
        self._n_back += 1

    @hookimpl
    def steps_added(self, search: Search, round: Round) -> None:
        self._n_back = 0
        self._draw()

    @hookimpl
    def ticked(self) -> None:
        if monotonic() - self._drawn_s >= _SECONDS_BETWEEN_FRAMES:
            self._draw()

    @hookimpl
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        self.close()
        self._console.print(draw(search.tree, rows=self._rows, winners=_winning(outcome)))

    def close(self) -> None:
        """Leave the terminal as it was."""
        self._live.stop()

    @property
    def _rows(self) -> int:
        return max(8, self._console.size.height - _ROWS_KEPT)

    def _draw(self) -> None:
        if self._search is None:
            return
        self._drawn_s = monotonic()
        self._live.update(Group(draw(self._search.tree, rows=self._rows), self._status()), refresh=True)

    def _status(self) -> Text:
        search = self._search
        assert search is not None, "nothing is drawn before a search has started"
        open_rounds = sum(len(ranks) for round in search.rounds.values() for ranks in round.ranks)
        return Text(
            f"round {search.n_rounds}: {self._n_back} of {open_rounds} steps, "
            f"{search.tree.n_ended} ended, {search.ledger.generated:,} tokens",
            style="dim",
        )


class _OneLine:
    """A node's line, cut at the terminal's edge."""

    def __init__(self, head: Text, text: str) -> None:
        self._head = head
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        room = max(8, options.max_width - self._head.cell_len - 1)
        yield Text.assemble(self._head, " ", printable(self._text, width=room), no_wrap=True, overflow="crop")


def draw(tree: Tree, *, rows: int, winners: Collection[int] = ()) -> Drawing:
    """Draw a tree in at most about `rows` lines; nodes on the way to a winner are marked."""
    shown = _worth_showing(tree, rows, winners)
    marked = {above.id for winner in winners for above in tree.path(winner)}
    drawing = Drawing(Text("prompt", style="bold"), guide_style="dim")
    drawings = {ROOT: drawing}
    for node in tree:
        if node.id in shown and node.parent in drawings:
            drawings[node.id] = drawings[node.parent].add(_line(tree, node, marked))
    for node_id, branch in drawings.items():
        folded = sum(child.id not in shown for child in tree.children(node_id))
        if folded:
            branch.add(Text(f"… {folded} more", style="dim"))
    return drawing


def _worth_showing(tree: Tree, rows: int, winners: Collection[int]) -> set[int]:
    """Choose nodes: winning paths, then solutions, then what was expanded, the best ones first."""
    shown = {above.id for winner in winners for above in tree.path(winner)}
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


def _line(tree: Tree, node: Node, marked: Iterable[int]) -> Any:
    score = tree.score(node.id)
    head = Text()
    if score is not None:
        head.append(f"{score:.2f}", style=next(style for least, style in _SCORE_STYLES if score >= least))
    if tree.n_children(node.id) > 1:
        head.append(f" ×{tree.n_children(node.id)}", style="bold cyan")
    if node.finished:
        head.append(_ending(node), style="bold" if node.end is End.STOP else "dim")
    if node.id in marked:
        head.append(" ★", style="bold magenta")
    return _OneLine(head, node.step.text)


def _ending(node: Node) -> str:
    if node.end is End.STOP:
        return f" ■ {printable(node.answer.text, width=24)}" if node.answer else " ■ no answer"
    return f" ■ {node.end}"


def _winning(outcome: Outcome) -> list[int]:
    """Return the best solution of the winning class."""
    answer = outcome.verdict.answer
    agreeing = [each for each in outcome.solutions if each.answer and each.answer.text == answer]
    return [max(agreeing, key=lambda solution: solution.score).node] if agreeing else []
