"""The built-in commands, by name in the order of `--help`, with what each of them does.

Their modules are in `cli/commands/`. Here they are data that needs no other import, for `reason --help`.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["COMMANDS"]

COMMANDS: Mapping[str, str] = {
    "solve": "Solve a problem by searching over a model's reasoning.",
    "train-head": "Train a value head on a model's hidden states, or measure one.",
    "grade": "Read the answer out of a solution and compare it.",
    "bench": "Search what a study compares: models, strategies, numbers of samples.",
    "report": "Show what recorded searches come to: accuracy against compute.",
    "advise": "Say what to use for what one can spend, by what was measured.",
    "models": "List, fetch and inspect models.",
    "datasets": "List data sets, and what of them is here.",
    "plugins": "List plugins and where they come from, or begin one.",
    "replay": "Search again over what was recorded, without a model.",
    "resume": "Go on with a run that was killed or interrupted.",
    "trace": "List, show, export, import and remove recorded searches.",
    "db": "Find, check and upgrade the trace database.",
    "config": "Show and set your own defaults.",
    "strategies": "List strategies with their options.",
    "scorers": "List scorers with their options.",
}
