"""REBASE, reward balanced search (Wu et al. 2024, arXiv 2408.00724, section 3.2 and algorithm 1).

At each depth the width that is left, N minus the solutions finished so far, is shared among the unfinished
nodes in proportion to exp(R / T_b), R being the process reward.

Sources and differences: the default, `allocate_divisor`, is ours: an apportionment by a divisor method, which
never misses the width and passes nobody over by rounding. It follows the scores as far as the scorer's
reliability at that depth deserves: the less it knows, the more the search is N independent chains.
`allocate`, with `-o allocation=exact`, is the authors' code, which walks the nodes from the best one down and
rounds up, so that the shares sum to the width. The paper writes Round(B · softmax(R / T_b)), which can miss
the width and can expand nothing: `allocate_paper`, with `-o allocation=paper`. T_b is 0.1 in the paper and
0.2 in its code; 0.2 is the default here. Unlike the authors' code, a node counts as a leaf only when its
policy ended it or a limit was reached, and the tokens of all ancestors count towards the limit. A node
without a score gets the lowest score of its depth. `uniqueness` is after DORA (arXiv 2506.15707), which
weighs directions and not nodes, and tells them apart by an embedding; here equal words make steps alike.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from ...core import ROOT, Expansion, Node, Options, Strategy, Tree, hookimpl

# Shares that are whole numbers in exact arithmetic must not be lifted by the last bit of a float.
_ROUND_OFF = 1e-9
_DIGITS = 9  # of a quotient's logarithm: quotients that are equal in exact arithmetic must tie
_LARGEST_TRUST = 1e6
_UNKNOWN_TRUST = 0.5  # Webster's method, where nobody measured the scorer
_SMALLEST = 1e-9  # a score or a trust of 0 stands for one as small as this, so that quotients stay finite


def _split(value: Any) -> Any:
    """Take numbers with commas between them, as the command line has them."""
    return [each for each in value.split(",") if each.strip()] if isinstance(value, str) else value


Areas = Annotated[tuple[Annotated[float, Field(ge=0, le=1)], ...], BeforeValidator(_split)]


def allocate(scores: Sequence[float], width: int, balance_temperature: float) -> list[int]:
    """Share a width among nodes as the authors' code does.

    Args:
        scores: Process rewards R in [0, 1], older nodes first.
        width: B, the children to give away; the shares sum to it exactly.
        balance_temperature: T_b > 0; the lower, the more the best nodes get.

    Returns:
        The number of children of each node, in the order of `scores`; a node may get 0.
    """
    shares = [0] * len(scores)
    weights = _weights(scores, balance_temperature)
    width_left, weight_left = width, math.fsum(weights)
    for i in sorted(range(len(scores)), key=lambda i: -scores[i]):  # stable: ties go to the older node
        share = (
            math.ceil(width_left * weights[i] / weight_left - _ROUND_OFF) if weight_left > 0 else width_left
        )
        shares[i] = min(width_left, share)
        width_left -= shares[i]
        weight_left -= weights[i]
    return shares


def allocate_paper(scores: Sequence[float], width: int, balance_temperature: float) -> list[int]:
    """Share a width as the paper writes it; the shares need not sum to the width."""
    weights = _weights(scores, balance_temperature)
    total = math.fsum(weights)
    return [round(width * weight / total) for weight in weights]


def allocate_divisor(scores: Sequence[float], width: int, trust: float) -> list[int]:
    """Share a width child after child: to the node with the largest R / (κ + n), n being what it has got.

    If a node's children are right with a chance that is distributed as Beta(κR, κ(1 - R)), then κR / (κ + n)
    is the probability that its next child is the first right one. κ → 0 is Adams' method: every node gets a
    child before any gets two. 1/2 is Webster's, 1 Jefferson's; κ → ∞ gives all to the best.

    Args:
        scores: Process rewards R in [0, 1], older nodes first.
        width: B, the children to give away; the shares sum to it exactly.
        trust: κ ≥ 0.

    Returns:
        The number of children of each node, in the order of `scores`; ties go to the older node.
    """
    shares = [0] * len(scores)
    if not scores:
        return shares

    def claim(i: int) -> tuple[float, int]:
        quotient = max(scores[i], _SMALLEST) / (max(trust, _SMALLEST) + shares[i])
        return (-round(math.log(quotient), _DIGITS), i)

    claims = [claim(i) for i in range(len(scores))]
    heapq.heapify(claims)
    for _ in range(width):
        _, i = claims[0]
        shares[i] += 1
        heapq.heapreplace(claims, claim(i))
    return shares


def trust_of(area: float) -> float:
    """Return κ for a scorer whose area under the ROC curve is `area`, among nodes of one problem and depth.

    If the scores of right and wrong nodes are normal and d' = √2 · Φ⁻¹(area) deviations apart, they explain
    the share ρ = d'² / (d'² + 4) of the outcome's variance. Where each node's fate is sealed, what they leave
    is 1 - ρ = 1 / (κ + 1) of it, the variance of a Beta(κR, κ(1 - R)), so that κ = d'² / 4 = Φ⁻¹(area)² / 2:
    0 for an area of a half or less, 0.14 for 0.7, 0.82 for 0.9, and without end towards 1.
    """
    if area <= 0.5:
        return 0.0
    return _LARGEST_TRUST if area >= 1 else min(_LARGEST_TRUST, NormalDist().inv_cdf(area) ** 2 / 2)


def _weights(scores: Sequence[float], balance_temperature: float) -> list[float]:
    top = max(scores, default=0.0)
    return [math.exp((score - top) / balance_temperature) for score in scores]


class RebaseOptions(Options):
    """REBASE's parameters."""

    width: int = Field(16, ge=1, le=65536, description="N, the solutions to find.")
    balance_temperature: float = Field(
        0.2, gt=0, le=100, description="T_b: the lower, the more children go to the best nodes."
    )
    allocation: Literal["divisor", "exact", "paper"] = Field(
        "divisor",
        description="divisor goes by trust; exact is the authors' code, and sums to the width as well; paper "
        "rounds the softmax.",
    )
    trust: float | None = Field(
        None,
        ge=0,
        le=_LARGEST_TRUST,
        description="κ of divisor: at 0 every node keeps a child before any gets two; the higher, the more "
        "goes to the best. It follows from the scorer's reliability if not given.",
    )
    reliability: Areas = Field(
        (),
        description="The scorer's areas under the ROC curve by depth, first steps first; the last one holds "
        "for all deeper steps. The scorer tells it if not given.",
    )
    uniqueness: bool = Field(
        False, description="Divide a step's weight by the number of steps of its depth that say the same."
    )


class Rebase(Strategy):
    """Expand every unfinished node of the deepest round, the better ones wider."""

    name = "rebase"
    vote = "weighted"
    Options = RebaseOptions
    options: RebaseOptions

    def select(self, tree: Tree) -> Sequence[Expansion]:
        """Share what is left of the width among the unfinished nodes of the newest depth."""
        if tree.depth == 0:
            return [Expansion(ROOT, self.options.width)]
        candidates = [node for node in tree.at_depth(tree.depth) if not node.finished]
        width = self.options.width - tree.n_ended
        if not candidates or width <= 0:
            return []
        shares = self._allocate(tree.scores_of(candidates), self._copies(candidates), width, tree.depth)
        return [Expansion(node.id, n) for node, n in zip(candidates, shares, strict=True) if n]

    def _copies(self, candidates: Sequence[Node]) -> Sequence[int]:
        """Return how many candidates say what each one says; 1 for all where that does not matter."""
        if not self.options.uniqueness:
            return [1] * len(candidates)
        said = [tuple(node.step.text.split()) for node in candidates]
        counts = Counter(said)
        return [counts[each] for each in said]

    def _allocate(self, scores: Sequence[float], copies: Sequence[int], width: int, depth: int) -> list[int]:
        options, both = self.options, list(zip(scores, copies, strict=True))
        if options.allocation == "divisor":
            return allocate_divisor([score / n for score, n in both], width, self._trust(depth))
        share = allocate if options.allocation == "exact" else allocate_paper
        temperature = options.balance_temperature  # exp(R / T_b) / n is exp((R - T_b · ln n) / T_b)
        return share([score - temperature * math.log(n) for score, n in both], width, temperature)

    def _trust(self, depth: int) -> float:
        options = self.options
        if options.trust is not None:
            return options.trust
        areas = options.reliability
        return trust_of(areas[min(depth, len(areas)) - 1]) if areas else _UNKNOWN_TRUST


@hookimpl
def register_strategies() -> Iterable[type[Strategy]]:
    """Register REBASE."""
    return [Rebase]
