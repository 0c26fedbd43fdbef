"""A process of its own that compares answers with math-verify.

math-verify guards itself with SIGALRM, which works in a main thread alone, and some expressions run or grow
without end. So it lives here: one JSON object a line, `{"one": …, "other": …}` → `{"equal": …}`. Whoever asks
kills this process when it takes too long. It ends when its standard input does.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from typing import Any

_MEMORY_BYTES = 4 << 30


def main() -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the search, not for its grader
    _limit_memory()
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    from math_verify import parse, verify

    answers.write("ready\n")
    answers.flush()
    for line in sys.stdin:
        request = json.loads(line)
        equal = _equal(parse, verify, request["one"], request["other"])
        answers.write(json.dumps({"equal": equal}) + "\n")
        answers.flush()


def _equal(parse: Any, verify: Any, one: str, other: str) -> bool:
    try:
        first, second = (parse(f"${text}$", parsing_timeout=None) for text in (one, other))
        return bool(
            verify(first, second, timeout_seconds=None) or verify(second, first, timeout_seconds=None)
        )
    except Exception:  # noqa: BLE001 - a parser of model text may raise anything, and then they are not equal
        return False


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))


if __name__ == "__main__":
    main()
