"""The contract of a policy."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

from ..kinds import Policy
from ..models import ModelFile
from ..records import End, Limits, ModelInfo, Problem, Prompt, Sampling, Step, Until
from ..requests import UNLIMITED, Allowance, Booking, Proposal, ProposeRequest
from ..seeds import derive
from .driving import Asked, Children, drive
from .expecting import expect, expect_declared, surviving
from .given import expect_given, expect_logprobs

LIMITS = Limits(max_tokens=48, max_step_tokens=16, max_depth=8)
_SEEDS = tuple(derive(0, rank) for rank in range(8))
_PROBLEM = Problem("Tom has 3 bags with 4 apples each. How many apples are there?", "12")
_SOLUTION = (Step("4 + 4 = 8", (1, 2, 3), end=End.STOP),)
_UNTIL: tuple[Until, ...] = ("step", "end")


class PolicyContract:
    """What every policy keeps.

    Attributes:
        policy: The class under test.
        options: Its options by name, as a user would give them; the defaults if not given.
        model: The file that it opens, for a policy that needs one.
        address: The server or the like that it asks, for a policy that takes its address.
    """

    policy: ClassVar[type[Policy]]
    options: ClassVar[Mapping[str, Any]] = {}
    model: ClassVar[ModelFile | None] = None
    address: ClassVar[str] = ""

    def make(self) -> Policy:
        """Make the policy as a run makes it."""
        options = expect_declared("policy", self.policy, self.options)
        if self.policy.takes_model:
            return self.policy(options, self.model)  # type: ignore[call-arg]
        if self.policy.takes_address:
            return self.policy(options, self.address)  # type: ignore[call-arg]
        return self.policy(options)  # type: ignore[call-arg]

    def test_it_can_be_registered(self) -> None:
        """It has a name and options."""
        expect_declared("policy", self.policy, self.options)

    def test_it_tells_its_model_and_shows_a_problem(self) -> None:
        """`info` says what FLOPs are counted with, and `render` gives a prompt."""
        with self._opened() as policy:
            expect(
                isinstance(policy.info, ModelInfo), f"{self._who}: info is {policy.info!r}, not a ModelInfo"
            )
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
        """It keeps the allowance of tokens exactly, and hands in what there is once it is spent."""
        for n in (1, 7):
            with self._opened() as policy:
                children = self._ask(policy, until="end", allowance=Allowance(tokens=n))
                n_tokens = sum(len(step.tokens) for steps in children for step in steps)
                expect(n_tokens <= n, f"{self._who} gives {n_tokens} tokens under a budget of {n}")
                for steps in children:
                    ends = [step.end for step in steps]
                    expect(not ends or ends[-1], f"{self._who} leaves a branch open that the budget cut")

    def test_it_spends_nothing_when_nothing_is_left(self) -> None:
        """Where nothing is left from the start, children come back with nothing, or cut."""
        with self._opened() as policy:
            asked = self._drive(policy, [self._request(policy, allowance=Allowance(tokens=0))])
            strange = [step.end for steps in asked.children for step in steps if step.end is not End.CUT]
            n = asked.usage.tokens.generated
            expect(not n, f"{self._who} generates {n} tokens where none is left")
            expect(not strange, f"{self._who} ends steps with {strange} where no token is left")

    def test_it_hands_in_what_is_under_way_when_a_search_is_cut(self) -> None:
        """After `cut` nothing more is generated for a search, and its children come back as they are."""
        with self._opened() as policy:
            requests = [self._request(policy, search=search, until="end") for search in range(2)]
            first = policy.propose(requests)
            with surviving(self._who, "to cut a search"):
                policy.cut(1)
                policy.cut(99)
            rest = self._drive(policy, requests, first)
            cut, whole = rest.children[len(_SEEDS) :], rest.children[: len(_SEEDS)]
            open_ = [steps for steps in cut if steps and steps[-1].end is None]
            expect(not open_, f"{self._who} leaves {len(open_)} branches open that were cut")
            harmed = [steps for steps in whole if not steps or steps[-1].end is End.CUT]
            expect(not harmed, f"{self._who} cuts {len(harmed)} branches of another search")

    def test_it_books_what_it_generates(self) -> None:
        """Every token is told, and the computation of a model that has parameters."""
        with self._opened() as policy:
            asked = self._drive(policy, [self._request(policy, until="end")])
            n_tokens = sum(len(step.tokens) for steps in asked.children for step in steps)
            booked = asked.usage.tokens.generated
            expect(
                booked == n_tokens,
                f"{self._who} gives {n_tokens} tokens, and books {booked} as generated",
            )
            expect(
                asked.usage.flops.policy > 0 or not policy.info.parameters,
                f"{self._who} has {policy.info.parameters} parameters, and books no FLOPs",
            )

    def test_its_log_probabilities_fit_its_tokens(self) -> None:
        """There is one for each sampled token, or none at all; none is above 0."""
        with self._opened() as policy:
            expect_logprobs(self._who, self._ask(policy, until="end"))

    def test_it_samples_each_request_in_its_own_way(self) -> None:
        """Requests with samplings of their own come back side by side."""
        with self._opened() as policy:
            ways = Sampling(temperature=0.0), Sampling(temperature=1.5, top_k=5)
            requests = [
                self._request(policy, position=position, sampling=sampling, until="end")
                for position, sampling in enumerate(ways)
            ]
            children = self._drive(policy, requests).children
            expect(all(children), f"{self._who} gives no step where requests have samplings of their own")

    def test_it_lets_the_user_speak_again(self) -> None:
        """With `says`, the children reply, where nothing was said yet and to a finished solution."""
        with self._opened() as policy:
            if policy.takes_turns:
                chains = self._ask(policy, until="end")
                solution = next((steps for steps in chains if steps[-1].end is End.STOP), _SOLUTION)
                for path in (solution, ()):
                    self._expect_given(policy, path, says="Are you sure?")
                    self._expect_given(policy, path, says="Are you sure?", begins="No, since 3")

    def test_it_begins_a_step_with_a_given_text(self) -> None:
        """With `begins`, each child's text begins so, and what was given is neither sampled nor a step."""
        with self._opened() as policy:
            for begins in ("So 3", "Let me see.\n\nFirst, 3"):
                self._expect_given(policy, (), begins=begins)

    def _expect_given(
        self, policy: Policy, path: Sequence[Step], *, says: str = "", begins: str = ""
    ) -> None:
        """Ask for steps and for chains with something given, and look at what comes."""
        begins = begins if policy.takes_beginnings else ""
        for until in _UNTIL if says or begins else ():
            request = self._request(policy, path=path, until=until, says=says, begins=begins)
            with surviving(self._who, f"to be given {says or begins!r}"):
                asked = self._drive(policy, [request])
            policy.release(request.search)
            expect_given(self._who, request, asked.children, asked.usage)

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
            expect(finite, f"{self._who} gives hidden states that are not finite numbers")

    def test_it_forgets_a_search(self) -> None:
        """What was released never comes back, and a search that it does not know is not an error."""
        with self._opened() as policy:
            policy.propose([self._request(policy, until="end")])
            with surviving(self._who, "to release a search"):
                policy.release(0)
                policy.release(99)
            late = [
                proposal
                for _ in range(20)
                for proposal in policy.propose(())
                if isinstance(proposal, Proposal)
            ]
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
        allowance: Allowance = UNLIMITED,
        **more: Any,
    ) -> ProposeRequest:
        prompt = policy.render(_PROBLEM)
        return ProposeRequest(
            search=search,
            round=round,
            position=position,
            prefix=(Step(prompt.text, prompt.tokens), *path),
            seeds=_SEEDS[:n],
            until=until,
            limits=limits,
            allowance=allowance,
            **{"sampling": Sampling(temperature=1.0), **more},
        )

    def _ask(self, policy: Policy, **request: Any) -> Children:
        return self._drive(policy, [self._request(policy, **request)]).children

    def _drive(
        self, policy: Policy, requests: Sequence[ProposeRequest], handed: Sequence[Proposal | Booking] = ()
    ) -> Asked:
        return drive(self._who, policy, requests, handed)
