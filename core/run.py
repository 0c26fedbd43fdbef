"""A run: the chosen plugins, wired to the hooks of a plugin manager of their own.

Whatever a plugin raises is answered with its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack

import pluggy

from .attribution import attributed, attributing, plain_name
from .batch import Batch, Finished
from .errors import UsageError
from .hookspecs import PROJECT, Searching, hookimpl
from .kinds import Grader, Policy, Scorer, Strategy, Vote
from .loop import Loop
from .records import Answer, Expansion, Outcome, Problem, Prompt, Solution, Verdict
from .requests import Booking, Proposal, ProposeRequest, ScoreRequest, Scores
from .search import Search
from .vote import conclude

Who = Callable[[str, str], str]


class Run:
    """One policy, its scorers, a grader and a vote, ready to search.

    Args:
        observers: Plugins that implement any of the hooks that tell of the search.
        who: Calls a plugin by kind and name, with its package, in the error if it raises.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        grader: Grader,
        vote: Vote,
        scorers: Sequence[Scorer] = (),
        aggregation: str = "last",
        observers: Iterable[object] = (),
        n_active: int = 64,
        who: Who = plain_name,
    ) -> None:
        self.policy = policy
        self.scorers = scorers
        self.grader = grader
        self.manager = _manager_of(())
        self.manager.register(_StrategyHooks(policy), "strategy")
        policy_hooks, named_grader = _PolicyHooks(policy, who), _NamedGrader(grader, who)
        self.manager.register(policy_hooks, f"policy:{policy.name}")
        self.manager.register(_VoteHooks(vote, named_grader, who), f"vote:{vote.name}")
        for scorer in scorers:
            self.manager.register(_ScorerHooks(scorer, who), f"scorer:{scorer.name}")
            with attributing(named := who("scorer", scorer.name)):
                self.manager.register(scorer, named)  # it may observe too
        _register(self.manager, observers)
        self._loop = Loop(
            self.manager.hook,
            render=policy_hooks.render,
            grader=named_grader,
            aggregation=aggregation,
            n_scorers=len(scorers),
            n_active=n_active,
            who=who,
        )

    def searches(self, searches: Iterable[Search]) -> Iterator[Finished]:
        """Run searches, and yield each one as it finishes."""
        return self._loop.run(searches)

    def submit(self, searches: Iterable[Search], observers: Iterable[object] = ()) -> Batch:
        """Take searches, which `tick` then works on, those of other batches beside them.

        Args:
            observers: Who is told of these searches alone.
        """
        return self._loop.submit(searches, _manager_of(observers).hook)

    def tick(self) -> bool:
        """Do one tick for all searches, and return whether any of them finished."""
        return self._loop.tick()

    def stop(self) -> None:
        """End all searches with what they have; may be called from a signal handler."""
        self._loop.stop()

    def close(self) -> None:
        """Free models and workers, each of them even if another one raises."""
        with ExitStack() as stack:
            stack.callback(self.policy.close)
            stack.callback(self.grader.close)
            for scorer in self.scorers:
                stack.callback(scorer.close)


def check_observers(observers: Iterable[object]) -> None:
    """Look whether observers can be told of anything.

    Raises:
        UsageError: If one of them has a hook that nobody knows, or is there twice.
    """
    _manager_of(observers)


def _manager_of(observers: Iterable[object]) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Searching)
    _register(manager, observers)
    return manager


def _register(manager: pluggy.PluginManager, observers: Iterable[object]) -> None:
    """Register observers.

    Raises:
        UsageError: If one of them has a hook that nobody knows, or is there twice.
    """
    for observer in observers:
        try:
            manager.register(observer)
            manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:  # a strange hook; the same one twice
            kind = type(observer)
            said = " ".join(str(error).split("\n")[-1].split())[:200]
            raise UsageError(
                f"Observer {kind.__qualname__} ({kind.__module__}) cannot be registered: {said}.",
                hint="Its methods that are marked with hookimpl are named as in core/hookspecs.py.",
            ) from error


class _StrategyHooks:
    """Every search's own strategy."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    @hookimpl
    def select(self, search: Search) -> Sequence[Expansion]:
        search.strategy.left = search.left
        expansions = tuple(search.strategy.select(search.tree) or ())
        for expansion in expansions:
            self._expect_able(search.strategy, expansion)
        return expansions

    def _expect_able(self, strategy: Strategy, expansion: Expansion) -> None:
        """Refuse what the policy cannot do.

        Raises:
            UsageError: If it takes no further turn, or no given beginning, and the expansion has one.
        """
        if expansion.says and not self._policy.takes_turns:
            lacks = "lets the user speak again, and policy '{}' takes no further turn"
        elif expansion.begins and not self._policy.takes_beginnings:
            lacks = "gives steps their beginning, and policy '{}' cannot take one"
        else:
            return
        raise UsageError(
            f"Strategy '{strategy.name}' {lacks.format(self._policy.name)}.",
            hint="Choose another policy, such as llama-cpp, or another strategy.",
        )


class _PolicyHooks:
    """The run's policy."""

    def __init__(self, policy: Policy, who: Who) -> None:
        self._policy = policy
        self._who = who("policy", policy.name)

    def render(self, problem: Problem) -> Prompt:
        with attributing(self._who):
            return self._policy.render(problem)

    @hookimpl
    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal | Booking]:
        with attributing(self._who):
            handed = list(self._policy.propose(requests))
            for each in handed:
                if not isinstance(each, Proposal | Booking):
                    raise TypeError(f"it proposed {each!r:.60} where a Proposal is wanted")
            return handed

    @hookimpl
    def search_stopped(self, search: Search) -> None:
        with attributing(self._who):
            self._policy.cut(search.number)

    @hookimpl(tryfirst=True)  # whatever an observer raises, the cells are free
    def search_finished(self, search: Search, outcome: Outcome) -> None:
        with attributing(self._who):
            self._policy.release(search.number)


class _ScorerHooks:
    """One scorer. Where it raises, only the searches end that it cannot score, as far as that can be told."""

    def __init__(self, scorer: Scorer, who: Who) -> None:
        self._scorer = scorer
        self._who = who("scorer", scorer.name)
        self._due: dict[tuple[int, int], ScoreRequest] = {}

    @hookimpl
    def search_stopped(self, search: Search) -> None:
        if not search.ledger.may_score:
            with attributing(self._who):
                self._scorer.cut(search.number)

    @hookimpl
    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores | Booking]:
        self._due |= {(request.search, request.round): request for request in requests}
        try:
            return self._ask(requests)
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            return self._ask_apart(requests, error)

    @hookimpl
    def search_finished(self, search: Search) -> None:
        self._due = {key: request for key, request in self._due.items() if key[0] != search.number}

    def _ask(self, requests: Sequence[ScoreRequest]) -> list[Scores | Booking]:
        """Ask the scorer; what it answered already, or whose search is gone, is left out."""
        handed = list(self._scorer.score(requests))
        answers = {(each.search, each.round): each for each in handed if not isinstance(each, Booking)}
        due = [(answer, self._due.pop(key, None)) for key, answer in answers.items()]
        checked = [self._checked(answer, request) for answer, request in due if request is not None]
        return [*(each for each in handed if isinstance(each, Booking)), *checked]

    def _ask_apart(self, requests: Sequence[ScoreRequest], error: Exception) -> list[Scores | Booking]:
        """Ask again for each search on its own; if there is but one, give up all that are waited for."""
        searches = dict.fromkeys(request.search for request in requests)
        if len(searches) < 2:
            return self._give_up(error, list(self._due))
        answers: list[Scores | Booking] = []
        for search in searches:
            own = [each for each in requests if each.search == search and (search, each.round) in self._due]
            try:
                answers += self._ask(own) if own else ()
            except Exception as again:  # noqa: BLE001 - a plugin may raise anything
                answers += self._give_up(again, [key for key in self._due if key[0] == search])
        return answers

    def _give_up(self, error: Exception, keys: Sequence[tuple[int, int]]) -> list[Scores | Booking]:
        named = attributed(self._who, error)
        return [Scores(*key, self._scorer.name, {}, named) for key in keys if self._due.pop(key, None)]

    def _checked(self, answer: Scores, request: ScoreRequest) -> Scores:
        """Return the answer with plain floats; or with an error, if it does not answer this request."""
        try:
            if answer.error is not None:
                raise answer.error
            strange = sorted(set(answer.by_node).difference(request.nodes))
            if strange:
                raise ValueError(f"it scored nodes that it was not asked for: {strange}")
            return answer._replace(by_node={node: float(score) for node, score in answer.by_node.items()})
        except Exception as error:  # noqa: BLE001 - a plugin may answer anything
            return answer._replace(by_node={}, error=attributed(self._who, error))


class _NamedGrader(Grader):
    """The run's grader."""

    def __init__(self, grader: Grader, who: Who) -> None:
        self.name = grader.name
        self._grader = grader
        self._who = who("grader", grader.name)

    def extract(self, text: str) -> Answer | None:
        with attributing(self._who):
            return self._grader.extract(text)

    def reference(self, text: str) -> Answer | None:
        with attributing(self._who):
            return self._grader.reference(text)

    def equivalent(self, one: Answer, other: Answer) -> bool:
        with attributing(self._who):
            return self._grader.equivalent(one, other)

    def close(self) -> None:
        self._grader.close()


class _VoteHooks:
    """The run's vote, or a search's own."""

    def __init__(self, vote: Vote, grader: Grader, who: Who) -> None:
        self._vote = vote
        self._grader = grader
        self._who = who

    @hookimpl
    def conclude(self, search: Search, solutions: Sequence[Solution]) -> Verdict:
        vote = search.vote or self._vote
        with attributing(self._who("vote", vote.name)):
            return conclude(solutions, vote, self._grader)
