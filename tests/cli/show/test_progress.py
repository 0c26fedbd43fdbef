"""What is said while a search works: rounds, and something after a long silence."""

from types import SimpleNamespace

import pytest
from reasontree.api import pulse
from reasontree.cli.show.progress import RoundLines, SignsOfLife


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told otherwise."""
    now = SimpleNamespace(s=0.0)
    monkeypatch.setattr(pulse, "monotonic", lambda: now.s)
    return now


def search_of(number, n_ended=0, n_tokens=0):
    ledger = SimpleNamespace(tokens=SimpleNamespace(generated=n_tokens))
    return SimpleNamespace(number=number, tree=SimpleNamespace(n_ended=n_ended), ledger=ledger)


def test_a_long_silence_is_broken_and_a_short_one_is_not(clock):
    said = []
    signs = SignsOfLife(said.append)
    for number in range(2):
        signs.search_started(search_of(number, n_ended=3, n_tokens=700))
    clock.s = 9.9
    signs.ticked()
    assert said == []
    clock.s = 10.0
    signs.ticked()
    signs.ticked()
    assert said == ["2 problems under way: 6 solutions ended, 1,400 tokens"]
    signs.search_finished(search_of(0), None)
    clock.s = 20.0
    signs.ticked()
    assert said[1:] == ["1 problem under way: 3 solutions ended, 700 tokens"]
    signs.search_finished(search_of(1), None)
    clock.s = 99.0
    signs.ticked()
    assert len(said) == 2


def test_a_round_is_told_and_ends_the_silence(clock):
    said = []
    lines = RoundLines(said.append)
    search = search_of(0, n_ended=1, n_tokens=1234)
    lines.search_started(search)
    clock.s = 9.0
    lines.steps_added(search, SimpleNamespace(number=2, added=[7]))
    clock.s = 18.0
    lines.ticked()
    assert said == ["round 2: 1 step, 1 ended, 1,234 tokens"]
