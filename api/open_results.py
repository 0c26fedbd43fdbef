"""The results that a session has given out: some are closed, and some are dropped and never closed."""

from __future__ import annotations

import weakref
from collections import deque
from contextlib import ExitStack
from typing import NamedTuple

from ..core.batch import Batch
from .driving import Driver
from .results import Results


class _Left(NamedTuple):
    """What somebody dropped: searches that shall end, and what is to be let go when they have."""

    batch: Batch
    closing: ExitStack


class OpenResults:
    """Knows results by weak references, so that those which nobody holds do not pile up until the end.

    `next(session.solve(question))` is an example: its run would be held, and its other searches would go on
    beside those of everybody else.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._open: dict[int, weakref.finalize[..., Results[object]]] = {}
        self._left: deque[_Left] = deque()

    def __len__(self) -> int:
        return len(self._open) + len(self._left)

    def add(self, results: Results[object], batch: Batch, closing: ExitStack) -> None:
        """Keep an eye on results; `batch` and `closing` are theirs and must not lead back to them."""
        end = weakref.finalize(results, self._drop, id(results), _Left(batch, closing))
        end.atexit = False
        self._open[id(results)] = end

    def remove(self, results: Results[object]) -> None:
        """Forget results that are closed."""
        end = self._open.pop(id(results), None)
        if end is not None:
            end.detach()

    def _drop(self, key: int, left: _Left) -> None:
        """Stop what was dropped; nothing more, since Python may call this in the middle of anything."""
        self._open.pop(key, None)
        left.batch.stop()
        self._left.append(left)

    def let_go(self) -> None:
        """Let go of what was dropped and has ended since."""
        for _ in range(len(self._left)):
            try:
                left = self._left.popleft()
            except IndexError:
                return  # another thread does the same
            if left.batch.is_done:
                left.closing.close()
            else:
                self._left.append(left)

    def close(self) -> None:
        """Close all results, the dropped ones too."""
        for end in [*self._open.values()]:
            alive = end.peek()
            if alive is not None:
                alive[0].close()
        while self._left:
            left = self._left.popleft()
            with left.closing:
                self._driver.finish(left.batch)
