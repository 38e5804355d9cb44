"""The service map as effects. Where she is comes in, orders five places, and is wiped at once."""

from __future__ import annotations

from bot.care import places, privacy
from bot.care.turn import Effect, Outcome, Turn
from bot.clock import local
from bot.db.models import Group
from bot.flow.model import Slots

OVER: Slots = dict.fromkeys(("category", "tag", "seen", "pins", "addresses"))


async def places_open(turn: Turn, args: Slots) -> Outcome:
    """Whether her house knows any place: "some" or "none"."""
    here = await places.any_here(turn.session, await _house(turn))
    return Outcome("some" if here else "none", OVER)


async def places_care(turn: Turn, args: Slots) -> Outcome:
    """Whether any childcare of her house says when it is there (during lessons, for a few hours): "some" or "none"."""
    some = await places.tagged(turn.session, await _house(turn), "childcare")
    return Outcome("some" if some else "none", {"category": "childcare", "seen": None, "tag": None})


async def places_list(turn: Turn, args: Slots) -> Outcome:
    """Five places of the kind she chose. "list", "call" (one was not checked lately), "none", "over" (she saw all).

    "here", "here_call": the same, when it is of no use to ask her where she is.
    """
    near, seen = None, [int(n) for n in args.get("seen") or []]
    if turn.heard.kind == "location" and turn.heard.lat is not None and turn.heard.lon is not None:
        near, seen = (turn.heard.lat, turn.heard.lon), []
        privacy.scrub(turn.arrival)
    category = str(args.get("category", ""))
    tag = str(args.get("tag") or "") if category == "childcare" else ""
    house = await _house(turn)
    found = await places.find(turn.session, house, category, seen, near, tag)
    if not found:
        return Outcome("over" if seen else "none", OVER)
    today = local(turn.now).date()
    told = {"category": category, "tag": tag, "seen": [*seen, *(spot.id for spot in found)], **places.slots(found)}
    fresh = all(places.fresh(spot, today) for spot in found)
    if near is None and await places.pinned(turn.session, house, category):
        return Outcome("list" if fresh else "call", told)
    return Outcome("here" if fresh else "here_call", told)


async def _house(turn: Turn) -> int | None:
    group = await turn.session.get(Group, turn.mother.group_id) if turn.mother.group_id else None
    return group.house_id if group else None


STEPS: dict[str, Effect] = {"places_care": places_care, "places_list": places_list, "places_open": places_open}
