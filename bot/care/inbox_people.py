"""Who has to do with a question: who may answer it, who speaks her language, and how it is shown in their chats."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select

from bot.care import away, outbox, own_words, rights, tell
from bot.db.inbox_models import Interpreting
from bot.db.models import Delivery, Media, Mother, Question, QuestionPart, Staff
from bot.db.session import Session
from bot.messages import Button

ABOUT = "question"
TRUSTED = ("coordinator", "guide", "interpreter")  # who may be shown what a mother asks


async def people_for(session: Session, question: Question, now: dt.datetime) -> list[Staff]:
    """Who may answer: the coordinators and guides of her group (of her house, when there are none) with the deputies of those
    who are away, who it was handed to, and the interpreters who were asked."""
    people = await tell.of_group(session, question.group_id, anywhere=True, now=now)
    handed = await session.get(Staff, question.assigned_to) if question.assigned_to else None
    if handed is not None and handed.chat_id is not None:
        people += await away.with_deputies(session, [handed], now)
    asked = await session.scalar(select(Interpreting.id).where(Interpreting.question_id == question.id).limit(1))
    if asked is not None:
        people += await interpreters(session, question.group_id, question.lang)
    return list({person.id: person for person in people}.values())


async def interpreters(
    session: Session, group_id: int | None, lang: str, roles: Sequence[str] = TRUSTED, but: int | None = None
) -> list[Staff]:
    """Colleagues with Telegram who speak this language: of her house, or of no group at all; by name."""
    query = select(Staff).where(Staff.chat_id.is_not(None), rights.held(roles, group_id)).order_by(Staff.name)
    return [person for person in await session.scalars(query) if lang in person.langs and person.id != but]


async def house_coordinators(session: Session, group_id: int | None) -> list[Staff]:
    """All coordinators with Telegram of the house this group belongs to; of every house when there is no group."""
    theirs = rights.held(("coordinator",), group_id, loose=group_id is None)
    query = select(Staff).where(Staff.chat_id.is_not(None), theirs).order_by(Staff.id)
    return list(await session.scalars(query))


# ---------------------------------------------------------------- in their chats


def name(mother: Mother) -> str:
    return mother.first_name or "een moeder"


def mark(question: Question) -> str:
    return "🔴 DRINGEND. " if question.urgent else ""


def title(question: Question, mother: Mother) -> str:
    """ "Vraag van Amina (Arabisch)", with a red mark when it is urgent."""
    return f"{mark(question)}Vraag van {name(mother)} ({tell.language(question.lang)})"


def buttons(question: Question) -> tuple[tuple[Button, ...], ...]:
    """What staff can tap below a question; answering needs no button: it is a reply."""
    none = Button("Geen antwoord nodig", {"desk": "no_reply", "question": question.id})
    more = Button("Meer …", {"desk": "question_more", "question": question.id})
    return ((none, Button("Doorgeven", {"desk": "hand_over", "question": question.id})), (more,))


async def parts(session: Session, question: Question, by: str = "mother") -> list[QuestionPart]:
    """What was said, in order."""
    query = select(QuestionPart).where(QuestionPart.question_id == question.id, QuestionPart.by == by)
    return list(await session.scalars(query.order_by(QuestionPart.id)))


async def put_in_chat(
    session: Session,
    question: Question,
    person: Staff,
    opening: str,
    said: list[QuestionPart],
    now: dt.datetime,
    key: str,
) -> None:
    """A line with the words and the buttons, then every voice note and photo as it is."""
    words = "\n".join(f"“{p.text}”" for p in said if p.kind == "text" and p.text)
    await line(session, question, person, f"{opening}\n{words}" if words else opening, f"{key}:{person.id}:0", now)
    for n, part in enumerate((p for p in said if p.media_id), start=1):
        media = await session.get(Media, part.media_id)
        if media is not None and person.chat_id is not None:
            for thing in own_words.recording(part.text, media):
                await outbox.put(
                    session,
                    person.chat_id,
                    thing,
                    key=f"{key}:{person.id}:{n}",
                    now=now,
                    about=ABOUT,
                    about_id=question.id,
                )


async def line(session: Session, question: Question, person: Staff, text: str, key: str, now: dt.datetime) -> None:
    """One line about a question, with its buttons while it is open; a reply to it is an answer."""
    if person.chat_id is None:
        return
    said = tell.line(text, buttons(question) if question.state == "open" else ())
    await outbox.put(session, person.chat_id, said, key=key, now=now, about=ABOUT, about_id=question.id)


async def below(session: Session, question: Question, person: Staff, text: str, key: str, now: dt.datetime) -> None:
    """A line that hangs below the message that showed this question first; a reply to it is an answer."""
    if person.chat_id is not None:
        said = tell.line(text, reply_to=await _message_of(session, person.chat_id, question))
        await outbox.put(
            session, person.chat_id, said, key=f"{key}:{person.id}", now=now, about=ABOUT, about_id=question.id
        )


async def tell_others(
    session: Session, question: Question, by: Staff, text: str, key: str, now: dt.datetime, but: int | None = None
) -> None:
    """What became of a question, to everybody else who has to do with it, below the message that showed it first."""
    for person in await people_for(session, question, now):
        if person.id not in (by.id, but) and person.chat_id is not None:
            reply_to = await _message_of(session, person.chat_id, question)
            said = tell.line(text, reply_to=reply_to)
            await outbox.put(
                session, person.chat_id, said, key=f"{key}:{person.id}", now=now, about=ABOUT, about_id=question.id
            )


async def _message_of(session: Session, chat_id: int, question: Question) -> int | None:
    """The message in this chat that showed the question first, so that what comes of it hangs below it."""
    query = select(Delivery.message_id).where(
        Delivery.chat_id == chat_id,
        Delivery.about == ABOUT,
        Delivery.about_id == question.id,
        Delivery.message_id.is_not(None),
    )
    return (await session.scalars(query.order_by(Delivery.id).limit(1))).first()
