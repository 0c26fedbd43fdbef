"""What can be had by `import reasontree` alone: it costs nothing to import, and one question has one line."""

import subprocess
import sys

import pytest
import reasontree
from reasontree.core.errors import PluginError
from reasontree.plugins.policies.simulated import Simulated


def test_importing_the_package_loads_nothing_heavy():
    program = (
        "import sys, time; started = time.perf_counter(); import reasontree; "
        "heavy = {'llama_cpp', 'sqlalchemy', 'pydantic', 'networkx', 'numpy', 'click'} & set(sys.modules); "
        "print(sorted(heavy)); assert {'solve', 'open', 'replay'} <= set(dir(reasontree))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_can_be_had():
    for name in reasontree.__all__:
        assert getattr(reasontree, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'solv'"):
        reasontree.solv  # noqa: B018


def test_one_question_has_one_result(db):
    result = reasontree.solve("What is 6 times 7?", gold="42", policy="simulated", width=8, db=db)
    assert (result.answer, result.correct, result.is_whole) == ("42", True, True)
    assert reasontree.load_trace(result.trace_id, db=db).to_dict() == result.to_dict()


def test_nothing_is_kept_where_nothing_shall_be(tmp_path, monkeypatch):
    monkeypatch.setenv("REASON_DB", str(tmp_path / "none.db"))
    result = reasontree.solve("What is 6 times 7?", policy="simulated", record=False)
    assert (result.answer, result.trace_id) == ("42", "")
    assert not (tmp_path / "none.db").exists()


def test_the_command_line_and_the_library_give_one_tree(reason, tmp_path):
    reason("solve", "What is it?", "--policy", "simulated", "-s", "rebase", "-o", "width=8", "--seed", 5)
    spelt = {"policy": "simulated", "strategy": "rebase", "width": 8, "seed": 5}
    result = reasontree.solve("What is it?", **spelt, record=False)
    recorded = reasontree.load_trace(db=str(tmp_path / "traces.db"))
    assert list(recorded.tree) == list(result.tree)


@pytest.mark.model
def test_the_command_line_and_the_library_give_one_tree_with_a_real_model(reason, tmp_path, small_model):
    question = "A pen costs 3 dollars. How much do 4 pens cost?"
    options = ("-s", "majority", "-o", "width=4", "--seed", 1, "--max-tokens", 40)
    reason("solve", question, "--model", small_model, *options)
    result = reasontree.solve(
        question,
        strategy="majority",
        width=4,
        model=small_model,
        seed=1,
        limits={"max_tokens": 40},
        record=False,
    )
    recorded = reasontree.load_trace(db=str(tmp_path / "traces.db"))
    assert list(recorded.tree) == list(result.tree)


def test_a_search_that_finds_nothing_raises_in_the_one_line_case(monkeypatch):
    def fails(policy, requests):
        raise OSError("gone")

    monkeypatch.setattr(Simulated, "propose", fails)
    with pytest.raises(PluginError, match=r"policy 'simulated'.*gone"):
        reasontree.solve("What is it?", policy="simulated", record=False)


def test_a_number_may_be_the_right_answer(db):
    result = reasontree.solve("What is 6 times 7?", gold=42, policy="simulated", db=db)
    assert result.correct is True
