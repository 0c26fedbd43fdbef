"""The heads that come with the package belong to models of the catalog, asked in formats that have a name."""

import pytest
from reasontree.core.records import ModelInfo
from reasontree.plugins.models.catalog import register_models
from reasontree.plugins.models.prompts import NAMED
from reasontree.plugins.scorers.value_head import ValueHead, locations
from reasontree.plugins.scorers.value_head.head import load_head

FOLDER = locations.SHIPPED  # before a fixture puts an empty folder in its place
HEADS = sorted(FOLDER.glob("*.npz"))
CATALOG = {entry.name: entry for entry in register_models()}


FORMATS = {"": lambda entry: entry.prompt, "-worked-steps": lambda entry: NAMED["worked-steps"]()}


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.stem)
def test_it_belongs_to_the_model_and_the_format_that_it_is_named_after(path):
    info = load_head(path).info
    entry, suffix = CATALOG[info.model], path.stem.removeprefix(info.model)
    assert info.model_sha256 == entry.sha256
    assert info.prompt_format == FORMATS[suffix](entry).digest


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.stem)
def test_it_was_trained_on_the_training_split_and_says_how(path):
    info = load_head(path).info
    assert info.data == "gsm8k_train.jsonl"
    assert len(info.questions) == info.made["n_problems"] >= 40
    (way,) = info.made["sampled"]
    own = CATALOG[info.model].sampling.temperature
    assert way["sampling"]["temperature"] == (0.6 if path.stem.endswith("-worked-steps") else own)
    assert info.figures["ranking"]["within"]["last"]["low"] > 0.5


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.stem)
def test_it_leads_its_model_by_default(path, monkeypatch, policy):
    monkeypatch.setattr(locations, "SHIPPED", FOLDER)
    info = load_head(path).info
    policy.info = ModelInfo(info.model, sha256=info.model_sha256, prompt_format=info.prompt_format)
    assert ValueHead.suits(policy)
    assert locations.find_head(policy.info).digest == load_head(path).digest
    policy.info = ModelInfo(info.model, sha256=info.model_sha256, prompt_format="another")
    assert not ValueHead.suits(policy)


def test_both_small_models_have_one_and_the_larger_one_two():
    assert [path.stem for path in HEADS] == [
        "qwen2.5-coder-0.5b-instruct",
        "qwen2.5-coder-1.5b-instruct-worked-steps",
        "qwen2.5-coder-1.5b-instruct",
    ]
