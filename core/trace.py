"""The record of one search, whole: what a replay, a page or a curve reads, wherever it was kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .records import Flops, Outcome, Problem, Prompt, RecordedRound, Tally, Tokens
from .run_record import RunRecord
from .search import Search
from .tree import Tree


@dataclass(frozen=True, slots=True)
class Trace:
    """A recorded search, whole.

    Attributes:
        number: Its search's number within the run.
        rounds: The complete ones, by number.
        tree: With the numbers, ranks, seeds, scores and answers that it had. Where the process ended early
            it may hold nodes of a round that was still waiting for scores.
        stopped: None where the process ended before the search did.
    """

    id: str
    run: int
    number: int
    record: RunRecord
    problem: Problem
    prompt: Prompt
    rounds: tuple[RecordedRound, ...]
    tree: Tree
    stopped: str | None
    error: str | None
    answer: str | None
    correct: bool | None
    tallies: tuple[Tally, ...]
    tokens: Tokens
    flops: Flops
    elapsed_s: float | None


def trace_of(
    search: Search,
    outcome: Outcome,
    record: RunRecord,
    *,
    id: str = "",
    run: int = 0,
    shares_tree: bool = False,
) -> Trace:
    """Make the trace of a search that has finished, as a database would give it back.

    The tree and its steps are copies: nothing that is done with the trace reaches the search, and a strategy
    that plays it again meets steps that are equal to those it saw and not the same objects. A search that
    failed may have nodes of a round that never ended.

    Args:
        record: Of the search's run; the first of its scorers leads the trace's tree.
        id: What the trace is called.
        run: The number of its run.
        shares_tree: Whether the search's own tree will do, because nobody needs the search any more.
    """
    return Trace(
        id=id,
        run=run,
        number=search.place,
        record=record,
        problem=search.problem,
        prompt=search.prompt,
        rounds=tuple(sorted(search.history, key=lambda round: round.number)),
        tree=search.tree if shares_tree else _copied(search.tree, scorer=record.spec.scorer),
        stopped=outcome.stopped,
        error=outcome.error or None,
        answer=outcome.verdict.answer,
        correct=outcome.correct,
        tallies=outcome.verdict.tallies,
        tokens=outcome.tokens,
        flops=outcome.flops,
        elapsed_s=outcome.elapsed_s,
    )


def _copied(tree: Tree, *, scorer: str) -> Tree:
    """Grow a tree again: a node's number is its place in the order of growth."""
    copy = Tree(replace(tree.root.step), seed=tree.root.seed, scorer=scorer)
    for node in list(tree)[1:]:
        assert node.parent is not None, "only the root has none"
        grown = copy.add(node.parent, replace(node.step), round=node.round, rank=node.rank, end=node.end)
        grown.answer = node.answer
        grown.scores.update(node.scores)
    return copy
