"""Takes the head of a reward model out of its published weights, for scorer `token-prm`.

python docs/export_prm_head.py FOLDER HEAD.npz [BASE]

FOLDER has the model's files, as `hf download Qwen/Qwen2.5-Math-PRM-7B --local-dir FOLDER` leaves them. Known
are the heads of Qwen2.5-Math-PRM (`score.0`, `score.2`) and of Skywork-o1-Open-PRM (`v_head.summary`). BASE
becomes a folder with all the rest as an ordinary causal model, which llama.cpp's convert_hf_to_gguf.py takes.
Only numpy is needed: the safetensors library gives numpy no bfloat16, in which these weights are.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

NAMES = {
    "score.0": 0,
    "score.2": 1,
    "v_head.summary": 0,
}
TYPES: dict[str, Any] = {"F32": np.float32, "F16": np.float16, "BF16": np.uint16}


CONFIG = "config.json"
INDEX = "model.safetensors.index.json"


def main() -> None:
    """Write the head, and the base if it is wanted."""
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    folder, out, *bases = map(Path, sys.argv[1:])
    arrays = dict(head_of(folder))
    if not arrays:
        sys.exit(f"{folder} has no safetensors file with a head that is known: {', '.join(NAMES)}.")
    np.savez(out, **arrays)
    shapes = ", ".join(f"{name} {array.shape}" for name, array in sorted(arrays.items()))
    sys.stdout.write(f"{out}: {shapes}\n")
    for base in bases:
        write_base(folder, base)


def head_of(folder: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield the arrays of a head, by the names that the scorer knows."""
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            for name, tensor in header_of(file).items():
                if is_of_head(name):
                    layer, _, part = name.rpartition(".")
                    yield f"{part}_{NAMES[layer]}", as_floats(data_of(file, tensor), tensor)


def write_base(folder: Path, base: Path) -> None:
    """Copy a model without its head, as one that only predicts the next token."""
    base.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        if path.suffix == ".safetensors":
            with path.open("rb") as source, (base / path.name).open("wb") as target:
                copy_without_head(source, target)
        elif path.is_file() and path.suffix != ".py":
            shutil.copyfile(path, base / path.name)
    config = json.loads((base / CONFIG).read_text())
    config = {name: value for name, value in config.items() if name not in ("auto_map", "num_labels")}
    (base / CONFIG).write_text(json.dumps(config | {"architectures": ["Qwen2ForCausalLM"]}, indent=2))
    if (base / INDEX).exists():
        index = json.loads((base / INDEX).read_text())
        index["weight_map"] = {k: v for k, v in index["weight_map"].items() if not is_of_head(k)}
        (base / INDEX).write_text(json.dumps(index, indent=2))


def copy_without_head(source: BinaryIO, target: BinaryIO) -> None:
    """Copy a file of tensors without those of the head."""
    kept, size = {}, 0
    header = header_of(source)
    tensors = sorted(header.items(), key=lambda each: each[1]["data_offsets"])
    for name, tensor in tensors:
        if not is_of_head(name):
            begin, end = tensor["data_offsets"]
            kept[name] = {key: tensor[key] for key in ("dtype", "shape")}
            kept[name]["data_offsets"] = [size, size + end - begin]
            size += end - begin
    text = json.dumps({"__metadata__": {"format": "pt"}, **kept}).encode()
    text += b" " * (-len(text) % 8)
    target.write(len(text).to_bytes(8, "little") + text)
    for name, tensor in tensors:
        if not is_of_head(name):
            target.write(data_of(source, tensor))


def is_of_head(name: str) -> bool:
    """Whether a tensor of this name belongs to a head that is known."""
    return name.rpartition(".")[0] in NAMES


def header_of(file: BinaryIO) -> dict[str, Any]:
    """Return the tensors of a file by name; where their bytes lie is counted from the file's beginning."""
    file.seek(0)
    n_header = int.from_bytes(file.read(8), "little")
    header: dict[str, Any] = json.loads(file.read(n_header))
    header.pop("__metadata__", None)
    for tensor in header.values():
        tensor["data_offsets"] = [8 + n_header + offset for offset in tensor["data_offsets"]]
    return header


def data_of(file: BinaryIO, tensor: dict[str, Any]) -> bytes:
    """Return a tensor's bytes."""
    begin, end = tensor["data_offsets"]
    file.seek(begin)
    return file.read(end - begin)


def as_floats(data: bytes, tensor: dict[str, Any]) -> NDArray[np.float32]:
    """Return a tensor's numbers; bfloat16 is the upper half of float32."""
    kind = tensor["dtype"]
    values = np.frombuffer(data, dtype=TYPES[kind])
    if kind == "BF16":
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return values.astype(np.float32).reshape(tensor["shape"])


if __name__ == "__main__":
    main()
