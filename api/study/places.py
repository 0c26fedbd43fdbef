"""Where a study's traces are."""

from __future__ import annotations

from pathlib import Path

from ...store.engines import url_of


def database_of(study: str | Path) -> str:
    """Return the database that a study's file has beside it."""
    return str(Path(study).with_suffix(".db"))


def place_of(db: str | None) -> str:
    """Return a database's place; that of the user where none is given."""
    return db or url_of(None).render_as_string(hide_password=False)
