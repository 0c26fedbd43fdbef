"""The tree keeps its own books; each is checked against the plain definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import ROOT, End, Step, Tree


def grown(parents):
    """Grow a tree by adding one node below each of `parents` (taken modulo the nodes so far)."""
    tree = Tree(Step("prompt", (1, 2)), seed=7, scorer="s")
    for i, parent in enumerate(parents):
        tree.add(parent % len(tree), Step(f"step {i}", (i,)), round=1)
    return tree


def test_the_root_is_the_prompt():
    tree = Tree(Step("prompt", (1, 2, 3)))
    assert tree.root.step.text == "prompt"
    assert (tree.root.depth, tree.root.n_tokens, tree.root.parent) == (0, 0, None)


def test_a_hand_made_tree_answers_as_drawn():
    #        0
    #      1   2
    #    3  4
    tree = Tree(Step("Q"), scorer="s")
    for parent, text in ((0, "a"), (0, "b"), (1, "c"), (1, "d")):
        tree.add(parent, Step(text, (9,)), round=1)
    assert [node.id for node in tree.children(1)] == [3, 4]
    assert [node.id for node in tree.path(4)] == [0, 1, 4]
    assert tree.text(4) == "ad"
    assert [node.id for node in tree.at_depth(2)] == [3, 4]
    assert tree[4].n_tokens == 2
    assert [node.rank for node in tree.children(1)] == [0, 1]


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_the_books_agree_with_the_graph(parents):
    tree = grown(parents)
    for node in tree:
        assert tree.n_children(node.id) == len(tree.children(node.id)) == tree.graph.out_degree(node.id)
        assert node.depth == len(tree.path(node.id)) - 1
        assert node in tree.at_depth(node.depth)
        assert node.parent is None or node.parent < node.id


@given(st.lists(st.integers(0, 10_000), max_size=60))
def test_a_seed_names_a_place_and_no_two_places_share_one(parents):
    tree, again = grown(parents), grown(parents)
    assert [node.seed for node in tree] == [node.seed for node in again]
    assert len({node.seed for node in tree}) == len(tree)


def test_a_finished_node_takes_no_children():
    tree = Tree(Step("Q"))
    tree.add(ROOT, Step("done", end=End.STOP), round=1)
    with pytest.raises(ValueError, match="finished"):
        tree.add(1, Step("more"), round=2)


def test_solutions_are_what_the_policy_ended_and_ended_is_all_that_nothing_can_follow():
    tree = Tree(Step("Q"))
    for end in (End.STOP, End.LENGTH, None, End.CUT):
        tree.add(ROOT, Step("x", end=end), round=1)
    assert [node.id for node in tree.solutions] == [1]
    assert [node.id for node in tree.ended] == [1, 2, 4]


def test_ranks_that_were_reserved_are_kept_whatever_comes_first():
    tree = Tree(Step("Q"))
    first, second = tree.reserve(ROOT, 2), tree.reserve(ROOT, 1)
    late = tree.add(ROOT, Step("late"), round=2, rank=second[0])
    early = tree.add(ROOT, Step("early"), round=1, rank=first[0])
    assert (late.rank, early.rank) == (2, 0)
    assert tree.add(ROOT, Step("next"), round=3).rank == 3


def test_path_scores_leave_out_nodes_without_a_score():
    tree = Tree(Step("Q"), scorer="s")
    tree.add_chain(ROOT, [Step("a"), Step("b"), Step("c")], round=1, rank=None)
    tree[1].scores["s"], tree[3].scores["s"] = 0.5, 0.25
    assert tree.path_scores(3) == [0.5, 0.25]
    assert tree.score(2) is None


def test_a_node_without_a_score_counts_as_the_lowest_of_the_others():
    tree = Tree(Step("Q"), scorer="s")
    nodes = [tree.add(ROOT, Step("x"), round=1) for _ in range(3)]
    assert tree.scores_of(nodes) == [0.0, 0.0, 0.0]
    nodes[0].scores["s"], nodes[2].scores["s"] = 0.9, 0.4
    assert tree.scores_of(nodes) == [0.9, 0.4, 0.4]
    assert tree.scores_of([]) == []


def test_a_solution_that_is_replied_to_begins_anew():
    tree = Tree(Step("Q", (1, 2)), scorer="s")
    tree.add(ROOT, Step("a", (1,)), round=1)
    tree.add(1, Step("b", (2, 3), end=End.STOP), round=1)
    reply = Step("so c", (9, 9, 9, 4, 5), said="Why?", n_given=4, n_said=3)
    tree.add(2, reply, round=2)
    tree.add(3, Step("d", (6,), end=End.STOP), round=2)
    for node, score in zip(tree, (None, 0.1, 0.2, 0.3, 0.4), strict=True):
        node.scores.update({} if score is None else {"s": score})
    assert [tree.text(node) for node in range(5)] == ["", "a", "ab", "so c", "so cd"]
    assert [node.n_tokens for node in tree] == [0, 1, 3, 2, 3]
    assert [node.n_steps for node in tree] == [0, 1, 2, 1, 2]
    assert [node.depth for node in tree] == [0, 1, 2, 3, 4]
    assert tree.path_scores(2) == [0.1, 0.2]
    assert tree.path_scores(4) == [0.3, 0.4]
    assert tree.transcript(4) == [("", "ab"), ("Why?", "so cd")]
    assert [node.id for node in tree.solutions] == [2, 4]


@pytest.mark.parametrize("end", [End.LENGTH, End.DEPTH, End.CUT, End.FAILED])
def test_only_a_solution_can_be_replied_to(end):
    tree = Tree(Step("Q"))
    tree.add(ROOT, Step("broken off", end=end), round=1)
    with pytest.raises(ValueError, match="finished"):
        tree.add(1, Step("more", said="Go on."), round=2)
