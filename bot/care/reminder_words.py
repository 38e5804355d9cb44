"""What a reminder says: made once for each meeting, moment and language, and spoken before it is due."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, literal_column, select

from bot.care import render
from bot.care.content import Content
from bot.care.whereabouts import told, where
from bot.clock import local
from bot.db.models import Group, Meeting, Mother, Reminder
from bot.db.session import Session
from bot.flow.model import Say
from bot.messages import Utterance

# written out and not bound: only then does a database see that its partial index fits
WAITING = Reminder.state == literal_column("'waiting'")
AHEAD = dt.timedelta(minutes=10)  # before it is due, a reminder is spoken
MANY = 200


@dataclass
class Wording:
    """For reminders that are said at one moment; asks the tables once for each meeting."""

    session: Session
    content: Content
    now: dt.datetime
    _slots: dict[int, dict[str, Any]] = field(default_factory=dict)
    _said: dict[tuple[int, str, str, str | None], list[Utterance]] = field(default_factory=dict)

    async def of(self, meeting: Meeting, group: Group, kind: str, lang: str, voice_lang: str | None) -> list[Utterance]:
        """What she hears in this language; the words say "vandaag" as soon as it is that day, whichever reminder it is."""
        other = "_other" if where(group, meeting).other else ""
        today = kind == "morning" and local(meeting.starts_at).date() == local(self.now).date()
        if meeting.id not in self._slots:
            slots = self._slots[meeting.id] = await told(self.session, group, meeting)
            if not other:
                slots.pop("pins", None)  # she knows the way: one message less
        step = f"reminder.{'morning' if today else 'evening'}{other}"
        key = (meeting.id, step, lang, voice_lang)
        if key not in self._said:
            say = Say(step, self._slots[meeting.id])
            self._said[key] = render.utterances(self.content, lang, say, self.now, voice_lang=voice_lang)
        return self._said[key]


async def soon(session: Session, content: Content, now: dt.datetime) -> list[Utterance]:
    """What will be said within the next ten minutes, once for each meeting, moment and language, as it will sound then."""
    kinds = Reminder.meeting_id, Reminder.kind, Mother.lang, Mother.voice_lang
    due = select(*kinds, func.min(Reminder.due_at)).join(Mother, Mother.id == Reminder.mother_id)
    due = due.where(WAITING, Reminder.due_at <= now + AHEAD).group_by(*kinds).limit(MANY)
    said: list[Utterance] = []
    for number, kind, lang, voice_lang, at in (await session.execute(due)).all():
        meeting = await session.get_one(Meeting, number)
        group = await session.get_one(Group, meeting.group_id)
        said += await Wording(session, content, max(at, now)).of(meeting, group, kind, lang or "nl", voice_lang)
    return said
