"""The desk's first page, and help."""

from __future__ import annotations

from bot.care import inbox
from bot.care.desk.here import Args, Here, to

HELP = (
    "Zo werkt het:\n"
    "• Een vraag komt hier binnen. Houd het bericht vast en kies “Beantwoorden”. Spreek in of typ: zij hoort het.\n"
    "• Bijeenkomsten: wie komt er, afgelasten, verplaatsen, andere plaats. Iedereen hoort het meteen.\n"
    "• Aankondigen: kies een bericht. De bot zegt het in elke taal. Of spreek zelf iets in.\n"
    "• Groep: wie is erbij, en de QR-code om mee te doen.\n"
    "Typ /menu om dit menu te zien."
)
VOLUNTEER = "Dag {name}! Je krijgt hier een bericht voor elke bijeenkomst, en als er iets verandert."


async def menu(here: Here, args: Args) -> None:
    """Everything in reach: questions, meetings, announcing, group, help."""
    here.wait_for_nothing()
    if here.me.role not in ("coordinator", "guide"):
        await here.say(VOLUNTEER.format(name=here.me.name), [to("📅 Bijeenkomsten", "meetings")])
        return
    questions = await inbox.open_ones(here.session, here.me, [g.id for g in here.groups])
    urgent = any(q.urgent for q in questions)
    label = f"{'🔴' if urgent else '💬'} Vragen ({len(questions)})"
    names = ", ".join(g.name for g in here.groups) or "Je hebt nog geen groep."
    await here.say(
        f"Dag {here.me.name}. {names}",
        [to(label, "questions"), to("📅 Bijeenkomsten", "meetings")],
        [to("📣 Aankondigen", "announce"), to("👥 Groep", "group")],
        [to("❓ Hulp", "help")],
    )


async def help_(here: Here, args: Args) -> None:
    """How the desk works, in five lines."""
    here.wait_for_nothing()
    await here.say(HELP, [to("🏠 Menu", "menu")])
