"""Keep what the user said before a step, and how many of its tokens were given and not sampled.

In older rows nothing was given; all three columns are empty there, as they are in new rows of plain steps.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go up."""
    op.add_column("nodes", sa.Column("said", sa.LargeBinary(), nullable=True))
    for name in ("n_given", "n_said"):
        op.add_column("nodes", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("nodes") as batch_op:
        for name in ("said", "n_given", "n_said"):
            batch_op.drop_column(name)
