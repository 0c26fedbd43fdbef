"""Token PRM: a second GGUF model that was trained to judge steps, and says so with the logits of a token.

Such process reward models are language models; what they think of a step is a probability at a position
behind it, of a token or of a small head on the hidden state there. `prm_formats` has how the published ones
are asked and read. The model has an engine of its own: the solutions that it has read stay in its cache, so a
step's score costs the step's own tokens, and a whole chain is read in one pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from ...core import Booking, Policy, Scorer, ScoreRequest, Scores, hookimpl
from ...core.errors import UsageError
from ...core.models import ModelFile
from ...core.turns import reply_of
from ..policies.llama_cpp import Model, OpenModel, Shield, Turn, render_chat
from .node_reader import NodeReader, Readout, StateReadout, TokenReadout, scores_of
from .prm_formats import PRESETS, PrmFormat
from .prm_head import PrmHead, load_prm_head
from .second_model import SecondModelOptions


class TokenPrmOptions(SecondModelOptions):
    """Which reward model judges, and how it is asked."""

    preset: Literal[
        "by-model",
        "math-shepherd",
        "rlhflow",
        "rebase-llemma",
        "qwen2.5-math-prm",
        "skywork-o1-prm",
        "custom",
    ] = Field("by-model", description="How it is asked; by-model takes what the catalog says.")
    head: str = Field("", description="The file of the head, for a model that has one of its own.")
    layout: Literal["preset", "tag", "reply", "chat"] = Field(
        "preset",
        description="A tag behind each step, in a text or in the model's reply; or a step as a user's turn.",
    )
    question: str = Field("", description="What stands before the first step, with {question}.")
    step: str = Field("", description="A step, with {step} and perhaps {number}.")
    tag: str = Field("", description="What stands behind each step; the score is read at its last token.")
    join: str = Field("", description="What stands between two steps.")
    readout: Literal["preset", "softmax", "sigmoid", "mean", "head"] = Field(
        "preset",
        description="softmax over good and bad, the sigmoid of good's logit or of the mean of all logits, or "
        "the head.",
    )
    good: str = Field("", description="The token that stands for a right step.")
    bad: str = Field("", description="The token that stands for a wrong step.")


class TokenPrm(Scorer):
    """Scores steps with a process reward model of its own."""

    name = "token-prm"
    Options = TokenPrmOptions
    takes_model = True

    def __init__(self, options: TokenPrmOptions, policy: Policy, model: ModelFile) -> None:
        self.options = options
        self._format = format_of(options, model)
        head = load_prm_head(Path(options.head).expanduser()) if options.head else None
        self._open = OpenModel(model, options.engine())
        try:
            readout = _readout(self._open.model, self._format, head)
        except Exception:
            self._open.close()
            raise
        self._reader = NodeReader(self._open.engine, readout)

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores | Booking]:
        """Take new nodes, run one decode, and return the requests that are read."""
        for request in requests:
            paths = zip(request.nodes, request.paths, strict=True)
            texts = {node: self._tokens(request, [s.text for s in reply_of(path)]) for node, path in paths}
            self._reader.take(request, texts)
        bookings = (each for each in self._open.engine.tick() if isinstance(each, Booking))
        return [*bookings, *scores_of(self.name, self._reader.finished())]

    def cut(self, search: int) -> None:
        """Read nothing more for a search."""
        self._open.engine.cut_readings(search)

    @hookimpl
    def search_finished(self, search: Any) -> None:
        """Forget a search and free its cells."""
        self._reader.release(search.number)
        self._open.engine.release(search.number)

    def close(self) -> None:
        """Free the cache and the weights."""
        self._open.close()

    def _tokens(self, request: ScoreRequest, texts: list[str]) -> tuple[int, ...]:
        """Return what the model reads, to the token that is asked; nothing where there is no step yet."""
        return tokens_of(self._open.model, self._format, request.problem.text, texts)


def tokens_of(model: Model, format: PrmFormat, question: str, steps: Iterable[str]) -> tuple[int, ...]:
    """Turn question and steps into tokens; a step of white space alone is as if it were not there."""
    clean = format.clean(steps)
    if not clean:
        return ()
    if format.layout == "tag":
        tokens = model.tokenize(format.tagged(question, clean), special=False, begin=True)
        begins = format.begins and tokens[:1] != [model.begin_token]
        return (model.begin_token, *tokens) if begins else tuple(tokens)
    shield = Shield(model)
    after = format.body([shield.over(step) for step in clean]) if format.layout == "reply" else ""
    turns = [Turn(*turn) for turn in format.turns(question, clean)]
    return tuple(render_chat(model, turns, after=after, shield=shield).tokens(model))


def format_of(options: TokenPrmOptions, model: ModelFile) -> PrmFormat:
    """Return the preset's format with what the options change; a text that is changed has no published id.

    Raises:
        UsageError: If the catalog does not know how the model is asked and no option says so.
    """
    preset = model.preset if options.preset == "by-model" else options.preset
    if not preset:
        raise UsageError(
            f"The catalog does not say how {model.name} is asked.",
            hint=f"Give scorer 'token-prm' a preset: {', '.join(PRESETS)}, or custom with a format.",
        )
    names = ("layout", "question", "step", "tag", "join", "readout", "good", "bad")
    given = {name: getattr(options, name) for name in names}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value not in ("", "preset")}
    changes |= {f"{name}_id": None for name in ("tag", "good", "bad") if name in changes}
    format = replace(PRESETS.get(preset, PrmFormat()), **changes)
    _check(format)
    return format


def _check(format: PrmFormat) -> None:
    for name in ("question", "step"):
        if f"{{{name}}}" not in getattr(format, name):
            raise UsageError(f"Option '{name}' of scorer 'token-prm' needs {{{name}}} in it.")
    if format.layout != "chat" and not format.tag:
        raise UsageError("Scorer 'token-prm' needs a step tag.", hint="Give option tag, or layout=chat.")


def _readout(model: Model, format: PrmFormat, head: PrmHead | None) -> Readout[float]:
    """Look the format's tokens up in the vocabulary.

    Raises:
        UsageError: If one is not a single token there, or not the published one, or the head is missing or
            another model's.
    """
    if format.layout == "tag":
        tag = model.tokenize(f"0{format.tag}", special=False, begin=False)[-1]
        _check_published(model, f"step tag {format.tag.strip()!r}", tag, format.tag_id)
    if format.layout == "reply":
        _token(model, format.tag, format.tag_id)
    if (format.readout == "head") != (head is not None):
        wanted, came = ("a head", "none") if head is None else ("no head", "one")
        raise UsageError(
            f"Scorer 'token-prm' reads {model.info.name} by {wanted}, and {came} came.",
            hint="-k head=FILE and readout=head belong together; docs/scorers.md says how to make the file.",
        )
    if head is not None:
        if head.width != model.n_embedding:
            raise UsageError(
                f"The head reads states of {head.width:,} numbers, and {model.info.name} has "
                f"{model.n_embedding:,}.",
                hint="Take the head and the GGUF file of one and the same reward model.",
            )
        return StateReadout(head.score)
    if format.readout == "mean":
        return TokenReadout((), lambda values: _sigmoid(values[0]))
    good = _token(model, format.good, format.good_id)
    if format.readout == "sigmoid":
        return TokenReadout((good,), lambda values: _sigmoid(values[0]))
    bad = _token(model, format.bad, format.bad_id)
    return TokenReadout((good, bad), lambda values: _sigmoid(values[0] - values[1]))


def _token(model: Model, text: str, published: int | None) -> int:
    found = model.tokenize(text, special=True, begin=False)
    if len(found) != 1:
        raise UsageError(
            f"Scorer 'token-prm' reads one token's logit, and {text!r} is {len(found)} in {model.info.name}.",
            hint="Choose the preset that the model was trained with.",
        )
    _check_published(model, f"token {text!r}", found[0], published)
    return found[0]


def _check_published(model: Model, what: str, token: int, published: int | None) -> None:
    if published not in (None, token):
        raise UsageError(
            f"Scorer 'token-prm' has {published} as the {what}, and {model.info.name} has {token}.",
            hint="This preset belongs to another model.",
        )


def _sigmoid(x: float) -> float:
    """Return 1 / (1 + exp(-x)) without overflow."""
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


@hookimpl
def register_scorers() -> Iterable[type[Scorer]]:
    """Register the token PRM."""
    return [TokenPrm]
