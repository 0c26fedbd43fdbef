"""Trains and measures value heads, from recorded chains to a file and its figures."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from .. import __version__
from ..core.errors import UsageError
from ..core.models import ModelFile
from ..plugins.scorers.value_head.chains import LabelledChains, read
from ..plugins.scorers.value_head.figures import Figures, measure, plain
from ..plugins.scorers.value_head.head import Floats, Head, HeadInfo, expit, save_head
from ..plugins.scorers.value_head.locations import path_for
from ..plugins.scorers.value_head.training import READS, cross_validate, rows_of, train
from .head_chains import TrainingChains

VALUE_HEAD = "value-head"
READER = "reader"


class Measured(NamedTuple):
    """A head with its figures beside those of the scores that the traces hold.

    Attributes:
        by_scorer: The head's own first.
        n_left_out: Problems that were left out because the head was trained on them.
    """

    head: Head
    path: Path
    by_scorer: dict[str, Figures]
    n_left_out: int = 0


def train_head(recorded: TrainingChains, out: Path | None, reader: ModelFile | None = None) -> Measured:
    """Train a head on recorded chains, cross-validate it, and write it.

    Args:
        out: Where it goes; the user's folder, where it is found by itself, if not given.
        reader: The second model whose likelihoods stand in place of hidden states, if they do.

    Raises:
        UsageError: If the chains are too few, or all end alike.
        ModelError: If the file cannot be written.
    """
    chains, model = recorded.chains, recorded.searches[-1].record.model
    rows, reads = rows_of(chains), READS if reader is None else ("step",)
    name = VALUE_HEAD if reader is None else READER
    by_scorer = _measure(name, chains, expit(cross_validate(rows, reads=reads)))
    fit = train(rows, reads)
    info = HeadInfo(
        model=model.name,
        model_sha256=model.sha256,
        prompt_format=model.prompt_format,
        reads=fit.reads,
        data=", ".join(sorted({search.problem.dataset for search in recorded.searches})),
        made=_made(recorded) | {"ridge": fit.ridge},
        questions=tuple(sorted(_digest(question) for question in chains.questions)),
        figures=plain(by_scorer[name]),
        reliability=tuple(round(area, 4) for area in by_scorer[name].ranking.depths),
        reader=reader.name if reader else "",
        reader_sha256=reader.known_as[1] if reader else "",
    )
    path = out or path_for(model, info.reader)
    head = save_head(Head(fit.weights, fit.mean, fit.scale, fit.bias, info), path)
    return Measured(head, path, by_scorer)


def evaluate_head(head: Head, path: Path, recorded: TrainingChains) -> Measured:
    """Measure a head on recorded chains of problems that it was not trained on.

    Raises:
        UsageError: If it was trained on all of them.
    """
    trained_on = set(head.info.questions)
    questions = recorded.chains.questions
    unseen = [place for place, text in enumerate(questions) if _digest(text) not in trained_on]
    if not unseen:
        raise UsageError(f"The value head {path} was trained on all of these {len(questions)} problems.")
    chains = recorded.chains.of_problems(np.array(unseen))
    scores = head.probabilities(read(chains.states, chains.chain, head.info.reads))
    by_scorer = _measure(READER if head.info.reader else VALUE_HEAD, chains, scores)
    return Measured(head, path, by_scorer, len(questions) - len(unseen))


def _measure(own: str, chains: LabelledChains, scores: Floats) -> dict[str, Figures]:
    others = {name: each for name, each in chains.scores.items() if name != own and not np.isnan(each).all()}
    return {name: measure(chains, each) for name, each in ({own: scores} | others).items()}


def _made(recorded: TrainingChains) -> dict[str, Any]:
    import sklearn

    chains = recorded.chains
    sampled: list[dict[str, Any]] = []
    for record in (search.record for search in recorded.searches):
        how = {
            "strategy": record.spec.strategy,
            "strategy_options": dict(record.spec.strategy_options),
            "sampling": asdict(record.sampling),
            "limits": asdict(record.spec.limits),
            "seed": record.spec.seed,
            "version": record.version,
        }
        if how not in sampled:
            sampled.append(how)
    return {
        "n_problems": len(chains.questions),
        "n_chains": len(chains.problem),
        "n_steps": chains.n_steps,
        "sampled": sampled,
        "reasontree": __version__,
        "scikit-learn": sklearn.__version__,
    }


def _digest(question: str) -> str:
    return sha256(question.encode("utf-8", "surrogatepass")).hexdigest()[:12]
