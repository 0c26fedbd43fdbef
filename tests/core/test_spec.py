"""One specification: from words, from a file, from another one, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core.errors import UnknownNameError, UsageError
from reasontree.core.records import Budget, Limits, Sampling
from reasontree.core.spec import RunSpec

WHOLE = RunSpec(
    strategy="mcts",
    strategy_options={"width": 8, "rule": "puct"},
    model="some.gguf",
    policy="other",
    policy_options={"threads": 2},
    scorers={"value-head": {"power": 2.0}, "confidence": {}},
    vote="best",
    grader="math",
    grader_options={"limit_s": 1.5},
    aggregation="min",
    sampling={"temperature": 0.5, "top_k": 20},
    prompt={
        "system": "Be brief.",
        "stops": ["Q:"],
        "examples": [{"question": "1 + 1?", "solution": "Step 1: 1 + 1 = 2\nSo 2."}],
        "needs_content": True,
    },
    limits=Limits(100, 50, 5),
    budget=Budget(tokens=1000, seconds=2.5),
    seed=7,
    keeps_hidden=True,
)


@pytest.mark.parametrize("spec", [RunSpec(), WHOLE], ids=["default", "whole"])
@pytest.mark.parametrize("name", ["run.toml", "run.json", "run.TOML"])
def test_a_file_gives_back_what_was_written(tmp_path, spec, name):
    spec.write(tmp_path / name)
    assert RunSpec.read(tmp_path / name) == spec


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_text_goes_through_its_dict(text):
    spec = RunSpec(model=text, strategy_options={text: text})
    assert RunSpec.of(spec.to_dict()) == spec


def test_only_what_is_not_as_by_default_is_written():
    assert RunSpec().to_dict() == {}
    assert RunSpec(seed=4).to_dict() == {"seed": 4}
    assert set(RunSpec().to_dict(whole=True)) == set(RunSpec.model_fields)


def test_options_are_added_to_those_of_the_same_plugin():
    changed = WHOLE.changed(strategy_options={"width": 16})
    assert changed.strategy_options == {"width": 16, "rule": "puct"}
    assert changed.vote == "best"
    assert WHOLE.changed(strategy="mcts").strategy_options == WHOLE.strategy_options


def test_fields_of_a_prompt_are_added_to_those_that_are_there():
    changed = WHOLE.changed(prompt={"system": "", "examples": [("2 + 2?", "4")]})
    assert changed.prompt == {
        "system": "",
        "stops": ["Q:"],
        "examples": [{"question": "2 + 2?", "solution": "4"}],
        "needs_content": True,
    }
    assert WHOLE.changed(seed=1).prompt == WHOLE.prompt


def test_another_plugin_has_its_own_options_and_another_strategy_its_own_vote():
    changed = WHOLE.changed(strategy="rebase", grader="plain")
    assert (changed.strategy_options, changed.vote, changed.grader_options) == ({}, "", {})
    kept = WHOLE.changed(strategy="rebase", vote="majority", strategy_options={"width": 2})
    assert (kept.strategy_options, kept.vote) == ({"width": 2}, "majority")


def test_a_models_own_sampling_is_what_the_spec_and_the_strategy_leave():
    own = Sampling(temperature=0.8, top_k=40)
    assert RunSpec().sampled_as(own) == own
    assert RunSpec().sampled_as(own, temperature=0.0).temperature == 0.0
    found = RunSpec(sampling={"temperature": 0.3, "top_k": 5.0}).sampled_as(own, temperature=0.0)
    assert (found.temperature, found.top_k) == (0.3, 5)
    assert type(found.top_k) is int


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"strateg": "x"}, "Did you mean 'strategy'"),
        ({"seed": "many"}, "Option 'seed' of a run's specification"),
        ({"limits": {"max_tokens": -1}}, "max_tokens takes a number above 0, and -1 came"),
        ({"limits": {"max_token": 1}}, "limits.max_token"),
        ({"budget": {"flops": float("inf")}}, "budget"),
        ({"sampling": {"temperature": -1}}, "temperature takes a number of 0 or more"),
        ({"aggregation": "sum"}, "aggregation"),
        ({"prompt": {"systen": "x"}}, "Option 'prompt' of .*: a prompt has .*, and not 'systen'"),
        ({"prompt": {"stops": "x"}}, "stops takes a list of texts"),
        ({"prompt": 3}, "prompt"),
        ({"model": 3}, "a text is wanted, and 3 came"),
        ({"scorers": 4}, "scorers"),
        ({"scorers": {"confidence": 4}}, "scorers.confidence"),
    ],
)
def test_wrong_values_are_one_clear_line(values, said):
    with pytest.raises(UsageError, match=said) as error:
        RunSpec.of(values)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.toml", "seed = ", "is not TOML"),
        ("a.json", "{", "is not JSON"),
        ("a.json", "[1]", "an object with a run's specification was wanted"),
        ("a.json", '{"sed": 1}', "Did you mean 'seed'"),
    ],
)
def test_a_file_that_is_not_a_specification_is_named(tmp_path, name, text, said):
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=said):
        RunSpec.read(tmp_path / name)


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"none\.toml cannot be read: No such file"):
        RunSpec.read(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="cannot be written"):
        RunSpec().write(tmp_path / "no" / "folder.toml")


def test_an_unknown_field_is_an_unknown_name():
    with pytest.raises(UnknownNameError):
        RunSpec.of({"nonsense": 1})
