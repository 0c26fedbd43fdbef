"""Keep the data set of a problem and a run's public id, and let a run go whose replay stays.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go up."""
    op.add_column("searches", sa.Column("dataset", sa.String(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("uid", sa.String(), nullable=True))
    _name_runs(op.get_bind())
    with op.batch_alter_table("searches") as batch_op:
        batch_op.alter_column("dataset", existing_type=sa.String(), server_default=None)
        batch_op.create_index(batch_op.f("ix_searches_dataset"), ["dataset"])
    with op.batch_alter_table("runs") as batch_op:
        batch_op.alter_column("uid", existing_type=sa.String(), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_runs_uid"), ["uid"])
        batch_op.drop_constraint("fk_runs_parent_runs", type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_runs_parent_runs"), "runs", ["parent"], ["id"], ondelete="SET NULL"
        )


def downgrade() -> None:
    """Go down."""
    with op.batch_alter_table("runs") as batch_op:
        batch_op.drop_constraint("fk_runs_parent_runs", type_="foreignkey")
        batch_op.create_foreign_key(batch_op.f("fk_runs_parent_runs"), "runs", ["parent"], ["id"])
        batch_op.drop_constraint("uq_runs_uid", type_="unique")
        batch_op.drop_column("uid")
    with op.batch_alter_table("searches") as batch_op:
        batch_op.drop_index(batch_op.f("ix_searches_dataset"))
        batch_op.drop_column("dataset")


def _name_runs(connection: sa.Connection) -> None:
    for (run,) in connection.execute(sa.text("SELECT id FROM runs")).all():
        connection.execute(
            sa.text("UPDATE runs SET uid = :uid WHERE id = :run"), {"uid": secrets.token_hex(6), "run": run}
        )
