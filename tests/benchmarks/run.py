"""`make bench`: every figure is a ratio of two things measured in one run, the median of several.

Prints one JSON line a figure as it is ready, then a table. Nothing here is a test: slowness fails nothing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reasontree.core import Limits
from reasontree.plugins.policies.llama_cpp import LlamaCpp
from reasontree.plugins.strategies.majority import Majority
from reasontree.plugins.strategies.rebase import Rebase
from recording import share_of_a_run, write_in_bulk
from replaying import replay_rates
from waiting import waiting_ratios
from workloads import (
    N_BRANCHES,
    QUESTIONS,
    Measured,
    Reenters,
    grow,
    open_policy,
    search_all,
    search_beside,
)

PARTS = ("core", "store", "replay", "plain", "rebase", "re-entry", "recording", "llama", "waiting")


class Figure(NamedTuple):
    """A measured ratio, with the goal it is held against."""

    name: str
    value: float
    goal: str
    values: tuple[float, ...]


def engine_figures(parts: Sequence[str], n_rounds: int, n_tokens: int) -> Iterator[Figure]:
    """Measure the chosen parts in one process, each beside a plainer way in turns of a few decodes."""
    limits = Limits(max_tokens=n_tokens, max_step_tokens=64)
    policy = open_policy()
    turns = [_turn(policy, parts, limits, number) for number in range(n_rounds)]
    shares = [share_of_a_run(policy, limits) for _ in range(n_rounds)] if "recording" in parts else []
    policy.close()
    for name in shares[0] if shares else ():
        yield figure(f"recording in {name}, of a run's time", [share[name] for share in shares], "≤ 0.03")
    if "plain" in parts or "llama" in parts:
        majority = [turn["majority"] for turn in turns]
        yield figure("majority: tokens/s (no ratio)", [each["search"].rate for each in majority])
        widths = [each["search"].mean_width / N_BRANCHES for each in majority]
        yield figure("majority: mean decode width over slots", widths)
    if "plain" in parts:
        values = [_over_bare(turn["majority"]) for turn in turns]
        yield figure("majority over a bare ctypes loop, tokens/s", values, "≥ 0.92")
    if "llama" in parts:
        values = [each["search"].rate / each["llama"].rate for each in majority]
        yield figure("majority over Llama one after the other, tokens/s", values, "≥ 2.5")
    if "rebase" in parts:
        values = [_over_bare(turn["rebase"]) / _over_bare(turn["majority"]) for turn in turns]
        yield figure("REBASE over majority, tokens/s, each over a bare loop", values, "≥ 0.85")
        widths = [turn["rebase"]["search"].mean_width / N_BRANCHES for turn in turns]
        yield figure("REBASE: mean decode width over slots", widths, "≥ 0.85 while work waits")
    if "re-entry" in parts:
        found = [turn["re-entry"]["search"] for turn in turns]
        values = [each.recomputed / each.tokens for each in found]
        yield figure("re-entry: recomputed over generated tokens", values, "≤ 0.02")


def _over_bare(measured: dict[str, Measured]) -> float:
    """Return a search's tokens/s over those of the bare loop in the same minutes."""
    return measured["search"].rate / measured["bare"].rate


def _turn(policy: LlamaCpp, parts: Sequence[str], limits: Limits, number: int) -> dict[str, dict]:
    found: dict[str, dict[str, Measured]] = {}
    if {"plain", "llama", "rebase"} & set(parts):
        chains = [Majority(Majority.Options(width=16), None) for _ in QUESTIONS]
        found["majority"] = search_beside(policy, chains, limits, llama="llama" in parts)
    if "rebase" in parts:
        searches = [Rebase(Rebase.Options(width=16, allocation="exact"), None) for _ in QUESTIONS]
        found["rebase"] = search_beside(policy, searches, limits)
    if "re-entry" in parts:
        searches = [Reenters(16, number * len(QUESTIONS) + i) for i in range(len(QUESTIONS))]
        found["re-entry"] = {"search": search_all(policy, searches, limits)}
    rates = {
        name: {who: round(each.rate, 2) for who, each in beside.items()} for name, beside in found.items()
    }
    print(json.dumps({"round": number, "tokens/s": rates}), file=sys.stderr, flush=True)
    return found


def core_figures(n_rounds: int) -> Iterator[Figure]:
    """Measure the loop and the tree alone, with a policy whose steps are always there."""
    small = [grow(10_000) for _ in range(n_rounds)]
    large = [grow(100_000) for _ in range(n_rounds)]
    yield figure("core loop and tree, nodes/s", [10_000 / seconds for seconds in small], "≥ 20,000")
    growth = [b / a for a, b in zip(small, large, strict=True)]
    yield figure("100,000 nodes over 10,000 nodes, seconds", growth, "≤ 12")


def store_figures(n_rounds: int) -> Iterator[Figure]:
    """Measure writing alone."""
    rates = [write_in_bulk(20_000) for _ in range(n_rounds)]
    for name in rates[0]:
        yield figure(f"{name}: nodes/s written in bulk", [rate[name] for rate in rates], "≥ 20,000")


def replay_figures(n_rounds: int) -> Iterator[Figure]:
    """Measure replays, each in a process of its own."""
    rates = [replay_rates() for _ in range(n_rounds)]
    for name in rates[0]:
        yield figure(f"replay of {name}: nodes/s", [rate[name] for rate in rates], "≥ 5,000")


def waiting_figures(n_rounds: int) -> Iterator[Figure]:
    """Measure engines alone and beside other work, each in a process of its own."""
    rounds = [waiting_ratios() for _ in range(n_rounds)]
    for name in rounds[0]:
        goal = "≥ 0.97" if name.startswith("alone") else "≥ 0.8"
        yield figure(f"{name}, tokens/s", [ratios[name] for ratios in rounds], goal)


def figure(name: str, values: Sequence[float], goal: str = "") -> Figure:
    """Take the median."""
    return Figure(name, statistics.median(values), goal, tuple(round(value, 4) for value in values))


def _measured(parts: Sequence[str], n_rounds: int, n_tokens: int) -> Iterator[Figure]:
    if "core" in parts:
        yield from core_figures(n_rounds)
    if "store" in parts:
        yield from store_figures(n_rounds)
    if "replay" in parts:
        yield from replay_figures(n_rounds)
    if "waiting" in parts:
        yield from waiting_figures(n_rounds)
    if set(parts) - {"core", "store", "replay", "waiting"}:
        yield from engine_figures(parts, n_rounds, n_tokens)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--tokens", type=int, default=96, help="tokens of a chain")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    given = parser.parse_args()
    figures = []
    for each in _measured(given.only, given.rounds, given.tokens):
        print(json.dumps(each._asdict(), ensure_ascii=False), flush=True)
        figures.append(each)
    for each in figures:
        print(f"{each.name:<60} {each.value:>12,.3f}  {each.goal}")


if __name__ == "__main__":
    main()
