"""Draws from a recorded tree: without replacement, after the same prefix, and reproducible."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reasontree.core import ROOT, End, Sampling, Step, Tree
from reasontree.core.replay.pool import StepPool
from reasontree.core.replay.terms import Terms


def grown(*nodes):
    """Grow a tree from (parent, text, end) triples; tokens are made of the text."""
    tree = Tree(Step("Q"))
    for parent, text, end in nodes:
        tree.add(parent, Step(text, tuple(text.encode())), round=1, end=end)
    return tree


def prefix(tree, node=ROOT):
    return tree.steps(node)


def texts(paths):
    return ["".join(node.step.text for node in path) for path in paths]


CHAINS = [(0, "a", None), (1, "b", End.STOP), (0, "a", None), (3, "c", End.STOP), (0, "d", End.STOP)]


def test_a_step_is_drawn_once():
    tree = grown(*((0, text, None) for text in "abcd"))
    pool = StepPool(tree, seed=0)
    first, second = pool.draw(prefix(tree), 3, "step"), pool.draw(prefix(tree), 3, "step")
    assert (len(first), len(second)) == (3, 1)
    assert sorted(texts(first + second)) == ["a", "b", "c", "d"]
    assert pool.draw(prefix(tree), 1, "step") == []


def test_the_same_steps_are_one_prefix_whose_children_are_shared():
    tree = grown(*CHAINS)
    pool = StepPool(tree, seed=0)
    assert sorted(texts(pool.draw(prefix(tree, 3), 5, "step"))) == ["b", "c"]
    assert pool.draw(prefix(tree, 1), 5, "step") == []


def test_a_prefix_of_the_same_text_in_other_tokens_is_another_one():
    tree = Tree(Step("Q"))
    for tokens in ((1, 2), (3,)):
        above = tree.add(ROOT, Step("ab", tokens), round=1)
        tree.add(above.id, Step(f"{tokens}"), round=2)
    pool = StepPool(tree, seed=0)
    assert texts(pool.draw(prefix(tree, 1), 5, "step")) == ["(1, 2)"]


def test_a_prefix_in_which_something_else_was_said_is_another_one():
    tree = Tree(Step("Q"))
    for said in ("Why?", "How?"):
        above = tree.add(ROOT, Step("ab", (1, 2), said=said), round=1)
        tree.add(above.id, Step(said), round=2)
    pool = StepPool(tree, seed=0, terms_by_node={1: Terms(says="Why?"), 3: Terms(says="How?")})
    assert texts(pool.draw(prefix(tree, 1), 5, "step")) == ["Why?"]
    assert texts(pool.draw(prefix(tree), 5, "step", Terms(says="How?"))) == ["ab"]
    assert pool.draw(prefix(tree), 5, "step") == []


def test_a_chain_goes_on_on_the_terms_on_which_it_began():
    hot = Terms(Sampling(temperature=2.0))
    tree = grown((0, "a", None), (1, "b", End.STOP), (1, "c", End.STOP))
    pool = StepPool(tree, seed=0, terms_by_node={1: hot, 3: hot})
    assert texts(pool.draw(prefix(tree), 5, "end", hot)) == ["ac"]
    assert pool.draw(prefix(tree), 5, "end") == []
    begun = Terms(begins="a")
    pool = StepPool(tree, seed=0, terms_by_node={1: begun, 3: begun})
    assert texts(pool.draw(prefix(tree), 5, "end", begun)) == ["ab"]


def test_chains_lead_from_a_prefix_to_an_end():
    tree = grown((0, "a", None), (1, "b", End.STOP), (1, "c", None), (3, "d", End.LENGTH), (3, "e", None))
    pool = StepPool(tree, seed=0)
    assert sorted(texts(pool.draw(prefix(tree), 9, "end"))) == ["ab", "acd"]
    assert pool.draw(prefix(tree), 9, "end") == []


def test_what_was_drawn_as_a_step_is_not_drawn_within_a_chain_and_the_other_way_round():
    tree = grown(*CHAINS)
    pool = StepPool(tree, seed=0)
    steps = pool.draw(prefix(tree), 2, "step")
    chains = pool.draw(prefix(tree), 9, "end")
    assert len(chains) == 1
    assert {path[0].id for path in steps}.isdisjoint({chains[0][0].id})
    fresh = StepPool(tree, seed=0)
    assert len(fresh.draw(prefix(tree), 2, "end")) == 2
    assert len(fresh.draw(prefix(tree), 9, "step")) == 1


@pytest.mark.parametrize("end", [End.CUT, End.FAILED])
def test_steps_that_were_cut_off_are_no_samples(end):
    tree = grown((0, "a", None), (1, "b", end), (0, "c", end), (0, "d", End.STOP))
    pool = StepPool(tree, seed=0)
    assert texts(pool.draw(prefix(tree), 9, "end")) == ["d"]
    assert texts(pool.draw(prefix(tree), 9, "step")) == ["a"]
    assert pool.draw(prefix(tree, 1), 9, "step") == []


def test_a_step_of_another_origin_is_followed_by_nothing():
    tree = grown((0, "a", None), (1, "b", End.STOP))
    elsewhere = (*prefix(tree), Step("a", (97,)))
    assert StepPool(tree, seed=0).draw(elsewhere, 1, "step") == []
    assert StepPool(tree, seed=0).node(elsewhere[-1]) is None


def test_drawing_again_draws_with_replacement():
    tree = grown((0, "a", None), (0, "b", None))
    pool, rng = StepPool(tree, seed=0), np.random.default_rng(0)
    found = Counter(texts(pool.draw_again(prefix(tree), 1000, "step", rng)))
    assert found["a"] + found["b"] == 1000
    assert abs(found["a"] - 500) < 60  # about four standard deviations
    assert pool.draw_again(prefix(tree, 1), 3, "step", rng) == []


def test_every_order_is_as_likely_and_follows_from_the_seed():
    tree = grown(*((0, text, None) for text in "abc"))
    orders = Counter(
        "".join(texts(StepPool(tree, seed=seed).draw(prefix(tree), 3, "step"))) for seed in range(600)
    )
    assert len(orders) == 6
    assert min(orders.values()) > 60
    again = [texts(StepPool(tree, seed=4).draw(prefix(tree), 3, "step")) for _ in range(2)]
    assert again[0] == again[1]


@st.composite
def trees(draw):
    """Draw a tree of few texts, so that prefixes coincide."""
    tree = Tree(Step("Q"))
    for _ in range(draw(st.integers(1, 25))):
        open_ = [node.id for node in tree if not node.finished]
        parent = draw(st.sampled_from(open_))
        end = draw(st.sampled_from([None, None, End.STOP, End.LENGTH, End.CUT]))
        tree.add(parent, Step(draw(st.sampled_from("ab"))), round=1, end=end)
    return tree


@given(tree=trees(), data=st.data())
def test_no_step_is_ever_drawn_twice_nor_after_another_prefix(tree, data):
    pool = StepPool(tree, seed=data.draw(st.integers(0, 9)))
    drawn, ends = [], []
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(tree) - 1))
        until = data.draw(st.sampled_from(["step", "end"]))
        for path in pool.draw(prefix(tree, at), data.draw(st.integers(1, 4)), until):
            assert tree.text(path[0].parent) == tree.text(at)
            assert all(node.end is not End.CUT for node in path)
            assert until == "step" or path[-1].finished
            drawn += [path[0].id] if until == "step" else []
            ends += [path[-1].id] if until == "end" else []
    assert len(set(drawn)) == len(drawn)
    assert len(set(ends)) == len(ends)
    assert set(drawn).isdisjoint(ends)
