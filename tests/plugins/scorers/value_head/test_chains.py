"""From trees to arrays."""

import numpy as np
import pytest
from reasontree.core import End, Problem, Step, Tree
from reasontree.plugins.scorers.value_head.chains import NO_ANSWER, Solved, gather, is_usable, read

GOLD = "is: 42"


def step(text, number, end=None):
    return Step(text, (1,), end=end, hidden=(float(number), 0.0))


@pytest.fixture
def tree(add_chain):
    """Four chains: right, wrong, too long, and one that was cut."""
    tree = Tree(Step("Q"))
    add_chain(tree, [step("a", 1), step("is: 42", 2, End.STOP)])
    add_chain(tree, [step("b", 3), Step("no state", (1,)), step("is: 7", 4, End.STOP)])
    add_chain(tree, [step("c", 5, End.LENGTH)])
    add_chain(tree, [step("d", 6, End.CUT)])
    return tree


def test_chains_keep_their_steps_outcomes_and_classes(tree, grader):
    chains = gather([Solved(Problem("Q", GOLD), tree)], grader)
    assert chains.states[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert chains.chain.tolist() == [0, 0, 1, 1, 2]
    assert chains.right.tolist() == [True, False, False]
    assert chains.answer.tolist() == [0, 1, NO_ANSWER]
    assert chains.place.tolist() == [0.5, 1, 0.5, 1, 1]
    assert np.allclose(chains.scores["confidence"], [0.5, 0.6, 0.5, 0.7, 0.5])


def test_each_problem_weighs_the_same(tree, grader, add_chain):
    other = Tree(Step("R"))
    add_chain(other, [step("a", 7), step("b", 8), step("is: 42", 9, End.STOP)])
    chains = gather([Solved(Problem("Q", GOLD), tree), Solved(Problem("R", GOLD), other)], grader)
    assert np.allclose(np.bincount(chains.step_problem, chains.weights), 1)
    assert np.allclose(np.bincount(chains.chain, chains.weights), [1 / 3, 1 / 3, 1 / 3, 1])


def test_trees_of_one_question_are_one_problem(tree, grader):
    problem = Problem("Q", GOLD)
    chains = gather([Solved(problem, tree), Solved(Problem("R", GOLD), tree), Solved(problem, tree)], grader)
    assert chains.questions == ("Q", "R")
    assert chains.problem.tolist() == [0] * 6 + [1] * 3
    assert chains.answer[:6].tolist() == [0, 1, -1, 0, 1, -1]


def test_some_problems_can_be_taken_alone(planted):
    chains = planted(n_problems=5)
    some = chains.of_problems(np.array([1, 4]))
    assert some.questions == ("Problem 1?", "Problem 4?")
    of_chain = np.isin(chains.problem, [1, 4])
    assert (some.right == chains.right[of_chain]).all()
    assert (some.states == chains.states[of_chain[chains.chain]]).all()
    assert some.step_problem.tolist() == [0] * 24 + [1] * 24


def test_a_path_is_read_as_the_mean_of_its_states_so_far(planted):
    chains = planted(n_problems=3)
    means = read(chains.states, chains.chain, "path")
    for chain in range(len(chains.problem)):
        own = chains.states[chains.chain == chain]
        expected = [own[: place + 1].mean(axis=0) for place in range(len(own))]
        assert np.allclose(means[chains.chain == chain], expected, atol=1e-5)
    assert read(chains.states, chains.chain, "step") is chains.states


def test_only_graded_independent_chains_with_states_are_usable(tree):
    assert is_usable(Solved(Problem("Q", GOLD), tree))
    assert not is_usable(Solved(Problem("Q"), tree))
    forked = Tree(Step("Q"))
    forked.add(0, step("a", 1), round=1)
    forked.add(1, step("b", 2, End.STOP), round=2)
    forked.add(1, step("c", 3, End.STOP), round=2)
    assert not is_usable(Solved(Problem("Q", GOLD), forked))
    blind = Tree(Step("Q"))
    blind.add(0, Step("a", (1,), end=End.STOP), round=1)
    assert not is_usable(Solved(Problem("Q", GOLD), blind))


def test_no_chain_with_a_state_is_an_error(grader):
    with pytest.raises(ValueError, match="no chain"):
        gather([], grader)


def test_a_tree_in_which_the_user_spoke_again_is_not_one_of_independent_chains(tree):
    solved = Solved(Problem("Q", GOLD), tree)
    assert is_usable(solved)
    tree.add(2, Step("no", (1, 2), hidden=(1.0, 0.0), said="Why?", n_given=1, n_said=1), round=2)
    assert not is_usable(solved)
