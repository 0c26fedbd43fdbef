from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from reasontree.core.errors import ModelError
from reasontree.plugins.models.gguf_reader import read_header
from reasontree.plugins.models.gguf_types import BLOCKS

Write = Callable[..., Path]


def test_a_header_says_what_the_model_is(write_gguf: Write) -> None:
    header = read_header(write_gguf(metadata={"general.name": "Tiny", "general.file_type": 15}))
    assert (header.name, header.architecture, header.quantisation) == ("Tiny", "llama", "Q4_K_M")
    assert (header.n_layers, header.n_embedding, header.n_heads, header.n_kv_heads) == (2, 8, 4, 2)
    assert (header.n_context, header.n_vocab, header.tokenizer) == (128, 3, "gpt2")
    assert not header.has_chat_template


def test_a_long_array_keeps_only_its_length(write_gguf: Write) -> None:
    header = read_header(write_gguf(metadata={"tokenizer.ggml.token_type": [1] * 5000}))
    assert header.metadata["tokenizer.ggml.token_type"] == 5000
    assert header.metadata["tokenizer.ggml.tokens"] == 3


def test_a_tied_embedding_multiplies_as_the_output_head(write_gguf: Write) -> None:
    header = read_header(write_gguf())
    assert header.n_parameters == 8 * 3 + 8 * 16 + 8
    assert header.n_multiplied == 8 * 3 + 8 * 16


def test_an_embedding_beside_an_output_head_is_only_looked_up(write_gguf: Write) -> None:
    shapes = {"token_embd.weight": (8, 3), "output.weight": (8, 3), "blk.0.ffn.weight": (8, 16)}
    header = read_header(write_gguf(tensors=shapes))
    assert header.n_multiplied == 8 * 3 + 8 * 16
    assert header.flops_per_token == 2 * header.n_multiplied


def test_of_a_mixture_only_the_visited_experts_count(write_gguf: Write) -> None:
    header = read_header(
        write_gguf(
            metadata={"llama.expert_count": 4, "llama.expert_used_count": 1},
            tensors={"token_embd.weight": (8, 3), "blk.0.ffn_up_exps.weight": (8, 16, 4)},
        )
    )
    assert header.n_multiplied == 8 * 3 + 8 * 16


def test_the_cache_of_a_token_has_keys_and_values_of_every_layer(write_gguf: Write) -> None:
    header = read_header(write_gguf())
    assert header.kv_bytes_per_token == 2 * (2 * 2) * 2 * 2  # layers, heads x width, K and V, bytes
    uneven = read_header(write_gguf(metadata={"llama.attention.head_count_kv": [2, 1]}))
    assert uneven.kv_bytes_per_token == (2 + 1) * 2 * 2 * 2
    assert uneven.n_kv_heads == 2


def test_attention_costs_four_flops_a_layer_and_width_for_each_token_of_context(write_gguf: Write) -> None:
    assert read_header(write_gguf()).flops_per_token_and_context == 4 * 2 * 8


def test_a_file_of_another_kind_is_no_gguf(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<!doctype html>")
    with pytest.raises(ModelError, match="is not a GGUF file"):
        read_header(path)


@pytest.mark.parametrize("content", [b"", b"GG", b"\x00" * 4])
def test_a_file_without_a_beginning_is_no_gguf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "short.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="is not a GGUF file"):
        read_header(path)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no model file"):
        read_header(tmp_path / "none.gguf")
    with pytest.raises(ModelError, match="is a folder"):
        read_header(tmp_path)


@pytest.mark.parametrize("version", [1, 0x03000000])
def test_another_version_or_byte_order_is_refused(write_gguf: Write, version: int) -> None:
    with pytest.raises(ModelError, match="versions 2 and 3, little endian"):
        read_header(write_gguf(version=version))


def test_missing_data_is_counted(write_gguf: Write) -> None:
    path = write_gguf()
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(ModelError, match=f"is truncated: {len(whole) - 40:,} of {len(whole):,} bytes"):
        read_header(path)


def test_a_header_cut_off_anywhere_is_one_clear_error(write_gguf: Write) -> None:
    path = write_gguf()
    whole = path.read_bytes()
    for size in range(4, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(ModelError, match="is truncated"):
            read_header(path)


@pytest.mark.parametrize(
    "metadata",
    [
        {"general.alignment": "wide"},
        {"general.alignment": [1, 2]},
        {"llama.block_count": "many"},
        {"llama.block_count": 2**32 - 1},
        {"llama.attention.head_count": "some", "llama.embedding_length": [1, 2]},
        {"llama.attention.head_count_kv": ["a", "b"], "llama.expert_count": "none"},
        {"tokenizer.ggml.tokens": "all", "general.file_type": "small"},
    ],
)
def test_metadata_of_the_wrong_type_is_one_clear_error_or_left_out(
    write_gguf: Write, metadata: dict[str, object]
) -> None:
    path = write_gguf(metadata=metadata)
    if "general.alignment" in metadata:
        with pytest.raises(ModelError, match="damaged"):
            read_header(path)
        return
    header = read_header(path)
    assert header.n_multiplied == 8 * 3 + 8 * 16
    assert header.kv_bytes_per_token >= 0
    assert header.flops_per_token_and_context >= 0
    assert header.n_vocab in (0, 3)
    assert isinstance(header.quantisation, str)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    with pytest.raises(ModelError, match="is a pipe or a device"):
        read_header(tmp_path / "pipe.gguf")


def test_a_header_with_absurd_lengths_is_one_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "absurd.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**63, 2**63) + struct.pack("<Q", 2**62) + b"x" * 64)
    with pytest.raises(ModelError, match="is truncated or damaged"):
        read_header(path)


def test_sizes_of_tensor_types_are_those_of_the_compiled_library() -> None:
    import llama_cpp

    folder = Path(llama_cpp.__file__).parent / "lib"
    library = next((path for path in folder.iterdir() if "ggml-base" in path.name), None)
    if library is None:
        pytest.skip("this build of llama-cpp-python has no separate ggml-base library")
    ggml = ctypes.CDLL(str(library))
    ggml.ggml_type_size.restype = ctypes.c_size_t
    ggml.ggml_blck_size.restype = ctypes.c_int64
    for number, block in BLOCKS.items():
        assert (ggml.ggml_blck_size(number), ggml.ggml_type_size(number)) == tuple(block), number
