"""The engine: all branches of all searches in one batched decode.

The stem of an expansion computes what of the prefix is not in the cache; from its last logits every child
samples its first token; then the children are branches of their own. The logits are kept, so that expanding a
prefix again computes nothing. Whenever a branch ends its step, its place goes to the next one that waits, and
prefill shares the batch with decoding branches.
"""

from __future__ import annotations

from collections.abc import Sequence

from ....core.meter import Meters
from ....core.records import End, Step
from ....core.requests import Booking, Proposal, ProposeRequest
from ....core.turns import reply_of
from .boundary import StepReader, StepRules
from .branch import NOTHING_GIVEN, Branch, Child, Given, Reader, Reading, ReadRequest, Stem, behind
from .context import Context, Span
from .counters import Counters
from .outputs import DecodedOutput, KeptOutputs
from .pool import Pool, Share
from .prompt import conversation
from .sampler import Sampler
from .sequences import Sequences

_KEPT_BYTES = 128 * 2**20  # some 200 prefixes, where a vocabulary has 150,000 tokens


class Engine:
    """Drives branches over one context.

    Args:
        n_branches: How many branches are decoded at once.
        delimiter, step_start, needs_content: What ends a step, as `PromptFormat` has it.
        stops: Texts that end a solution.

    Attributes:
        keeps_finished: Whether solutions that have ended keep their cells: for readers that will ask about
            them, or for a user who speaks again, from the first time on that one does.
    """

    def __init__(
        self,
        context: Context,
        *,
        n_branches: int,
        delimiter: str,
        stops: tuple[str, ...] = (),
        step_start: str = "",
        needs_content: bool = False,
    ) -> None:
        self.context = context
        self.counters = Counters()
        self.keeps_finished = False
        self.sequences = Sequences(context)
        self._pool = Pool(self.sequences, n_branches)
        self._model = context.model
        self._rules = StepRules(delimiter, stops, step_start, needs_content)
        self._meters = Meters(self._model.info)
        self._expanded: dict[int, set[tuple[int, ...]]] = {}  # prefixes that each search has expanded
        self._kept = KeptOutputs(_KEPT_BYTES)
        self._proposals: list[Proposal] = []
        self._readings: list[Reading] = []

    @property
    def max_length(self) -> int:
        """Tokens that one branch may have, prompt included."""
        trained = self._model.info.n_context
        return min(self.context.size.n_cells, trained or self.context.size.n_cells)

    @property
    def n_live_tokens(self) -> int:
        """Tokens of all active branches, counted for each branch on its own."""
        return sum(len(branch.tokens) for branch in self._pool.active)

    @property
    def n_active(self) -> int:
        """How many branches are decoded now."""
        return len(self._pool.active)

    def n_held(self, tokens: Sequence[int]) -> int:
        """Return how many tokens, from the first one on, need not be computed again."""
        return self.sequences.held(tokens)

    def propose(self, request: ProposeRequest, given: Given = NOTHING_GIVEN) -> None:
        """Take an expansion, with the tokens that are given to its children."""
        if request.wants_hidden:
            self.context.want_hidden()
        self.keeps_finished = self.keeps_finished or bool(request.says)
        stem = self._stem(request, given)
        prefix = stem.prefix
        output = self._kept.get(request.search, prefix, hidden=request.wants_hidden)
        if given.tokens and self._is_full(stem):
            self._hand_in_given(stem)
        elif output is None or self.n_held(prefix) < len(prefix):
            self._pool.add(stem)
        else:
            for child in self._sprout(stem, output):
                self._pool.add(child)

    def _stem(self, request: ProposeRequest, given: Given) -> Stem:
        before = conversation(self._model, request.prefix, goes_on=bool(request.says))
        prefix = (*before, *given.tokens)
        expanded = self._expanded.setdefault(request.search, set())
        # Nobody computed the last token that was sampled; where the user speaks behind it, it may have gone.
        n_uncomputed = before[-1:] == request.prefix[-1].tokens[-1:]
        n_computed = len(before) - n_uncomputed if len(request.prefix) > 1 else 0
        n_known = next((len(each) for each in (prefix, before) if each in expanded), n_computed)
        expanded.add(prefix)
        solution = () if request.says else reply_of(request.prefix[1:])
        return Stem(
            search=request.search,
            meter=self._meters.of(request.search, request.allowance),
            tokens=list(prefix),
            n_known=n_known,
            request=request,
            n_prompt=len(request.prefix[0].tokens),
            n_solution=sum(step.n_solution for step in solution) + len(given.begins),
            given=given,
        )

    def read(self, request: ReadRequest) -> None:
        """Take a text to be computed and asked about."""
        if any(question.hidden for question in request.questions):
            self.context.want_hidden()
        meter = self._meters.of(request.search, request.allowance)
        tokens = list(request.tokens)
        self._pool.add(Reader(search=request.search, meter=meter, tokens=tokens, request=request))

    def tick(self) -> list[Proposal | Booking]:
        """Run one decode and return what it took, and the children that it completed."""
        self._cut_exhausted()
        self._pool.admit()
        self._run(self._pool.plan(self.context.n_batch, self.context.size.n_seqs))
        done, self._proposals = self._proposals, []
        return [*self._meters.take(), *done]

    def take_readings(self, owner: object = None) -> list[Reading]:
        """Return an owner's readings that have been finished since its last call."""
        done = [reading for reading in self._readings if reading.owner is owner]
        self._readings = [reading for reading in self._readings if reading.owner is not owner]
        return done

    def release(self, search: int) -> None:
        """Forget a search: its branches, and the cells that only it holds."""
        self._pool.release(search)
        self._kept.release(search)
        self._expanded.pop(search, None)
        self._meters.release(search)

    def cut(self, search: int) -> None:
        """Generate nothing more for a search: its children are handed in with the next tick."""
        self._meters.cut(search)

    def cut_readings(self, search: int) -> None:
        """Read nothing more for a search: its readings are handed in with the next tick, unanswered."""
        self._meters.cut_scoring(search)

    # One decode: who runs, what goes into the batch, what comes out.

    def _run(self, plan: list[Share]) -> None:
        plan = self._make_room(plan)
        while plan and not self.context.decode([_span(share) for share in plan]):
            plan = self._make_room(plan, at_least=1)
        number = 0
        for share in plan:
            self._book(share)
            for position in share.outputs:
                self._answer(share.branch, self.context.output(number), position)
                number += 1
            if isinstance(share.branch, Reader) and not share.branch.n_pending:
                self._finish_reading(share.branch)
        self._count(plan)

    def _answer(self, branch: Branch, output: DecodedOutput, position: int) -> None:
        if isinstance(branch, Stem):
            self._pool.park(branch)
            self._kept.put(branch.search, branch.prefix, output.kept(hidden=branch.request.wants_hidden))
            self._pool.add_first(self._sprout(branch, output))
        elif isinstance(branch, Child):
            self._sample(branch, output)
        elif isinstance(branch, Reader):
            questions = branch.request.questions[len(branch.answers) :]
            for question in (each for each in questions if each.position == position):
                branch.answers.append(
                    output.hidden()
                    if question.hidden
                    else output.logits(question.tokens, normalised=question.normalised)
                )

    def _make_room(self, plan: list[Share], at_least: int = 0) -> list[Share]:
        """Evict until the batch fits: first parked sequences, then the youngest branches."""
        n_evicted = 0
        while plan:
            missing = self.sequences.n_cells + sum(share.n_tokens for share in plan)
            if missing <= self.context.size.n_cells and n_evicted >= at_least:
                break
            n_evicted += 1
            if self.sequences.evict_oldest():
                continue
            if self.n_active > 1:
                self._pool.preempt()
                self.counters.n_preemptions += 1
            else:
                self._break_off(self._pool.active[0], End.FAILED)
            plan = [share for share in plan if share.branch.seq >= 0]
        return plan

    def _book(self, share: Share) -> None:
        branch = share.branch
        start, stop = branch.n_computed, branch.n_computed + share.n_tokens
        self.sequences.extend(branch.seq, branch.tokens[start:stop])
        branch.n_computed = stop
        if isinstance(branch, Reader):
            branch.meter.scored(start, stop)
        else:
            again = max(0, min(stop, branch.n_known) - start)
            prompt = branch.n_not_sampled(start, stop) if isinstance(branch, Stem) else 0
            branch.meter.computed(start, stop, prompt=prompt, recomputed=again)
        branch.n_known = max(branch.n_known, stop)

    def _count(self, plan: Sequence[Share]) -> None:
        if plan:
            counters = self.counters
            counters.n_decodes += 1
            counters.n_decoded += sum(share.n_tokens for share in plan)
            counters.width_sum += sum(bool(share.outputs) for share in plan)
            counters.max_cells = max(counters.max_cells, self.sequences.n_cells)

    # What becomes of a branch.

    def _sprout(self, stem: Stem, output: DecodedOutput) -> list[Child]:
        """Sample every child's first token from the stem's output; return the children that go on."""
        children = [self._child(stem, number) for number in range(len(stem.request.seeds))]
        for child in children:
            self._sample(child, output)
        return [child for child in children if not child.is_closed]

    def _child(self, stem: Stem, number: int) -> Child:
        request = stem.request
        solution = () if request.says else reply_of(request.prefix[1:])
        before = "".join(step.text for step in solution)
        return Child(
            search=stem.search,
            meter=stem.meter,
            tokens=list(stem.tokens),
            n_known=len(stem.tokens),
            request=request,
            number=number,
            sampler=Sampler(request.sampling, request.seeds[number], self._model.n_vocab, stem.tokens),
            reader=StepReader(self._rules, before, given=request.begins),
            n_solution=stem.n_solution,
            given=stem.given,
        )

    def _sample(self, child: Child, output: DecodedOutput) -> None:
        if child.meter.exhausted:
            return  # cut at the next tick, so that a budget of tokens is kept exactly
        token = output.sample(child.sampler)
        child.meter.sampled()
        self.counters.n_sampled += 1
        child.tokens.append(token)
        child.step_tokens.append(token)
        child.logprobs.append(output.logits((token,), normalised=True)[0])
        child.n_solution += 1
        child.reader.feed(self._model.piece(token))
        self._judge(child, token, output)

    def _judge(self, child: Child, token: int, output: DecodedOutput) -> None:
        """Decide whether a child's step, or its whole solution, has ended."""
        limits, until = child.request.limits, child.request.until
        if self._model.ends(token) or child.reader.at_stop:
            self._finish(child, End.STOP, output)
        elif child.n_solution >= limits.max_tokens or len(child.tokens) >= self.max_length:
            self._finish(child, End.LENGTH, output)
        elif child.reader.at_boundary:
            if until == "step":
                self._finish(child, None, output)
            else:
                child.end_step(None, output)
        elif until == "step" and len(child.step_tokens) >= limits.max_step_tokens:
            self._finish(child, End.LENGTH, output)

    def _finish(self, child: Child, end: End | None, output: DecodedOutput) -> None:
        child.end_step(end, output)
        self._hand_in(child.request, child.number, child.steps)
        if (end is None or self.keeps_finished) and child.seq >= 0:
            self._pool.park(child)
        else:
            self._pool.retire(child)

    def _finish_reading(self, reader: Reader) -> None:
        self._readings.append(Reading(reader.request.key, tuple(reader.answers), reader.request.owner))
        self._pool.park(reader)

    def _hand_in(self, request: ProposeRequest, number: int, steps: Sequence[Step] = ()) -> None:
        self._proposals.append(
            Proposal(request.search, request.round, request.position, number, tuple(steps))
        )

    def _is_full(self, stem: Stem) -> bool:
        """Whether a limit leaves no room for a token behind the stem."""
        return stem.n_solution >= stem.request.limits.max_tokens or len(stem.tokens) >= self.max_length

    def _hand_in_given(self, stem: Stem) -> None:
        """Hand in children that have no room for more than what is given."""
        request = stem.request
        step = behind(stem.given, Step(request.begins, end=End.LENGTH), request.says)
        for number in range(len(request.seeds)):
            self._hand_in(request, number, [step])

    def _cut_exhausted(self) -> None:
        """Hand in what there is of every branch whose search may spend no more."""
        if self._meters.has_exhausted:
            for branch in [each for each in self._pool if not each.may_go_on]:
                self._break_off(branch, End.CUT)

    def _break_off(self, branch: Branch, end: End) -> None:
        """End a branch with what there is: a child's steps, a stem's children, a reader's answers."""
        self._pool.retire(branch)
        if isinstance(branch, Child):
            if branch.step_tokens:  # one that sampled nothing has no step, whatever was given
                branch.end_step(end)
            self._hand_in(branch.request, branch.number, branch.steps)
        elif isinstance(branch, Stem):
            for number in range(len(branch.request.seeds)):
                self._hand_in(branch.request, number)
        elif isinstance(branch, Reader):
            self._readings.append(Reading(branch.request.key, (), branch.request.owner))


def _span(share: Share) -> Span:
    start = share.branch.n_computed
    tokens = share.branch.tokens[start : start + share.n_tokens]
    return Span(share.branch.seq, start, tokens, [position - start for position in share.outputs])
