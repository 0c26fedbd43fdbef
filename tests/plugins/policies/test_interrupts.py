"""A Ctrl-C that comes while C code calls Python is not lost there."""

import ctypes
import signal
import threading

import pytest
from reasontree.plugins.policies.llama_cpp.library import interrupts_held, library
from reasontree.plugins.policies.llama_cpp.model import Model


@pytest.fixture
def from_c():
    """Call Python from C; an exception in there would be printed and lost."""
    return ctypes.CFUNCTYPE(None)(lambda: signal.raise_signal(signal.SIGINT))


def test_it_is_passed_on_afterwards(from_c, capfd):
    before = signal.getsignal(signal.SIGINT)
    done = []
    with pytest.raises(KeyboardInterrupt), interrupts_held() as interrupted:
        assert not interrupted()
        from_c()
        assert interrupted()
        done.append(True)
    assert done
    assert signal.getsignal(signal.SIGINT) is before
    assert capfd.readouterr().err == ""


def test_other_threads_hold_nothing():
    found = []

    def load():
        with interrupts_held() as interrupted:
            found.append((interrupted(), signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    assert found == [(False, signal.getsignal(signal.SIGINT))]


def test_it_ends_the_loading_of_a_model(model, monkeypatch, capfd):
    lib = library()
    load = lib.llama_model_load_from_file

    def interrupted(path, params):
        signal.raise_signal(signal.SIGINT)
        pointer = load(path, params)
        assert not pointer  # it broke off at once
        return pointer

    monkeypatch.setattr(lib, "llama_model_load_from_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Model(model.file)
    assert "Traceback" not in capfd.readouterr().err
