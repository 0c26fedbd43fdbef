"""`reason replay`: recorded searches again, or others over the same steps."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from ..parameters import AGGREGATION, NOT_NEGATIVE, POSITIVE, db_option, pairs
from ..trace_filters import filter_options

if TYPE_CHECKING:
    from ...store.filters import Filters
    from ..live import Live
    from ..recast import Changes
    from ..replaying import Wish


@click.command()
@click.argument("traces", nargs=-1, metavar="[TRACE]...")
@filter_options("recorded-")
@click.option("--strategy", "-s", metavar="NAME", help="Another strategy over the recorded steps.")
@pairs("-o", "strategy_options", "Another value of an option of the strategy, such as width=8.")
@click.option("--scorer", metavar="NAME", help="Let another scorer's recorded scores lead.")
@click.option("--vote", metavar="NAME", help="Another vote.")
@click.option(
    "--aggregate",
    type=AGGREGATION,
    help="Another way from the scores of steps to a solution's.",
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
    replacement.
    """
    from ..replaying import replay
    from ..show.replay_report import OtherReport, ReplayReport, SameReport

    wish, as_json = _wish(traces, filters, given), given["as_json"]
    if given["curve"]:
        from ..curves import show_curve

        raise SystemExit(show_curve(wish, n_subsets=given["n_subsets"], as_json=as_json))
    changes = wish.changes
    report: ReplayReport = SameReport(as_json=as_json)
    if changes.of_search or changes.of_vote:
        is_live = wish.live is not None
        report = OtherReport(as_json=as_json, is_alone=len(traces) == 1, is_live=is_live)
    for replayed in replay(wish):
        report.add(replayed)
    raise SystemExit(report.end())


def _wish(traces: tuple[str, ...], filters: Filters, given: dict[str, Any]) -> Wish:
    from ...core.errors import UsageError
    from ..replaying import Wish

    if not (traces or filters.any):
        raise UsageError("Nothing says what to replay.", hint="Name traces, or choose some with --run.")
    if not traces and filters.run is None and filters.kind is None:
        filters = replace(filters, kind="live")  # a replay says nothing that its parent does not
    changes = _changes(given)
    if given["curve"] and (changes.strategy or changes.options or changes.vote):
        raise UsageError("A curve has every vote, and no other search: it takes --scorer and --aggregate.")
    return Wish(
        traces,
        filters,
        changes,
        on_miss=given["on_miss"],
        live=_live(given, changes),
        record=given["record"],
        db=given["db"],
    )


def _changes(given: dict[str, Any]) -> Changes:
    from ..recast import Changes

    return Changes(
        strategy=given["strategy"],
        options=given["strategy_options"],
        vote=given["vote"],
        aggregation=given["aggregate"],
        scorer=given["scorer"],
        seed=given["seed"],
    )


def _live(given: dict[str, Any], changes: Changes) -> Live | None:
    from ...core.errors import UsageError
    from ..live import Live

    if not (given["model"] or given["policy"]):
        return None
    if not changes.of_search:
        raise UsageError(
            "A model goes on only where another search asks for more than was recorded.",
            hint="Say which search: --strategy, -o, --scorer or --seed.",
        )
    if given["on_miss"] == "resample":
        raise UsageError("Either a model goes on, or steps are drawn again: --model or --on-miss resample.")
    return Live(given["model"] or "", given["policy"] or "")
