"""Questions in pictures at the desk: choose a ready one or say one, look at it, send it, see what the group chose."""

from __future__ import annotations

from bot.care import polls
from bot.care.desk.here import CHOICES, MENU, Args, Here, to
from bot.db.cohort_models import Poll
from bot.db.models import Group, Media

SETS = {  # what can be chosen under an own question
    "yesno": ("Ja, nee, misschien", ("yes", "no", "maybe")),
    "times": ("Voormiddag, namiddag, avond", ("morning", "afternoon", "evening")),
    "themes": ("De zes thema’s", ("family", "parenting", "school", "leisure", "health", "housing")),
    "trust": ("Vijf gezichten", ("trust5", "trust4", "trust3", "trust2", "trust1")),
}
SIGN_WORDS = "poll_own"


async def ask(here: Here, args: Args) -> None:
    """The ready questions, an own one, and what was asked before."""
    here.wait_for_nothing()
    group = await here.group(args.get("group")) or (here.groups[0] if len(here.groups) == 1 else None)
    if group is None:
        rows = [[to(g.name, "polls", group=g.id)] for g in here.groups]
        await here.say("Voor welke groep is de vraag?" if rows else "Je hebt nog geen groep.", *rows, [MENU])
        return
    ready = [
        [
            to(
                title(here, name),
                "poll_look",
                group=group.id,
                kind=name,
                moment="start" if name in ("trust", "goals") else "",
            )
        ]
        for name in polls.ready(here.content)
    ]
    own = [to("🎤 Zelf een vraag inspreken of typen", SIGN_WORDS, group=group.id)]
    before = (await polls.of_group(here.session, group.id))[:3]
    asked = [[to(f"📊 {title(here, poll.kind)}", "poll_result", poll=poll.id)] for poll in before]
    text = f"❓ {group.name}: wat wil je vragen? Zij antwoorden met een plaatje. Je ziet hoeveel, niet wie."
    await here.say(text, *ready[:CHOICES], own, *asked, [MENU])


async def look(here: Here, args: Args) -> None:
    """The question as it will be asked, before anybody hears it."""
    group, kind, moment = await here.group(args.get("group")), str(args.get("kind")), str(args.get("moment", ""))
    step = here.content.flows.get(f"poll.{polls.STEP.get((kind, moment), kind)}")
    if group is None or step is None or not step.signs:
        await here.say("Deze vraag is er niet meer.", [MENU])
        return
    shown = "\n".join(f"• {sign}" for sign in signs(here, step.signs))
    words = here.content.phrases.source[step.text_key or ""]
    send = [to("✅ Stuur naar de groep", "poll_send", group=group.id, kind=kind, moment=moment)]
    await here.say(
        f"{group.name} krijgt, in elke taal:\n“{words}”\n{shown}", send, [to("Terug", "polls", group=group.id), MENU]
    )


async def send(here: Here, args: Args) -> None:
    """Off it goes. A second tap on the same button sends nothing twice."""
    group, kind, moment = await here.group(args.get("group")), str(args.get("kind")), str(args.get("moment", ""))
    if group is None:
        await here.say("Deze groep is gesloten.", [MENU])
        return
    known = await _same_today(here, group, kind, moment)
    if known is None:
        try:
            known = await polls.ask(here.session, here.content, group, kind, here.now, here.me, moment=moment)
        except ValueError as why:
            await here.say(str(why), [MENU])
            return
    await _sent(here, group, known)


async def own(here: Here, args: Args) -> None:
    """The next words of this colleague are the question."""
    group = await here.group(args.get("group"))
    if group is None:
        await here.say("Deze groep is gesloten.", [MENU])
        return
    here.wait_for(SIGN_WORDS, group=group.id)
    await here.say(
        f"Spreek je vraag aan {group.name} in, of typ ze. Eén vraag, kort. Kies daarna de plaatjes.",
        [to("Niet doen", "polls", group=group.id)],
    )


async def own_said(here: Here) -> None:
    """There is the question; now the pictures."""
    group = await here.group(here.me.place.get("group"))
    why = here.unsendable()
    if group is None or why:
        await here.say(why or "Deze groep is gesloten.", [MENU])
        return
    media = here.media.id if here.media else None
    here.me.place = {"kept": {"poll": group.id, "text": here.heard.text.strip(), "media": media}}
    rows = [[to(label, "poll_signs", group=group.id, set=name)] for name, (label, _) in SETS.items()]
    await here.say("Waaruit mogen ze kiezen?", *rows, [to("Niet doen", "polls", group=group.id)])


async def own_send(here: Here, args: Args) -> None:
    """The own question with its pictures goes to the group."""
    group, kept = await here.group(args.get("group")), here.me.place.get("kept") or {}
    if group is None or kept.get("poll") != group.id or args.get("set") not in SETS:
        await here.say("Deze vraag is al verstuurd of niet meer bewaard.", [MENU])
        return
    media = await here.session.get(Media, kept["media"]) if kept.get("media") else None
    here.wait_for_nothing()
    try:
        poll = await polls.ask(
            here.session, here.content, group, polls.OWN, here.now, here.me,
            signs=SETS[str(args["set"])][1], text=str(kept.get("text", "")), media=media,
        )  # fmt: skip
    except ValueError as wrong:
        await here.say(str(wrong), [MENU])
        return
    await _sent(here, group, poll)


async def result(here: Here, args: Args) -> None:
    """What the group chose, in numbers."""
    poll = await _mine(here, args)
    if poll is None:
        await here.say("Deze vraag is er niet meer.", [MENU])
        return
    found = await polls.result(here.session, poll)
    lines = [f"📊 {title(here, poll.kind)}", f"{found.answered} van {found.asked} antwoordden."]
    if found.hidden:
        lines.append(f"Minder dan {polls.FEW} antwoorden: die tonen we niet, zo blijft niemand herkenbaar.")
    else:
        lines += [f"{n}  {label}" for label, n in zip(signs(here, found.counts), found.counts.values(), strict=True)]
    show = [] if found.hidden or not found.answered else [to("Toon aan de groep", "poll_show", poll=poll.id)]
    stop = [to("Stop de vraag", "poll_stop", poll=poll.id)] if poll.state == "open" else []
    await here.say("\n".join(lines), [*show, *stop], [MENU])


async def show(here: Here, args: Args) -> None:
    """The group sees what it chose."""
    poll = await _mine(here, args)
    n = await polls.tell_group(here.session, here.content, poll, here.now) if poll else 0
    await here.say(
        f"✅ {n} {'mama hoort' if n == 1 else 'mama’s horen'} het resultaat."
        if n
        else "Zij hoorden het al, of er is nog te weinig.",
        [MENU],
    )


async def stop(here: Here, args: Args) -> None:
    """No more answers."""
    poll = await _mine(here, args)
    if poll is not None:
        await polls.close(here.session, poll, here.now)
    await result(here, args)


def title(here: Here, kind: str) -> str:
    """A question in a few words, for a button."""
    names = {
        "trust": "Vertrouwen in de opvang",
        "goals": "Wat wil je leren?",
        "next": "Wat hierna?",
        "own": "Eigen vraag",
    }
    step = here.content.flows.get(f"poll.{kind}")
    words = here.content.phrases.source.get(step.text_key or "", kind) if step else kind
    return names.get(kind) or words.split("?")[0] + "?"


def signs(here: Here, names: object) -> list[str]:
    """The Dutch words of these signs."""
    listed = [str(name) for name in names] if isinstance(names, (list, tuple, dict)) else []
    return [here.content.phrases.source[here.content.signs[n].label_key] for n in listed if n in here.content.signs]


async def _mine(here: Here, args: Args) -> Poll | None:
    poll = await here.session.get(Poll, args.get("poll") or 0)
    return poll if poll is not None and await here.group(poll.group_id) else None


async def _same_today(here: Here, group: Group, kind: str, moment: str) -> Poll | None:
    for poll in await polls.of_group(here.session, group.id):
        if (poll.kind, poll.moment, poll.state) == (kind, moment, "open"):
            return poll
    return None


async def _sent(here: Here, group: Group, poll: Poll) -> None:
    many = f"{poll.asked} {'mama krijgt' if poll.asked == 1 else 'mama’s krijgen'}"
    await here.say(
        f"✅ {many} de vraag. Over een week sluit ze vanzelf.",
        [to("📊 Bekijk het resultaat", "poll_result", poll=poll.id)],
        [MENU],
    )


ACTIONS = {
    "polls": ask,
    "poll_look": look,
    "poll_send": send,
    SIGN_WORDS: own,
    "poll_signs": own_send,
    "poll_result": result,
    "poll_show": show,
    "poll_stop": stop,
}
