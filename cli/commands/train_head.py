"""`reason train-head`: sample or read chains, train a value head, and measure it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..data_options import DATA_FORMS, data_options, problems_of
from ..parameters import NOT_NEGATIVE, POSITIVE, Finite, db_option, policy_options
from ..prompt_options import prompt_of, prompt_options

if TYPE_CHECKING:
    from ...api.head_chains import TrainingChains
    from ...api.head_sampling import ChainSampler
    from ...api.head_training import Measured
    from ...api.readings import Readings
    from ...core.models import ModelFile
    from ...core.records import Problem
    from ...plugins.scorers.value_head.head import Binding
    from ...store.database import Database


_LEAST_ACTIVE = 4  # problems at once, so that there is work while the last chains of one end
_CHAINS_UNDER_WAY = 64


@click.command()
@click.option("--model", "-m", default="", metavar="NAME|PATH", help="A catalog name or any GGUF file.")
@prompt_options()
@data_options()
@click.option("--samples", type=POSITIVE, default=16, show_default=True, help="Chains of each problem.")
@click.option("--seed", type=NOT_NEGATIVE, default=0, show_default=True)
@click.option("--temperature", type=Finite(0, 10), help="The model's own by default.")
@click.option("--max-tokens", type=POSITIVE, default=1024, show_default=True, help="Of one chain.")
@policy_options()
@db_option("Where traces go; REASON_DB or the user's data folder.")
@click.option("--traces", metavar="URL|PATH", help="Sample nothing: take chains that are recorded there.")
@click.option(
    "--evaluate",
    "measured_head",
    type=click.Path(path_type=Path),
    metavar="HEAD",
    help="Train nothing: measure this head on problems that it was not trained on.",
)
@click.option(
    "--reader",
    default="",
    metavar="NAME|PATH",
    help="A second model that reads the chains: fit what makes its likelihoods probabilities.",
)
@click.option("--out", type=click.Path(path_type=Path), metavar="HEAD", help="Where the head goes.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(measured_head: Path | None, out: Path | None, as_json: bool, **given: Any) -> None:
    """Train a value head: a scorer that reads the model's own hidden states, at no cost.

    Chains are sampled from --data and recorded, or taken from --traces. Problems that are recorded with the
    same record are not sampled again, so the same command goes on where the last one stopped. Without
    --out the head goes to the user's data folder, where 'reason solve' finds it.

    With --reader the head belongs to scorer 'reader', and reads how probable a second model finds the chains.
    """
    from ...plugins.scorers.value_head.training import require_scikit_learn

    require_scikit_learn()
    _check(given)
    measured = _evaluate(measured_head, given) if measured_head else _train(out, given)
    _show(measured, as_json=as_json, is_new=not measured_head)
    if not (measured_head or out):
        from ..interrupts import say

        reader = measured.head.info.reader
        if reader:
            say(f"'--scorer reader -k model={given['reader']}' goes by this head from now on.")
        else:
            say("'reason solve' is led by this head from now on; '--scorer confidence' leads it otherwise.")


def _check(given: dict[str, Any]) -> None:
    from ...core.errors import UsageError

    data, traces = given["data"], given["traces"]
    if not (data or traces):
        raise UsageError(
            f"Either {DATA_FORMS} to sample or --traces DB of recorded chains is wanted.",
            hint="Try 'reason train-head --help'.",
        )
    if traces and "://" not in traces and not Path(traces).expanduser().is_file():
        raise UsageError(f"--traces takes a database of recorded chains, and there is no {traces}.")


def _train(out: Path | None, given: dict[str, Any]) -> Measured:
    from ...api.head_training import train_head

    reader = _reader(given)
    return train_head(_recorded(given, None, reader), out, reader)


def _evaluate(path: Path, given: dict[str, Any]) -> Measured:
    from ...api.head_training import evaluate_head
    from ...plugins.scorers.value_head.head import load_head

    head, reader = load_head(path), _reader(given)
    head.require_reader(str(path), *(reader.known_as if reader else ("", "")))
    if given["model"] or not given["traces"]:
        head.require_writer(_sampler(given).model, str(path))
    return evaluate_head(head, path, _recorded(given, head.info.binding, reader))


def _reader(given: dict[str, Any]) -> ModelFile | None:
    """Return the second model that reads the chains, fetched if need be."""
    from ...api.model_files import finder
    from ..show.download_progress import shown_progress

    if not given["reader"]:
        return None
    with shown_progress() as progress:
        return finder(progress)(given["reader"])


def _recorded(given: dict[str, Any], binding: Binding | None, reader: ModelFile | None) -> TrainingChains:
    """Return the chains that are meant: sampled now, or recorded before."""
    from ...api.head_chains import find, read
    from ...api.readings import Readings
    from ...plugins.scorers.value_head.head import Binding
    from ...store.database import open_database

    problems, searches = _problems(given), None
    if not given["traces"]:
        sampler = _sampler(given)
        _sample(sampler, problems or [])
        searches = sampler.recorded(problems or [])
    elif given["model"]:
        binding = Binding.of(_sampler(given).model)
    database = open_database(given["traces"] or given["db"])
    try:
        searches = find(database, binding, problems) if searches is None else searches
        readings = None if reader is None else Readings(reader)
        if readings is not None:
            _read(readings, database, [each.trace for each in searches], given)
        return read(database, searches, readings)
    finally:
        database.close()


def _read(readings: Readings, database: Database, traces: list[str], given: dict[str, Any]) -> None:
    """Let the reader read the chains that it has not read yet; what was read is kept."""
    from time import monotonic

    from ...core.options import parse
    from ...plugins.policies.llama_cpp import LlamaCppOptions
    from ..interrupts import say

    missing, began_s = readings.missing(traces), monotonic()
    if len(missing) < len(traces):
        say(f"{len(traces) - len(missing)} of {len(traces)} problems were read already")
    if not missing:
        return
    say(f"{readings.reader.name} reads the chains of {len(missing)} problems.")
    options = parse("policy 'llama-cpp'", LlamaCppOptions, given["policy_options"])
    for n, _ in enumerate(readings.read(database, missing, options), start=1):
        left_s = (monotonic() - began_s) / n * (len(missing) - n)
        say(f"{n} of {len(missing)} problems read, {left_s:,.0f} s left")


def _problems(given: dict[str, Any]) -> list[Problem] | None:
    from ...core.errors import UsageError

    if given["data"] is None:
        return None
    problems = problems_of(given)
    ungraded = [problem.index for problem in problems if problem.gold is None]
    if ungraded:
        raise UsageError(
            f"{given['data']}, problem {ungraded[0] + 1}: a value head learns from problems with a 'gold' or "
            "'answer', and this one has none."
        )
    return problems


def _sample(sampler: ChainSampler, problems: list[Problem]) -> None:
    """Sample the problems that are not recorded yet.

    Raises:
        ReasonError: If it was interrupted; what was found is recorded.
    """
    from ...core.errors import ReasonError
    from ..interrupts import interruptible, say
    from ..show.summary import Summary

    missing = sampler.missing(problems)
    if len(missing) < len(problems):
        say(f"{len(problems) - len(missing)} of {len(problems)} problems are recorded already")
    if not missing:
        return
    say(f"Sampling chains of {len(missing)} problems.")
    summary, results = Summary(len(missing)), sampler.sample(missing)
    with interruptible(results.stop):
        for result in results:
            summary.add(result)
            say(summary.progress())
            if result.error:
                say(f"reason: row {result.problem.index + 1} failed and is left out: {result.error}")
    n_whole = summary.n_done - summary.n_interrupted
    if n_whole < len(missing):
        raise ReasonError(
            f"{n_whole} of {len(missing)} problems were sampled to their end; they are recorded.",
            hint="The same command goes on from there.",
        )


def _sampler(given: dict[str, Any]) -> ChainSampler:
    from ...api.head_sampling import ChainSampler
    from ...core.spec import RunSpec
    from ..show.download_progress import shown_progress

    spec = RunSpec().changed(
        strategy="majority",
        strategy_options={"width": given["samples"]},
        model=given["model"] or "",
        prompt=prompt_of(given),
        policy=given["policy"] or RunSpec().policy,
        policy_options=given["policy_options"],
        scorers={"confidence": {}},  # to set beside the head
        seed=given["seed"],
        sampling={} if given["temperature"] is None else {"temperature": given["temperature"]},
        limits={"max_tokens": given["max_tokens"]},
        keeps_hidden=True,
        n_active=max(_LEAST_ACTIVE, _CHAINS_UNDER_WAY // given["samples"]),
    )
    with shown_progress() as progress:
        return ChainSampler(spec, db=given["db"], progress=progress)


def _show(measured: Measured, *, as_json: bool, is_new: bool) -> None:
    from ..show.head_report import as_json as to_json
    from ..show.head_report import as_lines
    from ..show.json_output import print_json

    if as_json:
        print_json(to_json(measured))
        return
    if is_new:
        click.echo(f"{measured.path} (SHA-256 {measured.head.digest[:12]}), cross-validated by problem:\n")
    for line in as_lines(measured):
        click.echo(line)
