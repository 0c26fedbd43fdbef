"""What a policy or a scorer spends for each search, and how much it may: their side of the books.

FLOPs follow the usual count: a token costs 2 · parameters for the matrices and
4 · layers · width · context for attention. `paper` keeps the convention of Wu et al. 2024 beside it,
which leaves out prompts, attention and the reward model.
"""

from __future__ import annotations

from .records import Flops, ModelInfo, Tokens, Usage
from .requests import Allowance, Booking


def flops_of_span(model: ModelInfo, start: int, stop: int) -> float:
    """Compute the FLOPs of running tokens at positions `start` to `stop - 1` through a model."""
    n_tokens = stop - start
    contexts = (start + 1 + stop) * n_tokens / 2
    return 2.0 * model.parameters * n_tokens + 4.0 * model.layers * model.width * contexts


class Meter:
    """What was spent for one search since it was last taken, and whether more may be.

    Book as the work is done, and ask `exhausted` before each further token, so that a budget is kept inside
    a round too. Who cannot watch each token, because a server generates them, reserves them first.

    Args:
        model: What FLOPs are counted with.
    """

    def __init__(self, model: ModelInfo) -> None:
        self._model = model
        self._allowance = Allowance()
        self._is_cut = self._is_scoring_cut = False
        self._n_reserved = 0
        self._clear()

    def allow(self, allowance: Allowance) -> None:
        """Take the allowance of a new request; it knows of everything that was taken before."""
        self._allowance = allowance

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be generated."""
        tokens = self._allowance.tokens
        return self._is_cut or self._is_over_flops or (tokens is not None and self._generated >= tokens)

    @property
    def may_score(self) -> bool:
        """Whether scorers may go on: what was generated within its budget is still scored, for the vote."""
        return not self._is_scoring_cut and not self._is_over_flops

    def cut(self) -> None:
        """Let nothing more be generated."""
        self._is_cut = True

    def cut_scoring(self) -> None:
        """Let nothing more be scored."""
        self._is_scoring_cut = True

    def reserve(self, n_tokens: int) -> int:
        """Hold tokens for a call that cannot be watched; return how many it may generate."""
        tokens = self._allowance.tokens
        left = n_tokens if tokens is None else max(0, tokens - self._generated - self._n_reserved)
        held = 0 if self.exhausted else min(n_tokens, left)
        self._n_reserved += held
        return held

    def give_back(self, n_tokens: int) -> None:
        """End a reservation: what its call has generated is booked by `sampled`."""
        self._n_reserved -= n_tokens

    def computed(self, start: int, stop: int, *, prompt: int = 0, recomputed: int = 0) -> None:
        """Book tokens that the policy computed at positions `start` to `stop - 1`.

        Args:
            prompt: How many of them were given rather than sampled.
            recomputed: How many of them had been computed before.
        """
        self._prompt += prompt
        self._recomputed += recomputed
        self._policy_flops += flops_of_span(self._model, start, stop)

    def sampled(self, n_tokens: int = 1) -> None:
        """Book generated tokens; their FLOPs are booked when they are computed."""
        self._generated += n_tokens

    def scored(self, start: int, stop: int) -> None:
        """Book tokens that a scorer computed at positions `start` to `stop - 1`."""
        self._scored += stop - start
        self._scorer_flops += flops_of_span(self._model, start, stop)

    def reused(self, n_tokens: int) -> None:
        """Book tokens whose computation was shared."""
        self._reused += n_tokens

    @property
    def is_touched(self) -> bool:
        """Whether anything was spent since it was last taken."""
        return bool(self._policy_flops or self._generated or self._scored or self._reused or self._prompt)

    def take(self) -> Usage:
        """Return what was spent since the last call; from now on it is in the loop's books."""
        tokens = Tokens(self._prompt, self._generated, self._scored, self._reused, self._recomputed)
        paper = 2.0 * self._model.parameters * self._generated
        flops = Flops(self._policy_flops, self._scorer_flops, paper)
        self._allowance = _less(self._allowance, self._generated, self._policy_flops + self._scorer_flops)
        self._clear()
        return Usage(tokens, flops)

    def _clear(self) -> None:
        self._prompt = self._generated = self._scored = self._reused = self._recomputed = 0
        self._policy_flops = self._scorer_flops = 0.0

    @property
    def _is_over_flops(self) -> bool:
        limit = self._allowance.flops
        return limit is not None and self._policy_flops + self._scorer_flops >= limit


class Meters:
    """A meter for each search.

    Args:
        model: What FLOPs are counted with.
    """

    def __init__(self, model: ModelInfo) -> None:
        self._model = model
        self._by_search: dict[int, Meter] = {}

    def of(self, search: int, allowance: Allowance) -> Meter:
        """Return a search's meter, with the allowance of its newest request.

        Ask for the meters of all new requests before any work is booked: their allowances were given
        together, and what is taken from then on comes off each of them.
        """
        meter = self._by_search.setdefault(search, Meter(self._model))
        meter.allow(allowance)
        return meter

    def get(self, search: int) -> Meter | None:
        """Return a search's meter, if anything was asked for it."""
        return self._by_search.get(search)

    def cut(self, search: int) -> None:
        """Let nothing more be generated for a search."""
        if search in self._by_search:
            self._by_search[search].cut()

    def cut_scoring(self, search: int) -> None:
        """Let nothing more be scored for a search."""
        if search in self._by_search:
            self._by_search[search].cut_scoring()

    @property
    def has_exhausted(self) -> bool:
        """Whether any search may generate, or score, nothing more."""
        return any(meter.exhausted or not meter.may_score for meter in self._by_search.values())

    def take(self) -> list[Booking]:
        """Return what was spent for each search since the last call."""
        meters = self._by_search.items()
        return [Booking(search, meter.take()) for search, meter in meters if meter.is_touched]

    def release(self, search: int) -> None:
        """Forget a search."""
        self._by_search.pop(search, None)


def _less(allowance: Allowance, n_tokens: int, flops: float) -> Allowance:
    tokens = allowance.tokens
    return Allowance(
        None if tokens is None else tokens - n_tokens,
        None if allowance.flops is None else allowance.flops - flops,
    )
