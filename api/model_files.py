"""From what names a model to its file, fetched if need be."""

from __future__ import annotations

from collections.abc import Callable

from ..core.models import ModelFile
from ..plugins import registry
from ..plugins.models.transfer import Progress, silent


def finder(progress: Progress = silent) -> Callable[[str], ModelFile]:
    """Return what finds a model's file, and fetches it if need be; the default model's for an empty name."""

    def find(reference: str) -> ModelFile:
        from ..plugins.models.catalog import DEFAULT_MODEL
        from ..plugins.models.resolve import resolve  # what a replay does without

        return resolve(reference or DEFAULT_MODEL, registry(), progress=progress)

    return find
