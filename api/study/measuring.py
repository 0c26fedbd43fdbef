"""From recorded searches to cells: how often each way of solving is right, and what it takes.

Searches count by what they are, whoever recorded them. Those of independent chains are pooled: of m chains of
a problem, a vote over n of them is measured as the mean over subsets of n (`store.analysis.curves`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from ...core.assembly import SearchSide
from ...core.errors import ReplayError
from ...core.kinds import Grader, Vote
from ...core.meter import flops_of_span
from ...core.records import Solution
from ...core.run_record import RunRecord
from ...core.spec import RunSpec
from ...core.trace import Trace
from ...core.vote import conclude, solutions_of
from ...plugins import registry
from ...store.analysis.chains import chains_of
from ...store.analysis.curves import ProblemChains, chances_of, subsets
from ...store.analysis.voting_limit import voting_limit
from ...store.database import Database
from ...store.filters import Filters
from .cells import Cell, Floats, Limit
from .grouping import SearchGroup, groups_of
from .plan import label_of

_N_SUBSETS = 1000
_LIMITED = {"majority": False, "weighted": True}  # votes whose limit is known, and whether scores count
_STRATEGY_OF_VOTE = {"majority": "majority", "weighted": "weighted-majority", "best": "best-of-n"}


class Measurement(NamedTuple):
    """What a database says of all ways of solving that it has.

    Attributes:
        cells: Model by model, strategy by strategy, fewest samples first.
        limits: What votes come to with endless samples.
    """

    cells: tuple[Cell, ...]
    limits: tuple[Limit, ...]


def measure(
    database: Database,
    *,
    samples: Sequence[int] = (),
    votes: Sequence[str] = (),
    filters: Filters | None = None,
    seed: int = 0,
) -> Measurement:
    """Measure every way of solving that a database has.

    Args:
        samples: Numbers of chains at which votes are measured, as far as they were recorded; if empty, powers
            of two, and as many as there are.
        votes: Votes to look at besides those that searches had, and majority, weighted and best over chains.
        filters: Which searches; all live ones if not given.
        seed: Of the subsets and draws.

    Raises:
        ReasonError: If a trace cannot be read, there is none with a right answer, or a vote is unknown.
    """
    cells: list[Cell] = []
    limits: list[Limit] = []
    for group in groups_of(database, filters or Filters(kind="live")):
        with closing(SearchSide(group.record.spec, registry()).grader()) as grader:
            if group.is_chains:
                found, its_limits = _Chains(group, grader, samples, votes, seed).measured()
                limits += its_limits
            else:
                own = group.record.spec.vote
                others = votes if samples_of(group.record.spec) > 1 else ()
                found = [_tree_cell(group, grader, vote) for vote in dict.fromkeys([own, *others])]
            cells += found
    if not cells:
        raise ReplayError(
            f"{database.name} has no finished searches of problems with right answers.",
            hint="'reason bench' makes some.",
        )
    order = {name: place for place, name in enumerate(_STRATEGY_ORDER)}
    cells.sort(key=lambda each: (each.dataset, each.model, order.get(each.plugin, 99), each.strategy, each.n))
    return Measurement(tuple(cells), tuple(limits))


_STRATEGY_ORDER = ("greedy", "majority", "weighted-majority", "best-of-n")


def _tree_cell(group: SearchGroup, grader: Grader, vote: str) -> Cell:
    """Measure searches that grow trees: each is one sample of what its problem comes to.

    Args:
        vote: The searches' own, or another one over the same solutions.
    """
    spec = group.record.spec
    is_own = vote == spec.vote
    other = None if is_own else SearchSide(RunSpec(vote=vote), registry()).vote()
    columns = _Columns()
    for traces in group.searched():
        columns.add([_of_tree(trace, grader, other) for trace in traces])
    return columns.cell(
        group,
        group.searched(),
        plugin=spec.strategy,
        strategy=label_of(spec) + ("" if vote == _usual_vote(spec.strategy) else f" vote={vote}"),
        scorer=spec.scorer if spec.strategy != "greedy" else "",
        vote=vote,
        n=samples_of(spec),
        is_implied=not is_own,
        settings=_settings(group.record),
        seconds=[
            float(np.mean([trace.tokens.generated for trace in traces])) * group.seconds_per_token
            for traces in group.searched()
        ],
    )


def _usual_vote(strategy: str) -> str:
    plugins = registry()
    return plugins.get("strategy", strategy).vote if strategy in plugins.names("strategy") else ""


class _Figures(NamedTuple):
    """What came of one search, or is expected of one with fewer chains; see `Cell`."""

    chance: float
    covers: float
    random: float
    tokens: float
    policy: float
    scorer_flops: float
    paper: float
    answers: float
    beginnings: float


def _of_tree(trace: Trace, grader: Grader, vote: Vote | None) -> _Figures:
    """Return what came of a search, by its own vote or by another one."""
    solutions = solutions_of(trace.tree, trace.record.spec.aggregation)
    right = [_is_right(each, trace, grader) for each in solutions]
    voters = [each for each in solutions if each.answer is not None]
    is_right = bool(trace.correct)
    if vote is not None:
        answer = conclude(solutions, vote, grader).answer
        is_right = any(
            hit
            for each, hit in zip(solutions, right, strict=True)
            if each.answer and each.answer.text == answer
        )
    return _Figures(
        chance=float(is_right),
        covers=float(any(right)),
        random=sum(right) / len(right) if right else 0.0,
        tokens=trace.tokens.generated,
        policy=trace.flops.policy,
        scorer_flops=trace.flops.scorer,
        paper=trace.flops.paper,
        answers=len(conclude(voters, _plain_vote(), grader).tallies),
        beginnings=len({each.path[0] for each in solutions if each.path}),
    )


def _is_right(solution: Solution, trace: Trace, grader: Grader) -> bool:
    gold = grader.reference(trace.problem.gold or "")
    if solution.answer is None or gold is None:
        return False
    own = grader.reference(solution.answer.text)
    return own is not None and grader.equivalent(gold, own)


def _plain_vote() -> Vote:
    return SearchSide(RunSpec(vote="majority"), registry()).vote()


class _Chains:
    """Measures votes over pooled chains, for every number of them."""

    def __init__(
        self, group: SearchGroup, grader: Grader, samples: Sequence[int], votes: Sequence[str], seed: int
    ) -> None:
        self._group = group
        self._asked = {*votes, *group.votes} - {*_STRATEGY_OF_VOTE}
        self._seed = seed
        spec = group.record.spec
        self._scorers = group.scorers()
        self._by_scorer: dict[str, list[ProblemChains]] = {
            scorer: [
                chains_of(*traces, grader=grader, aggregation=spec.aggregation, scorer=scorer)
                for traces in group.searched()
            ]
            for scorer in self._scorers or [""]
        }
        self._chains = next(iter(self._by_scorer.values()))
        lengths = sorted(map(len, self._chains))
        self._most = lengths[len(lengths) // 2]  # at least half of the problems have so many
        wanted = samples or {*(2**power for power in range(self._most.bit_length())), self._most}
        self._samples = sorted(n for n in wanted if n <= self._most)

    def measured(self) -> tuple[list[Cell], list[Limit]]:
        """Return a cell for every vote, scorer and number of chains, and the limits of votes."""
        cells, limits = [], []
        for vote, scorer in self._votes():
            if vote in _LIMITED:
                limits.append(self._limit(vote, scorer))
            cells += [self._cell(vote, scorer, n) for n in self._samples]
        return cells, limits

    def _votes(self) -> Iterator[tuple[str, str]]:
        """Yield majority, and the others with each scorer; those beyond three where a run asked for them."""
        yield "majority", ""
        others = ["weighted", "best", *sorted(self._asked)]
        for scorer in self._scorers:
            yield from ((vote, scorer) for vote in others)

    def _cell(self, vote: str, scorer: str, n: int) -> Cell:
        made = {vote: SearchSide(RunSpec(vote=vote), registry()).vote()}
        rng = np.random.default_rng([self._seed, n])
        columns = _Columns()
        per_token = self._group.seconds_per_token
        having = [
            each
            for each in zip(self._by_scorer.get(scorer, self._chains), self._group.searched(), strict=True)
            if len(each[0]) >= n
        ]
        for chains, traces in having:
            chosen = subsets(len(chains), n, _N_SUBSETS, rng)
            chances = chances_of(chains, chosen, made)
            columns.add([_of_chains(chains, traces, n, chances[vote], chances["pass"], chosen)])
        spec = self._group.record.spec
        return columns.cell(
            self._group,
            [traces for _, traces in having],
            plugin=_STRATEGY_OF_VOTE.get(vote, "majority"),
            strategy=_STRATEGY_OF_VOTE.get(vote, f"majority vote={vote}"),
            scorer=scorer,
            vote=vote,
            n=n,
            is_implied=n < self._most or vote != spec.vote,
            settings=_settings(self._group.record),
            seconds=[tokens * per_token for tokens in columns.values("tokens")],
        )

    def _limit(self, vote: str, scorer: str) -> Limit:
        chains = self._by_scorer.get(scorer, self._chains)
        return Limit(
            dataset=self._group.dataset,
            model=self._group.model,
            strategy=_STRATEGY_OF_VOTE[vote],
            scorer=scorer,
            n_chains=min(map(len, chains)),
            accuracy=voting_limit(chains, is_weighted=_LIMITED[vote], seed=self._seed),
        )


def _of_chains(
    chains: ProblemChains, traces: Sequence[Trace], n: int, chance: float, covers: float, chosen: Any
) -> _Figures:
    """Scale what the recorded chains took down to n of them: the prompt is read once, the rest n times."""
    model, m = traces[0].record.model, len(chains)
    n_drawn = sum(len(trace.tree.ended) for trace in traces)
    n_prompt = len(traces[0].prompt.tokens)
    prompt = sum(flops_of_span(model, n_prompt - each.tokens.prompt, n_prompt) for each in traces) / len(
        traces
    )
    policy = sum(trace.flops.policy for trace in traces) - prompt * len(traces)
    right = np.append(chains.right, False)[chains.classes]
    of_class = chains.classes[:, None] == np.arange(len(chains.right))  # (m, classes)
    answers = ((chosen.T.astype(np.float64) @ of_class) > 0).sum(axis=1).mean() if len(chains.right) else 0.0
    return _Figures(
        chance=chance,
        covers=covers,
        random=float(right.mean()),
        tokens=n * chains.n_tokens,
        policy=prompt + policy * n / n_drawn,
        scorer_flops=sum(trace.flops.scorer for trace in traces) * n / n_drawn,
        paper=2.0 * model.parameters * n * chains.n_tokens,
        answers=float(answers),
        beginnings=float(min(n, m)),
    )


@dataclass(slots=True)
class _Columns:
    """Figures by problem; those of several searches of one problem are averaged."""

    rows: list[_Figures] = field(default_factory=list)

    def add(self, searches: Sequence[_Figures]) -> None:
        """Add a problem."""
        self.rows.append(_Figures(*(float(np.mean(each)) for each in zip(*searches, strict=True))))

    def values(self, name: str) -> Floats:
        """Return one figure of every problem."""
        return np.array([getattr(row, name) for row in self.rows], dtype=np.float64)

    def cell(
        self,
        group: SearchGroup,
        searched: Sequence[Sequence[Trace]],
        *,
        seconds: Iterable[float],
        **more: Any,
    ) -> Cell:
        """Make the cell."""
        figures: dict[str, Any] = {name: self.values(name) for name in _Figures._fields}
        return Cell(
            dataset=group.dataset,
            model=group.model,
            problems=tuple(f"{each[0].problem.dataset}:{each[0].problem.index}" for each in searched),
            seconds=np.array([*seconds], dtype=np.float64),
            n_searches=sum(map(len, searched)),
            **figures,
            **more,
        )


def samples_of(spec: RunSpec) -> int:
    """Return how many solutions a strategy looks for."""
    options: Mapping[str, Any] = spec.strategy_options
    return int(options.get("width") or options.get("solutions") or 1)


def _settings(record: RunRecord) -> Mapping[str, Any]:
    """Return what a person needs to search in this way: fields of a run's specification."""
    spec = record.spec
    return {
        "strategy": spec.strategy,
        "strategy_options": dict(spec.strategy_options),
        "sampling": dict(spec.sampling),
        "limits": spec.to_dict(whole=True)["limits"],
        "budget": spec.to_dict(whole=True)["budget"],
        "policy": spec.policy,
        "model": spec.model,
        "prompt": spec.prompt,
        "prompt_format": record.model.prompt_format,
        "aggregation": spec.aggregation,
        "parameters": record.model.parameters,
    }
