"""What the listener works with: what it is given to do, and the statements by which it takes arrivals and closes them; each is made once, for making it anew costs more than running it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Boolean, Integer, String, bindparam, exists, literal_column, select, update

from bot.db.models import Arrival, Instant, Media
from bot.db.session import Session
from bot.messages import Heard

# what the listener is given to do with an arrival
Handle = Callable[[Session, Arrival, Heard, Mapping[str, Media], dt.datetime], Awaitable[None]]
Read = Callable[[Mapping[str, Any]], Heard | None]
OnParked = Callable[[Session, Arrival, dt.datetime], Awaitable[None]]
Taps = Callable[[Session, Mapping[int, Heard], dt.datetime], Awaitable[set[int]]]
Ready = Callable[[str, bytes], Awaitable[bytes | None]]

# in words, because SQLAlchemy leaves the table's name out of what SQLite returns
WAITS = (
    "EXISTS (SELECT 1 FROM arrivals AS later"
    " WHERE later.chat_id = arrivals.chat_id AND later.id > arrivals.id AND later.handled_at IS NULL)"
)


@dataclass(frozen=True)
class Claimed:
    """An arrival that is ours to handle now."""

    id: int
    raw: dict[str, Any]
    tries: int
    received_at: dt.datetime


@cache
def take() -> Any:
    """The claim: gives the rows of `Claimed`."""
    table: Any = Arrival.__table__
    row, earlier, who = table.alias("row").c, table.alias("earlier").c, bindparam("who", type_=String())
    before = exists().where(earlier.chat_id == row.chat_id, earlier.id < row.id, earlier.handled_at.is_(None))
    pick = (
        select(row.id)
        .where(row.handled_at.is_(None), row.due_at <= bindparam("now", type_=Instant()))
        .where(row.worker.is_distinct_from(who), ~before)
        .order_by(
            row.id + 0
        )  # not plain: SQLite would rather walk through all that ever came, in order, than sort the few that wait
        .limit(bindparam("number", type_=Integer()))
        .with_for_update(skip_locked=True)
    )
    return (
        update(table)
        .where(table.c.id.in_(pick))
        .values(due_at=bindparam("lease"), tries=table.c.tries + 1, worker=who)
        .returning(table.c.id, table.c.raw, table.c.tries, table.c.received_at)
    )


@cache
def let_go() -> Any:
    """Gives up the lease of an arrival that is still ours and still open, and gives the arrival."""
    table: Any = Arrival.__table__
    ours = (table.c.id == bindparam("row"), table.c.handled_at.is_(None), table.c.worker == bindparam("who"))
    given = {"worker": None, "handled_at": bindparam("handled", type_=Instant())}
    return select(Arrival).from_statement(update(table).where(*ours).values(given).returning(*table.c))


@cache
def handled() -> Any:
    """Closes several arrivals at once; says of each whether another of its chat waits."""
    given = {"worker": None, "handled_at": bindparam("now", type_=Instant())}
    return _these().values(given).returning(literal_column(WAITS, Boolean))


@cache
def given_back() -> Any:
    """Gives up the lease of several arrivals, as if they had never been taken."""
    tries: Any = Arrival.__table__.c.tries
    return _these().values({"worker": None, "due_at": bindparam("now", type_=Instant()), "tries": tries - 1})


@cache
def not_in_hand() -> Any:
    """Gives up what the table says we hold and we do not: a commit that failed may have been one after all."""
    table: Any = Arrival.__table__
    ours = (table.c.worker == bindparam("who"), table.c.handled_at.is_(None))
    mine = update(table).where(*ours, table.c.id.not_in(bindparam("in_hand", expanding=True)))
    return mine.values(worker=None, due_at=bindparam("now", type_=Instant()))


def _these() -> Any:
    table: Any = Arrival.__table__
    return update(table).where(table.c.id.in_(bindparam("rows", expanding=True)))
