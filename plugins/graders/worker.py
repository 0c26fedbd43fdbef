"""A process of its own that compares formulas with sympy, and reads answers with math-verify.

Some expressions run or grow without end, and math-verify guards itself with SIGALRM, which works in a main
thread alone. So both live here. A request is one JSON array a line: `["equal", one, other]` and
`["equation", [left, right], [left, right]]` are answered by `true` or `false`, and `["extract", solution]` by
the answer in it or `null`. Whoever asks kills this process when it takes too long.

It ends when its standard input does. A process that computes does not read, so each request also sets an
alarm of the operating system, which ends the process even within one multiplication of huge integers.
"""

from __future__ import annotations

import contextlib
import json
import signal
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_GRACE_S = 2.0  # whoever asked is the first to kill; the alarm is for when nobody is left to do so
_N_KEPT = 4096  # formulas that were read


def main(limit_s: float, memory_bytes: int) -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the search, not for its grader
    _limit_memory(memory_bytes)
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is not an answer
    import latex2sympy2_extended  # noqa: F401 - imported before the first request, whose time is limited

    answers.write("ready\n")
    answers.flush()
    asked: dict[str, Callable[..., bool | str | None]] = {
        "equal": _equal,
        "equation": _same_equation,
        "extract": _extracted,
    }
    for line in sys.stdin:
        _alarm(limit_s + _GRACE_S)
        kind, *texts = json.loads(line)
        found = asked[kind](*texts)
        _alarm(0)
        answers.write(json.dumps(found) + "\n")
        answers.flush()


def _extracted(text: str) -> str | None:
    from math_verify import parse

    try:
        found = parse(text, parsing_timeout=None)
    except Exception:  # noqa: BLE001 - as below: then it reads nothing
        return None
    return next((each for each in found if isinstance(each, str) and each.strip()), None)


def _equal(one: str, other: str) -> bool:
    try:
        return _is_zero(_parsed(one) - _parsed(other)) or _parsed(one) == _parsed(other)
    except Exception:  # noqa: BLE001 - a parser of model text may raise anything, and then they are not equal
        return False


def _same_equation(one: list[str], other: list[str]) -> bool:
    """Whether one difference of sides is a multiple of the other, with a factor that is a number."""
    try:
        first, second = (_parsed(left) - _parsed(right) for left, right in (one, other))
        if not first.free_symbols or first.free_symbols != second.free_symbols:
            return False
        return _is_multiple(first, second)
    except Exception:  # noqa: BLE001 - as above
        return False


def _is_multiple(one: Any, other: Any) -> bool:
    import sympy

    ratio = sympy.simplify(one / other)
    return not ratio.free_symbols and ratio.is_finite is not False and ratio != 0


def _is_zero(difference: Any) -> bool:
    """Whether an expression is exactly 0; its digits decide first, which is quick."""
    import sympy

    if difference == 0:
        return True
    if difference.has(sympy.nan, sympy.zoo):
        return False
    return difference.equals(0) is True or sympy.simplify(difference) == 0


@lru_cache(_N_KEPT)
def _parsed(text: str) -> Any:
    """Read a formula, whole or not at all, with exact numbers."""
    import sympy
    from latex2sympy2_extended import latex2sympy
    from latex2sympy2_extended.latex2sympy2 import ConversionConfig

    found = latex2sympy(text, conversion_config=ConversionConfig(lowercase_symbols=False))
    exact = sympy.nsimplify(found, rational=True) if found.has(sympy.Float) else found
    imaginary = {symbol: sympy.I for symbol in exact.free_symbols if symbol.name == "i"}
    return exact.subs(imaginary).doit()


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
