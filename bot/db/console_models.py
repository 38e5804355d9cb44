"""The tables of the desk in the browser: one-time links, who knocks, and who is inside. Of every secret only its hash is kept."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import Base, Id, key, ref


class Login(Base):
    """A link into the desk that the bot gave to a colleague: works once, for a short while, in the browser that opened it first."""

    __tablename__ = "logins"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    staff_id: Mapped[int] = ref("staff.id", cascade=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str | None] = mapped_column(String(64))
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]


class Knock(Base):
    """A browser that wants in and shows a number. staff_id: the colleague who typed that number in Telegram and said yes."""

    __tablename__ = "knocks"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    staff_id: Mapped[int | None] = ref("staff.id", cascade=True)
    number_hash: Mapped[str] = mapped_column(String(64), unique=True)
    browser_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(60), default="")
    expires_at: Mapped[dt.datetime]
    created_at: Mapped[dt.datetime]


class DeskSession(Base):
    """A browser that is inside. Its cookie holds a random secret; ended_at: logged out, here or everywhere."""

    __tablename__ = "desk_sessions"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    staff_id: Mapped[int] = ref("staff.id", cascade=True)
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    device: Mapped[str] = mapped_column(String(60), default="", server_default="")  # "Chrome op Android"
    expires_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]
