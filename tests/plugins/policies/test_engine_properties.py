"""Whatever the engine has been through, a branch has the logits of the plain path.

A 4-bit model's single logits depend on where its cells lie, so means and correlations are the measure; that a
wrong prefix lies far outside it is tested too.
"""

import itertools

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from reasontree.core import Limits, Proposal, Sampling
from reasontree.plugins.policies.llama_cpp.branch import Question, ReadRequest
from reasontree.plugins.policies.llama_cpp.context import Context, ContextSize, Span
from reasontree.plugins.policies.llama_cpp.hardware import Hardware

from .plain_path import (
    MAX_DIFFERENCE,
    MIN_CORRELATION,
    Claim,
    agreement,
    assert_agree,
    claim_of,
    compare,
    finish,
    logprob,
    plain_rows,
    request_for,
    some_tokens,
    tokens_of,
)

pytestmark = pytest.mark.model

STORIES = (
    "Ann has 3 apples and buys 5 more.",
    "Ben walks 2 km to school every day, and back home.",
    "A box holds 6 eggs, and Carla has 4 boxes.",
    "Dmitri reads 12 pages on each of 7 days.",
)
QUESTIONS = (
    "How many are there in all?",
    "How many are left if 2 are taken away?",
    "How many would be half of that?",
    "How many are there if all is doubled?",
    "Is that more than 10?",
)
PROMPTS = tuple(
    f"{story} {question}\nAnswer: First," for story, question in itertools.product(STORIES, QUESTIONS)
)
OPENINGS = ("Ann has 3 apples and buys", "Ann has 3 apples and eats", "Every day Ben walks")
N_TOKENS = 24
N_NEIGHBOURS = 15


class Neighbours:
    """Keeps 15 branches busy beside what is tested: some begin as it does, all go on with random letters."""

    def __init__(self, model, engine, seed):
        self._model, self._engine = model, engine
        self._rng = np.random.default_rng(seed)
        self._n_under_way = 0
        self._n_started = 0

    def tick(self):
        """Do one decode, and return how many tokens were read in it."""
        while self._n_under_way < N_NEIGHBOURS:
            self._n_started += 1
            self._n_under_way += 1
            self._engine.propose(self._request())
        handed = self._engine.tick()
        self._n_under_way -= sum(isinstance(each, Proposal) and each.search == -1 for each in handed)
        return sum(each.usage.tokens.scored for each in handed)

    def _request(self):
        begin = self._rng.choice(PROMPTS)[: max(0, self._rng.integers(-60, 60))]
        text = begin + "".join(self._rng.choice(list("abcdefgh  "), self._rng.integers(5, 40)))
        limits = Limits(max_tokens=int(self._rng.integers(2, 30)))
        return request_for(self._model, text, seeds=[self._n_started], search=-1, limits=limits)


class Read:
    """A reading and what it told: the log-probability of each token from `first` on, and logits before it."""

    def __init__(self, model, tokens, first, search=0):
        self.tokens, self.first, self.n_scored = tuple(tokens), first, 0
        questions = []
        for position in range(first - 1, len(tokens) - 1):
            questions.append(Question(position, (tokens[position + 1],)))
            questions.append(Question(position, some_tokens(model), normalised=False))
        self.request = ReadRequest(search, self, self.tokens, tuple(questions))

    def claim(self, values):
        return Claim(self.tokens, self.first, [value for (value,) in values[::2]], values[1::2])

    @property
    def n_reused(self):
        """Tokens that were taken from the cells of others."""
        return len(self.tokens) - self.n_scored


@pytest.fixture
def crowded(engine):
    """An engine with too few cells for all that is asked of it."""
    return engine(n_cells=480, n_branches=N_NEIGHBOURS + 1, n_batch=64)


def greedy_texts(model, engine):
    """Let an engine continue all prompts greedily; return how long each prompt is, and its whole text.

    Texts of the model's own are what an engine decodes. Of texts that are unlikely to the model the
    log-probabilities move more, at the same correlation of the logits.
    """
    sampling, limits = Sampling(temperature=0), Limits(max_tokens=N_TOKENS)
    requests = [
        request_for(model, prompt, search=i, sampling=sampling, limits=limits)
        for i, prompt in enumerate(PROMPTS)
    ]
    for (search, _, _), steps in finish(engine, *requests).items():
        prompt = requests[search].prefix[0].tokens
        yield len(prompt), (*prompt, *tokens_of(steps))


def read(engine, neighbours, asked):
    engine.read(asked.request)
    while True:
        asked.n_scored += neighbours.tick()
        for reading in engine.take_readings():
            return asked.claim(reading.values)


def test_twenty_texts_among_neighbours_have_the_logits_of_the_plain_path(model, engine, crowded):
    """Each text is read in two parts, as a search would; the neighbours go on in between."""
    neighbours = Neighbours(model, crowded, seed=1)
    claims, n_range_copies = [], 0
    for n_prompt, tokens in greedy_texts(model, engine()):
        half = (n_prompt + len(tokens)) // 2
        for first, end in ((n_prompt, half), (half, len(tokens))):
            asked = Read(model, tokens[:end], first)
            claims.append(read(crowded, neighbours, asked))
            n_range_copies += 0 < asked.n_reused < n_prompt  # every donor is longer than that
            for _ in range(2):
                neighbours.tick()
    assert len(claims) == 2 * len(PROMPTS) == 40
    assert crowded.sequences.n_evictions > 0
    assert n_range_copies > 0
    assert_agree(agreement(model, claims))


def test_where_greedy_texts_part_the_two_tokens_were_nearly_equal(model, crowded):
    """Up to where they part the texts are one, hence so are the logits that the plain path chooses from."""
    for n_prompt, tokens in greedy_texts(model, crowded):
        rows = plain_rows(model, tokens[:-1], n_prompt - 1)
        chosen = zip(rows, tokens[n_prompt:], strict=True)
        gaps = (row.max() - row[token] for row, token in chosen)
        assert next((gap for gap in gaps if gap > 0), 0.0) <= 1.0


def test_the_measure_finds_a_wrong_prefix(model):
    prompt, other = (model.tokenize(text, special=False, begin=True) for text in (PROMPTS[3], PROMPTS[14]))
    tokens = model.tokenize(" we add the numbers, and then we multiply.", special=False, begin=False)
    right, wrong = (plain_rows(model, [*start, *tokens][:-1], len(start) - 1) for start in (prompt, other))
    some = list(some_tokens(model))
    told = [logprob(row, token) for row, token in zip(wrong, tokens, strict=True)]
    claim = Claim((*prompt, *tokens), len(prompt), told, wrong[:, some])
    found = compare(model, claim, right)
    assert found.differences.mean() > 4 * MAX_DIFFERENCE
    assert found.correlations.min() < MIN_CORRELATION


def test_the_plain_path_is_the_same_in_one_batch_and_token_by_token(model):
    tokens = model.tokenize(PROMPTS[0], special=False, begin=True)
    context = Context(model, ContextSize(n_cells=512, n_batch=256, n_seqs=1))
    logprobs, logits = [], []
    for position, token in enumerate(tokens[:-1]):
        assert context.decode([Span(0, position, [token], [0])])
        logprobs += context.output(0).logits([tokens[position + 1]], normalised=True)
        logits.append(context.output(0).logits(some_tokens(model), normalised=False))
    context.close()
    assert_agree(agreement(model, [Claim(tuple(tokens), 1, logprobs, logits)]))


ACTIONS = st.one_of(
    st.tuples(st.just("fork"), st.integers(0, 99), st.integers(1, 6)),
    st.tuples(st.just("finish"), st.integers(0, 99), st.integers(2, 6), st.integers(6, 20)),
    st.tuples(st.just("tick"), st.integers(1, 8)),
    st.tuples(st.just("evict"), st.integers(1, 4)),
    st.tuples(st.just("release"), st.integers(0, 2)),
)


class Played:
    """Searches on one engine, driven by random actions; every continuation is read again when it comes.

    A node is a search, and the steps from its prompt on.
    """

    def __init__(self, model, engine):
        self._model, self._engine = model, engine
        self._nodes = [(search, ()) for search in range(len(OPENINGS))]
        self._requests = {}
        self._due = set()  # children and readings that have not come
        self.claims = []
        self.n_evicted = 0

    def fork(self, at, width, n_tokens=24, until="step"):
        """Ask for children of any node that can be continued, old or new."""
        search, steps = self._nodes[at % len(self._nodes)]
        number = len(self._requests)
        request = request_for(
            self._model,
            OPENINGS[search],
            seeds=[100 * number + child for child in range(width)],
            search=search,
            position=number,
            steps=steps,
            until=until,
            limits=Limits(max_tokens=len(tokens_of(steps)) + n_tokens),
        )
        self._requests[number] = request
        self._due |= {(search, number, child) for child in range(width)}
        self._engine.propose(request)

    def finish(self, at, width, n_tokens):
        self.fork(at, width, n_tokens, until="end")

    def tick(self, n):
        for _ in range(n):
            for proposal in self._engine.tick():
                if isinstance(proposal, Proposal):
                    self._take(proposal)
            for reading in self._engine.take_readings():
                self._due.remove((reading.key.request.search, reading.key))
                self.claims.append(reading.key.claim(reading.values))

    def evict(self, n):
        self.n_evicted += sum(self._engine.sequences.evict_oldest() for _ in range(n))

    def release(self, search):
        """End a search and begin it anew; what was asked for it never comes."""
        self._engine.release(search)
        self._due = {each for each in self._due if each[0] != search}
        self._nodes = [(search, ()), *(node for node in self._nodes if node[0] != search)]

    def end(self):
        while self._due:
            self.tick(1)

    def _take(self, proposal):
        search, number = proposal.search, proposal.position
        self._due.remove((search, number, proposal.child))
        prefix = self._requests[number].prefix
        self.claims.append(claim_of(tokens_of(prefix), proposal.steps))
        if proposal.steps[-1].end is None:
            self._nodes.append((search, (*prefix[1:], *proposal.steps)))
        self._read_again(search, self.claims[-1].tokens)

    def _read_again(self, search, tokens):
        """Ask for the logits at the end, which are forked from the middle of the child's cells."""
        asked = Read(self._model, tokens, len(tokens) - 2, search)
        self._due.add((search, asked))
        self._engine.read(asked.request)


def test_any_forks_ends_and_evictions_leave_the_logits_of_the_plain_path(model, engine):
    # With flash attention logits depend twice as much on where cells lie: that noise alone nears the bound.
    exact = Hardware(flash_attention="off")
    n_evictions = n_preemptions = 0

    # Without shrinking: a failure would be tried again hundreds of times.
    @settings(max_examples=6, derandomize=True, phases=[Phase.explicit, Phase.generate])
    @given(st.lists(ACTIONS, min_size=20, max_size=30))
    def play(actions):
        nonlocal n_evictions, n_preemptions
        # A delimiter that makes steps of some tokens.
        made = engine(n_cells=64, n_branches=8, delimiter="e", n_batch=32, hardware=exact)
        played = Played(model, made)
        played.fork(0, 2)
        for name, *arguments in actions:
            getattr(played, name)(*arguments)
        played.end()
        assert made.counters.max_cells <= made.context.size.n_cells
        assert_agree(agreement(model, played.claims, exact))
        n_evictions += made.sequences.n_evictions - played.n_evicted
        n_preemptions += made.counters.n_preemptions
        for search in range(len(OPENINGS)):
            made.release(search)
        assert made.sequences.n_cells == 0

    play()
    assert n_evictions > 0
    assert n_preemptions > 0
