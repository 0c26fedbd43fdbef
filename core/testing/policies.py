"""The contract of a policy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from ..interfaces import Policy
from ..ledger import Budget, Ledger
from ..models import ModelFile
from ..records import End, Limits, ModelInfo, Problem, Prompt, ProposeRequest, Sampling, Step, Until
from ..seeds import derive
from .expecting import expect, expect_declared, surviving

LIMITS = Limits(max_tokens=48, max_step_tokens=16, max_depth=8)
_LONGEST_WAIT = 100_000  # calls
_SEEDS = tuple(derive(0, rank) for rank in range(8))
_PROBLEM = Problem("Tom has 3 bags with 4 apples each. How many apples are there?", "12")
_ROUND_OFF = 1e-6  # nats
Children = list[tuple[Step, ...]]


class PolicyContract:
    """What every policy keeps.

    Attributes:
        policy: The class under test.
        options: Its options by name, as a user would give them; the defaults if not given.
        model: The file that it opens, for a policy that needs one.
    """

    policy: ClassVar[type[Policy]]
    options: ClassVar[Mapping[str, Any]] = {}
    model: ClassVar[ModelFile | None] = None

    def make(self) -> Policy:
        """Make the policy as a run makes it."""
        options = expect_declared("policy", self.policy, self.options)
        policy: Policy = self.policy(options, self.model)  # type: ignore[call-arg]
        return policy

    def test_it_can_be_registered(self) -> None:
        """It has a name and options."""
        expect_declared("policy", self.policy, self.options)

    def test_it_tells_its_model_and_shows_a_problem(self) -> None:
        """`info` says what the ledger counts with, and `render` gives a prompt."""
        with self._opened() as policy:
            expect(isinstance(policy.info, ModelInfo), f"{self._who}: info is {policy.info!r}, no ModelInfo")
            prompt = policy.render(_PROBLEM)
            is_prompt = isinstance(prompt, Prompt) and bool(prompt.text or prompt.tokens)
            expect(is_prompt, f"{self._who} renders {prompt!r:.60}; a Prompt with text is wanted")

    def test_it_returns_every_child_once(self) -> None:
        """All requests of all searches come back, under their own numbers."""
        with self._opened() as policy:
            requests = [self._request(policy, search=i, position=i % 2, n=i + 1) for i in range(3)]
            self._drive(policy, requests)

    def test_a_step_is_one_step_and_a_chain_ends_once(self) -> None:
        """`until="step"` gives one step; of `until="end"` the last step alone has an end."""
        with self._opened() as policy:
            for steps in self._ask(policy, until="step"):
                expect(len(steps) == 1, f"{self._who} gives {len(steps)} steps where one was asked for")
            for steps in self._ask(policy, until="end"):
                ends = [step.end for step in steps]
                is_whole = bool(ends) and ends[-1] is not None and not any(ends[:-1])
                expect(is_whole, f"{self._who} gives a chain with the ends {ends}; one, the last, is wanted")

    def test_it_goes_on_from_its_own_steps(self) -> None:
        """A step that it proposed can be the prefix of the next request."""
        with self._opened() as policy:
            open_ = [steps for steps in self._ask(policy, until="step") if not steps[-1].end]
            for steps in open_[:2]:
                request = self._request(policy, path=steps, round=2, until="end")
                with surviving(self._who, "to go on from its own step"):
                    self._drive(policy, [request])

    def test_a_seed_names_a_child(self) -> None:
        """The same seeds give the same steps again, and different seeds different ones."""
        with self._opened() as policy, self._opened() as other:
            first, again = self._ask(policy, until="end"), self._ask(other, until="end")
            expect(first == again, f"{self._who} gives other steps under the same seeds")
            said = {"".join(step.text for step in steps) for steps in first}
            tokens = {tuple(step.tokens for step in steps) for steps in first}
            expect(len(said) > 1 or len(tokens) > 1, f"{self._who} gives the same chain under 8 seeds")

    def test_it_keeps_the_limits(self) -> None:
        """A solution at `max_tokens`, or a step at `max_step_tokens`, ends with `End.LENGTH`."""
        for until, limits in (("end", Limits(5, 100)), ("step", Limits(100, 3)), ("step", Limits(2, 100))):
            with self._opened() as policy:
                for steps in self._ask(policy, until=until, limits=limits):
                    n_tokens = sum(len(step.tokens) for step in steps)
                    most = min(limits.max_tokens, limits.max_step_tokens)
                    expect(n_tokens <= most, f"{self._who} gives {n_tokens} tokens; the limit is {most}")
                    ends = steps[-1].end if steps else None
                    is_over = ends is not None or (until == "step" and n_tokens < limits.max_tokens)
                    expect(is_over, f"{self._who} leaves a branch of {n_tokens} tokens open; {limits} hold")

    def test_it_keeps_a_budget_of_tokens(self) -> None:
        """It asks the ledger before each token, and hands in what there is once the ledger says no."""
        for n in (1, 7):
            with self._opened() as policy:
                ledger = Ledger(Budget(tokens=n))
                children = self._ask(policy, until="end", ledger=ledger)
                n_tokens = sum(len(step.tokens) for steps in children for step in steps)
                expect(n_tokens <= n, f"{self._who} gives {n_tokens} tokens under a budget of {n}")
                for steps in children:
                    ends = [step.end for step in steps]
                    expect(not ends or ends[-1], f"{self._who} leaves a branch open that the budget cut")

    def test_it_spends_nothing_when_nothing_is_left(self) -> None:
        """Where the ledger says no from the start, children come back with nothing, or cut."""
        with self._opened() as policy:
            ledger = Ledger()
            ledger.stop("interrupted")
            children = self._ask(policy, ledger=ledger)
            strange = [step.end for steps in children for step in steps if step.end is not End.CUT]
            n = ledger.generated
            expect(not n, f"{self._who} generates {n} tokens after the ledger has stopped")
            expect(not strange, f"{self._who} ends steps with {strange} after the ledger has stopped")

    def test_it_books_what_it_generates(self) -> None:
        """The ledger knows every token, and the computation of a model that has parameters."""
        with self._opened() as policy:
            ledger = Ledger()
            children = self._ask(policy, until="end", ledger=ledger)
            n_tokens = sum(len(step.tokens) for steps in children for step in steps)
            expect(
                ledger.generated == n_tokens,
                f"{self._who} gives {n_tokens} tokens, and books {ledger.generated} as generated",
            )
            expect(
                ledger.policy_flops > 0 or not policy.info.parameters,
                f"{self._who} has {policy.info.parameters} parameters, and books no FLOPs",
            )

    def test_its_log_probabilities_fit_its_tokens(self) -> None:
        """There is one for each token, or none at all; none is above 0."""
        with self._opened() as policy:
            for step in (step for steps in self._ask(policy, until="end") for step in steps):
                n, n_tokens = len(step.logprobs), len(step.tokens)
                expect(n in (0, n_tokens), f"{self._who} gives {n} log-probabilities for {n_tokens} tokens")
                is_logprob = all(math.isfinite(each) and each <= _ROUND_OFF for each in step.logprobs)
                expect(is_logprob, f"{self._who} gives log-probabilities above 0 nats: {step.logprobs[:8]}")

    def test_its_hidden_states_have_one_width(self) -> None:
        """Where they are asked for, each step has one of finite numbers, all equally wide; or none has."""
        with self._opened() as policy:
            children = self._ask(policy, until="end", wants_hidden=True)
            states = [step.hidden for steps in children for step in steps if step.end is not End.CUT]
            widths = {None if state is None else len(state) for state in states}
            expect(
                len(widths) <= 1, f"{self._who} gives hidden states of the widths {sorted(map(str, widths))}"
            )
            finite = all(math.isfinite(number) for state in states for number in state or ())
            expect(finite, f"{self._who} gives hidden states that are no finite numbers")

    def test_it_forgets_a_search(self) -> None:
        """What was released never comes back, and a search that it does not know is no error."""
        with self._opened() as policy:
            policy.propose([self._request(policy, until="end")])
            with surviving(self._who, "to release a search"):
                policy.release(0)
                policy.release(99)
            late = [proposal for _ in range(20) for proposal in policy.propose(())]
            expect(not late, f"{self._who} returns {len(late)} children of a search that was released")

    def test_it_survives_being_asked_nothing(self) -> None:
        """A call without requests and without work returns nothing."""
        with self._opened() as policy, surviving(self._who, "where nothing is asked"):
            expect(not policy.propose(()), f"{self._who} returns children where none was asked for")

    @property
    def _who(self) -> str:
        return f"policy '{self.policy.name}'"

    @contextmanager
    def _opened(self) -> Iterator[Policy]:
        policy = self.make()
        yield policy
        with surviving(self._who, "to close"):
            policy.close()

    def _request(
        self,
        policy: Policy,
        *,
        search: int = 0,
        round: int = 1,
        position: int = 0,
        n: int = len(_SEEDS),
        path: Sequence[Step] = (),
        until: Until = "step",
        limits: Limits = LIMITS,
        ledger: Ledger | None = None,
        wants_hidden: bool = False,
    ) -> ProposeRequest:
        prompt = policy.render(_PROBLEM)
        return ProposeRequest(
            search=search,
            round=round,
            position=position,
            prefix=(Step(prompt.text, prompt.tokens), *path),
            seeds=_SEEDS[:n],
            until=until,
            sampling=Sampling(temperature=1.0),
            limits=limits,
            ledger=ledger or Ledger(),
            wants_hidden=wants_hidden,
        )

    def _ask(self, policy: Policy, **request: Any) -> Children:
        return self._drive(policy, [self._request(policy, **request)])

    def _drive(self, policy: Policy, requests: Sequence[ProposeRequest]) -> Children:
        """Work until every child has come back, and return their steps in the order asked."""
        asked = [
            (each.search, each.round, each.position, child)
            for each in requests
            for child in range(len(each.seeds))
        ]
        found: dict[tuple[int, int, int, int], tuple[Step, ...]] = {}
        new = requests
        for _ in range(_LONGEST_WAIT):
            for proposal in policy.propose(new):
                key = proposal[:4]
                expect(key in asked, f"{self._who} returns the child {key}, which nobody asked for")
                expect(key not in found, f"{self._who} returns the child {key} twice")
                found[key] = tuple(proposal.steps)
            if len(found) == len(asked):
                break
            new = ()
        missing = [key for key in asked if key not in found]
        expect(
            not missing, f"{self._who} never returns the child {missing[:1]} (search, round, position, child)"
        )
        return [found[key] for key in asked]
