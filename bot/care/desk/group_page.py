"""The group at the desk: who is in it, who waits, and the link with its QR code."""

from __future__ import annotations

from collections import Counter

from bot.care import admitting, groups, meetings, tell
from bot.care.calendar import clock_time
from bot.care.desk.here import CHOICES, MENU, Args, Here, to
from bot.db.models import Group
from bot.messages import Picture, Utterance

DAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")


async def group(here: Here, args: Args) -> None:
    """How many, which languages, who waits, how many hours are planned."""
    here.wait_for_nothing()
    found = await here.group(args.get("group")) or (here.groups[0] if len(here.groups) == 1 else None)
    if found is None:
        rows = [[to(g.name, "group", group=g.id)] for g in here.groups]
        await here.say("Welke groep?" if rows else "Je hebt nog geen groep.", *rows, [MENU])
        return
    text = await _text(here, found)
    waiting = (await groups.members(here.session, found.id, "waiting"))[:CHOICES]
    rows = [[to(f"Toelaten: {m.first_name or 'een moeder'}", "admit", mother=m.id)] for m in waiting]
    link = [to("🔗 Uitnodiging (QR)", "invite", group=found.id), to("Oude links stoppen", "revoke", group=found.id)]
    await here.say(text, *rows, link, [to("🐾 Stapstenen", "stones", group=found.id)], [MENU])


async def invite(here: Here, args: Args) -> None:
    """A new link with its QR code, to print or to show on this phone; older links go on working."""
    found = await here.group(args.get("group"))
    if found is None:
        await here.say("Deze groep is gesloten.", [MENU])
        return
    code = await groups.invite(here.session, found, here.now)
    link = await groups.link(here.session, code) or f"/start {code}"
    text = f"{found.name}: laat een mama dit scannen, of stuur haar de link. {groups.INVITE_DAYS} dagen geldig.\n{link}"
    await here.put(Utterance(kind="picture", picture=Picture(kind="qr", name=link), text=text))


async def revoke(here: Here, args: Args) -> None:
    """No link of before works any more."""
    found = await here.group(args.get("group"))
    n = await groups.revoke_invites(here.session, found, here.now) if found else 0
    again = [to("🔗 Nieuwe uitnodiging", "invite", group=found.id)] if found else []
    await here.say(f"✅ {n} {'link werkt' if n == 1 else 'links werken'} niet meer.", again, [MENU])


async def admit(here: Here, args: Args) -> None:
    """Off the waiting list: she hears it in her language, and her reminders are planned."""
    mother, key = await here.mother(args.get("mother")), str(here.arrival.id)
    if mother is None or not await admitting.admit(here.session, here.content, mother, here.now, key, here.me):
        await here.say("Deze moeder staat niet meer op de wachtlijst.", [MENU])
        return
    await here.say(f"✅ {mother.first_name or 'Zij'} hoort er nu bij.", [MENU])


async def _text(here: Here, found: Group) -> str:
    members = await groups.members(here.session, found.id)
    waiting = await groups.members(here.session, found.id, "waiting")
    langs = Counter(tell.language(m.lang) for m in members).most_common()
    days = " en ".join(DAYS[int(d)] for d in found.pattern.get("days", []))
    every = " om de twee weken" if int(found.pattern.get("every", 1)) == 2 else ""
    start, end = (f"{t.hour}.{t.minute:02}" for t in (clock_time(found.starts), clock_time(found.ends)))
    planned, plan = await meetings.hours(here.session, found), found.pattern.get("hours")
    lines = [
        f"👥 {found.name}",
        f"{days}{every}, {start} tot {end} uur" if days else "losse data",
        f"Moeders: {len(members)} van {found.mothers_max}",
        ", ".join(f"{name} {n}" for name, n in langs),
        f"Wachtlijst: {len(waiting)}" if waiting else "",
        f"Gepland: {planned:g} uur" + (f" van {plan}" if plan else ""),
    ]
    away = sum(m.unreachable_at is not None for m in members)
    lines += [f"⚠️ {away} onbereikbaar (bot afgezet)"] if away else []
    return "\n".join(line for line in lines if line)
