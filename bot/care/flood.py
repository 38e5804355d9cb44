"""More than a person can send: she hears one kind line and then nothing for a while, and nobody else notices.

What she says is kept for her coordinator as far as a person could read it. A cry for help is answered as always, and so are staff.
"""

from __future__ import annotations

import datetime as dt
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from bot.care import conversation, inbox, mothers, outbox, privacy, render, staff
from bot.care.content import Content
from bot.db.models import Arrival, Media, Mother, Question, QuestionPart
from bot.db.session import Session
from bot.flow.model import Say
from bot.messages import Heard
from bot.speech.phrases import DUTCH

MOST, WITHIN = (
    40,
    dt.timedelta(minutes=1),
)  # arrivals of one chat; a child that hammers on buttons comes to twice as many
CHATS = 20_000  # that are counted at the same time
PARTS = 60  # of a question: more words than these nobody reads
HELP = "faq.nood"
Together = Callable[[Session, Mapping[int, Heard], dt.datetime], Awaitable[set[int]]]


class Flood:
    """Counts what each chat sends, in this process and for a minute; nothing of it is stored."""

    def __init__(self) -> None:
        self._seen: OrderedDict[int, deque[tuple[dt.datetime, int]]] = OrderedDict()
        self._since: dict[int, dt.datetime] = {}

    def began(self, chat: int, number: int, at: dt.datetime) -> dt.datetime | None:
        """When this chat began to send more than `MOST` a minute; None when it does not. number: of the arrival, which counts once
        however often it is asked about; at: when it was sent."""
        seen = self._seen.setdefault(chat, deque(maxlen=MOST + 1))
        self._seen.move_to_end(chat)
        if len(self._seen) > CHATS:
            self._since.pop(self._seen.popitem(last=False)[0], None)
        if all(number != known for _, known in seen):
            seen.append((at, number))
        if len(seen) <= MOST or abs(at - seen[0][0]) >= WITHIN:
            self._since.pop(chat, None)
            return None
        return self._since.setdefault(chat, at)


class Answering:
    """What the listener calls: `conversation.handle` for one arrival, `together` for many plain taps, and this room for a flood."""

    def __init__(self, content: Content, together: Together) -> None:
        self.content, self.together, self.flood = content, together, Flood()

    async def handle(
        self, session: Session, arrival: Arrival, heard: Heard, files: Mapping[str, Media], now: dt.datetime
    ) -> None:
        """Answers one arrival. Never commits."""
        began = self.flood.began(heard.chat_id, arrival.id, sent_at(arrival))
        media = next(iter(files.values()), None)
        if began is None or not await answer(session, self.content, arrival, heard, media, now, began):
            await conversation.handle(session, self.content, arrival, heard, files, now)

    async def taps(self, session: Session, tapped: Mapping[int, Heard], now: dt.datetime) -> set[int]:
        """Answers the plain taps of those who send no more than a person can. tapped: arrival → press."""
        calm = {n: heard for n, heard in tapped.items() if self.flood.began(heard.chat_id, n, now) is None}
        return await self.together(session, calm, now)


def sent_at(arrival: Arrival) -> dt.datetime:
    """When she sent it, by Telegram's clock: what waited for us while the house was down is no flood. Else when it came in."""
    messages = [arrival.raw.get(kind) for kind in ("message", "edited_message")]
    message: dict[str, Any] = next((m for m in messages if isinstance(m, dict)), {})
    said = message.get("edit_date") or message.get("date")
    if not isinstance(said, int) or isinstance(said, bool) or not 0 < said < 2**33:
        return arrival.received_at
    return dt.datetime.fromtimestamp(said, dt.UTC)


async def answer(
    session: Session, content: Content, arrival: Arrival, heard: Heard, media: Media | None, now: dt.datetime, began: dt.datetime
) -> bool:  # fmt: skip
    """Answers one arrival of a flood. False: this one has to be answered as always (staff, a group's chat, a cry for help)."""
    if (
        not heard.private
        or heard.kind in ("blocked", "unblocked")
        or conversation.COMMANDS.get(heard.text.lower()) == HELP
    ):
        return False
    if await staff.by_chat(session, heard.chat_id) is not None:
        return False
    mother = await mothers.by_chat(session, heard.chat_id)
    lang = mother.lang if mother is not None and mother.lang in content.offered else DUTCH
    if heard.text.strip() and content.matcher.find(heard.text, lang).urgent:
        return False
    if mother is not None and mother.consented_at is not None and mother.status != "stopped":
        if media is not None:
            media.mother_id = mother.id
        if heard.kind in ("text", "voice", "photo") and (heard.text.strip() or media):
            await _keep(session, mother, heard, media, now)
    else:
        await privacy.drop_media(session, media)
        privacy.scrub(arrival)
    line = replace(render.utterances(content, lang, Say("sorry.many"), now)[-1], buttons=())
    key = f"flood:{heard.chat_id}:{began:%Y%m%d%H%M%S}"
    await outbox.put(session, heard.chat_id, line, key=key, now=now, mother_id=mother.id if mother else None)
    return True


async def _keep(session: Session, mother: Mother, heard: Heard, media: Media | None, now: dt.datetime) -> None:
    """Her words go to her open question without another message to her coordinators, as long as somebody could read it all."""
    mine = select(func.count()).select_from(QuestionPart).join(Question, Question.id == QuestionPart.question_id)
    count = await session.scalar(mine.where(Question.mother_id == mother.id, Question.state == "open"))
    if (count or 0) < PARTS:
        await inbox.ask(session, mother, heard, media, now, quietly=True)
    else:
        await privacy.drop_media(session, media)
