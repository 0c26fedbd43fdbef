"""The chosen plugins as hooks of a run; whatever one of them raises is answered with its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .blame import blamed, blaming
from .hookspecs import hookimpl
from .interfaces import Grader, Policy, Scorer, Vote
from .records import (
    Answer,
    Expansion,
    Outcome,
    Problem,
    Prompt,
    Proposal,
    ProposeRequest,
    ScoreRequest,
    Scores,
    Solution,
    Verdict,
)
from .search import Search
from .vote import conclude

Who = Callable[[str, str], str]


class StrategyHooks:
    """Every search's own strategy."""

    @hookimpl
    def select(self, search: Search) -> Sequence[Expansion]:
        return search.strategy.select(search.tree)


class PolicyHooks:
    """The run's policy."""

    def __init__(self, policy: Policy, who: Who) -> None:
        self._policy = policy
        self._who = who("policy", policy.name)

    def render(self, problem: Problem) -> Prompt:
        with blaming(self._who):
            return self._policy.render(problem)

    @hookimpl
    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        with blaming(self._who):
            proposals = list(self._policy.propose(requests))
            for proposal in proposals:
                if not isinstance(proposal, Proposal):
                    raise TypeError(f"it proposed {proposal!r:.60} where a Proposal is wanted")
            return proposals

    @hookimpl(tryfirst=True)  # whatever an observer raises, the cells are free
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        with blaming(self._who):
            self._policy.release(search.number)


class ScorerHooks:
    """One scorer. Where it raises, only the searches end that it cannot score, as far as that can be told."""

    def __init__(self, scorer: Scorer, who: Who) -> None:
        self._scorer = scorer
        self._who = who("scorer", scorer.name)
        self._due: dict[tuple[int, int], ScoreRequest] = {}

    @hookimpl
    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        self._due |= {(request.search, request.round): request for request in requests}
        try:
            return self._ask(requests)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            return self._ask_apart(requests, error)

    @hookimpl
    def search_finished(self, search: Search) -> None:
        self._due = {key: request for key, request in self._due.items() if key[0] != search.number}

    def _ask(self, requests: Sequence[ScoreRequest]) -> list[Scores]:
        """Ask the scorer; what it answered already, or whose search is gone, is left out."""
        answers = {(answer.search, answer.round): answer for answer in self._scorer.score(requests)}
        due = [(answer, self._due.pop(key, None)) for key, answer in answers.items()]
        return [self._checked(answer, request) for answer, request in due if request is not None]

    def _ask_apart(self, requests: Sequence[ScoreRequest], error: Exception) -> list[Scores]:
        """Ask again for each search on its own; if there is but one, give up all that are waited for."""
        searches = dict.fromkeys(request.search for request in requests)
        if len(searches) < 2:
            return self._give_up(error, list(self._due))
        answers: list[Scores] = []
        for search in searches:
            own = [each for each in requests if each.search == search and (search, each.round) in self._due]
            try:
                answers += self._ask(own) if own else ()
            except Exception as again:  # noqa: BLE001 - a plugin may raise anything
                answers += self._give_up(again, [key for key in self._due if key[0] == search])
        return answers

    def _give_up(self, error: Exception, keys: Sequence[tuple[int, int]]) -> list[Scores]:
        named = blamed(self._who, error)
        return [Scores(*key, self._scorer.name, {}, named) for key in keys if self._due.pop(key, None)]

    def _checked(self, answer: Scores, request: ScoreRequest) -> Scores:
        """Return the answer with plain floats; or with an error, if it is none to this request."""
        try:
            if answer.error is not None:
                raise answer.error
            strange = sorted(set(answer.by_node).difference(request.nodes))
            if strange:
                raise ValueError(f"it scored nodes that it was not asked for: {strange}")
            return answer._replace(by_node={node: float(score) for node, score in answer.by_node.items()})
        except Exception as error:  # noqa: BLE001 - a plugin may answer anything
            return answer._replace(by_node={}, error=blamed(self._who, error))


class NamedGrader:
    """The run's grader."""

    def __init__(self, grader: Grader, who: Who) -> None:
        self.name = grader.name
        self.close = grader.close
        self._grader = grader
        self._who = who("grader", grader.name)

    def extract(self, text: str) -> Answer | None:
        with blaming(self._who):
            return self._grader.extract(text)

    def reference(self, text: str) -> Answer | None:
        with blaming(self._who):
            return self._grader.reference(text)

    def equivalent(self, one: Answer, other: Answer) -> bool:
        with blaming(self._who):
            return self._grader.equivalent(one, other)


class VoteHooks:
    """The run's vote."""

    def __init__(self, vote: Vote, grader: Grader, who: Who) -> None:
        self._vote = vote
        self._grader = grader
        self._who = who("vote", vote.name)

    @hookimpl
    def conclude(self, search: Search, solutions: Sequence[Solution]) -> Verdict:
        with blaming(self._who):
            return conclude(solutions, self._vote, self._grader)
