"""Tiny random models of the two families of the papers, written as GGUF files.

`write_llama` stands for Llemma and Mistral: SentencePiece vocabulary with byte tokens, grouped queries, and
heads wider than their share of the embedding. `write_gptneox` stands for Pythia: byte-level BPE, parallel
residual, partial rotation, biases everywhere.

Weights are random, but a few tokens (`LIKELY`) are likely everywhere, so that line breaks, delimiters and the
bytes of one character after the other come up within some hundred tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import gguf
import numpy as np
from gguf.constants import TokenType
from numpy.typing import NDArray

LAYERS, EMBEDDING, HEADS, FEED_FORWARD, N_CONTEXT = 2, 32, 4, 48, 512
KV_HEADS, HEAD = 2, 16  # of the llama model; Pythia's heads share the embedding evenly
WORDS = ("the", "then", "step", "answer", "is", "so", "we", "two")
LONG = "-" * 300  # longer than any buffer one would think of
LIKELY = (b"\n", b".", b" the", b" ", b"\xc3", b"\xa9", b".\xc3")
CHAT = "{{ bos_token }}[INST] {{ messages[0]['content'] }} [/INST]"
TURNS = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "[INST] {{ message['content'] }} [/INST]{% else %}{{ message['content'] }}{{ eos_token }}"
    "{% endif %}{% endfor %}"
)

Tensors = dict[str, NDArray[np.float32]]


class Vocabulary(NamedTuple):
    """Tokens as the file spells them, and the bytes that each stands for."""

    spelled: list[str]
    kinds: list[TokenType]
    pieces: list[bytes]


class TinyModel(NamedTuple):
    """A file that was written, and what stands in it."""

    path: Path
    vocabulary: Vocabulary
    tensors: Tensors


def write_llama(
    folder: Path,
    *,
    is_tied: bool = False,
    chat: str = CHAT,
    more: Mapping[int, str] | None = None,
    tensors_a_file: int = 0,
) -> TinyModel:
    """Write a llama model with a SentencePiece vocabulary.

    Args:
        is_tied: The embedding is its output head too.
        tensors_a_file: Split it into files of so many tensors; 0 writes one file. Otherwise no file has the
            path, but the names of all files begin with it.
        more: Further tokens by id, such as a real vocabulary has; the ids between them stay unused.
    """
    vocabulary = _extended(_sentencepiece(), more or {})
    tensors = dict(_llama_tensors(np.random.default_rng(7), vocabulary))
    if is_tied:
        del tensors["output.weight"]
    path = folder / f"tiny-llama{'-tied' if is_tied else ''}{len(more or {}) or ''}.gguf"
    writer = gguf.GGUFWriter(path, "llama", split_max_tensors=tensors_a_file)
    _add_sizes(writer)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_key_length(HEAD)
    writer.add_value_length(HEAD)
    writer.add_rope_dimension_count(HEAD)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_scores([_score(text) for text in vocabulary.spelled])
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_chat_template(chat)
    return _write(writer, TinyModel(path, vocabulary, tensors))


def write_gptneox(folder: Path) -> TinyModel:
    """Write a gptneox model with byte-level BPE."""
    vocabulary, merges = _byte_level()
    tensors = dict(_gptneox_tensors(np.random.default_rng(8), vocabulary))
    path = folder / "tiny-gptneox.gguf"
    writer = gguf.GGUFWriter(path, "gptneox")
    _add_sizes(writer)
    writer.add_rope_dimension_count(EMBEDDING // HEADS // 4)
    writer.add_parallel_residual(True)
    writer.add_layer_norm_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("olmo")
    writer.add_token_merges(merges)
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    return _write(writer, TinyModel(path, vocabulary, tensors))


def _add_sizes(writer: gguf.GGUFWriter) -> None:
    writer.add_context_length(N_CONTEXT)
    writer.add_embedding_length(EMBEDDING)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)


def _write(writer: gguf.GGUFWriter, model: TinyModel) -> TinyModel:
    writer.add_token_list(model.vocabulary.spelled)
    writer.add_token_types(model.vocabulary.kinds)
    for name, values in model.tensors.items():
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return model


# Vocabularies.


def _sentencepiece() -> Vocabulary:
    """Three special tokens, all bytes, then characters and the beginnings of words, ▁ for a space."""
    letters = [chr(code) for code in range(33, 127)]
    starts = dict.fromkeys("▁" + word[:n] for word in WORDS for n in range(1, len(word) + 1))
    texts = ["▁", *letters, *starts, "▁▁", "é"]
    entries = [
        ("<unk>", TokenType.UNKNOWN, b""),
        ("<s>", TokenType.CONTROL, b""),
        ("</s>", TokenType.CONTROL, b""),
        *((f"<0x{byte:02X}>", TokenType.BYTE, bytes([byte])) for byte in range(256)),
        *((text, TokenType.NORMAL, text.replace("▁", " ").encode()) for text in texts),
        (LONG, TokenType.USER_DEFINED, LONG.encode()),
    ]
    return Vocabulary(*map(list, zip(*entries, strict=True)))


def _extended(vocabulary: Vocabulary, more: Mapping[int, str]) -> Vocabulary:
    texts, kinds, pieces = (list(part) for part in vocabulary)
    for token in range(len(texts), max(more, default=-1) + 1):
        text = more.get(token, f"<unused{token}>")
        texts.append(text)
        own = TokenType.USER_DEFINED if text.startswith("<") else TokenType.NORMAL  # a mark is never text
        kinds.append(own if token in more else TokenType.UNUSED)
        pieces.append(text.replace("▁", " ").encode())
    return Vocabulary(texts, kinds, pieces)


def _score(text: str) -> float:
    """Prefer longer tokens, as a trained vocabulary does on the whole."""
    return float(len(text)) if not text.startswith("<") else 0.0


def _byte_level() -> tuple[Vocabulary, list[str]]:
    """The end token, all bytes, the merges' results, and Pythia's token for two spaces, spelled as it is."""
    alphabet = _alphabet()
    merges = list(dict.fromkeys(_merges(alphabet)))
    merged = [merge.replace(" ", "") for merge in merges]
    back = {character: byte for byte, character in alphabet.items()}
    entries = [
        ("<|endoftext|>", TokenType.CONTROL, b""),
        *((character, TokenType.NORMAL, bytes([byte])) for byte, character in alphabet.items()),
        *((text, TokenType.NORMAL, bytes(back[each] for each in text)) for text in merged),
        ("  ", TokenType.USER_DEFINED, b"  "),
        (LONG, TokenType.USER_DEFINED, LONG.encode()),
    ]
    return Vocabulary(*map(list, zip(*entries, strict=True))), merges


def _merges(alphabet: Mapping[int, str]) -> Iterator[str]:
    """Build each word up from its left end; the last one ends within a character."""
    for text in (*(f" {word}".encode() for word in WORDS), "é".encode(), b"\n\n", b".\xc3"):
        letters = [alphabet[byte] for byte in text]
        yield from (f"{''.join(letters[:n])} {letters[n]}" for n in range(1, len(letters)))


def _alphabet() -> dict[int, str]:
    """Return GPT-2's printable character for each byte."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


# Tensors; numpy's shape is (rows, columns), which is the reverse of llama.cpp's.


def _llama_tensors(
    rng: np.random.Generator, vocabulary: Vocabulary
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    yield from _ends(rng, vocabulary)
    yield "output_norm.weight", _scale(rng)
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        yield at + "attn_norm.weight", _scale(rng)
        yield at + "attn_q.weight", _matrix(rng, HEADS * HEAD, EMBEDDING)
        yield at + "attn_k.weight", _matrix(rng, KV_HEADS * HEAD, EMBEDDING)
        yield at + "attn_v.weight", _matrix(rng, KV_HEADS * HEAD, EMBEDDING)
        yield at + "attn_output.weight", _matrix(rng, EMBEDDING, HEADS * HEAD)
        yield at + "ffn_norm.weight", _scale(rng)
        yield at + "ffn_gate.weight", _matrix(rng, FEED_FORWARD, EMBEDDING)
        yield at + "ffn_up.weight", _matrix(rng, FEED_FORWARD, EMBEDDING)
        yield at + "ffn_down.weight", _matrix(rng, EMBEDDING, FEED_FORWARD)


def _gptneox_tensors(
    rng: np.random.Generator, vocabulary: Vocabulary
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    yield from _ends(rng, vocabulary)
    yield from _norm(rng, "output_norm")
    for layer in range(LAYERS):
        at = f"blk.{layer}."
        yield from _norm(rng, at + "attn_norm")
        yield from _affine(rng, at + "attn_qkv", 3 * EMBEDDING, EMBEDDING)
        yield from _affine(rng, at + "attn_output", EMBEDDING, EMBEDDING)
        yield from _norm(rng, at + "ffn_norm")
        yield from _affine(rng, at + "ffn_up", FEED_FORWARD, EMBEDDING)
        yield from _affine(rng, at + "ffn_down", EMBEDDING, FEED_FORWARD)


def _ends(rng: np.random.Generator, vocabulary: Vocabulary) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Embedding and head; one dimension is the same for all tokens, and in it the likely ones stand out."""
    table = rng.normal(size=(len(vocabulary.pieces), EMBEDDING))
    table[:, 0] = 4.0
    head = rng.normal(scale=EMBEDDING**-0.5, size=table.shape)
    head[:, 0] = [1.5 if piece in LIKELY else -0.2 for piece in vocabulary.pieces]
    yield "token_embd.weight", table.astype(np.float32)
    yield "output.weight", head.astype(np.float32)


def _matrix(rng: np.random.Generator, rows: int, columns: int) -> NDArray[np.float32]:
    return rng.normal(scale=columns**-0.5, size=(rows, columns)).astype(np.float32)


def _scale(rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.uniform(0.8, 1.2, size=EMBEDDING).astype(np.float32)


def _affine(
    rng: np.random.Generator, name: str, rows: int, columns: int
) -> Iterator[tuple[str, NDArray[np.float32]]]:
    yield f"{name}.weight", _matrix(rng, rows, columns)
    yield f"{name}.bias", rng.normal(scale=0.1, size=rows).astype(np.float32)


def _norm(rng: np.random.Generator, name: str) -> Iterator[tuple[str, NDArray[np.float32]]]:
    yield f"{name}.weight", _scale(rng)
    yield f"{name}.bias", rng.normal(scale=0.1, size=EMBEDDING).astype(np.float32)
