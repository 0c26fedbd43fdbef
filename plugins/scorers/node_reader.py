"""From score requests to texts that an engine reads, and from its readings back to scores.

What nodes have in common is computed once: a text that another one begins with is a further question to the
longer one, so that a chain of steps is one text; and what all texts of a request begin with is read first,
unless the cache holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, NamedTuple

from ...core import ScoreRequest, Scores
from ..policies.llama_cpp import Engine, Question, ReadRequest

_STEM = -1  # stands for what all texts of a request begin with


class Readout(NamedTuple):
    """What is asked behind a text, and how the answer becomes a score.

    Attributes:
        tokens: Whose logits are asked for; none of them asks for the mean over the vocabulary.
        score: Makes a score in [0, 1] of them.
    """

    tokens: tuple[int, ...]
    score: Callable[[tuple[float, ...]], float]


@dataclass(slots=True)
class Passage:
    """A text, and the nodes whose own texts end within it, by the position of their last token."""

    tokens: tuple[int, ...]
    nodes: dict[int, list[int]] = field(default_factory=dict)


@dataclass(slots=True)
class _Round:
    request: ScoreRequest
    passages: list[Passage]
    n_due: int
    by_node: dict[int, float] = field(default_factory=dict)


class NodeReader:
    """Scores nodes by what a model expects behind their texts.

    Args:
        scorer: The name that scores are given under.
    """

    def __init__(self, scorer: str, engine: Engine, readout: Readout) -> None:
        self._scorer = scorer
        self._engine = engine
        self._readout = readout
        self._rounds: dict[tuple[int, int], _Round] = {}

    def take(self, request: ScoreRequest, texts: Mapping[int, tuple[int, ...]]) -> None:
        """Take the nodes of a request with the text of each; a node without one gets no score."""
        fitting = {n: tokens for n, tokens in texts.items() if 0 < len(tokens) <= self._engine.max_length}
        passages = passages_of(fitting)
        round = _Round(request, passages, len(passages))
        self._rounds[request.search, request.round] = round
        stem = stem_of(passages)
        if len(passages) > 1 and self._engine.n_held(stem) < len(stem):
            self._read(round, _STEM, stem, ())
        else:
            self._read_passages(round)

    def finished(self) -> list[Scores]:
        """Return the requests whose nodes have all been read."""
        for reading in self._engine.take_readings(self):
            self._note(reading.key, reading.values)
        done = [key for key, round in self._rounds.items() if not round.n_due]
        rounds = [self._rounds.pop(key) for key in done]
        return [Scores(r.request.search, r.request.round, self._scorer, r.by_node) for r in rounds]

    def release(self, search: int) -> None:
        """Forget a search."""
        self._rounds = {key: round for key, round in self._rounds.items() if key[0] != search}

    def _read_passages(self, round: _Round) -> None:
        asked = self._readout.tokens
        for number, passage in enumerate(round.passages):
            questions = tuple(Question(position, asked, normalised=False) for position in passage.nodes)
            self._read(round, number, passage.tokens, questions)

    def _read(
        self, round: _Round, number: int, tokens: tuple[int, ...], questions: tuple[Question, ...]
    ) -> None:
        request = round.request
        key = (request.search, request.round, number)
        self._engine.read(ReadRequest(request.search, key, tokens, questions, request.allowance, owner=self))

    def _note(self, key: Any, values: Sequence[tuple[float, ...]]) -> None:
        search, number, passage = key
        round = self._rounds.get((search, number))
        if round is None:
            return  # the search has ended meanwhile
        if passage == _STEM:
            self._read_passages(round)
            return
        round.n_due -= 1
        # A reading that was cut has fewer answers than questions: the nodes beyond have no score.
        for nodes, answer in zip(round.passages[passage].nodes.values(), values, strict=False):
            round.by_node.update(dict.fromkeys(nodes, self._readout.score(answer)))


def stem_of(passages: Sequence[Passage]) -> tuple[int, ...]:
    """Return what all texts begin with."""
    if not passages:
        return ()
    # Whatever the first and the last text in lexical order share, those between them share too.
    first, last = (choose(passage.tokens for passage in passages) for choose in (min, max))
    pairs = zip(first, last, strict=False)
    return tuple(token for token, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def passages_of(texts: Mapping[int, tuple[int, ...]]) -> list[Passage]:
    """Put each node's text into the first longer one that begins with it.

    Returns:
        The texts that no other one begins with, longest first; positions of each in rising order.
    """
    passages: list[Passage] = []
    for node, tokens in sorted(texts.items(), key=lambda item: -len(item[1])):
        passage = next((each for each in passages if each.tokens[: len(tokens)] == tokens), None)
        if passage is None:
            passage = Passage(tokens)
            passages.append(passage)
        passage.nodes.setdefault(len(tokens) - 1, []).append(node)
    for passage in passages:
        passage.nodes = dict(sorted(passage.nodes.items()))
    return passages
