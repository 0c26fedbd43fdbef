"""The first schema.

Revision ID: 0001
Revises: none
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go up."""

    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("created", sa.DateTime(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("strategy", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("model_sha256", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["runs.id"], name=op.f("fk_runs_parent_runs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runs_created"), ["created"], unique=False)
        batch_op.create_index(batch_op.f("ix_runs_model"), ["model"], unique=False)
        batch_op.create_index(batch_op.f("ix_runs_strategy"), ["strategy"], unique=False)

    op.create_table(
        "searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("trace", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("problem_index", sa.Integer(), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("gold", sa.LargeBinary(), nullable=True),
        sa.Column("prompt", sa.LargeBinary(), nullable=False),
        sa.Column("prompt_tokens", sa.LargeBinary(), nullable=False),
        sa.Column("started", sa.DateTime(), nullable=False),
        sa.Column("stopped", sa.String(), nullable=True),
        sa.Column("error", sa.LargeBinary(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("correct", sa.Boolean(), nullable=True),
        sa.Column("usage", sa.JSON(), nullable=True),
        sa.Column("elapsed_s", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_searches_run_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searches")),
        sa.UniqueConstraint("trace", name=op.f("uq_searches_trace")),
    )
    with op.batch_alter_table("searches", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_searches_correct"), ["correct"], unique=False)
        batch_op.create_index(batch_op.f("ix_searches_run"), ["run"], unique=False)

    op.create_table(
        "nodes",
        sa.Column("search", sa.Integer(), nullable=False),
        sa.Column("node", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("tokens", sa.LargeBinary(), nullable=False),
        sa.Column("logprobs", sa.LargeBinary(), nullable=False),
        sa.Column("hidden", sa.LargeBinary(), nullable=True),
        sa.Column("step_end", sa.String(), nullable=True),
        sa.Column("end", sa.String(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("canonical", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["search"], ["searches.id"], name=op.f("fk_nodes_search_searches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search", "node", name=op.f("pk_nodes")),
    )
    with op.batch_alter_table("nodes", schema=None) as batch_op:
        batch_op.create_index("ix_nodes_search_round", ["search", "round"], unique=False)

    op.create_table(
        "rounds",
        sa.Column("search", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("expansions", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search"], ["searches.id"], name=op.f("fk_rounds_search_searches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search", "number", name=op.f("pk_rounds")),
    )
    op.create_table(
        "scores",
        sa.Column("search", sa.Integer(), nullable=False),
        sa.Column("node", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scorer", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search"], ["searches.id"], name=op.f("fk_scores_search_searches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search", "node", "scorer", name=op.f("pk_scores")),
    )
    op.create_table(
        "tallies",
        sa.Column("search", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search"], ["searches.id"], name=op.f("fk_tallies_search_searches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search", "place", name=op.f("pk_tallies")),
    )


def downgrade() -> None:
    """Go down."""

    op.drop_table("tallies")
    op.drop_table("scores")
    op.drop_table("rounds")
    with op.batch_alter_table("nodes", schema=None) as batch_op:
        batch_op.drop_index("ix_nodes_search_round")

    op.drop_table("nodes")
    with op.batch_alter_table("searches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_searches_run"))
        batch_op.drop_index(batch_op.f("ix_searches_correct"))

    op.drop_table("searches")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_runs_strategy"))
        batch_op.drop_index(batch_op.f("ix_runs_model"))
        batch_op.drop_index(batch_op.f("ix_runs_created"))

    op.drop_table("runs")
