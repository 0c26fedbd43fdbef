"""`reason replay`: recorded searches again, or others over the same steps."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import click

from ..completion import traces as traces_of
from ..parameters import AGGREGATION, NOT_NEGATIVE, POSITIVE, db_option, pairs
from ..trace_filters import filter_options

if TYPE_CHECKING:
    from ...store.filters import Filters


@click.command()
@click.argument("traces", nargs=-1, metavar="[TRACE]...", shell_complete=traces_of())
@filter_options("recorded-")
@click.option("--strategy", "-s", metavar="NAME", help="Another strategy over the recorded steps.")
@pairs("-o", "strategy_options", "Another value of an option of the strategy, such as width=8.")
@click.option("--scorer", metavar="NAME", help="Let another scorer's recorded scores lead.")
@click.option("--vote", metavar="NAME", help="Another vote.")
@pairs("--vote-option", "vote_options", "Another value of an option of the vote.")
@click.option(
    "--aggregate",
    type=AGGREGATION,
    help="How step scores make a solution's, if not as recorded.",
)
@click.option("--seed", type=NOT_NEGATIVE, help="Draw other steps.")
@click.option(
    "--on-miss",
    type=click.Choice(["stop", "resample"]),
    default="stop",
    show_default=True,
    help="Where too few steps were recorded: stop, or draw some again.",
)
@click.option("--model", "-m", metavar="NAME|PATH", help="Go on with a model where too few were recorded.")
@click.option("--policy", metavar="NAME", help="Go on with this policy; the recorded one by default.")
@click.option("--curve", is_flag=True, help="Accuracy for every number of samples, from recorded chains.")
@click.option(
    "--subsets",
    "n_subsets",
    type=POSITIVE,
    default=2000,
    show_default=True,
    help="Curve: random subsets of each problem's chains, where there are more.",
)
@click.option("--record/--no-record", default=True, show_default=True, help="Keep the replay as a trace.")
@db_option()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object for each trace.")
def command(traces: tuple[str, ...], filters: Filters, **given: Any) -> None:
    """Search again over what was recorded, without a model.

    The same searches, to see that they go the same way: exit code 1 and the first difference if not. With
    another strategy, option, scorer or seed, the recorded trees are pools from which steps are drawn without
    replacement. Of several traces those of a run or a filter are taken; with none, the newest one.
    """
    if not traces and not filters.any:
        traces = _newest(given["db"])
    raise SystemExit((_show_curve if given["curve"] else _replay)(traces, filters, given))


def _newest(db: str | None) -> tuple[str, ...]:
    """Return the newest trace that was searched with a model, as 'reason trace show' takes the newest.

    Raises:
        ReplayError: If there is none.
    """
    from ...api.traces import traces
    from ...core.errors import ReplayError

    found = tuple(each.id for each in traces(limit=1, kind="live", db=db))
    if not found:
        raise ReplayError("Nothing is recorded to replay.", hint="'reason solve' records what it searches.")
    return found


def _replay(traces: tuple[str, ...], filters: Filters, given: dict[str, Any]) -> int:
    """Replay, show each trace as it is done, and return the exit code."""
    from ...api.replaying import replay
    from ..interrupts import interruptible
    from ..show.download_progress import shown_progress
    from ..show.replay_report import OtherReport, ReplayReport, SameReport

    options = {name: given[name] for name in ("strategy", "scorer", "seed", "vote", "model", "policy")}
    options |= {name: given[name] for name in ("vote_options", "on_miss", "record", "db")}
    is_live = bool(given["model"] or given["policy"])
    with shown_progress() as progress:
        replays = replay(
            traces,
            filters=filters,
            options=given["strategy_options"],
            aggregation=given["aggregate"],
            progress=progress,
            **options,
        )
        report: ReplayReport = SameReport(as_json=given["as_json"])
        if replays.changes_anything:
            report = OtherReport(as_json=given["as_json"], is_alone=len(traces) == 1, is_live=is_live)
        with interruptible(replays.stop) if is_live else nullcontext():
            for replayed in replays:
                report.add(replayed)
    return report.end()


def _show_curve(traces: tuple[str, ...], filters: Filters, given: dict[str, Any]) -> int:
    from ...api.curves import curve_of
    from ...core.errors import UsageError
    from ..show.curve import print_curve

    if given["strategy"] or given["strategy_options"] or given["vote"]:
        raise UsageError("A curve has every vote, and no other search: it takes --scorer and --aggregate.")
    points, problems = curve_of(
        traces,
        filters=filters,
        aggregation=given["aggregate"],
        scorer=given["scorer"],
        n_subsets=given["n_subsets"],
        seed=given["seed"] or 0,
        db=given["db"],
    )
    print_curve(points, problems, as_json=given["as_json"])
    return 0
