"""The low-level bindings of llama-cpp-python, imported late and kept quiet.

llama.cpp writes a great deal to standard error. Its last error lines are kept here instead, because they say
why a file did not load.
"""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType, ModuleType
from typing import Any

import psutil

WAITING = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
"""The variables by which a user says how the library's threads wait for each other."""
# How often a thread of GNU's OpenMP looks for the others before it sleeps. By its own 300,000 it takes the
# core from whom it waits for, as soon as anything else runs; sleeping at once is slower where nothing does.
_N_SPINS = "1000"
_ERROR_LEVEL = 4  # GGML_LOG_LEVEL_ERROR
_errors: deque[str] = deque(maxlen=20)
_callback: Any = None  # llama.cpp keeps the pointer, so the object must live as long as the library


@cache
def library() -> ModuleType:
    """Import llama-cpp-python's bindings, initialise the back end and silence its log."""
    global _callback
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # no debugger on an abort: its report helps nobody here
    if not any(name in os.environ for name in WAITING):
        os.environ["GOMP_SPINCOUNT"] = _N_SPINS  # read as the library loads
    import llama_cpp

    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def keep_errors(level: int, text: bytes, user_data: ctypes.c_void_p) -> None:
        if level == _ERROR_LEVEL:
            _errors.append(text.decode(errors="replace").strip())

    _callback = keep_errors
    llama_cpp.llama_log_set(keep_errors, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return llama_cpp


@contextmanager
def interrupts_held() -> Iterator[Callable[[], bool]]:
    """Hold a Ctrl-C back while C code works that calls Python, where an exception would be lost.

    It is passed on at the end. Only the main thread gets one, so elsewhere nothing is held.

    Yields:
        What says whether one came.
    """
    came: list[FrameType | None] = []
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield lambda: False
        return
    signal.signal(signal.SIGINT, lambda number, frame: came.append(frame))
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            before(signal.SIGINT, came[0])


def last_error() -> str:
    """Return what llama.cpp said went wrong, most specific line first, and forget it."""
    said = next((line for line in _errors if line), "llama.cpp gave no reason")
    _errors.clear()
    return said


def usable_cores() -> int:
    """Count the physical cores that this process may use."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))
