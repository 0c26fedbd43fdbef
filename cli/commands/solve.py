"""`reason solve`: parse, search, render."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..completion import models, plugins_of
from ..data_options import DATA_FORMS, data_options, problems_of
from ..parameters import (
    AGGREGATION,
    NOT_NEGATIVE,
    POSITIVE,
    Finite,
    TakesNegatives,
    Whole,
    db_option,
    pairs,
    policy_options,
)
from ..prompt_options import prompt_of, prompt_options

if TYPE_CHECKING:
    from ...core.records import Problem
    from ...core.spec import RunSpec
    from ..show.solved import Output


class SolveCommand(TakesNegatives):
    """The command whose one argument is a question, which people forget to quote."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            if "unexpected extra argument" in error.message:
                raise click.UsageError(
                    'A question of several words goes in quotes: reason solve "…"', ctx
                ) from error
            raise


def _owned_pairs(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    from ...core.options import split_owned

    return split_owned(value)


_ABOVE_0 = Finite(min=0, min_open=True)
_SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty")
_LIMITS = ("max_tokens", "max_step_tokens", "max_depth")
_BUDGET = ("samples", "tokens", "flops", "seconds")
_ENGINE = ("ctx", "branches", "gpu_layers")


@click.command(cls=SolveCommand)
@click.argument("question", required=False)
@click.option(
    "--strategy",
    "-s",
    shell_complete=plugins_of("strategy"),
    help="See 'reason strategies'; the model's best by default.",
)
@pairs("-o", "strategy_options", "An option of the strategy, such as width=16.")
@click.option(
    "--model", "-m", metavar="NAME|PATH", shell_complete=models(), help="A catalog name or any GGUF file."
)
@prompt_options()
@policy_options()
@click.option(
    "--scorer",
    "scorers",
    multiple=True,
    metavar="NAME",
    shell_complete=plugins_of("scorer"),
    help="What scores steps, see 'reason scorers'; may be given several times, the first one leads.",
)
@click.option(
    "-k",
    "scorer_options",
    multiple=True,
    metavar="[SCORER.]NAME=VALUE",
    callback=_owned_pairs,
    help="An option of a scorer, such as token-prm.model=FILE; without a name, of the first one.",
)
@click.option(
    "--vote",
    metavar="NAME",
    shell_complete=plugins_of("vote"),
    help="majority, weighted, best, cisc or map; the strategy's own by default.",
)
@pairs("--vote-option", "vote_options", "An option of the vote.")
@click.option("--grader", metavar="NAME", help="What reads and compares answers; math by default.")
@pairs("--grader-option", "grader_options", "An option of the grader.")
@click.option("--aggregate", type=AGGREGATION, help="How step scores make a solution's; last by default.")
@click.option("--seed", type=NOT_NEGATIVE, help="0 by default.")
@click.option("--temperature", type=Finite(0, 10), help="0 is greedy; the model's own by default.")
@click.option("--top-k", type=NOT_NEGATIVE, help="0 keeps all tokens.")
@click.option("--top-p", type=Finite(0, 1, min_open=True))
@click.option("--min-p", type=Finite(0, 1))
@click.option("--repeat-penalty", type=Finite(0, 10, min_open=True), help="1 is none.")
@click.option("--max-tokens", type=POSITIVE, help="Of one solution; 1024 by default.")
@click.option("--max-step-tokens", type=POSITIVE, help="Of one step; 256 by default.")
@click.option("--max-depth", type=POSITIVE, help="Steps of a solution that grows by steps; 25 by default.")
@click.option("--budget-samples", type=POSITIVE, help="Stop after so many solutions.")
@click.option("--budget-tokens", type=POSITIVE, help="Stop after so many generated tokens.")
@click.option("--budget-flops", type=_ABOVE_0, help="Stop after so many FLOPs of policy and scorers.")
@click.option("--budget-seconds", type=_ABOVE_0, help="Stop after this time.")
@click.option("--gold", help="The right answer, to compare with.")
@click.option("--ctx", type=POSITIVE, help="Cells of the KV cache, for all branches.")
@click.option("--branches", type=POSITIVE, help="Branches decoded at once.")
@click.option("--gpu-layers", type=Whole(min=-1), help="-1 puts all layers on a GPU.")
@click.option(
    "--spec",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A TOML or JSON file with all of this; what is given beside it goes first.",
)
@data_options()
@db_option("Where traces go; REASON_DB or the user's data folder.")
@click.option("--keep-hidden", is_flag=True, help="Record hidden states too, for 'reason train-head'.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--tree", "has_tree", is_flag=True, help="Draw the whole tree at the end, not a folded one.")
@click.option("--quiet", "-q", is_flag=True, help="Print the answer alone.")
def command(question: str | None, data: str | None, **given: Any) -> None:
    """Solve QUESTION by searching over a model's reasoning; '-' reads it from standard input."""
    from ...core.errors import UsageError
    from ..show.solved import Output

    if question is None and data is None:
        raise UsageError(f"A QUESTION, '-' to read it from standard input, or {DATA_FORMS} is wanted.")
    if question is not None and data is not None:
        raise UsageError("A QUESTION and --data came, and only one of them can be solved.")
    output = Output(as_json=given["as_json"], quiet=given["quiet"], has_tree=given["has_tree"])
    spec = _spec(given)
    if question is not None:
        raise SystemExit(_solve_one(spec, _one_problem(question, given["gold"]), output, given["db"]))
    raise SystemExit(_solve_all(spec, problems_of({"data": data, **given}), output, given["db"]))


def _solve_one(spec: RunSpec, problem: Problem, output: Output, db: str | None) -> int:
    """Solve one problem and return the exit code."""
    from ...api.session import Session
    from ..interrupts import interruptible
    from ..show.download_progress import shown_progress
    from ..show.solved import show_result

    watcher = output.watcher()
    try:
        with shown_progress() as progress, Session(spec, db=db, progress=progress) as session:
            results = session.solve(problem, observers=[watcher] if watcher else [])
            with interruptible(results.stop), results:
                return show_result(next(results), output, session.chosen)
    finally:
        if output.is_drawn:
            watcher.close()


def _solve_all(spec: RunSpec, problems: list[Problem], output: Output, db: str | None) -> int:
    """Solve many problems in one run, a row as each search finishes."""
    from ...api.session import Session
    from ..interrupts import interruptible, say
    from ..show.download_progress import shown_progress
    from ..show.progress import SignsOfLife
    from ..show.rows import ResultRows
    from ..show.solved import show_summary
    from ..show.summary import Summary

    with shown_progress() as progress, Session(spec, db=db, progress=progress) as session:
        if session.chosen:
            say(session.chosen)
        summary = Summary(len(problems))
        rows = ResultRows(summary, as_json=output.as_json)
        results = session.solve(problems, observers=[SignsOfLife(rows.say)])
        with closing(rows), interruptible(results.stop):
            for result in results:
                rows.show(result)
    return show_summary(summary, len(problems), results.run)


def _spec(given: dict[str, Any]) -> RunSpec:
    """Return the spec of `--spec`, or the user's default one, as the command line changes it."""
    from ...core.spec import RunSpec
    from ..user_config import read_config, spec_of

    base = RunSpec.read(given["spec"]) if given["spec"] else spec_of(read_config())
    changes = {
        "strategy": given["strategy"],
        "strategy_options": given["strategy_options"],
        "model": given["model"],
        "prompt": prompt_of(given),
        "policy": given["policy"],
        "policy_options": given["policy_options"] | _named(given, "", _ENGINE),
        "scorers": {name: {} for name in given["scorers"]},
        "scorer_options": given["scorer_options"],
        "vote": given["vote"],
        "vote_options": given["vote_options"],
        "grader": given["grader"],
        "grader_options": given["grader_options"],
        "aggregation": given["aggregate"],
        "sampling": _named(given, "", _SAMPLING),
        "seed": given["seed"],
        "limits": _named(given, "", _LIMITS),
        "budget": _named(given, "budget_", _BUDGET),
        "keeps_hidden": given["keep_hidden"] or None,
    }
    said = {name: value for name, value in changes.items() if value is not None}
    return base.changed(**{name: value for name, value in said.items() if value != {}})


def _named(given: dict[str, Any], prefix: str, names: tuple[str, ...]) -> dict[str, Any]:
    """Return those of some options that were given."""
    return {name: given[prefix + name] for name in names if given[prefix + name] is not None}


def _one_problem(question: str, gold: str | None) -> Problem:
    """Take a question, or read it from standard input for `-`.

    Raises:
        UsageError: If it is empty.
    """
    from ...core.errors import UsageError
    from ...core.json_rows import text_of_input
    from ...core.records import Problem

    text = text_of_input() if question == "-" else question
    if not text.strip():
        where = "standard input" if question == "-" else "the command line"
        raise UsageError(f"A question is wanted, and {where} gave an empty one.")
    if gold is not None and not gold.strip():
        raise UsageError("--gold takes the right answer, and an empty one came.")
    return Problem(text.strip(), gold)
