"""Trains a head: a logistic regression with a strong ridge, chosen and calibrated by cross-validation.

A few hundred problems stand against some thousand inputs, so all depends on the ridge. The ridge, and
whether a step's own state is read or the mean over its path, are chosen by the log-loss on problems left
out of the fit. The same left-out predictions calibrate the final head (Platt 1999): one that ranks well but
says 0.9 where half of the chains end right would mislead REBASE, which divides its budget by the scores'
size. Whatever is chosen or calibrated within a fit sees its own problems alone, so the figures of
`cross_validate` are those of heads that never saw the problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ReasonError, UsageError
from .chains import LabelledChains, read
from .head import Floats, Reads

RIDGES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Candidates for the ridge, in units of one problem's log-loss."""

READS: tuple[Reads, ...] = ("step", "path")
"""What a head may read: the step's own state, or the mean over the path, which is steadier and slower."""

N_FOLDS = 5
_N_INNER_FOLDS = 4
_MAX_ITERATIONS = 500
_TOLERANCE = 1e-3
_SMALLEST_SCALE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Steps to learn from, a row each: hidden states, outcomes, weights, and whose they are."""

    states: NDArray[np.float32]
    right: NDArray[np.bool_]
    weights: Floats
    chain: NDArray[np.int64]
    problem: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[Any]) -> Rows:
        return Rows(*(getattr(self, each.name)[rows] for each in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A standardised linear model of logits; see `head.Head`.

    Attributes:
        reads, ridge: Those that were chosen.
    """

    weights: Floats
    mean: Floats
    scale: Floats
    bias: float
    reads: Reads
    ridge: float

    def logits(self, rows: Rows) -> Floats:
        """Return the log-odds of each row."""
        states = read(rows.states, rows.chain, self.reads)
        result: Floats = (states - self.mean) / self.scale @ self.weights + self.bias
        return result


def rows_of(chains: LabelledChains) -> Rows:
    """Return the rows of chains; each problem counts equal."""
    return Rows(chains.states, chains.step_right, chains.weights, chains.chain, chains.step_problem)


def require_scikit_learn() -> None:
    """See to it that scikit-learn is installed.

    Raises:
        ReasonError: If it is not; says what to install.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError as error:
        raise ReasonError(
            "Training and measuring a value head needs scikit-learn, which is not installed.",
            hint="Try pip install 'reasontree[train]'.",
        ) from error


def train(rows: Rows, reads: Sequence[Reads] = READS) -> Fit:
    """Fit a head.

    Args:
        reads: What it may read.

    Raises:
        UsageError: If the problems are too few, or their chains all end alike.
    """
    best = min((_choose_ridge(Scaled.of(rows, each)) for each in reads), key=lambda choice: choice.loss)
    slope, shift = _calibrate(best.logits, rows)
    weights, bias = Descent(best.scaled).fit(best.ridge)
    scaled = best.scaled
    return Fit(weights * slope, scaled.mean, scaled.scale, bias * slope + shift, scaled.reads, best.ridge)


def cross_validate(rows: Rows, n_folds: int = N_FOLDS, reads: Sequence[Reads] = READS) -> Floats:
    """Return the logits that each step gets from a head that never saw its problem.

    Raises:
        UsageError: As `train`.
    """
    logits = np.zeros(len(rows.right))
    for learnt, left in _splits(rows, n_folds):
        logits[left] = train(rows[learnt], reads).logits(rows[left])
    return logits


def _splits(rows: Rows, n_folds: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield rows to learn from and rows left out; no problem is on both sides."""
    from sklearn.model_selection import GroupKFold

    n_problems = len(np.unique(rows.problem))
    if n_problems >= n_folds:
        for learnt, left in GroupKFold(n_folds).split(rows.states, groups=rows.problem):
            if len(np.unique(rows.right[learnt])) < 2:
                break
            yield learnt, left
        else:
            return
    n_right = len(np.unique(rows.problem[rows.right]))
    n_wrong = len(np.unique(rows.problem[~rows.right]))
    raise UsageError(
        f"A value head learns from right and wrong chains of many problems, and of {n_problems} problems "
        f"{n_right} have a right chain and {n_wrong} a wrong one.",
        hint="Give it more problems, or more samples of each.",
    )


@dataclass(frozen=True, slots=True, eq=False)
class Scaled:
    """Rows with what is read of their states, standardised: weighted means of 0 and variances of 1."""

    rows: Rows
    reads: Reads
    mean: Floats
    scale: Floats

    @classmethod
    def of(cls, rows: Rows, reads: Reads) -> Scaled:
        """Read and standardise."""
        states = read(rows.states, rows.chain, reads)
        mean = np.average(states, axis=0, weights=rows.weights)
        scale = np.sqrt(np.average((states - mean) ** 2, axis=0, weights=rows.weights)) + _SMALLEST_SCALE
        states = ((states - mean) / scale).astype(np.float32)
        return cls(replace(rows, states=states), reads, mean.astype(np.float64), scale.astype(np.float64))


class Choice(NamedTuple):
    """A way to read states and a ridge, with the log-loss and the logits on rows left out of the fits."""

    loss: float
    scaled: Scaled
    ridge: float
    logits: Floats


class Descent:
    """Fits one set of rows for one ridge after the other; each fit begins where the last one ended."""

    def __init__(self, scaled: Scaled, learnt: NDArray[np.int64] | None = None) -> None:
        from sklearn.linear_model import LogisticRegression

        self._rows = scaled.rows
        self._learnt = learnt
        self._model = LogisticRegression(
            solver="lbfgs", warm_start=True, max_iter=_MAX_ITERATIONS, tol=_TOLERANCE
        )

    def fit(self, ridge: float) -> tuple[Floats, float]:
        """Return weights and bias."""
        rows = self._rows if self._learnt is None else self._rows[self._learnt]
        self._model.C = 1.0 / ridge
        self._model.fit(rows.states, rows.right, sample_weight=rows.weights)
        return self._model.coef_[0].astype(np.float64), float(self._model.intercept_[0])


def _choose_ridge(scaled: Scaled) -> Choice:
    """Begin with the strongest ridge, and try weaker ones while they help."""
    rows = scaled.rows
    folds = [(Descent(scaled, learnt), left) for learnt, left in _splits(rows, _N_INNER_FOLDS)]
    best: Choice | None = None
    for ridge in sorted(RIDGES, reverse=True):
        logits = np.zeros(len(rows.right))
        for descent, left in folds:
            weights, bias = descent.fit(ridge)
            logits[left] = rows.states[left] @ weights + bias
        loss = _log_loss(logits, rows)
        if best is not None and loss >= best.loss:
            break
        best = Choice(loss, scaled, ridge, logits)
    assert best is not None, "there are ridges to try"
    return best


def _calibrate(logits: Floats, rows: Rows) -> tuple[float, float]:
    """Return the slope (0 or more) and shift that make held-out logits probabilities."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e4)
    model.fit(logits[:, None], rows.right, sample_weight=rows.weights)
    slope = max(0.0, float(model.coef_[0, 0]))
    return slope, float(model.intercept_[0])


def _log_loss(logits: Floats, rows: Rows) -> float:
    signs = np.where(rows.right, -1.0, 1.0)
    return float(np.average(np.logaddexp(0.0, signs * logits), weights=rows.weights))
