"""The calendar: what a meeting costs and for whom it is, who came, appointments, own days, the way, feeds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)
DUE = sa.text("say_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("meetings", sa.Column("price", sa.Text(), nullable=False, server_default=""))
    op.add_column("meetings", sa.Column("family", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "attendances",
        sa.Column("meeting_id", BIG, nullable=False),
        sa.Column("mothers", sa.Integer(), nullable=False),
        sa.Column("children", sa.Integer(), nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("noted_at", INSTANT, nullable=False),
        _to("attendances", "meeting_id", "meetings", cascade=True),
        _to("attendances", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("meeting_id", name="pk_attendances"),
    )
    op.create_table(
        "guest_photos",
        sa.Column("meeting_id", BIG, nullable=False),
        sa.Column("media_id", BIG, nullable=False),
        _to("guest_photos", "meeting_id", "meetings", cascade=True),
        _to("guest_photos", "media_id", "media"),
        sa.PrimaryKeyConstraint("meeting_id", name="pk_guest_photos"),
    )
    _appointments()
    op.create_table(
        "own_days",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("greet", sa.Boolean(), nullable=False),
        sa.Column("greeting_id", BIG, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _to("own_days", "group_id", "groups"),
        sa.ForeignKeyConstraint(
            ["greeting_id"], ["announcements.id"], name="fk_own_days_greeting_id", ondelete="SET NULL"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_own_days_group_id", "own_days", ["group_id"])
    op.create_table(
        "ways",
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("line", sa.String(length=12), nullable=False),
        sa.Column("stop", sa.Text(), nullable=False),
        sa.Column("stop_photo", BIG, nullable=True),
        sa.Column("door_photo", BIG, nullable=True),
        _to("ways", "group_id", "groups", cascade=True),
        _to("ways", "stop_photo", "media"),
        _to("ways", "door_photo", "media"),
        sa.PrimaryKeyConstraint("group_id", name="pk_ways"),
    )
    op.create_table(
        "feeds",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        _to("feeds", "group_id", "groups"),
        _to("feeds", "staff_id", "staff"),
        sa.UniqueConstraint("secret_hash", name="uq_feeds_secret_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feeds_group_id", "feeds", ["group_id"])


def _to(table: str, column: str, target: str, *, cascade: bool = False) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE" if cascade else None)


def _appointments() -> None:
    op.create_table(
        "appointments",
        sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("guide", sa.Text(), nullable=False),
        sa.Column("partner", sa.Boolean(), nullable=False),
        sa.Column("starts_at", INSTANT, nullable=False),
        sa.Column("ends_at", INSTANT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("say", sa.String(length=10), nullable=False),
        sa.Column("say_at", INSTANT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        _to("appointments", "group_id", "groups"),
        _to("appointments", "mother_id", "mothers", cascade=True),
        _to("appointments", "staff_id", "staff"),
        sqlite_autoincrement=True,
    )
    for column in ("group_id", "mother_id", "starts_at"):
        op.create_index(f"ix_appointments_{column}", "appointments", [column])
    op.create_index("ix_appointments_due", "appointments", ["say_at"], sqlite_where=DUE, postgresql_where=DUE)


def downgrade() -> None:
    for table in ("feeds", "ways", "own_days", "appointments", "guest_photos", "attendances"):
        op.drop_table(table)
    for column in ("family", "price"):
        op.drop_column("meetings", column)
