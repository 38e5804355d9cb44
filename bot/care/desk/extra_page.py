"""One more meeting, by hand, also on a day off."""

from __future__ import annotations

import datetime as dt

from bot.care import meetings
from bot.care.desk.here import MENU, Args, Here, to
from bot.care.desk.meetings_page import gone
from bot.care.desk.rows import day_rows, hour_rows, off
from bot.care.desk.when import day_and_time
from bot.clock import instant
from bot.speech import spoken


async def extra(here: Here, args: Args) -> None:
    """One more meeting, by hand: day, then hour."""
    group = await here.group(args.get("group"))
    if group is None:
        await gone(here)
        return
    here.wait_for("extra", group=group.id)
    text = f"Extra bijeenkomst van {group.name}. Welke dag? Tik, of typ bijvoorbeeld “donderdag 9.30”."
    await here.say(text, *day_rows(here, group.calendar, "extra_day", group=group.id), [MENU])


async def extra_day(here: Here, args: Args) -> None:
    group = await here.group(args.get("group"))
    if group is None:
        await gone(here)
        return
    day = dt.date.fromisoformat(str(args["day"]))
    here.wait_for("extra", group=group.id, day=day.isoformat())
    rows = hour_rows(group.starts, "extra_to", group=group.id, day=day.isoformat())
    await here.say(f"{spoken.day(day, 'nl', here.today).shown}. Hoe laat? Tik, of typ het uur.", *rows, [MENU])


async def extra_typed(here: Here) -> None:
    place_ = dict(here.me.place)
    day, at = day_and_time(here.heard.text, here.today)
    known = str(place_.get("day") or "")
    day = day or (dt.date.fromisoformat(known) if known else None)
    if day is None:
        await here.say("Dat begrijp ik niet. Typ bijvoorbeeld “donderdag 9.30”.", [MENU])
    elif at is None:
        await extra_day(here, {"group": place_.get("group"), "day": day.isoformat()})
    else:
        await extra_to(here, {"group": place_.get("group"), "day": day.isoformat(), "at": f"{at:%H:%M}"})


async def extra_to(here: Here, args: Args) -> None:
    """There it is; nobody hears it before it is announced with one more tap (reminders come by themselves)."""
    group = await here.group(args.get("group"))
    if group is None:
        await gone(here)
        return
    here.wait_for_nothing()
    day, at = dt.date.fromisoformat(str(args["day"])), dt.time.fromisoformat(str(args["at"]))
    if instant(day, at) <= here.now:
        await here.say("Dat moment is al voorbij.", [to("Andere dag", "extra", group=group.id)], [MENU])
        return
    usual = dt.datetime.combine(day, dt.time.fromisoformat(group.ends)) - dt.datetime.combine(
        day, dt.time.fromisoformat(group.starts)
    )
    ends = min(dt.datetime.combine(day, at) + usual, dt.datetime.combine(day, dt.time(23, 59)))
    row = await meetings.add(here.session, group, day, here.now, starts=f"{at:%H:%M}", ends=f"{ends:%H:%M}")
    tell_ = to("📣 Nu aankondigen", "draft", kind="meeting_extra", group=group.id, meeting=row.id)
    drop = to("↩️ Toch niet", "cancel_sure", meeting=row.id)
    await here.say(f"✅ Toegevoegd: {here.moment(row)}.{off(group, day)}", [tell_], [drop, MENU])
