"""What a user may say, and what is wrong with it, in one clear line."""

from dataclasses import asdict

import pytest
import reasontree
from reasontree.api.arguments import spec_of
from reasontree.core import Limits, Problem
from reasontree.core.errors import UnknownNameError, UsageError

PROBLEMS = [Problem(f"What is {n} times 7?", str(7 * n), n, "sevens.jsonl") for n in range(12)]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({"temperature": 0.5, "top_k": 7}, {"sampling": {"temperature": 0.5, "top_k": 7}}),
        ({"max_tokens": 99}, {"limits": {"max_tokens": 99, "max_step_tokens": 256, "max_depth": 25}}),
        ({"budget_tokens": 50}, {"budget": {"tokens": 50, "samples": None, "flops": None, "seconds": None}}),
        ({"scorer": "confidence"}, {"scorers": {"confidence": {}}}),
        ({"scorers": ["value-head", "confidence"]}, {"scorers": {"value-head": {}, "confidence": {}}}),
        ({"strategy": "rebase", "width": 3}, {"strategy_options": {"width": 3}}),
        ({"limits": Limits(7, 7, 7), "max_depth": 3}, {"limits": {**asdict(Limits(7, 7, 3))}}),
    ],
)
def test_words_of_a_user_become_a_spec(words, found):
    spec = spec_of(reasontree.RunSpec(), words).to_dict()
    assert {name: spec.get(name) for name in found} == found


def test_a_file_is_a_spec_too(tmp_path):
    reasontree.RunSpec(policy="simulated", strategy="greedy").write(tmp_path / "run.toml")
    with reasontree.open(tmp_path / "run.toml", record=False, seed=4) as session:
        assert (session.spec.strategy, session.spec.seed) == ("greedy", 4)
    with reasontree.open(str(tmp_path / "run.toml"), record=False) as session:
        assert session.spec.strategy == "greedy"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"strategy": "rebas"}, "Did you mean 'rebase'"),
        ({"widht": 4}, "option of strategy 'majority', called 'widht'. Did you mean 'width'"),
        ({"width": 0}, "Option 'width' of strategy 'majority' takes int"),
        ({"budget": {"tokens": 0}}, "tokens takes a number above 0"),
        ({"limits": {"max_tokens": "many"}}, "limits.max_tokens"),
        ({"sampling": {"temprature": 1}}, "sampling knows temperature"),
        ({"seed": -1}, "seed"),
        ({"model": "other"}, "belongs to the open session"),
        ({"grader_options": {"limit_s": 1}}, "belongs to the open session"),
        ({"n_active": 2}, "belongs to the open session"),
        ({"vote": "loudest"}, "no vote 'loudest'"),
    ],
)
def test_a_wrong_word_is_one_clear_line_and_the_session_goes_on(session, wrong, said):
    with pytest.raises(UsageError, match=said):
        session.solve("What is it?", **wrong)
    assert len(list(session.solve("What is it?"))) == 1


@pytest.mark.parametrize("empty", ["", "  ", ["What is it?", ""]])
def test_an_empty_question_is_refused(session, empty):
    with pytest.raises(UsageError, match="A question is wanted"):
        session.solve(empty)


@pytest.mark.parametrize("strange", [None, 7, [7], [None]])
def test_what_is_not_a_question_is_refused(session, strange):
    with pytest.raises(UsageError, match="A question or a Problem is wanted"):
        session.solve(strange)


def test_a_policy_without_a_model_refuses_one():
    with pytest.raises(UsageError, match=r"Policy 'simulated' takes no model, and 'big\.gguf' came"):
        reasontree.open(policy="simulated", model="big.gguf", record=False)


def test_an_unknown_policy_has_the_nearest_name():
    with pytest.raises(UnknownNameError, match="Did you mean 'simulated'"):
        reasontree.open(policy="simulate")


def test_filters_are_words_of_traces(session, db):
    list(session.solve(PROBLEMS[:3]))
    assert len(reasontree.traces(db=db, strategy="majority", limit=None)) == 3
    assert reasontree.traces(db=db, strategy="rebase") == []
    with pytest.raises(UnknownNameError, match="Did you mean 'strategy'"):
        reasontree.traces(db=db, strateg="rebase")
