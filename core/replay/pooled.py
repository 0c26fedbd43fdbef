"""The policy and the scorers of a search over a recorded pool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from ..errors import ReplayError
from ..hookspecs import hookimpl
from ..kinds import Policy, Scorer, Strategy
from ..meter import Meter
from ..records import ModelInfo, Outcome, Prompt
from ..requests import Booking, Proposal, ProposeRequest, ScoreRequest, Scores
from ..search import Search
from ..seeds import derive
from ..trace import Trace
from .backed import BackedPolicy, BackedScorer
from .playback import Replayed
from .pool import Path, StepPool
from .terms import terms_of, terms_of_nodes

OnMiss = Literal["stop", "resample"]


class Drawing(Replayed):
    """A search of a recorded problem whose steps are drawn from what was recorded.

    Args:
        seed: Decides what is drawn, and is the strategy's too.
    """

    def __init__(self, trace: Trace, strategy: Strategy, *, scorer: str, seed: int) -> None:
        super().__init__(trace, strategy, scorer=scorer, seed=seed)
        self.given: set[tuple[int, str, str]] = set()  # behind which prefix what was given so far
        of_pool = derive(seed, trace.problem.index, "pool")
        self.pool = StepPool(trace.tree, seed=of_pool, terms_by_node=terms_of_nodes(trace))
        self.rng = np.random.default_rng(derive(seed, trace.problem.index, "again"))

    def plant(self, prompt: Prompt) -> None:
        """Give the tree the recorded root.

        Raises:
            ReplayError: If the scorer has scored nothing of it, or a model would show it in another way.
        """
        super().plant(prompt)
        known = {name for node in self.trace.tree for name in node.scores}
        if self.scorer and self.scorer not in known and len(self.trace.tree) > 1:
            raise ReplayError(
                f"Trace {self.trace.id} has no scores of '{self.scorer}'.",
                hint=f"It has scores of: {', '.join(sorted(known)) or 'nobody'}.",
            )


class PooledPolicy(BackedPolicy):
    """Proposes steps of recorded trees; also an observer that learns which searches draw from them.

    Args:
        on_miss: What to do where there are not enough: `stop` the search, or `resample` with replacement.
        live: Who proposes what is missing, if anybody does.
    """

    name = "pool"

    def __init__(self, info: ModelInfo, *, on_miss: OnMiss = "stop", live: Policy | None = None) -> None:
        super().__init__(info, live)
        self._on_miss = on_miss
        self._searches: dict[int, Drawing] = {}
        self._n_drawn: dict[tuple[int, int, int], int] = {}  # of requests that the live policy completes

    @hookimpl
    def search_started(self, search: Search) -> None:
        """Draw for a search, and book its prompt."""
        if isinstance(search, Drawing):
            self._searches[search.number] = search
            n_prompt = len(search.prompt.tokens)
            meter = Meter(self.info)
            meter.computed(0, n_prompt, prompt=n_prompt)
            search.ledger.book(meter.take())

    @hookimpl
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        """Forget it."""
        self._searches.pop(search.number, None)

    def search(self, number: int) -> Drawing:
        """Return the search of this number."""
        return self._searches[number]

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal | Booking]:
        """Draw all that is there, and leave the rest to the live policy."""
        drawn = [(request, self._draw(request)) for request in requests]
        missing = [
            replace(request, seeds=request.seeds[len(paths) :])
            for request, paths in drawn
            if len(paths) < len(request.seeds)
        ]
        if self.live is None:
            self._stop(missing)
        else:
            self._n_drawn |= {
                _place(each): len(paths) for each, paths in drawn if len(paths) < len(each.seeds)
            }
        proposals = [each for request, paths in drawn for each in self._proposals(request, paths)]
        return [*proposals, *self._shifted(self.live.propose(missing))] if self.live else proposals

    def _draw(self, request: ProposeRequest) -> list[Path]:
        search, width = self._searches[request.search], len(request.seeds)
        prefix, until, terms = request.prefix, request.until, terms_of(request, search.sampling)
        paths = search.pool.draw(prefix, width, until, terms)
        if self._on_miss == "resample":
            paths += search.pool.draw_again(prefix, width - len(paths), until, search.rng, terms)
        return paths

    def _proposals(self, request: ProposeRequest, paths: Sequence[Path]) -> Iterator[Proposal]:
        """Book what was drawn, and yield it, unless the search has ended for lack of more."""
        if self._searches[request.search].ledger.exhausted:
            return
        start = sum(len(step.tokens) for step in request.prefix)
        for child, path in enumerate(paths):
            steps = tuple(node.step for node in path)
            n_tokens, n_given = sum(len(step.tokens) for step in steps), steps[0].n_given
            n_new = n_given if self._is_given_anew(request) else 0
            meter = Meter(self.info)
            meter.sampled(n_tokens - n_given)
            meter.computed(start + n_given - n_new, start + n_tokens, prompt=n_new)
            place = request.search, request.round, request.position, child
            yield Proposal(*place, steps, meter.take())

    def _is_given_anew(self, request: ProposeRequest) -> bool:
        """Note what a request gives; return whether a model would have to compute it."""
        search = self._searches[request.search]
        what = search.pool.prefix(request.prefix), request.says, request.begins
        is_new = what not in search.given
        search.given.add(what)
        return is_new

    def _shifted(self, handed: Sequence[Proposal | Booking]) -> Iterator[Proposal | Booking]:
        """Number the live policy's children after those that were drawn."""
        for each in handed:
            if isinstance(each, Proposal):
                yield each._replace(child=self._n_drawn[_place(each)] + each.child)
            else:
                yield each

    def _stop(self, missing: Sequence[ProposeRequest]) -> None:
        """End the searches that lack steps, and say how many."""
        for number in dict.fromkeys(request.search for request in missing):
            search = self._searches[number]
            search.error = self._shortage(search, [each for each in missing if each.search == number])
            search.rounds.clear()
            search.ledger.stop("failed")

    def _shortage(self, search: Drawing, missing: Sequence[ProposeRequest]) -> ReplayError:
        first = missing[0]
        round = search.rounds[first.round]
        n_missing = sum(len(request.seeds) for request in missing)
        what = "steps" if first.until == "step" else "chains"
        expansion = round.expansions[first.position]
        return ReplayError(
            f"Round {round.number} over trace {search.trace.id} asks for {round.n_children} {what}, "
            f"{n_missing} more than the record has: node {expansion.node} wants {expansion.width} and has "
            f"{expansion.width - len(first.seeds)}.",
            hint="Try a smaller width, --on-miss resample, or go on live with --model."
            if self._on_miss == "stop"
            else "Nothing was recorded there to draw again; go on live with --model.",
        )


class PooledScorer(BackedScorer):
    """Answers with the scores that a scorer gave to the recorded steps.

    Args:
        live: Who scores the live policy's steps.
    """

    def __init__(self, name: str, policy: PooledPolicy, live: Scorer | None = None) -> None:
        super().__init__(name, live)
        self._policy = policy
        self._known: dict[tuple[int, int], dict[int, float]] = {}  # of requests that the live one completes

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores | Booking]:
        """Return recorded scores, with the live scorer's for other nodes."""
        answers: list[Scores | Booking] = []
        unknown: list[ScoreRequest] = []
        for request in requests:
            known, others = self._split(request)
            if self.live is not None and others:
                self._known[request.search, request.round] = known
                scored = {node: {self.name: score} for node, score in known.items()}
                unknown.append(request.only(others, scored))
            else:
                answers.append(Scores(request.search, request.round, self.name, known))
        if self.live is not None:
            handed = self.live.score(unknown)
            answers += (self._completed(each) if isinstance(each, Scores) else each for each in handed)
        return answers

    def _split(self, request: ScoreRequest) -> tuple[dict[int, float], list[int]]:
        """Return the recorded scores, and the places of nodes that were not recorded."""
        pool = self._policy.search(request.search).pool
        known: dict[int, float] = {}
        others: list[int] = []
        for place, (node, path) in enumerate(zip(request.nodes, request.paths, strict=True)):
            recorded = pool.node(path[-1])
            if recorded is None:
                others.append(place)
            elif self.name in recorded.scores:
                known[node] = recorded.scores[self.name]
        return known, others

    def _completed(self, scores: Scores) -> Scores:
        known = self._known.pop((scores.search, scores.round), {})
        return scores._replace(by_node={**known, **scores.by_node})


def _place(of: ProposeRequest | Proposal) -> tuple[int, int, int]:
    return of.search, of.round, of.position
