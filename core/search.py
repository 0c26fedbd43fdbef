"""One search: a problem, its tree, and the rounds that are under way. It does no work itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from .kinds import Left, Strategy, Vote
from .ledger import Ledger
from .records import Budget, End, Expansion, Limits, Problem, Prompt, RecordedRound, Sampling, Spent, Step
from .requests import Proposal, ProposeRequest, ScoreRequest
from .seeds import derive
from .tree import ROOT, Node, Tree


@dataclass(slots=True)
class Round:
    """What one call of `select` asked for, and what has come of it.

    Attributes:
        number: Counted from 1 within its search.
        asked: Which call of `select` it was, from 1: the search's `n_asked`.
        ranks: For each expansion, the ranks that its children take.
        nodes: For each expansion, the nodes that it added, by rank, chains from top to bottom.
    """

    number: int
    expansions: tuple[Expansion, ...]
    ranks: tuple[range, ...]
    asked: int = 0
    proposals: dict[tuple[int, int], Proposal] = field(default_factory=dict)
    nodes: list[list[int]] = field(default_factory=list)
    n_scorers_due: int = 0
    n_children: int = field(init=False)

    def __post_init__(self) -> None:
        self.n_children = sum(map(len, self.ranks))

    @property
    def complete(self) -> bool:
        """Whether every child has come back."""
        return len(self.proposals) == self.n_children

    @property
    def n_chains(self) -> int:
        """How many solutions it was asked to bring."""
        return sum(expansion.width for expansion in self.expansions if expansion.until == "end")

    def expects(self, proposal: Proposal) -> bool:
        """Whether a child was asked for."""
        position, child = proposal.position, proposal.child
        return 0 <= position < len(self.ranks) and 0 <= child < len(self.ranks[position])

    @property
    def added(self) -> list[int]:
        """All nodes of the round."""
        return [node for nodes in self.nodes for node in nodes]


class Search:
    """One problem's search.

    Args:
        number: What it is called in messages; no other search of the same `Run` has it.
        place: Its number among the searches that it was asked for with, as its trace has it; `number` if not
            given.
        seed: The run's seed; the problem's index is mixed in, so that a problem's tree does not depend on
            which other problems run beside it.
        scorer: The scorer whose scores lead the search.
        vote: Makes one answer of its solutions; the run's vote if not given.
        aggregation: How step scores make a solution's; the run's way if not given.
        wants_hidden: Whether a scorer reads the policy's hidden states.

    Attributes:
        left: What was left of the budget when the last round was settled.
        is_cut: Whether policy and scorers were told that it may spend no more.
        n_asked: How often the strategy has been asked, "nothing now" included: the only clock that a search
            needs to be replayed, since its tree changes between two calls and at no other time that matters.
        history: The rounds that have ended, in the order in which they did.
    """

    def __init__(
        self,
        problem: Problem,
        strategy: Strategy,
        *,
        number: int = 0,
        place: int | None = None,
        seed: int = 0,
        scorer: str = "",
        budget: Budget | None = None,
        limits: Limits | None = None,
        sampling: Sampling | None = None,
        vote: Vote | None = None,
        aggregation: str | None = None,
        wants_hidden: bool = False,
    ) -> None:
        self.problem = problem
        self.strategy = strategy
        self.number = number
        self.place = number if place is None else place
        self.seed = seed
        self.scorer = scorer
        self.limits = limits or Limits()
        self.sampling = sampling or Sampling()
        self.vote = vote
        self.aggregation = aggregation
        self.wants_hidden = wants_hidden
        self.budget = budget or Budget()
        self.ledger = Ledger(budget)
        self.is_cut = False
        self.prompt = Prompt("")
        self.tree = Tree(Step(""))
        self.left = self._what_is_left()
        self.rounds: dict[int, Round] = {}
        self.history: list[RecordedRound] = []
        self.n_rounds = 0
        self.n_asked = 0
        self._wants_nothing = False  # the strategy said so, and no round was settled since
        self.error: Exception | None = None
        self.started_s = 0.0

    def plant(self, prompt: Prompt) -> None:
        """Give the tree its root."""
        self.prompt = prompt
        seed = derive(self.seed, self.problem.index)
        self.tree = Tree(Step(prompt.text, prompt.tokens), seed=seed, scorer=self.scorer)

    @property
    def may_select(self) -> bool:
        """Whether the strategy may be asked now; never while nodes of the tree wait for their scores."""
        return (
            not self._wants_nothing
            and len(self.rounds) < self.strategy.max_rounds_in_flight
            and not self.ledger.exhausted
            and not any(round.n_scorers_due for round in self.rounds.values())
        )

    def open_round(self, expansions: Sequence[Expansion]) -> list[ProposeRequest]:
        """Begin a round and return its requests to the policy.

        Raises:
            ValueError: If an expansion names a node that is missing, or finished and not to be replied to.
        """
        for expansion in expansions:
            if expansion.node not in self.tree or not self.tree[expansion.node].takes(expansion.says):
                raise ValueError(f"node {expansion.node} is missing or finished and cannot be expanded")
        wanted = tuple(each for each in self._within_samples(expansions) if each.width > 0)
        if not wanted:
            self._wants_nothing = True
            return []
        self.n_rounds += 1
        ranks = tuple(self.tree.reserve(expansion.node, expansion.width) for expansion in wanted)
        self.rounds[self.n_rounds] = Round(self.n_rounds, wanted, ranks, self.n_asked)
        return [self._request(position) for position in range(len(wanted))]

    def _within_samples(self, expansions: Sequence[Expansion]) -> Iterator[Expansion]:
        """Narrow chains to what is left of the budget of samples; each brings one, steps perhaps none."""
        samples = self.ledger.budget.samples
        if samples is None:
            yield from expansions
            return
        left = samples - self.tree.n_ended - sum(round.n_chains for round in self.rounds.values())
        for expansion in expansions:
            if expansion.until == "end":
                expansion = expansion._replace(width=min(expansion.width, max(0, left)))
                left -= expansion.width
            yield expansion

    def grow(self, round: Round) -> ScoreRequest:
        """Put a complete round's children into the tree, in the order asked, and ask for their scores."""
        for position, (expansion, ranks) in enumerate(zip(round.expansions, round.ranks, strict=True)):
            nodes: list[int] = []
            for child, rank in enumerate(ranks):
                nodes += self._add(expansion, round.proposals[position, child], rank)
            round.nodes.append(nodes)
        added = tuple(round.added)
        parents = tuple(self.tree[node].parent or ROOT for node in added)
        steps_to: dict[int, tuple[Step, ...]] = {}  # a chain's paths extend each other
        for node, parent in zip(added, parents, strict=True):
            above = steps_to[parent] if parent in steps_to else self.tree.steps(parent)[1:]
            steps_to[node] = (*above, self.tree[node].step)
        paths = tuple(steps_to.values())
        known = {parent: self.tree[parent].scores for parent in parents if self.tree[parent].scores}
        return ScoreRequest(
            search=self.number,
            round=round.number,
            problem=self.problem,
            prompt=self.prompt,
            nodes=added,
            paths=paths,
            allowance=self.ledger.allowance,
            parents=parents,
            known=known,
        )

    def settle(self, round: Round, *, elapsed_s: float) -> None:
        """Let a round go whose nodes have their scores: the strategy may be asked again.

        Args:
            elapsed_s: The time since the search began.
        """
        del self.rounds[round.number]
        self.history.append(self.record(round, elapsed_s))
        self._wants_nothing = False
        self.left = self._what_is_left()

    def _what_is_left(self) -> Left:
        spent, budget = self.ledger.usage, self.budget
        flops = spent.flops.policy + spent.flops.scorer
        return Left(
            None if budget.samples is None else max(0, budget.samples - self.tree.n_ended),
            None if budget.tokens is None else max(0, budget.tokens - spent.tokens.generated),
            None if budget.flops is None else max(0.0, budget.flops - flops),
        )

    def record(self, round: Round, elapsed_s: float) -> RecordedRound:
        """Return what a trace keeps of a round that ends now."""
        return RecordedRound(
            number=round.number,
            expansions=round.expansions,
            first_ranks=tuple(ranks.start for ranks in round.ranks),
            asked=round.asked,
            ended=self.n_asked,
            spent=Spent(self.ledger.tokens, self.ledger.flops, elapsed_s),
        )

    def _add(self, expansion: Expansion, proposal: Proposal, rank: int) -> list[int]:
        if expansion.until == "end":
            nodes = self.tree.add_chain(expansion.node, proposal.steps, round=proposal.round, rank=rank)
            return [node.id for node in nodes]
        return [self._add_step(expansion, step, proposal.round, rank).id for step in proposal.steps]

    def _add_step(self, expansion: Expansion, step: Step, round: int, rank: int) -> Node:
        n_before = 0 if step.said else self.tree[expansion.node].n_steps
        too_deep = n_before + 1 >= self.limits.max_depth
        end = step.end or (End.DEPTH if too_deep else None)
        return self.tree.add(expansion.node, step, round=round, rank=rank, end=end)

    def _request(self, position: int) -> ProposeRequest:
        round = self.rounds[self.n_rounds]
        expansion = round.expansions[position]
        node = self.tree[expansion.node]
        return ProposeRequest(
            search=self.number,
            round=round.number,
            position=position,
            prefix=self.tree.steps(node.id),
            seeds=tuple(derive(node.seed, rank) for rank in round.ranks[position]),
            until=expansion.until,
            sampling=expansion.sampling or self.sampling,
            limits=self.limits,
            allowance=self.ledger.allowance,
            wants_hidden=self.wants_hidden,
            says=expansion.says,
            begins=expansion.begins,
        )
