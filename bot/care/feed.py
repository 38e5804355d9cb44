"""A group's calendar as an .ics: read at a secret address, without anybody's name, and taken in from a file with a look beforehand."""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import icalendar
import recurring_ical_events
from icalendar.enums import STATUS
from sqlalchemy import select, update

from bot.care import tell
from bot.care.calendar import day_off
from bot.care.dutch import Dutch, NotSo
from bot.care.groups import hashed
from bot.care.whereabouts import where
from bot.clock import ZONE, instant, local
from bot.db.calendar_models import Feed
from bot.db.models import Group, Meeting, Staff
from bot.db.session import Session

BACK = dt.timedelta(days=120)
TOO_OFTEN = re.compile(rb"FREQ\s*=\s*(SECONDLY|MINUTELY|HOURLY)", re.IGNORECASE)
MOST_BYTES = 1_000_000
MOST_ROWS = 120
AHEAD = dt.timedelta(days=366)


async def open_feed(session: Session, group: Group, by: Staff | None, now: dt.datetime) -> str:
    """A new secret of 256 bits for this group's calendar; only its hash is kept, so this is the one moment to show it."""
    secret = secrets.token_urlsafe(32)
    made = Feed(group_id=group.id, staff_id=by.id if by else None, secret_hash=hashed(secret), created_at=now)
    session.add(made)
    await session.flush()
    return secret


async def open_ones(session: Session, group_id: int) -> list[Feed]:
    """The addresses of this group that still work."""
    query = select(Feed).where(Feed.group_id == group_id, Feed.ended_at.is_(None))
    return list(await session.scalars(query.order_by(Feed.id)))


async def end(session: Session, group_id: int, number: int, now: dt.datetime) -> bool:
    """This address works no more. False: it did not, or is another group's."""
    mine = Feed.id == number, Feed.group_id == group_id, Feed.ended_at.is_(None)
    return tell.rows(await session.execute(update(Feed).where(*mine).values(ended_at=now))) == 1


async def by_secret(session: Session, secret: str) -> Group | None:
    """The group whose calendar this secret opens. Found by its hash, and compared in constant time."""
    wanted = hashed(secret)
    row = await session.scalar(select(Feed).where(Feed.secret_hash == wanted))
    if row is None or not hmac.compare_digest(row.secret_hash, wanted) or row.ended_at is not None:
        return None
    group: Group | None = await session.get(Group, row.group_id)
    return group


async def calendar(session: Session, group: Group, labels: Mapping[str, str], now: dt.datetime) -> bytes:
    """The meetings as an .ics file: stable UID, SEQUENCE grows with each change, cancelled ones say so. labels: kind → its name.

    Appointments are not in it: they are of one mother.
    """
    made = icalendar.Calendar.new(name=group.name, prodid="-//Stapsteen//NL")
    recent = Meeting.group_id == group.id, Meeting.starts_at > now - BACK
    for meeting in await session.scalars(select(Meeting).where(*recent).order_by(Meeting.starts_at)):
        at = where(group, meeting)
        event = icalendar.Event.new(
            uid=f"meeting-{meeting.id}@stapsteen",
            summary=f"{group.name}: {labels.get(meeting.kind, group.name)}",
            start=local(meeting.starts_at),
            end=local(meeting.ends_at),
            sequence=meeting.version - 1,
            stamp=now,
            location=", ".join(part for part in (at.place, at.address) if part) or None,
            status=STATUS.CANCELLED if meeting.state == "cancelled" else STATUS.CONFIRMED,
        )
        made.add_component(event)
    made.add_missing_timezones()
    return bytes(made.to_ical())


# ---------------------------------------------------------------- taking in


@dataclass(frozen=True)
class Row:
    """One event of a file: what it would become, or why it cannot. starts, ends: "09:30"; warning: it can, but look."""

    n: int
    summary: str
    day: dt.date | None = None
    starts: str = ""
    ends: str = ""
    place: str = ""
    fault: str = ""
    warning: str = ""


def read(data: bytes, group: Group, now: dt.datetime, lang: str = "nl") -> list[Row]:
    """The coming events of an .ics file, repeated ones one by one, in order. ValueError in a sentence: it is no such file.

    Faults in a row: no hour, ends before it starts, longer than a day, over already, more rows than fit.
    """
    if len(data) > MOST_BYTES:
        raise NotSo("Dit bestand is te groot.")
    if TOO_OFTEN.search(data):  # a year of it would be thirty million meetings
        raise NotSo(
            "Dit is geen agenda-bestand dat ik kan lezen: er staat iets in dat elk uur of elke minuut terugkomt."
        )
    try:
        found = icalendar.Calendar.from_ical(data)
        events = list(recurring_ical_events.of(found).between(now - dt.timedelta(days=1), now + AHEAD))
    except Exception as why:  # whatever a stranger's file does to the parsers, it is a file that we cannot read
        raise NotSo("Dit is geen agenda-bestand (.ics) dat ik kan lezen.") from why
    rows = [_row(event, group, now, lang) for event in events]
    rows.sort(key=lambda row: (row.day or dt.date.max, row.starts))
    kept = [replace(row, n=n) for n, row in enumerate(rows[:MOST_ROWS])]
    if len(rows) > MOST_ROWS:
        kept.append(Row(MOST_ROWS, "", fault=Dutch("Er zijn er meer dan {n}: de rest blijft weg.", n=MOST_ROWS)))
    return kept


async def marked(session: Session, group: Group, rows: list[Row]) -> list[Row]:
    """The same rows; those that are there already are faults, so that reading a file twice makes nothing twice."""
    query = select(Meeting.starts_at).where(Meeting.group_id == group.id)
    there = {local(at).replace(tzinfo=None) for at in await session.scalars(query)}
    return [
        replace(row, fault=Dutch("Staat er al.")) if row.day and not row.fault and _start(row) in there else row
        for row in rows
    ]


def _start(row: Row) -> dt.datetime:
    assert row.day is not None
    return dt.datetime.combine(row.day, dt.time.fromisoformat(row.starts))


def _row(event: Any, group: Group, now: dt.datetime, lang: str) -> Row:
    summary, place = (" ".join(str(event.get(name) or "").split())[:80] for name in ("SUMMARY", "LOCATION"))
    row = Row(0, summary or Dutch("(zonder naam)"), place=place)
    start, stop = event.get("DTSTART"), event.get("DTEND")
    first, last = (getattr(one, "dt", None) for one in (start, stop))
    if isinstance(first, dt.datetime) and last is None and (length := event.get("DURATION")) is not None:
        last = first + length.dt
    if isinstance(first, dt.date) and not isinstance(first, dt.datetime):
        return replace(row, day=first, fault=Dutch("Een hele dag: er staat geen uur bij."))
    if not isinstance(first, dt.datetime) or not isinstance(last, dt.datetime):
        return replace(row, fault=Dutch("Er staat geen begin en einde bij."))
    begins, ends = _wall(first), _wall(last)
    row = replace(row, day=begins.date(), starts=f"{begins:%H:%M}", ends=f"{ends:%H:%M}")
    if str(event.get("STATUS") or "") == "CANCELLED":
        return replace(row, fault=Dutch("In dat bestand is het afgelast."))
    if ends <= begins:
        return replace(row, fault=Dutch("Het einde komt voor het begin."))
    if ends.date() != begins.date():
        return replace(row, fault=Dutch("Het duurt langer dan een dag."))
    if instant(begins.date(), begins.time()) <= now:
        return replace(row, fault=Dutch("Het is al voorbij."))
    return replace(row, warning=day_off(group.calendar, begins.date(), lang) or "")


def _wall(moment: dt.datetime) -> dt.datetime:
    """The wall clock in Flanders, without seconds; a time without a zone is meant as it stands."""
    there = moment.astimezone(ZONE) if moment.tzinfo else moment
    return there.replace(second=0, microsecond=0, tzinfo=None)
