"""`reason price`: what solutions of a model cost, by the count that every search is booked with."""

from __future__ import annotations

import click
from reasontree.core import Meter, ModelInfo


@click.command()
@click.option("--parameters", type=click.FloatRange(min=1), default=5e8, show_default=True)
@click.option("--layers", type=click.IntRange(min=0), default=24, show_default=True)
@click.option("--width", type=click.IntRange(min=0), default=896, show_default=True, help="Of the attention.")
@click.option("--prompt", type=click.IntRange(min=0), default=100, show_default=True, help="Its tokens.")
@click.option("--tokens", type=click.IntRange(min=1), default=300, show_default=True, help="Of a solution.")
@click.argument("solutions", type=click.IntRange(min=1))
def command(parameters: float, layers: int, width: int, prompt: int, tokens: int, solutions: int) -> None:
    """Say how many FLOPs so many SOLUTIONS take, if they share the computation of their prompt."""
    meter = Meter(ModelInfo("any", int(parameters), layers, width))
    meter.computed(0, prompt, prompt=prompt)
    for _ in range(solutions):
        meter.sampled(tokens)
        meter.computed(prompt, prompt + tokens)
    usage = meter.take()
    click.echo(f"{usage.flops.policy:.3g} FLOPs for {usage.tokens.generated:,} tokens")
