"""The calendar as .ics: read by its secret, without names; taken in row by row; and how many came."""

from __future__ import annotations

import datetime as dt
from typing import Any

import icalendar
import pytest

from bot.care import appointments, attendance, feed, meetings
from bot.clock import ZONE
from tests.care.conftest import NOON, Cast, wall

LABELS = {"lesson": "gewone bijeenkomst"}


def event(start: str, end: str, **more: object) -> icalendar.Event:
    made = icalendar.Event.new(summary=str(more.pop("summary", "Uitstap")), uid=f"{start}@x", stamp=NOON)
    made.add("dtstart", dt.datetime.fromisoformat(start).replace(tzinfo=ZONE))
    made.add("dtend", dt.datetime.fromisoformat(end).replace(tzinfo=ZONE))
    for name, value in more.items():
        made.add(name, value)
    return made


def file(*events: icalendar.Event) -> bytes:
    made = icalendar.Calendar.new()
    for one in events:
        made.add_component(one)
    return bytes(made.to_ical())


async def test_the_feed_opens_by_its_secret_alone_and_can_be_ended(cast: Cast) -> None:
    secret = await feed.open_feed(cast.session, cast.group, cast.rose, NOON)
    found = await feed.by_secret(cast.session, secret)
    assert found is not None
    assert found.id == cast.group.id
    assert await feed.by_secret(cast.session, "x" + secret[1:-1]) is None
    (row,) = await feed.open_ones(cast.session, cast.group.id)
    assert secret not in row.secret_hash
    assert not await feed.end(cast.session, cast.group.id + 1, row.id, NOON)
    assert await feed.end(cast.session, cast.group.id, row.id, NOON)
    assert await feed.by_secret(cast.session, secret) is None


async def test_the_feed_has_every_meeting_once_and_nobodys_name(cast: Cast) -> None:
    await appointments.make(cast.session, cast.content, cast.fatou, wall("2026-11-27 10:00"), NOON, cast.rose)
    await meetings.cancel(cast.session, cast.next[0], NOON)
    await meetings.move(cast.session, cast.next[1], dt.date(2026, 12, 1), dt.time(10), NOON)
    data = await feed.calendar(cast.session, cast.group, LABELS, NOON)
    events: dict[str, Any] = {str(e["UID"]): e for e in icalendar.Calendar.from_ical(data).walk("VEVENT")}
    assert len(events) == 8
    first, second = (events[f"meeting-{m.id}@stapsteen"] for m in cast.next[:2])
    assert (str(first["STATUS"]), int(first["SEQUENCE"])) == ("CANCELLED", 1)
    assert second["DTSTART"].dt.isoformat() == "2026-12-01T10:00:00+01:00"
    text = data.decode()
    assert not [name for name in ("Amina", "Fatou", "Rose") if name in text]


async def test_a_file_is_looked_at_row_by_row(cast: Cast) -> None:
    whole = icalendar.Event.new(summary="Vakantie", uid="w@x", stamp=NOON)
    whole.add("dtstart", dt.date(2026, 12, 2))
    data = file(
        event("2026-12-02T14:00", "2026-12-02T16:00", location="Bib"),
        event("2026-11-26T09:00", "2026-11-26T11:30"),
        event("2026-11-24T10:00", "2026-11-24T11:00"),
        event("2026-12-03T16:00", "2026-12-04T10:00"),
        event("2026-12-25T10:00", "2026-12-25T11:00"),
        event("2026-12-08T10:00", "2026-12-08T11:00", status="CANCELLED"),
        whole,
    )
    rows = await feed.marked(cast.session, cast.group, feed.read(data, cast.group, NOON))
    found = {(str(row.day), row.starts): (row.fault, row.warning, row.place) for row in rows}
    assert found[("2026-12-02", "14:00")] == ("", "", "Bib")
    assert found[("2026-11-26", "09:00")][0] == "Staat er al."
    assert found[("2026-11-24", "10:00")][0] == "Het is al voorbij."
    assert found[("2026-12-03", "16:00")][0] == "Het duurt langer dan een dag."
    assert found[("2026-12-25", "10:00")][1]
    assert found[("2026-12-08", "10:00")][0] == "In dat bestand is het afgelast."
    assert found[("2026-12-02", "")][0].startswith("Een hele dag")


async def test_a_repeated_event_is_taken_apart_over_the_clock_change(cast: Cast) -> None:
    weekly = event("2027-03-16T13:30", "2027-03-16T15:00")
    weekly.add("rrule", {"freq": "weekly", "count": 3})
    rows = feed.read(file(weekly), cast.group, NOON)
    assert [(str(row.day), row.starts) for row in rows] == [
        ("2027-03-16", "13:30"), ("2027-03-23", "13:30"), ("2027-03-30", "13:30"),
    ]  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"nothing", b"\x00\xff" * 50, b"x" * (feed.MOST_BYTES + 1)])
async def test_what_is_no_calendar_is_refused_in_a_sentence(cast: Cast, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^Dit "):
        feed.read(data, cast.group, NOON)


async def test_how_many_came_is_kept_as_two_numbers(cast: Cast) -> None:
    after = wall("2026-11-26 12:00")
    with pytest.raises(ValueError, match="moet nog beginnen"):
        await attendance.note(cast.session, cast.next[0], 5, 6, cast.rose, NOON)
    assert (await attendance.missing(cast.session, [cast.group], after))[0].id == cast.next[0].id
    await attendance.note(cast.session, cast.next[0], 5, 6, cast.rose, after)
    await attendance.note(cast.session, cast.next[0], 6, 7, cast.rose, after)
    row = (await attendance.of(cast.session, [cast.next[0]]))[cast.next[0].id]
    assert (row.mothers, row.children) == (6, 7)
    assert cast.next[0].id not in [m.id for m in await attendance.missing(cast.session, [cast.group], after)]


async def test_a_meeting_to_which_nobody_came_is_not_held(cast: Cast) -> None:
    after = wall("2026-11-30 12:00")
    (before,) = await attendance.against_plan(cast.session, cast.group, after)
    await attendance.note(cast.session, cast.next[0], 0, 0, cast.rose, after)
    (line,) = await attendance.against_plan(cast.session, cast.group, after)
    assert (before.held - line.held, line.planned) == (2.5, before.planned)
