"""`reason models info`: what the catalog knows of a model, and what its GGUF file says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ....core.text import printable

if TYPE_CHECKING:
    from ....core.models import ModelEntry, ModelFile
    from ....plugins.models.gguf_header import Header


@click.command()
@click.argument("model", metavar="NAME-or-PATH")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
def command(model: str, as_json: bool) -> None:
    """Show a model's metadata, parameters, cost and prompt format; of one that is not here, what is known."""
    from ....plugins import registry
    from ....plugins.models.cache import Cache
    from ....plugins.models.gguf_reader import read_header
    from ....plugins.models.resolve import as_path, find_entry, open_path
    from ...show.download_progress import shown_progress
    from .entries import entry_facts

    entry = find_entry(model, registry())
    cache = Cache.of_user()
    facts: dict[str, Any] = entry_facts(entry, cache) | _asking(entry) if entry else {}
    path = cache.path(entry) if entry else as_path(model)
    if not entry or cache.holds(entry):
        with shown_progress() as progress:
            file = open_path(path, registry(), progress)
        facts |= _of_file(file, read_header(path)) | _asking(entry or file)
    _show(facts, as_json=as_json)


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
        "system": prompt.system,
        "examples": len(prompt.examples),
        "lead": prompt.lead,
        "delimiter": prompt.delimiter,
        "step_start": prompt.step_start,
        "needs_content": prompt.needs_content,
        "stops": list(prompt.stops),
        "temperature": sampling.temperature,
        "top_k": sampling.top_k,
    }


def _show(facts: Mapping[str, Any], *, as_json: bool) -> None:
    from ...show.json_output import print_json

    if as_json:
        print_json(facts, indent=2)
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
