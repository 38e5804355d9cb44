"""A way into the desk without a link: the browser shows a number, a colleague types it in Telegram and says that it is she."""

from __future__ import annotations

import datetime as dt
import re
import secrets

from sqlalchemy import delete, or_, select, update

from bot.care import logins, tell
from bot.care.groups import hashed
from bot.db.console_models import Knock
from bot.db.models import Staff
from bot.db.session import Session

MINUTES = 10
NUMBER = re.compile(r"\s*(\d{3})[\s.-]?(\d{3})\s*\Z")


async def knock(session: Session, browser: str, device: str, now: dt.datetime) -> str:
    """The number ("482913") that this browser shows for ten minutes. browser: its own secret. One that it had before is over."""
    gone = or_(Knock.expires_at <= now, Knock.browser_hash == hashed(browser))
    await session.execute(delete(Knock).where(gone).execution_options(synchronize_session=False))
    number = f"{secrets.randbelow(900_000) + 100_000}"
    while await session.scalar(select(Knock.id).where(Knock.number_hash == hashed(number))) is not None:
        number = f"{secrets.randbelow(900_000) + 100_000}"
    made = Knock(number_hash=hashed(number), browser_hash=hashed(browser), device=device[:60])
    made.created_at, made.expires_at = now, now + dt.timedelta(minutes=MINUTES)
    session.add(made)
    await session.flush()
    return number


async def of_number(session: Session, typed: str, now: dt.datetime) -> Knock | None:
    """Who knocks with this number, as somebody typed it; None when it is no number or nobody does any more."""
    found = NUMBER.match(typed)
    if found is None or not typed.isascii():
        return None
    same = Knock.number_hash == hashed(found[1] + found[2])
    return (await session.scalars(select(Knock).where(same, Knock.staff_id.is_(None), Knock.expires_at > now))).first()


async def allow(session: Session, number: int, person: Staff, now: dt.datetime) -> bool:
    """Lets that browser in as this colleague. False: it was let in or refused before, or the ten minutes are over."""
    this = update(Knock).where(Knock.id == number, Knock.staff_id.is_(None), Knock.expires_at > now)
    return tell.rows(await session.execute(this.values(staff_id=person.id))) == 1


async def refuse(session: Session, number: int) -> None:
    """That browser stays out; one that is inside already is not touched."""
    this = delete(Knock).where(Knock.id == number, Knock.staff_id.is_(None))
    await session.execute(this.execution_options(synchronize_session=False))


async def waits(session: Session, browser: str, now: dt.datetime) -> bool:
    """Whether this browser knocked and may still be let in."""
    mine = select(Knock.id).where(Knock.browser_hash == hashed(browser), Knock.expires_at > now)
    return await session.scalar(mine) is not None


async def come_in(session: Session, browser: str, now: dt.datetime) -> str | None:
    """The secret of a new session when a colleague said yes to this browser, once; None when nobody did (yet)."""
    mine = Knock.browser_hash == hashed(browser), Knock.staff_id.is_not(None), Knock.expires_at > now
    found = (await session.scalars(select(Knock).where(*mine))).first()
    if found is None or found.staff_id is None:
        return None
    took = delete(Knock).where(Knock.id == found.id).execution_options(synchronize_session=False)
    if tell.rows(await session.execute(took)) == 0:
        return None
    return await logins.open_session(session, found.staff_id, now, found.device)
