"""Comparisons of formulas, each made once."""

from __future__ import annotations

from collections.abc import Callable

from .symbolic import OverLimitError, SymbolicWorker

_N_REMEMBERED = 100_000
_Key = tuple[str, ...]


class RememberedAlgebra:
    """Asks the worker, once for each pair; what cannot be compared is waited for once."""

    def __init__(self, worker: SymbolicWorker) -> None:
        self._worker = worker
        self._known: dict[tuple[_Key, _Key], bool] = {}
        self._endless: set[_Key] = set()

    def equal(self, one: str, other: str) -> bool:
        """Whether two formulas are equal for all values of their variables."""
        return self._remembered((one,), (other,), lambda: self._worker.equal(one, other))

    def same_equation(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Whether one equation is a multiple of the other."""
        return self._remembered(one, other, lambda: self._worker.same_equation(one, other))

    def _remembered(self, one: _Key, other: _Key, compare: Callable[[], bool]) -> bool:
        pair = min(one, other), max(one, other)
        if pair not in self._known:
            if len(self._known) >= _N_REMEMBERED:
                self._known.clear()
                self._endless.clear()
            self._known[pair] = self._compared(pair, compare)
        return self._known[pair]

    def _compared(self, pair: tuple[_Key, _Key], compare: Callable[[], bool]) -> bool:
        if self._endless.intersection(pair):
            return False
        try:
            return compare()
        except OverLimitError:
            self._endless.update(key for key in pair if self._is_endless(key))
            return False

    def _is_endless(self, key: _Key) -> bool:
        try:
            for text in key:
                self._worker.equal(text, "0")
        except OverLimitError:
            return True
        return False
