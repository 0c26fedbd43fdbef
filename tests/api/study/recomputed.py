"""What a report should say, computed anew from exported traces with nothing of the project's own.

Only the export's documented lines are read (docs/trace-format.md). Answers are compared as numbers, which is
all that GSM8K, SVAMP and the simulated policy have; votes over n of m chains go through every subset.
"""

from __future__ import annotations

import gzip
import itertools
import json
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

N_MOST_SUBSETS = 20000


def traces_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield every trace of an export, with its run, rounds and nodes."""
    runs: dict[str, dict[str, Any]] = {}
    trace: dict[str, Any] | None = None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in map(json.loads, file):
            kind = line["type"]
            if kind == "run":
                runs[line["uid"]] = line
            elif kind == "trace":
                if trace:
                    yield trace
                trace = line | {"settings": runs[line["run"]]["settings"], "rounds": [], "nodes": []}
            elif kind in ("round", "node") and trace is not None:
                trace[f"{kind}s"].append(line)
    if trace:
        yield trace


def number_of(text: str | None) -> float | None:
    """Read the last number of an answer; of GSM8K's solutions that behind ####."""
    if text is None:
        return None
    text = text.rsplit("####", 1)[-1].replace(",", "").replace("$", "")
    found = re.findall(r"(-?\d+(?:\.\d+)?)(?:/(\d+))?", text)
    return float(found[-1][0]) / float(found[-1][1] or 1) if found else None


def chains_of(
    trace: dict[str, Any], scorer: str, how: str = "last"
) -> list[tuple[float | str | None, float, int]]:
    """Return answer, score and tokens of every chain of a trace that ended, oldest first."""
    joined = {"last": lambda scores: scores[-1], "mean": np.mean}[how]
    nodes = {node["node"]: node for node in trace["nodes"]}
    found = []
    for node in trace["nodes"]:
        if node.get("end") in (None, "cut", "failed"):
            continue
        path = [node]
        while path[-1]["parent"] != 0:
            path.append(nodes[path[-1]["parent"]])
        scores = [each["scores"][scorer] for each in reversed(path) if scorer in each.get("scores", {})]
        said = node.get("answer") if node["end"] == "stop" else None
        number = number_of(said)
        answer = said if number is None else number  # a text stands for itself, and is a vote of its own
        found.append(
            (answer, float(joined(scores)) if scores else 0.0, sum(len(each["tokens"]) for each in path))
        )
    return found


def vote(chains: list[tuple[float | str | None, float, int]], kind: str) -> float | str | None:
    """Return the answer that wins; ties go to the higher sum of scores, then to the earlier answer."""
    classes: dict[float | str, list[float]] = {}
    for answer, score, _ in chains:
        if answer is not None:
            classes.setdefault(answer, []).append(score)
    weigh = {"majority": len, "weighted": math.fsum, "best": max}[kind]
    ranked = sorted(
        classes.items(), key=lambda item: (-round(weigh(item[1]), 9), -round(math.fsum(item[1]), 9))
    )
    return ranked[0][0] if ranked else None


def chances(traces: list[dict[str, Any]], kind: str, n: int, scorer: str, how: str = "last") -> np.ndarray:
    """Return for each problem how often the vote over n chains is right, over every subset of n."""
    found = []
    for trace in traces:
        chains, gold = chains_of(trace, scorer, how), number_of(trace["gold"])
        assert math.comb(len(chains), n) <= N_MOST_SUBSETS
        found.append(np.mean([vote(list(s), kind) == gold for s in itertools.combinations(chains, n)]))
    return np.array(found)


def coverage(traces: list[dict[str, Any]], n: int) -> float:
    """Return pass@n as Chen et al. 2021 have it."""
    found = []
    for trace in traces:
        chains, gold = chains_of(trace, ""), number_of(trace["gold"])
        wrong = sum(answer != gold for answer, _, _ in chains)
        found.append(1 - math.comb(wrong, n) / math.comb(len(chains), n))
    return float(np.mean(found))


def interval(values: np.ndarray, seed: int = 1, n: int = 20000) -> tuple[float, float]:
    """Return the percentile bounds of a bootstrap over problems."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(len(values), size=len(values))].mean() for _ in range(n)]
    return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def majority_limit(traces: list[dict[str, Any]], seed: int = 1, n: int = 4000) -> tuple[float, float, float]:
    """Return low, mean and high of the share of problems whose most probable answer is right."""
    rng = np.random.default_rng(seed)
    draws = []
    for trace in traces:
        chains, gold = chains_of(trace, ""), number_of(trace["gold"])
        counts: dict[float | str | None, int] = defaultdict(int)
        for answer, _, _ in chains:
            counts[answer] += 1
        named = [answer for answer in counts if answer is not None]
        if not named:
            draws.append(np.zeros(n))
            continue
        # The Bayesian bootstrap over chains is a Dirichlet draw over the counts of their answers.
        probable = rng.dirichlet([counts[answer] for answer in counts], size=n)
        at = [list(counts).index(answer) for answer in named]
        draws.append(np.array([named[k] == gold for k in probable[:, at].argmax(axis=1)], dtype=float))
    right = np.array(draws)
    picked = rng.integers(len(right), size=right.shape)
    means = np.take_along_axis(right, picked, axis=0).mean(axis=0)
    return float(np.quantile(means, 0.025)), float(right.mean()), float(np.quantile(means, 0.975))


def flops_of_tokens(model: dict[str, Any], start: int, stop: int) -> float:
    """Return 2·P a token, and 4·layers·width·context for attention, at positions from start to stop."""
    return sum(
        2.0 * model["parameters"] + 4.0 * model["layers"] * model["width"] * (position + 1)
        for position in range(start, stop)
    )
