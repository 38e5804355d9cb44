"""The tables of care for data: what was cleared away and when, who must stay forgotten, which files have to go, and counts that
outlive the names."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.clock import Clock
from bot.db.models import Base, Id, Json, key


class Upkeep(Base):
    """One day's clearing away, backup or restore, for the audit: counts only. what: retention · erasure · backup · restore."""

    __tablename__ = "upkeeps"
    __table_args__ = (UniqueConstraint("what", "day"), {"sqlite_autoincrement": True})
    id: Id = key()
    what: Mapped[str] = mapped_column(String(20))
    day: Mapped[dt.date]
    counts: Mapped[Json] = mapped_column(default=dict)
    at: Mapped[dt.datetime]  # of the latest


class Erasure(Base):
    """Somebody who was forgotten and must stay so after a restore: a slow, salted hash of her chat, and nothing else."""

    __tablename__ = "erasures"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    chat_hash: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[dt.datetime]


class Discard(Base):
    """A file of somebody who is forgotten, or that is kept no longer: here until it is gone from where files lie. `name` is random.

    since: by the machine's clock, also in the demo; tries: how often it could not be deleted.
    """

    __tablename__ = "discards"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    name: Mapped[str] = mapped_column(String(120))
    since: Mapped[dt.datetime] = mapped_column(default=lambda: Clock().now())
    tries: Mapped[int] = mapped_column(default=0)


class Tally(Base):
    """Who came to a meeting, as counts, once the names are gone."""

    __tablename__ = "tallies"
    meeting_id: Mapped[int] = mapped_column(ForeignKey("meetings.id", ondelete="CASCADE"), primary_key=True)
    come: Mapped[int]  # mothers, the late ones among them
    late: Mapped[int]
    cannot: Mapped[int]
    children: Mapped[int]
