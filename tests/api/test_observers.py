"""Observers of one call: whom they hear, and what happens when they raise."""

import pytest
from reasontree.core import Problem, hookimpl
from reasontree.core.errors import UsageError

PROBLEMS = [Problem(f"What is {n} times 7?", str(7 * n), n, "sevens.jsonl") for n in range(12)]


class Misspelt:
    @hookimpl
    def step_added(self, search):
        pass


class Greedy:
    @hookimpl
    def steps_added(self, search, everything):
        pass


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
