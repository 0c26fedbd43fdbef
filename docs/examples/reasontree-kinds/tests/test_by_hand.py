"""Each of the plugins, on numbers worked out by hand."""

import math

import numpy as np
import pytest
from click.testing import CliRunner
from reasontree.core import ROOT, Answer, End, Expansion, Problem, Prompt, ScoreRequest, Solution, Step, Tree
from reasontree_kinds import Brevity, EpsilonGreedy, register_commands
from reasontree_kinds.command import command
from reasontree_kinds.scorer import by_node

ANSWER = Answer("42", "42")


def add(tree, parent, score, end=None):
    node = tree.add(parent, Step("x", end=end), round=1)
    node.scores["s"] = score
    return node.id


def test_chains_run_from_the_first_step_that_did_best():
    tree = Tree(Step("Q"), scorer="s")
    options = EpsilonGreedy.Options(starts=2, width=8, epsilon=0)
    greedy = EpsilonGreedy(options, np.random.default_rng(0))
    assert greedy.select(tree) == [Expansion(ROOT, 2)]
    one, two = add(tree, ROOT, 0.9), add(tree, ROOT, 0.1)
    assert greedy.select(tree) == [Expansion(one, 2, until="end")]  # both untried: the older one
    add(tree, one, 0.3, End.STOP), add(tree, one, 0.5, End.STOP)
    assert greedy.select(tree) == [Expansion(two, 2, until="end")]  # untried counts as the best
    add(tree, two, 0.6, End.STOP), add(tree, two, 0.1, End.STOP)
    assert greedy.select(tree) == [Expansion(one, 2, until="end")]  # 0.4 against 0.35


def test_a_step_is_scored_by_sureness_and_by_its_siblings():
    half = (math.log(0.5),)
    steps = [Step("a", (1,), half, hidden=(2.0, 0.0)), Step("b", (1,), half, hidden=(0.0, 3.0)), Step("c")]
    paths = tuple((step,) for step in steps)
    request = ScoreRequest(0, 1, Problem("Q"), Prompt("Q"), (1, 2, 3), paths, parents=(0, 0, 0))
    assert by_node(request) == pytest.approx({1: 0.25, 2: 0.25})  # at right angles: 0.5 · (1 + 0) / 2
    alone = request.only([0], {})
    assert by_node(alone) == pytest.approx({1: 0.5})


def test_the_weakest_step_counts_by_length_and_a_text_once():
    short = Solution(2, ANSWER, 0.9, "short", 10, step_scores=(0.4, 0.9))
    long = Solution(4, ANSWER, 0.8, "long", 20, step_scores=(0.8,))
    vote = Brevity(Brevity.Options())
    assert vote.weigh_all([[short], [long]]) == pytest.approx([0.4, 0.4])
    assert vote.weigh([short, short, long]) == pytest.approx(0.8)


def test_a_command_prices_solutions():
    (entry,) = register_commands()
    assert (entry.name, entry.target) == ("price", f"{command.callback.__module__}:command")
    arguments = ["16", "--parameters", "1e9", "--layers", "0", "--prompt", "0", "--tokens", "100"]
    done = CliRunner().invoke(command, arguments)
    assert (done.exit_code, done.output) == (0, "3.2e+12 FLOPs for 1,600 tokens\n")
