"""Small studies of the simulated policy, whose truth is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

POLICY = {"policy": "simulated"}


def write_problems(path: Path, n: int, word: str = "problem") -> str:
    """Write problems whose answers are 100, 101 and so on."""
    rows = [{"question": f"What is {word} {i}?", "gold": str(100 + i)} for i in range(n)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def study_of(data: str, **more: Any) -> Mapping[str, Any]:
    """Return a study's fields."""
    return {"data": data, "common": POLICY, "samples": [1, 2, 4], **more}
