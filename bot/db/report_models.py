"""The tables of the report and of languages: counts that name nobody, and who read a language over and signed for it."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.columns import Base, Id, Json, key, ref


class Count(Base):
    """How often something happened in a group in a month. It outlives the rows it was counted from, and points at nobody.

    what: "topic" (an answer was heard; name = topic) · and of mothers who are forgotten: "question" (name = topic or empty), "open"
    (questions nobody answered), "minutes" (name = how long an answer took), "barrier" (name), "gone" (name = month she came in).
    """

    __tablename__ = "counts"
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[dt.date] = mapped_column(primary_key=True)  # its first day
    what: Mapped[str] = mapped_column(String(12), primary_key=True)
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class LanguageCheck(Base):
    """Somebody read or heard a whole language and signed for it. texts: key → hash of what she saw; what changed since was not checked."""

    __tablename__ = "language_checks"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    lang: Mapped[str] = mapped_column(String(8), index=True)
    what: Mapped[str] = mapped_column(String(10))  # text · voice
    signer: Mapped[str] = mapped_column(String(60))  # a pseudonym
    native: Mapped[bool] = mapped_column(default=False)  # so she says herself
    on: Mapped[dt.date]
    texts: Mapped[Json] = mapped_column(default=dict)
    staff_id: Mapped[int | None] = ref("staff.id", index=False)  # in whose desk it was signed
    created_at: Mapped[dt.datetime]
