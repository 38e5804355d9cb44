"""Which processes still have their line to a PostgreSQL that they share: whoever was killed, on whichever machine, has none.

A process holds a lock of its own on the connection on which it listens. PostgreSQL lets go of it when that connection ends: at once when the
process is killed, half a minute after a machine or a cable went dead, and never because a process is merely slow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import text

from bot.db import alive
from bot.db.session import Session

OURS = 7_827_768  # any number: which of all locks are these
HOLD = "SELECT pg_advisory_lock_shared($1, $2)"
HELD = text(
    "SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = :ours"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def hold(wire: Any) -> None:
    """Shows the others that this process is there, for as long as this connection (the driver's own) is."""
    await wire.execute(HOLD, OURS, _number(alive.me()))


async def without(session: Session, names: Iterable[str]) -> list[str]:
    """Those of these names (`alive.me()`, more after it is no matter) whose process has no line now. Only on PostgreSQL."""
    numbers = {name: _number(name) for name in names if name.count(":") >= 2}
    if not numbers:
        return []
    held = set(await session.scalars(HELD, {"ours": OURS}))
    return [name for name, number in numbers.items() if number not in held]


def _number(who: str) -> int:
    """Of a process, from 0 to 2^31 - 1."""
    process = ":".join(who.split(":")[:3])
    return int.from_bytes(hashlib.sha256(process.encode()).digest()[:4]) & 0x7FFFFFFF
