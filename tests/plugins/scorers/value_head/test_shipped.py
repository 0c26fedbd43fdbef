"""The heads that come with the package belong to models of the catalog, asked as the catalog asks them."""

import pytest
from reasontree.core.records import ModelInfo
from reasontree.plugins.models.catalog import register_models
from reasontree.plugins.scorers.value_head import ValueHead, locations
from reasontree.plugins.scorers.value_head.head import load_head

FOLDER = locations.SHIPPED  # before a fixture puts an empty folder in its place
HEADS = sorted(FOLDER.glob("*.npz"))
CATALOG = {entry.name: entry for entry in register_models()}


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.stem)
def test_it_belongs_to_the_model_that_it_is_named_after(path):
    info, entry = load_head(path).info, CATALOG[path.stem]
    assert (info.model, info.model_sha256, info.prompt_format) == (
        entry.name,
        entry.sha256,
        entry.prompt.digest,
    )


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.stem)
def test_it_was_trained_on_the_training_split_and_says_how(path):
    info = load_head(path).info
    assert info.data == "gsm8k_train.jsonl"
    assert len(info.questions) == info.made["n_problems"] >= 40
    (way,) = info.made["sampled"]
    assert way["sampling"]["temperature"] == CATALOG[path.stem].sampling.temperature
    assert info.figures["ranking"]["within"]["last"]["low"] > 0.5


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.stem)
def test_it_leads_its_model_by_default(path, monkeypatch, policy):
    monkeypatch.setattr(locations, "SHIPPED", FOLDER)
    info = load_head(path).info
    policy.info = ModelInfo(info.model, sha256=info.model_sha256, prompt_format=info.prompt_format)
    assert ValueHead.suits(policy)
    policy.info = ModelInfo(info.model, sha256=info.model_sha256, prompt_format="another")
    assert not ValueHead.suits(policy)


def test_both_small_models_have_one():
    assert [path.stem for path in HEADS] == ["qwen2.5-coder-0.5b-instruct", "qwen2.5-coder-1.5b-instruct"]
