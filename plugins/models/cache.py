"""The folder where model files lie, whole and checked.

A file is built in a staging folder on the same disk and moved here in one step. Hashing a large file takes
seconds, so a verified hash is remembered with the file's size and time of change.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import ModelError
from ...core.models import ModelEntry
from .transfer import Progress, silent

_CHUNK = 4 << 20
_STAGING = ".staging"
_HASHES = ".sha256.json"


@dataclass(frozen=True, slots=True)
class Cache:
    """One folder of models.

    Attributes:
        folder: Has `NAME.gguf` for each model, and a hidden staging folder.
    """

    folder: Path

    @classmethod
    def of_user(cls) -> Cache:
        """Return the user's cache: `REASON_MODELS`, or the platform's cache folder.

        Raises:
            ModelError: If REASON_MODELS begins with the home folder of nobody, or is a link to itself.
        """
        chosen = os.environ.get("REASON_MODELS")
        if chosen:
            try:
                return cls(Path(chosen).expanduser().resolve())
            except (RuntimeError, OSError) as error:
                raise ModelError(
                    f"REASON_MODELS is '{chosen}', which is not a folder: {error}.",
                    hint="Set it to one that you may write to.",
                ) from error
        from platformdirs import user_cache_path

        return cls(user_cache_path("reasontree", appauthor=False) / "models")

    def path(self, entry: ModelEntry) -> Path:
        """Return where a model's file lies, or would lie."""
        return self.folder / f"{entry.name}.gguf"

    def holds(self, entry: ModelEntry) -> bool:
        """Whether the file is there in its right size; quick, and no proof of its content."""
        path = self.path(entry)
        try:
            return path.is_file() and entry.n_bytes in (0, path.stat().st_size)
        except OSError:  # in a folder that may not be read
            return False

    def find(self, entry: ModelEntry, progress: Progress = silent) -> Path | None:
        """Return a model's file if it is there and is the right one."""
        path = self.path(entry)
        if not self.holds(entry):
            return None
        return path if not entry.sha256 or self.sha256(path, progress) == entry.sha256 else None

    def sha256(self, path: Path, progress: Progress = silent) -> str:
        """Return a file's SHA-256, from memory if the file has not changed since."""
        stamp = _stamp(path)
        known = self._hashes()
        key = str(path.resolve())
        if key in known and known[key][0] == stamp:
            return known[key][1]
        digest = hash_file(path, progress)
        self._remember(key, stamp, digest)
        return digest

    def sha256_of(self, path: Path, parts: Sequence[Path], progress: Progress = silent) -> str:
        """Return the SHA-256 of a model's file, or of the digests of its files where it is split."""
        if not parts:
            return self.sha256(path, progress)
        digests = "".join(self.sha256(part, progress) for part in parts)
        return hashlib.sha256(digests.encode()).hexdigest()

    def staging(self, entry: ModelEntry) -> Path:
        """Return, made if need be, the folder where a model's file is built; it outlives an interruption."""
        return self._made(self.folder / _STAGING / entry.name)

    def land(self, built: Path, entry: ModelEntry, digest: str) -> Path:
        """Move a whole and checked file to its place in one step, and clear the staging folder."""
        path = self.path(entry)
        with built.open("rb+") as file:
            os.fsync(file.fileno())
        built.replace(path)
        self._remember(str(path.resolve()), _stamp(path), digest)
        shutil.rmtree(self.folder / _STAGING / entry.name, ignore_errors=True)
        return path

    @contextmanager
    def locked(self, entry: ModelEntry, progress: Progress = silent) -> Iterator[None]:
        """Keep other processes from building the same file; wait for one that does."""
        from filelock import FileLock, Timeout

        lock = FileLock(self._made(self.folder / _STAGING) / f"{entry.name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress(0, 0, f"waiting for another process that fetches {entry.name}")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _made(self, folder: Path) -> Path:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelError(
                f"The model folder {folder} cannot be made: {error.strerror}.",
                hint="Set REASON_MODELS to a folder that you may write to.",
            ) from error
        if not os.access(folder, os.W_OK):
            raise ModelError(
                f"The model folder {folder} cannot be written to.",
                hint="Set REASON_MODELS to another.",
            )
        return folder

    def _hashes(self) -> dict[str, tuple[list[int], str]]:
        try:
            known = json.loads((self.folder / _HASHES).read_text("utf-8"))
            return {str(key): (list(stamp), str(digest)) for key, (stamp, digest) in known.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _remember(self, key: str, stamp: list[int], digest: str) -> None:
        """Keep a hash; where nothing can be written it is computed again next time."""
        known = {**self._hashes(), key: (stamp, digest)}
        fresh = self.folder / f"{_HASHES}.{os.getpid()}"
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(known, indent=1), "utf-8")
            fresh.replace(self.folder / _HASHES)


def hash_file(path: Path, progress: Progress = silent) -> str:
    """Return a file's SHA-256 in hexadecimal digits.

    Raises:
        ModelError: If it cannot be read.
    """
    digest, done = hashlib.sha256(), 0
    try:
        total = path.stat().st_size
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                done += len(chunk)
                progress(done, total, f"checking {path.name}")
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


def _stamp(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]
