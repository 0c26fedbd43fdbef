"""The Hugging Face hub as a source.

huggingface_hub retries an unreachable hub for 23 seconds, so it is probed first. `HF_ENDPOINT`, `HF_TOKEN`,
`HF_HOME` and `HF_HUB_OFFLINE` are honoured; a file that is in the hub's own cache is taken from there.
"""

from __future__ import annotations

import logging
import os
import shutil
import ssl
import threading
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ...core.models import ModelEntry, Source
from .transfer import Fetched, Progress, SourceError, check_space, watched

_PROBE_S = 4.0
_TRUE = {"1", "ON", "YES", "TRUE"}
_SHA256_DIGITS = 64


class _Remote(NamedTuple):
    """What the hub says of a file."""

    n_bytes: int
    sha256: str


def fetch(source: Source, entry: ModelEntry, staging: Path, progress: Progress) -> Fetched:
    """Fetch one file, going on where an earlier attempt stopped.

    Raises:
        SourceError: If the hub cannot be reached, or does not give the file; says why.
    """
    cached = _from_hub_cache(source, staging)
    if cached is not None:
        return Fetched(cached)
    progress(0, entry.n_bytes, f"asking {endpoint()}")
    require_hub()
    return _download(source, entry, staging, progress)


def endpoint() -> str:
    """Return the hub's address."""
    return (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")


def require_hub() -> None:
    """Check that the hub may be asked, and answers.

    Raises:
        SourceError: If `HF_HUB_OFFLINE` is set, or no sign of life comes in time.
    """
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in _TRUE:
        raise SourceError("HF_HUB_OFFLINE is set, and the file is not in the hub's cache")
    probe(endpoint())


def keep_client_quiet() -> None:
    """Let the hub's client draw no bars and warn of nothing: what it says is none of the user's results."""
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)


def first_line(error: Exception) -> str:
    """Return what an error of the hub's client says in its first line."""
    lines = [line.strip().rstrip(".") for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def probe(address: str, *, timeout_s: float = _PROBE_S) -> None:
    """Ask the hub, or another server, for a sign of life.

    Raises:
        SourceError: If none comes in time. A name look-up can hang for longer than any socket's time-out, so
            the question is asked in a thread that is not waited for.
    """
    problems: list[str] = [f"{address} gave no answer within {timeout_s:g} s"]

    def ask() -> None:
        problem = _problem(address, timeout_s)
        problems[:] = [problem] if problem else []

    thread = threading.Thread(target=ask, name="reason-probe", daemon=True)
    thread.start()
    thread.join(timeout_s)
    if problems:
        raise SourceError(problems[0])


def _problem(address: str, timeout_s: float) -> str:
    request = urllib.request.Request(address, method="HEAD", headers={"User-Agent": "reasontree"})
    try:
        urllib.request.urlopen(request, timeout=timeout_s).close()
    except urllib.error.HTTPError as error:
        error.close()
        return f"{address} answers {error.code} {error.reason}" if error.code >= 500 else ""
    except urllib.error.URLError as error:
        # The hub's own client may trust other certificates: let it try.
        if isinstance(error.reason, ssl.SSLError):
            return ""
        return f"{address} cannot be reached ({getattr(error.reason, 'strerror', '') or error.reason})"
    except (OSError, ValueError) as error:
        return f"{address} cannot be reached ({error})"
    return ""


def _from_hub_cache(source: Source, staging: Path) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(source.repository, source.file)
    if not isinstance(found, str) or not Path(found).is_file():
        return None
    path = staging / "from_hub_cache.gguf"
    path.unlink(missing_ok=True)
    check_space(staging, Path(found).stat().st_size)
    shutil.copyfile(found, path)
    return path


def _download(source: Source, entry: ModelEntry, staging: Path, progress: Progress) -> Fetched:
    """Fetch with the client's own `http_get`, which goes on at a position.

    `hf_hub_download` would not: when it is interrupted, recent versions throw away what has come.
    """
    keep_client_quiet()
    remote = _ask(source, entry)
    part = _part(staging, remote)
    check_space(staging, max(0, remote.n_bytes - part.stat().st_size))

    def look() -> None:
        progress(part.stat().st_size, remote.n_bytes, f"fetching {entry.name} from the hub")

    try:
        with watched(look):
            _go_on(source, part, remote)
    except Exception as error:  # the client's errors are of many libraries
        raise SourceError(first_line(error)) from error
    _check(part, remote)
    return Fetched(part, remote.sha256)


def _part(staging: Path, remote: _Remote) -> Path:
    """Return the file that the bytes go to, with those of an earlier attempt at the same content in it."""
    part = staging / "hub" / f"{remote.sha256 or 'unknown'}.part"
    part.parent.mkdir(exist_ok=True)
    part.touch()
    if not remote.sha256 or part.stat().st_size > remote.n_bytes:
        part.write_bytes(b"")
    return part


def _go_on(source: Source, part: Path, remote: _Remote) -> None:
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined, unused-ignore]

    n_bytes = part.stat().st_size
    if remote.n_bytes and n_bytes == remote.n_bytes:
        return
    url = hf_hub_url(source.repository, source.file, endpoint=endpoint())
    with part.open("ab") as file:
        http_get(
            url,
            file,
            resume_size=n_bytes,
            headers=build_hf_headers(),
            expected_size=remote.n_bytes or None,
        )


def _ask(source: Source, entry: ModelEntry) -> _Remote:
    """Ask for a file's size and hash: the catalog does not know them of every file."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    try:
        url = hf_hub_url(source.repository, source.file, endpoint=endpoint())
        found = get_hf_file_metadata(url, timeout=10)
    except Exception as error:  # the client's errors are of many libraries
        raise SourceError(first_line(error)) from error
    etag = found.etag or ""
    return _Remote(found.size or entry.n_bytes, etag if len(etag) == _SHA256_DIGITS else "")


def _check(path: Path, remote: _Remote) -> None:
    """Check a file against the hub's own word: a truncated one would be found out only when it is opened."""
    n_bytes = path.stat().st_size
    if remote.n_bytes and n_bytes != remote.n_bytes:
        with suppress(OSError):
            path.unlink()
        raise SourceError(f"{n_bytes:,} bytes came, {remote.n_bytes:,} were announced")
