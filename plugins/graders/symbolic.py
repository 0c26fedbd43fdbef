"""Asks the worker process whether two answers are equal, and kills it when it takes too long."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from typing import IO

from ...core.errors import GraderError

_START_LIMIT_S = 120.0  # importing sympy on a slow disk


class SymbolicComparison:
    """A worker that is started when it is first needed and again after it was killed.

    Args:
        limit_s: Seconds for one comparison; beyond that the two answers are not equal.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._worker: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()

    def equal(self, one: str, other: str) -> bool:
        """Compare two answers.

        Raises:
            GraderError: If the worker cannot be started.
        """
        with self._lock:
            worker = self._running()
            try:
                self._send(worker, json.dumps({"one": one, "other": other}))
                line = self._lines.get(timeout=self._limit_s)
            except (queue.Empty, OSError):
                line = ""
            if not line:  # it took too long, or died of its memory limit
                self._kill()
                return False
            return bool(json.loads(line)["equal"])

    def close(self) -> None:
        """End the worker."""
        with self._lock:
            self._kill()

    def _running(self) -> subprocess.Popen[str]:
        if self._worker is None or self._worker.poll() is not None:
            self._kill()
            self._worker = self._start()
        return self._worker

    def _start(self) -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        assert worker.stdout is not None, "a pipe was asked for"
        self._lines = queue.Queue()
        threading.Thread(target=_read, args=(worker.stdout, self._lines), daemon=True).start()
        try:
            is_ready = self._lines.get(timeout=_START_LIMIT_S) == "ready\n"
        except queue.Empty:
            is_ready = False
        if not is_ready:
            worker.kill()
            worker.wait()
            raise GraderError("The grader's worker process does not start.", hint="Is math-verify installed?")
        return worker

    @staticmethod
    def _send(worker: subprocess.Popen[str], line: str) -> None:
        assert worker.stdin is not None, "a pipe was asked for"
        worker.stdin.write(line + "\n")
        worker.stdin.flush()

    def _kill(self) -> None:
        worker, self._worker = self._worker, None
        if worker is None:
            return
        worker.kill()
        worker.wait()
        for pipe in (worker.stdin, worker.stdout):
            if pipe is not None:
                pipe.close()


def _read(pipe: IO[str], lines: queue.Queue[str]) -> None:
    """Pass the worker's lines on; an empty one says that it has ended."""
    try:
        for line in pipe:
            lines.put(line)
    except (OSError, ValueError):
        pass  # the pipe was closed under us: the worker was killed
    lines.put("")
