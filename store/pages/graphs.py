"""A recorded tree for other programs: Graphviz's DOT and GraphML.

Model text is shortened to a label and stripped of what the formats cannot hold.
"""

from __future__ import annotations

import io

import networkx as nx

from ...core.text import printable
from ...core.trace import Trace
from ...core.tree import ROOT, Node

_LABEL = 60
_TEXT = 20_000


def dot(trace: Trace) -> str:
    """Return the tree in Graphviz's language; a node's fill is darker the higher its score."""
    lines = ["digraph trace {", "  node [shape=box, style=filled, fontname=sans];"]
    for node in trace.tree:
        score = trace.tree.score(node.id)
        fill = f"0.55 {score:.3f} 1.0" if score is not None else "0 0 1"
        label = _quoted(_label(trace, node))
        lines.append(f'  {node.id} [label={label}, fillcolor="{fill}"{_border(node)}];')
    lines += [f"  {node.parent} -> {node.id};" for node in trace.tree if node.parent is not None]
    return "\n".join([*lines, "}", ""])


def graphml(trace: Trace) -> str:
    """Return the tree as GraphML: words, text, score, end, answer, round and tokens of each node."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    for node in trace.tree:
        graph.add_node(node.id, **_attributes(trace, node))
        if node.parent is not None:
            graph.add_edge(node.parent, node.id)
    written = io.BytesIO()
    nx.write_graphml(graph, written, prettyprint=True)
    return written.getvalue().decode()


def _attributes(trace: Trace, node: Node) -> dict[str, str | int | float]:
    score = trace.tree.score(node.id)
    found: dict[str, str | int | float | None] = {
        "said": _xml(node.step.said[:_TEXT]) or None,
        "text": _xml(node.step.text[:_TEXT]),
        "depth": node.depth,
        "round": node.round,
        "n_tokens": len(node.step.tokens),
        "score": score,
        "end": str(node.end) if node.end else None,
        "answer": _xml(node.answer.text) if node.answer else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _label(trace: Trace, node: Node) -> str:
    if node.id == ROOT:
        return printable(trace.problem.text, width=_LABEL)
    score = trace.tree.score(node.id)
    head = [] if score is None else [f"{score:.2f}"]
    if node.finished:
        head.append(printable(node.answer.text, width=_LABEL) if node.answer else str(node.end))
    said = [f"user: {printable(node.step.said, width=_LABEL)}"] if node.step.said else []
    return "\n".join([*head, *said, printable(node.step.text, width=_LABEL)])


def _border(node: Node) -> str:
    return ", penwidth=3" if node.answer else ""


def _quoted(text: str) -> str:
    """Quote a label: a backslash of the text is none of Graphviz's."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'.encode("utf-8", "replace").decode()


def _xml(text: str) -> str:
    """Replace what XML 1.0 cannot hold: control characters, surrogates, and two that are not characters."""
    return "".join(
        char if char in "\t\n" or (char >= " " and not "\ud800" <= char <= "\udfff" and char < "\ufffe")
        or char > "\uffff" else "\ufffd"
        for char in text
    )  # fmt: skip
