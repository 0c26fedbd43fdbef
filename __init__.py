"""Better answers from a local language model by spending compute at inference wisely.

    import reasontree

    result = reasontree.solve("A pen costs 3 dollars. How much do 4 pens cost?", strategy="majority", width=8)
    print(result.answer)

Names are imported when they are first used: importing the package itself costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .api.curves import curve_of
    from .api.problems import read_problems
    from .api.replaying import replay
    from .api.result import Result
    from .api.resuming import resume
    from .api.session import Session, solve
    from .api.session import open_session as open
    from .api.study.report import StudyReport, report
    from .api.study.spec import StudySpec
    from .api.study.study import study
    from .api.traces import load_trace, traces
    from .core.errors import ReasonError
    from .core.hookspecs import hookimpl
    from .core.records import Budget, Limits, Problem
    from .core.spec import RunSpec
    from .store.filters import Filters

_HOMES = {
    "Budget": "core.records",
    "Filters": "store.filters",
    "Limits": "core.records",
    "Problem": "core.records",
    "ReasonError": "core.errors",
    "Result": "api.result",
    "RunSpec": "core.spec",
    "Session": "api.session",
    "StudyReport": "api.study.report",
    "StudySpec": "api.study.spec",
    "curve_of": "api.curves",
    "hookimpl": "core.hookspecs",
    "load_trace": "api.traces",
    "open": "api.session",
    "read_problems": "api.problems",
    "replay": "api.replaying",
    "report": "api.study.report",
    "resume": "api.resuming",
    "solve": "api.session",
    "study": "api.study.study",
    "traces": "api.traces",
}

__all__ = [
    "Budget",
    "Filters",
    "Limits",
    "Problem",
    "ReasonError",
    "Result",
    "RunSpec",
    "Session",
    "StudyReport",
    "StudySpec",
    "__version__",
    "curve_of",
    "hookimpl",
    "load_trace",
    "open",
    "read_problems",
    "replay",
    "report",
    "resume",
    "solve",
    "study",
    "traces",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f".{_HOMES[name]}", __name__)
    return getattr(home, "open_session" if name == "open" else name)


def __dir__() -> list[str]:
    return sorted(__all__)
