"""The rhythm of a group: its days and hours, periods with a plan of hours, and rhythms beside the first. Looked at before it is kept."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from bot.care import attendance, rhythm
from bot.care.rhythm import Plan
from bot.console.forms import Wrong, day_of, line_of, time_of
from bot.console.group_room import DAYS
from bot.console.guard import Answering, Visit
from bot.console.meetings_room import LABELS
from bot.console.page import back, page
from bot.console.words import _, later
from bot.db.models import Group, Json

MORE, PERIODS = 2, 3
EVERY = {
    "1": later("elke week"),
    "2": later("om de twee weken"),
    "3": later("om de drie weken"),
    "m1": later("elke maand, de eerste"),
    "m2": later("elke maand, de tweede"),
    "m3": later("elke maand, de derde"),
    "m4": later("elke maand, de vierde"),
    "m-1": later("elke maand, de laatste"),
}
router = APIRouter(prefix="/bijeenkomsten/ritme")


@router.get("")
async def look(visit: Answering, groep: int | None = None) -> Response:
    """The rhythm as it is, and the hours beside the plan."""
    if not visit.groups:
        return page("no_group.html", visit, here="bijeenkomsten")
    group = visit.group(groep) if groep is not None else visit.groups[0]
    return await _page(visit, group, rhythm.of(group))


@router.post("/{number}")
async def change(number: int, visit: Answering, request: Request) -> Response:
    """First what it would change; with "sure" it is done."""
    group, form = visit.group(number), await request.form()
    try:
        plan = _plan(form)
        why = rhythm.fault(plan)
        if why:
            raise Wrong(_(why))
    except Wrong as error:
        return await _page(visit, group, rhythm.of(group), error=str(error))
    if not form.get("sure"):
        return await _page(visit, group, plan, sure=True)
    async with visit.desk.db.begin() as session:
        mine = await session.get_one(Group, group.id)
        await rhythm.apply(session, mine, plan, visit.now)
    return back(f"/bijeenkomsten/ritme?groep={number}", "ritme")


async def _page(visit: Visit, group: Group, plan: Plan, *, error: str | None = None, sure: bool = False) -> Response:
    async with visit.desk.db.begin() as session:
        lines = await attendance.against_plan(session, group, visit.now)
        change = await rhythm.preview(session, group, plan, visit.now) if sure else None
    words: dict[str, Any] = {
        "group": group,
        "plan": plan,
        "lines": lines,
        "change": change,
        "days": DAYS,
        "every": EVERY,
    }
    words |= {"labels": LABELS, "rows": _rows(plan), "periods": _periods(plan), "tab": "ritme"}
    return page("rhythm.html", visit, 422 if error else 200, here="bijeenkomsten", error=error, **words)


def _plan(form: FormData) -> Plan:
    first, last = day_of(_text(form, "first_day")), day_of(_text(form, "last_day"))
    starts, ends = (f"{time_of(_text(form, name)):%H:%M}" for name in ("starts0", "ends0"))
    pattern: Json = _rule(form, 0)
    if not pattern["days"]:
        raise Wrong(_("Kies minstens één dag van de week."))
    more = [_rule(form, n) for n in range(1, MORE + 1)]
    pattern["more"] = [rule for rule in more if rule["days"]]
    pattern["periods"] = [found for n in range(PERIODS) if (found := _period(form, n))]
    hours = _hours(_text(form, "hours"))
    if hours is not None and not pattern["periods"]:
        pattern["hours"] = hours
    return Plan({name: value for name, value in pattern.items() if value not in ([], None)}, starts, ends, first, last)


def _rule(form: FormData, n: int) -> Json:
    days = sorted({int(str(day)) for day in form.getlist(f"days{n}") if str(day) in "0123456"})
    every = _text(form, f"every{n}")
    rule: Json = {"days": days, "every": int(every) if every in ("1", "2", "3") else 1}
    if every in EVERY and every.startswith("m"):
        rule["monthly"] = int(every[1:])
    kind = _text(form, f"kind{n}")
    if kind in LABELS and kind != "lesson":
        rule["kind"] = kind
    if n and days:
        rule |= {name: f"{time_of(_text(form, f'{name}{n}')):%H:%M}" for name in ("starts", "ends")}
    return rule


def _period(form: FormData, n: int) -> Json | None:
    first, last = _text(form, f"period_first{n}"), _text(form, f"period_last{n}")
    if not first and not last:
        return None
    hours = _hours(_text(form, f"period_hours{n}"))
    name = line_of(_text(form, f"period_name{n}"), 40)
    return {"name": name, "first": day_of(first).isoformat(), "last": day_of(last).isoformat(), "hours": hours}


def _hours(text: str) -> float | None:
    text = text.replace(",", ".").strip()
    if not text:
        return None
    try:
        hours = float(text)
    except ValueError:
        hours = -1.0
    if not 0 < hours <= 1000:
        raise Wrong(_("Vul een aantal uren in, bijvoorbeeld 60."))
    return hours


def _text(form: FormData, name: str) -> str:
    found = form.get(name, "")
    return found if isinstance(found, str) else ""


def _rows(plan: Plan) -> list[Json]:
    """The rhythms as rows of the form: the first, those beside it, and empty ones to fill in."""
    told = [plan.pattern, *plan.pattern.get("more", [])][: MORE + 1]
    told += [{}] * (MORE + 1 - len(told))
    return [
        {
            "days": [int(day) for day in one.get("days", [])],
            "every": f"m{one['monthly']}" if one.get("monthly") else str(one.get("every") or 1),
            "starts": one.get("starts") or plan.starts,
            "ends": one.get("ends") or plan.ends,
            "kind": one.get("kind") or "lesson",
        }
        for one in told
    ]


def _periods(plan: Plan) -> list[Json]:
    told = [dict(one) for one in plan.pattern.get("periods", [])][:PERIODS]
    return told + [{"name": "", "first": "", "last": "", "hours": ""}] * (PERIODS - len(told))
