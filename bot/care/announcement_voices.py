"""A language that the house cannot say: a colleague who speaks it hears the Dutch and says it; that is this announcement's voice."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select, update

from bot.care import announcements, inbox_people, outbox, own_words, tell
from bot.care.content import Content
from bot.db.inbox_models import AnnouncementVoice, Interpreting
from bot.db.models import Announcement, Group, Media, Staff
from bot.db.session import Session, wake

ABOUT = "interpret"
ROLES = (*inbox_people.TRUSTED, "volunteer", "helper")  # nothing about a mother stands in it
WAITING = ("draft", "planned")


async def speakers(session: Session, made: Announcement, lang: str, but: int | None = None) -> list[Staff]:
    """Colleagues of the house with Telegram who speak this language."""
    return await inbox_people.interpreters(session, made.group_id, lang, ROLES, but)


async def asked(session: Session, made: Announcement) -> dict[str, Interpreting]:
    """language → the last time it was asked for this announcement."""
    query = select(Interpreting).where(Interpreting.announcement_id == made.id).order_by(Interpreting.id)
    return {row.lang: row for row in await session.scalars(query)}


async def ask(
    session: Session, content: Content, made: Announcement, lang: str, by: Staff, now: dt.datetime
) -> list[Staff]:
    """Puts the Dutch words and voice into the chats of those who speak it; the first reply is taken. Empty: there is nobody."""
    found = await speakers(session, made, lang, by.id)
    before = (await asked(session, made)).get(lang)
    if not found or made.state not in WAITING or (before is not None and before.answered_at is None):
        return found
    row = Interpreting(announcement_id=made.id, lang=lang, asked_by=by.id, created_at=now)
    session.add(row)
    await session.flush()
    wake(session, "inbox")
    group = await session.get_one(Group, made.group_id)
    media = await session.get(Media, made.media_id) if made.media_id else None
    said = await announcements.itself(session, content, made, "nl", now)
    words = made.text if made.kind == "own" else " ".join(u.text for u in said if u.text)
    text = (
        f"{by.name} vraagt jou om dit bericht voor {group.name} in te spreken in het {tell.language(lang)}. "
        f"Houd dit bericht vast, kies “Beantwoorden” en spreek.\n“{words}”"
    )
    for person in found:
        things = [tell.line(text), *(own_words.recording("", media) if media else [])]
        for n, thing in enumerate(things):
            key = f"interpret-announcement:{row.id}:{person.id}:{n}"
            await outbox.put(session, person.chat_id or 0, thing, key=key, now=now, about=ABOUT, about_id=row.id)
    return found


async def receive(
    session: Session, row: Interpreting, person: Staff, text: str, media: Media | None, now: dt.datetime
) -> str:
    """What a colleague said becomes the voice of its language. "ok", "already" (another was first), "late" (it has gone out),
    "changed" (the words she heard are not the words any more)."""
    made = await session.get(Announcement, row.announcement_id)
    if made is None or made.state not in WAITING:
        return "late"
    claim = update(Interpreting).where(Interpreting.id == row.id, Interpreting.answered_at.is_(None))
    if tell.rows(await session.execute(claim.values(answered_by=person.id, answered_at=now))) == 0:
        await session.refresh(row)
        return "already" if row.answered_by else "changed"
    await session.refresh(row)
    if not await keep(session, made, row.lang, person, text, media, now):
        return "late"
    asker = await session.get(Staff, row.asked_by)
    if asker is not None and asker.chat_id is not None:
        line = tell.line(
            f"🗣 {person.name} sprak je bericht in het {tell.language(row.lang)} in. Kijk het na en verstuur."
        )
        await outbox.put(session, asker.chat_id, line, key=f"interpreted:{row.id}", now=now)
    return "ok"


async def keep(
    session: Session, made: Announcement, lang: str, person: Staff, text: str, media: Media | None, now: dt.datetime
) -> bool:
    """From now on this is how the announcement is said in this language; a former one is let go. False: it has gone out meanwhile."""
    await session.refresh(made, with_for_update=True)  # who sends it at this moment is waited for
    if made.state not in WAITING:
        return False
    before = await session.get(AnnouncementVoice, (made.id, lang))
    if before is not None:
        await session.delete(before)
        await session.flush()
    session.add(
        AnnouncementVoice(
            announcement_id=made.id,
            lang=lang,
            media_id=media.id if media else None,
            text=text,
            staff_id=person.id,
            created_at=now,
        )
    )
    await session.flush()
    wake(session, "inbox")
    return True


async def drop(session: Session, made: Announcement, lang: str) -> bool:
    """Back to what the house says; False when there was no voice or it has gone out."""
    before = await session.get(AnnouncementVoice, (made.id, lang))
    if before is None or made.state not in WAITING:
        return False
    await session.delete(before)
    await session.flush()
    wake(session, "inbox")
    return True


async def start_over(session: Session, made: Announcement, now: dt.datetime) -> bool:
    """Other words, another day or place: what colleagues said of it, or were asked to say, is not it any more.

    True when a voice was let go.
    """
    waiting = update(Interpreting).where(Interpreting.announcement_id == made.id, Interpreting.answered_at.is_(None))
    await session.execute(waiting.values(answered_at=now))
    gone = await session.execute(delete(AnnouncementVoice).where(AnnouncementVoice.announcement_id == made.id))
    wake(session, "inbox")
    return tell.rows(gone) > 0
