"""Around questions and announcements: notes, barriers, alarms, interpreters, absences, plans, chosen mothers, events."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOW = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table in (_questions, _interpreters, _absences, _announcements, _events):
        table()


def _of(table: str, column: str, target: str, cascade: bool = True) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete="CASCADE" if cascade else None)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _id() -> sa.Column[int]:
    return sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, BIG, nullable=nullable)


def _at(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, NOW, nullable=nullable)


def _questions() -> None:
    op.create_table(
        "question_marks",
        _number("question_id"),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        _at("ring_at", nullable=True),
        _of("question_marks", "question_id", "questions"),
        _key("question_marks", "question_id"),
    )
    op.create_table(
        "question_notes",
        _id(),
        _number("question_id"),
        _number("staff_id"),
        sa.Column("text", sa.Text(), nullable=False),
        _at("created_at"),
        _of("question_notes", "question_id", "questions"),
        _of("question_notes", "staff_id", "staff", cascade=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_question_notes_question_id", "question_notes", ["question_id"])
    op.create_table(
        "question_barriers",
        _number("question_id"),
        sa.Column("barrier", sa.String(length=12), nullable=False),
        _at("created_at"),
        _of("question_barriers", "question_id", "questions"),
        _key("question_barriers", "question_id", "barrier"),
    )


def _interpreters() -> None:
    op.create_table(
        "interpretings",
        _id(),
        _number("question_id", nullable=True),
        _number("announcement_id", nullable=True),
        sa.Column("lang", sa.String(length=8), nullable=False),
        _number("asked_by"),
        _number("answered_by", nullable=True),
        _at("answered_at", nullable=True),
        _at("created_at"),
        _of("interpretings", "question_id", "questions"),
        _of("interpretings", "announcement_id", "announcements"),
        _of("interpretings", "asked_by", "staff", cascade=False),
        _of("interpretings", "answered_by", "staff", cascade=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_interpretings_question_id", "interpretings", ["question_id"])
    op.create_index("ix_interpretings_announcement_id", "interpretings", ["announcement_id"])


def _absences() -> None:
    op.create_table(
        "absences",
        _id(),
        _number("staff_id"),
        _number("deputy_id"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        _at("created_at"),
        _of("absences", "staff_id", "staff"),
        _of("absences", "deputy_id", "staff"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_absences_staff_id", "absences", ["staff_id"])
    op.create_index("ix_absences_deputy_id", "absences", ["deputy_id"])


def _announcements() -> None:
    op.create_table(
        "announcement_voices",
        _number("announcement_id"),
        sa.Column("lang", sa.String(length=8), nullable=False),
        _number("media_id", nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        _number("staff_id"),
        _at("created_at"),
        _of("announcement_voices", "announcement_id", "announcements"),
        _of("announcement_voices", "media_id", "media", cascade=False),
        _of("announcement_voices", "staff_id", "staff", cascade=False),
        _key("announcement_voices", "announcement_id", "lang"),
    )
    op.create_table(
        "announcement_plans",
        _number("announcement_id"),
        _at("due_at"),
        _of("announcement_plans", "announcement_id", "announcements"),
        _key("announcement_plans", "announcement_id"),
    )
    op.create_index("ix_announcement_plans_due_at", "announcement_plans", ["due_at"])
    op.create_table(
        "announcement_mothers",
        _number("announcement_id"),
        _number("mother_id"),
        _of("announcement_mothers", "announcement_id", "announcements"),
        _of("announcement_mothers", "mother_id", "mothers"),
        _key("announcement_mothers", "announcement_id", "mother_id"),
    )


def _events() -> None:
    op.create_table(
        "events",
        _number("announcement_id"),
        _at("deadline"),
        _at("nudge_at", nullable=True),
        _at("remind_at", nullable=True),
        _of("events", "announcement_id", "announcements"),
        _key("events", "announcement_id"),
    )
    op.create_table(
        "event_answers",
        _number("announcement_id"),
        _number("mother_id"),
        sa.Column("answer", sa.String(length=10), nullable=False),
        _at("answered_at"),
        _of("event_answers", "announcement_id", "announcements"),
        _of("event_answers", "mother_id", "mothers"),
        _key("event_answers", "announcement_id", "mother_id"),
    )


def downgrade() -> None:
    for table in (
        *("event_answers", "events", "announcement_mothers", "announcement_plans", "announcement_voices"),
        *("absences", "interpretings", "question_barriers", "question_notes", "question_marks"),
    ):
        op.drop_table(table)
