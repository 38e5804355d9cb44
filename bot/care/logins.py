"""The way into the desk in the browser: the bot gives staff a one-time link; a browser that used it is inside for a while."""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update

from bot.care import outbox, tell
from bot.care.groups import hashed
from bot.db.console_models import DeskSession, Knock, Login
from bot.db.models import Delivery, Staff
from bot.db.notes import insert
from bot.db.people_models import Guess
from bot.db.session import Session
from bot.messages import Button, Utterance, to_json

LINK_MINUTES = 10
INSIDE = dt.timedelta(hours=12)  # a working day; every visit prolongs it
LONGEST = dt.timedelta(days=7)  # and then a new link, however often she came
WINDOW, MOST_GUESSES = dt.timedelta(minutes=10), 20  # wrong codes from one address
SEEN_EVERY = dt.timedelta(minutes=5)  # how exactly a visit is noted
ABOUT = "login"
SPENT = "🔑 Deze link is gebruikt. Typ /desk voor een nieuwe."
CAME_IN = "🔑 {device} is nu binnen in jouw bureau. Was jij dat niet?"
PUT_OUT = Button("🛑 Niet ik: overal afmelden", {"desk": "desk_out"})


def base(session: Session) -> str:
    """The address of the desk, put on every session by the composition root; empty when there is no desk."""
    return str(session.info.get("console", ""))


async def give(session: Session, person: Staff, now: dt.datetime) -> tuple[Login, str]:
    """A new link for this colleague; the ones given before stop working. Only the hash of its code is kept."""
    older = update(Login).where(Login.staff_id == person.id, Login.used_at.is_(None), Login.expires_at > now)
    await session.execute(older.values(expires_at=now))
    code = secrets.token_urlsafe(24)
    ends = now + dt.timedelta(minutes=LINK_MINUTES)
    login = Login(staff_id=person.id, code_hash=hashed(code), expires_at=ends, created_at=now)
    session.add(login)
    await session.flush()
    return login, f"{base(session)}/login/{code}"


async def opened(session: Session, code: str, browser: str, now: dt.datetime) -> bool:
    """Ties the link to the browser that opens it first; False when another one did. browser: a secret that this browser keeps."""
    this = update(Login).where(Login.code_hash == hashed(code), Login.browser_hash.is_(None), Login.used_at.is_(None))
    await session.execute(this.where(Login.expires_at > now).values(browser_hash=hashed(browser)))
    tied = await session.scalar(select(Login.browser_hash).where(Login.code_hash == hashed(code)))
    return tied is None or secrets.compare_digest(tied, hashed(browser))


async def enter(session: Session, code: str, now: dt.datetime, device: str = "", browser: str = "") -> str | None:
    """The secret of a new session for the code's owner; None when the code is unknown, spent, too old or another browser's.

    1. Spend the code: of two browsers the second finds nothing.  2. Open a session.  3. Blot the link out of the chat's outbox row.
    4. Tell its owner which browser came in, with a button to put it out.
    """
    spend = update(Login).where(Login.code_hash == hashed(code), Login.used_at.is_(None), Login.expires_at > now)
    spend = spend.where(or_(Login.browser_hash.is_(None), Login.browser_hash == hashed(browser)))
    if tell.rows(await session.execute(spend.values(used_at=now))) == 0:
        return None
    login = (await session.scalars(select(Login).where(Login.code_hash == hashed(code)))).one()
    secret = await open_session(session, login.staff_id, now, device)
    said = update(Delivery).where(Delivery.about == ABOUT, Delivery.about_id == login.id)
    await session.execute(said.values(utterance=to_json(Utterance(kind="text", text=SPENT))))
    person = await session.get_one(Staff, login.staff_id)
    if person.chat_id is not None:
        line = replace(tell.line(CAME_IN.format(device=device or "Een toestel"), ((PUT_OUT,),)), silent=True)
        await outbox.put(session, person.chat_id, line, key=f"login:{login.id}", now=now)
    await session.flush()
    return secret


async def open_session(session: Session, staff_id: int, now: dt.datetime, device: str) -> str:
    """A browser of this colleague is inside from now on: the secret for its cookie."""
    secret = secrets.token_urlsafe(32)
    made = DeskSession(staff_id=staff_id, secret_hash=hashed(secret), created_at=now, seen_at=now)
    made.expires_at, made.device = now + INSIDE, device[:60]
    session.add(made)
    await session.flush()
    return secret


async def inside(session: Session, secret: str, now: dt.datetime) -> Staff | None:
    """Who sits at this browser; None when the session is unknown, over or ended, or the colleague has left."""
    query = select(DeskSession).where(DeskSession.secret_hash == hashed(secret), DeskSession.ended_at.is_(None))
    found = (await session.scalars(query)).one_or_none()
    if found is None or found.expires_at <= now:
        return None
    if now - found.seen_at > SEEN_EVERY:
        found.seen_at, found.expires_at = now, min(now + INSIDE, found.created_at + LONGEST)
    person = await session.get(Staff, found.staff_id)
    return person if person is not None and person.chat_id is not None else None


async def leave(session: Session, secret: str, now: dt.datetime, *, everywhere: bool = False) -> None:
    """Ends this session, or all sessions and links of its owner."""
    found = (await session.scalars(select(DeskSession).where(DeskSession.secret_hash == hashed(secret)))).one_or_none()
    if found is None:
        return
    if everywhere:
        await leave_all(session, found.staff_id, now)
    else:
        found.ended_at = found.ended_at or now


async def leave_all(session: Session, staff_id: int, now: dt.datetime) -> None:
    """Ends all sessions and links of this colleague."""
    opened = update(DeskSession).where(DeskSession.staff_id == staff_id, DeskSession.ended_at.is_(None))
    await session.execute(opened.values(ended_at=now))
    open_links = update(Login).where(Login.staff_id == staff_id, Login.used_at.is_(None))
    await session.execute(open_links.values(used_at=now))
    await session.execute(delete(Knock).where(Knock.staff_id == staff_id).execution_options(synchronize_session=False))


async def open_ones(session: Session, person: Staff, now: dt.datetime) -> list[DeskSession]:
    """Where this colleague is inside, the browser used last first."""
    query = select(DeskSession).where(DeskSession.staff_id == person.id, DeskSession.ended_at.is_(None))
    return list(await session.scalars(query.where(DeskSession.expires_at > now).order_by(DeskSession.seen_at.desc())))


def is_this(opened: DeskSession, secret: str) -> bool:
    """Whether this is the session of the browser with this secret."""
    return secrets.compare_digest(opened.secret_hash, hashed(secret))


async def end_one(session: Session, person: Staff, number: int, now: dt.datetime) -> bool:
    """Ends one of this colleague's own sessions. False when it is not one of them, or is over."""
    this = update(DeskSession).where(
        DeskSession.id == number, DeskSession.staff_id == person.id, DeskSession.ended_at.is_(None)
    )
    return tell.rows(await session.execute(this.values(ended_at=now))) == 1


async def may_guess(session: Session, address: str, now: dt.datetime) -> bool:
    """Whether somebody at this address may try a code: not after too many wrong ones in these ten minutes."""
    count = await session.scalar(select(Guess.count).where(*_guess(address, now)))
    return (count or 0) < MOST_GUESSES


async def guessed(session: Session, address: str, now: dt.datetime) -> None:
    """Counts a wrong code of this address."""
    row: Any = insert(session, Guess).values(address_hash=hashed(address), since=_window(now), count=1)
    more = {"count": Guess.count + 1}
    await session.execute(row.on_conflict_do_update(index_elements=["address_hash", "since"], set_=more))


def _guess(address: str, now: dt.datetime) -> tuple[ColumnElement[bool], ...]:
    return Guess.address_hash == hashed(address), Guess.since == _window(now)


def _window(now: dt.datetime) -> dt.datetime:
    length = int(WINDOW.total_seconds())
    return dt.datetime.fromtimestamp(int(now.timestamp()) // length * length, dt.UTC)


async def sweep(session: Session, now: dt.datetime) -> None:
    """Deletes links and sessions that are of no use any more, and blots out links that nobody opened."""
    old = now - dt.timedelta(minutes=LINK_MINUTES)
    unused = update(Delivery).where(Delivery.about == ABOUT, Delivery.created_at < old)
    await session.execute(unused.values(utterance=to_json(Utterance(kind="text", text=SPENT))))
    await session.execute(delete(Login).where(Login.expires_at < now))
    await session.execute(delete(Knock).where(Knock.expires_at < now).execution_options(synchronize_session=False))
    await session.execute(delete(Guess).where(Guess.since < now - 2 * WINDOW))
    over = or_(DeskSession.expires_at < now, DeskSession.ended_at < now)
    await session.execute(delete(DeskSession).where(over).execution_options(synchronize_session=False))


async def send(session: Session, person: Staff, now: dt.datetime, key: str) -> bool:
    """Puts a fresh link into this colleague's own chat. False when this house has no desk in the browser."""
    if not base(session) or person.chat_id is None:
        return False
    login, link = await give(session, person, now)
    text = (
        f"🖥 Jouw bureau in de browser:\n{link}\n"
        f"De link werkt één keer, {LINK_MINUTES} minuten lang, op het toestel waar je hem opent. Geef hem aan niemand door.\n"
        f"💻 Op een computer? Ga daar naar {base(session)} en typ hier het getal dat je ziet."
    )
    await outbox.put(session, person.chat_id, tell.line(text), key=key, now=now, about=ABOUT, about_id=login.id)
    return True
