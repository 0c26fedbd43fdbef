"""The first difference of a replay, for people and for programs, where expansions give something."""

from types import SimpleNamespace

from reasontree.cli.show.differences import as_json, as_lines
from reasontree.core import ROOT, Expansion, Sampling, Step, Tree
from reasontree.core.replay.difference import Difference

PLAIN = Expansion(ROOT, 2, "end")
GIVEN = Expansion(ROOT, 2, "end", Sampling(temperature=0.0), says="Why?\x1b[2J", begins="So ")
DIFFERENCE = Difference("selection", 3, (PLAIN,), (GIVEN,))


def test_people_see_what_was_given():
    trace = SimpleNamespace(tree=Tree(Step("Q")))
    (_, line) = as_lines(DIFFERENCE, trace)
    assert "recorded 2 chains " in line
    assert "came 2 chains after 'Why? [2J' from 'So' with its own sampling" in line


def test_programs_see_it_only_where_something_was_given():
    found = as_json(DIFFERENCE)
    assert found["recorded"] == [{"node": 0, "width": 2, "until": "end"}]
    assert found["came"][0]["says"] == "Why?\x1b[2J"
    assert (found["came"][0]["begins"], found["came"][0]["sampling"]["temperature"]) == ("So ", 0.0)
