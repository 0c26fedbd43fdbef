"""An open model: one caller, many threads, asyncio; what is left behind is stopped and recorded."""

import asyncio
import signal
import threading

import pytest
import reasontree
from reasontree.core import Problem, hookimpl
from reasontree.core.errors import UsageError
from reasontree.plugins.policies.simulated import Simulated

PROBLEMS = [Problem(f"What is {n} times 7?", str(7 * n), n, "sevens.jsonl") for n in range(12)]


def trees(results):
    return {result.problem.index: [node.step for node in result.tree] for result in results}


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


def test_problems_that_cannot_be_told_apart_are_numbered(session):
    results = list(session.solve([Problem("A?"), Problem("B?"), "C?"]))
    assert sorted(result.problem.index for result in results) == [0, 1, 2]
