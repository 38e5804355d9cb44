"""One-time links into the desk, and the browsers that are inside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "logins",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_logins_staff_id", ondelete="CASCADE"),
        sa.UniqueConstraint("code_hash", name="uq_logins_code_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_logins_staff_id", "logins", ["staff_id"])
    op.create_table(
        "desk_sessions",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("seen_at", AT, nullable=False),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_desk_sessions_staff_id", ondelete="CASCADE"),
        sa.UniqueConstraint("secret_hash", name="uq_desk_sessions_secret_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_desk_sessions_staff_id", "desk_sessions", ["staff_id"])


def downgrade() -> None:
    op.drop_table("desk_sessions")
    op.drop_table("logins")
