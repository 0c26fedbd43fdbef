"""Keep when each round was asked for and ended, and what a run has left to do.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go up. No strategy had several rounds under way before, so the n-th call asked for the n-th round."""
    for name in ("asked", "ended"):
        op.add_column("rounds", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column("rounds", sa.Column("usage", sa.JSON(), nullable=True))
    op.execute("UPDATE rounds SET asked = number, ended = number")
    with op.batch_alter_table("rounds") as batch_op:
        for name in ("asked", "ended"):
            batch_op.alter_column(name, existing_type=sa.Integer(), nullable=False)
    op.create_table(
        "planned",
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("problem_index", sa.Integer(), nullable=False),
        sa.Column("dataset", sa.String(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("gold", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_planned_run_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "number", name=op.f("pk_planned")),
    )


def downgrade() -> None:
    """Go down."""
    op.drop_table("planned")
    with op.batch_alter_table("rounds") as batch_op:
        for name in ("asked", "ended", "usage"):
            batch_op.drop_column(name)
