"""From score requests to texts that an engine reads, and from its readings back to the nodes.

What nodes have in common is computed once: a text that another one begins with is a further question to the
longer one, so that a chain of steps is one text; and what all texts of a request begin with is read first,
unless the cache holds it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Generic, TypeVar

from ...core import ScoreRequest, Scores
from ..policies.llama_cpp import Engine, Question, ReadRequest

ValueT = TypeVar("ValueT")
_STEM = -1  # stands for what all texts of a request begin with


@dataclass(slots=True)
class Passage:
    """A text, and the nodes whose own texts end within it, by the position of their last token.

    Attributes:
        begins: Where what is to be learnt of each node begins; a node that is not there is asked at its end.
    """

    tokens: tuple[int, ...]
    nodes: dict[int, list[int]] = field(default_factory=dict)
    begins: dict[int, int] = field(default_factory=dict)


class Readout(ABC, Generic[ValueT]):
    """What is asked of a passage, and what its answers say of the nodes."""

    @abstractmethod
    def questions(self, passage: Passage) -> tuple[Question, ...]:
        """Return the questions, in rising order of position."""

    @abstractmethod
    def values(self, passage: Passage, answers: Sequence[tuple[float, ...]]) -> Mapping[int, ValueT]:
        """Return what is known of each node; where answers are too few, some nodes are left out."""


@dataclass(frozen=True, slots=True)
class TokenReadout(Readout[float]):
    """A score in [0, 1] that is made of some tokens' logits behind a node's text.

    Attributes:
        tokens: Whose logits are asked for; none of them asks for the mean over the vocabulary.
        score: Makes a score in [0, 1] of them.
    """

    tokens: tuple[int, ...]
    score: Callable[[tuple[float, ...]], float]

    def questions(self, passage: Passage) -> tuple[Question, ...]:
        """Ask once behind each text."""
        return tuple(Question(position, self.tokens, normalised=False) for position in passage.nodes)

    def values(self, passage: Passage, answers: Sequence[tuple[float, ...]]) -> Mapping[int, float]:
        """Return the scores."""
        return _behind(passage, answers, self.score)


@dataclass(frozen=True, slots=True)
class StateReadout(Readout[float]):
    """A score in [0, 1] that is made of the hidden state behind a node's text.

    Attributes:
        score: Makes a score in [0, 1] of it.
    """

    score: Callable[[tuple[float, ...]], float]

    def questions(self, passage: Passage) -> tuple[Question, ...]:
        """Ask once behind each text."""
        return tuple(Question(position, hidden=True) for position in passage.nodes)

    def values(self, passage: Passage, answers: Sequence[tuple[float, ...]]) -> Mapping[int, float]:
        """Return the scores."""
        return _behind(passage, answers, self.score)


class Likelihood(Readout[tuple[float, ...]]):
    """The log-probability in nats of each token of a node's text, from where its `begins` says."""

    def questions(self, passage: Passage) -> tuple[Question, ...]:
        """Ask before each token what it was expected with."""
        first = min(passage.begins.values())
        tokens = passage.tokens
        return tuple(Question(place - 1, (tokens[place],)) for place in range(first, len(tokens)))

    def values(
        self, passage: Passage, answers: Sequence[tuple[float, ...]]
    ) -> Mapping[int, tuple[float, ...]]:
        """Return the log-probabilities of the nodes that were read to their end."""
        first = min(passage.begins.values())
        found = [value for (value,) in answers]
        return {
            node: tuple(found[passage.begins[node] - first : end + 1 - first])
            for end, nodes in passage.nodes.items()
            for node in nodes
            if end + 1 - first <= len(found)
        }


@dataclass(slots=True)
class _Round:
    request: ScoreRequest
    passages: list[Passage]
    n_due: int
    by_node: dict[int, Any] = field(default_factory=dict)


class NodeReader(Generic[ValueT]):
    """Learns of nodes what a model expects in or behind their texts."""

    def __init__(self, engine: Engine, readout: Readout[ValueT]) -> None:
        self._engine = engine
        self._readout = readout
        self._rounds: dict[tuple[int, int], _Round] = {}

    def take(
        self, request: ScoreRequest, texts: Mapping[int, tuple[int, ...]], begins: Mapping[int, int] = {}
    ) -> None:
        """Take the nodes of a request with the text of each; of a node without one nothing is learnt.

        Args:
            begins: Of each node, the place in its text from which on it is to be read; 1 or more.
        """
        fitting = {n: tokens for n, tokens in texts.items() if 0 < len(tokens) <= self._engine.max_length}
        passages = passages_of(fitting)
        for passage in passages:
            passage.begins = {n: begins[n] for nodes in passage.nodes.values() for n in nodes if n in begins}
        round = _Round(request, passages, len(passages))
        self._rounds[request.search, request.round] = round
        stem = stem_of(passages)
        if len(passages) > 1 and self._engine.n_held(stem) < len(stem):
            self._read(round, _STEM, stem, ())
        else:
            self._read_passages(round)

    def finished(self) -> list[tuple[ScoreRequest, dict[int, ValueT]]]:
        """Return the requests whose nodes have all been read, with what was learnt of each node."""
        for reading in self._engine.take_readings(self):
            self._note(reading.key, reading.values)
        done = [key for key, round in self._rounds.items() if not round.n_due]
        return [(round.request, round.by_node) for round in map(self._rounds.pop, done)]

    def release(self, search: int) -> None:
        """Forget a search."""
        self._rounds = {key: round for key, round in self._rounds.items() if key[0] != search}

    def _read_passages(self, round: _Round) -> None:
        for number, passage in enumerate(round.passages):
            self._read(round, number, passage.tokens, self._readout.questions(passage))

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
        # A reading that was cut has fewer answers than questions: nothing is known of the nodes beyond.
        round.by_node.update(self._readout.values(round.passages[passage], values))


def scores_of(scorer: str, finished: Iterable[tuple[ScoreRequest, Mapping[int, float]]]) -> Iterator[Scores]:
    """Yield the scores of finished requests."""
    for request, by_node in finished:
        yield Scores(request.search, request.round, scorer, by_node)


def _behind(
    passage: Passage, answers: Sequence[tuple[float, ...]], score: Callable[[tuple[float, ...]], float]
) -> Mapping[int, float]:
    """Return the score of each node whose text's end was asked about and answered."""
    pairs = zip(passage.nodes.values(), map(score, answers), strict=False)
    return {node: found for nodes, found in pairs for node in nodes}


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
