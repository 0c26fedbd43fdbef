"""Asks the worker process to compare formulas and to read answers, and kills it when it takes too long."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, Any

from ...core.errors import GraderError

_START_LIMIT_S = 120.0  # importing sympy on a slow disk
_N_ATTEMPTS = 2


class OverLimitError(Exception):
    """The worker found nothing within its limits."""


class _WorkerDiedError(Exception):
    """The worker ended while it was asked."""


class SymbolicWorker:
    """A worker that is started when it is first needed and again after it was killed. Any thread may ask.

    Args:
        limit_s: Seconds for one request.
        memory_mb: What the worker may allocate, in MiB.
    """

    def __init__(self, limit_s: float, memory_mb: int) -> None:
        self._limit_s = limit_s
        self._memory_bytes = memory_mb << 20
        self._process: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The worker's process, while there is one."""
        return self._process.pid if self._process else None

    def extract(self, text: str) -> str | None:
        """Return the answer that math-verify reads out of a solution, as it was written; None for none.

        Raises:
            OverLimitError: If it takes too long or too much memory.
            GraderError: If the worker cannot be started.
        """
        found: str | None = self._ask("extract", text)
        return found

    def equal(self, one: str, other: str) -> bool:
        """Compare two formulas.

        Raises:
            OverLimitError: If it takes too long or too much memory.
            GraderError: If the worker cannot be started.
        """
        return bool(self._ask("equal", one, other))

    def same_equation(self, one: tuple[str, str], other: tuple[str, str]) -> bool:
        """Compare two equations, each by its sides.

        Raises:
            OverLimitError: If it takes too long or too much memory.
            GraderError: If the worker cannot be started.
        """
        return bool(self._ask("equation", one, other))

    def _ask(self, *request: str | tuple[str, str]) -> Any:
        """Send one request, and once more if the worker died: somebody else may have ended it."""
        line = json.dumps(request) + "\n"
        with self._lock:
            for _ in range(_N_ATTEMPTS):
                with suppress(_WorkerDiedError):
                    return json.loads(self._exchange(line))
        raise OverLimitError

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._kill()

    def _exchange(self, line: str) -> str:
        try:
            process = self._running()
            assert process.stdin is not None, "a pipe was asked for"
            process.stdin.write(line)
            process.stdin.flush()
            answer = self._lines.get(timeout=self._limit_s)
        except BaseException as error:  # Ctrl-C too: its answer would be taken for that to the next request
            self._kill()
            if isinstance(error, queue.Empty):
                raise OverLimitError from error
            if isinstance(error, OSError):
                raise _WorkerDiedError from error
            raise
        if not answer:
            self._kill()
            raise _WorkerDiedError
        return answer

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None or self._process.poll() is not None:
            self._kill()
            self._start()
        assert self._process is not None, "it was just started"
        return self._process

    def _start(self) -> None:
        self._lines = queue.Queue()
        self._process = _spawn(self._limit_s, self._memory_bytes)
        threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True).start()
        with suppress(queue.Empty):
            if self._lines.get(timeout=_START_LIMIT_S) == "ready\n":
                return
        raise GraderError("The grader's worker process does not start.", hint="Is math-verify installed?")

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # a request that was not read is still in the pipe's buffer
                if pipe is not None:
                    pipe.close()


def _spawn(limit_s: float, memory_bytes: int) -> subprocess.Popen[str]:
    """Start the worker where neither Ctrl-C reaches it nor a module of the folder that we are in."""
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", f"{__package__}.worker", str(limit_s), str(memory_bytes)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            process_group=0,
        )
    except OSError as error:
        raise GraderError(f"The grader's worker process does not start: {error}.") from error


def _read(pipe: IO[str], lines: queue.Queue[str]) -> None:
    """Pass the worker's lines on; an empty one says that it has ended."""
    with suppress(OSError, ValueError):  # the pipe was closed under us: the worker was killed
        for line in pipe:
            lines.put(line)
    lines.put("")
