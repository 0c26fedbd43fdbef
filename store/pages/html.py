"""A recorded search as one page for a browser: no network, and nothing of a model's text can run.

The text travels as JSON in a block of data, with `<`, `>` and `&` escaped, and the script puts it on the page
as text alone. A content security policy allows exactly this style and this script, by their hashes, and
nothing else.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import asdict
from hashlib import sha256
from importlib.resources import files
from typing import Any

from ...core.trace import Trace
from ...core.tree import Node
from ...core.vote import best_of, solutions_of
from .facts import facts
from .layout import rows_of

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def page(trace: Trace) -> str:
    """Return the page as HTML."""
    style, script = _part("page.css"), _part("page.js")
    policy = f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'"
    parts = {"policy": policy, "title": f"trace {trace.id}", "style": style, "script": script}
    html = _part("page.html")
    for name, text in parts.items():
        html = html.replace(f"{{{{ {name} }}}}", text)
    before, _, after = html.partition("{{ data }}")  # last, so that nothing in it is taken for a part
    return before + _embedded(data_of(trace)) + after


def data_of(trace: Trace) -> dict[str, Any]:
    """Return all that the page shows."""
    best = best_of(solutions_of(trace.tree, trace.record.spec.aggregation), trace.answer)
    rows = rows_of(trace.tree)
    return {
        "facts": facts(trace),
        "scorers": list(trace.record.spec.scorers) or _scorers(trace),
        "nodes": [_node(node, rows[node.id]) for node in trace.tree],
        "rounds": [
            {"number": round.number, "widths": [[each.node, each.width] for each in round.expansions]}
            for round in trace.rounds
        ],
        "votes": [asdict(tally) for tally in trace.tallies],
        "best": [each.id for each in trace.tree.path(best)] if best is not None else [],
        "prompt": trace.prompt.text,
        "solution": trace.tree.text(best) if best is not None else "",
    }


def _node(node: Node, row: float) -> dict[str, Any]:
    return {
        "parent": node.parent,
        "depth": node.depth,
        "row": row,
        "round": node.round,
        "said": node.step.said,
        "text": node.step.text,
        "nTokens": len(node.step.tokens),
        "nGiven": node.step.n_given,
        "logprobs": [round(logprob, 4) for logprob in node.step.logprobs],
        "scores": node.scores,
        "end": str(node.end) if node.end else None,
        "answer": node.answer.text if node.answer else None,
        "canonical": node.answer.canonical if node.answer else None,
    }


def _scorers(trace: Trace) -> list[str]:
    return sorted({name for node in trace.tree for name in node.scores})


def _embedded(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return "".join(_ESCAPES.get(char, char) for char in text)


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
