"""What the benchmarks run: the same work through the engine and through plainer ways of doing it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from reasontree.cli.plugin_registry import registry
from reasontree.core import Answer, Expansion, Limits, Options, Problem, Sampling, Step, Strategy, Tree
from reasontree.core.run import Run
from reasontree.core.search import Search
from reasontree.plugins.models.catalog import DEFAULT_MODEL
from reasontree.plugins.models.resolve import resolve
from reasontree.plugins.policies.llama_cpp import LlamaCpp
from reasontree.plugins.policies.llama_cpp.library import library, usable_cores
from reasontree.plugins.policies.llama_cpp.policy import LlamaCppOptions
from reasontree.plugins.policies.llama_cpp.sampler import Sampler
from reasontree.plugins.scorers.confidence import Confidence
from reasontree.plugins.votes.majority import MajorityVote

N_BRANCHES = 16
SAMPLING = Sampling(temperature=0.8, top_k=50)
# Word problems in the style of GSM8K, written for this benchmark.
QUESTIONS = (
    "A library has 6 shelves with 45 books each. It lends 87 books. How many books are left?",
    "Maria saves 12 dollars a week for 9 weeks and spends a third of it. How much does she have?",
    "A train goes 80 km an hour for 3 hours and 60 km an hour for 2 hours. How far does it go?",
    "Each of 24 pupils brings 3 pencils, and a quarter of all pencils break. How many are whole?",
    "A farmer sells 15 crates of 20 apples at 30 cents an apple. How many dollars does he earn?",
    "A pool holds 5000 litres and loses 125 litres a day. After how many days is it half empty?",
    "Tom is 4 years older than Ann, and together they are 36. How old is Tom?",
    "A shirt costs 40 dollars, is reduced by 25 percent, and then raised by 10 percent. What is it now?",
)


class LastWord:
    """A grader that costs nothing."""

    name = "last-word"

    def extract(self, text: str) -> Answer | None:
        words = text.split()
        return Answer(words[-1], words[-1]) if words else None

    reference = extract

    def equivalent(self, one: Answer, other: Answer) -> bool:
        return False

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Measured:
    """One run of a workload."""

    tokens: int
    seconds: float
    mean_width: float = 0.0
    recomputed: int = 0

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


def open_policy() -> LlamaCpp:
    """Open the default model with as many branches as the plain loop has."""
    return LlamaCpp(LlamaCppOptions(branches=N_BRANCHES), resolve(DEFAULT_MODEL, registry()))


def search_all(policy: LlamaCpp, strategies: Sequence[Strategy], limits: Limits) -> Measured:
    """Run one search for each strategy, all at once."""
    run = Run(policy, grader=LastWord(), vote=MajorityVote(), scorers=[Confidence(Options(), policy)])
    before = (policy.counters.n_decodes, policy.counters.width_sum)
    searches = [
        Search(
            Problem(question, index=i),
            strategy,
            number=i,
            scorer="confidence",
            limits=limits,
            sampling=SAMPLING,
        )
        for i, (question, strategy) in enumerate(zip(QUESTIONS, strategies, strict=False))
    ]
    started = time.perf_counter()
    outcomes = [finished.outcome for finished in run.searches(searches)]
    seconds = time.perf_counter() - started
    n_decodes, width_sum = (
        policy.counters.n_decodes - before[0],
        policy.counters.width_sum - before[1],
    )
    return Measured(
        sum(outcome.tokens.generated for outcome in outcomes),
        seconds,
        width_sum / n_decodes,
        sum(outcome.tokens.recomputed for outcome in outcomes),
    )


def plain_loop(policy: LlamaCpp, n_prompt: int, n_tokens: int) -> Measured:
    """Decode 16 branches from one prompt with nothing but ctypes: no scheduler, no text, no books."""
    lib, model, context = library(), policy.engine.context.model, policy.engine.context
    batch = lib.llama_batch_init(512, 0, 1)
    memory = lib.llama_get_memory(context.pointer)
    lib.llama_memory_clear(memory, False)
    prompt = model.tokenize(" ".join(QUESTIONS), special=False, begin=True)[:n_prompt]
    _fill(batch, [(token, position, 0, position == len(prompt) - 1) for position, token in enumerate(prompt)])
    lib.llama_decode(context.pointer, batch)
    samplers = [Sampler(SAMPLING, seed, model.n_vocab) for seed in range(N_BRANCHES)]
    tokens = [sampler.sample(context.pointer, len(prompt) - 1) for sampler in samplers]
    for seq in range(1, N_BRANCHES):
        lib.llama_memory_seq_cp(memory, 0, seq, 0, len(prompt))
    started = time.perf_counter()
    for position in range(len(prompt), len(prompt) + n_tokens):
        _fill(batch, [(token, position, seq, True) for seq, token in enumerate(tokens)])
        lib.llama_decode(context.pointer, batch)
        tokens = [sampler.sample(context.pointer, row) for row, sampler in enumerate(samplers)]
    seconds = time.perf_counter() - started
    for sampler in samplers:
        sampler.close()
    lib.llama_batch_free(batch)
    lib.llama_memory_clear(memory, False)
    return Measured(n_tokens * N_BRANCHES, seconds)


def one_after_the_other(n_chains: int, n_tokens: int) -> Measured:
    """Generate chains with llama-cpp-python's own `Llama`, one after the other."""
    from llama_cpp import Llama

    path = resolve(DEFAULT_MODEL, registry()).path
    llama = Llama(str(path), n_ctx=2048, n_threads=usable_cores(), verbose=False)
    n_generated, started = 0, time.perf_counter()
    for seed in range(n_chains):
        answer = llama.create_chat_completion(
            [{"role": "user", "content": QUESTIONS[seed % len(QUESTIONS)]}],
            max_tokens=n_tokens,
            temperature=SAMPLING.temperature,
            top_k=SAMPLING.top_k,
            top_p=1.0,
            min_p=0.0,
            repeat_penalty=1.0,
            seed=seed,
        )
        n_generated += answer["usage"]["completion_tokens"]
    seconds = time.perf_counter() - started
    llama.close()
    return Measured(n_generated, seconds)


class Reenters(Strategy):
    """Goes back to old nodes again and again, as a step-level MCTS does: two children of any open node."""

    name = "re-enters"

    def __init__(self, n_rounds: int, seed: int) -> None:
        self._rounds, self._rng = n_rounds, np.random.default_rng(seed)

    def select(self, tree: Tree) -> list[Expansion]:
        self._rounds -= 1
        open_nodes = [node.id for node in tree if not node.finished]
        return [Expansion(int(self._rng.choice(open_nodes)), 2)] if self._rounds >= 0 and open_nodes else []


class GrowsTo(Strategy):
    """Grows a tree to a size, sixteen children for each newest node."""

    name = "grows"

    def __init__(self, n_nodes: int) -> None:
        self._n_nodes, self._next = n_nodes, 0

    def select(self, tree: Tree) -> list[Expansion]:
        if len(tree) >= self._n_nodes:
            return []
        wanted = range(self._next, min(len(tree), self._next + 64))
        self._next = wanted.stop
        return [Expansion(node, 16) for node in wanted]


class Instant:
    """A policy whose steps are always there."""

    name = "instant"

    def __init__(self, policy: object) -> None:
        self.info, self.render, self.release = policy.info, policy.render, policy.release  # type: ignore[attr-defined]
        self._step = Step("a step\n", (1, 2, 3), (-0.1, -0.2, -0.3))

    def propose(self, requests: Iterable) -> Iterator:
        from reasontree.core import Proposal

        for request in requests:
            for child in range(len(request.seeds)):
                yield Proposal(request.search, request.round, request.position, child, (self._step,))


def grow(n_nodes: int) -> float:
    """Grow a tree with the loop alone and return the seconds."""
    from reasontree.plugins.policies.simulated import Simulated, SimulatedOptions

    policy = Instant(Simulated(SimulatedOptions()))
    run = Run(policy, grader=LastWord(), vote=MajorityVote(), scorers=[Confidence(Options(), policy)])
    search = Search(Problem("Q?"), GrowsTo(n_nodes), scorer="confidence", limits=Limits(max_depth=1000))
    started = time.perf_counter()
    list(run.searches([search]))
    assert len(search.tree) >= n_nodes
    return time.perf_counter() - started


def _fill(batch: object, rows: Sequence[tuple[int, int, int, bool]]) -> None:
    batch.n_tokens = len(rows)  # type: ignore[attr-defined]
    for i, (token, position, seq, wants_logits) in enumerate(rows):
        batch.token[i], batch.pos[i], batch.n_seq_id[i] = token, position, 1  # type: ignore[attr-defined]
        batch.seq_id[i][0], batch.logits[i] = seq, wants_logits  # type: ignore[attr-defined]
