"""Trains a head: a logistic regression with a strong ridge, chosen and calibrated by cross-validation.

A few hundred problems stand against some thousand inputs, so all depends on the ridge. It is chosen by the
log-loss on problems left out of the fit, and the same left-out predictions calibrate the final head (Platt
1999): a head that ranks well but says 0.9 where half of the chains end right would mislead REBASE, which
divides its budget by the scores' size. Whatever is chosen or calibrated within a fit sees its own problems
alone, so the figures of `cross_validate` are those of heads that never saw the problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....core.errors import ReasonError, UsageError
from .chains import Chains
from .head import Floats

RIDGES = (3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""Candidates for the ridge, in units of one problem's log-loss."""

N_FOLDS = 5
_N_INNER_FOLDS = 4
_MAX_ITERATIONS = 500
_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A standardised linear model of logits; see `head.Head`.

    Attributes:
        ridge: The one that was chosen.
    """

    weights: Floats
    mean: Floats
    scale: Floats
    bias: float
    ridge: float

    def logits(self, states: NDArray[Any]) -> Floats:
        """Return the log-odds of each row of (n, width) states."""
        result: Floats = (states - self.mean) / self.scale @ self.weights + self.bias
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Steps to learn from: hidden states, outcomes, weights and problems, a row each."""

    states: NDArray[Any]
    right: NDArray[np.bool_]
    weights: Floats
    problem: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[Any]) -> Rows:
        return Rows(self.states[rows], self.right[rows], self.weights[rows], self.problem[rows])


def rows_of(chains: Chains) -> Rows:
    """Return the rows of chains; each problem counts equal."""
    return Rows(chains.states, chains.step_right, chains.weights, chains.step_problem)


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


def train(rows: Rows) -> Fit:
    """Fit a head.

    Raises:
        UsageError: If the problems are too few, or their chains all end alike.
    """
    splits = list(_splits(rows, _N_INNER_FOLDS))
    held_out = {ridge: np.zeros(len(rows.right)) for ridge in RIDGES}
    for learnt, left in splits:
        for ridge, fit in _path(rows[learnt]):
            held_out[ridge][left] = fit.logits(rows.states[left])
    ridge = min(RIDGES, key=lambda ridge: _log_loss(held_out[ridge], rows))
    slope, shift = _calibrate(held_out[ridge], rows)
    (fit,) = (fit for each, fit in _path(rows, ridges=(ridge,)))
    return Fit(fit.weights * slope, fit.mean, fit.scale, fit.bias * slope + shift, ridge)


def cross_validate(rows: Rows, n_folds: int = N_FOLDS) -> Floats:
    """Return the logits that each step gets from a head that never saw its problem.

    Raises:
        UsageError: As `train`.
    """
    logits = np.zeros(len(rows.right))
    for learnt, left in _splits(rows, n_folds):
        logits[left] = train(rows[learnt]).logits(rows.states[left])
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


def _path(rows: Rows, ridges: tuple[float, ...] = RIDGES) -> Iterator[tuple[float, Fit]]:
    """Fit for each ridge, the strongest first; each fit begins where the last one ended."""
    from sklearn.linear_model import LogisticRegression

    mean = np.average(rows.states, axis=0, weights=rows.weights)
    scale = np.sqrt(np.average((rows.states - mean) ** 2, axis=0, weights=rows.weights)) + 1e-6
    inputs = (rows.states - mean) / scale
    model = LogisticRegression(solver="lbfgs", warm_start=True, max_iter=_MAX_ITERATIONS, tol=_TOLERANCE)
    for ridge in sorted(ridges, reverse=True):
        model.C = 1.0 / ridge
        model.fit(inputs, rows.right, sample_weight=rows.weights)
        yield ridge, Fit(model.coef_[0].copy(), mean, scale, float(model.intercept_[0]), ridge)


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
