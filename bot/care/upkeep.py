"""The audit of clearing away, erasing, backups and restores: one row a day and kind, with counts and nothing of anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import select

from bot.clock import local
from bot.db.keep_models import Upkeep
from bot.db.notes import insert
from bot.db.session import Session

RETENTION, ERASURE, BACKUP, RESTORE = "retention", "erasure", "backup", "restore"


async def count(session: Session, what: str, counts: Mapping[str, int], now: dt.datetime) -> None:
    """Adds these counts to today's row."""
    day = local(now).date()
    put = insert(session, Upkeep).values(what=what, day=day, counts={}, at=now)
    await session.execute(put.on_conflict_do_nothing(index_elements=["what", "day"]))
    row = (await session.scalars(select(Upkeep).where(Upkeep.what == what, Upkeep.day == day).with_for_update())).one()
    row.at = now
    row.counts = {**row.counts, **{name: row.counts.get(name, 0) + n for name, n in counts.items() if n}}
    await session.flush()


async def latest(session: Session, most: int = 30) -> list[Upkeep]:
    """The newest rows first."""
    return list(await session.scalars(select(Upkeep).order_by(Upkeep.day.desc(), Upkeep.what).limit(most)))
