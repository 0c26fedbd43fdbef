"""What a study compares, what of it must be searched, and what is wrong with it, said before any search."""

import pytest
from reasontree.api.study.plan import cells_of, plan
from reasontree.api.study.spec import StudySpec
from reasontree.core.errors import UsageError

from .studies import POLICY, study_of, write_problems


@pytest.fixture
def data(tmp_path):
    return write_problems(tmp_path / "rows.jsonl", 6)


def spec(data, **more):
    return StudySpec.of(study_of(data, **more))


def test_chains_of_all_sizes_and_votes_are_one_run(data):
    runs = plan(spec(data, strategies=["greedy", "majority", "weighted-majority", "best-of-n", "rebase"]))
    assert [(run.spec.strategy, run.n_samples, len(run.cells)) for run in runs] == [
        ("greedy", 1, 1),
        ("majority", 4, 9),
        ("rebase", 1, 1),
        ("rebase", 2, 1),
        ("rebase", 4, 1),
    ]


def test_other_votes_over_one_tree_are_one_run(data):
    runs = plan(spec(data, strategies=["rebase"], samples=[4], votes=["majority", "weighted"]))
    assert [len(run.cells) for run in runs] == [2]


def test_options_seeds_budgets_and_models_are_runs_of_their_own(data):
    study = spec(
        data,
        strategies=["rebase", {"strategy": "rebase", "allocation": "exact"}],
        samples=[4],
        seeds=[0, 1],
        budgets=[{}, {"budget_tokens": 50}],
        models=[{"policy_options": {"p_right": 0.9}}, {}],
    )
    assert len(plan(study)) == len(cells_of(study)) == 2 * 2 * 2 * 2


def test_chains_within_a_budget_are_not_parts_of_longer_runs(data):
    runs = plan(spec(data, strategies=["majority"], budgets=[{"budget_tokens": 50}]))
    assert [run.n_samples for run in runs] == [1, 2, 4]


def test_a_run_of_chains_has_the_scorers_of_all_its_cells(data):
    (run,) = plan(spec(data, strategies=["weighted-majority"], scorers=["confidence", "self-judge"]))
    assert list(run.spec.scorers) == ["confidence", "self-judge"]


def test_a_strategy_may_have_samples_and_models_of_its_own(data):
    study = spec(
        data,
        models=[{"policy": "simulated", "policy_options": {"depth": 2}}, {"policy": "simulated"}],
        strategies=["greedy", {"strategy": "majority", "samples": [8], "models": [""]}],
    )
    assert {(run.spec.strategy, run.n_samples) for run in plan(study)} == {("greedy", 1), ("majority", 8)}


def test_a_strategy_with_one_solution_needs_no_sample_of_one(data):
    runs = plan(spec(data, strategies=["greedy", "majority"], samples=[4]))
    assert [(run.spec.strategy, run.n_samples) for run in runs] == [("greedy", 1), ("majority", 4)]


def test_runs_of_one_model_stand_together(data):
    study = spec(
        data,
        models=[{"policy_options": {"depth": 2}}, {"policy_options": {"depth": 3}}],
        strategies=["rebase", "majority", "beam"],
    )
    depths = [run.spec.policy_options["depth"] for run in plan(study)]
    assert depths == sorted(depths)


def test_each_run_has_a_name_that_tells_it_from_the_others(data):
    runs = plan(spec(data, strategies=["rebase", {"strategy": "rebase", "allocation": "exact"}], samples=[4]))
    assert [run.name for run in runs] == ["simulated rebase n=4", "simulated rebase allocation=exact n=4"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"strategies": ["rebass"]}, "There is no strategy 'rebass'. Did you mean 'rebase'?"),
        ({"strategies": [{"strategy": "rebase", "allocation": "best"}]}, "takes divisor | exact | paper"),
        ({"strategies": ["majority"], "samples": [0]}, "a number of samples is 1 or more, and 0 came"),
        ({"strategies": ["majority"], "votes": ["best-of"]}, "There is no vote 'best-of'"),
        ({"strategies": ["majority"], "scorers": ["confident"]}, "There is no scorer 'confident'"),
        (
            {"strategies": [{"strategy": "majority", "models": ["mine"]}]},
            "no model of the study called 'mine'",
        ),
        ({"strategies": []}, "Option 'strategies' of a study"),
        ({"strategy": ["majority"], "strategies": ["rebase"]}, "no option of a study called 'strategy'"),
        ({"strategies": ["majority"], "common": {**POLICY, "temprature": 1}}, "called 'temprature'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(data, wrong, said):
    with pytest.raises(UsageError) as error:
        plan(spec(data, **{"common": POLICY, **wrong}))
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_names_rows_beside_it(tmp_path):
    write_problems(tmp_path / "rows.jsonl", 3)
    (tmp_path / "study.toml").write_text('data = "rows.jsonl"\nstrategies = "majority"\nsamples = 2\n')
    read = StudySpec.read(tmp_path / "study.toml")
    assert [each.text for each in read.data[0].problems()] == [f"What is problem {i}?" for i in range(3)]
    assert read.samples == (2,)


@pytest.mark.parametrize(("text", "said"), [("data = [", "is not TOML"), (None, "cannot be read")])
def test_a_file_that_is_no_study_is_named(tmp_path, text, said):
    path = tmp_path / "study.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UsageError, match=said):
        StudySpec.read(path)


def test_problems_without_a_right_answer_are_refused(tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"question": "What?"}\n')
    with pytest.raises(UsageError, match="problem 1: a study compares with right answers"):
        spec(str(rows), strategies=["majority"]).data[0].problems()


def test_another_leading_scorer_is_another_run_of_trees(data):
    both = [{"scorers": ["confidence", "self-judge"]}, {"scorers": ["self-judge", "confidence"]}]
    assert [
        run.spec.scorer for run in plan(spec(data, strategies=["rebase"], samples=[4], scorers=both))
    ] == [
        "confidence",
        "self-judge",
    ]
    assert len(plan(spec(data, strategies=["weighted-majority"], samples=[4], scorers=both))) == 1


def test_a_study_may_be_json(tmp_path):
    write_problems(tmp_path / "rows.jsonl", 3)
    path = tmp_path / "study.json"
    path.write_text('{"data": "rows.jsonl", "strategies": ["majority"], "samples": [3, 6]}')
    assert StudySpec.read(path).all_samples() == (3, 6)


def test_a_temperature_for_all_leaves_greedy_greedy(data):
    study = spec(
        data, strategies=["greedy", "majority", "rebase"], samples=[2], common={**POLICY, "temperature": 0.6}
    )
    found = {run.spec.strategy: run.spec.sampling for run in plan(study)}
    assert found == {"greedy": {}, "majority": {"temperature": 0.6}, "rebase": {"temperature": 0.6}}
    own = spec(data, strategies=[{"strategy": "greedy", "temperature": 0.1}])
    assert plan(own)[0].spec.sampling == {"temperature": 0.1}
