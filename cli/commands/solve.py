"""`reason solve`: parse, search, render."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..parameters import AGGREGATION, NOT_NEGATIVE, POSITIVE, Finite, db_option, pairs, policy_options

if TYPE_CHECKING:
    from ..assembly import Wanted


def _owned_pairs(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    from ...core.options import split_owned

    return split_owned(value)


_ABOVE_0 = Finite(min=0, min_open=True)


@click.command()
@click.argument("question", required=False)
@click.option("--strategy", "-s", default="rebase", show_default=True, help="See 'reason strategies'.")
@pairs("-o", "strategy_options", "An option of the strategy, such as width=16.")
@click.option("--model", "-m", default="", metavar="NAME|PATH", help="A catalog name or any GGUF file.")
@policy_options()
@click.option(
    "--scorer",
    "scorers",
    multiple=True,
    metavar="NAME",
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
@click.option("--vote", metavar="NAME", help="majority, weighted or best; the strategy's own by default.")
@click.option(
    "--aggregate",
    default="last",
    show_default=True,
    type=AGGREGATION,
    help="How the scores of its steps make a solution's score.",
)
@click.option("--seed", type=NOT_NEGATIVE, default=0, show_default=True)
@click.option("--temperature", type=Finite(0, 10), help="0 is greedy; the model's own by default.")
@click.option("--top-k", type=NOT_NEGATIVE, help="0 keeps all tokens.")
@click.option("--top-p", type=Finite(0, 1, min_open=True))
@click.option("--min-p", type=Finite(0, 1))
@click.option("--repeat-penalty", type=Finite(0, 10, min_open=True), help="1 is none.")
@click.option("--max-tokens", type=POSITIVE, default=1024, show_default=True, help="Of one solution.")
@click.option("--max-step-tokens", type=POSITIVE, default=256, show_default=True, help="Of one step.")
@click.option(
    "--max-depth",
    type=POSITIVE,
    default=25,
    show_default=True,
    help="Steps of one solution, where it grows by steps.",
)
@click.option("--budget-samples", type=POSITIVE, help="Stop after so many solutions.")
@click.option("--budget-tokens", type=POSITIVE, help="Stop after so many generated tokens.")
@click.option("--budget-flops", type=_ABOVE_0, help="Stop after so many FLOPs of policy and scorers.")
@click.option("--budget-seconds", type=_ABOVE_0, help="Stop after this time.")
@click.option("--gold", help="The right answer, to compare with.")
@click.option("--ctx", type=POSITIVE, help="Cells of the KV cache, for all branches.")
@click.option("--branches", type=POSITIVE, help="Branches decoded at once.")
@click.option("--gpu-layers", type=click.IntRange(min=-1), help="-1 puts all layers on a GPU.")
@click.option(
    "--jsonl",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Solve rows of 'question' or 'problem', with an optional 'gold' or 'answer'.",
)
@click.option("--offset", type=NOT_NEGATIVE, default=0, help="Rows of the file to skip.")
@click.option("--limit", type=POSITIVE, help="Rows of the file to solve.")
@db_option("Where traces go; REASON_DB or the user's data folder.")
@click.option("--keep-hidden", is_flag=True, help="Record hidden states too, for 'reason train-head'.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--quiet", "-q", is_flag=True, help="Print the answer alone.")
def command(question: str | None, file: Path | None, **given: Any) -> None:
    """Solve QUESTION by searching over a model's reasoning; '-' reads it from standard input."""
    from ...core.errors import UsageError
    from ..problems import one_problem, problems_of_file
    from ..solving import Output, solve_all, solve_one

    if (question is None) == (file is None):
        raise UsageError("Either a QUESTION or --jsonl FILE is wanted.", hint="Try 'reason solve --help'.")
    output = Output(as_json=given["as_json"], quiet=given["quiet"], db=given["db"])
    wanted = _wanted(given)
    if question is not None:
        raise SystemExit(solve_one(wanted, one_problem(question, given["gold"]), output))
    assert file is not None, "checked above"
    problems = problems_of_file(file, offset=given["offset"], limit=given["limit"])
    raise SystemExit(solve_all(wanted, problems, output))


def _wanted(given: dict[str, Any]) -> Wanted:
    from ...core.records import Budget, Limits
    from ..assembly import Wanted

    engine = {name: given[name] for name in ("ctx", "branches", "gpu_layers") if given[name] is not None}
    sampling = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty")
    return Wanted(
        strategy=given["strategy"],
        strategy_options=given["strategy_options"],
        model=given["model"],
        policy=given["policy"],
        policy_options=given["policy_options"] | engine,
        scorers=given["scorers"],
        scorer_options=given["scorer_options"],
        vote=given["vote"],
        aggregation=given["aggregate"],
        seed=given["seed"],
        sampling={name: given[name] for name in sampling if given[name] is not None},
        limits=Limits(given["max_tokens"], given["max_step_tokens"], given["max_depth"]),
        budget=Budget(*(given[f"budget_{name}"] for name in ("samples", "tokens", "flops", "seconds"))),
        keeps_hidden=given["keep_hidden"],
    )
