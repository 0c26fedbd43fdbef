"""Reward models with a head of their own: tiny random ones, against the formula in numpy."""

import importlib.util
import json
import math
import struct
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from reasontree.core.errors import ModelError, UsageError
from reasontree.core.models import ModelFile
from reasontree.plugins.policies.llama_cpp import Model
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span
from reasontree.plugins.scorers.prm_formats import PRESETS
from reasontree.plugins.scorers.prm_head import load_prm_head
from reasontree.plugins.scorers.token_prm import TokenPrm, tokens_of

from ..policies.tiny_gguf import EMBEDDING, TURNS, write_llama
from .conftest import QUESTION

STEPS = ("we two", "so the answer", "then two and two is it", "the answer is two")
CHAIN = [STEPS[:n] for n in range(1, len(STEPS) + 1)]
SCRIPT = Path(__file__).parents[3] / "docs" / "export_prm_head.py"


def layers_for(n_classes):
    rng = np.random.default_rng(n_classes)
    widths = [EMBEDDING, 7, n_classes] if n_classes == 2 else [EMBEDDING, 1]
    return [
        (rng.normal(0, 0.3, size=(out, into)).astype(np.float32), rng.normal(size=out).astype(np.float32))
        for into, out in pairwise(widths)
    ]


def saved(path, layers):
    arrays = {}
    for number, (weight, bias) in enumerate(layers):
        arrays |= {f"weight_{number}": weight, f"bias_{number}": bias}
    np.savez(path, **arrays)
    return path


def by_hand(state, layers):
    """The published formula: a rectifier between two layers, then a softmax's second part; else a sigmoid."""
    state = np.array(state)
    if len(layers) == 1:
        ((weight, bias),) = layers
        return 1 / (1 + math.exp(-(weight @ state + bias)[0]))
    (first, first_bias), (second, second_bias) = layers
    logits = second @ np.maximum(first @ state + first_bias, 0) + second_bias
    return math.exp(logits[1]) / (math.exp(logits[0]) + math.exp(logits[1]))


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A tiny model with a chat template and a step tag of one token."""
    folder = tmp_path_factory.mktemp("prm")
    return ModelFile("prm", write_llama(folder, chat=TURNS, more={448: "<extra_0>"}).path)


def plain_state(file, tokens):
    """The last hidden state behind some tokens: one sequence, in a fresh context."""
    model = Model(file)
    context = Context(model, ContextSize(512, 512, 256))
    context.want_hidden()
    context.decode([Span(0, 0, tokens, [len(tokens) - 1])])
    state = context.output(0).hidden()
    context.close()
    model.close()
    return state


@pytest.mark.parametrize(("preset", "n_classes"), [("qwen2.5-math-prm", 2), ("skywork-o1-prm", 1)])
def test_scores_are_those_of_the_formula(file, tmp_path, request_of, scores_of, preset, n_classes):
    layers = layers_for(n_classes)
    head = saved(tmp_path / "head.npz", layers)
    scorer = TokenPrm(TokenPrm.Options(model="prm", preset=preset, head=str(head), ctx=2048), None, file)
    (found,) = scores_of(scorer, request_of(CHAIN)).values()
    scorer.close()
    model = Model(file)
    texts = [tokens_of(model, PRESETS[preset], QUESTION, path) for path in CHAIN]
    tag = model.tokenize(PRESETS[preset].tag, special=True, begin=False)[-1]
    begin = model.begin_token
    model.close()
    assert [text[-1] for text in texts] == [tag] * len(CHAIN)
    assert all(texts[n][: len(texts[n - 1])] == texts[n - 1] for n in range(1, len(CHAIN)))
    assert all(text.count(tag) >= n for n, text in enumerate(texts, start=1))
    assert all(text[0] == begin for text in texts if preset == "skywork-o1-prm")
    expected = [by_hand(plain_state(file, text), layers) for text in texts]
    assert [found[node] for node in range(1, len(CHAIN) + 1)] == pytest.approx(expected, abs=5e-3)
    assert max(expected) - min(expected) > 1e-2


def test_qwens_prompt_is_that_of_its_model_card():
    turns = PRESETS["qwen2.5-math-prm"].turns("How much?", ["One.", "Two."])
    assert turns == [
        ("system", "Please reason step by step, and put your final answer within \\boxed{}."),
        ("user", "How much?"),
    ]
    assert PRESETS["qwen2.5-math-prm"].body(["One.", "Two."]) == "One.<extra_0>Two.<extra_0>"


def test_skyworks_prompt_is_that_of_its_code():
    assert PRESETS["skywork-o1-prm"].tagged("How much?", ["One.", "Two."]) == "How much?\nOne.\nTwo.\n"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "by a head, and none came"),
        (
            {"preset": "custom", "tag": " step", "good": "is", "bad": "so", "head": "HEAD"},
            "by no head, and one",
        ),
        ({"head": "WIDE"}, r"reads states of 9 numbers, and prm has"),
    ],
)
def test_a_head_that_does_not_fit_is_one_clear_line(file, tmp_path, options, said):
    heads = {"HEAD": saved(tmp_path / "head.npz", layers_for(2))}
    wide = [(np.zeros((1, 9), np.float32), np.zeros(1, np.float32))]
    heads["WIDE"] = saved(tmp_path / "wide.npz", wide)
    options = {"preset": "qwen2.5-math-prm"} | {k: str(heads.get(v, v)) for k, v in options.items()}
    with pytest.raises(UsageError, match=said):
        TokenPrm(TokenPrm.Options(model="prm", ctx=512, **options), None, file)


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"weight_0": np.zeros((3, 8), np.float32), "bias_0": np.zeros(3, np.float32)},
        {"weight_0": np.zeros((2, 8), np.float32), "bias_0": np.zeros(3, np.float32)},
        {"weight_0": np.zeros((2, 8), np.float32)},
        {"weight_0": np.full((2, 8), np.nan, np.float32), "bias_0": np.zeros(2, np.float32)},
        {
            "weight_0": np.zeros((5, 8), np.float32),
            "bias_0": np.zeros(5, np.float32),
            "weight_1": np.zeros((2, 6), np.float32),
            "bias_1": np.zeros(2, np.float32),
        },
    ],
    ids=["empty", "three outputs", "another bias", "no bias", "not finite", "layers that do not meet"],
)
def test_a_file_that_is_no_head_is_one_clear_line(tmp_path, arrays):
    np.savez(tmp_path / "head.npz", **arrays)
    with pytest.raises(ModelError, match=r"head\.npz is not the head of a reward model"):
        load_prm_head(tmp_path / "head.npz")


@pytest.mark.parametrize("data", [b"", b"text", b"PK\x03\x04broken"])
def test_damaged_files_are_one_clear_line(tmp_path, data):
    (tmp_path / "head.npz").write_bytes(data)
    with pytest.raises(ModelError, match=r"is not the head of a reward model"):
        load_prm_head(tmp_path / "head.npz")
    with pytest.raises(ModelError, match="cannot be read"):
        load_prm_head(tmp_path / "gone.npz")


def safetensors(path, tensors):
    """Write a file as the safetensors library does."""
    header, body = {}, b""
    for name, (kind, array) in tensors.items():
        data = array.tobytes()
        header[name] = {
            "dtype": kind,
            "shape": array.shape,
            "data_offsets": [len(body), len(body) + len(data)],
        }
        body += data
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def bfloat16(array):
    return (array.view(np.uint32) >> 16).astype(np.uint16)


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Run the script over `published` and return where it puts head and base."""
    spec = importlib.util.spec_from_file_location("export_prm_head", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "published").mkdir()

    def run():
        places = [str(tmp_path / name) for name in ("published", "head.npz", "base")]
        monkeypatch.setattr(sys, "argv", ["export", *places])
        module.main()

    run.module = module
    return run


@pytest.mark.parametrize(("names", "n_classes"), [(("score.0", "score.2"), 2), (("v_head.summary",), 1)])
def test_the_script_parts_head_and_base(tmp_path, script, names, n_classes):
    layers = layers_for(n_classes)
    folder, base = tmp_path / "published", tmp_path / "base"
    first, last = (np.full((4, 4), value, np.float32) for value in (1, 2))
    for shard, (name, (weight, bias)) in enumerate(zip(names, layers, strict=True)):
        tensors = {
            "model.norm.weight": ("F32", first),
            f"{name}.weight": ("BF16", bfloat16(weight)),
            f"{name}.bias": ("F16", bias.astype(np.float16)),
            "model.last.weight": ("F32", last),
        }
        safetensors(folder / f"model-{shard}.safetensors", tensors)
    (folder / "config.json").write_text(
        json.dumps({"architectures": ["X"], "auto_map": {}, "hidden_size": 8})
    )
    index = {"weight_map": {f"{names[0]}.weight": "model-0.safetensors", "model.norm.weight": "y"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    (folder / "modeling.py").write_text("")
    script()
    for (weight, bias), (read_weight, read_bias) in zip(
        layers, load_prm_head(tmp_path / "head.npz").layers, strict=True
    ):
        assert read_weight == pytest.approx(weight, rel=2**-7)
        assert read_bias == pytest.approx(bias, rel=2**-10, abs=1e-6)
    with (base / "model-0.safetensors").open("rb") as file:
        kept = script.module.header_of(file)
        assert list(kept) == ["model.norm.weight", "model.last.weight"]
        assert script.module.data_of(file, kept["model.last.weight"]) == last.tobytes()
        assert file.seek(0, 2) == kept["model.last.weight"]["data_offsets"][1]
    assert json.loads((base / "config.json").read_text()) == {
        "architectures": ["Qwen2ForCausalLM"],
        "hidden_size": 8,
    }
    assert "score.0.weight" not in (base / "model.safetensors.index.json").read_text()
    assert not (base / "modeling.py").exists()


def test_the_script_says_where_nothing_is_known(tmp_path, script):
    with pytest.raises(SystemExit, match="has no safetensors file with a head that is known"):
        script()
    assert not (tmp_path / "head.npz").exists()
