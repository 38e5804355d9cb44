"""How the house is doing: is Telegram there, how much waits, and what went wrong and needs a person."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from bot.care.dutch import Dutch
from bot.db.columns import written
from bot.db.keep_models import Discard
from bot.db.models import Arrival, Delivery, Group, Mother, Note
from bot.db.notes import noted
from bot.db.session import Session

LATELY = dt.timedelta(days=7)
MOST = 30
QUIET = dt.timedelta(minutes=5)  # so long without a fetch means that Telegram or the bot is away
WHY = {  # beginnings of what the sender writes down, in words for staff
    "Forbidden": Dutch("Ze heeft de bot afgezet."),
    "She": Dutch("Ze heeft de bot afgezet."),
    "It came too late": Dutch("Het kwam te laat om nog nuttig te zijn."),
    "Telegram never confirmed": Dutch("Telegram bevestigde het niet."),
    "It cannot be read": Dutch("Het bericht kon niet gelezen worden."),
}


@dataclass(frozen=True)
class Failed:
    """A message that did not get through. name: of the mother, or "een collega"; about: what it was."""

    name: str
    about: str
    why: str
    at: dt.datetime


@dataclass(frozen=True)
class Health:
    """fetched: when Telegram was last asked; queue: messages due and not sent; late: how long the oldest of them waits.

    away: why files of people cannot be reached, "" when they can; undeleted: files that should be gone and could not be deleted.
    """

    ok: bool
    why: str
    fetched: dt.datetime | None
    queue: int
    late: dt.timedelta
    waiting: int
    parked: list[tuple[str, dt.datetime]]
    failed: list[Failed]
    away: str = ""
    undeleted: int = 0


async def health(session: Session, groups: list[Group], now: dt.datetime) -> Health:
    """All of it; parked and failed things only of these groups, of the last week."""
    rooms = [await noted(session, name) or {} for name in ("fetching", "sending")]
    why = next((str(room.get("why") or "") for room in rooms if not room.get("ok", True)), "")
    fetched = await _fetched(session)
    due = written(Delivery.state, "open", "sending") & (Delivery.due_at <= now)
    queue, oldest = (await session.execute(select(func.count(), func.min(Delivery.created_at)).where(due))).one()
    waiting = await session.scalar(select(func.count()).where(Arrival.handled_at.is_(None)))
    return Health(
        ok=not why,
        why=why,
        fetched=fetched,
        queue=queue,
        late=_since(oldest, now),
        waiting=waiting or 0,
        parked=await _parked(session, groups, now),
        failed=await _failed(session, groups, now),
        away=str((await noted(session, "media") or {}).get("why", "")),
        undeleted=await session.scalar(select(func.count()).where(Discard.tries > 0)) or 0,
    )


async def _fetched(session: Session) -> dt.datetime | None:
    values = await session.scalars(select(Note.value).where(Note.name.startswith("fetched:")))
    times = [dt.datetime.fromisoformat(str(value["at"])) for value in values if value.get("at")]
    return max(times, default=None)


async def _parked(session: Session, groups: list[Group], now: dt.datetime) -> list[tuple[str, dt.datetime]]:
    query = (
        select(Mother.first_name, Arrival.parked_at)
        .join(Mother, Mother.chat_id == Arrival.chat_id)
        .where(Arrival.parked_at > now - LATELY, Mother.group_id.in_([group.id for group in groups]))
    )
    rows = (await session.execute(query.order_by(Arrival.id.desc()).limit(MOST))).all()
    return [(name or Dutch("een moeder"), at) for name, at in rows if at is not None]


async def _failed(session: Session, groups: list[Group], now: dt.datetime) -> list[Failed]:
    query = (
        select(Delivery, Mother.first_name)
        .join(Mother, Mother.id == Delivery.mother_id)
        .where(
            written(Delivery.state, "failed", "cancelled"),
            Delivery.state == "failed",
            Delivery.created_at > now - LATELY,
        )
        .where(Mother.group_id.in_([group.id for group in groups]))
    )
    rows = (await session.execute(query.order_by(Delivery.id.desc()).limit(MOST))).all()
    return [
        Failed(name or Dutch("een moeder"), row.about or "", in_dutch(row.error), row.created_at) for row, name in rows
    ]


def in_dutch(error: str | None) -> str:
    """Why a message did not get through, for staff; the sender's own words when there is no better sentence."""
    return next((said for start, said in WHY.items() if (error or "").startswith(start)), error or Dutch("Onbekend."))


def _since(then: Any, now: dt.datetime) -> dt.timedelta:
    return max(now - then, dt.timedelta()) if isinstance(then, dt.datetime) else dt.timedelta()
