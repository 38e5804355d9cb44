"""The tables of what a group lives through: questions in pictures, trust, wishes, stepping stones, words about the group.

`Trust` and `Wish` count and name nobody. What names a mother (a vote, her stone, her words) goes with her (CASCADE).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import Base, Id, Json, key, ref

OWN_NUMBERS = {"sqlite_autoincrement": True}


class Poll(Base):
    """A question in pictures to a group. kind: "trust", "goals", "next", a ready-made question, or "own" (text or media).

    moment: start · middle · end, or empty. signs: what can be chosen. counts: sign → answers, once it is closed. state: open · closed.
    """

    __tablename__ = "polls"
    __table_args__ = OWN_NUMBERS
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    staff_id: Mapped[int | None] = ref("staff.id", index=False)
    kind: Mapped[str] = mapped_column(String(20))
    moment: Mapped[str] = mapped_column(String(10), default="")
    signs: Mapped[list[Any]] = mapped_column(default=list)
    text: Mapped[str] = mapped_column(default="")
    media_id: Mapped[int | None] = ref("media.id", index=False)
    state: Mapped[str] = mapped_column(String(10), default="open")
    counts: Mapped[Json] = mapped_column(default=dict)
    asked: Mapped[int] = mapped_column(default=0)  # how many mothers got it
    answered: Mapped[int] = mapped_column(default=0)  # how many answered, once it is closed
    created_at: Mapped[dt.datetime]
    closes_at: Mapped[dt.datetime]
    closed_at: Mapped[dt.datetime | None]


class Vote(Base):
    """What one mother chose, only while the question is open: she may change it, and it is counted once."""

    __tablename__ = "votes"
    poll_id: Mapped[int] = mapped_column(ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True)
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True, index=True)
    sign: Mapped[str] = mapped_column(String(40), primary_key=True)
    voted_at: Mapped[dt.datetime]


class Trust(Base):
    """How many of a group chose which face (1 = no trust … 5 = very much) about childcare, at the start, middle or end."""

    __tablename__ = "trust"
    __table_args__ = (UniqueConstraint("group_id", "moment", "face"), OWN_NUMBERS)
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    moment: Mapped[str] = mapped_column(String(10))
    face: Mapped[int]
    count: Mapped[int] = mapped_column(default=0)


class Wish(Base):
    """How many of a group chose this. kind: "goals" (moment start · end) or "next" (what after the group; moment end)."""

    __tablename__ = "wishes"
    __table_args__ = (UniqueConstraint("group_id", "kind", "moment", "sign"), OWN_NUMBERS)
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    kind: Mapped[str] = mapped_column(String(10))
    moment: Mapped[str] = mapped_column(String(10))
    sign: Mapped[str] = mapped_column(String(40))
    count: Mapped[int] = mapped_column(default=0)


class Path(Base):
    """The stepping stones of a group, where it changed them: steps = [{"id", "name", "hidden"}], in order."""

    __tablename__ = "paths"
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    steps: Mapped[list[Any]] = mapped_column(default=list)
    changed_at: Mapped[dt.datetime]


class Stone(Base):
    """On which stepping stone a mother stands. No row: she has not begun."""

    __tablename__ = "stones"
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True)
    stone: Mapped[str] = mapped_column(String(40))
    moved_at: Mapped[dt.datetime]


class Story(Base):
    """What a mother said about the group. consent: asked (not answered yet: never shown) · inside (the house) · public."""

    __tablename__ = "stories"
    __table_args__ = OWN_NUMBERS
    id: Id = key()
    group_id: Mapped[int | None] = ref("groups.id")
    mother_id: Mapped[int] = ref("mothers.id", cascade=True)
    kind: Mapped[str] = mapped_column(String(10))  # voice · text · photo
    text: Mapped[str] = mapped_column(default="")
    media_id: Mapped[int | None] = ref("media.id", index=False)
    consent: Mapped[str] = mapped_column(String(10), default="asked")
    created_at: Mapped[dt.datetime]


class ComeBack(Base):
    """A mother of a closed group who wants to be invited once more. invited_at: that was the once."""

    __tablename__ = "come_backs"
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True)
    group_id: Mapped[int] = ref("groups.id")
    agreed_at: Mapped[dt.datetime]
    until: Mapped[dt.datetime]
    invited_at: Mapped[dt.datetime | None]
    answer: Mapped[str | None] = mapped_column(String(10))  # come · cannot


class Registration(Base):
    """When a group's schools take registrations: set by the coordinator, never made up."""

    __tablename__ = "registrations"
    __table_args__ = OWN_NUMBERS
    id: Id = key()
    group_id: Mapped[int] = ref("groups.id")
    opens: Mapped[dt.date]
    closes: Mapped[dt.date]
    created_at: Mapped[dt.datetime]


class Registered(Base):
    """She told that her child already goes to school, or is registered: no reminder of it any more."""

    __tablename__ = "registered"
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True)
    told_at: Mapped[dt.datetime]
