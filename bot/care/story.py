""" "Say something about our group": a mother's own words, kept only as far as she allows."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bot.care import hours, outbox, privacy, reminders, render
from bot.care.content import Content
from bot.db.cohort_models import Story
from bot.db.models import Group, Media, Mother
from bot.db.session import Session
from bot.flow.model import Say

ASKED, INSIDE, PUBLIC = "asked", "inside", "public"
WAITS = dt.timedelta(days=7)  # words without an answer to "who may hear this?" are wiped after this


async def invite(session: Session, content: Content, group: Group, now: dt.datetime) -> int:
    """Asks every member who can be reached whether she wants to say something about the group; how many."""
    query = select(Mother).where(Mother.group_id == group.id, Mother.status == "member")
    house, count = await hours.of_group(session, group.id), 0
    for mother in list(await session.scalars(query.where(Mother.unreachable_at.is_(None)).order_by(Mother.id))):
        due = reminders.after_quiet(now, house, mother)
        said = render.utterances(content, mother.lang or "nl", Say("story.ask"), now, voice_lang=mother.voice_lang)
        for n, thing in enumerate(said):
            await outbox.put(
                session, mother.chat_id, thing, key=f"story:{mother.id}:{now.timestamp():.0f}:{n}", now=now,
                priority=2, due_at=due, mother_id=mother.id, about="poll",
            )  # fmt: skip
        count += 1
    return count


async def keep(session: Session, mother: Mother, text: str, media: Media | None, now: dt.datetime) -> Story:
    """Writes down what she said, seen and heard by nobody until she has chosen who may."""
    undecided = select(Story).where(Story.mother_id == mother.id, Story.consent == ASKED)
    for old in list(await session.scalars(undecided)):
        await wipe(session, old)
    kind = media.kind if media else "text"
    story = Story(
        group_id=mother.group_id, mother_id=mother.id, kind=kind, text=text.strip(),
        media_id=media.id if media else None, consent=ASKED, created_at=now,
    )  # fmt: skip
    session.add(story)
    await session.flush()
    return story


async def consent(session: Session, mother: Mother, story_id: int, level: str) -> bool:
    """Her choice: "inside", "public", or anything else, which wipes it. False when there is nothing (any more)."""
    story = await session.get(Story, story_id)
    if story is None or story.mother_id != mother.id:
        return False
    if level not in (INSIDE, PUBLIC):
        await wipe(session, story)
        return True
    story.consent = level
    await session.flush()
    return True


async def wipe(session: Session, story: Story) -> None:
    """The words, the recording and its file."""
    media = story.media_id
    await session.delete(story)
    await session.flush()
    if media is not None:
        await privacy.forget_media(session, [media])


async def told(session: Session, group_id: int, *levels: str) -> list[Story]:
    """What may be heard, the newest first. levels: INSIDE, PUBLIC; both when left out. Never what she did not allow."""
    allowed = [level for level in (levels or (INSIDE, PUBLIC)) if level in (INSIDE, PUBLIC)]
    query = select(Story).where(Story.group_id == group_id, Story.consent.in_(allowed))
    return list(await session.scalars(query.order_by(Story.id.desc())))


async def sweep(session: Session, now: dt.datetime) -> int:
    """Wipes words whose consent was never given; how many."""
    old = list(await session.scalars(select(Story).where(Story.consent == ASKED, Story.created_at < now - WAITS)))
    for story in old:
        await wipe(session, story)
    return len(old)
