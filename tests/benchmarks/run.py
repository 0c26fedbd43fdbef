"""`make bench`: every figure is a ratio of two things measured in one run, the median of several.

Prints one JSON line a figure as it is ready, then a table. Nothing here is a test: slowness fails nothing.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from reasontree.core import Limits
from reasontree.plugins.strategies.majority import Majority
from reasontree.plugins.strategies.rebase import Rebase
from workloads import Reenters, grow, one_after_the_other, open_policy, plain_loop, search_all


class Figure(NamedTuple):
    """A measured ratio, with the goal it is held against."""

    name: str
    value: float
    goal: str
    values: tuple[float, ...]
    detail: str = ""


def engine_figures(n_rounds: int, n_tokens: int) -> Iterator[Figure]:
    """Measure the engine, the plain loop and the strategies in turns, in one process."""
    limits = Limits(max_tokens=n_tokens, max_step_tokens=64)
    policy = open_policy()
    wide, ratios, widths, overheads, recomputed = [], [], [], [], []
    rates = []
    for turn in range(n_rounds):
        majority = search_all(policy, [Majority(Majority.Options(width=16), None) for _ in range(8)], limits)
        plain = plain_loop(policy, 80, n_tokens)
        rebase = search_all(policy, [Rebase(Rebase.Options(width=16), None) for _ in range(8)], limits)
        reentry = search_all(policy, [Reenters(24, turn * 8 + i) for i in range(8)], limits)
        rates.append(majority.rate)
        overheads.append(majority.rate / plain.rate)
        ratios.append(rebase.rate / majority.rate)
        widths.append(rebase.mean_width / 16)
        wide.append(majority.mean_width / 16)
        recomputed.append(reentry.recomputed / reentry.tokens)
    policy.close()
    plain_rates = [one_after_the_other(3, n_tokens).rate for _ in range(n_rounds)]
    detail = f"{statistics.median(rates):.0f} tokens/s"
    yield figure("majority over a bare ctypes loop, tokens/s", overheads, "≥ 0.92", detail)
    yield figure("majority: mean decode width over slots", wide, "")
    yield figure("REBASE over majority, tokens/s", ratios, "≥ 0.85")
    yield figure("REBASE: mean decode width over slots", widths, "≥ 0.85 while work waits")
    yield figure("re-entry: recomputed over generated tokens", recomputed, "≤ 0.02")
    faster = [a / b for a, b in zip(rates, plain_rates, strict=True)]
    yield figure("majority over Llama one after the other, tokens/s", faster, "≥ 2.5")


def core_figures(n_rounds: int) -> Iterator[Figure]:
    """Measure the loop and the tree alone, with a policy whose steps are always there."""
    small = [grow(10_000) for _ in range(n_rounds)]
    large = [grow(100_000) for _ in range(n_rounds)]
    yield figure("core loop and tree, nodes/s", [10_000 / seconds for seconds in small], "≥ 20,000")
    growth = [b / a for a, b in zip(small, large, strict=True)]
    yield figure("100,000 nodes over 10,000 nodes, seconds", growth, "≤ 12")


def figure(name: str, values: Sequence[float], goal: str, detail: str = "") -> Figure:
    """Take the median."""
    return Figure(name, statistics.median(values), goal, tuple(round(value, 4) for value in values), detail)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--tokens", type=int, default=96, help="tokens of a chain")
    parser.add_argument("--only", choices=["core", "engine"])
    given = parser.parse_args()
    groups: dict[str, Callable[[], Iterator[Figure]]] = {
        "core": lambda: core_figures(given.rounds),
        "engine": lambda: engine_figures(given.rounds, given.tokens),
    }
    figures = []
    for name, measure in groups.items():
        if given.only in (None, name):
            for each in measure():
                print(json.dumps(each._asdict(), ensure_ascii=False), flush=True)
                figures.append(each)
    for each in figures:
        print(f"{each.name:<52} {each.value:>12,.3f}  {each.goal:<24} {each.detail}")


if __name__ == "__main__":
    main()
