"""What a second model says of recorded solutions: read once, and kept.

Reading takes as long as the model's prefill does, so what was read of each trace is a line of a file in the
user's cache folder, and an interrupted reading goes on behind its last line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from platformdirs import user_cache_path

from ..core.errors import ModelError
from ..core.models import ModelFile
from ..core.requests import ScoreRequest
from ..core.trace import Trace
from ..core.tree import ROOT, Tree
from ..plugins.policies.llama_cpp import LlamaCppOptions
from ..plugins.scorers.reader import Features, LikelihoodReader
from ..store.database import Database
from ..store.traces import load_trace

_UNDER_WAY = 8  # searches that are read together, so that the batches are full

_OfTrace = dict[int, Features]


class Readings:
    """Features of nodes, by trace.

    Args:
        reader: The model that reads.
        path: Where they are kept; a file of the user's cache folder if not given.
    """

    def __init__(self, reader: ModelFile, path: Path | None = None) -> None:
        self.reader = reader
        known_as = reader.sha256[:16] or reader.name
        self._path = path or user_cache_path("reasontree", appauthor=False) / "readings" / f"{known_as}.jsonl"
        self._by_trace = dict(_lines(self._path))

    def missing(self, traces: Iterable[str]) -> list[str]:
        """Return the traces that have not been read."""
        return [trace for trace in traces if trace not in self._by_trace]

    def read(self, database: Database, traces: Sequence[str], options: LlamaCppOptions) -> Iterator[str]:
        """Read traces with the model, and yield each one's id when it is read and kept.

        Raises:
            ModelError: If the model cannot be opened, or what it says cannot be kept.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a", encoding="utf-8")
        except OSError as error:
            raise ModelError(f"Readings cannot be kept in {self._path}: {error.strerror}.") from error
        with file, closing(LikelihoodReader(self.reader, options)) as reader:
            loaded = (load_trace(database, trace) for trace in traces)
            for trace, features in _read(reader, loaded):
                self._by_trace[trace] = features
                file.write(json.dumps({"trace": trace, "nodes": features}) + "\n")
                file.flush()
                yield trace

    def put_into(self, tree: Tree, trace: str) -> None:
        """Let a tree's steps have what was read of them in place of their hidden states."""
        known = self._by_trace.get(trace, {})
        for node in tree:
            node.step = replace(node.step, hidden=known.get(node.id))


def _read(reader: LikelihoodReader, traces: Iterator[Trace]) -> Iterator[tuple[str, dict[int, Features]]]:
    under_way: dict[int, str] = {}
    number = 0
    while True:
        for trace in islice(traces, _UNDER_WAY - len(under_way)):
            number += 1
            under_way[number] = trace.id
            reader.take(_request(trace, number))
        if not under_way:
            return
        reader.tick()
        for request, features in reader.finished():
            reader.release(request.search)
            yield under_way.pop(request.search), features


def _request(trace: Trace, number: int) -> ScoreRequest:
    tree = trace.tree
    nodes = tuple(node.id for node in tree if node.id != ROOT)
    return ScoreRequest(
        search=number,
        round=1,
        problem=trace.problem,
        prompt=trace.prompt,
        nodes=nodes,
        paths=tuple(tree.steps(node)[1:] for node in nodes),
        parents=tuple(tree[node].parent or ROOT for node in nodes),
    )


def _lines(path: Path) -> Iterator[tuple[str, _OfTrace]]:
    """Read what was kept; a line that was cut by a kill, or is anything else, is as if it were not there."""
    with suppress(OSError):
        for line in path.read_text("utf-8", errors="replace").splitlines():
            with suppress(ValueError, TypeError, KeyError, AttributeError):
                kept = json.loads(line)
                nodes = {int(node): Features(*map(float, each)) for node, each in kept["nodes"].items()}
                yield str(kept["trace"]), nodes
