"""Meetings at the desk: who comes, cancel, move, another place. Every change is heard by the group at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bot.care import headcount, meetings
from bot.care.desk.here import MENU, Args, Here, to
from bot.care.desk.rows import day_rows, hour_rows, off
from bot.care.desk.when import day_and_time
from bot.clock import instant, local
from bot.db.models import Group, Meeting
from bot.messages import Button
from bot.speech import spoken

SHOWN = 6


async def meetings_(here: Here, args: Args) -> None:
    """The next meetings of all groups of this colleague, one button each."""
    here.wait_for_nothing()
    coming = [(m, g) for g in here.groups for m in await meetings.coming(here.session, g.id, here.now, SHOWN)]
    coming = sorted(coming, key=lambda pair: pair[0].starts_at)[:SHOWN]
    if not coming:
        await here.say("Er is geen bijeenkomst gepland.", *_extra(here), [MENU])
        return
    rows = [[to(await _label(here, m, g), "meeting", meeting=m.id)] for m, g in coming]
    await here.say("Welke bijeenkomst?", *rows, *_extra(here), [MENU])


async def meeting(here: Here, args: Args) -> None:
    """One meeting: headcount, and what can be done with it."""
    here.wait_for_nothing()
    found = await here.meeting(args.get("meeting"))
    if found is None:
        await gone(here)
        return
    row, group = found
    names = here.may("group", group.id)
    text = f"{_title(here, row, group)}\n{await headcount.in_words(here.session, group, row.id, names=names)}"
    await here.say(text, *(_actions(row) if names else []), [MENU])


async def cancel(here: Here, args: Args) -> None:
    """Asks once: everybody will hear it."""
    found = await _changeable(here, args)
    if found:
        row, group = found
        sure = [to("Ja, afgelasten", "cancel_sure", meeting=row.id), to("Nee", "meeting", meeting=row.id)]
        await here.say(f"{_title(here, row, group)}\nAfgelasten? Iedereen hoort het meteen.", sure)


async def cancel_sure(here: Here, args: Args) -> None:
    """Cancelled; one tap takes it back."""
    found = await _changeable(here, args)
    if found:
        made = await meetings.cancel(here.session, found[0], here.now, here.me)
        done = f"✅ Afgelast: {here.moment(found[0])}. {_heard(made.audience) if made else ''}"
        await _done(
            here, done, made.id if made else None, [to("↩️ Toch laten doorgaan", "restore", meeting=found[0].id)]
        )


async def restore(here: Here, args: Args) -> None:
    """Takes a cancellation back."""
    found = await here.meeting(args.get("meeting"))
    made = await meetings.restore(here.session, found[0], here.now, here.me) if found else None
    if found is None or made is None:
        await gone(here)
        return
    await _done(here, f"✅ Gaat toch door: {here.moment(found[0])}. {_heard(made.audience)}", made.id)


async def move(here: Here, args: Args) -> None:
    """First the day, by button or typed."""
    found = await _changeable(here, args)
    if found is None:
        return
    row, group = found
    here.wait_for("move", meeting=row.id)
    text = f"{_title(here, row, group)}\nVerplaatsen naar welke dag? Tik, of typ bijvoorbeeld “donderdag 9.30”."
    await here.say(
        text, *day_rows(here, group.calendar, "move_day", meeting=row.id), [to("Terug", "meeting", meeting=row.id)]
    )


async def move_day(here: Here, args: Args) -> None:
    """Then the hour: the same one first."""
    found = await _changeable(here, args)
    if found is None:
        return
    row, _group = found
    day = dt.date.fromisoformat(str(args["day"]))
    here.wait_for("move", meeting=row.id, day=day.isoformat())
    rows = hour_rows(f"{local(row.starts_at):%H:%M}", "move_to", meeting=row.id, day=day.isoformat())
    shown = spoken.day(day, "nl", here.today).shown
    await here.say(f"{shown}. Hoe laat? Tik, of typ het uur.", *rows, [to("Terug", "move", meeting=row.id)])


async def move_to(here: Here, args: Args) -> None:
    """Asks once with the whole new moment, and warns on a day off."""
    found = await _changeable(here, args)
    if found:
        await _ask_move(here, *found, dt.date.fromisoformat(str(args["day"])), dt.time.fromisoformat(str(args["at"])))


async def move_typed(here: Here) -> None:
    """A typed day and hour; with only one of the two, the other one is kept or asked."""
    place = dict(here.me.place)
    found = await _changeable(here, place)
    if found is None:
        return
    day, at = day_and_time(here.heard.text, here.today)
    known = str(place.get("day") or "")
    day = day or (dt.date.fromisoformat(known) if known else None)
    if day is None and at is None:
        await here.say("Dat begrijp ik niet. Typ bijvoorbeeld “donderdag 9.30” of “27/11 14 uur”.", [MENU])
    elif day is None:
        await here.say("Welke dag? Typ bijvoorbeeld “donderdag 9.30”.", [to("Terug", "move", meeting=found[0].id)])
    elif at is None:
        await move_day(here, {"meeting": found[0].id, "day": day.isoformat()})
    else:
        await _ask_move(here, *found, day, at)


async def moved(here: Here, args: Args) -> None:
    """Moved; everybody hears the new moment."""
    found = await _changeable(here, args)
    if found is None:
        return
    row, old = found[0], local(found[0].starts_at)
    here.wait_for_nothing()
    day, at = dt.date.fromisoformat(str(args["day"])), dt.time.fromisoformat(str(args["at"]))
    try:
        made = await meetings.move(here.session, row, day, at, here.now, here.me)
    except ValueError as error:
        await here.say(str(error), [to("Andere dag", "move", meeting=row.id)], [MENU])
        return
    if made is None:
        await here.say("Dat is hetzelfde moment. Er is niets veranderd.", [MENU])
        return
    back = to("↩️ Terug zoals eerst", "moved", meeting=row.id, day=old.date().isoformat(), at=f"{old:%H:%M}")
    await _done(here, f"✅ Verplaatst: {here.moment(row)}. {_heard(made.audience)}", made.id, [back])


async def place(here: Here, args: Args) -> None:
    """Asks for name and address, typed; a location can be sent first or afterwards."""
    found = await _changeable(here, args)
    if found is None:
        return
    row, group = found
    here.wait_for("place", meeting=row.id)
    usual = [[to(f"Gewone plaats: {group.place}"[:60], "usual_place", meeting=row.id)]] if row.place else []
    text = "Waar is het? Typ de naam en het adres, bijvoorbeeld “Bibliotheek, Kerkstraat 1”.\nJe kan ook eerst een locatie sturen (📎 → Locatie)."
    await here.say(f"{_title(here, row, group)}\n{text}", *usual, [to("Terug", "meeting", meeting=row.id)])


async def place_pin(here: Here) -> None:
    """A location for the pin; the name still has to be typed."""
    here.me.place = {**here.me.place, "lat": here.heard.lat, "lon": here.heard.lon}
    await here.say("📍 Goed. Typ nu de naam en het adres van die plaats.", [MENU])


async def place_typed(here: Here) -> None:
    """Shows what will be said, and asks once."""
    found = await _changeable(here, dict(here.me.place))
    if found is None:
        return
    name, _, address = (part.strip() for part in here.heard.text.replace("\n", ",").partition(","))
    if not name or len(name) > 80 or len(address) > 160:
        await here.say("Typ een korte naam, een komma, en het adres.", [MENU])
        return
    here.me.place = {**here.me.place, "name": name, "address": address}
    pin = "📍 met speldje op de kaart" if here.me.place.get("lat") is not None else "zonder speldje op de kaart"
    sure = [to("Ja, laat weten", "place_sure", meeting=found[0].id), to("Nee", "place", meeting=found[0].id)]
    await here.say(f"{here.moment(found[0])}: {name}{', ' + address if address else ''} ({pin}). Klopt dat?", sure)


async def place_sure(here: Here, args: Args) -> None:
    """Elsewhere; everybody hears it, with the pin."""
    kept, found = dict(here.me.place), await _changeable(here, args)
    if found is None or not kept.get("name") or kept.get("meeting") != found[0].id:
        await gone(here)
        return
    here.wait_for_nothing()
    spot = (str(kept["name"]), str(kept.get("address") or ""))
    made = await meetings.other_place(
        here.session, found[0], *spot, here.now, lat=kept.get("lat"), lon=kept.get("lon"), by=here.me
    )
    back = [to("↩️ Terug naar de gewone plaats", "usual_place", meeting=found[0].id)]
    await _done(
        here, f"✅ Andere plaats: {spot[0]}. {_heard(made.audience if made else [])}", made.id if made else None, back
    )


async def usual_place(here: Here, args: Args) -> None:
    """Back to the group's own place; everybody hears that too."""
    found = await _changeable(here, args)
    if found is None:
        return
    made = await meetings.other_place(here.session, found[0], "", "", here.now, by=here.me)
    text = f"✅ Gewone plaats: {found[1].place}. {_heard(made.audience)}" if made else "Het was al de gewone plaats."
    await _done(here, text, made.id if made else None)


async def _ask_move(here: Here, row: Meeting, group: Group, day: dt.date, at: dt.time) -> None:
    new = instant(day, at)
    if new <= here.now:
        await here.say("Dat moment is al voorbij.", [to("Andere dag", "move", meeting=row.id)], [MENU])
        return
    sure = to("Ja, verplaatsen", "moved", meeting=row.id, day=day.isoformat(), at=f"{at:%H:%M}")
    shown = spoken.moment(new, "nl", here.now).shown
    text = f"Van {here.moment(row)}\nnaar {shown}.{off(group, day)}\nVerplaatsen? Iedereen hoort het meteen."
    await here.say(text, [sure, to("Nee", "meeting", meeting=row.id)])


async def _changeable(here: Here, args: Args) -> tuple[Meeting, Group] | None:
    found = await here.meeting(args.get("meeting"))
    if found is None or not here.may("group", found[1].id) or found[0].ends_at <= here.now:
        await gone(here)
        return None
    return found


async def _done(here: Here, text: str, announcement: int | None, *rows: list[Button]) -> None:
    progress = [[to("📊 Wie hoorde het?", "counts", announcement=announcement)]] if announcement else []
    await here.say(text, *progress, *rows, [MENU])


def _heard(audience: list[Any]) -> str:
    n = len(audience)
    return (
        "Er is nog niemand in de groep." if n == 0 else f"{n} {'moeder hoort' if n == 1 else 'moeders horen'} het nu."
    )


def _title(here: Here, row: Meeting, group: Group) -> str:
    at = meetings.where(group, row)
    place_ = f"\n📍 {at.place}{', ' + at.address if at.address else ''}" if at.place else ""
    state = "❌ AFGELAST: " if row.state == "cancelled" else ""
    return f"{state}{group.name}, {here.moment(row)}{place_}{' (andere plaats)' if at.other else ''}"


async def _label(here: Here, row: Meeting, group: Group) -> str:
    count = await headcount.headcount(here.session, row.id)
    name = f"{group.name}: " if len(here.groups) > 1 else ""
    return f"{name}{here.moment(row)} · {count.mothers} 👩 {count.children} 🧒"


def _actions(row: Meeting) -> list[list[Button]]:
    if row.state == "cancelled":
        return [[to("↩️ Toch laten doorgaan", "restore", meeting=row.id)]]
    return [
        [to("❌ Afgelasten", "cancel", meeting=row.id), to("🕒 Verplaatsen", "move", meeting=row.id)],
        [to("📍 Andere plaats", "place", meeting=row.id), to("📣 Aankondigen", "announce", meeting=row.id)],
    ]


def _extra(here: Here) -> list[list[Button]]:
    mine = [g for g in here.groups if here.may("group", g.id)]
    return [[to(f"➕ Extra bijeenkomst {g.name}"[:60], "extra", group=g.id)] for g in mine[:3]]


async def gone(here: Here) -> None:
    await here.say(
        "Dat kan niet meer: deze bijeenkomst is voorbij of veranderd.", [to("📅 Bijeenkomsten", "meetings"), MENU]
    )
