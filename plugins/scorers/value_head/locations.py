"""Where heads lie: those that come with the package, and those that a user trained."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from platformdirs import user_data_path

from ....core.records import ModelInfo
from .head import Binding, Head, load_head

SHIPPED = Path(__file__).parent / "heads"


def users_folder() -> Path:
    """Return where a user's own heads are kept."""
    return user_data_path("reasontree") / "heads"


def path_for(model: ModelInfo, reader: str = "") -> Path:
    """Return where a user's head for this model, and for the second model that reads, is kept."""
    name = f"{model.name}-read-by-{reader}" if reader else model.name
    kept = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in name)
    return users_folder() / f"{kept}-{model.prompt_format[:8]}.npz"


def find_head(model: ModelInfo, digest: str = "", *, reader_sha256: str = "") -> Head | None:
    """Return the head for this model and prompt format: the user's newest one, else the one that is shipped.

    Args:
        digest: The SHA-256 of the head's file, where only one will do.
        reader_sha256: Of the second model that reads, if one does.

    Raises:
        ModelError: If one of the files that were read is damaged.
    """
    for path in _paths():
        head = load_head(path)
        is_for_both = head.info.binding == Binding.of(model) and head.info.reader_sha256 == reader_sha256
        if is_for_both and digest in ("", head.digest):
            return head
    return None


def _paths() -> Iterator[Path]:
    for folder in (users_folder(), SHIPPED):
        found = []
        for path in folder.glob("*.npz"):
            with suppress(FileNotFoundError):  # a link to nothing, or deleted since
                found.append((-path.stat().st_mtime, path.name, path))
        yield from (path for *_, path in sorted(found))
