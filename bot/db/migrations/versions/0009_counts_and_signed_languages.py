"""Counts that name nobody, and who signed for a language."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "counts",
        sa.Column("group_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), primary_key=True, nullable=False),
        sa.Column("what", sa.String(length=12), primary_key=True, nullable=False),
        sa.Column("name", sa.String(length=60), primary_key=True, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_counts_group_id", ondelete="CASCADE"),
    )
    op.create_table(
        "language_checks",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("what", sa.String(length=10), nullable=False),
        sa.Column("signer", sa.String(length=60), nullable=False),
        sa.Column("native", sa.Boolean(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_language_checks_staff_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_language_checks_lang", "language_checks", ["lang"])


def downgrade() -> None:
    op.drop_table("language_checks")
    op.drop_table("counts")
