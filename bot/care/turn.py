"""One arrival being answered: what an effect may use, and how something is said to her."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from bot.care import counts, outbox, render
from bot.care import local as local_fields
from bot.care.content import Content
from bot.clock import local
from bot.db.models import Arrival, Group, Media, Mother
from bot.db.session import Session
from bot.flow.engine import HOME
from bot.flow.model import Place, Say, Slots, Step
from bot.messages import Heard, from_json, to_json
from bot.speech.phrases import DUTCH

FAREWELL = "farewell"  # about what: the sender deletes such a delivery once it is sent
FAREWELL_LASTS = dt.timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """How an effect ended: the name of a way in `on`, what to remember, or a step that the effect itself found."""

    name: str
    slots: Slots = field(default_factory=dict)
    go: str | None = None


@dataclass
class Turn:
    """One arrival of one mother. `gone`: she was forgotten in this turn, and what is said now leaves no row behind."""

    session: Session
    content: Content
    arrival: Arrival
    heard: Heard
    media: Media | None
    now: dt.datetime
    mother: Mother
    place: Place
    lang: str
    said: int = 0
    gone: bool = False
    later: list[Say] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)  # what was said and is not yet written down

    @property
    def consented(self) -> bool:
        return self.mother.consented_at is not None and self.mother.status != "stopped"

    async def say(self, say: Say) -> None:
        """Says a step in her language and remembers it as the last thing that was said. `put` writes it down."""
        step = self.content.flows[say.step]
        say = replace(say, slots=await self._slots(step, say.slots))
        voice = None if self.gone else self.mother.voice_lang
        for utterance in render.utterances(self.content, self.lang, say, self.now, voice_lang=voice):
            row = outbox.reply(
                self.heard.chat_id,
                utterance,
                key=f"arrival:{self.arrival.id}:{self.said}",
                now=self.now,
                expires_at=self.now + FAREWELL_LASTS if self.gone else None,
                mother_id=None if self.gone else self.mother.id,
                about=FAREWELL if self.gone else None,
            )
            self.rows.append(row)
            self.said += 1
        if not self.gone and step.flow != "sorry":
            await self._count(step)
            self.mother.said = to_json(say)

    async def put(self) -> None:
        """Writes what was said into the outbox: before an effect, which may look there or clear it, and at the end."""
        rows, self.rows = self.rows, []
        await outbox.put_all(self.session, rows)

    def keep(self) -> None:
        """Writes down where she stands now."""
        if not self.gone:
            self.mother.place = to_json(self.place)

    async def _count(self, step: Step) -> None:
        """That an answer was heard in this group, and not by whom; hearing it again counts once."""
        if step.flow == "faq" and step.id in self.content.topics and self.mother.said.get("step") != f"faq.{step.id}":
            await counts.add(self.session, self.mother.group_id, self.now, counts.TOPIC, step.id)

    def _languages(self, step: Step, slots: Slots) -> list[str]:
        """Hers first. A newcomer whose language the link or telephone tells hears that and Dutch; the rest is one tap away."""
        first = [self.lang] if self.lang in self.content.offered else []
        if step.flow == "welcome" and self.lang != DUTCH and first and not slots.get("all"):
            return [self.lang, DUTCH]
        return list(dict.fromkeys([*first, *self.content.offered]))

    async def _slots(self, step: Step, slots: Slots) -> Slots:
        if step.offer == "languages":
            return {**slots, "languages": self._languages(step, slots)}
        if step.offer == "voices":
            return {**slots, "languages": self.content.voices_of(self.lang)}
        topic = self.content.topics.get(step.id) if step.flow == "faq" else None
        kept = {name: value for name, value in slots.items() if name not in ("languages", "local", "ask_first")}
        if topic is None or not topic.local or self.gone:
            return kept
        group = await self.session.get(Group, self.mother.group_id) if self.mother.group_id else None
        lines = local_fields.lines(topic, group.local if group else {}, local(self.now).date())
        ask_first = {"ask_first": True} if topic.needs and not lines else {}
        return {**kept, **({"local": lines} if lines else ask_first)}


Effect = Callable[[Turn, Slots], Awaitable[Outcome]]


def place_of(mother: Mother) -> Place:
    """Where she stands; at the door when nothing was written down. What nobody can read is as if she were at home."""
    stored: dict[str, Any] = mother.place or {}
    if not stored:
        return Place("welcome.language")
    try:
        place = from_json(Place, stored)
    except (TypeError, AttributeError):
        place = Place("")
    readable = place.step and isinstance(place.step, str) and isinstance(place.slots, dict)
    return place if readable else HOME
