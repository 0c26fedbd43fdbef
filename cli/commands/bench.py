"""`reason bench`: search what a study compares."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..completion import models, plugins_of
from ..parameters import NOT_NEGATIVE, POSITIVE, Finite, db_option, numbers

if TYPE_CHECKING:
    from ...api.study.spec import StudySpec


@click.command()
@click.argument("study", required=False, type=click.Path(path_type=Path), metavar="[STUDY.toml]")
@click.option("--data", "-d", multiple=True, metavar="NAME|PATH", help="A data set or a file of rows.")
@click.option("--offset", type=NOT_NEGATIVE, help="Rows to skip.")
@click.option("--limit", type=POSITIVE, help="Rows to take.")
@click.option("--shuffle-seed", type=NOT_NEGATIVE, help="Shuffle the rows before, with this seed.")
@click.option(
    "--model",
    "-m",
    "models",
    multiple=True,
    metavar="NAME|PATH",
    shell_complete=models(),
    help="A model; may be given several times.",
)
@click.option(
    "--strategy",
    "-s",
    "strategies",
    multiple=True,
    metavar="NAME",
    shell_complete=plugins_of("strategy"),
    help="A strategy; may be given several times.",
)
@click.option("--samples", callback=numbers, metavar="N,N,…", help="Solutions to look for: 1,2,4,8,16.")
@click.option(
    "--scorer", "scorers", multiple=True, metavar="NAME", help="What leads; may be given several times."
)
@click.option("--vote", "votes", multiple=True, metavar="NAME", help="A vote; may be given several times.")
@click.option("--seed", "seeds", type=NOT_NEGATIVE, multiple=True, help="May be given several times.")
@click.option("--policy", metavar="NAME", help="See 'reason plugins list'; llama-cpp by default.")
@click.option("--prompt", metavar="FILE|NAME", help="How all models are asked, as 'reason solve' takes it.")
@click.option("--temperature", type=Finite(0, 10), help="Of all runs; each model's own by default.")
@click.option("--max-tokens", type=POSITIVE, help="Of one solution; 1024 by default.")
@click.option("--workers", type=POSITIVE, default=1, show_default=True, help="Processes side by side.")
@click.option("--dry-run", is_flag=True, help="Only plan, measure how fast the models are, and say how long.")
@db_option("Where traces go; a study's file has a database of its own beside it.")
@click.option("--json", "as_json", is_flag=True, help="Print the plan as a JSON object.")
def command(study: Path | None, db: str | None, **given: Any) -> None:
    """Search all that a study compares: models × strategies × numbers of samples.

    What is recorded already is not searched again, so the same command goes on where the last one stopped. A
    vote over few chains is taken from the run with most of them; only trees are grown for each number of
    samples. 'reason report' shows what came of it.
    """
    from ...api.study.places import database_of, place_of
    from ...api.study.study import Study
    from ..show.download_progress import shown_progress

    spec = _spec(study, given)
    place = place_of(database_of(study) if study and db is None else db)
    with shown_progress() as progress:
        bench = Study(spec, place, progress=progress)
        raise SystemExit(_dry_run(bench, given) if given["dry_run"] else _search(bench, given["workers"]))


def _spec(study: Path | None, given: dict[str, Any]) -> StudySpec:
    from ...api.study.spec import StudySpec
    from ...core.errors import UsageError

    subset = {name: given[name] for name in ("offset", "limit", "shuffle_seed") if given[name] is not None}
    values = StudySpec.read(study).model_dump(mode="json") if study else {}
    if given["data"]:
        values["data"] = [{"data": name} for name in given["data"]]
    if not values.get("data"):
        raise UsageError("A study's file, or --data, is wanted.", hint="See 'reason bench --help'.")
    values["data"] = [each | subset for each in values["data"]]
    for name in ("models", "strategies", "samples", "scorers", "votes", "seeds"):
        if given[name]:
            values[name] = list(given[name])
    values.setdefault("strategies", ["greedy", "majority", "weighted-majority", "best-of-n", "rebase"])
    common = {
        name: given[name]
        for name in ("policy", "prompt", "temperature", "max_tokens")
        if given[name] is not None
    }
    values["common"] = values.get("common", {}) | common
    return StudySpec.of(values)


def _dry_run(bench: Any, given: dict[str, Any]) -> int:
    from ..interrupts import interruptible
    from ..show.study import print_plan

    with interruptible(bench.stop):
        left = bench.calibrated(bench.outstanding())
    print_plan(left, n_workers=given["workers"], as_json=given["as_json"])
    return 0


def _search(bench: Any, n_workers: int) -> int:
    from ..interrupts import interruptible, say
    from ..show.study import BenchProgress

    bench.say = say
    left = bench.outstanding()
    progress = BenchProgress(left, say)
    progress.begin()
    with interruptible(bench.stop) if progress.n_left else nullcontext():
        for searched in bench.search(left, n_workers=n_workers):
            progress.add(searched)
    return progress.end(is_stopped=bench.is_stopped)
