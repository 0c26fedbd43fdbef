"""Keep the seed of a tree's root, so that the searches of one run may differ in their seed.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import json
from hashlib import blake2b

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go up."""
    op.add_column("searches", sa.Column("root_seed", sa.BigInteger(), nullable=True))
    _fill(op.get_bind())
    with op.batch_alter_table("searches") as batch_op:
        batch_op.alter_column("root_seed", existing_type=sa.BigInteger(), nullable=False)


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("searches") as batch_op:
        batch_op.drop_column("root_seed")


def _fill(connection: sa.Connection) -> None:
    rows = connection.execute(
        sa.text(
            "SELECT searches.id, searches.problem_index, runs.settings "
            "FROM searches JOIN runs ON runs.id = searches.run"
        )
    )
    for search, index, settings in rows.all():
        stored = json.loads(settings) if isinstance(settings, str) else settings
        connection.execute(
            sa.text("UPDATE searches SET root_seed = :seed WHERE id = :search"),
            {"seed": _root_seed(stored["seed"], index), "search": search},
        )


def _root_seed(seed: int, index: int) -> int:
    """Derive the root's seed as the program of schema 0001 did; a copy, since the program may change."""
    digest = blake2b(repr((seed, index)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % (2**32 - 1)
