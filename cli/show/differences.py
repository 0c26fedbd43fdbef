"""The first difference between a recorded search and its replay, as a person wants to see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from ...core.records import Expansion
from ...core.replay.difference import Difference
from ...core.text import count, printable, tallies_text
from ...core.trace import Trace
from .summary import judged

_TEXT, _WORDS, _N_VOTES_SHOWN = 60, 24, 5
_FACTS = ("parent", "rank", "round", "end", "answer", "step", "scores")


def as_lines(difference: Difference, trace: Trace) -> Iterator[str]:
    """Yield what was recorded and what came instead."""
    if difference.kind == "selection":
        yield f"round {difference.place} asked for other steps:"
        yield from _selection(difference, trace)
    elif difference.kind == "node":
        yield f"node {difference.place} is another one:"
        yield from _node(difference)
    else:
        yield "the tree is the same, and the vote is not:"
        yield f"  recorded  {_vote(difference.recorded)}"
        yield f"  came      {_vote(difference.came)}"


def as_json(difference: Difference) -> dict[str, Any]:
    """Return the difference as JSON knows it."""
    if difference.kind != "selection":
        recorded, came = str(difference.recorded), str(difference.came)
        return {"kind": difference.kind, "place": difference.place, "recorded": recorded, "came": came}
    return {
        "kind": difference.kind,
        "round": difference.place,
        "recorded": [_expansion_json(expansion) for expansion in difference.recorded],
        "came": [_expansion_json(expansion) for expansion in difference.came],
    }


def _expansion_json(expansion: Expansion) -> dict[str, Any]:
    """Return an expansion as JSON knows it; what it does not give is left out."""
    found = expansion._asdict()
    if expansion.sampling is not None:
        found["sampling"] = asdict(expansion.sampling)
    return {name: value for name, value in found.items() if value not in (None, "")}


def _selection(difference: Difference, trace: Trace) -> Iterator[str]:
    """Yield a line for each node that did not get the same number of children."""
    recorded, came = _by_node(difference.recorded), _by_node(difference.came)
    same = [node for node in recorded if recorded[node] == came.get(node)]
    for node in sorted({*recorded, *came} - set(same)):
        then, now = recorded.get(node, "nothing"), came.get(node, "nothing")
        yield f"  node {node:<5} recorded {then:<12} came {now:<12} {_node_text(trace, node)}".rstrip()
    if not came:
        yield "  the strategy was done by then"
    if not recorded:
        yield "  the recorded search was done by then"
    if same:
        yield f"  and the same for {count(len(same), 'other node')}"


def _by_node(expansions: Sequence[Expansion]) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for each in expansions:
        what = count(each.width, "step" if each.until == "step" else "chain")
        found.setdefault(each.node, []).append(what + _manner(each))
    return {node: " and ".join(parts) for node, parts in found.items()}


def _manner(expansion: Expansion) -> str:
    """Say what is particular to an expansion; nothing where it is a plain one."""
    said = f" after {printable(expansion.says, width=_WORDS)!r}" if expansion.says else ""
    begun = f" from {printable(expansion.begins, width=_WORDS)!r}" if expansion.begins else ""
    return said + begun + (" with its own sampling" if expansion.sampling else "")


def _node_text(trace: Trace, number: int) -> str:
    if number not in trace.tree:
        return ""
    node = trace.tree[number]
    score = trace.tree.score(number)
    known = "" if score is None else f"{score:.2f} "
    return f"{known}{printable(node.step.text, width=_TEXT)}"


def _node(difference: Difference) -> Iterator[str]:
    if not difference.recorded or not difference.came:
        yield f"  it was {'not recorded' if difference.came else 'recorded, and did not come'}"
        return
    for name, then, now in zip(_FACTS, difference.recorded, difference.came, strict=True):
        if then != now:
            yield f"  {name:<8} recorded {_fact(then)}"
            yield f"  {'':<8} came     {_fact(now)}"


def _fact(fact: Any) -> str:
    return printable("nothing" if fact is None else str(getattr(fact, "text", fact)), width=_TEXT)


def _vote(facts: tuple[Any, ...]) -> str:
    answer, correct, tallies = facts
    votes = tallies_text(tallies, most=_N_VOTES_SHOWN) or "no votes"
    return f"{printable(answer or 'no answer')}{judged(correct)} ({votes})"
