"""Many threads over one run: whoever waits for a result works for everybody, and the others sleep.

Nothing works in the background. One thread at a time drives the loop, tick by tick, until a search of its
own has finished; then another one that waits goes on. So the requests of all callers share each batch, and
what nobody waits for costs nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from ..core.batch import Batch, Finished
from ..core.errors import ReasonError, UsageError
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
        self._driven_by: int | None = None  # a thread
        self.is_broken = False
        self._is_closed = False

    def submit(self, searches: Iterable[Search], observers: Iterable[object] = ()) -> Batch:
        """Take searches, whose results `next_finished` works for."""
        return self._run.submit(searches, observers)

    def expect_outside(self) -> None:
        """Refuse whoever is called within a tick, such as an observer: it would wait for itself.

        Raises:
            UsageError: If this thread is in the middle of a tick.
        """
        if self._driven_by == threading.get_ident():
            raise UsageError(
                "Whoever is told of a search can neither wait for results nor close them.",
                hint="Call stop(), and close when the result is there.",
            )

    def next_finished(self, batch: Batch) -> Finished | None:
        """Work, or let another thread work, until a search of the batch has finished; None if all have.

        Raises:
            ReasonError: If the session was interrupted in the middle of its work, or an observer asks.
        """
        self.expect_outside()
        while True:
            with self._turn:
                finished = next(batch.take(), None)
                if finished is not None or batch.is_done:
                    return finished
                if self._is_closed:
                    raise UsageError("The session is closed.", hint="Open another one.")
                if self.is_broken:
                    raise ReasonError(
                        "The session was interrupted in the middle of its work.", hint="Open another one."
                    )
                if self._driven_by is not None:
                    self._turn.wait(_POLL_S)
                    continue
                self._driven_by = threading.get_ident()
            self._drive(batch)

    def close(self) -> None:
        """Let nobody work any more, and wait for whoever still does: the model is about to go."""
        with self._turn:
            self._is_closed = True
            while self._driven_by is not None:
                self._turn.wait(_POLL_S)

    def finish(self, batch: Batch) -> None:
        """Work until all searches of a batch have finished, or nobody can go on."""
        while not (self.is_broken or self._is_closed) and self.next_finished(batch) is not None:
            pass

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
                self._driven_by = None
                self.is_broken = self.is_broken or not is_whole
                self._turn.notify_all()
