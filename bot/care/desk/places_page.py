"""Addresses to check: places in the neighbourhood that nobody checked for half a year, one tap each."""

from __future__ import annotations

from bot.care import places
from bot.care.desk.here import CHOICES, MENU, Args, Here, to
from bot.db.place_models import Spot
from bot.messages import Button

HALF = CHOICES // 2  # each place has two buttons


async def places_(here: Here, args: Args) -> None:
    """The places to check, the oldest first."""
    here.wait_for_nothing()
    old = await _old(here)
    if not old:
        await here.say("✅ Alle adressen zijn nagekeken.", [MENU])
        return
    shown = old[:HALF]
    lines = [f"{n}. {spot.name}\n   {places.address(spot)}\n   {_since(spot)}" for n, spot in enumerate(shown, start=1)]
    rows = [
        [to(f"✅ {n} klopt", "place_right", spot=spot.id), to(f"🗑 {n} is weg", "place_over", spot=spot.id)]
        for n, spot in enumerate(shown, start=1)
    ]
    head = f"📍 Adressen nakijken: {len(old)}. Bel of ga langs. Moeders horen nu “bel eerst”."
    await here.say("\n\n".join([head, *lines]), *rows, [MENU])


async def place_right(here: Here, args: Args) -> None:
    """It is right as it stands: checked today."""
    spot = await _spot(here, args)
    if spot is not None:
        spot.last_checked = here.today
        await here.session.flush()
    await places_(here, {})


async def place_over(here: Here, args: Args) -> None:
    """It no longer exists; asked once more, for it is gone for everybody."""
    spot = await _spot(here, args)
    if spot is None:
        await places_(here, {})
        return
    sure = to("Ja, haal weg", "place_over_sure", spot=spot.id)
    await here.say(f"{spot.name}: uit de lijst halen?", [sure, to("↩️ Nee", "places")])


async def place_over_sure(here: Here, args: Args) -> None:
    spot = await _spot(here, args)
    if spot is not None:
        await here.session.delete(spot)
        await here.session.flush()
    await places_(here, {})


async def row(here: Here) -> list[list[Button]]:
    """The way in from the menu, when there is something to check."""
    old = await _old(here)
    return [[to(f"📍 Adressen nakijken ({len(old)})", "places")]] if old else []


# ---------------------------------------------------------------- step by step


async def _old(here: Here) -> list[Spot]:
    return await places.stale(here.session, [group.house_id for group in here.groups], here.today)


async def _spot(here: Here, args: Args) -> Spot | None:
    """A place of one of this colleague's houses, or of all houses."""
    found = await here.session.get(Spot, args.get("spot") or 0)
    houses = {None, *(group.house_id for group in here.groups)}
    return found if found and found.house_id in houses else None


def _since(spot: Spot) -> str:
    return f"nagekeken op {spot.last_checked:%d/%m/%Y}" if spot.last_checked else "nog nooit nagekeken"
