"""All tables. One row says one thing; instants are UTC; what a mother never told us has no column here.

Never added: residence status, nationality, religion, income, diploma, telephone number, address of a mother (E04).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.columns import BIG as BIG
from bot.db.columns import Base as Base
from bot.db.columns import Id as Id
from bot.db.columns import Instant as Instant
from bot.db.columns import Json as Json
from bot.db.columns import key as key
from bot.db.columns import ref as ref

# as they must stand in a query: only then does the database see that its partial index fits
NOT_SENT, UNKNOWN = "state IN ('failed','cancelled')", "unknown > 0"


def few(name: str, *columns: str, where: str) -> Index:
    """An index of the few rows of which this is true, in a table that grows without end."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


# ---------------------------------------------------------------- the door and the outbox


class Arrival(Base):
    """One update, raw, as written down at the door before it was acknowledged."""

    __tablename__ = "arrivals"
    __table_args__ = (
        UniqueConstraint("channel", "update_id"),
        Index(
            "ix_arrivals_open",
            "chat_id",
            "id",
            sqlite_where=text("handled_at IS NULL"),
            postgresql_where=text("handled_at IS NULL"),
        ),
        few("ix_arrivals_parked", "parked_at", where="parked_at IS NOT NULL"),
    )
    id: Id = key()
    channel: Mapped[str] = mapped_column(String(40))  # "telegram:<bot id>"
    update_id: Mapped[int] = mapped_column(BigInteger)
    chat_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    raw: Mapped[Json]
    received_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime]
    tries: Mapped[int] = mapped_column(default=0)
    worker: Mapped[str | None] = mapped_column(String(40))  # who holds the lease
    handled_at: Mapped[dt.datetime | None]  # parked ones are handled too: they no longer hold up her later ones
    parked_at: Mapped[dt.datetime | None]
    error: Mapped[str | None]


class Delivery(Base):
    """One utterance to one chat: exactly one Bot API call. state: open → sending → sent | failed | cancelled."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(
            "ix_deliveries_due",
            "priority",
            "due_at",
            "id",
            sqlite_where=text("state IN ('open','sending')"),
            postgresql_where=text("state IN ('open','sending')"),
        ),
        Index(
            "ix_deliveries_chat_open",
            "chat_id",
            "id",
            sqlite_where=text("state IN ('open','sending')"),
            postgresql_where=text("state IN ('open','sending')"),
        ),
        few("ix_deliveries_not_sent", "state", "created_at", where=NOT_SENT),
        few("ix_deliveries_unknown", "unknown", where=UNKNOWN),
        Index("ix_deliveries_message", "chat_id", "message_id"),
        Index("ix_deliveries_about", "about", "about_id"),
    )
    id: Id = key()
    unique_key: Mapped[str] = mapped_column(String(120), unique=True)  # "arrival:<id>:<n>", "reminder:<id>:<n>", …
    token: Mapped[str] = mapped_column(String(16), unique=True)  # what its buttons carry: "<token>:<index>"
    chat_id: Mapped[int] = mapped_column(BigInteger)
    mother_id: Mapped[int | None] = ref("mothers.id")
    priority: Mapped[int] = mapped_column(default=0)  # 0 reply · 1 reminder · 2 announcement
    state: Mapped[str] = mapped_column(String(10), default="open")
    due_at: Mapped[dt.datetime]  # when to try; while sending: when the lease ends
    expires_at: Mapped[dt.datetime | None]  # later than this it is not worth saying
    tries: Mapped[int] = mapped_column(default=0)
    unknown: Mapped[int] = mapped_column(default=0)  # how often the outcome was unknown and it was sent again
    worker: Mapped[str | None] = mapped_column(String(40))
    utterance: Mapped[Json]
    about: Mapped[str | None] = mapped_column(String(20))  # "question", "announcement", "reminder", "answer", "meeting"
    about_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    answered_at: Mapped[dt.datetime | None]  # when a button of it was pressed
    error: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]


class Pace(Base):
    """The shared pace of all senders (GCRA): `tat` is the theoretical arrival time, in seconds since 1970."""

    __tablename__ = "paces"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    tat: Mapped[float] = mapped_column(default=0.0)


class FileId(Base):
    """Telegram's name for a file of ours, per bot: a clip or card is uploaded once."""

    __tablename__ = "file_ids"
    bot_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    file_id: Mapped[str]


class Note(Base):
    """A fact about the running house: last successful fetch, the demo's clock, health. One row a name."""

    __tablename__ = "notes"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Json]


class Media(Base):
    """A sound or picture that a person sent. `name` is random; the file lies in <data>/media/."""

    __tablename__ = "media"
    id: Id = key()
    name: Mapped[str] = mapped_column(String(60), unique=True)
    kind: Mapped[str] = mapped_column(String(10))  # voice · photo
    mime: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    seconds: Mapped[int | None]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    file_unique_id: Mapped[str | None] = mapped_column(String(120), index=True)
    mother_id: Mapped[int | None] = ref("mothers.id", cascade=True)
    staff_id: Mapped[int | None] = ref("staff.id")
    created_at: Mapped[dt.datetime]


# ---------------------------------------------------------------- people and groups


class House(Base):
    """A Huis van het Kind."""

    __tablename__ = "houses"
    id: Id = key()
    name: Mapped[str]


class Group(Base):
    """A fixed group of mothers with its days, hours, place and capacity. pattern: the rhythm, see `care/calendar.py`."""

    __tablename__ = "groups"
    id: Id = key()
    house_id: Mapped[int] = ref("houses.id")
    name: Mapped[str]
    pattern: Mapped[Json]
    starts: Mapped[str] = mapped_column(String(5))  # "09:00", wall time
    ends: Mapped[str] = mapped_column(String(5))
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    calendar: Mapped[str] = mapped_column(String(10), default="Flemish")  # or "French": whose school holidays
    place: Mapped[str]
    address: Mapped[str] = mapped_column(default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    childcare_place: Mapped[str] = mapped_column(default="")
    childcare_address: Mapped[str] = mapped_column(default="")
    childcare_lat: Mapped[float | None]
    childcare_lon: Mapped[float | None]
    guide: Mapped[str] = mapped_column(default="")  # first name of who leads it
    mothers_max: Mapped[int] = mapped_column(default=12)
    children_max: Mapped[int] = mapped_column(default=15)
    local: Mapped[Json] = mapped_column(default=dict)  # local fields of the FAQ: {"loket_adres": "…"}
    closed_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]


class Invite(Base):
    """A join link of a group. Only the hash of its code is kept."""

    __tablename__ = "invites"
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    lang: Mapped[str | None] = mapped_column(String(8))
    expires_at: Mapped[dt.datetime | None]
    uses_left: Mapped[int | None]
    created_at: Mapped[dt.datetime]


class Mother(Base):
    """The person served. status: new (has not consented) · member · waiting · stopped. place: where she stands in a flow."""

    __tablename__ = "mothers"
    id: Id = key()
    chat_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    first_name: Mapped[str] = mapped_column(default="")
    lang: Mapped[str | None] = mapped_column(String(8))
    voice_lang: Mapped[str | None] = mapped_column(String(8))  # a spoken variant, when it differs
    status: Mapped[str] = mapped_column(String(10), default="new")
    group_id: Mapped[int | None] = ref("groups.id")
    invite_id: Mapped[int | None] = ref("invites.id", index=False)
    place: Mapped[Json] = mapped_column(default=dict)
    said: Mapped[Json] = mapped_column(default=dict)  # the last Say, for "hear again" and "in Dutch"
    consented_at: Mapped[dt.datetime | None]
    consent_version: Mapped[str | None] = mapped_column(String(20))
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_until: Mapped[str | None] = mapped_column(String(5))
    muted_until: Mapped[dt.datetime | None]
    unreachable_at: Mapped[dt.datetime | None]  # she blocked the bot; cleared when she comes back
    last_heard_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]


class Staff(Base):
    """A coordinator, guide, volunteer or interpreter. A one-time code (only its hash is kept) ties the row to a Telegram chat."""

    __tablename__ = "staff"
    id: Id = key()
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(20), default="coordinator")
    langs: Mapped[list[Any]] = mapped_column(default=list)
    chat_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    code_expires_at: Mapped[dt.datetime | None]
    place: Mapped[Json] = mapped_column(default=dict)  # where this person stands in the desk's little wizards
    created_at: Mapped[dt.datetime]


class StaffGroup(Base):
    """Which groups a staff member has, and the role there; None: the role of the person."""

    __tablename__ = "staff_groups"
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str | None] = mapped_column(String(20))


# ---------------------------------------------------------------- meetings and reminders


class Meeting(Base):
    """One gathering of a group. state: planned · cancelled. Place fields are empty when it is the group's own place."""

    __tablename__ = "meetings"
    __table_args__ = (
        Index("ix_meetings_group_start", "group_id", "starts_at"),
        UniqueConstraint("group_id", "planned_day"),
    )
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id", index=False)
    planned_day: Mapped[dt.date | None]  # the day of the pattern it stands for, also after a move
    starts_at: Mapped[dt.datetime] = mapped_column(index=True)
    ends_at: Mapped[dt.datetime]
    kind: Mapped[str] = mapped_column(String(20), default="lesson")  # one of `care/kinds.py`, named after its symbol
    state: Mapped[str] = mapped_column(String(10), default="planned")
    by_hand: Mapped[bool] = mapped_column(default=False)  # set or changed by a person: the pattern leaves it alone
    place: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    guide: Mapped[str] = mapped_column(default="")
    price: Mapped[str] = mapped_column(default="")  # empty: it is free
    family: Mapped[bool] = mapped_column(default=False)  # the whole family is welcome
    theme: Mapped[str] = mapped_column(
        String(40), default=""
    )  # what is talked about: a sign of `poll.themes`, or empty
    version: Mapped[int] = mapped_column(default=1)  # grows with every move, cancel or change of place
    created_at: Mapped[dt.datetime]


class Rsvp(Base):
    """What a mother answered about a meeting: come · late · cannot, and how many children she brings."""

    __tablename__ = "rsvps"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(10))
    children: Mapped[int | None]
    answered_at: Mapped[dt.datetime]


class Reminder(Base):
    """What will be said to one mother about one meeting. state: waiting · fired · dropped (no longer true or too late)."""

    __tablename__ = "reminders"
    __table_args__ = (
        UniqueConstraint("meeting_id", "mother_id", "kind"),
        Index(
            "ix_reminders_due",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )
    id: Id = key()
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"))
    mother_id: Mapped[int] = ref("mothers.id", cascade=True)
    kind: Mapped[str] = mapped_column(String(10))  # evening · morning
    due_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    why: Mapped[str | None]
    fired_at: Mapped[dt.datetime | None]


# ---------------------------------------------------------------- questions and announcements


class Question(Base):
    """What a mother asked; her next words are added to it while it is open. state: open · answered · closed."""

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_state", "state", "created_at"),)
    id: Id = key()
    mother_id: Mapped[int] = ref("mothers.id", cascade=True)
    group_id: Mapped[int | None] = ref("groups.id")
    lang: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(10), default="open")
    urgent: Mapped[bool] = mapped_column(default=False)
    assigned_to: Mapped[int | None] = ref("staff.id", index=False)
    answered_by: Mapped[int | None] = ref("staff.id", index=False)
    created_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]


class QuestionPart(Base):
    """One voice note, text or photo of a question, or of the answer to it (`by` = mother · staff)."""

    __tablename__ = "question_parts"
    id: Id = key()
    question_id: Mapped[int] = ref("questions.id", cascade=True)
    by: Mapped[str] = mapped_column(String(8))
    staff_id: Mapped[int | None] = ref("staff.id", index=False)
    kind: Mapped[str] = mapped_column(String(10))  # voice · text · photo
    text: Mapped[str] = mapped_column(default="")
    media_id: Mapped[int | None] = ref("media.id", index=False)
    created_at: Mapped[dt.datetime]


class Announcement(Base):
    """Something said to a whole group. state: draft · sending · sent · stopped · withdrawn. slots hold instants and proper names, never sentences."""

    __tablename__ = "announcements"
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    staff_id: Mapped[int | None] = ref("staff.id", index=False)
    meeting_id: Mapped[int | None] = mapped_column(ForeignKey("meetings.id", ondelete="SET NULL"))
    kind: Mapped[str] = mapped_column(String(30))  # id of a ready-made one (flows/announcements/) or "own"
    slots: Mapped[Json] = mapped_column(default=dict)
    text: Mapped[str] = mapped_column(default="")  # own words, in Dutch
    media_id: Mapped[int | None] = ref("media.id", index=False)  # own voice
    state: Mapped[str] = mapped_column(String(10), default="draft")
    audience: Mapped[list[Any]] = mapped_column(default=list)  # mother ids, frozen when it is sent
    done: Mapped[int] = mapped_column(default=0)  # how many of the audience are in the outbox: the checkpoint
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]


# SQLite alone would hand a forgotten question's number to the next one: an old reply would then reach a stranger.
for _table in Base.metadata.tables.values():
    if "id" in _table.c:
        _table.dialect_options["sqlite"]["autoincrement"] = True
