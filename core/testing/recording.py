"""Records what a policy and a scorer gave to a search, in memory, and gives it again without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ..kinds import Policy, Scorer
from ..records import ModelInfo, Problem, Prompt, Step
from ..requests import Proposal, ProposeRequest, ScoreRequest, Scores
from .expecting import ContractError

Place = tuple[int, str]  # a child's seed names its place in the tree; with it, whether a step or a chain


@dataclass(slots=True)
class Recording:
    """All steps by their places, and all scores by search and node."""

    info: ModelInfo = field(default_factory=lambda: ModelInfo(""))
    prompts: dict[str, Prompt] = field(default_factory=dict)
    steps: dict[Place, tuple[Step, ...]] = field(default_factory=dict)
    scores: dict[tuple[int, int], float] = field(default_factory=dict)


class RecordingPolicy:
    """Passes everything on to a policy, and keeps what it proposes."""

    def __init__(self, policy: Policy, recording: Recording) -> None:
        self._policy, self._recording = policy, recording
        self._places: dict[tuple[int, int, int, int], Place] = {}
        self.name, self.info = policy.name, policy.info
        self.takes_turns, self.takes_beginnings = policy.takes_turns, policy.takes_beginnings
        self.release, self.close = policy.release, policy.close
        recording.info = policy.info

    def render(self, problem: Problem) -> Prompt:
        """Keep the prompt."""
        self._recording.prompts[problem.text] = prompt = self._policy.render(problem)
        return prompt

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        """Keep every child's steps under its place."""
        for request in requests:
            for child, seed in enumerate(request.seeds):
                self._places[request.search, request.round, request.position, child] = seed, request.until
        proposals = [each for each in self._policy.propose(requests) if isinstance(each, Proposal)]
        for proposal in proposals:
            self._recording.steps[self._places[proposal[:4]]] = proposal.steps
        return proposals


class RecordedPolicy:
    """Gives again what was recorded, as records of its own; what was not recorded cannot be asked for."""

    name = "recorded"
    takes_turns = takes_beginnings = True

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.info = recording.info

    def render(self, problem: Problem) -> Prompt:
        """Show a recorded problem as it was shown."""
        return self._recording.prompts[problem.text]

    def propose(self, requests: Sequence[ProposeRequest]) -> Sequence[Proposal]:
        """Give every child again.

        Raises:
            ContractError: If a child was never recorded.
        """
        return [
            Proposal(request.search, request.round, request.position, child, self._steps(request, seed))
            for request in requests
            for child, seed in enumerate(request.seeds)
        ]

    def release(self, search: int) -> None:
        """Hold nothing of a search."""

    def close(self) -> None:
        """Hold nothing."""

    def _steps(self, request: ProposeRequest, seed: int) -> tuple[Step, ...]:
        steps = self._recording.steps.get((seed, request.until))
        if steps is None:
            path = "".join(step.text for step in request.prefix[1:])
            raise ContractError(f"round {request.round} asks for children of {path!r} that were not recorded")
        return tuple(replace(step) for step in steps)


class RecordingScorer:
    """Passes everything on to a scorer, and keeps its scores."""

    def __init__(self, scorer: Scorer, recording: Recording) -> None:
        self._scorer, self._recording = scorer, recording
        self.name, self.close = scorer.name, scorer.close

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Keep every node's score."""
        answers = [each for each in self._scorer.score(requests) if isinstance(each, Scores)]
        for answer in answers:
            for node, score in answer.by_node.items():
                self._recording.scores[answer.search, node] = score
        return answers


class RecordedScorer:
    """Gives recorded scores again, under the name of the scorer that made them."""

    def __init__(self, recording: Recording, name: str) -> None:
        self._recording = recording
        self.name = name

    def score(self, requests: Sequence[ScoreRequest]) -> Sequence[Scores]:
        """Give every recorded score again."""
        return [Scores(each.search, each.round, self.name, self._by_node(each)) for each in requests]

    def close(self) -> None:
        """Hold nothing."""

    def _by_node(self, request: ScoreRequest) -> dict[int, float]:
        scores = self._recording.scores
        return {n: scores[request.search, n] for n in request.nodes if (request.search, n) in scores}
