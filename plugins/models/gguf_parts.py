"""Models that are split into several GGUF files, as llama.cpp's gguf-split names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...core.errors import ModelError

_NAME = re.compile(r"(.+)-(\d{5})-of-(\d{5})\.gguf", re.S)


def parts_of(path: Path, metadata: Mapping[str, Any]) -> tuple[Path, ...]:
    """Return all files of a model by its first one; none for a model in one file.

    Raises:
        ModelError: If `path` is not the first of them, has another name than they have, or one is missing.
    """
    count = metadata.get("split.count", 0)
    if not isinstance(count, int) or count <= 1:
        return ()
    match = _NAME.fullmatch(path.name)
    if match is None or int(match[3]) != count:
        raise ModelError(
            f"{path} is a part of a model in {count} files, and its name does not say which.",
            hint=f"Name the files NAME-00001-of-{count:05}.gguf and so on, as they were published.",
        )
    parts = tuple(path.with_name(f"{match[1]}-{i:05}-of-{count:05}.gguf") for i in range(1, count + 1))
    if path != parts[0]:
        raise ModelError(f"{path} is not the first part of its model.", hint=f"Name {parts[0]}.")
    missing = [part.name for part in parts if not part.is_file()]
    if missing:
        raise ModelError(
            f"{path} is a model in {count} files, and there is no {missing[0]} beside it"
            + (f", nor {len(missing) - 1} others." if missing[1:] else "."),
            hint="Put all of them into one folder.",
        )
    return parts
