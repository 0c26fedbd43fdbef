"""The process that math-verify lives in: it is limited, it is replaced, and it never outlives its owner."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from reasontree.plugins.graders.math import MathGrader
from reasontree.plugins.graders.symbolic import OverLimitError, SymbolicWorker

ENDLESS = "9^{9^{9^{9}}}"


@pytest.fixture
def worker():
    worker = SymbolicWorker(limit_s=20, memory_mb=2048)
    yield worker
    worker.close()


@pytest.fixture
def hurried():
    worker = SymbolicWorker(limit_s=1, memory_mb=2048)
    yield worker
    worker.close()


def ended(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_nothing_is_started_before_it_is_needed(worker):
    assert worker.pid is None


def test_a_comparison_without_end_is_cut_off_and_the_next_one_works(hurried):
    started = time.monotonic()
    with pytest.raises(OverLimitError):
        hurried.equal(ENDLESS, "5")
    assert time.monotonic() - started < 60  # of which a second is the limit, and the rest starts the worker
    hurried._limit_s = 20  # the rest is no matter of time
    assert hurried.equal("x(x+1)", "x^2+x")


def test_a_worker_that_somebody_kills_between_two_questions_is_replaced(worker):
    assert worker.equal("a(b+1)", "ab+a")
    os.kill(worker.pid, signal.SIGKILL)
    assert worker.equal("a(b+2)", "ab+2a")


def test_a_worker_that_somebody_kills_while_it_computes_is_asked_once_more(worker):
    assert worker.equal("y+1", "1+y")
    os.kill(worker.pid, signal.SIGSTOP)  # so that the question is certainly under way
    pid = worker.pid
    threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
    assert worker.equal("a(b+3)", "ab+3a")
    assert worker.pid != pid


def test_an_interrupt_does_not_leave_its_answer_to_the_next_question(worker):
    assert worker.equal("y+1", "1+y")
    pid = worker.pid
    os.kill(pid, signal.SIGSTOP)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        worker.equal("z+1", "1+z")
    assert ended(pid)
    assert not worker.equal("y+1", "y+2")


def test_ctrl_c_in_the_terminal_does_not_reach_the_worker(worker):
    assert worker.equal("y+1", "1+y")
    assert os.getpgid(worker.pid) != os.getpgid(os.getpid())
    pid = worker.pid
    os.kill(pid, signal.SIGINT)
    assert worker.equal("y+2", "2+y")
    assert worker.pid == pid


def test_several_threads_may_ask_at_once(worker):
    found = {}

    def ask(i):
        found[i] = worker.equal(f"x(x+{i})", f"x^2+{i % 2 * i}x")

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {i: i % 2 == 1 for i in range(1, 9)}


def test_closing_ends_the_process(worker):
    assert worker.equal("y+1", "1+y")
    pid = worker.pid
    worker.close()
    assert ended(pid)


def test_a_busy_worker_dies_soon_after_its_owner_was_killed():
    script = (
        "from reasontree.plugins.graders.symbolic import SymbolicWorker\n"
        "worker = SymbolicWorker(limit_s=2, memory_mb=2048)\n"
        "print(worker.equal('x+1', '1+x'), worker.pid, flush=True)\n"
        f"worker.equal('{ENDLESS}', '5')\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as owner:
        is_equal, pid = owner.stdout.readline().split()
        time.sleep(0.5)
        owner.kill()
    assert is_equal == "True"
    deadline = time.monotonic() + 30
    while not ended(int(pid)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert ended(int(pid))


def test_modules_of_the_folder_that_we_are_in_are_not_imported(worker, tmp_path, monkeypatch):
    (tmp_path / "sympy.py").write_text("raise SystemExit")
    (tmp_path / "json.py").write_text("raise SystemExit")
    monkeypatch.chdir(tmp_path)
    assert worker.equal("y+1", "1+y")


def test_memory_is_limited():
    worker = SymbolicWorker(limit_s=20, memory_mb=600)
    try:
        assert worker.equal("y+1", "1+y")
        with open(f"/proc/{worker.pid}/limits") as limits:  # noqa: PTH123
            assert str(600 << 20) in limits.read()
    except FileNotFoundError:
        pytest.skip("this system does not show the limits of a process")
    finally:
        worker.close()


def test_an_answer_without_end_is_waited_for_once_and_not_per_pair():
    grader = MathGrader(MathGrader.Options(limit_s=1))
    try:
        endless = grader.reference(ENDLESS)
        assert not grader.equivalent(endless, grader.reference("5"))
        started = time.monotonic()
        for other in ("6", "7", "x+1", "\\sqrt{2}"):
            assert not grader.equivalent(endless, grader.reference(other))
        assert time.monotonic() - started < 0.5
    finally:
        grader.close()
