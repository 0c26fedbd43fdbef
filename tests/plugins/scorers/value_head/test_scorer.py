"""The value head as a scorer."""

from dataclasses import replace

import numpy as np
import pytest
from reasontree.core import Problem, Prompt, ScoreRequest, Step
from reasontree.core.errors import ModelError, UsageError
from reasontree.core.options import parse
from reasontree.core.testing import Reasoner, ScorerContract
from reasontree.plugins.scorers.value_head import ValueHead
from reasontree.plugins.scorers.value_head.chains import read
from reasontree.plugins.scorers.value_head.head import save_head
from reasontree.plugins.scorers.value_head.locations import find_head, path_for

from .conftest import MODEL, WIDTH


@pytest.fixture
def path(head, tmp_path):
    save_head(head, tmp_path / "given.npz")
    return tmp_path / "given.npz"


def scorer_of(policy, **options):
    return ValueHead(parse("scorer 'value-head'", ValueHead.Options, options), policy)


def request(*paths, parents=None, first=1, known=None):
    steps = tuple(tuple(Step("x", (1,), hidden=hidden) for hidden in path) for path in paths)
    return ScoreRequest(
        search=3,
        round=2,
        problem=Problem("Q"),
        prompt=Prompt("Q"),
        nodes=tuple(range(first, first + len(paths))),
        paths=steps,
        parents=parents or (0,) * len(paths),
        known=known or {},
    )


def test_a_node_gets_the_probability_of_its_own_state(policy, path, head):
    states = np.random.default_rng(0).normal(size=(3, 12))
    rows = [tuple(row) for row in states]
    (scores,) = scorer_of(policy, head=str(path)).score([request([rows[0]], [rows[0], rows[1]], [rows[2]])])
    assert (scores.search, scores.round, scores.scorer) == (3, 2, "value-head")
    expected = head.probabilities(states)
    assert [scores.by_node[node] for node in (1, 2, 3)] == pytest.approx(expected.tolist())


def test_a_step_without_a_state_gets_no_score(policy, path):
    state = (0.0,) * 12
    (scores,) = scorer_of(policy, head=str(path)).score([request([state, None], [state])])
    assert list(scores.by_node) == [2]
    (scores,) = scorer_of(policy, head=str(path)).score([request([None])])
    assert scores.by_node == {}


@pytest.fixture
def path_reader(head, tmp_path):
    info = head.info.model_copy(update={"reads": "path"})
    save_head(replace(head, info=info), tmp_path / "path.npz")
    return str(tmp_path / "path.npz")


@pytest.fixture
def states():
    return np.random.default_rng(0).normal(size=(4, 12))


@pytest.fixture
def means(head, states):
    """What a head that reads paths says along a chain with these states."""
    return head.probabilities(read(states, np.zeros(4, dtype=np.int64), "path")).tolist()


@pytest.mark.parametrize("power", [1, 3])
def test_a_head_that_reads_paths_scores_their_means(policy, path_reader, states, means, power):
    a, b, c, d = map(tuple, states)
    chain = request([a], [a, b], [a, b, c], [a, b, c, d], parents=(0, 1, 2, 3))
    (scores,) = scorer_of(policy, head=path_reader, power=power).score([chain])
    assert list(scores.by_node.values()) == pytest.approx([mean**power for mean in means])


@pytest.mark.parametrize("power", [1, 3])
def test_it_goes_on_from_the_parents_score_where_states_were_not_recorded(
    policy, path_reader, states, means, power
):
    scorer = scorer_of(policy, head=path_reader, power=power)
    c, d = map(tuple, states[2:])
    known = {2: {"value-head": means[1] ** power, "confidence": 0.1}}
    rest = request([None, None, c], [None, None, c, d], parents=(2, 3), first=3, known=known)
    (scores,) = scorer.score([rest])
    assert list(scores.by_node.values()) == pytest.approx([mean**power for mean in means[2:]])


def test_after_a_step_without_a_score_the_mean_begins_anew(policy, head, path_reader, states):
    a, b = map(tuple, states[:2])
    chain = request([a], [a, None], [a, None, b], parents=(0, 1, 2), known={0: {"other": 0.3}})
    (scores,) = scorer_of(policy, head=path_reader).score([chain])
    assert scores.by_node == pytest.approx(dict(zip((1, 3), head.probabilities(states[:2]), strict=True)))


def test_where_the_user_speaks_the_mean_begins_anew(policy, path_reader, states, means):
    """The steps of the reply have the scores of a solution of their own."""
    earlier, chain = (Step("x", (1,), hidden=tuple(state)) for state in states[:2]), map(tuple, states)
    reply, *rest = (Step("x", (1, 2), hidden=state) for state in chain)
    path = [*earlier, replace(reply, said="Why?", n_given=1, n_said=1), *rest]
    asked = request(*([] for _ in path), parents=tuple(range(len(path))))
    asked = asked._replace(paths=tuple(tuple(path[: n + 1]) for n in range(len(path))))
    (scores,) = scorer_of(policy, head=path_reader).score([asked])
    assert [scores.by_node[node] for node in (3, 4, 5, 6)] == pytest.approx(means)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_a_score_at_the_end_of_its_range_is_one_to_go_on_from(policy, path_reader, states, score):
    ask = request([None, tuple(states[0])], parents=(1,), first=2, known={1: {"value-head": score}})
    (scores,) = scorer_of(policy, head=path_reader).score([ask])
    assert abs(scores.by_node[2] - score) < 0.01


def test_a_power_makes_scores_sharper(policy, path):
    ask = request([(0.0,) * 12])
    (plain,), (sharp,) = (scorer_of(policy, head=str(path), power=power).score([ask]) for power in (1, 3))
    assert sharp.by_node[1] == pytest.approx(plain.by_node[1] ** 3)


def test_another_models_head_is_refused(policy, path, model):
    policy.info = replace(model, name="other", sha256="b" * 64)
    with pytest.raises(UsageError, match=r"given\.npz reads tiny .*, and other .* came"):
        scorer_of(policy, head=str(path))


def test_a_trace_can_say_which_head_it_was_and_hold_others_to_it(policy, path, head, tmp_path):
    stored = scorer_of(policy, head=str(path)).options.model_dump(mode="json")
    assert stored == {"head": str(path), "sha256": save_head(head, path).digest, "power": 1.0}
    scorer_of(policy, **stored)
    save_head(replace(head, bias=1.0), path)
    with pytest.raises(UsageError, match="SHA-256"):
        scorer_of(policy, **stored)


def test_a_model_without_a_head_is_told_how_to_get_one(policy):
    assert not ValueHead.suits(policy)
    with pytest.raises(UsageError, match=r"no value head for tiny.*reason train-head"):
        scorer_of(policy)


def test_the_users_head_goes_before_the_one_that_is_shipped(policy, head, model, tmp_path):
    save_head(head, tmp_path / "shipped" / "tiny.npz")
    assert ValueHead.suits(policy)
    shipped = find_head(model)
    assert shipped.bias == head.bias
    save_head(replace(head, bias=1.0), path_for(model))
    assert find_head(model).bias == 1.0
    assert scorer_of(policy, sha256=shipped.digest).options.sha256 == shipped.digest, "an old trace's head"
    with pytest.raises(UsageError, match="no value head with the SHA-256 0123"):
        scorer_of(policy, sha256="0123")


def test_heads_of_other_models_and_formats_are_passed_over(policy, head, model):
    info = head.info.model_copy(update={"prompt_format": "another"})
    save_head(replace(head, info=info), path_for(replace(model, prompt_format="another")))
    assert find_head(model) is None


def test_a_damaged_head_in_the_users_folder_is_named(policy, users_heads):
    users_heads.mkdir()
    (users_heads / "broken.npz").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"broken\.npz is not a value head"):
        ValueHead.suits(policy)


def test_a_link_to_no_head_is_passed_over(model, users_heads):
    users_heads.mkdir()
    (users_heads / "gone.npz").symlink_to(users_heads / "nowhere.npz")
    assert find_head(model) is None


class WithStates(Reasoner):
    """Reasons as the model does that the head was trained for."""

    def __init__(self):
        super().__init__()
        self.info = MODEL

    def write(self, place, n_tokens, end):
        state = np.random.default_rng(place.random.randrange(1000)).normal(size=WIDTH)
        return replace(super().write(place, n_tokens, end), hidden=tuple(state))


class TestContract(ScorerContract):
    """Steps without states, which the contract tries too, are left out."""

    scorer = ValueHead

    @pytest.fixture(autouse=True)
    def _save(self, path):
        self.options = {"head": str(path)}

    def make_policy(self):
        return WithStates()
