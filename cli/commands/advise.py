"""`reason advise`: what to use for what one can spend."""

from __future__ import annotations

from typing import Any

import click

from ..parameters import Finite

_ABOVE_0 = Finite(min=0, min_open=True)


@click.command()
@click.argument("study", nargs=-1, metavar="STUDY...")
@click.option("--budget-flops", type=_ABOVE_0, help="FLOPs that a problem may take.")
@click.option("--budget-seconds", type=_ABOVE_0, help="Seconds that a problem may take.")
@click.option(
    "--target-accuracy", type=Finite(0, 1, min_open=True), help="Share of right answers, such as 0.7."
)
@click.option(
    "--paper", "as_paper", is_flag=True, help="Count FLOPs as Wu et al. 2024: generated tokens alone."
)
@click.option("--dataset", metavar="NAME", help="By this data set, where a study has several.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def command(study: tuple[str, ...], as_json: bool, **asked: Any) -> None:
    """Say which model, strategy, number of samples, scorer and vote to use, by what was measured.

    STUDY is as 'reason report' takes it; several are put together.
    """
    from ...api.study.advising import advise
    from ...api.study.report import is_export, report
    from ...core.errors import UsageError
    from ..show.study import print_advice

    if not study:
        raise UsageError(
            "A study's file, a database or exported traces are wanted.", hint="See 'reason advise --help'."
        )
    if all(asked[name] is None for name in ("budget_flops", "budget_seconds", "target_accuracy")):
        raise UsageError("--budget-flops, --budget-seconds or --target-accuracy is wanted.")
    if asked["budget_flops"] is not None and asked["budget_seconds"] is not None:
        raise UsageError("--budget-flops and --budget-seconds came, and only one of them can be kept to.")
    exported = [each for each in study if is_export(each)]  # those of one study may be in several files
    found = [
        report(each)
        for each in ([exported] if exported else []) + [each for each in study if each not in exported]
    ]
    cells = [cell for each in found for cell in each.cells]
    print_advice(advise(cells, **asked), as_json=as_json)
