"""From what a user writes after `--model` to a file on this machine and how to ask it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ...core.errors import UnknownNameError
from ...core.models import ModelEntry, ModelFile, PromptFormat
from ...core.records import Sampling
from ...core.registry import Registry
from .cache import Cache
from .gguf_header import Header
from .gguf_reader import read_header
from .prompts import few_shot
from .pull import pull
from .transfer import Progress, silent

# What stands between a model's name and `.gguf` in published files: `.Q4_K_M`, `-q4_k_m`, `.f16`.
_QUANTISATION = re.compile(r"[-.](i?q\d\w*|[mt]x?fp\d\w*|tq\d\w*|b?f16|f32)$")


def resolve(reference: str, registry: Registry, progress: Progress = silent) -> ModelFile:
    """Return the model that a user means, fetched if need be.

    Args:
        reference: A name of the catalog, or the path of any GGUF file.

    Raises:
        UnknownNameError: If it is neither; has the nearest name.
        ModelError: If the file is missing, is not a GGUF or is truncated, or no source delivers it.
    """
    entry = find_entry(reference, registry)
    if entry is None:
        return open_path(as_path(reference), registry, progress)
    cache = Cache.of_user()
    path = pull(entry, cache, progress)
    prompt = _prompt_for(entry, read_header(path))
    return ModelFile(
        entry.name, path, cache.sha256(path, progress), prompt, entry.sampling, preset=entry.preset
    )


def find_entry(reference: str, registry: Registry) -> ModelEntry | None:
    """Return the catalog's entry of this name, or None if the reference is a path.

    Raises:
        UnknownNameError: If it is neither a name nor looks like a path.
    """
    names = registry.names("model")
    if reference in names:
        entry: ModelEntry = registry.get("model", reference)
        return entry
    if looks_like_path(reference):
        return None
    raise UnknownNameError("model", reference, names, hint="The path of a GGUF file works too.")


def looks_like_path(reference: str) -> bool:
    """Whether a reference is a path: it has a slash, ends in .gguf, or is a file that exists."""
    separators = [separator for separator in (os.sep, os.altsep) if separator]
    if any(separator in reference for separator in separators) or reference.lower().endswith(".gguf"):
        return True
    try:
        return bool(reference) and Path(reference).is_file()
    except OSError:  # longer than a file name can be, or in a folder that may not be read
        return False


def as_path(reference: str) -> Path:
    """Return a reference as a path, with `~` expanded where there is such a user."""
    try:
        return Path(reference).expanduser()
    except RuntimeError:
        return Path(reference)


def open_path(path: Path, registry: Registry, progress: Progress = silent) -> ModelFile:
    """Return any GGUF file as a model, with the catalog's prompt format where it is a known model's file."""
    header = read_header(path)
    digest = Cache.of_user().sha256_of(path, header.parts, progress)
    entry = recognise(path, registry, digest)
    sampling = entry.sampling if entry else Sampling()
    return ModelFile(
        _name_of(path, header),
        path.resolve(),
        digest,
        _prompt_for(entry, header),
        sampling,
        preset=entry.preset if entry else "",
        parts=tuple(part.resolve() for part in header.parts),
    )


def _name_of(path: Path, header: Header) -> str:
    """Return a file's name without its ending, and without its number where a model is split."""
    return re.sub(r"-\d{5}-of-\d{5}$", "", path.stem) if header.parts else path.stem


def recognise(path: Path, registry: Registry, sha256: str = "") -> ModelEntry | None:
    """Return the catalog's entry that a file belongs to, by its content or its name."""
    entries: list[ModelEntry] = registry.all("model")
    for entry in entries:
        if sha256 and entry.sha256 == sha256:
            return entry
    name = path.name.lower()
    for entry in entries:
        files = {source.file.rpartition("/")[2].lower() for source in entry.sources if source.file}
        if name in files or _base_name(name) == entry.name.lower():
            return entry
    return None


def _base_name(file_name: str) -> str:
    """Return a published file's name without its quantisation: `llemma_7b.Q4_K_M.gguf` → `llemma-7b`."""
    return _QUANTISATION.sub("", file_name.removesuffix(".gguf")).replace("_", "-")


def _prompt_for(entry: ModelEntry | None, header: Header) -> PromptFormat:
    """Return how to ask a file: as the catalog says, else by its chat template, else with examples."""
    if entry and (entry.prompt.template is not None or header.has_chat_template):
        return entry.prompt
    return PromptFormat() if header.has_chat_template else few_shot()
