"""The first tables: one function each."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
OPEN = "state IN ('open','sending')"
FIRST = "arrivals file_ids houses notes paces staff groups invites meetings"
THEN = "staff_groups mothers deliveries media questions reminders rsvps announcements question_parts"
TABLES = [*FIRST.split(), *THEN.split()]


def upgrade() -> None:
    for table in TABLES:
        globals()[table]()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def id_() -> sa.Column[int]:
    return sa.Column("id", BIG, primary_key=True, autoincrement=True, nullable=False)


def where(condition: str) -> Any:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def arrivals() -> None:
    op.create_table(
        "arrivals",
        id_(),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("update_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.JSON(), nullable=False),
        sa.Column("received_at", AT, nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("handled_at", AT, nullable=True),
        sa.Column("parked_at", AT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.UniqueConstraint("channel", "update_id", name="uq_arrivals_channel"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_arrivals_chat_id", "arrivals", ["chat_id"])
    op.create_index("ix_arrivals_open", "arrivals", ["chat_id", "id"], **where("handled_at IS NULL"))


def file_ids() -> None:
    op.create_table(
        "file_ids",
        sa.Column("bot_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("file_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("bot_id", "sha256", "kind", name="pk_file_ids"),
    )


def houses() -> None:
    op.create_table("houses", id_(), sa.Column("name", sa.Text(), nullable=False), sqlite_autoincrement=True)


def notes() -> None:
    op.create_table(
        "notes",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_notes"),
    )


def paces() -> None:
    op.create_table(
        "paces",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("tat", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_paces"),
    )


def staff() -> None:
    op.create_table(
        "staff",
        id_(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("langs", sa.JSON(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("code_expires_at", AT, nullable=True),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.UniqueConstraint("chat_id", name="uq_staff_chat_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_staff_code_hash", "staff", ["code_hash"])


def groups() -> None:
    op.create_table(
        "groups",
        id_(),
        sa.Column("house_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pattern", sa.JSON(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("calendar", sa.String(length=10), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("childcare_place", sa.Text(), nullable=False),
        sa.Column("childcare_address", sa.Text(), nullable=False),
        sa.Column("childcare_lat", sa.Double(), nullable=True),
        sa.Column("childcare_lon", sa.Double(), nullable=True),
        sa.Column("guide", sa.Text(), nullable=False),
        sa.Column("mothers_max", sa.Integer(), nullable=False),
        sa.Column("children_max", sa.Integer(), nullable=False),
        sa.Column("local", sa.JSON(), nullable=False),
        sa.Column("closed_at", AT, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["house_id"], ["houses.id"], name="fk_groups_house_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_groups_house_id", "groups", ["house_id"])


def invites() -> None:
    op.create_table(
        "invites",
        id_(),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=True),
        sa.Column("expires_at", AT, nullable=True),
        sa.Column("uses_left", sa.Integer(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_invites_group_id"),
        sa.UniqueConstraint("code_hash", name="uq_invites_code_hash"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_invites_group_id", "invites", ["group_id"])


def meetings() -> None:
    op.create_table(
        "meetings",
        id_(),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("planned_day", sa.Date(), nullable=True),
        sa.Column("starts_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("guide", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_meetings_group_id"),
        sa.UniqueConstraint("group_id", "planned_day", name="uq_meetings_group_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meetings_group_start", "meetings", ["group_id", "starts_at"])
    op.create_index("ix_meetings_starts_at", "meetings", ["starts_at"])


def staff_groups() -> None:
    op.create_table(
        "staff_groups",
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("group_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_staff_groups_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_groups_staff_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("staff_id", "group_id", name="pk_staff_groups"),
    )


def mothers() -> None:
    op.create_table(
        "mothers",
        id_(),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=8), nullable=True),
        sa.Column("voice_lang", sa.String(length=8), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("group_id", BIG, nullable=True),
        sa.Column("invite_id", BIG, nullable=True),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.Column("consented_at", AT, nullable=True),
        sa.Column("consent_version", sa.String(length=20), nullable=True),
        sa.Column("quiet_from", sa.String(length=5), nullable=True),
        sa.Column("quiet_until", sa.String(length=5), nullable=True),
        sa.Column("muted_until", AT, nullable=True),
        sa.Column("unreachable_at", AT, nullable=True),
        sa.Column("last_heard_at", AT, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_mothers_group_id"),
        sa.ForeignKeyConstraint(["invite_id"], ["invites.id"], name="fk_mothers_invite_id"),
        sa.UniqueConstraint("chat_id", name="uq_mothers_chat_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_mothers_group_id", "mothers", ["group_id"])


def deliveries() -> None:
    op.create_table(
        "deliveries",
        id_(),
        sa.Column("unique_key", sa.String(length=120), nullable=False),
        sa.Column("token", sa.String(length=16), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("mother_id", BIG, nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=40), nullable=True),
        sa.Column("utterance", sa.JSON(), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=True),
        sa.Column("about_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", AT, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("sent_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_deliveries_mother_id"),
        sa.UniqueConstraint("token", name="uq_deliveries_token"),
        sa.UniqueConstraint("unique_key", name="uq_deliveries_unique_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_about", "deliveries", ["about", "about_id"])
    op.create_index("ix_deliveries_chat_open", "deliveries", ["chat_id", "id"], **where(OPEN))
    op.create_index("ix_deliveries_due", "deliveries", ["priority", "due_at", "id"], **where(OPEN))
    op.create_index("ix_deliveries_message", "deliveries", ["chat_id", "message_id"])
    op.create_index("ix_deliveries_mother_id", "deliveries", ["mother_id"])


def media() -> None:
    op.create_table(
        "media",
        id_(),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("file_unique_id", sa.String(length=120), nullable=True),
        sa.Column("mother_id", BIG, nullable=True),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_media_mother_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_media_staff_id"),
        sa.UniqueConstraint("name", name="uq_media_name"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_media_file_unique_id", "media", ["file_unique_id"])
    op.create_index("ix_media_mother_id", "media", ["mother_id"])
    op.create_index("ix_media_sha256", "media", ["sha256"])
    op.create_index("ix_media_staff_id", "media", ["staff_id"])


def questions() -> None:
    op.create_table(
        "questions",
        id_(),
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("group_id", BIG, nullable=True),
        sa.Column("lang", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("assigned_to", BIG, nullable=True),
        sa.Column("answered_by", BIG, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("answered_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["staff.id"], name="fk_questions_answered_by"),
        sa.ForeignKeyConstraint(["assigned_to"], ["staff.id"], name="fk_questions_assigned_to"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_questions_group_id"),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_questions_mother_id", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_questions_group_id", "questions", ["group_id"])
    op.create_index("ix_questions_mother_id", "questions", ["mother_id"])
    op.create_index("ix_questions_state", "questions", ["state", "created_at"])


def reminders() -> None:
    op.create_table(
        "reminders",
        id_(),
        sa.Column("meeting_id", BIG, nullable=False),
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("fired_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name="fk_reminders_meeting_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_reminders_mother_id", ondelete="CASCADE"),
        sa.UniqueConstraint("meeting_id", "mother_id", "kind", name="uq_reminders_meeting_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_reminders_due", "reminders", ["due_at"], **where("state = 'waiting'"))
    op.create_index("ix_reminders_mother_id", "reminders", ["mother_id"])


def rsvps() -> None:
    op.create_table(
        "rsvps",
        sa.Column("meeting_id", BIG, nullable=False),
        sa.Column("mother_id", BIG, nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("children", sa.Integer(), nullable=True),
        sa.Column("answered_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name="fk_rsvps_meeting_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mother_id"], ["mothers.id"], name="fk_rsvps_mother_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("meeting_id", "mother_id", name="pk_rsvps"),
    )


def announcements() -> None:
    op.create_table(
        "announcements",
        id_(),
        sa.Column("group_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("meeting_id", BIG, nullable=True),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media_id", BIG, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("sent_at", AT, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name="fk_announcements_group_id"),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name="fk_announcements_media_id"),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meetings.id"], name="fk_announcements_meeting_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_announcements_staff_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_announcements_group_id", "announcements", ["group_id"])


def question_parts() -> None:
    op.create_table(
        "question_parts",
        id_(),
        sa.Column("question_id", BIG, nullable=False),
        sa.Column("by", sa.String(length=8), nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("media_id", BIG, nullable=True),
        sa.Column("created_at", AT, nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name="fk_question_parts_media_id"),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name="fk_question_parts_question_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_question_parts_staff_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_question_parts_question_id", "question_parts", ["question_id"])
