"""How probable a second model finds the steps of a solution, one decode at a time.

It has an engine of its own, so what it has read stays in its cache: a step costs its own tokens and one more.
Where writer and reader have one vocabulary, it reads the writer's own tokens behind the writer's own prompt;
otherwise it is shown the problem in its own format, and reads the steps' texts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ....core import Booking, ScoreRequest, Step
from ....core.models import ModelFile
from ....core.turns import reply_of
from ...policies.llama_cpp import LlamaCppOptions, OpenModel, conversation, render
from ..node_reader import Likelihood, NodeReader


class Features(NamedTuple):
    """What is known of a step: means of log-probabilities in nats a token, 0 where nobody knows.

    Attributes:
        path: By the reader, over the whole solution up to the step's end.
        writer: By the policy that wrote it, over the same.
        step: By the reader, over the step alone.
    """

    path: float
    writer: float
    step: float


class _Sum(NamedTuple):
    total: float
    n: int


class _Text(NamedTuple):
    """What is read for a node.

    Attributes:
        tokens: Prompt and solution.
        solution: Where the solution begins.
        step: Where the node's own step begins, behind what was given to it.
    """

    tokens: tuple[int, ...]
    solution: int
    step: int


class LikelihoodReader:
    """Reads solutions with a model of its own.

    Raises:
        ModelError: If the model cannot be opened.
    """

    def __init__(self, file: ModelFile, options: LlamaCppOptions) -> None:
        self._format = file.prompt
        self._open = OpenModel(file, options)
        self._model = self._open.model
        self._reader = NodeReader(self._open.engine, Likelihood())
        self._texts: dict[tuple[int, int], dict[int, _Text]] = {}  # of the nodes that are being read
        self._sums: dict[int, dict[int, _Sum]] = {}  # of the nodes that were read, by search
        self._prompts: dict[int, tuple[int, ...]] = {}  # by search; empty where the writer's own is read

    def take(self, request: ScoreRequest) -> None:
        """Take the nodes of a request."""
        known = self._sums.setdefault(request.search, {})
        texts = {
            node: self._text(request, path) for node, path in zip(request.nodes, request.paths, strict=True)
        }
        texts = {node: text for node, text in texts.items() if text.step < len(text.tokens)}
        parents = dict(zip(request.nodes, request.parents, strict=False))
        begins = {
            node: text.step if parents.get(node) in known or parents.get(node) in texts else text.solution
            for node, text in texts.items()
        }
        self._texts[request.search, request.round] = texts
        self._reader.take(request, {node: text.tokens for node, text in texts.items()}, begins)

    def tick(self) -> list[Booking]:
        """Run one decode."""
        return [each for each in self._open.engine.tick() if isinstance(each, Booking)]

    def finished(self) -> list[tuple[ScoreRequest, dict[int, Features]]]:
        """Return the requests that have been read, with what is known of each node."""
        return [(request, self._features(request, logprobs)) for request, logprobs in self._reader.finished()]

    def cut(self, search: int) -> None:
        """Read nothing more for a search."""
        self._open.engine.cut_readings(search)

    def release(self, search: int) -> None:
        """Forget a search and free its cells."""
        self._reader.release(search)
        self._open.engine.release(search)
        self._sums.pop(search, None)
        self._prompts.pop(search, None)
        self._texts = {key: texts for key, texts in self._texts.items() if key[0] != search}

    def close(self) -> None:
        """Free the cache and the weights."""
        self._open.close()

    def _features(self, request: ScoreRequest, logprobs: dict[int, tuple[float, ...]]) -> dict[int, Features]:
        """Add each step's log-probabilities to those of the steps before it; parents come first."""
        texts = self._texts.pop((request.search, request.round), {})
        sums = self._sums.setdefault(request.search, {})
        parents = request.parents or (0,) * len(request.nodes)
        found: dict[int, Features] = {}
        for node, parent, path in zip(request.nodes, parents, request.paths, strict=True):
            if node not in logprobs:
                continue
            read, n_own = logprobs[node], len(texts[node].tokens) - texts[node].step
            whole = len(texts[node].tokens) - texts[node].solution == len(read)
            before = _Sum(0.0, 0) if whole else sums.get(parent)
            if before is None:
                continue  # the step before could not be read
            sums[node] = _Sum(before.total + math.fsum(read), before.n + len(read))
            found[node] = Features(sums[node].total / sums[node].n, _writers(path), _mean(read[-n_own:]))
        return found

    def _text(self, request: ScoreRequest, path: Sequence[Step]) -> _Text:
        prompt = self._own_prompt(request)
        if prompt:
            steps = [self._model.tokenize(step.text, special=False, begin=False) for step in reply_of(path)]
            tokens = (*prompt, *(token for step in steps for token in step))
            return _Text(tokens, len(prompt), len(tokens) - len(steps[-1]))
        tokens = (*request.prompt.tokens, *conversation(self._model, path))
        n_own = len(path[-1].tokens) - path[-1].n_given
        n_reply = sum(len(step.tokens) for step in reply_of(path)) - reply_of(path)[0].n_given
        return _Text(tokens, len(tokens) - n_reply, len(tokens) - n_own)

    def _own_prompt(self, request: ScoreRequest) -> tuple[int, ...]:
        """Return the problem as this model is shown it; nothing where it reads the writer's own tokens."""
        if request.search not in self._prompts:
            self._prompts[request.search] = () if self._knows(request) else self._rendered(request)
        return self._prompts[request.search]

    def _rendered(self, request: ScoreRequest) -> tuple[int, ...]:
        return tuple(render(self._model, self._format, request.problem.text).tokens(self._model))

    def _knows(self, request: ScoreRequest) -> bool:
        """Whether the prompt's text has the same tokens here as it had for the writer."""
        text, tokens = request.prompt.text, list(request.prompt.tokens)
        return bool(tokens) and tokens in (
            self._model.tokenize(text, special=special, begin=begin)
            for special in (True, False)
            for begin in (True, False)
        )


def _writers(path: Sequence[Step]) -> float:
    return _mean([logprob for step in reply_of(path) for logprob in step.logprobs])


def _mean(values: Iterable[float]) -> float:
    values = list(values)
    return math.fsum(values) / len(values) if values else 0.0
