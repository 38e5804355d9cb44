"""Announcements: something said to a whole group, in each mother's language. Drafted, looked at, sent in batches, counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from bot.care import events, outbox, own_words, reminders, render, rights, tell
from bot.care.content import Content
from bot.care.whereabouts import about
from bot.db.inbox_models import AnnouncementMother, AnnouncementVoice
from bot.db.models import Announcement, Delivery, Group, Media, Meeting, Mother, Staff
from bot.db.session import Session, wake
from bot.flow.model import Ready, Say
from bot.messages import Button, Part, Utterance
from bot.speech import voices
from bot.speech.phrases import DUTCH
from bot.speech.recordings import Recordings

BATCH = 100  # mothers
HIDDEN = ("admitted", "withdrawn", "goes_on", "own", "corrected")  # said by the house itself, not chosen from the list
CHANGES = ("cancelled", "moved", "other_place", "goes_on")  # about one meeting; a newer one replaces an older
ABOUT = "announcement"
PLAY, GAME = (
    "play_home",
    "play_",
)  # a game to play at home: any, with a colleague's own photo and words, or a ready-made one


@dataclass(frozen=True)
class Preview:
    """What one language of the group will get. says: the language it falls back to, its own when nothing is missing.
    voiced: all of it will be heard; False: part of it is text only, because nobody recorded it and no engine can say it.
    spoken_by: the colleague who said it in this language for this announcement, if one did."""

    lang: str
    name: str
    mothers: int
    says: str
    voiced: bool
    spoken_by: str = ""


class SureFirst(Exception):
    """A photo goes to a whole group only after a second yes: children may be on it."""


@dataclass(frozen=True)
class Counts:
    """Mothers, not messages: everything arrived, something failed, still on its way, stopped before it left.

    heard: those who tapped a button of it, so it is known for certain; more may have heard it, Telegram does not tell."""

    total: int
    delivered: int
    failed: int
    waiting: int
    stopped: int
    heard: int = 0


async def draft(
    session: Session,
    group: Group,
    person: Staff | None,
    kind: str,
    now: dt.datetime,
    *,
    slots: dict[str, Any] | None = None,
    meeting: Meeting | None = None,
    text: str = "",
    media: Media | None = None,
    only: list[Mother] | None = None,
) -> Announcement:
    """A draft that nobody hears yet. kind: a ready-made one, or "own" with text or a recording. only: for these mothers alone."""
    warning = {"warning": kind} if kind == "cancelled" else {}
    filled = {**(about(group, meeting) if meeting else {}), **warning, **(slots or {})}
    if kind == "own" and person is not None:
        filled["name"] = person.name
    if only is not None:
        filled["chosen"] = True
    made = Announcement(
        group_id=group.id,
        staff_id=person.id if person else None,
        meeting_id=meeting.id if meeting else None,
        kind=kind,
        slots=filled,
        text=text,
        media_id=media.id if media else None,
        state="draft",
        audience=[],
        created_at=now,
    )
    session.add(made)
    await session.flush()
    session.add_all(AnnouncementMother(announcement_id=made.id, mother_id=mother.id) for mother in only or [])
    await session.flush()
    return made


async def correction(session: Session, made: Announcement, by: Staff | None, now: dt.datetime) -> Announcement:
    """A draft in place of one that was said and is not right; when it is sent, the other is taken back and this one says so."""
    group = await session.get_one(Group, made.group_id)
    meeting = await session.get(Meeting, made.meeting_id) if made.meeting_id else None
    media = await session.get(Media, made.media_id) if made.media_id else None
    only = await _chosen(session, made) if made.slots.get("chosen") else None
    slots = {**made.slots, "corrects": made.id}
    new = await draft(
        session, group, by, made.kind, now, slots=slots, meeting=meeting, text=made.text, media=media, only=only
    )
    await events.copy(session, made, new)
    return new


async def preview(session: Session, content: Content, made: Announcement, now: dt.datetime) -> list[Preview]:
    """One line a language of the group, the most mothers first, with what exactly they will get."""
    mothers = await _mothers(session, made)
    found, recorded = [], _recorded(session, content)
    for lang, count in Counter(m.lang or "nl" for m in mothers).most_common():
        said = await utterances(session, content, made, lang, now)
        voiced = all(_voiced(content, u, recorded) for u in said)
        voice = await session.get(AnnouncementVoice, (made.id, lang))
        by = await session.get(Staff, voice.staff_id) if voice else None
        says = lang if by else said[0].lang if said else "nl"
        found.append(Preview(lang, tell.language(lang), count, says, voiced, by.name if by else ""))
    return found


async def utterances(
    session: Session,
    content: Content,
    made: Announcement,
    lang: str,
    now: dt.datetime,
    voice_lang: str | None = None,
) -> list[Utterance]:
    """What a mother of this language gets, in order: what it puts right, the message, and whether she comes."""
    corrects = Say("announcement.corrected")
    before = render.utterances(content, lang, corrects, now, voice_lang=voice_lang) if "corrects" in made.slots else []
    after = await events.ask(session, content, made, lang, now, voice_lang)
    return [*before, *await itself(session, content, made, lang, now, voice_lang), *after]


async def itself(
    session: Session, content: Content, made: Announcement, lang: str, now: dt.datetime, voice_lang: str | None = None
) -> list[Utterance]:
    """The message alone. Where a colleague said it in this language, her voice takes the place of the house's or of the Dutch.

    With a game comes that it is to be played at home; where nobody said a colleague's words in this language, her Dutch is heard.
    """
    steps = [PLAY, made.kind] if is_game(made.kind) else [made.kind]
    told = [Say(f"announcement.{step}", made.slots) for step in steps]
    said = [u for say in told for u in render.utterances(content, lang, say, now, voice_lang=voice_lang)]
    voice = await session.get(AnnouncementVoice, (made.id, lang))
    if voice is None and made.kind.startswith(GAME):
        voice = await session.get(AnnouncementVoice, (made.id, DUTCH))
    spoken = await session.get(Media, voice.media_id) if voice and voice.media_id else None
    if made.kind == "own" or made.kind.startswith(GAME):
        media = await session.get(Media, made.media_id) if made.media_id else None
        photo = own_words.recording("", media) if media and media.kind == "photo" and voice else []
        words = own_words.utterances(voice.text, spoken) if voice else own_words.utterances(made.text, media)
        return [*said, *photo, *words]
    if voice is None:
        return said
    own = own_words.utterances(voice.text, spoken)
    return [*(u for u in said if u.kind != "voice"), *(replace(u, buttons=_buttons(said)) for u in own)]


def is_game(kind: str) -> bool:
    """Whether it is a ready-made game to play at home."""
    return kind.startswith(GAME) and kind != PLAY


def games(content: Content) -> list[Ready]:
    """The ready-made games to play at home: each with its picture, and its words in every language."""
    return [ready for ready in content.announcements.values() if is_game(ready.id)]


def _buttons(said: list[Utterance]) -> tuple[tuple[Button, ...], ...]:
    return next((u.buttons for u in said if u.kind == "voice"), ())


async def group_photo(session: Session, made: Announcement) -> bool:
    """Whether a photo would go to the whole group."""
    media = await session.get(Media, made.media_id) if made.media_id else None
    return media is not None and media.kind == "photo" and not made.slots.get("chosen")


async def send(session: Session, made: Announcement, now: dt.datetime, *, sure: bool = False) -> int:
    """Freezes who will hear it and lets it go; how many mothers. 0 when it was sent or stopped already.

    Raises SureFirst for a photo to the whole group that nobody said yes to a second time.
    """
    if not sure and await group_photo(session, made):
        raise SureFirst
    audience = [mother.id for mother in await _mothers(session, made)]
    claim = update(Announcement).where(Announcement.id == made.id, Announcement.state == "draft")
    done = await session.execute(claim.values(state="sending", audience=audience, done=0, sent_at=now))
    await session.refresh(made)
    if tell.rows(done) == 0:
        return 0
    await events.begin(session, made, now)
    old = await session.get(Announcement, made.slots["corrects"]) if "corrects" in made.slots else None
    if old is not None and old.group_id == made.group_id:
        await stop(session, old)
        heard = update(Announcement).where(Announcement.id == old.id, Announcement.state.in_(("sent", "stopped")))
        await session.execute(heard.values(state="withdrawn"))
        await events.take_over(session, old, made, now)
    wake(session, "announcements")
    return len(audience)


async def about_meeting(
    session: Session, meeting: Meeting, kind: str, now: dt.datetime, by: Staff | None
) -> Announcement:
    """Says a change of a meeting to everybody of its group, at once; what an older change still wanted to say is taken out."""
    older = select(Announcement).where(
        Announcement.meeting_id == meeting.id,
        Announcement.kind.in_(CHANGES),
        Announcement.state.in_(("sending", "sent")),
    )
    for old in await session.scalars(older):
        await stop(session, old)
    group = await session.get_one(Group, meeting.group_id)
    made = await draft(session, group, by, kind, now, meeting=meeting)
    await send(session, made, now)
    return made


async def stop(session: Session, made: Announcement) -> int:
    """Takes out what has not left yet; how many messages. What was heard stays heard."""
    going = update(Announcement).where(Announcement.id == made.id, Announcement.state == "sending")
    await session.execute(going.values(state="stopped"))
    await session.refresh(made)
    await outbox.cancel(session, events.ABOUT, made.id)
    return await outbox.cancel(session, ABOUT, made.id)


async def withdraw(session: Session, made: Announcement, now: dt.datetime, by: Staff | None) -> int:
    """Stops it, and tells those who heard it that it was not right; how many will hear that. Nobody hears it twice."""
    await stop(session, made)
    claim = update(Announcement).where(Announcement.id == made.id, Announcement.state.in_(("sent", "stopped")))
    done = await session.execute(claim.values(state="withdrawn"))
    await session.refresh(made)
    if tell.rows(done) == 0:
        return 0
    await events.over(session, made, now)
    heard = select(Delivery.mother_id).where(
        Delivery.about == ABOUT, Delivery.about_id == made.id, Delivery.state != "cancelled"
    )
    mothers = sorted({m for m in await session.scalars(heard) if m is not None})
    group = await session.get_one(Group, made.group_id)
    sorry = await draft(session, group, by, "withdrawn", now)
    sorry.audience, sorry.state, sorry.sent_at = list(mothers), "sending", now
    await session.flush()
    wake(session, "announcements")
    return len(mothers)


async def fan_out_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """One batch of the oldest announcement that is being sent. True: there was one, come again. False: nothing to do.

    1. Claim the batch by moving the checkpoint; another process that moved it first has this batch.
    2. Put everybody's utterances into the outbox, in the same transaction; their keys make a repeat harmless.
    """
    query = select(Announcement).where(Announcement.state == "sending").order_by(Announcement.id).limit(1)
    made = (await session.scalars(query)).first()
    if made is None:
        return False
    start, end = made.done, min(made.done + BATCH, len(made.audience))
    state = "sent" if end == len(made.audience) else "sending"
    claim = update(Announcement).where(
        Announcement.id == made.id, Announcement.state == "sending", Announcement.done == start
    )
    if tell.rows(await session.execute(claim.values(done=end, state=state))) == 0:
        return True
    audience = list(made.audience)[start:end]
    if start == 0 and made.kind in CHANGES:
        await _tell_staff(session, content, made, now)
    await outbox.put_all(session, await _said_to(session, content, made, audience, now))
    await session.refresh(made)
    return True


async def counts(session: Session, made: Announcement) -> Counts:
    """How far it is, in mothers."""
    query = select(Delivery.mother_id, Delivery.state, Delivery.answered_at)
    query = query.where(Delivery.about == ABOUT, Delivery.about_id == made.id)
    states: dict[int, set[str]] = {}
    heard = set()
    for mother_id, state, answered in (await session.execute(query)).all():
        if mother_id is not None:
            states.setdefault(mother_id, set()).add(state)
            heard |= {mother_id} if answered else set()
    failed = sum("failed" in s for s in states.values())
    stopped = sum("cancelled" in s and "failed" not in s for s in states.values())
    delivered = sum(s == {"sent"} for s in states.values())
    total = len(made.audience)
    going = len(states) - delivered - failed - stopped
    unsaid = max(
        total - len(states), 0
    )  # once it is "sent" they left the group, or it is so long ago that no row is left
    waiting = going + unsaid if made.state == "sending" else going
    never = unsaid if made.state in ("stopped", "withdrawn") else 0
    return Counts(total, delivered, failed, waiting, stopped + never, len(heard))


def _voiced(content: Content, said: Utterance, recorded: Recordings) -> bool:
    if said.voice is None:
        return said.kind != "text"
    speaker = _voices(content.folder / "audio" / "voices.yaml").get(said.voice.lang, voices.NOBODY)
    lang = said.voice.lang

    def there(part: Part) -> bool:
        return bool(part.key and recorded.find(lang, part.key, part.text))

    return all(
        speaker.can_say(part.text)
        or there(part)
        or (part.pieces and all(there(piece) for piece in part.pieces if piece.key))
        for part in said.voice.parts
    )


def _recorded(session: Session, content: Content) -> Recordings:
    """What people recorded: in this house, and with the content."""
    shipped, media = content.folder / "audio" / "recordings", session.info.get("media")
    return Recordings(media.parent / "recordings", shipped) if isinstance(media, Path) else Recordings(shipped)


@lru_cache(maxsize=4)
def _voices(path: Path) -> voices.Voices:
    return voices.load(path)


async def _mothers(session: Session, made: Announcement) -> list[Mother]:
    query = select(Mother).where(
        Mother.group_id == made.group_id, Mother.status == "member", Mother.unreachable_at.is_(None)
    )
    if made.slots.get("chosen"):
        chosen = select(AnnouncementMother.mother_id).where(AnnouncementMother.announcement_id == made.id)
        query = query.where(Mother.id.in_(chosen))
    return list(await session.scalars(query.order_by(Mother.id)))


async def _chosen(session: Session, made: Announcement) -> list[Mother]:
    chosen = select(AnnouncementMother.mother_id).where(AnnouncementMother.announcement_id == made.id)
    return list(await session.scalars(select(Mother).where(Mother.id.in_(chosen)).order_by(Mother.id)))


async def _said_to(
    session: Session, content: Content, made: Announcement, audience: list[int], now: dt.datetime
) -> list[dict[str, Any]]:
    """The rows of what these mothers hear, in their order; those who left the group hear nothing. Made once for each language."""
    here = select(Mother).where(Mother.id.in_(audience), Mother.status == "member", Mother.group_id == made.group_id)
    meeting = await session.get(Meeting, made.meeting_id) if made.meeting_id else None
    hours = await reminders.hours_of(session, made.group_id)
    in_words: dict[tuple[str, str | None], list[Utterance]] = {}
    rows = []
    for mother in await session.scalars(here.order_by(Mother.id)):
        key = (mother.lang or "nl", mother.voice_lang)
        if key not in in_words:
            in_words[key] = await utterances(session, content, made, key[0], now, key[1])
        quiet = reminders.after_quiet(now, hours, mother) != now
        for n, said in enumerate(in_words[key]):
            row = outbox.reply(
                mother.chat_id,
                replace(said, silent=True) if quiet else said,
                key=f"announcement:{made.id}:{mother.id}:{n}",
                now=now,
                expires_at=meeting.ends_at if meeting else None,
                mother_id=mother.id,
                about=ABOUT,
            )
            rows.append(row | {"priority": 2, "about_id": made.id})
    return rows


async def _tell_staff(session: Session, content: Content, made: Announcement, now: dt.datetime) -> None:
    """Colleagues and volunteers hear of a changed meeting too, in Dutch; not the one who changed it."""
    group = await session.get_one(Group, made.group_id)
    said = " ".join(u.text for u in render.announcement(content, "nl", made.kind, made.slots, now) if u.text)
    roles = rights.roles("meetings")
    key = f"announcement-staff:{made.id}"
    await tell.group_staff(
        session, group.id, f"📣 {group.name}: {said}", key=key, now=now, roles=roles, but=made.staff_id
    )
