"""The tables around people: what goes with being in a group, her partner, who did what, counts that name nobody, and a house's own choices."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import Base, Id, key, ref


class Membership(Base):
    """What goes with a mother's place in her group. trying_since: she tries it out; asked_at: whether she stays was asked, once."""

    __tablename__ = "memberships"
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True)
    since: Mapped[dt.datetime]  # in this group, or on its waiting list
    trying_since: Mapped[dt.datetime | None]
    asked_at: Mapped[dt.datetime | None]
    children: Mapped[int | None]  # how many she usually brings, as staff noted it
    missed_at: Mapped[dt.datetime | None]  # when somebody last sent her "we miss you"


class Partner(Base):
    """A second contact that the mother chose herself. allows: kinds of meetings that this chat hears of. No name is kept."""

    __tablename__ = "partners"
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True)
    chat_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_expires_at: Mapped[dt.datetime | None]
    lang: Mapped[str] = mapped_column(String(8))
    allows: Mapped[list[Any]] = mapped_column(default=list)
    joined_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]


class Deed(Base):
    """One change of something about a mother: who, what, when; never the content. Kept for a while, without her name once she is forgotten."""

    __tablename__ = "deeds"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    at: Mapped[dt.datetime] = mapped_column(index=True)
    group_id: Mapped[int | None] = ref("groups.id")
    staff_id: Mapped[int | None] = ref("staff.id", index=False)  # None: she did it herself, or the bot
    mother_id: Mapped[int | None] = mapped_column(ForeignKey("mothers.id", ondelete="SET NULL"), index=True)
    name: Mapped[str] = mapped_column(default="")  # her first name then; empty once she is forgotten
    what: Mapped[str] = mapped_column(String(20))


class Found(Base):
    """How many mothers of a group said how they found us. A counter: nobody can be found back in it."""

    __tablename__ = "found"
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class HouseRules(Base):
    """What a house chose for itself; None: what the environment says."""

    __tablename__ = "house_rules"
    house_id: Mapped[int] = mapped_column(ForeignKey("houses.id", ondelete="CASCADE"), primary_key=True)
    evening: Mapped[str | None] = mapped_column(String(5))
    morning_minutes: Mapped[int | None]
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    quiet_until: Mapped[str | None] = mapped_column(String(5))
    digest: Mapped[bool] = mapped_column(default=True)  # the weekly counts in Telegram
    digest_week: Mapped[dt.date | None] = mapped_column(Date)  # the Monday of the last one


class GroupRules(Base):
    """What a group chose: after how many meetings a newcomer is asked whether she stays (0: nobody tries out)."""

    __tablename__ = "group_rules"
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    trial_meetings: Mapped[int] = mapped_column(default=0)


class Guess(Base):
    """Codes that were wrong, per address and ten minutes: whoever guesses has to wait. Only a hash of the address."""

    __tablename__ = "guesses"
    address_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[dt.datetime] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
