"""What the benchmarks run: the same work through the engine and through plainer ways of doing it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from reasontree.core import (
    Answer,
    Expansion,
    Limits,
    Options,
    Problem,
    Proposal,
    ProposeRequest,
    Sampling,
    Step,
    Strategy,
    Tree,
)
from reasontree.core.run import Run
from reasontree.core.search import Search
from reasontree.plugins import registry
from reasontree.plugins.models.resolve import resolve
from reasontree.plugins.policies.llama_cpp import LlamaCpp
from reasontree.plugins.policies.llama_cpp.context import Context
from reasontree.plugins.policies.llama_cpp.library import library, usable_cores
from reasontree.plugins.policies.llama_cpp.policy import LlamaCppOptions
from reasontree.plugins.policies.llama_cpp.sampler import Sampler
from reasontree.plugins.scorers.confidence import Confidence
from reasontree.plugins.votes.majority import MajorityVote

N_BRANCHES = 16
MODEL = "qwen2.5-coder-0.5b-instruct"
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
    """Open the small model with as many branches as the plain loop has."""
    return LlamaCpp(LlamaCppOptions(branches=N_BRANCHES), resolve(MODEL, registry()))


def search_all(
    policy: LlamaCpp, strategies: Sequence[Strategy], limits: Limits, observers: Sequence[object] = ()
) -> Measured:
    """Run one search for each strategy, all at once."""
    scorers = [Confidence(Options(), policy)]
    run = Run(policy, grader=LastWord(), vote=MajorityVote(), scorers=scorers, observers=observers)
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


class BareLoop:
    """Decodes 16 branches from one prompt with nothing but ctypes: no scheduler, no text, no books.

    It has a context of its own beside the engine's, so that both can be measured in turns of a few decodes:
    a machine whose speed drifts from one minute to the next is then equally fast for both.
    """

    def __init__(self, policy: LlamaCpp, n_prompt: int, n_tokens: int) -> None:
        model, engine = policy.model, policy.engine.context
        self._context = Context(model, engine.size, LlamaCppOptions().hardware())
        self._memory = library().llama_get_memory(self._context.pointer)
        self._batch = library().llama_batch_init(512, 0, 1)
        self._prompt = model.tokenize(" ".join(QUESTIONS), special=False, begin=True)[:n_prompt]
        self._n_vocab, self._n_tokens = model.n_vocab, n_tokens
        self._samplers: list[Sampler] = []
        self._tokens: list[int] = []
        self._position = 0
        self.tokens, self.seconds = 0, 0.0

    def run(self, n_decodes: int) -> None:
        """Decode and sample; the prompt is not timed."""
        for _ in range(n_decodes):
            if self._position in (0, len(self._prompt) + self._n_tokens):
                self._begin()
            started = time.perf_counter()
            rows = [(token, self._position, seq, True) for seq, token in enumerate(self._tokens)]
            _fill(self._batch, rows)
            library().llama_decode(self._context.pointer, self._batch)
            self._tokens = [
                sampler.sample(self._context.pointer, row) for row, sampler in enumerate(self._samplers)
            ]
            self._position += 1
            self.seconds += time.perf_counter() - started
            self.tokens += N_BRANCHES

    def close(self) -> None:
        """Free the context."""
        self._end()
        library().llama_batch_free(self._batch)
        self._context.close()

    def _begin(self) -> None:
        self._end()
        lib, last = library(), len(self._prompt) - 1
        lib.llama_memory_clear(self._memory, False)
        _fill(self._batch, [(token, at, 0, at == last) for at, token in enumerate(self._prompt)])
        lib.llama_decode(self._context.pointer, self._batch)
        self._samplers = [Sampler(SAMPLING, seed, self._n_vocab) for seed in range(N_BRANCHES)]
        self._tokens = [sampler.sample(self._context.pointer, last) for sampler in self._samplers]
        for seq in range(1, N_BRANCHES):
            lib.llama_memory_seq_cp(self._memory, 0, seq, 0, len(self._prompt))
        self._position = len(self._prompt)

    def _end(self) -> None:
        for sampler in self._samplers:
            sampler.close()


class OneAfterTheOther:
    """Generates chains with llama-cpp-python's own `Llama`, one after the other."""

    def __init__(self, n_tokens: int) -> None:
        from llama_cpp import Llama

        path = resolve(MODEL, registry()).path
        self._llama = Llama(str(path), n_ctx=2048, n_threads=usable_cores(), verbose=False)
        self._n_tokens, self._n_chains = n_tokens, 0
        self._pieces: Iterator = iter(())
        self.tokens, self.seconds = 0, 0.0

    def run(self, n_decodes: int) -> None:
        """Generate as many tokens; the prompts are timed, as the engine's are."""
        started = time.perf_counter()
        for _ in range(n_decodes):
            if next(self._pieces, None) is None:
                self._begin()
            self.tokens += 1
        self.seconds += time.perf_counter() - started

    def close(self) -> None:
        """Free the model."""
        self._pieces = iter(())
        self._llama.close()

    def _begin(self) -> None:
        question = QUESTIONS[self._n_chains % len(QUESTIONS)]
        self._n_chains += 1
        self._pieces = self._llama.create_chat_completion(
            [{"role": "user", "content": question}],
            max_tokens=self._n_tokens,
            temperature=SAMPLING.temperature,
            top_k=SAMPLING.top_k,
            top_p=1.0,
            min_p=0.0,
            repeat_penalty=1.0,
            seed=self._n_chains,
            stream=True,
        )
        next(self._pieces)  # the role, before any token


class InTurns:
    """A policy that lets plainer ways run for as many decodes after every few of its own."""

    name = "in-turns"
    _N_DECODES = 2

    def __init__(self, policy: LlamaCpp, others: Sequence[BareLoop | OneAfterTheOther]) -> None:
        self._policy, self._others = policy, others
        self.info, self.render, self.release = policy.info, policy.render, policy.release
        self.cut = policy.cut
        self.counters = policy.counters
        self._n_calls = 0
        self.seconds_of_others = 0.0

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        self._n_calls += 1
        if self._n_calls % self._N_DECODES == 0:
            started = time.perf_counter()
            for other in self._others:
                other.run(self._N_DECODES)
            self.seconds_of_others += time.perf_counter() - started
        return self._policy.propose(requests)


def search_beside(
    policy: LlamaCpp, strategies: Sequence[Strategy], limits: Limits, *, llama: bool = False
) -> dict[str, Measured]:
    """Measure searches, the bare loop and, if wanted, `Llama` in turns of a few decodes."""
    others = {"bare": BareLoop(policy, 86, limits.max_tokens)}  # the questions' prompts have 82 to 91 tokens
    if llama:
        others["llama"] = OneAfterTheOther(limits.max_tokens)
    in_turns = InTurns(policy, [*others.values()])
    found = search_all(in_turns, strategies, limits)  # type: ignore[arg-type]
    for other in others.values():
        other.close()
    measured = {name: Measured(other.tokens, other.seconds) for name, other in others.items()}
    return {"search": replace(found, seconds=found.seconds - in_turns.seconds_of_others)} | measured


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
        self.cut = policy.cut  # type: ignore[attr-defined]
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
