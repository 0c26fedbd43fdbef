"""An open model: one caller, many threads, asyncio; what is left behind is stopped and recorded."""

import asyncio
import signal
import subprocess
import sys
import threading
from dataclasses import asdict

import pytest
import reasontree
from reasontree.api.arguments import spec_of
from reasontree.core import Limits, Problem, hookimpl
from reasontree.core.errors import PluginError, UnknownNameError, UsageError
from reasontree.plugins.policies.simulated import Simulated

PROBLEMS = [Problem(f"What is {n} times 7?", str(7 * n), n, "sevens.jsonl") for n in range(12)]


@pytest.fixture
def db(tmp_path):
    return str(tmp_path / "traces.db")


@pytest.fixture
def session(db):
    with reasontree.open(policy="simulated", strategy="majority", width=4, seed=3, db=db) as opened:
        yield opened


def trees(results):
    return {result.problem.index: [node.step for node in result.tree] for result in results}


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


def test_results_come_as_searches_finish_and_each_is_recorded_once(session, db):
    results = list(session.solve(PROBLEMS))
    assert sorted(result.problem.index for result in results) == list(range(12))
    assert {trace.id for trace in reasontree.traces(limit=None, db=db)} == {r.trace_id for r in results}


def test_each_call_is_a_run_of_its_own_with_its_own_changes(session, db):
    (first,) = session.solve(PROBLEMS[1])
    (second,) = session.solve(PROBLEMS[1], strategy="rebase", width=6, seed=9, vote="best")
    assert (first.spec.strategy, first.spec.vote, first.spec.seed) == ("majority", "majority", 3)
    assert (second.spec.strategy, second.spec.vote, second.spec.seed) == ("rebase", "best", 9)
    assert second.spec.strategy_options["width"] == 6
    assert [trace.run for trace in reasontree.traces(db=db)] == [2, 1]


def test_a_spec_gives_its_search_again(session, db):
    (result,) = session.solve(PROBLEMS[2], strategy="mcts", expansions=12)
    spec = reasontree.load_trace(result.trace_id, db=db).spec
    with reasontree.open(spec, record=False) as other:
        (again,) = other.solve(PROBLEMS[2])
    assert list(again.tree) == list(result.tree)


def test_threads_share_the_batches_and_each_gets_its_own_results(session, db, monkeypatch):
    asked = []
    propose = Simulated.propose

    def watching(policy, requests):
        asked.append({request.search for request in requests})
        return propose(policy, requests)

    monkeypatch.setattr(Simulated, "propose", watching)
    barrier, found = threading.Barrier(4), {}

    def work(name):
        problems = PROBLEMS[3 * name : 3 * name + 3]
        results = session.solve(problems, strategy="rebase", width=8)
        barrier.wait()
        found[name] = list(results)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, results in found.items():
        assert sorted(r.problem.index for r in results) == [3 * name, 3 * name + 1, 3 * name + 2]
    ids = [result.trace_id for results in found.values() for result in results]
    assert len(set(ids)) == 12
    assert max(map(len, asked)) == 12  # one tick has worked for all four callers
    assert {trace.run for trace in reasontree.traces(limit=None, db=db)} == {1, 2, 3, 4}


@pytest.mark.model
def test_threads_share_the_batches_of_a_real_model(small_model, db):
    with reasontree.open(
        model=small_model, strategy="majority", width=4, limits={"max_tokens": 24}, db=db
    ) as opened:
        found, barrier = {}, threading.Barrier(2)

        def work(name):
            results = opened.solve(f"What is {name} plus 1?")
            barrier.wait()
            (found[name],) = results

        threads = [threading.Thread(target=work, args=(name,)) for name in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        counters = opened.counters
        assert found[0].trace_id != found[1].trace_id
        assert counters.width_sum / counters.n_decodes > 4  # more than one caller's branches in a decode


def test_a_tree_does_not_depend_on_who_else_is_served(session):
    alone = trees(session.solve(PROBLEMS[:3]))
    first = session.solve(PROBLEMS[:3])
    second = session.solve(PROBLEMS[3:])
    together = trees([*second, *first])
    assert {index: together[index] for index in alone} == alone


def test_asyncio_solves_without_blocking(session):
    async def answers(problems):
        return [result.answer async for result in session.asolve(problems)]

    async def both():
        return await asyncio.gather(answers(PROBLEMS[1:4]), answers(PROBLEMS[4:7]))

    first, second = asyncio.run(both())
    assert (len(first), len(second)) == (3, 3)


def test_a_cancelled_task_stops_its_searches_and_harms_no_other(session, db):
    class Slowly:
        @hookimpl
        def ticked(self):
            threading.Event().wait(0.02)

    async def cancel():
        async def work():
            async for _ in session.asolve(PROBLEMS, strategy="rebase", width=32, observers=[Slowly()]):
                pass

        task = asyncio.create_task(work())
        await asyncio.sleep(0.03)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    (result,) = session.solve(PROBLEMS[1])
    assert result.is_whole
    assert all(trace.stopped for trace in reasontree.traces(limit=None, db=db))


def test_leaving_the_loop_stops_the_rest_and_records_it(session, db):
    for result in session.solve(PROBLEMS, strategy="rebase", width=16):
        assert result.is_whole
        break
    stopped = [trace.stopped for trace in reasontree.traces(limit=None, db=db)]
    assert None not in stopped
    assert len(list(session.solve(PROBLEMS[:2]))) == 2


def test_stopping_gives_what_there_is(session):
    results = session.solve(PROBLEMS, strategy="majority", width=200)
    results.stop()
    assert list(results) == []  # none had begun
    assert len(list(session.solve(PROBLEMS[:2]))) == 2


def test_closing_a_session_ends_what_is_under_way(db):
    session = reasontree.open(policy="simulated", strategy="rebase", width=16, db=db)
    results = session.solve(PROBLEMS)
    next(results)
    session.close()
    session.close()
    assert all(trace.stopped for trace in reasontree.traces(limit=None, db=db))
    with pytest.raises(UsageError, match="The session is closed"):
        session.solve("more")


def test_observers_hear_of_their_own_searches_alone(session):
    heard = {"own": [], "all": []}

    class Hears:
        def __init__(self, name):
            self.name = name

        @hookimpl
        def search_finished(self, search, outcome):
            heard[self.name].append(search.problem.index)

    own = session.solve(PROBLEMS[:2], observers=[Hears("own")])
    others = session.solve(PROBLEMS[2:4])
    list(others)
    list(own)
    assert sorted(heard["own"]) == [0, 1]


def test_an_observer_that_raises_ends_its_search_with_what_it_has(session):
    class Raises:
        @hookimpl
        def steps_added(self, search, round):
            raise RuntimeError("no room")

    (result,) = session.solve(PROBLEMS[1], observers=[Raises()])
    assert "no room" in str(result.error)
    assert not result.is_whole


def test_a_search_that_finds_nothing_raises_in_the_one_line_case(monkeypatch):
    def fails(policy, requests):
        raise OSError("gone")

    monkeypatch.setattr(Simulated, "propose", fails)
    with pytest.raises(PluginError, match=r"policy 'simulated'.*gone"):
        reasontree.solve("What is it?", policy="simulated", record=False)


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


def test_a_policy_without_a_model_refuses_one():
    with pytest.raises(UsageError, match=r"Policy 'simulated' takes no model, and 'big\.gguf' came"):
        reasontree.open(policy="simulated", model="big.gguf", record=False)


def test_an_unknown_policy_has_the_nearest_name():
    with pytest.raises(UnknownNameError, match="Did you mean 'simulated'"):
        reasontree.open(policy="simulate")


def test_no_signal_handler_is_touched(session):
    before = signal.getsignal(signal.SIGINT)
    results = session.solve(PROBLEMS[:2])
    next(results)
    assert signal.getsignal(signal.SIGINT) is before
    results.close()


def test_an_interruption_in_the_middle_leaves_a_run_that_can_be_resumed(db, monkeypatch):
    session = reasontree.open(policy="simulated", strategy="rebase", width=8, seed=1, db=db)
    results = session.solve(PROBLEMS[:3])
    propose, n_calls = Simulated.propose, 0

    def interrupted(policy, requests):
        nonlocal n_calls
        n_calls += 1
        if n_calls == 3:
            raise KeyboardInterrupt
        return propose(policy, requests)

    with monkeypatch.context() as patch:
        patch.setattr(Simulated, "propose", interrupted)
        with pytest.raises(KeyboardInterrupt):
            list(results)
    with pytest.raises(reasontree.ReasonError, match="interrupted in the middle"):
        list(session.solve(PROBLEMS[3]))
    session.close()
    with reasontree.resume(1, db=db) as resumed:
        assert [result.is_whole for result in resumed] == [True] * 3


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


def test_problems_that_cannot_be_told_apart_are_numbered(session):
    results = list(session.solve([Problem("A?"), Problem("B?"), "C?"]))
    assert sorted(result.problem.index for result in results) == [0, 1, 2]


@pytest.mark.parametrize("strange", [None, 7, [7], [None]])
def test_what_is_not_a_question_is_refused(session, strange):
    with pytest.raises(UsageError, match="A question or a Problem is wanted"):
        session.solve(strange)


def test_a_number_may_be_the_right_answer(db):
    result = reasontree.solve("What is 6 times 7?", gold=42, policy="simulated", db=db)
    assert result.correct is True


class Misspelt:
    @hookimpl
    def step_added(self, search):
        pass


class Greedy:
    @hookimpl
    def steps_added(self, search, everything):
        pass


@pytest.mark.parametrize(
    ("observers", "said"),
    [
        ([Misspelt()], "Observer Misspelt.*step_added"),
        ([Greedy()], "Observer Greedy.*everything"),
        ([seen := Greedy(), seen], "Observer Greedy"),
    ],
)
def test_an_observer_that_would_hear_nothing_is_refused(session, observers, said):
    with pytest.raises(UsageError, match=said) as error:
        session.solve("What is it?", observers=observers)
    assert len(str(error.value)) < 500
    assert len(list(session.solve("What is it?"))) == 1


def test_an_observer_that_raises_at_a_tick_ends_its_own_callers_searches_alone(session):
    class Raises:
        @hookimpl
        def ticked(self):
            raise RuntimeError("no display")

    watched = session.solve(PROBLEMS[:2], observers=[Raises()])
    others = list(session.solve(PROBLEMS[2:4]))
    assert all(result.is_whole for result in others)
    assert all("no display" in str(result.error) for result in watched)


def test_filters_are_words_of_traces(session, db):
    list(session.solve(PROBLEMS[:3]))
    assert len(reasontree.traces(db=db, strategy="majority", limit=None)) == 3
    assert reasontree.traces(db=db, strategy="rebase") == []
    with pytest.raises(UnknownNameError, match="Did you mean 'strategy'"):
        reasontree.traces(db=db, strateg="rebase")
