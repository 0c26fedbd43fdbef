"""Whatever the engine has been through, a branch has the logits of the plain path.

A 4-bit model's single logits depend on where its cells lie, so means and correlations are the measure; that a
wrong prefix lies far outside it is tested too.
"""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reasontree.core import Limits, Sampling
from reasontree.core.ledger import Ledger
from reasontree.plugins.policies.llama_cpp.branch import Question, ReadRequest
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span

from .plain_path import (
    MAX_DIFFERENCE,
    MIN_CORRELATION,
    assert_as_plain,
    finish,
    logprob,
    plain_rows,
    request_for,
    tokens_of,
)

pytestmark = pytest.mark.model

NAMES = ("Ann", "Ben", "Carla", "Dmitri", "Eve", "Farid", "Greta", "Hugo", "Ines", "Jon")
STORIES = (
    "{} has {} apples and buys {} more. How many apples are there now?",
    "Every day {} walks {} km to school and {} km back home. How far is that in a week?",
)
PROMPTS = tuple(
    story.format(name, 3 + 2 * i, 5 + i) + "\nAnswer:"
    for story, (i, name) in itertools.product(STORIES, enumerate(NAMES))
)
N_TOKENS = 20
N_NEIGHBOURS = 15


class Neighbours:
    """Keeps 15 branches of random prompts and lengths busy beside what is tested."""

    def __init__(self, model, engine, seed):
        self._model, self._engine = model, engine
        self._rng = np.random.default_rng(seed)
        self._n_under_way = 0
        self._n_started = 0

    def tick(self):
        while self._n_under_way < N_NEIGHBOURS:
            self._n_started += 1
            self._n_under_way += 1
            text = "".join(self._rng.choice(list("abcdefgh  "), self._rng.integers(5, 40)))
            limits = Limits(max_tokens=int(self._rng.integers(2, 30)))
            request = request_for(self._model, text, seeds=[self._n_started], search=-1, limits=limits)
            self._engine.propose(request)
        self._n_under_way -= sum(proposal.search == -1 for proposal in self._engine.tick())


def read(engine, neighbours, request):
    engine.read(request)
    while True:
        neighbours.tick()
        for reading in engine.take_readings():
            return reading.values


def reading_request(tokens, n_prompt, some):
    """Ask behind each token from the prompt's last one on: for the next token, and for some logits."""
    questions = []
    for position in range(n_prompt - 1, len(tokens) - 1):
        questions.append(Question(position, (tokens[position + 1],)))
        questions.append(Question(position, some, normalised=False))
    return ReadRequest(0, "text", tuple(tokens), tuple(questions), Ledger())


def continued(model, prompt, begun, temperature, rng):
    """Continue a prompt on the plain path, some of it given; return the tokens and the logits before each.

    Texts of the model's own are what an engine decodes. Of texts that are unlikely to the model the
    log-probabilities move more (0.06 nats in the mean), at the same correlation of the logits.
    """
    tokens, rows = [*prompt, *begun], []
    context = Context(model, ContextSize(512, 256, 1))
    for position in range(len(prompt) + N_TOKENS - 1):
        context.decode([Span(0, position, [tokens[position]], [0])])
        if position >= len(prompt) - 1:
            rows.append(np.array(context.logits(0, range(model.n_vocab), normalised=False)))
        if position == len(tokens) - 1:
            noise = temperature * rng.gumbel(size=model.n_vocab)  # the largest sum is a fair draw
            tokens.append(int(np.argmax(rows[-1] + noise)))
    context.close()
    return tokens, rows


def test_twenty_prompts_among_neighbours_have_the_logits_of_the_plain_path(model, engine):
    made = engine(n_cells=640, n_branches=N_NEIGHBOURS + 1, n_batch=64)
    neighbours, rng = Neighbours(model, made, seed=1), np.random.default_rng(2)
    some = tuple(rng.choice(model.n_vocab, 400, replace=False).tolist())
    differences, correlations = [], []
    for text in PROMPTS:
        prompt = model.tokenize(text, special=False, begin=True)
        begun = []
        for temperature in (0, 1):  # the second text forks from the middle of the first one's cells
            tokens, rows = continued(model, prompt, begun, temperature, rng)
            values = read(made, neighbours, reading_request(tokens, len(prompt), some))
            begun = tokens[len(prompt) :][: N_TOKENS // 2]
            for row, token, (found,), logits in zip(
                rows, tokens[len(prompt) :], values[::2], values[1::2], strict=True
            ):
                differences.append(abs(found - logprob(row, token)))
                correlations.append(np.corrcoef(logits, row[list(some)])[0, 1])
    assert len(differences) == 2 * len(PROMPTS) * N_TOKENS
    assert made.sequences.n_evictions > 0
    assert np.mean(differences) <= MAX_DIFFERENCE
    assert min(correlations) >= MIN_CORRELATION


def test_where_greedy_texts_part_the_two_tokens_were_nearly_equal(model, engine):
    made = engine(n_cells=640, n_branches=N_NEIGHBOURS + 1, n_batch=64)
    greedy, limits = Sampling(temperature=0), Limits(max_tokens=24)
    requests = [
        request_for(model, prompt, search=i, sampling=greedy, limits=limits)
        for i, prompt in enumerate(PROMPTS)
    ]
    for (search, _, _), steps in finish(made, *requests).items():
        prompt, found = requests[search].prefix[0].tokens, tokens_of(steps)
        rows = plain_rows(model, [*prompt, *found][:-1], len(prompt) - 1)
        chosen = zip(rows, found, strict=True)
        parted = next(((row, token) for row, token in chosen if row.argmax() != token), None)
        if parted is not None:
            row, token = parted
            assert row.max() - row[token] <= 1.0


def test_the_measure_finds_a_wrong_prefix(model):
    prompt, other = (model.tokenize(text, special=False, begin=True) for text in (PROMPTS[3], PROMPTS[14]))
    tokens = model.tokenize(" First we add the numbers, and then we multiply.", special=False, begin=False)
    right, wrong = ([*plain_rows(model, [*start, *tokens][:-1], len(start) - 1)] for start in (prompt, other))
    differences = [
        abs(logprob(a, token) - logprob(b, token)) for a, b, token in zip(right, wrong, tokens, strict=True)
    ]
    assert np.mean(differences) > 4 * MAX_DIFFERENCE
    assert min(np.corrcoef(a, b)[0, 1] for a, b in zip(right, wrong, strict=True)) < MIN_CORRELATION


ACTIONS = st.one_of(
    st.tuples(st.just("fork"), st.integers(0, 99), st.integers(1, 3), st.integers(1, 12)),
    st.tuples(st.just("finish"), st.integers(0, 99), st.integers(1, 2), st.integers(4, 16)),
    st.tuples(st.just("tick"), st.integers(1, 8)),
    st.tuples(st.just("evict"), st.integers(1, 4)),
    st.tuples(st.just("release"), st.integers(0, 2)),
)


class Played:
    """Three searches on one engine, driven by random actions; every continuation is kept.

    A node is (search, number of the request within the search, steps from the prompt to it).
    """

    def __init__(self, model, engine):
        self._model, self._engine = model, engine
        self._prompts = {search: PROMPTS[7 * search] for search in range(3)}
        self._nodes = [(search, ()) for search in self._prompts]
        self._asked = {}
        self._n_asked = 0
        self.chains = []

    def fork(self, at, width, n_tokens, until="step"):
        """Ask for children of any node that can be continued, old or new."""
        search, steps = self._nodes[at % len(self._nodes)]
        self._n_asked += 1
        n_before = len(tokens_of(steps))
        request = request_for(
            self._model,
            self._prompts[search],
            seeds=[100 * self._n_asked + child for child in range(width)],
            search=search,
            position=self._n_asked,
            steps=steps,
            until=until,
            limits=Limits(max_tokens=n_before + 24 if until == "step" else n_before + n_tokens),
        )
        self._asked[search, self._n_asked] = [request, width]
        self._engine.propose(request)

    def finish(self, at, width, n_tokens):
        self.fork(at, width, n_tokens, until="end")

    def tick(self, n):
        for _ in range(n):
            for proposal in self._engine.tick():
                self._take(proposal)

    def evict(self, n):
        for _ in range(n):
            self._engine.sequences.evict_oldest()

    def release(self, search):
        """End a search and begin it anew; what was asked for it never comes."""
        self._engine.release(search)
        self._asked = {key: asked for key, asked in self._asked.items() if key[0] != search}
        self._nodes = [(search, ()), *(node for node in self._nodes if node[0] != search)]

    def end(self):
        while self._asked:
            self.tick(1)

    def _take(self, proposal):
        key = proposal.search, proposal.position
        request, n_due = self._asked[key]
        before = [token for step in request.prefix for token in step.tokens]
        self.chains.append((before, proposal.steps))
        if proposal.steps[-1].end is None:
            self._nodes.append((proposal.search, (*request.prefix[1:], *proposal.steps)))
        if n_due == 1:
            del self._asked[key]
        else:
            self._asked[key][1] -= 1


@settings(max_examples=8, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(ACTIONS, min_size=6, max_size=16))
def test_any_forks_ends_and_evictions_leave_the_logits_of_the_plain_path(model, small_engine, actions):
    played = Played(model, small_engine)
    played.fork(0, 2, 4)
    for name, *arguments in actions:
        getattr(played, name)(*arguments)
    played.end()
    assert small_engine.counters.max_cells <= small_engine.context.size.n_cells
    assert_as_plain(model, played.chains)
    for search in range(3):
        small_engine.release(search)
    assert small_engine.sequences.n_cells == 0


@pytest.fixture
def small_engine(engine):
    """One engine for all examples: what an earlier one left behind must do no harm either."""
    return engine(n_cells=160, n_branches=6, delimiter=" ", n_batch=32)
