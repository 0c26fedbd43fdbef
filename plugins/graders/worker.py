"""A process of its own that reads and compares answers with math-verify.

math-verify guards itself with SIGALRM, which works in a main thread alone, and some expressions run or grow
without end. So it lives here: one JSON array a line, `[one, other]` → whether they are equal, `true` or
`false`; `[solution]` → the answer in it, a string or `null`. Whoever asks kills this process when it takes
too long.

It ends when its standard input does. A process that computes does not read, so each request also sets an
alarm of the operating system, which ends the process even within one multiplication of huge integers.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Sequence
from typing import Any

_GRACE_S = 2.0  # whoever asked is the first to kill; the alarm is for when nobody is left to do so


def main(limit_s: float, memory_bytes: int) -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the search, not for its grader
    _limit_memory(memory_bytes)
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is not an answer
    from math_verify import parse, verify

    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        _alarm(limit_s + _GRACE_S)
        texts = json.loads(line)
        found = _extracted(parse, *texts) if len(texts) == 1 else _equal(parse, verify, texts)
        _alarm(0)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _extracted(parse: Any, text: str) -> str | None:
    try:
        found = parse(text, parsing_timeout=None)
    except Exception:  # noqa: BLE001 - as below: then it reads nothing
        return None
    return next((each for each in found if isinstance(each, str) and each.strip()), None)


def _equal(parse: Any, verify: Any, pair: Sequence[str]) -> bool:
    try:
        one, other = (parse(f"${text}$", parsing_timeout=None) for text in pair)
        return bool(verify(one, other, timeout_seconds=None) or verify(other, one, timeout_seconds=None))
    except Exception:  # noqa: BLE001 - a parser of model text may raise anything, and then they are not equal
        return False


def _alarm(seconds: float) -> None:
    """Let the operating system end this process after `seconds`; 0 takes it back. Not on Windows."""
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _limit_memory(n_bytes: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (n_bytes, n_bytes))


if __name__ == "__main__":
    main(float(sys.argv[1]), int(sys.argv[2]))
