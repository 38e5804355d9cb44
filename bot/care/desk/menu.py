"""The desk's first page, and help."""

from __future__ import annotations

from bot.care import inbox, knocks, logins, voices
from bot.care.desk import places_page
from bot.care.desk.here import Args, Here, to
from bot.messages import Button

HELP = (
    "Zo werkt het:\n"
    "• Een vraag komt hier binnen. Houd het bericht vast en kies “Beantwoorden”. Spreek in of typ: zij hoort het.\n"
    "• Bijeenkomsten: wie komt er, afgelasten, verplaatsen, andere plaats. Iedereen hoort het meteen.\n"
    "• Aankondigen: kies een bericht. De bot zegt het in elke taal. Of spreek zelf iets in.\n"
    "• Groep: wie is erbij, en de QR-code om mee te doen.\n"
    "• Bureau: alles op één scherm, in de browser. Typ /desk voor een link.\n"
    "• Stemmen: typ /stem om een vrijwilliger te vragen die zinnen inspreekt in haar taal.\n"
    "Typ /menu om dit menu te zien."
)
VOLUNTEER = "Dag {name}! Je krijgt hier een bericht voor elke bijeenkomst, en als er iets verandert."

KNOCKS = (
    "💻 {device} wil binnen in jouw bureau. Zit jij daar nu zelf voor?\n"
    "Kreeg je dit getal van iemand anders? Kies dan “Nee”."
)
LENDS = "Dag {name}! Moeders die niet lezen, kunnen hier jouw stem horen. Kies wat je wil doen."


async def menu(here: Here, args: Args) -> None:
    """Everything in reach: questions, meetings, announcing, group, help."""
    here.wait_for_nothing()
    if not here.may("group"):
        lends = here.me.langs and not here.groups
        text = (LENDS if lends else VOLUNTEER).format(name=here.me.name)
        meetings = [] if lends else [[to("📅 Bijeenkomsten", "meetings")]]
        await here.say(text, *voices.start_lines(here.me), *meetings, *_desk(here))
        return
    questions = await inbox.open_ones(here.session, here.me, [g.id for g in here.groups])
    urgent = any(q.urgent for q in questions)
    label = f"{'🔴' if urgent else '💬'} Vragen ({len(questions)})"
    names = ", ".join(g.name for g in here.groups) or "Je hebt nog geen groep."
    await here.say(
        f"Dag {here.me.name}. {names}",
        [to(label, "questions"), to("📅 Bijeenkomsten", "meetings")],
        [to("📣 Aankondigen", "announce"), to("👥 Groep", "group")],
        *await places_page.row(here),
        *voices.start_lines(here.me),
        [*(button for row in _desk(here) for button in row), to("❓ Hulp", "help")],
    )


async def desk(here: Here, args: Args) -> None:
    """A one-time link into the desk in the browser."""
    here.wait_for_nothing()
    if not await logins.send(here.session, here.me, here.now, key=f"arrival:{here.arrival.id}:desk:link"):
        await here.say("Dit huis heeft geen bureau in de browser.", [to("🏠 Menu", "menu")])


async def typed_number(here: Here) -> bool:
    """Whether she typed the number that a browser shows: then it is asked whether that is she. Only her yes lets it in."""
    said = here.heard.payload if here.heard.kind == "command" else here.heard.text if here.heard.kind == "text" else ""
    found = await knocks.of_number(here.session, said, here.now) if said else None
    if found is None:
        return False
    here.wait_for_nothing()
    await here.say(
        KNOCKS.format(device=found.device or "Een toestel"),
        [to("✅ Ja, dat ben ik", "knock_yes", knock=found.id)],
        [to("🛑 Nee", "knock_no", knock=found.id)],
    )
    return True


async def knock_yes(here: Here, args: Args) -> None:
    """The browser with the number goes in as this colleague."""
    done = await knocks.allow(here.session, int(args.get("knock", 0)), here.me, here.now)
    if done:
        await here.say(
            "✅ Goed. Je bureau gaat nu open op dat toestel.", [to("🛑 Toch niet: overal afmelden", "desk_out")]
        )
    else:
        await here.say("Dat getal werkt niet meer. Vraag op dat toestel een nieuw.", [to("🏠 Menu", "menu")])


async def knock_no(here: Here, args: Args) -> None:
    """It stays out."""
    await knocks.refuse(here.session, int(args.get("knock", 0)))
    await here.say("🛑 Goed. Er is niemand binnengelaten.", [to("🏠 Menu", "menu")])


async def out(here: Here, args: Args) -> None:
    """All browsers and links of this colleague are put out."""
    await logins.leave_all(here.session, here.me.id, here.now)
    await here.say("🛑 Overal afgemeld. Typ /desk om zelf weer binnen te gaan.", [to("🏠 Menu", "menu")])


def _desk(here: Here) -> list[list[Button]]:
    return [[to("🖥 Bureau", "desk")]] if logins.base(here.session) else []


async def help_(here: Here, args: Args) -> None:
    """How the desk works, in five lines."""
    here.wait_for_nothing()
    await here.say(HELP, [to("🏠 Menu", "menu")])
