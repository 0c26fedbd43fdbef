"""What a token costs, counted by hand from each architecture's published sizes (their `config.json`).

A matrix of a × b costs 2·a·b FLOPs for a token, and attention 4·d for each layer and token of context: d
multiplications and additions for the scores, and as many for the mean of the values.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from reasontree.core.meter import flops_of_span
from reasontree.core.records import ModelInfo
from reasontree.plugins.models.cache import Cache
from reasontree.plugins.models.gguf_header import Header, Tensor
from reasontree.plugins.models.gguf_reader import read_header

# layers, d, width of the feed-forward, heads, heads of keys and values, vocabulary, whether the head is tied
LLAMA_LIKE = {
    "qwen2.5-coder-0.5b-instruct": ("qwen2", 24, 896, 4864, 14, 2, 151936, True),
    "qwen2.5-coder-1.5b-instruct": ("qwen2", 28, 1536, 8960, 12, 2, 151936, True),
    "smollm2-135m-instruct": ("llama", 30, 576, 1536, 9, 3, 49152, True),
    "mistral-7b-v0.1": ("llama", 32, 4096, 14336, 32, 8, 32000, False),
    "llemma-7b": ("llama", 32, 4096, 11008, 32, 32, 32016, False),
    "llemma-34b": ("llama", 48, 8192, 22016, 64, 8, 32000, False),
}
PYTHIA = {"pythia-410m": (24, 1024, 50304), "pythia-1.4b": (24, 2048, 50304), "pythia-12b": (36, 5120, 50688)}


def by_hand(name: str) -> int:
    """Multiplying weights of a model: attention, feed-forward and output head."""
    if name in PYTHIA:
        layers, d, vocabulary = PYTHIA[name]
        return layers * (3 * d * d + d * d + 4 * d * d + 4 * d * d) + d * vocabulary
    _, layers, d, ff, heads, kv_heads, vocabulary, _ = LLAMA_LIKE[name]
    kv = d // heads * kv_heads
    return layers * (d * d + d * kv + d * kv + d * d + 3 * d * ff) + d * vocabulary


def header_of(name: str) -> Header:
    """A header with the tensors that llama.cpp's converter writes for this architecture."""
    if name in PYTHIA:
        layers, d, vocabulary = PYTHIA[name]
        architecture, heads = "gptneox", 16
        blocks = {
            "attn_norm.weight": (d,),
            "attn_qkv.weight": (d, 3 * d),
            "attn_qkv.bias": (3 * d,),
            "attn_output.weight": (d, d),
            "ffn_up.weight": (d, 4 * d),
            "ffn_down.weight": (4 * d, d),
        }
        shapes = {"token_embd.weight": (d, vocabulary), "output.weight": (d, vocabulary)}
    else:
        architecture, layers, d, ff, heads, kv_heads, vocabulary, tied = LLAMA_LIKE[name]
        kv = d // heads * kv_heads
        blocks = {
            "attn_norm.weight": (d,),
            "attn_q.weight": (d, d),
            "attn_q.bias": (d,),
            "attn_k.weight": (d, kv),
            "attn_v.weight": (d, kv),
            "attn_output.weight": (d, d),
            "ffn_gate.weight": (d, ff),
            "ffn_up.weight": (d, ff),
            "ffn_down.weight": (ff, d),
        }
        shapes = {"token_embd.weight": (d, vocabulary)} | ({} if tied else {"output.weight": (d, vocabulary)})
    shapes |= {f"blk.{i}.{part}": shape for i in range(layers) for part, shape in blocks.items()}
    tensors = tuple(Tensor(each, shape, 0, 0) for each, shape in shapes.items())
    sizes = {"block_count": layers, "embedding_length": d, "attention.head_count": heads}
    metadata = {"general.architecture": architecture} | {f"{architecture}.{k}": v for k, v in sizes.items()}
    return Header(Path(name), 3, metadata, tensors, 0, 0)


@pytest.mark.parametrize("name", [*LLAMA_LIKE, *PYTHIA])
def test_a_token_costs_what_its_matrices_and_its_context_cost(name: str) -> None:
    header, parameters = header_of(name), by_hand(name)
    assert header.n_multiplied == parameters
    layers, d = (PYTHIA[name][:2]) if name in PYTHIA else LLAMA_LIKE[name][1:3]
    model = ModelInfo(name, header.n_multiplied, header.n_layers, header.attention_width)
    prompt, solution = 7, 5
    expected = sum(2 * parameters + 4 * layers * d * (place + 1) for place in range(prompt + solution))
    assert flops_of_span(model, 0, prompt) + flops_of_span(model, prompt, prompt + solution) == expected


def test_a_real_file_has_these_sizes(small_model: str) -> None:
    header = read_header(Cache.of_user().folder / f"{small_model}.gguf")
    assert header.n_multiplied == by_hand(small_model)
    assert (header.n_layers, header.attention_width) == LLAMA_LIKE[small_model][1:3]
