"""Announcing at the desk, by buttons: choose, look and listen per language, send, see how far it is."""

from __future__ import annotations

from dataclasses import replace

from bot.care import announcement_plans, announcements, groups, meetings, tell
from bot.care.desk import meetings_page
from bot.care.desk.here import MENU, Args, Here, to
from bot.care.desk.rows import day_rows, hour_rows
from bot.care.desk.when import day_and_time
from bot.db.models import Announcement, Group, Media
from bot.messages import Utterance

CHANGE = {"cancelled": "cancel", "moved": "move", "other_place": "place"}  # these really change a meeting
DAY_ONLY = "registration_opens"
SHOWN = 4


async def announce(here: Here, args: Args) -> None:
    """For which group (when there are several), then which message."""
    here.wait_for_nothing()
    found = await here.meeting(args.get("meeting"))
    group = found[1] if found else await here.group(args.get("group"))
    if group is None and len(here.groups) == 1:
        group = here.groups[0]
    if group is None:
        rows = [[to(g.name, "announce", group=g.id)] for g in here.groups]
        await here.say("Voor welke groep?" if rows else "Je hebt nog geen groep.", *rows, [MENU])
        return
    known = here.content.announcements.values()
    ready = [r for r in known if r.id not in announcements.HIDDEN and not announcements.is_game(r.id)]
    extra = {"meeting": found[0].id} if found else {}
    buttons = [
        to(f"{here.content.emoji.get(r.symbol, '')} {r.label}".strip(), "pick", kind=r.id, group=group.id, **extra)
        for r in sorted(ready, key=lambda r: (r.id not in CHANGE, r.label))
    ]
    rows = [list(buttons[n : n + 2]) for n in range(0, len(buttons), 2)]
    own = [to("🎤 Zelf inspreken of typen", "own", group=group.id), to("❓ Vraag in plaatjes", "polls", group=group.id)]
    await here.say(f"Wat wil je zeggen aan {group.name}?", own, *rows, [MENU])


async def pick(here: Here, args: Args) -> None:
    """A change of a meeting goes to the meeting itself; the rest needs a meeting, a day, or nothing."""
    kind, group = str(args.get("kind")), await here.group(args.get("group"))
    ready = here.content.announcements.get(kind)
    if group is None or ready is None or kind in announcements.HIDDEN:
        await gone(here)
        return
    if args.get("meeting"):
        await _with_meeting(here, kind, args)
        return
    if kind == announcements.PLAY:
        await _games(here, group)
        return
    if not ready.slots:
        await draft(here, {"kind": kind, "group": group.id})
        return
    if "time" not in ready.slots:
        await _ask_day(here, group, kind, f"{ready.label}. Welke dag? Tik, of typ de dag.")
        return
    coming = await meetings.coming(here.session, group.id, here.now, SHOWN)
    action = CHANGE.get(kind)
    rows = [
        [
            to(here.moment(m), action, meeting=m.id)
            if action
            else to(here.moment(m), "draft", kind=kind, group=group.id, meeting=m.id)
        ]
        for m in coming
    ]
    other = [] if action else [[to("📆 Een andere dag", "other_day", kind=kind, group=group.id)]]
    text = f"{ready.label}. Welke bijeenkomst?" if rows else f"{ready.label}. Er is geen bijeenkomst gepland."
    await here.say(text, *rows, *other, [MENU])


async def _games(here: Here, group: Group) -> None:
    """Which game to play at home; each is said in every language."""
    rows = [
        [to(f"{here.content.emoji.get(game.symbol, '')} {game.label}".strip(), "draft", kind=game.id, group=group.id)]
        for game in announcements.games(here.content)
    ]
    await here.say(
        "Welk spel? Een eigen kaart met foto en stem maak je op het bureau, bij Begin en einde.", *rows, [MENU]
    )


async def other_day(here: Here, args: Args) -> None:
    """A day that is no meeting of the group."""
    group = await here.group(args.get("group"))
    if group is None:
        await gone(here)
        return
    await _ask_day(
        here, group, str(args.get("kind")), "Welke dag en hoe laat? Tik, of typ bijvoorbeeld “donderdag 9.30”."
    )


async def chosen_day(here: Here, args: Args) -> None:
    """The day is known; the hour, when the message says one."""
    group, kind = await here.group(args.get("group")), str(args.get("kind"))
    ready = here.content.announcements.get(kind)
    if group is None or ready is None:
        await gone(here)
        return
    if "time" not in ready.slots:
        await draft(here, args)
        return
    keep = {"kind": kind, "group": group.id, "day": args["day"]}
    here.wait_for("announce_day", **keep)
    await here.say("Hoe laat? Tik, of typ het uur.", *hour_rows(group.starts, "draft", **keep), [MENU])


async def day_typed(here: Here) -> None:
    """A typed day and hour."""
    kept = dict(here.me.place)
    day, at = day_and_time(here.heard.text, here.today)
    day_text = day.isoformat() if day else kept.get("day")
    args = {"kind": kept.get("kind"), "group": kept.get("group"), "day": day_text}
    if day_text is None:
        await here.say("Dat begrijp ik niet. Typ bijvoorbeeld “donderdag 9.30”.", [MENU])
    elif at is None:
        await chosen_day(here, args)
    else:
        await draft(here, {**args, "at": f"{at:%H:%M}"})


async def own(here: Here, args: Args) -> None:
    """The next voice note, photo or text of this colleague is the message."""
    group = await here.group(args.get("group"))
    if group is None:
        await gone(here)
        return
    here.wait_for("own", group=group.id)
    text = "Spreek nu in, of typ (in gewone, korte zinnen). Iedereen hoort eerst in haar taal dat het van jou komt. Wat je zegt, wordt niet vertaald."
    await here.say(text, [MENU])


async def own_said(here: Here) -> None:
    """What was spoken or typed becomes a draft."""
    group = await here.group(here.me.place.get("group"))
    if why := here.unsendable():
        await here.say(why, [MENU])
    elif group is not None and here.media is not None and here.media.kind == "photo":
        await _whose_photo(here, group, here.media)
    elif group is not None and (here.media or here.heard.text.strip()):
        await _own(here, group, here.heard.text, here.media)
    else:
        await here.say("Spreek iets in, typ iets, of stuur een foto.", [MENU])


async def _whose_photo(here: Here, group: Group, media: Media) -> None:
    """A photo is for one mother; for everybody only when that is said, and said again."""
    here.me.place = {"kept": {"text": here.heard.text, "media": media.id, "questions": []}, "group": group.id}
    await here.session.flush()
    mothers = await groups.members(here.session, group.id)
    names = [to(m.first_name or "een mama", "photo_to", mother=m.id, media=media.id) for m in mothers]
    rows = [list(names[n : n + 3]) for n in range(0, len(names), 3)]
    everybody = to("Voor de hele groep …", "announce_kept", group=group.id)
    await here.say("Voor wie is deze foto? Een foto van een kind gaat naar zijn mama.", *rows, [everybody], [MENU])


async def photo_to(here: Here, args: Args) -> None:
    """The photo that was just sent, for this one mother."""
    kept, mother = here.me.place.get("kept") or {}, await here.mother(args.get("mother"))
    group = await here.group(mother.group_id) if mother else None
    media = await here.session.get(Media, kept["media"]) if kept.get("media") == args.get("media") else None
    if mother is None or group is None or media is None or media.staff_id != here.me.id:
        await gone(here)
        return
    here.wait_for_nothing()
    made = await announcements.draft(
        here.session, group, here.me, "own", here.now, text=str(kept.get("text", "")), media=media, only=[mother]
    )
    await _show(here, made)


async def announce_kept(here: Here, args: Args) -> None:
    """Words that came without a reply turn out to be for the whole group."""
    kept, group = here.me.place.get("kept"), await here.group(args.get("group"))
    if group is None and len(here.groups) == 1:
        group = here.groups[0]
    if kept and group is None:
        rows = [[to(g.name, "announce_kept", group=g.id)] for g in here.groups]
        await here.say("Voor welke groep?", *rows, [MENU])
    elif kept and group is not None:
        media = await here.session.get(Media, kept["media"]) if kept.get("media") else None
        await _own(here, group, str(kept.get("text", "")), media)
    else:
        await gone(here)


async def draft(here: Here, args: Args) -> None:
    """Makes the draft and shows it."""
    group, kind = await here.group(args.get("group")), str(args.get("kind"))
    if group is None or kind not in here.content.announcements:
        await gone(here)
        return
    found = await here.meeting(args.get("meeting"))
    slots = {}
    if found is None and args.get("day"):
        slots = {"day": str(args["day"]), "place": group.place}
        slots |= {"time": str(args["at"])} if args.get("at") else {}
    here.wait_for_nothing()
    row = found[0] if found else None
    made = await announcements.draft(here.session, group, here.me, kind, here.now, slots=slots, meeting=row)
    await _show(here, made)


async def listen(here: Here, args: Args) -> None:
    """The draft exactly as a mother of this language gets it."""
    made = await _mine(here, args)
    if made is not None:
        for said in await announcements.utterances(here.session, here.content, made, str(args.get("lang")), here.now):
            await here.put(_without_buttons(said))


async def send(here: Here, args: Args) -> None:
    """It goes. A photo to everybody needs a second tap: children may be on it."""
    made = await _mine(here, args)
    if made is None:
        return
    if not args.get("sure") and await announcements.group_photo(here.session, made):
        text = "Een foto naar de hele groep? Staan er kinderen op? Vraag het eerst aan hun mama."
        await here.say(
            text,
            [to("Ja, toch sturen", "send", announcement=made.id, sure=True), to("Nee", "drop", announcement=made.id)],
        )
        return
    n = await announcements.send(here.session, made, here.now, sure=bool(args.get("sure")))
    if made.state == "planned":
        await here.say(
            "Dit bericht is gepland: het vertrekt vanzelf. Nu al sturen, of niet? Kies het aan de computer.", [MENU]
        )
        return
    if made.state == "draft" or (n == 0 and made.state not in ("sending", "sent")):
        await here.say("Dit bericht is al gestopt.", [MENU])
        return
    rows = [to("📊 Wie hoorde het?", "counts", announcement=made.id), to("⛔ Stoppen", "stop", announcement=made.id)]
    await here.say(f"✅ Het vertrekt nu naar {len(made.audience)} moeders.", rows, [MENU])


async def drop(here: Here, args: Args) -> None:
    """A draft that nobody hears, also when it was planned meanwhile."""
    made = await _mine(here, args)
    if made is not None:
        await announcement_plans.unplan(here.session, made)
    if made is not None and made.state == "draft":
        made.state = "stopped"
        await here.say("Goed, niet verstuurd.", [MENU])
    elif made is not None:
        await counts(here, args)


async def stop(here: Here, args: Args) -> None:
    """What has not left yet does not leave any more."""
    made = await _mine(here, args)
    if made is None:
        return
    await announcements.stop(here.session, made)
    await counts(here, args)


async def withdraw(here: Here, args: Args) -> None:
    """Who heard it hears that it was not right."""
    made = await _mine(here, args)
    if made is not None and made.state == "withdrawn":
        await here.say("Dit bericht is al ingetrokken.", [MENU])
    elif made is not None:
        n = await announcements.withdraw(here.session, made, here.now, here.me)
        await here.say(f"✅ Ingetrokken. {n} moeders horen dat het niet klopt.", [MENU])


async def counts(here: Here, args: Args) -> None:
    """How far it is, in mothers; tap again to look again."""
    made = await _mine(here, args)
    if made is None:
        return
    n = await announcements.counts(here.session, made)
    lines = [f"Aangekomen: {n.delivered} van {n.total}"]
    lines += [f"Onderweg: {n.waiting}"] if n.waiting else []
    lines += [f"⚠️ Niet aangekomen: {n.failed}"] if n.failed else []
    lines += [f"Tegengehouden: {n.stopped}"] if n.stopped else []
    again = [to("🔄 Opnieuw kijken", "counts", announcement=made.id)]
    if n.waiting:
        again.append(to("⛔ Stoppen", "stop", announcement=made.id))
    back = [[to("Intrekken", "withdraw", announcement=made.id)]] if made.kind not in announcements.CHANGES else []
    await here.say("\n".join(lines), again, *back, [MENU])


async def gone(here: Here) -> None:
    await here.say("Dit kan niet meer. Begin opnieuw.", [to("📣 Aankondigen", "announce"), MENU])


async def _with_meeting(here: Here, kind: str, args: Args) -> None:
    if kind not in CHANGE:
        await draft(here, args)
        return

    actions = {"cancel": meetings_page.cancel, "move": meetings_page.move, "place": meetings_page.place}
    await actions[CHANGE[kind]](here, args)


async def _ask_day(here: Here, group: Group, kind: str, text: str) -> None:
    here.wait_for("announce_day", kind=kind, group=group.id)
    await here.say(text, *day_rows(here, group.calendar, "chosen_day", kind=kind, group=group.id), [MENU])


async def _own(here: Here, group: Group, text: str, media: Media | None) -> None:
    here.wait_for_nothing()
    made = await announcements.draft(here.session, group, here.me, "own", here.now, text=text, media=media)
    await _show(here, made)


async def _show(here: Here, made: Announcement) -> None:
    """The draft in Dutch, then a line per language of the group, then send or stop."""
    found = await announcements.preview(here.session, here.content, made, here.now)
    if not found:
        await here.say("Er is nog geen moeder in deze groep.", [MENU])
        return
    for said in await announcements.utterances(here.session, here.content, made, "nl", here.now):
        await here.put(_without_buttons(said))
    lines = [_preview_line(p) for p in found]
    ears = [to(f"👂 {p.name}", "listen", announcement=made.id, lang=p.lang) for p in found if p.lang != "nl"]
    rows = [ears[n : n + 3] for n in range(0, len(ears), 3)]
    n = sum(p.mothers for p in found)
    sure = [
        to(f"✅ Versturen ({n})", "send", announcement=made.id),
        to("⛔ Niet versturen", "drop", announcement=made.id),
    ]
    await here.say("Dit horen ze:\n" + "\n".join(lines), *rows, sure)


def _preview_line(p: announcements.Preview) -> str:
    falls = "" if p.says == p.lang else f" ⚠️ ontbreekt: ze horen het in het {tell.language(p.says)}"
    return f"• {p.name}: {p.mothers}, {'🔊 met stem' if p.voiced else '⚠️ zonder stem, alleen tekst'}{falls}"


def _without_buttons(said: Utterance) -> Utterance:
    """A preview is to be heard, not to be tapped: its buttons are a mother's."""
    return replace(said, buttons=(), asks=False)


async def _mine(here: Here, args: Args) -> Announcement | None:
    """An announcement of one of this colleague's groups."""
    found = await here.session.get(Announcement, args.get("announcement"))
    if found is None or await here.group(found.group_id) is None:
        await gone(here)
        return None
    return found
