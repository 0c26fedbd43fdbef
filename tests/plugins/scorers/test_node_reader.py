"""How nodes become texts to read: what they share is one text, and what was cut has no score."""

from hypothesis import given
from hypothesis import strategies as st
from reasontree.plugins.policies.llama_cpp import Reading
from reasontree.plugins.scorers.node_reader import NodeReader, TokenReadout, passages_of, scores_of, stem_of

TOKENS = st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple)


class FakeEngine:
    """Answers each question with its position, when told to."""

    max_length = 8

    def __init__(self, n_held=0):
        self.asked, self._n_held, self._done = [], n_held, []

    def n_held(self, tokens):
        return min(self._n_held, len(tokens))

    def read(self, request):
        self.asked.append(request)

    def answer(self, *, n_answers=None):
        for request in self.asked:
            values = tuple((float(question.position),) for question in request.questions)
            self._done.append(Reading(request.key, values[:n_answers], request.owner))
        self.asked = []

    def take_readings(self, owner):
        done, self._done = self._done, []
        assert all(reading.owner is owner for reading in done)
        return done


def reader_on(engine):
    return NodeReader(engine, TokenReadout((1,), lambda values: values[0] / 10))


@given(st.dictionaries(st.integers(1, 30), TOKENS, max_size=12))
def test_every_node_is_asked_once_behind_its_own_text(texts):
    passages = passages_of(texts)
    found = {
        node: passage.tokens[: position + 1]
        for passage in passages
        for position, nodes in passage.nodes.items()
        for node in nodes
    }
    assert found == texts
    assert all(list(passage.nodes) == sorted(passage.nodes) for passage in passages)
    assert sum(len(nodes) for each in passages for nodes in each.nodes.values()) == len(texts)
    for one in passages:
        assert not any(o is not one and o.tokens[: len(one.tokens)] == one.tokens for o in passages)


@given(st.dictionaries(st.integers(1, 30), TOKENS, max_size=12))
def test_the_stem_is_the_longest_common_beginning(texts):
    passages = [passage.tokens for passage in passages_of(texts)]
    stem = stem_of(passages_of(texts))
    assert all(tokens[: len(stem)] == stem for tokens in passages)
    longer = {tokens[: len(stem) + 1] for tokens in passages}
    assert not passages or len(longer) > 1 or passages == [stem]


def test_what_texts_share_is_read_first_and_then_they_are(request_of):
    engine = FakeEngine()
    reader = reader_on(engine)
    reader.take(request_of([["a"], ["b"]]), {1: (5, 6, 1), 2: (5, 6, 2, 3)})
    assert [request.tokens for request in engine.asked] == [(5, 6)]
    engine.answer()
    assert reader.finished() == []
    assert {request.tokens for request in engine.asked} == {(5, 6, 1), (5, 6, 2, 3)}
    engine.answer()
    (scores,) = scores_of("tens", reader.finished())
    assert (scores.scorer, scores.by_node) == ("tens", {1: 0.2, 2: 0.3})


def test_what_the_cache_holds_is_not_read_first(request_of):
    engine = FakeEngine(n_held=2)
    reader_on(engine).take(request_of([["a"], ["b"]]), {1: (5, 6, 1), 2: (5, 6, 2)})
    assert len(engine.asked) == 2


def test_a_reading_that_was_cut_leaves_its_nodes_without_scores(request_of):
    engine = FakeEngine()
    reader = reader_on(engine)
    reader.take(request_of([["a"], ["a", "b"]]), {1: (5,), 2: (5, 6)})
    engine.answer(n_answers=1)
    (scores,) = scores_of("tens", reader.finished())
    assert scores.by_node == {1: 0.0}


def test_a_request_of_nothing_to_read_is_answered_at_once(request_of):
    reader = reader_on(FakeEngine())
    reader.take(request_of([["a"], ["b"]]), {1: (), 2: tuple(range(9))})
    (scores,) = scores_of("tens", reader.finished())
    assert scores.by_node == {}


def test_a_released_search_is_forgotten(request_of):
    engine = FakeEngine()
    reader = reader_on(engine)
    reader.take(request_of([["a"]], search=3), {1: (5,)})
    reader.release(3)
    engine.answer()
    assert reader.finished() == []
