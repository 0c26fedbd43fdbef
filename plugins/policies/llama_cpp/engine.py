"""The scheduler: all branches of all searches in one batched decode.

A job is an expansion. Its stem computes what of the prefix is not in the cache; from the stem's last logits
every child samples its first token; then the children are branches of their own. Whenever a branch ends its
step, its place goes to the next one that waits, and prefill shares the batch with decoding branches.

Which branch runs when is a function of the work alone, never of the clock, so that the same seed gives the
same tree.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ....core.ledger import Ledger
from ....core.records import End, Proposal, ProposeRequest
from .boundary import StepReader
from .branch import Branch, Job
from .context import Context, Span
from .prefix_tree import PrefixTree
from .sampler import Sampler

_WORTH_WAITING_FOR = 64  # tokens of a prefix that another stem is computing just now


class Share(NamedTuple):
    """What a branch puts into a batch."""

    branch: Branch
    n_tokens: int


@dataclass(slots=True)
class Counters:
    """What the engine has done.

    Attributes:
        n_decodes: Batches that were run.
        n_decoded: Tokens in them.
        n_sampled: Tokens that were sampled.
        width_sum: Branches that sampled, summed over all decodes.
        n_evictions: Sequences that lost their cells to make room.
        max_cells: The most cells that were in use at once.
    """

    n_decodes: int = 0
    n_decoded: int = 0
    n_sampled: int = 0
    width_sum: int = 0
    n_evictions: int = 0
    max_cells: int = 0


class Engine:
    """Drives branches over one context.

    Args:
        n_branches: How many branches are decoded at once.
        delimiter: The text that ends a step.
        stops: Texts that end a solution.
    """

    def __init__(
        self, context: Context, *, n_branches: int, delimiter: str, stops: tuple[str, ...] = ()
    ) -> None:
        self.context = context
        self.counters = Counters()
        self._model = context.model
        self._n_branches = n_branches
        self._delimiter = delimiter
        self._stops = stops
        self._cache = PrefixTree()
        self._free_seqs = list(range(context.size.n_seqs - 1, -1, -1))
        self._parked: dict[int, int] = {}  # sequence → its search, least recently used first
        self._waiting: deque[Branch] = deque()
        self._active: list[Branch] = []
        self._ledgers: dict[int, Ledger] = {}
        self._expanded: dict[int, set[tuple[int, ...]]] = {}  # prefixes that each search has expanded
        self._n_jobs = 0
        self._done: list[Proposal] = []

    @property
    def n_cells(self) -> int:
        """Cells in use."""
        return self._cache.n_cells

    @property
    def max_length(self) -> int:
        """Tokens that one branch may have, prompt included."""
        trained = self._model.info.n_context
        return min(self.context.size.n_cells, trained or self.context.size.n_cells)

    def submit(self, request: ProposeRequest) -> None:
        """Take an expansion."""
        prefix = tuple(token for step in request.prefix for token in step.tokens)
        expanded = self._expanded.setdefault(request.search, set())
        n_known = len(prefix) if prefix in expanded else len(prefix) - 1 if len(request.prefix) > 1 else 0
        expanded.add(prefix)
        self._ledgers[request.search] = request.ledger
        self._n_jobs += 1
        job = Job(self._n_jobs, request, prefix, len(request.prefix[0].tokens), n_known)
        self._waiting.append(Branch(job, list(prefix), n_known=n_known))

    def tick(self) -> list[Proposal]:
        """Run one decode and return the children that it completed."""
        self._cut_exhausted()
        self._admit()
        spans = self._plan()
        if spans:
            self._run(spans)
        done, self._done = self._done, []
        return done

    def release(self, search: int) -> None:
        """Forget a search: its branches, and the cells that only it holds."""
        for branch in [*self._active, *self._waiting]:
            if branch.job.request.search == search:
                self._retire(branch)
        for seq in [seq for seq, owner in self._parked.items() if owner == search]:
            self._free(seq)
        self._expanded.pop(search, None)
        self._ledgers.pop(search, None)

    # Admission: who may run, and where its cells come from.

    def _admit(self) -> None:
        while self._waiting and len(self._active) < self._n_branches:
            branch = self._waiting[0]
            held = self._cache.match(branch.tokens[:-1])
            if self._is_being_computed(branch, beyond=held.length + _WORTH_WAITING_FOR):
                return
            self._waiting.popleft()
            if held.seq in self._parked:  # used just now, so it is the last to be evicted
                self._parked[held.seq] = self._parked.pop(held.seq)
            branch.seq = self._take_seq(keep=held.seq)
            self._cache.fork(held.seq, branch.seq, held.length)
            if held.length:
                self.context.fork(held.seq, branch.seq, held.length)
            branch.n_computed = held.length
            if branch.child is not None and branch.n_known < len(branch.tokens):
                branch.job.request.ledger.book_reused(held.length)
            self._active.append(branch)

    def _is_being_computed(self, branch: Branch, beyond: int) -> bool:
        """Whether an active branch is on its way to hold more than `beyond` tokens of this one's prefix."""
        wanted = branch.tokens[:beyond]
        return beyond < len(branch.tokens) and any(
            other.n_computed < beyond <= len(other.tokens) and other.tokens[:beyond] == wanted
            for other in self._active
        )

    def _take_seq(self, keep: int) -> int:
        if not self._free_seqs:
            self._evict(next(seq for seq in self._parked if seq != keep))
        return self._free_seqs.pop()

    # One decode.

    def _plan(self) -> list[Share]:
        """Choose how many tokens of each active branch go into the next batch.

        Branches that decode come first, one token each; the rest of the batch is prefill.
        """
        room = self.context.size.n_batch
        plan: list[Share] = []
        for branch in sorted(self._active, key=lambda branch: branch.n_pending > 1):
            n_tokens = min(branch.n_pending, room)
            if n_tokens:
                plan.append(Share(branch, n_tokens))
                room -= n_tokens
        return plan

    def _run(self, plan: list[Share]) -> None:
        plan = self._make_room(plan)
        while plan and not self.context.decode([_span(branch, n) for branch, n in plan]):
            plan = self._make_room(plan, at_least=1)
        if not plan:
            return
        rows = itertools.accumulate(n_tokens for _, n_tokens in plan)
        ready = [
            (branch, row - 1) for (branch, n), row in zip(plan, rows, strict=True) if n == branch.n_pending
        ]
        for branch, n_tokens in plan:
            self._book(branch, n_tokens)
        self._count(plan, len(ready))
        for output, (branch, row) in enumerate(ready):
            if branch.child is None:
                self._sprout(branch, output, row)
            else:
                self._sample(branch, output, row)

    def _make_room(self, plan: list[Share], at_least: int = 0) -> list[Share]:
        """Evict until the batch fits: first parked sequences, then the youngest branches."""
        n_evicted = 0
        while True:
            missing = self._cache.n_cells + sum(n for _, n in plan) - self.context.size.n_cells
            if missing <= 0 and n_evicted >= at_least:
                return plan
            n_evicted += 1
            if self._parked:
                self._evict(next(iter(self._parked)))
            elif len(self._active) > 1:
                self._preempt(self._active[-1])
                plan = [share for share in plan if share.branch.seq >= 0]
            else:
                self._break_off(self._active[0], End.FAILED)
                return []

    def _book(self, branch: Branch, n_tokens: int) -> None:
        start, stop = branch.n_computed, branch.n_computed + n_tokens
        self._cache.extend(branch.seq, branch.tokens[start:stop])
        job = branch.job
        again = max(0, min(stop, branch.n_known) - start)
        prompt = max(0, min(stop, job.n_prompt) - start)
        job.request.ledger.book_computed(self._model.info, start, stop, prompt=prompt, recomputed=again)
        branch.n_computed = stop
        branch.n_known = max(branch.n_known, stop)

    def _count(self, plan: Sequence[Share], n_ready: int) -> None:
        counters = self.counters
        counters.n_decodes += 1
        counters.n_decoded += sum(n for _, n in plan)
        counters.width_sum += n_ready
        counters.max_cells = max(counters.max_cells, self._cache.n_cells)

    # What becomes of a branch.

    def _sprout(self, stem: Branch, output: int, row: int) -> None:
        """Sample every child's first token from the stem's logits; the children go to the front."""
        request = stem.job.request
        children = [self._child(stem, child) for child in range(len(request.seeds))]
        self._active.remove(stem)
        self._park(stem)
        for child in children:
            self._sample(child, output, row)
        alive = [child for child in children if child.sampler is not None]
        self._waiting.extendleft(reversed(alive))

    def _child(self, stem: Branch, child: int) -> Branch:
        request = stem.job.request
        before = "".join(step.text for step in request.prefix[1:])
        return Branch(
            stem.job,
            list(stem.tokens),
            child=child,
            n_known=len(stem.tokens),
            sampler=Sampler(request.sampling, request.seeds[child], self._model.n_vocab, stem.tokens),
            reader=StepReader(self._delimiter, self._stops, before),
            n_solution=len(stem.tokens) - stem.job.n_prompt,
        )

    def _sample(self, branch: Branch, output: int, row: int) -> None:
        request = branch.job.request
        if request.ledger.exhausted:
            return  # cut at the next tick, so that a budget of tokens is kept exactly
        assert branch.sampler is not None and branch.reader is not None, "only children sample"
        token = branch.sampler.sample(self.context.pointer, row)
        request.ledger.book_sampled(self._model.info)
        self.counters.n_sampled += 1
        branch.tokens.append(token)
        branch.step_tokens.append(token)
        branch.logprobs.append(self.context.logprob(output, token))
        branch.n_solution += 1
        branch.reader.feed(self._model.piece(token))
        self._judge(branch, token)

    def _judge(self, branch: Branch, token: int) -> None:
        """Decide whether a branch's step, or its whole solution, has ended."""
        assert branch.reader is not None, "only children sample"
        limits, until = branch.job.request.limits, branch.job.request.until
        if self._model.ends(token) or branch.reader.at_stop:
            self._finish(branch, End.STOP)
        elif branch.n_solution >= limits.max_tokens or len(branch.tokens) >= self.max_length:
            self._finish(branch, End.LENGTH)
        elif branch.reader.at_boundary:
            if until == "step":
                self._finish(branch, None)
            else:
                branch.end_step(None)
        elif until == "step" and len(branch.step_tokens) >= limits.max_step_tokens:
            self._finish(branch, End.LENGTH)

    def _finish(self, branch: Branch, end: End | None) -> None:
        branch.end_step(end)
        self._hand_in(branch, keep_cells=end is None)

    def _hand_in(self, branch: Branch, *, keep_cells: bool) -> None:
        request = branch.job.request
        assert branch.child is not None, "a stem hands in nothing"
        self._done.append(
            Proposal(request.search, request.round, request.position, branch.child, tuple(branch.steps))
        )
        if keep_cells and branch.seq >= 0:
            self._active.remove(branch)
            self._park(branch)
            branch.close()
        else:
            self._retire(branch)

    def _cut_exhausted(self) -> None:
        """Hand in what there is of every branch whose search may spend no more."""
        exhausted = {search for search, ledger in self._ledgers.items() if ledger.exhausted}
        if exhausted:
            for branch in [*self._active, *self._waiting]:
                if branch.job.request.search in exhausted:
                    self._break_off(branch, End.CUT)

    def _break_off(self, branch: Branch, end: End) -> None:
        """End a branch, or all children of a stem, with what there is."""
        if branch.child is not None:
            if branch.step_tokens:
                branch.end_step(end)
            self._hand_in(branch, keep_cells=False)
            return
        self._retire(branch)
        for child in range(len(branch.job.request.seeds)):
            self._hand_in(Branch(branch.job, [], child=child), keep_cells=False)

    # Sequences and their cells.

    def _park(self, branch: Branch) -> None:
        """Keep a branch's cells for those who may fork from them."""
        self._parked[branch.seq] = branch.job.request.search
        branch.seq = -1

    def _retire(self, branch: Branch) -> None:
        if branch in self._active:
            self._active.remove(branch)
        elif branch in self._waiting:
            self._waiting.remove(branch)
        if branch.seq >= 0:
            self._free(branch.seq)
            branch.seq = -1
        branch.close()

    def _preempt(self, branch: Branch) -> None:
        """Take a branch's cells; it waits in front and computes them again."""
        self._active.remove(branch)
        self._free(branch.seq)
        branch.seq, branch.n_computed = -1, 0
        self._waiting.appendleft(branch)
        self.counters.n_evictions += 1

    def _evict(self, seq: int) -> None:
        self._free(seq)
        self.counters.n_evictions += 1

    def _free(self, seq: int) -> None:
        self._parked.pop(seq, None)
        self._cache.drop(seq)
        self.context.drop(seq)
        self._free_seqs.append(seq)


def _span(branch: Branch, n_tokens: int) -> Span:
    start = branch.n_computed
    tokens = branch.tokens[start : start + n_tokens]
    return Span(branch.seq, start, tokens, wants_logits=n_tokens == branch.n_pending)
