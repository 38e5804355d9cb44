"""The tables around questions and announcements: notes, barriers, alarms, interpreters, rough translations, examples, absences,
plans, chosen mothers, events."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.db.models import Base, Id, key, ref


def _of(target: str) -> Mapped[int]:
    return mapped_column(ForeignKey(target, ondelete="CASCADE"), primary_key=True)


class QuestionMark(Base):
    """What goes with a question: the answer of ours she was at when she asked, and how often the alarm rang for it."""

    __tablename__ = "question_marks"
    question_id: Mapped[int] = _of("questions.id")
    topic: Mapped[str] = mapped_column(String(40), default="")
    rung: Mapped[int] = mapped_column(default=0)
    ring_at: Mapped[dt.datetime | None]  # when it rings next; None: it rings no more, or never did


class QuestionNote(Base):
    """A line about a question that only staff see."""

    __tablename__ = "question_notes"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    question_id: Mapped[int] = ref("questions.id", cascade=True)
    staff_id: Mapped[int] = ref("staff.id", index=False)
    text: Mapped[str]
    created_at: Mapped[dt.datetime]


class QuestionBarrier(Base):
    """What stood in her way, as staff see it. barrier: place · cost · language · transport · papers."""

    __tablename__ = "question_barriers"
    question_id: Mapped[int] = _of("questions.id")
    barrier: Mapped[str] = mapped_column(String(12), primary_key=True)
    created_at: Mapped[dt.datetime]


class Interpreting(Base):
    """Colleagues were asked to say something in a language: the answer to a question, or an announcement. The first one did it."""

    __tablename__ = "interpretings"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    question_id: Mapped[int | None] = ref("questions.id", cascade=True)
    announcement_id: Mapped[int | None] = ref("announcements.id", cascade=True)
    lang: Mapped[str] = mapped_column(String(8))
    asked_by: Mapped[int] = ref("staff.id", index=False)
    answered_by: Mapped[int | None] = ref("staff.id", index=False)
    answered_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]


class Rough(Base):
    """What a machine made of words that a mother typed, in Dutch, for staff only. text is empty as long as there is none.

    again_at: when it is tried again; None: there it is, or nothing more is tried.
    """

    __tablename__ = "rough_translations"
    part_id: Mapped[int] = _of("question_parts.id")
    text: Mapped[str] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    again_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime]


class Example(Base):
    """A mother's question, told on without her name if she says yes: text is a colleague's wording, without what could name her.

    consent: asked (shown to nobody) · yes · no (the wording is wiped; that she was asked stays, so that nobody asks twice).
    """

    __tablename__ = "examples"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), unique=True)
    mother_id: Mapped[int] = ref("mothers.id", cascade=True)
    group_id: Mapped[int] = ref("groups.id")
    staff_id: Mapped[int | None] = ref("staff.id", index=False)
    text: Mapped[str]
    consent: Mapped[str] = mapped_column(String(10), default="asked")
    asked_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]


class Absence(Base):
    """A colleague is away from the first day to the last, both included; the deputy gets what comes in meanwhile, too."""

    __tablename__ = "absences"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own form
    id: Id = key()
    staff_id: Mapped[int] = ref("staff.id", cascade=True)
    deputy_id: Mapped[int] = ref("staff.id", cascade=True)
    first_day: Mapped[dt.date]
    last_day: Mapped[dt.date]
    created_at: Mapped[dt.datetime]


class AnnouncementVoice(Base):
    """How an announcement is said in one language by a colleague who speaks it, in place of what the house would say."""

    __tablename__ = "announcement_voices"
    announcement_id: Mapped[int] = _of("announcements.id")
    lang: Mapped[str] = mapped_column(String(8), primary_key=True)
    media_id: Mapped[int | None] = ref("media.id", index=False)
    text: Mapped[str] = mapped_column(default="")
    staff_id: Mapped[int] = ref("staff.id", index=False)
    created_at: Mapped[dt.datetime]


class AnnouncementPlan(Base):
    """When a planned announcement goes out (its state is "planned")."""

    __tablename__ = "announcement_plans"
    announcement_id: Mapped[int] = _of("announcements.id")
    due_at: Mapped[dt.datetime] = mapped_column(index=True)


class AnnouncementMother(Base):
    """One of the mothers an announcement was chosen for (its slots say "chosen"): nobody else hears it."""

    __tablename__ = "announcement_mothers"
    announcement_id: Mapped[int] = _of("announcements.id")
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True)


class Event(Base):
    """An announcement that asks who comes, with one tap, until the deadline."""

    __tablename__ = "events"
    announcement_id: Mapped[int] = _of("announcements.id")
    deadline: Mapped[dt.datetime]
    nudge_at: Mapped[dt.datetime | None]  # who has not answered is asked once more then; None: that was done
    remind_at: Mapped[dt.datetime | None]  # who comes is reminded then; None: that was done, or is not wanted


class EventAnswer(Base):
    """What a mother answered about an event: come · cannot · maybe."""

    __tablename__ = "event_answers"
    announcement_id: Mapped[int] = _of("announcements.id")
    mother_id: Mapped[int] = mapped_column(ForeignKey("mothers.id", ondelete="CASCADE"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(10))
    answered_at: Mapped[dt.datetime]
