"""The places that a data set's file comes from: the Hugging Face hub, and any address.

Each puts the file into a folder, or says why not. A place is probed before it is asked, since a name look-up
can hang for longer than any time-out.
"""

from __future__ import annotations

import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ...core.datasets import DatasetSource
from ...core.row_files import FORMATS
from ..models import SourceError, endpoint, first_line, keep_client_quiet, probe, require_hub

_ANSWER_S = 10.0


def from_hub(source: DatasetSource, folder: Path) -> Path:
    """Fetch a file from the hub, or from its client's cache.

    `HF_ENDPOINT`, `HF_TOKEN`, `HF_HOME` and `HF_HUB_OFFLINE` are honoured.

    Raises:
        SourceError: If the hub cannot be reached, or does not give the file; says why.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache

    cached = try_to_load_from_cache(source.repository, source.file, repo_type="dataset")
    if isinstance(cached, str) and Path(cached).is_file():
        return Path(cached)
    require_hub()
    keep_client_quiet()
    try:
        return Path(
            hf_hub_download(
                source.repository,
                source.file,
                repo_type="dataset",
                local_dir=folder,
                endpoint=endpoint(),
                etag_timeout=_ANSWER_S,
            )
        )
    except Exception as error:  # the client's errors are of many libraries
        raise SourceError(first_line(error)) from error


def from_url(source: DatasetSource, folder: Path) -> Path:
    """Fetch a file from an address.

    Raises:
        SourceError: If it cannot be reached, or does not give the file; says why.
    """
    probe(source.address)
    path = folder / f"file{suffix_of(source)}"
    request = urllib.request.Request(source.address, headers={"User-Agent": "reasontree"})
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer, path.open("wb") as file:
            shutil.copyfileobj(answer, file)
            announced = answer.headers.get("Content-Length", "")
    except urllib.error.HTTPError as error:
        error.close()
        raise SourceError(f"it answers {error.code} {error.reason}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"it cannot be read ({getattr(error, 'reason', '') or error})") from error
    n_bytes = path.stat().st_size
    if announced.isdigit() and n_bytes != int(announced):
        raise SourceError(f"{n_bytes:,} bytes came, {int(announced):,} were announced")
    return path


FETCHERS: Mapping[str, Callable[[DatasetSource, Path], Path]] = {"hub": from_hub, "url": from_url}
"""What fetches a file into a folder, by the kind of its source."""


def describe(source: DatasetSource) -> str:
    """Return a source as a person would name it."""
    return f"hub {source.repository} {source.file}" if source.kind == "hub" else source.address


def suffix_of(source: DatasetSource) -> str:
    """Return the suffix by which its file is read; JSON lines where it has none that is known."""
    path = source.file if source.kind == "hub" else urlsplit(source.address).path
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if suffix in FORMATS else ".jsonl"
