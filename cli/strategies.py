"""`reason strategies`: every strategy with its options, as the plugins themselves describe them."""

from __future__ import annotations

from typing import Any

import click

from .printable import json_text


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(name: str | None, as_json: bool) -> None:
    """List strategies with their options, bounds and meanings; NAME shows one alone."""
    from .plugin_registry import registry

    names = [name] if name else registry().names("strategy")
    described = [_describe(registry().get("strategy", each)) for each in names]
    if as_json:
        click.echo(json_text(described, indent=2))
        return
    for strategy in described:
        _show(strategy)


def _describe(strategy: Any) -> dict[str, Any]:
    from ..core.options import describe

    summary = (strategy.__doc__ or "").strip().splitlines()
    return {
        "name": strategy.name,
        "summary": summary[0] if summary else "",
        "vote": strategy.vote,
        "options": [option._asdict() for option in describe(strategy.Options)],
    }


def _show(strategy: dict[str, Any]) -> None:
    click.echo(f"{strategy['name']}: {strategy['summary']} Vote: {strategy['vote']}.")
    for option in strategy["options"]:
        kind = " ".join(filter(None, (option["kind"], option["bounds"])))
        click.echo(f"  -o {option['name']}={option['default']}  ({kind})")
        click.echo(f"      {option['meaning']}")
