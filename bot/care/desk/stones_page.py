"""Stepping stones at the desk in Telegram: where each mother stands on the way to childcare, and one step on or back."""

from __future__ import annotations

from bot.care import groups, stones
from bot.care.desk.here import CHOICES, MENU, Args, Here, to
from bot.db.models import Mother

BEFORE = "nog niet begonnen"


async def all_of(here: Here, args: Args) -> None:
    """Everybody of a group with her stone. begin: how many to skip."""
    here.wait_for_nothing()
    group = await here.group(args.get("group")) or (here.groups[0] if len(here.groups) == 1 else None)
    if group is None:
        rows = [[to(g.name, "stones", group=g.id)] for g in here.groups]
        await here.say("Van welke groep?" if rows else "Je hebt nog geen groep.", *rows, [MENU])
        return
    members, begin = await groups.members(here.session, group.id), int(args.get("begin", 0))
    where = await stones.of_all(here.session, group.id)
    titles = {step.id: step.title for step in await stones.path(here.session, here.content, group.id)}
    shown = members[begin : begin + CHOICES]
    rows = [[to(f"{name(m)}: {titles.get(where.get(m.id, ''), BEFORE)}", "stone", mother=m.id)] for m in shown]
    more = [to("Meer …", "stones", group=group.id, begin=begin + CHOICES)] if members[begin + CHOICES :] else []
    text = f"🐾 {group.name}: waar staat elke moeder op weg naar de opvang? Kies wie een stap zet."
    await here.say(text if rows else f"{group.name} heeft nog geen moeders.", *rows, more, [MENU])


async def one(here: Here, args: Args) -> None:
    """One mother: the stone she stands on, the next and the one before."""
    mother = await _member(here, args)
    if mother is not None:
        await _show(here, mother, "")


async def move(here: Here, args: Args) -> None:
    """Sets her on a stone (none: before the first); she sees and hears where she is."""
    mother = await _member(here, args)
    if mother is None:
        return
    stone = str(args.get("stone") or "") or None
    try:
        moved = await stones.move(here.session, here.content, mother, stone, here.now, by=here.me)
    except ValueError:
        moved = False  # the path was changed meanwhile: what is there now is shown
    said = "✅ Zij ziet en hoort nu waar ze is." if moved and stone else "✅ Teruggezet." if moved else ""
    await _show(here, mother, said)


def name(mother: Mother) -> str:
    return mother.first_name or "een moeder"


async def _member(here: Here, args: Args) -> Mother | None:
    mother = await here.mother(args.get("mother"))
    if mother is None or mother.status != "member":
        await here.say("Zij is niet meer in de groep.", [MENU])
        return None
    return mother


async def _show(here: Here, mother: Mother, said: str) -> None:
    path = [step for step in await stones.path(here.session, here.content, mother.group_id) if not step.hidden]
    stands = await stones.of(here.session, mother)
    at = next((n for n, step in enumerate(path) if step.id == stands), -1)
    dots = "".join("🟢" if n <= at else "⚪" for n in range(len(path)))
    text = f"{said}\n{name(mother)}: {path[at].title if at >= 0 else BEFORE}\n{dots}".strip()
    on = [to(f"➡️ {path[at + 1].title}", "stone_to", mother=mother.id, stone=path[at + 1].id)] if path[at + 1 :] else []
    before = path[at - 1] if at > 0 else None
    title, stone = (before.title, before.id) if before else (BEFORE, "")
    back = [to(f"⬅️ {title}", "stone_to", mother=mother.id, stone=stone)] if at >= 0 else []
    await here.say(text, on, back, [to("Alle moeders", "stones", group=mother.group_id), MENU])


ACTIONS = {"stones": all_of, "stone": one, "stone_to": move}
