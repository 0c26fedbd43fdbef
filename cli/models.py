"""`reason models`: what the catalog has, fetching a model, and what a GGUF file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from .printable import json_text, printable

if TYPE_CHECKING:
    from ..core.models import ModelEntry, ModelFile
    from ..plugins.models.cache import Cache
    from ..plugins.models.gguf_header import Header


@click.group()
def command() -> None:
    """List, fetch and inspect models."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def list_models(as_json: bool) -> None:
    """List the catalog: name, size, whether the file is here, sources, role, licence, what it is."""
    from ..plugins import registry
    from ..plugins.models.cache import Cache

    cache = Cache.of_user()
    rows = [_row(entry, cache) for entry in registry().all("model")]
    if as_json:
        click.echo(json_text(rows, indent=2))
        return
    width = max((len(row["name"]) for row in rows), default=0)
    click.echo(
        f"{'name':<{width}}  {'size':>8}  cached  {'sources':<13}  role    {'licence':<10}  description"
    )
    for row in rows:
        size = f"{row['bytes'] / 1e6:,.0f} MB" if row["bytes"] else "?"
        click.echo(
            f"{row['name']:<{width}}  {size:>8}  {'yes' if row['cached'] else '-':<6}  "
            f"{', '.join(row['sources']) or '-':<13}  {row['role']:<6}  "
            f"{row['licence']:<10}  {row['description']}"
        )
    click.echo(f"Models lie in {cache.folder}. Any other GGUF file works by its path.")


@command.command()
@click.argument("name")
def pull(name: str) -> None:
    """Fetch a model of the catalog; an interrupted fetch goes on where it was."""
    from ..plugins.models.cache import Cache
    from ..plugins.models.pull import pull as fetch
    from .download_progress import shown_progress

    entry = _named(name)
    try:
        with shown_progress() as progress:
            path = fetch(entry, Cache.of_user(), progress)
    except KeyboardInterrupt:
        click.echo("What has come is kept; the same command goes on from there.", err=True)
        raise
    click.echo(str(path))


@command.command()
@click.argument("model", metavar="NAME-or-PATH")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def info(model: str, as_json: bool) -> None:
    """Show a model's metadata, parameters, cost and prompt format; of one that is not here, what is known."""
    from ..plugins import registry
    from ..plugins.models.cache import Cache
    from ..plugins.models.gguf_reader import read_header
    from ..plugins.models.resolve import as_path, find_entry, open_path
    from .download_progress import shown_progress

    entry = find_entry(model, registry())
    cache = Cache.of_user()
    facts: dict[str, Any] = _row(entry, cache) | _asking(entry) if entry else {}
    path = cache.path(entry) if entry else as_path(model)
    if not entry or cache.holds(entry):
        with shown_progress() as progress:
            file = open_path(path, registry(), progress)
        facts |= _of_file(file, read_header(path)) | _asking(entry or file)
    _show(facts, as_json=as_json)


def _named(name: str) -> ModelEntry:
    """Return the catalog's entry; a path is told what to do instead."""
    from ..core.errors import UsageError
    from ..plugins import registry
    from ..plugins.models.resolve import find_entry

    entry = find_entry(name, registry())
    if entry is None:
        raise UsageError(
            f"{name} is a path; only names of the catalog are pulled.", hint="Give it to --model."
        )
    return entry


def _row(entry: ModelEntry, cache: Cache) -> dict[str, Any]:
    kinds = list(dict.fromkeys(source.kind for source in entry.sources))
    is_here = cache.holds(entry)
    return {
        "name": entry.name,
        "bytes": entry.n_bytes or (cache.path(entry).stat().st_size if is_here else 0),
        "cached": is_here,
        "sources": kinds,
        "role": entry.role,
        "licence": entry.licence,
        "description": entry.description,
        "sha256": entry.sha256,
    }


def _of_file(file: ModelFile, header: Header) -> dict[str, Any]:
    return {
        "file": str(file.path),
        "bytes": header.n_bytes,
        "sha256": file.sha256,
        "model": header.name,
        "architecture": header.architecture,
        "quantisation": header.quantisation,
        "tokenizer": header.tokenizer,
        "vocabulary": header.n_vocab,
        "context": header.n_context,
        "layers": header.n_layers,
        "embedding": header.n_embedding,
        "heads": header.n_heads,
        "kv_heads": header.n_kv_heads,
        "chat_template": header.has_chat_template,
        "parameters": header.n_parameters,
        "parameters_multiplied": header.n_multiplied,
        "flops_per_token": header.flops_per_token,
        "flops_per_token_and_context": header.flops_per_token_and_context,
        "kv_bytes_per_token": header.kv_bytes_per_token,
    }


def _asking(model: ModelEntry | ModelFile) -> dict[str, Any]:
    """Return how a model is asked."""
    prompt, sampling = model.prompt, model.sampling
    return {
        "prompt": "chat template" if prompt.template is None else prompt.template,
        "instruction": prompt.instruction if prompt.template is None else "",
        "delimiter": prompt.delimiter,
        "stops": list(prompt.stops),
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
    }


def _show(facts: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json_text(facts, indent=2))
        return
    width = max(map(len, facts))
    for key, value in facts.items():
        click.echo(f"{key.replace('_', ' '):<{width}}  {_shown(key, value)}")


def _shown(key: str, value: Any) -> str:

    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return "unknown" if key == "bytes" and not value else f"{value:,}"
    if key in ("delimiter", "stops"):
        return ", ".join(map(repr, value if isinstance(value, list) else [value]))
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if key == "prompt" and "\n" in value:
        return "".join(f"\n    {printable(line)}" for line in value.split("\n"))
    return printable(str(value)) or "-"
