"""What goes with a place in a group, partners, who did what, how they found us, a house's own choices, guesses at the door."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "memberships",
        sa.Column("mother_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("since", AT, nullable=False),
        sa.Column("trying_since", AT, nullable=True),
        sa.Column("asked_at", AT, nullable=True),
        sa.Column("children", sa.Integer(), nullable=True),
        sa.Column("missed_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_memberships_mother_id", ondelete="CASCADE"),
    )
    op.create_table(
        "partners",
        sa.Column("mother_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", AT, nullable=True),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("allows", sa.JSON(), nullable=False),
        sa.Column("joined_at", AT, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_partners_mother_id", ondelete="CASCADE"),
        sa.UniqueConstraint("chat_id", name="uq_partners_chat_id"),
        sa.UniqueConstraint("code_hash", name="uq_partners_code_hash"),
    )
    _deeds()
    _counters()
    op.add_column("desk_sessions", sa.Column("device", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("staff_groups", sa.Column("role", sa.String(length=20), nullable=True))


def _deeds() -> None:
    op.create_table(
        "deeds",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("group_id", BIG, nullable=True),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("mother_id", BIG, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_deeds_group_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_deeds_staff_id"),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_deeds_mother_id", ondelete="SET NULL"),
        sqlite_autoincrement=True,
    )
    for column in ("at", "group_id", "mother_id"):
        op.create_index(f"ix_deeds_{column}", "deeds", [column])


def _counters() -> None:
    op.create_table(
        "found",
        sa.Column("group_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=20), primary_key=True, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_found_group_id", ondelete="CASCADE"),
    )
    op.create_table(
        "house_rules",
        sa.Column("house_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("evening", sa.String(length=5), nullable=True),
        sa.Column("morning_minutes", sa.Integer(), nullable=True),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_until", sa.String(length=5), nullable=True),
        sa.Column("digest", sa.Boolean(), nullable=False),
        sa.Column("digest_week", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_house_rules_house_id", ondelete="CASCADE"),
    )
    op.create_table(
        "group_rules",
        sa.Column("group_id", BIG, primary_key=True, autoincrement=False, nullable=False),
        sa.Column("trial_meetings", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_group_rules_group_id", ondelete="CASCADE"),
    )
    op.create_table(
        "guesses",
        sa.Column("address_hash", sa.String(length=64), primary_key=True, nullable=False),
        sa.Column("since", AT, primary_key=True, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("staff_groups", "role")
    op.drop_column("desk_sessions", "device")
    for table in ("guesses", "group_rules", "house_rules", "found", "deeds", "partners", "memberships"):
        op.drop_table(table)
