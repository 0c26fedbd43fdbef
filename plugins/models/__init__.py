"""Models: the catalog, where files come from, and what a file says of itself.

What `__all__` names is the public face of this package, for plugins that fetch other files in the same way.
"""

from __future__ import annotations

from .hub import endpoint, first_line, keep_client_quiet, probe, require_hub
from .transfer import FAILED, Progress, SourceError, silent, watched

__all__ = [
    "FAILED",
    "Progress",
    "SourceError",
    "endpoint",
    "first_line",
    "keep_client_quiet",
    "probe",
    "require_hub",
    "silent",
    "watched",
]
