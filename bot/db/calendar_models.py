"""The tables of the calendar beside meetings: who came (counts), appointments of one mother, own days, the way, feeds."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.columns import Base, Id, key, ref

OWN_NUMBERS = {"sqlite_autoincrement": True}


class Attendance(Base):
    """How many came to a meeting, counted by staff afterwards. Counts only: who came is written down nowhere."""

    __tablename__ = "attendances"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    mothers: Mapped[int]  # 0: nobody came, the meeting was not held
    children: Mapped[int]
    staff_id: Mapped[int | None] = ref("staff.id", index=False)
    noted_at: Mapped[dt.datetime]


class GuestPhoto(Base):
    """The face of who gives a meeting (`Meeting.guide` is the name), so that a mother knows the person again."""

    __tablename__ = "guest_photos"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    media_id: Mapped[int] = ref("media.id", index=False)


class Appointment(Base):
    """A talk with one mother, or a visit at her home. state: planned · cancelled. Nothing about what was said, and no address of hers.

    say_at: when she hears of it next (None: nothing waits), as `say`: evening · morning.
    """

    __tablename__ = "appointments"
    __table_args__ = (
        Index(
            "ix_appointments_due",
            "say_at",
            sqlite_where=text("say_at IS NOT NULL"),
            postgresql_where=text("say_at IS NOT NULL"),
        ),
        OWN_NUMBERS,
    )
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    mother_id: Mapped[int] = ref("mothers.id", cascade=True)
    staff_id: Mapped[int | None] = ref("staff.id", index=False)  # who made it
    kind: Mapped[str] = mapped_column(String(10), default="talk")  # talk · home
    guide: Mapped[str] = mapped_column(default="")  # first name of who is there
    partner: Mapped[bool] = mapped_column(default=False)  # her partner is invited
    starts_at: Mapped[dt.datetime] = mapped_column(index=True)
    ends_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(String(10), default="planned")
    answer: Mapped[str | None] = mapped_column(String(10))  # come · cannot
    say: Mapped[str] = mapped_column(String(10), default="")
    say_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[dt.datetime]


class OwnDays(Base):
    """Days that a group chose itself: closed, or a feast, or both. No greeting unless a person asked for it."""

    __tablename__ = "own_days"
    __table_args__ = OWN_NUMBERS
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    name: Mapped[str]  # in Dutch, for staff
    closed: Mapped[bool] = mapped_column(default=True)
    greet: Mapped[bool] = mapped_column(
        default=False
    )  # everybody of the group is greeted on the first day, in her language
    greeting_id: Mapped[int | None] = mapped_column(ForeignKey("announcements.id", ondelete="SET NULL"))
    created_at: Mapped[dt.datetime]


class Way(Base):
    """How a mother gets to the group: the line and the stop as they stand on the sign, and photos of the stop and of the door."""

    __tablename__ = "ways"
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    line: Mapped[str] = mapped_column(String(12), default="")
    stop: Mapped[str] = mapped_column(default="")
    stop_photo: Mapped[int | None] = ref("media.id", index=False)
    door_photo: Mapped[int | None] = ref("media.id", index=False)


class Feed(Base):
    """A secret address at which a group's calendar can be read, without names. Only the hash of the secret is kept."""

    __tablename__ = "feeds"
    __table_args__ = OWN_NUMBERS
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    staff_id: Mapped[int | None] = ref("staff.id", index=False)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ended_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
