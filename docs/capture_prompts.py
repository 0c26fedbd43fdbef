"""Captures the figures of the log about prompts, from the chains that lie beside its pages.

A chain is a line: its row of the train split, its seed (in the files of the second page that of the run), the
answer and whether it is right, whether the vote over the row's chains was right, its tokens and those of the
prompt, how it ended, and its text.

.venv/bin/python docs/capture_prompts.py
"""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from reasontree.core.statistics import wilson

LOG = Path(__file__).parent / "log"
CHAINS = LOG / "prompts-0.5b"
LARGE = LOG / "prompts-1.5b"
GREEDY = ("A", "B", "C", "C2", "D4", "E", "F", "G")
SAMPLED = ("B-t0.6", "D4-t0.4", "D4-t0.6", "D4-t0.8")
MIDDLE = "D4-t0.6"
GREEDY_HEAD = (
    "format",
    "rows",
    "right %",
    "more than A, points",
    "tokens",
    "of A's",
    "prompt",
    "cut %",
    "no number %",
)
SAMPLED_HEAD = (
    "format, temperature",
    "a chain right %",
    "more than D4, 0.6",
    "vote right %",
    "any right %",
    "tokens",
    "cut %",
    "no number %",
)
N_DRAWS = 10_000
LABEL = re.compile(r"(?m)^[#*\s]*Step \d+[:.]?")
NUMBERING = re.compile(r"(?m)^[#*\s]*(?:Step \d+[:.]?|\d+[.)](?=\s))")

Chain = dict[str, Any]
ByRow = dict[int, list[Chain]]
Values = NDArray[np.float64]


def main() -> None:
    """Write the sessions and put them into their pages."""
    made = {"prompts-0.5b": tables, "prompts-0.5b-more": more_tables, "prompts-1.5b": large_tables}
    made["prompts-1.5b-more"] = large_more_tables
    for name, said in ((name, make()) for name, make in made.items()):
        (LOG.parent / "sessions" / f"{name}.txt").write_text(said)
        pattern = rf"(<!-- figures: {re.escape(name)} -->\n).*?(<!-- /figures -->)"
        page = LOG / f"2026-11-26-{name}.md"
        page.write_text(re.sub(pattern, partial(_put, said), page.read_text(), flags=re.S))


def _put(said: str, marks: re.Match[str]) -> str:
    return f"{marks[1]}\n{said}\n{marks[2]}"


def more_tables() -> str:
    """Return the tables of the second page: eight worked examples, and D4's sampled chains on 200 rows."""
    base, fours = chains("A-greedy"), chains("D4-greedy")
    greedy = [_line(GREEDY_HEAD), _line(["---"] * len(GREEDY_HEAD))]
    greedy += [_greedy(name, chains(f"{name}-greedy"), base) for name in ("D4", "D8")]
    rows = sorted(eights := chains("D8-greedy"))
    gain = _by_row(eights, rows, "correct") - _by_row(fours, rows, "correct")
    better = _shown(100 * gain.mean(), 100 * gain[_draws(len(rows))].mean(1), "+.1f")
    sampled = [_line(SAMPLED_HEAD), _line(["---"] * len(SAMPLED_HEAD))]
    first, more = chains(MIDDLE), chains(f"{MIDDLE}-more")
    sampled += [_sampled(name, run, run) for name, run in ((MIDDLE, first), (MIDDLE, more))]
    whole = first | more
    sampled.append(_sampled(MIDDLE, whole, whole))
    rows = sorted(whole)
    gap = _by_row(whole, rows, "correct") - _by_row(base, rows, "correct")
    tokens, of_base = (_by_row(run, rows, "n_tokens") for run in (whole, base))
    drawn = _draws(len(rows))
    lines = [
        f"D8 less D4, greedy, share of right chains: {better} points.",
        f"D4 sampled at 0.6 less A greedy, share of right chains, {len(rows)} rows: "
        f"{_shown(100 * gap.mean(), 100 * gap[drawn].mean(1), '+.1f')} points, "
        f"with {tokens.mean() / of_base.mean():.2f} of the tokens.",
    ]
    return "\n".join([*greedy, "", *sampled, "", *lines]) + "\n"


def large_tables() -> str:
    """Return the tables of the page on the 1.5B: one greedy chain a row, and four sampled ones."""
    base = chains("A-greedy", LARGE)
    greedy = [_line(GREEDY_HEAD), _line(["---"] * len(GREEDY_HEAD))]
    greedy += [_greedy(name, chains(f"{name}-greedy", LARGE), base, LARGE) for name in ("A", "D4", "H", "H2")]
    sampled = [_line(SAMPLED_HEAD), _line(["---"] * len(SAMPLED_HEAD))]
    middle = chains(MIDDLE, LARGE)
    sampled.append(_sampled(MIDDLE, middle, middle, LARGE))
    return "\n".join([*greedy, "", *sampled]) + "\n"


def large_more_tables() -> str:
    """Return the table of the second page on the 1.5B: four chains a row of two formats, and what differs."""
    first, more, other = (chains(name, LARGE) for name in (MIDDLE, f"{MIDDLE}-more", "H-t0.6"))
    whole = first | more
    sampled = [_line(SAMPLED_HEAD), _line(["---"] * len(SAMPLED_HEAD))]
    sampled += [_sampled(MIDDLE, run, run, LARGE) for run in (first, more, whole)]
    sampled.append(_sampled("H-t0.6", other, whole, LARGE))
    rows = sorted(whole)
    drawn = _draws(len(rows))
    gaps = {
        what: 100 * (_by_row(other, rows, field) - _by_row(whole, rows, field))
        for what, field in (("a chain is right", "correct"), ("the vote over four is right", "vote_correct"))
    }
    lines = [
        f"H less D4, {len(rows)} rows, how often {what}: "
        f"{_shown(each.mean(), each[drawn].mean(1), '+.1f')} points."
        for what, each in gaps.items()
    ]
    return "\n".join([*sampled, "", *lines]) + "\n"


def tables() -> str:
    """Return both tables in Markdown: one greedy chain a row, and four sampled ones."""
    base = chains("A-greedy")
    greedy = [_line(GREEDY_HEAD), _line(["---"] * len(GREEDY_HEAD))]
    greedy += [_greedy(name, chains(f"{name}-greedy"), base) for name in GREEDY]
    sampled = [_line(SAMPLED_HEAD), _line(["---"] * len(SAMPLED_HEAD))]
    middle = chains(MIDDLE)
    sampled += [_sampled(name, chains(name), middle) for name in SAMPLED]
    return "\n".join([*greedy, "", *sampled]) + "\n"


def chains(name: str, folder: Path = CHAINS) -> ByRow:
    """Return the chains of a run by their rows."""
    by_row: ByRow = defaultdict(list)
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        for chain in map(json.loads, lines):
            by_row[chain["row"]].append(chain)
    return by_row


def _greedy(name: str, run: ByRow, base: ByRow, folder: Path = CHAINS) -> str:
    rows = sorted(run)
    right, before = (_by_row(by_row, rows, "correct") for by_row in (run, base))
    tokens, base_tokens = (_by_row(by_row, rows, "n_tokens") for by_row in (run, base))
    drawn = _draws(len(rows))
    share = wilson(right.sum(), len(rows))
    more = _shown(100 * (right - before).mean(), 100 * (right - before)[drawn].mean(1), "+.1f")
    of_base = _shown(
        tokens.mean() / base_tokens.mean(), tokens[drawn].mean(1) / base_tokens[drawn].mean(1), ".2f"
    )
    is_base = name == "A"
    cells = [name, len(rows), f"{100 * share.value:.1f} [{100 * share.low:.1f}, {100 * share.high:.1f}]",
             "" if is_base else more, f"{tokens.mean():.0f}", "" if is_base else of_base,
             f"{_by_row(run, rows, 'n_prompt').mean():.0f}", *_shares(name, run, folder)]  # fmt: skip
    return _line(cells)


def _sampled(name: str, run: ByRow, middle: ByRow, folder: Path = CHAINS) -> str:
    rows = sorted(run)
    drawn = _draws(len(rows))
    any_right = np.array([any(chain["correct"] for chain in run[row]) for row in rows], float)
    shares = (_by_row(run, rows, "correct"), _by_row(run, rows, "vote_correct"), any_right)
    style, heat = name.split("-t")
    shown = [_shown(100 * each.mean(), 100 * each[drawn].mean(1), ".1f") for each in shares]
    gaps = 100 * (shares[0] - _by_row(middle, rows, "correct"))
    more = "" if name == MIDDLE else _shown(gaps.mean(), gaps[drawn].mean(1), "+.1f")
    tokens = f"{_by_row(run, rows, 'n_tokens').mean():.0f}"
    return _line([f"{style}, {heat}", shown[0], more, *shown[1:], tokens, *_shares(style, run, folder)])


def _shares(style: str, run: ByRow, folder: Path) -> list[str]:
    """Return how many chains, in percent, were cut by the limit, and how many start without a number."""
    prompt = tomllib.loads((folder / f"{style}.toml").read_text(encoding="utf-8"))
    every = [chain for chains in run.values() for chain in chains]
    hits = (
        [chain["end"] == "length" for chain in every],
        [_starts_without_number(prompt, chain) for chain in every],
    )
    return [f"{100 * sum(each) / len(every):.1f}" for each in hits]


def _starts_without_number(prompt: dict[str, str], chain: Chain) -> bool:
    """Whether a chain's first step has no digit, but for the number of the step itself or of a list.

    The step ends at a blank line where that is the delimiter (A, B), else at the second `Step k:`, or at the
    first line break in a chain without one.
    """
    text = prompt.get("lead", "") + chain["text"].lstrip()
    labels = [] if prompt["delimiter"] == "\n\n" else [match.start() for match in LABEL.finditer(text)]
    first = text[: labels[1]] if len(labels) > 1 else text.split(prompt["delimiter"])[0]
    return not re.search(r"\d", NUMBERING.sub("", first))


def _by_row(run: ByRow, rows: list[int], field: str) -> Values:
    return np.array([np.mean([chain[field] for chain in run[row]]) for row in rows])


def _draws(n_rows: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).integers(0, n_rows, (N_DRAWS, n_rows))


def _shown(value: float, drawn: Values, style: str) -> str:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{value:{style}} [{low:{style}}, {high:{style}}]"


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    main()
