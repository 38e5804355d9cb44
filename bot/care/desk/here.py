"""Where a colleague stands at the desk: what one action of it may use, and how it answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.care import outbox, rights, staff, tell
from bot.care.content import Content
from bot.clock import local
from bot.db.models import Arrival, Group, Media, Meeting, Mother, Staff
from bot.db.session import Session
from bot.messages import Button, Heard, Utterance
from bot.speech import spoken

Args = dict[str, Any]
CHOICES = 8  # buttons below each other that a thumb still finds


@dataclass
class Here:
    """One arrival at the desk. `count` numbers what is said, so that handling it twice says nothing twice."""

    session: Session
    content: Content
    me: Staff
    heard: Heard
    media: Media | None
    now: dt.datetime
    arrival: Arrival
    count: int = 0
    groups: list[Group] = field(default_factory=list)
    roles: dict[int, str] = field(default_factory=dict)  # group → this colleague's role there

    async def say(self, text: str, *rows: Sequence[Button], reply_to: int | None = None) -> None:
        """A Dutch line with rows of buttons, into this colleague's chat."""
        await self.put(tell.line(text, tuple(tuple(row) for row in rows), reply_to))

    async def put(self, said: Utterance, about: str | None = None, about_id: int | None = None) -> None:
        key = f"arrival:{self.arrival.id}:desk:{self.count}"
        self.count += 1
        await outbox.put(self.session, self.heard.chat_id, said, key=key, now=self.now, about=about, about_id=about_id)

    def wait_for(self, doing: str, **args: Any) -> None:
        """What the next words of this colleague will mean."""
        self.me.place = {"doing": doing, **args}

    def wait_for_nothing(self) -> None:
        self.me.place = {}

    def unsendable(self) -> str | None:
        """Why these words cannot be carried to a mother, in a sentence; None when they can."""
        if self.heard.kind in ("voice", "photo") and self.media is None:
            return "Dit bestand is te groot, te lang of niet leesbaar. Spreek korter in (tot vijf minuten), of typ het."
        if self.heard.kind not in ("text", "voice", "photo"):
            return "Dat kan ik haar niet sturen. Spreek iets in, typ iets, of stuur een foto."
        return None

    def may(self, right: str, group_id: int | None = None) -> bool:
        """Whether this colleague has this right in that group; without a group: in any."""
        if group_id is not None:
            return rights.may(self.roles.get(group_id, ""), right)
        return any(rights.may(role, right) for role in self.roles.values() or [self.me.role])

    @property
    def today(self) -> dt.date:
        return local(self.now).date()

    async def group(self, group_id: Any) -> Group | None:
        """One of this colleague's groups; None for anybody else's, also when a button of old times names it."""
        return next((g for g in self.groups if g.id == group_id), None)

    async def meeting(self, meeting_id: Any) -> tuple[Meeting, Group] | None:
        """A meeting of one of this colleague's groups."""
        found = await self.session.get(Meeting, meeting_id) if meeting_id else None
        group = await self.group(found.group_id) if found else None
        return (found, group) if found and group else None

    async def mother(self, mother_id: Any) -> Mother | None:
        """A mother of one of this colleague's groups."""
        found = await self.session.get(Mother, mother_id) if mother_id else None
        return found if found and await self.group(found.group_id) else None

    def moment(self, meeting: Meeting) -> str:
        """ "morgen, donderdag, om 9.30 uur"."""
        return spoken.moment(meeting.starts_at, "nl", self.now).shown


def to(label: str, action: str, **args: Any) -> Button:
    """A button of the desk."""
    return Button(label, {"desk": action, **args})


MENU = to("🏠 Menu", "menu")


async def groups(session: Session, me: Staff, now: dt.datetime) -> list[Group]:
    return await staff.groups_of(session, me, now)
