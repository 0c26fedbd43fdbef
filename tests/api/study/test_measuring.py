"""The figures of a report: against a computation of their own, and against a known truth."""

import numpy as np
import pytest
import reasontree
from reasontree.api.study.measuring import measure
from reasontree.core.errors import ReplayError, StoreError
from reasontree.plugins.policies.simulated import Simulated
from reasontree.store.database import open_for_reading
from reasontree.store.filters import Filters

from . import recomputed
from .studies import POLICY, study_of, write_problems

HARD = {"depth": 3, "p_right": 0.7, "spread": 0.3, "confusion": 0.5}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A report, and the export of its traces."""
    folder = tmp_path_factory.mktemp("study")
    data = write_problems(folder / "rows.jsonl", 25)
    db = str(folder / "study.db")
    fields = study_of(
        data,
        samples=[1, 2, 4, 8],
        strategies=["greedy", "majority", "weighted-majority", "best-of-n", "rebase", "beam"],
        common={"policy": "simulated", "policy_options": HARD},
    )
    report = reasontree.study(fields, db=db)
    return report, export(db, folder / "traces.jsonl.gz")


def export(db, path):
    from reasontree.store.exchange.export import export
    from reasontree.store.exchange.files import written
    from reasontree.store.filters import EVERYTHING

    with open_for_reading(db) as database, written(str(path)) as file:
        export(database, file, (), EVERYTHING)
    return list(recomputed.traces_of(path))


def of(traces, strategy, width=None):
    return [
        trace
        for trace in traces
        if trace["settings"]["strategy"] == strategy
        and width in (None, trace["settings"]["strategy_options"].get("width"))
    ]


VOTES = [("majority", "majority"), ("weighted-majority", "weighted"), ("best-of-n", "best")]


@pytest.mark.parametrize(("plugin", "vote"), VOTES)
@pytest.mark.parametrize("n", [1, 2, 4, 8])
def test_votes_over_chains_are_those_of_every_subset(study, plugin, vote, n):
    report, traces = study
    (cell,) = [each for each in report.cells if each.plugin == plugin and each.n == n]
    chains = of(traces, "majority")
    expected = recomputed.chances(chains, vote, n, "confidence")
    assert cell.chance == pytest.approx(expected, abs=1e-9)
    assert cell.covers.mean() == pytest.approx(recomputed.coverage(chains, n))
    low, high = recomputed.interval(expected)
    if np.ptp(expected):
        assert (cell.accuracy.low, cell.accuracy.high) == pytest.approx((low, high), abs=0.02)
    assert cell.is_implied == ((plugin, n) != ("majority", 8))


@pytest.mark.parametrize("n", [1, 4, 8])
def test_what_chains_take_is_the_prompt_and_n_of_them(study, n):
    report, traces = study
    cell = next(each for each in report.cells if each.plugin == "majority" and each.n == n)
    chains = of(traces, "majority")
    tokens = [sum(c[2] for c in recomputed.chains_of(t, "")) / 8 * n for t in chains]
    assert cell.tokens == pytest.approx(tokens)
    model = chains[0]["settings"]["model"]
    assert cell.paper == pytest.approx([2.0 * model["parameters"] * each for each in tokens])
    for trace, flops, its in zip(chains, cell.policy, tokens, strict=True):
        n_prompt, length = len(trace["prompt_tokens"]), round(its / n)
        expected = recomputed.flops_of_tokens(model, n_prompt - trace["usage"]["tokens"]["prompt"], n_prompt)
        # The last token of a chain is never computed.
        expected += n * recomputed.flops_of_tokens(model, n_prompt, n_prompt + length - 1)
        assert flops == pytest.approx(expected, rel=0.2)
    whole = next(each for each in report.cells if each.plugin == "majority" and each.n == 8)
    assert whole.policy == pytest.approx([trace["usage"]["flops"]["policy"] for trace in chains])


def test_trees_are_what_was_recorded(study):
    report, traces = study
    for strategy in ("rebase", "beam"):
        for n in (1, 2, 4, 8):
            cell = next(each for each in report.cells if each.plugin == strategy and each.n == n)
            its = of(traces, strategy, n)
            assert list(cell.chance) == [float(trace["correct"]) for trace in its]
            assert list(cell.tokens) == [trace["usage"]["tokens"]["generated"] for trace in its]
            assert list(cell.policy) == [trace["usage"]["flops"]["policy"] for trace in its]
            golds = [recomputed.number_of(trace["gold"]) for trace in its]
            answers = [[c[0] for c in recomputed.chains_of(trace, "")] for trace in its]
            covers = [float(gold in found) for gold, found in zip(golds, answers, strict=True)]
            assert list(cell.covers) == covers
            assert list(cell.answers) == [
                len({each for each in found if each is not None}) for found in answers
            ]
            assert not cell.is_implied


def test_the_limit_of_majority_voting(study):
    report, traces = study
    (limit,) = [each for each in report.limits if each.strategy == "majority"]
    expected = recomputed.majority_limit(of(traces, "majority"))
    assert tuple(limit.accuracy) == pytest.approx(expected, abs=0.03)
    assert limit.n_chains == 8


def test_every_sentence_has_its_interval(study):
    report, _ = study
    for found in report.sentences().values():
        for sentence in found:
            assert (" cannot be told apart: " in sentence) != (" beats " in sentence)
            bounds = sentence.split("[")[1].split("]")[0]
            low = float(bounds.split(", ")[0])
            assert (low > 0) == (" beats " in sentence) or abs(low) < 0.05


def test_nothing_to_report_on_is_said(tmp_path):
    with pytest.raises(StoreError, match="There is no trace database"):
        reasontree.report(tmp_path / "none.db")
    db = str(tmp_path / "open.db")
    with reasontree.open(**POLICY, db=db) as session:
        list(session.solve("What?"))
    with pytest.raises(ReplayError, match="no finished searches of problems with right answers"):
        reasontree.report(db)


N_REPETITIONS, N_PROBLEMS, N_CHAINS = 100, 30, 8
PLANTED = {"depth": 2, "step_tokens": 2, "p_right": 0.65, "spread": 0.35, "confusion": 0.5, "doubt": 0.5}


def test_a_known_truth_is_recovered(tmp_path):
    """Problems have success rates of their own, wrong chains a favourite answer, the scorer knows a little.

    In at least 90 of 100 studies of 30 fresh problems the interval holds the true accuracy: for one chain and
    for endless ones that of the planted rates, for votes that of 2,500 further problems.
    """
    truth = planted_truth()
    db = str(tmp_path / "planted.db")
    hits = dict.fromkeys(truth, 0)
    with reasontree.open(policy="simulated", policy_options=PLANTED, db=db, strategy="majority") as session:
        for repetition in range(N_REPETITIONS):
            fresh = problems(f"study {repetition}", N_PROBLEMS)
            list(session.solve(fresh, width=N_CHAINS, seed=repetition))
    with open_for_reading(db) as database:
        for run in range(1, N_REPETITIONS + 1):
            found = measure(database, samples=[1, 4], filters=Filters(runs=(run,)))
            intervals = {(cell.plugin, cell.n): cell.accuracy for cell in found.cells}
            (limit,) = (each for each in found.limits if each.strategy == "majority")
            intervals["limit", 0] = limit.accuracy
            for name, value in truth.items():
                hits[name] += intervals[name].low <= value <= intervals[name].high
    assert min(hits.values()) >= 90, hits


def problems(word, n):
    return [reasontree.Problem(f"What is {word} {i}?", str(100 + i), i) for i in range(n)]


def planted_truth():
    policy = Simulated(Simulated.Options(**PLANTED))
    right = np.array([policy.p_right(f"What is rate {i}?") ** PLANTED["depth"] for i in range(20000)])
    favourite = (1 - right) * (PLANTED["confusion"] + (1 - PLANTED["confusion"]) / 9)
    truth = {("majority", 1): right.mean(), ("limit", 0): np.mean(right > favourite)}
    with reasontree.open(
        policy="simulated", policy_options=PLANTED, record=False, strategy="majority"
    ) as session:
        for strategy in ("majority", "weighted-majority", "best-of-n"):
            found = session.solve(problems("truth", 2500), strategy=strategy, width=4)
            truth[strategy, 4] = np.mean([result.correct for result in found])
    return truth


def test_a_report_has_the_votes_and_samples_of_its_study(tmp_path):
    data = write_problems(tmp_path / "rows.jsonl", 6)
    votes = ["majority", "cisc"]
    fields = study_of(data, samples=[3, 6], strategies=["greedy", "majority", "rebase"], votes=votes)
    found = reasontree.study(fields, db=str(tmp_path / "study.db"))
    rows = {(cell.strategy, cell.scorer, cell.n): cell for cell in found.cells}
    assert ("majority vote=cisc", "confidence", 6) in rows
    assert {n for _, _, n in rows} == {1, 3, 6}
    majority = rows["rebase vote=majority", "confidence", 6]
    other = rows["rebase vote=cisc", "confidence", 6]
    assert {majority.is_implied, other.is_implied} == {
        True,
        False,
    }  # one of them was searched, and both are there
    assert list(majority.tokens) == list(other.tokens)
    assert not [name for name, *_ in rows if name.startswith("greedy vote")]


def test_another_vote_over_trees_is_what_a_search_with_it_says(tmp_path):
    data = write_problems(tmp_path / "rows.jsonl", 12)
    policy = {"policy": "simulated", "policy_options": HARD}
    fields = study_of(data, samples=[4], strategies=["rebase"], common=policy)
    db = str(tmp_path / "study.db")
    reasontree.study(fields, db=db)
    (cell,) = [each for each in reasontree.report(db, votes=["best"]).cells if each.vote == "best"]
    with reasontree.open(**policy, strategy="rebase", width=4, vote="best", record=False) as session:
        found = sorted(session.solve(reasontree.read_problems(data)), key=lambda result: result.problem.index)
    assert list(cell.chance) == [float(result.correct) for result in found]
