"""A session closed, dropped, shared or asked in moments that nobody planned."""

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import reasontree
from reasontree.core import hookimpl
from reasontree.core.errors import UsageError
from reasontree.core.garbage import rare_collections
from reasontree.store import recorder as store_recorder

QUESTIONS = ["What is 6 times 7?", "How much is half of 84?", "What is 40 plus 2?"]


@pytest.fixture
def session(tmp_path):
    db = str(tmp_path / "traces.db")
    with reasontree.open(policy="simulated", strategy="rebase", width=4, db=db) as opened:
        yield opened


def locks(tmp_path):
    return list(tmp_path.glob("*.lock"))


def solve_in_threads(session, n):
    """Let so many callers hold their runs at one moment."""
    together = threading.Barrier(n)

    def answers(caller):
        results = session.solve([f"What is {caller} plus {more}?" for more in range(2)])
        together.wait(timeout=20)
        return [result.error for result in results]

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(answers, range(n)))


class Calls:
    """Does something as soon as a round is there."""

    def __init__(self, what):
        self.what = what

    @hookimpl
    def steps_added(self, search):
        self.what()


@pytest.mark.parametrize("what", ["close the session", "close the results", "solve"])
def test_who_is_told_of_a_search_cannot_wait_for_it(session, what):
    calls = {
        "close the session": session.close,
        "close the results": lambda: results.close(),
        "solve": lambda: list(session.solve("And what is that?")),
    }
    results = session.solve(QUESTIONS, observers=[Calls(calls[what])])
    errors = [str(result.error) for result in results]
    assert len(errors) == 3
    assert all("can neither wait for results nor close them" in error for error in errors)
    assert len(list(session.solve(QUESTIONS))) == 3


def test_who_is_told_of_a_search_may_stop_it(session):
    results = session.solve(QUESTIONS, observers=[Calls(lambda: results.stop())])
    assert [result.stopped for result in results] == ["interrupted"] * 3


def test_more_callers_than_the_pool_has_connections_are_served(where):
    with reasontree.open(policy="simulated", width=4, db=where) as opened:
        assert solve_in_threads(opened, 20) == [[None, None]] * 20


def test_a_database_in_memory_is_one_for_all_threads():
    with reasontree.open(policy="simulated", width=4, db=":memory:") as opened:
        assert solve_in_threads(opened, 4) == [[None, None]] * 4


def test_results_that_nobody_holds_are_let_go(session, tmp_path):
    for _ in range(5):
        next(session.solve(QUESTIONS))
    list(session.solve("What is it?"))
    next(session.solve("What is it?"))
    gc.collect()
    list(session.solve("What is it?"))
    assert locks(tmp_path) == []
    assert len(session.open_results) == 0


def test_searches_of_dropped_results_end_with_the_session(tmp_path):
    db = str(tmp_path / "traces.db")
    with reasontree.open(policy="simulated", width=4, n_active=2, db=db) as opened:
        next(opened.solve(QUESTIONS))
    assert None not in [trace.stopped for trace in reasontree.traces(db=db)]
    assert locks(tmp_path) == []


def test_a_closed_session_lets_nobody_work(session):
    results = session.solve(QUESTIONS)
    session.driver.close()
    with pytest.raises(UsageError, match="The session is closed"):
        next(results)


@pytest.mark.parametrize("strange", [{"question": "What is it?"}, b"What is it?"])
def test_a_row_or_bytes_are_not_many_questions(session, strange):
    with pytest.raises(UsageError, match="A question or a Problem is wanted"):
        session.solve(strange)


def test_python_collects_garbage_as_before_whoever_ends_first():
    before = gc.get_threshold()
    with ExitStack() as second, rare_collections():
        second.enter_context(rare_collections())
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before


def test_the_event_loop_does_not_wait_for_the_database(session, monkeypatch):
    recording = []

    class Recorder(store_recorder.Recorder):
        def __init__(self, *given, **more):
            recording.append(threading.get_ident())
            super().__init__(*given, **more)

    async def answers():
        return [result.answer async for result in session.asolve(QUESTIONS)]

    monkeypatch.setattr("reasontree.api.session.Recorder", Recorder)
    assert len(asyncio.run(answers())) == 3
    assert recording and threading.get_ident() not in recording


@pytest.mark.parametrize("questions", [QUESTIONS, []])
def test_the_one_line_case_takes_one_question(questions):
    with pytest.raises(UsageError, match=f"One question is wanted, and {len(questions)} came"):
        reasontree.solve(questions, policy="simulated", record=False)


def test_a_path_names_a_database(tmp_path):
    result = reasontree.solve("What is it?", policy="simulated", width=2, db=tmp_path / "here.db")
    assert reasontree.load_trace(result.trace_id, db=tmp_path / "here.db").answer == result.answer
