"""Effects about people: how she found us, whether she stays, and whom she lets in beside her."""

from __future__ import annotations

from typing import Any

from bot.care import groups, memberships, outbox, partners, privacy
from bot.care.turn import Effect, Outcome, Turn
from bot.db.models import Delivery
from bot.db.notes import insert
from bot.db.people_models import Found
from bot.flow.model import Slots
from bot.messages import Utterance

SOURCES = (
    "cradle",
    "ocmw",
    "house",
    "lessons",
    "friend",
    "other",
)  # Kind en Gezin, OCMW, the house, integration or lessons, …


async def may_find(turn: Turn, args: Slots) -> Outcome:
    """Only who has a group is asked how she found it: "ask" or "none"."""
    return Outcome("ask" if turn.mother.group_id is not None else "none")


async def found_us(turn: Turn, args: Slots) -> Outcome:
    """How she found us: one more in her group's counter, and no trace of which of her taps it was."""
    source = str(args.get("source", ""))
    privacy.scrub(turn.arrival)
    if source in SOURCES and turn.mother.group_id is not None and await _first(turn):
        put: Any = insert(turn.session, Found).values(group_id=turn.mother.group_id, source=source, count=1)
        more = {"count": Found.count + 1}
        await turn.session.execute(put.on_conflict_do_update(index_elements=["group_id", "source"], set_=more))
    return Outcome("ok", {"source": None})


async def _first(turn: Turn) -> bool:
    """Whether these buttons were not used before; afterwards they only lead home, whatever she taps."""
    token = turn.heard.data.partition(":")[0]
    shown = await outbox.button(turn.session, turn.heard.chat_id, turn.heard.data)
    if shown is None or shown[0].token != token:
        return False
    delivery: Delivery = shown[0]
    away = {"flow": "home", "step": "menu", "choice": "home"}
    rows = delivery.utterance.get("buttons", [])
    used = all(button.get("to") == away for row in rows for button in row)
    blank = [[{**button, "to": away} for button in row] for row in rows]
    delivery.utterance = {**delivery.utterance, "buttons": blank}
    return not used


async def stay(turn: Turn, args: Slots) -> Outcome:
    """She tried it out, and stays."""
    await memberships.try_out(turn.session, turn.mother, False, turn.now)
    return Outcome("ok")


async def partner(turn: Turn, args: Slots) -> Outcome:
    """Whether somebody is beside her: "here" or "none"."""
    row = await partners.of(turn.session, turn.mother)
    return Outcome("here" if row is not None and row.chat_id is not None else "none")


async def partner_link(turn: Turn, args: Slots) -> Outcome:
    """A link in a message of its own, to pass on. allows: "family", or "family talk"."""
    allows = str(args.get("allows", "")).split()
    code = await partners.invite(turn.session, turn.mother, allows, turn.lang, turn.now)
    link = await groups.link(turn.session, code) or f"/start {code}"
    said = Utterance(kind="text", lang=turn.lang, text=link)
    key = f"arrival:{turn.arrival.id}:link"
    await outbox.put(turn.session, turn.heard.chat_id, said, key=key, now=turn.now, mother_id=turn.mother.id)
    return Outcome("ok", {"allows": None})


async def partner_gone(turn: Turn, args: Slots) -> Outcome:
    """Nobody is beside her any more, and no link works."""
    await partners.remove(turn.session, turn.mother, turn.now)
    return Outcome("ok")


STEPS: dict[str, Effect] = {
    "found_us": found_us,
    "may_find": may_find,
    "partner": partner,
    "partner_gone": partner_gone,
    "partner_link": partner_link,
    "stay": stay,
}
