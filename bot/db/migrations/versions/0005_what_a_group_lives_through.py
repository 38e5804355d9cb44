"""What a group lives through: questions in pictures, trust, wishes, stepping stones, words about the group, registration."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _polls()
    _tallies()
    _paths()
    _words()


def _polls() -> None:
    op.create_table(
        "polls",
        _id(),
        _number("group_id"),
        *_maybe("polls", "staff_id", "staff"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("signs", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        *_maybe("polls", "media_id", "media"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("closes_at", AT, nullable=False),
        sa.Column("closed_at", AT, nullable=True),
        _foreign("polls", "group_id", "groups"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_polls_group_id", "polls", ["group_id"])
    op.create_table(
        "votes",
        sa.Column("poll_id", BIG, nullable=False),
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("sign", sa.String(length=40), nullable=False),
        sa.Column("voted_at", AT, nullable=False),
        _foreign("votes", "poll_id", "polls", cascade=True),
        _foreign("votes", "mother_id", "mothers", cascade=True),
        sa.PrimaryKeyConstraint("poll_id", "mother_id", "sign", name="pk_votes"),
    )
    op.create_index("ix_votes_mother_id", "votes", ["mother_id"])


def _tallies() -> None:
    op.create_table(
        "trust",
        _id(),
        _number("group_id"),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("face", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        _foreign("trust", "group_id", "groups"),
        sa.UniqueConstraint("group_id", "moment", "face", name="uq_trust_group_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_trust_group_id", "trust", ["group_id"])
    op.create_table(
        "wishes",
        _id(),
        _number("group_id"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("sign", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        _foreign("wishes", "group_id", "groups"),
        sa.UniqueConstraint("group_id", "kind", "moment", "sign", name="uq_wishes_group_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_wishes_group_id", "wishes", ["group_id"])


def _paths() -> None:
    op.create_table(
        "paths",
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("changed_at", AT, nullable=False),
        _foreign("paths", "group_id", "groups", cascade=True),
        sa.PrimaryKeyConstraint("group_id", name="pk_paths"),
    )
    op.create_table(
        "stones",
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("stone", sa.String(length=40), nullable=False),
        sa.Column("moved_at", AT, nullable=False),
        _foreign("stones", "mother_id", "mothers", cascade=True),
        sa.PrimaryKeyConstraint("mother_id", name="pk_stones"),
    )
    op.create_table(
        "come_backs",
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("agreed_at", AT, nullable=False),
        sa.Column("until", AT, nullable=False),
        sa.Column("invited_at", AT, nullable=True),
        sa.Column("answer", sa.String(length=10), nullable=True),
        _foreign("come_backs", "mother_id", "mothers", cascade=True),
        _foreign("come_backs", "group_id", "groups"),
        sa.PrimaryKeyConstraint("mother_id", name="pk_come_backs"),
    )
    op.create_index("ix_come_backs_group_id", "come_backs", ["group_id"])


def _words() -> None:
    op.create_table(
        "stories",
        _id(),
        *_maybe("stories", "group_id", "groups"),
        _number("mother_id"),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        *_maybe("stories", "media_id", "media"),
        sa.Column("consent", sa.String(length=10), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        _foreign("stories", "mother_id", "mothers", cascade=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stories_group_id", "stories", ["group_id"])
    op.create_index("ix_stories_mother_id", "stories", ["mother_id"])
    op.create_table(
        "registrations",
        _id(),
        _number("group_id"),
        sa.Column("opens", sa.Date(), nullable=False),
        sa.Column("closes", sa.Date(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        _foreign("registrations", "group_id", "groups"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_registrations_group_id", "registrations", ["group_id"])
    op.create_table(
        "registered",
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("told_at", AT, nullable=False),
        _foreign("registered", "mother_id", "mothers", cascade=True),
        sa.PrimaryKeyConstraint("mother_id", name="pk_registered"),
    )


def _id() -> Any:
    return sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False)


def _number(column: str) -> Any:
    return sa.Column(column, BIG, nullable=False)


def _maybe(table: str, column: str, target: str) -> tuple[Any, Any]:
    return sa.Column(column, BIG, nullable=True), _foreign(table, column, target)


def _foreign(table: str, column: str, target: str, *, cascade: bool = False) -> Any:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE" if cascade else None)


def downgrade() -> None:
    tables = ("registered", "registrations", "stories", "come_backs", "stones", "paths", "wishes", "trust", "votes")
    for table in (*tables, "polls"):
        op.drop_table(table)
