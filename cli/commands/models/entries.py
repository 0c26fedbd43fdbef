"""What is known of a model of the catalog without opening its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ....core.models import ModelEntry
    from ....plugins.models.cache import Cache


def entry_facts(entry: ModelEntry, cache: Cache) -> dict[str, Any]:
    """Return facts by name; `bytes` is 0 where nobody knows how large the file is."""
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
