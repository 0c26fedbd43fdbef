"""The scorer that asks the reader."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from pydantic import Field

from ....core import Booking, Policy, Scorer, ScoreRequest, Scores, hookimpl
from ....core.errors import UsageError
from ....core.models import ModelFile
from ..node_reader import scores_of
from ..second_model import SecondModelOptions
from ..value_head import Head, find_head, load_head_for
from .likelihoods import Features, LikelihoodReader


class ReaderOptions(SecondModelOptions):
    """Which model reads, and what makes its likelihoods probabilities."""

    head: str = Field("", description="A file of 'reason train-head --reader'; empty takes the one for both.")
    sha256: str = Field("", description="Refuse a head whose file has another SHA-256; empty takes any.")
    power: float = Field(1.0, gt=0, le=16, description="The score is P(right) to this power.")


class ReaderScorer(Scorer):
    """Scores steps by how probable a second model finds the solution up to there.

    Without a head for this policy and this reader, the score is the geometric mean of the tokens'
    probabilities: it ranks the solutions of one problem, but is no probability of being right.

    Attributes:
        options: With the head's SHA-256, so that a trace says which head it was.
    """

    name = "reader"
    Options = ReaderOptions
    options: ReaderOptions
    takes_model = True

    def __init__(self, options: ReaderOptions, policy: Policy, model: ModelFile) -> None:
        self._head = _head_for(options, policy, model)
        self._reader = LikelihoodReader(model, options.engine())
        self.options = options
        if self._head is not None:
            self.options = options.model_copy(update={"sha256": self._head.digest})
            self.reliability = self._head.info.reliability

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores | Booking]:
        """Take new nodes, run one decode, and return the requests that are read."""
        for request in requests:
            self._reader.take(request)
        bookings = self._reader.tick()
        finished = [(request, self._scored(features)) for request, features in self._reader.finished()]
        return [*bookings, *scores_of(self.name, finished)]

    def cut(self, search: int) -> None:
        """Read nothing more for a search."""
        self._reader.cut(search)

    @hookimpl
    def search_finished(self, search: Any) -> None:
        """Forget a search and free its cells."""
        self._reader.release(search.number)

    def close(self) -> None:
        """Free the cache and the weights."""
        self._reader.close()

    def _scored(self, by_node: dict[int, Features]) -> dict[int, float]:
        if self._head is None or not by_node:
            return {node: math.exp(each.path) ** self.options.power for node, each in by_node.items()}
        scores = self._head.probabilities(np.array(list(by_node.values()))) ** self.options.power
        return dict(zip(by_node, scores.tolist(), strict=True))


def _head_for(options: ReaderOptions, policy: Policy, model: ModelFile) -> Head | None:
    """Return the head that is named, or the user's for this policy and reader, if there is one.

    Raises:
        UsageError: If the head that is named was made for others, or is another one.
        ModelError: If its file cannot be read.
    """
    if not options.head:
        head = find_head(policy.info, options.sha256, reader_sha256=model.known_as[1])
        if head is None and options.sha256:
            raise UsageError(
                f"There is no head with the SHA-256 {options.sha256[:12]}… for {policy.info.name} and "
                f"{model.name} as its reader.",
                hint="Train one with 'reason train-head --reader'.",
            )
        return head
    return load_head_for(policy.info, options.head, options.sha256, *model.known_as)
