"""How the house is, in numbers, for the administrator's monitoring (/metrics). No name, no chat, no word of anybody: counts and seconds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from sqlalchemy import Select, func, select, text

from bot.care import tell
from bot.db.columns import written
from bot.db.keep_models import Discard
from bot.db.models import UNKNOWN, Announcement, Arrival, Delivery, Group, Mother, Question, Reminder
from bot.db.notes import noted
from bot.db.session import Session

__all__ = ["CONTENT_TYPE", "Figure", "age", "as_prometheus", "figures"]


@dataclass(frozen=True)
class Figure:
    """One number with its name and what it is; labels from a closed list of ours."""

    name: str
    about: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def age(noted_at: Mapping[str, Any] | None, now: dt.datetime) -> float | None:
    """Seconds since a note of the form {"at": …}; None when there is none."""
    return (now - dt.datetime.fromisoformat(noted_at["at"])).total_seconds() if noted_at and "at" in noted_at else None


async def figures(session: Session, now: dt.datetime, real: dt.datetime, channel: str) -> list[Figure]:
    """All of them. real: the time without the demo's offset. Costs some counts over indexes; called every half minute or so."""
    found = [
        *await _work(session, now),
        *await _by(session, "stapsteen_mothers", "Mothers by status.", "status", select(Mother.status, func.count()).group_by(Mother.status)),
        *await _by(session, "stapsteen_questions", "Questions by state.", "state", select(Question.state, func.count()).group_by(Question.state)),
        Figure("stapsteen_groups", "Groups that meet.", await _count(session, select(func.count()).where(Group.closed_at.is_(None)))),
        Figure("stapsteen_questions_unheard", "Open questions of a house where nobody can answer: add a coordinator, or renew a link.", await unheard(session)),
    ]  # fmt: skip
    for name in ("fetching", "sending"):
        state = await noted(session, name) or {}
        about = "Telegram lets us do this: 1; 0 when it does not (a wrong token)."
        found.append(Figure(f"stapsteen_{name}_ok", about, float(bool(state.get("ok", True)))))
    store = await noted(session, "media") or {}
    about = "Files of people can be reached: 1; 0 when their store is away."
    found.append(Figure("stapsteen_media_ok", about, float(bool(store.get("ok", True)))))
    fetched = age(await noted(session, f"fetched:{channel}"), real)
    if fetched is not None:
        found.append(Figure("stapsteen_fetched_seconds", "Seconds since Telegram was last heard.", max(fetched, 0.0)))
    return found


async def unheard(session: Session) -> float:
    """Open questions that nobody with Telegram may answer: they are never shown to another house. Whoever joins finds them in the list."""
    groups = select(Question.group_id, func.count()).where(Question.state == "open").group_by(Question.group_id)
    waiting = (await session.execute(groups)).all()
    return float(sum([n for group_id, n in waiting if not await tell.of_group(session, group_id, anywhere=True)]))


async def _work(session: Session, now: dt.datetime) -> list[Figure]:
    waiting = Arrival.handled_at.is_(None)
    due = (written(Delivery.state, "open", "sending"), Delivery.due_at <= now)
    oldest_arrival = await session.scalar(select(func.min(Arrival.received_at)).where(waiting))
    oldest_delivery = await session.scalar(select(func.min(Delivery.due_at)).where(*due, Delivery.state == "open"))
    urgent = select(func.min(Question.created_at)).where(Question.state == "open", Question.urgent)
    late = select(func.count()).where(Reminder.state == "waiting", Reminder.due_at < now - dt.timedelta(minutes=5))
    return [
        Figure("stapsteen_arrivals_waiting", "What came in and was not handled yet.", await _count(session, select(func.count()).where(waiting))),
        Figure("stapsteen_arrivals_oldest_seconds", "How long the oldest of them waits.", _seconds(oldest_arrival, now)),
        Figure("stapsteen_arrivals_parked", "What could not be handled: see the desk.", await _count(session, select(func.count()).where(Arrival.parked_at.is_not(None)))),
        *await _deliveries(session),
        Figure("stapsteen_deliveries_due", "What should have left by now.", await _count(session, select(func.count()).where(*due))),
        Figure("stapsteen_deliveries_oldest_seconds", "How long the oldest of them waits.", _seconds(oldest_delivery, now)),
        Figure("stapsteen_deliveries_unknown", "How often it was unknown whether something had left, and it was said again.",
               await _count(session, select(func.coalesce(func.sum(Delivery.unknown), 0)).where(text(UNKNOWN)))),
        Figure("stapsteen_urgent_oldest_seconds", "How long the oldest urgent question is open.", _seconds(await session.scalar(urgent), now)),
        Figure("stapsteen_reminders_late", "Reminders that are due for more than five minutes.", await _count(session, late)),
        Figure("stapsteen_files_to_delete", "Files of who is forgotten, or that are kept no longer, and are still there.",
               await _count(session, select(func.count(Discard.id)))),
        Figure("stapsteen_announcements_sending", "Announcements on their way.",
               await _count(session, select(func.count()).where(Announcement.state == "sending"))),
    ]  # fmt: skip


async def _deliveries(session: Session) -> list[Figure]:
    """By state. Those that were sent are the rest of all: counting them one by one would take a second when there are half a million."""
    found = {"open": 0, "sending": 0, "failed": 0, "cancelled": 0}
    for few in (("open", "sending"), ("failed", "cancelled")):
        counted = select(Delivery.state, func.count()).where(written(Delivery.state, *few)).group_by(Delivery.state)
        rows = await session.execute(counted)
        found |= {str(state): int(number) for state, number in rows}
    every = await session.scalar(select(func.count()).select_from(Delivery)) or 0
    found["sent"] = every - sum(found.values())
    name, about = "stapsteen_deliveries", "Deliveries by state."
    return [Figure(name, about, float(number), {"state": state}) for state, number in found.items()]


async def _count(session: Session, query: Select[Any]) -> float:
    return float(await session.scalar(query) or 0)


async def _by(session: Session, name: str, about: str, label: str, query: Any) -> list[Figure]:
    rows = (await session.execute(query)).all()
    return [Figure(name, about, float(number), {label: str(value)}) for value, number in rows]


def _seconds(since: dt.datetime | None, now: dt.datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def as_prometheus(found: Iterable[Figure]) -> bytes:
    """In the text format that Prometheus reads, with what this process itself costs."""
    registry, gauges = CollectorRegistry(), dict[str, Gauge]()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    for one in found:
        if one.name not in gauges:
            gauges[one.name] = Gauge(one.name, one.about, list(one.labels), registry=registry)
        (gauges[one.name].labels(**one.labels) if one.labels else gauges[one.name]).set(one.value)
    return generate_latest(registry)
