"""Self-judge: the policy is asked about its own steps.

The score of a step is the probability with which the policy itself answers "yes" to "is this step right?",
P(yes) / (P(yes) + P(no)), each over the first tokens of the word's spellings. It is the P(True) of
Kadavath et al. 2022 (arXiv 2207.05221), asked of each step instead of the answer. Small models judge badly;
it costs no second model, so it is easy to see what it is worth to yours.

The question stands behind prompt and steps, as the user's next turn. The engine holds all that comes before
it, computed when the step was sampled, so a score costs the question's tokens and no more; it is read in the
same batches in which other branches decode. Any other order (question first, or a prompt of the judge's own)
would compute the whole solution again for every step. For the same reason the tokens are those that were
sampled, never the text tokenised anew, and what is not needed for sampling (finished solutions) stays in the
cache.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import Field

from ...core import Options, Scorer, ScoreRequest, Scores, Step, hookimpl
from ...core.errors import ModelError, UsageError
from ..policies.llama_cpp import LlamaCpp, Model, conversation
from .node_reader import NodeReader, TokenReadout, scores_of


class SelfJudgeOptions(Options):
    """What the policy is asked."""

    question: str = Field(
        "Is the last step above correct? Answer Yes or No.",
        min_length=1,
        max_length=2000,
        description="What the policy is asked about each step.",
    )
    yes: str = Field("Yes", min_length=1, max_length=40, description="The word for a right step.")
    no: str = Field("No", min_length=1, max_length=40, description="The word for a wrong step.")


class SelfJudge(Scorer):
    """Scores steps by the policy's own yes or no."""

    name = "self-judge"
    Options = SelfJudgeOptions

    def __init__(self, options: SelfJudgeOptions, policy: Any) -> None:
        self.options = options
        judge = self._judge = _judge(policy)
        self._model = judge.model
        self._question = judge.follow_up(options.question)
        judge.engine.keeps_finished = True
        self._reader = NodeReader(judge.engine, yes_or_no(judge.model, options.yes, options.no))

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Ask about new nodes; the engine reads them when the policy next works."""
        for request in requests:
            texts = {
                node: (*request.prompt.tokens, *self._conversation(path), *self._question)
                for node, path in zip(request.nodes, request.paths, strict=True)
            }
            self._reader.take(request, texts)
        return [*scores_of(self.name, self._reader.finished())]

    def cut(self, search: int) -> None:
        """Ask nothing more about a search."""
        self._judge.engine.cut_readings(search)

    @hookimpl
    def search_finished(self, search: Any) -> None:
        """Forget a search."""
        self._reader.release(search.number)

    def close(self) -> None:
        """Hold nothing; the engine is the policy's."""

    def _conversation(self, path: Sequence[Step]) -> tuple[int, ...]:
        """Return the path's tokens without the one that ends its last turn: the question brings its own."""
        return conversation(self._model, path, goes_on=True)


def yes_or_no(model: Model, yes: str, no: str) -> TokenReadout:
    """Ask for the first tokens of both words, in all spellings, less those that they share.

    Raises:
        ModelError: If the vocabulary cannot tell the words apart.
    """
    for_yes, for_no = _first_tokens(model, yes), _first_tokens(model, no)
    only_yes, only_no = sorted(for_yes - for_no), sorted(for_no - for_yes)
    if not only_yes or not only_no:
        raise ModelError(
            f"'{yes}' and '{no}' begin with the same tokens in the vocabulary of {model.info.name}.",
            hint="Give scorer 'self-judge' other words: -k yes=... -k no=...",
        )

    def score(logits: tuple[float, ...]) -> float:
        top = max(logits)
        weights = [math.exp(logit - top) for logit in logits]
        return math.fsum(weights[: len(only_yes)]) / math.fsum(weights)

    return TokenReadout((*only_yes, *only_no), score)


def _first_tokens(model: Model, word: str) -> set[int]:
    spellings = [space + form for space in ("", " ") for form in (word, word.lower(), word.upper())]
    tokens = (model.tokenize(spelling, special=False, begin=False) for spelling in spellings)
    return {found[0] for found in tokens if found}


def _judge(policy: Any) -> LlamaCpp:
    """Return a policy that can be asked: it has `LlamaCpp`'s `engine`, `model` and `follow_up`."""
    if not all(hasattr(policy, name) for name in ("engine", "model", "follow_up")):
        raise UsageError(
            f"Scorer 'self-judge' asks the policy's own model, and policy '{policy.name}' has none to ask.",
            hint="Choose --policy llama-cpp, or another scorer.",
        )
    judge: LlamaCpp = policy
    return judge


@hookimpl
def register_scorers() -> Iterable[type[Scorer]]:
    """Register the self-judge."""
    return [SelfJudge]
