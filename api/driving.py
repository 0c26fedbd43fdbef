"""Many threads over one run: whoever waits for a result works for everybody, and the others sleep.

Nothing works in the background. One thread at a time drives the loop, tick by tick, until a search of its
own has finished; then another one that waits goes on. So the requests of all callers share each batch, and
what nobody waits for costs nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ..core.batch import Batch, Finished
from ..core.errors import ReasonError
from ..core.garbage import rare_collections
from ..core.run import Run
from ..core.search import Search

_POLL_S = 0.2  # a waiting thread looks again, so that Ctrl-C reaches it


class Driver:
    """Drives a run for many threads.

    Attributes:
        is_broken: Whether an interruption in the middle of a tick has left it in no state to go on.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._turn = threading.Condition()
        self._is_driven = False
        self.is_broken = False

    def submit(self, searches: Iterable[Search], observers: Iterable[object] = ()) -> Batch:
        """Take searches, whose results `next_finished` works for."""
        return self._run.submit(searches, observers)

    def next_finished(self, batch: Batch) -> Finished | None:
        """Work, or let another thread work, until a search of the batch has finished; None if all have."""
        while True:
            with self._turn:
                finished = next(batch.take(), None)
                if finished is not None or batch.is_done:
                    return finished
                if self.is_broken:
                    raise ReasonError(
                        "The session was interrupted in the middle of its work.", hint="Open another one."
                    )
                if self._is_driven:
                    self._turn.wait(_POLL_S)
                    continue
                self._is_driven = True
            self._drive(batch)

    def _drive(self, batch: Batch) -> None:
        """Tick until a search of the batch has finished; whoever waits for others is woken."""
        is_whole = False
        try:
            with rare_collections():
                while not (batch.has_finished or batch.is_done):
                    if self._run.tick():
                        with self._turn:
                            self._turn.notify_all()
            is_whole = True
        finally:
            with self._turn:
                self._is_driven = False
                self.is_broken = self.is_broken or not is_whole
                self._turn.notify_all()
