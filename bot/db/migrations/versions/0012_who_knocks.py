"""Links of the desk are tied to the browser that opens them first; a browser may knock with a number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("logins") as batch:
        batch.add_column(sa.Column("browser_hash", sa.String(length=64), nullable=True))
    op.create_table(
        "knocks",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("number_hash", sa.String(length=64), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=60), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_knocks_staff_id", ondelete="CASCADE"),
        sa.UniqueConstraint("number_hash", name="uq_knocks_number_hash"),
        sa.UniqueConstraint("browser_hash", name="uq_knocks_browser_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_knocks_staff_id", "knocks", ["staff_id"])


def downgrade() -> None:
    op.drop_table("knocks")
    with op.batch_alter_table("logins") as batch:
        batch.drop_column("browser_hash")
