"""Questions in pictures to a group: asked, answered by a tap, counted, closed. Who chose what is kept only while it is open.

Three of them leave a count behind for the report: trust in childcare (`Trust`), goals and what comes next (`Wish`).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, func, select

from bot.care import hours, outbox, own_words, reminders, render
from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.db.cohort_models import Poll, Trust, Vote, Wish
from bot.db.models import Group, Media, Mother, Staff
from bot.db.notes import insert
from bot.db.session import Session
from bot.flow.model import Say, Step
from bot.messages import Cell, Part, Utterance
from bot.speech import spoken

FLOW, OWN, TRUST, NEXT, GOALS = "poll", "own", "trust", "next", "goals"
OPEN_DAYS = 7
FEW = 5  # fewer answers than this could be traced to somebody
MOST_GOALS = 3
ABOUT = "poll"
MOMENTS = ("start", "middle", "end")
STEP = {(GOALS, "end"): "goals_end"}  # which step asks it, when it is not called as its kind


@dataclass(frozen=True)
class Result:
    """How often each sign was chosen, the most first. hidden: too few answers to show."""

    asked: int
    answered: int
    counts: dict[str, int]
    hidden: bool = False


def ready(content: Content) -> dict[str, Step]:
    """The ready-made questions that a colleague may send: id → step. "own", "next" and the end of the goals are not among them."""
    steps = (step for step in content.flows.values() if step.flow == FLOW and step.signs)
    return {step.id: step for step in steps if step.id not in (OWN, NEXT, "goals_end")}


async def ask(
    session: Session,
    content: Content,
    group: Group,
    kind: str,
    now: dt.datetime,
    by: Staff | None = None,
    *,
    moment: str = "",
    signs: Sequence[str] = (),
    text: str = "",
    media: Media | None = None,
    days: int = OPEN_DAYS,
) -> Poll:
    """Sends a question to every member who can be reached, outside quiet hours. ValueError: no such question, or no signs to choose.

    kind: a ready-made question, or "own" with words or a recording and two to six signs of the content.
    """
    step = content.flows.get(f"{FLOW}.{STEP.get((kind, moment), kind)}")
    chosen = [name for name in (signs or (step.signs if step else ())) if name in content.signs]
    if step is None or not 2 <= len(chosen) <= 6:
        raise NotSo("Kies twee tot zes plaatjes.")
    if kind == OWN and not text.strip() and media is None:
        raise NotSo("Typ de vraag, of spreek ze in.")
    poll = Poll(
        group_id=group.id, staff_id=by.id if by else None, kind=kind, moment=moment, signs=chosen, text=text.strip(),
        media_id=media.id if media else None, state="open", counts={}, asked=0, answered=0,
        created_at=now, closes_at=now + dt.timedelta(days=days),
    )  # fmt: skip
    session.add(poll)
    await session.flush()
    members = select(Mother).where(Mother.group_id == group.id, Mother.status == "member")
    for mother in await session.scalars(members.where(Mother.unreachable_at.is_(None)).order_by(Mother.id)):
        await send(session, content, poll, mother, now, by.name if by else group.name)
        poll.asked += 1
    await session.flush()
    return poll


async def send(session: Session, content: Content, poll: Poll, mother: Mother, now: dt.datetime, name: str) -> None:
    """Puts the question into her outbox: the colleague's own voice or words first, then the pictures."""
    media = await session.get(Media, poll.media_id) if poll.media_id else None
    own = own_words.utterances(poll.text, media) if poll.kind == OWN else []
    asked = render.utterances(content, mother.lang or "nl", say(poll, name), now, voice_lang=mother.voice_lang)
    due = reminders.after_quiet(now, await hours.of_group(session, poll.group_id), mother)
    for n, said in enumerate([*own, *asked]):
        await outbox.put(
            session, mother.chat_id, said, key=f"poll:{poll.id}:{mother.id}:{n}", now=now, priority=2, due_at=due,
            expires_at=poll.closes_at, mother_id=mother.id, about=ABOUT, about_id=poll.id,
        )  # fmt: skip


def say(poll: Poll, name: str = "") -> Say:
    """The step that asks it, with what its buttons have to remember."""
    slots: dict[str, Any] = {"poll": poll.id, "signs": list(poll.signs)}
    if poll.kind == OWN and name:
        slots["name"] = name
    return Say(f"{FLOW}.{STEP.get((poll.kind, poll.moment), poll.kind)}", slots)


async def vote(session: Session, mother: Mother, poll: Poll, sign: str, now: dt.datetime) -> tuple[str, list[str]]:
    """What came of her tap, and what she may still choose: "thanks", "more" (goals, up to three), "next" (it was the last
    question of the group), "talk" (she wants to say it herself), "over". A second choice takes the place of the first.
    """
    if poll.state != "open" or poll.closes_at <= now or sign not in poll.signs or mother.group_id != poll.group_id:
        return "over", []
    mine = list(await session.scalars(_mine(poll, mother)))
    if sign not in mine:
        if poll.kind != GOALS:
            await take_back(session, mother, poll)
        elif len(mine) >= MOST_GOALS:
            return "thanks", []
        row = insert(session, Vote).values(poll_id=poll.id, mother_id=mother.id, sign=sign, voted_at=now)
        done = await session.execute(row.on_conflict_do_nothing().returning(Vote.sign))
        if done.scalar() is not None:
            await _count(session, poll, sign, 1)
        mine = [*mine, sign] if poll.kind == GOALS else [sign]
    if poll.kind == GOALS and len(mine) < MOST_GOALS:
        return "more", [name for name in poll.signs if name not in mine]
    return {NEXT: "next"}.get(poll.kind, "talk" if sign == "other" else "thanks"), []


async def take_back(session: Session, mother: Mother, poll: Poll) -> None:
    """Forgets what she chose, and counts it no more."""
    for sign in list(await session.scalars(_mine(poll, mother))):
        await session.execute(
            delete(Vote).where(Vote.poll_id == poll.id, Vote.mother_id == mother.id, Vote.sign == sign)
        )
        await _count(session, poll, sign, -1)


async def close(session: Session, poll: Poll, now: dt.datetime) -> None:
    """No answer is taken any more; the counts stay, who chose what is forgotten, and what did not leave yet stays here."""
    if poll.state == "closed":
        return
    poll.counts = await _counts(session, poll)
    poll.answered = await _answered(session, poll)
    poll.state, poll.closed_at = "closed", now
    await session.flush()
    await session.execute(delete(Vote).where(Vote.poll_id == poll.id))
    await outbox.cancel(session, ABOUT, poll.id, "closed")


async def close_due(session: Session, now: dt.datetime) -> int:
    """Closes the questions whose time is over; how many."""
    due = list(await session.scalars(select(Poll).where(Poll.state == "open", Poll.closes_at <= now)))
    for poll in due:
        await close(session, poll, now)
    return len(due)


async def result(session: Session, poll: Poll) -> Result:
    """The counts so far. What could hurt (trust) or be traced (goals, what next) is hidden under five answers."""
    closed = poll.state == "closed"
    counts = dict(poll.counts) if closed else await _counts(session, poll)
    answered = poll.answered if closed else await _answered(session, poll)
    ordered = {name: counts.get(name, 0) for name in sorted(poll.signs, key=lambda name: -counts.get(name, 0))}
    return Result(poll.asked, answered, ordered, poll.kind in (TRUST, GOALS, NEXT) and answered < FEW)


async def tell_group(session: Session, content: Content, poll: Poll, now: dt.datetime) -> int:
    """What the group chose, to everybody who was asked, as a card with how many under each picture; how many hear it."""
    found = await result(session, poll)
    if found.hidden or not any(found.counts.values()):
        return 0
    said_to = select(Mother).where(Mother.group_id == poll.group_id, Mother.status == "member")
    count = 0
    for mother in await session.scalars(said_to.where(Mother.unreachable_at.is_(None)).order_by(Mother.id)):
        due = reminders.after_quiet(now, await hours.of_group(session, poll.group_id), mother)
        for n, said in enumerate(_result(content, mother, found, now)):
            put = await outbox.put(
                session, mother.chat_id, said, key=f"poll-result:{poll.id}:{mother.id}:{n}", now=now, priority=2,
                due_at=due, mother_id=mother.id, about=ABOUT, about_id=poll.id,
            )  # fmt: skip
            count += put is not None and n == 0
    return count


def _result(content: Content, mother: Mother, found: Result, now: dt.datetime) -> list[Utterance]:
    """The step "result", its card filled with the signs and how many chose each, and each said with its number."""
    said = render.utterances(content, mother.lang or "nl", Say(f"{FLOW}.result"), now, voice_lang=mother.voice_lang)
    lang = said[-1].lang
    chosen = [(content.signs[name], n) for name, n in found.counts.items() if n and name in content.signs]
    cells = tuple(Cell(sign.symbol, str(n), colour=sign.colour) for sign, n in chosen)
    parts: list[Part] = []
    for sign, n in chosen:
        label = content.phrases.get(lang, sign.label_key)
        if label is not None:
            parts += [Part(label.spoken, sign.label_key), Part(spoken.number(n, lang))]
    filled = [replace(one, picture=replace(one.picture, cells=cells)) if one.picture else one for one in said]
    last = filled[-1]
    voice = replace(last.voice, parts=(last.voice.parts[0], *parts)) if last.voice else None
    return [*filled[:-1], replace(last, voice=voice)]


async def of_group(session: Session, group_id: int) -> list[Poll]:
    """All questions of a group, the newest first."""
    return list(await session.scalars(select(Poll).where(Poll.group_id == group_id).order_by(Poll.id.desc())))


async def trust(session: Session, group_id: int) -> dict[str, dict[int, int]]:
    """Trust at the start, middle and end: moment → face (1 to 5) → how many; a moment with fewer than five answers is left out."""
    found: dict[str, dict[int, int]] = {}
    for row in await session.scalars(select(Trust).where(Trust.group_id == group_id, Trust.count > 0)):
        found.setdefault(row.moment, {})[row.face] = row.count
    return {moment: found[moment] for moment in MOMENTS if sum(found.get(moment, {}).values()) >= FEW}


async def wishes(session: Session, group_id: int, kind: str, moment: str) -> dict[str, int]:
    """Goals or what comes next: sign → how many; nothing when fewer than five choices were made."""
    query = select(Wish).where(Wish.group_id == group_id, Wish.kind == kind, Wish.moment == moment, Wish.count > 0)
    found = {row.sign: row.count for row in await session.scalars(query.order_by(Wish.count.desc(), Wish.sign))}
    return found if sum(found.values()) >= FEW else {}


# ---------------------------------------------------------------- counting


def _mine(poll: Poll, mother: Mother) -> Any:
    return select(Vote.sign).where(Vote.poll_id == poll.id, Vote.mother_id == mother.id)


async def _counts(session: Session, poll: Poll) -> dict[str, int]:
    return dict(Counter(await session.scalars(select(Vote.sign).where(Vote.poll_id == poll.id))))


async def _answered(session: Session, poll: Poll) -> int:
    return await session.scalar(select(func.count(func.distinct(Vote.mother_id))).where(Vote.poll_id == poll.id)) or 0


async def _count(session: Session, poll: Poll, sign: str, by: int) -> None:
    """One more or one less, in the table that outlives the names."""
    table: Any
    if poll.kind == TRUST:
        table, what = Trust, {"moment": poll.moment, "face": int(sign[-1])}
    elif poll.kind in (GOALS, NEXT):
        table, what = Wish, {"kind": poll.kind, "moment": poll.moment or "end", "sign": sign}
    else:
        return
    row = insert(session, table).values(group_id=poll.group_id, count=max(by, 0), **what)
    one_more = {"count": table.count + by}
    await session.execute(row.on_conflict_do_update(index_elements=["group_id", *what], set_=one_more))
