"""How many came: after a meeting two taps, the mothers and the children. Counts, and nobody's name."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from bot.care import attendance, headcount, tell
from bot.care.content import Content
from bot.care.desk.here import MENU, Args, Here, to
from bot.db.models import Delivery, Group, Meeting
from bot.db.session import Session
from bot.messages import Button
from bot.speech import spoken

ON_A_ROW = 5
MOST = 15
LATEST = dt.timedelta(hours=6)  # nobody counts from memory the day after; the desk in the browser still asks


async def ask_one(session: Session, content: Content, now: dt.datetime) -> bool:
    """Asks those who lead a group how many came, once after each meeting. True: somebody was asked, come again."""
    for meeting in await _just_over(session, now):
        group = await session.get_one(Group, meeting.group_id)
        key = f"came:{meeting.id}"
        heard = select(Delivery.id).where(Delivery.unique_key.startswith(f"{key}:")).limit(1)
        if group.closed_at is not None or await session.scalar(heard):
            continue
        count = await headcount.headcount(session, meeting.id)
        text = f"{group.name}, {spoken.moment(meeting.starts_at, 'nl', now).shown}. Hoeveel mama’s waren er?"
        rows = _numbers("came_children", MOST, meeting=meeting.id)
        if count.mothers:
            label = f"Zoals verwacht: 👩 {count.mothers} 🧒 {count.children}"
            usual = to(label, "came_noted", meeting=meeting.id, mothers=count.mothers, children=count.children)
            rows = [[usual], *rows]
        told = await tell.group_staff(
            session, group.id, text, key=key, now=now, buttons=tuple(tuple(row) for row in rows)
        )
        if told:
            return True
    return False


async def came(here: Here, args: Args) -> None:
    """Asks anew: somebody tapped the wrong number."""
    found = await here.meeting(args.get("meeting"))
    if found is None or found[0].starts_at > here.now:
        await _gone(here)
        return
    rows = _numbers("came_children", MOST, meeting=found[0].id)
    await here.say(f"{found[1].name}. Hoeveel mama’s waren er?", *rows, [MENU])


async def came_children(here: Here, args: Args) -> None:
    """The mothers are known; now the children. Nobody came: that is all."""
    found = await here.meeting(args.get("meeting"))
    if found is None or found[0].starts_at > here.now:
        await _gone(here)
        return
    mothers = int(args["n"])
    if mothers == 0:
        await noted(here, {"meeting": found[0].id, "mothers": 0, "children": 0})
        return
    rows = _numbers("came_noted", MOST, name="children", meeting=found[0].id, mothers=mothers)
    await here.say(f"{mothers} mama{'’s' if mothers != 1 else ''}. En hoeveel kinderen?", *rows, [MENU])


async def noted(here: Here, args: Args) -> None:
    """Written down; the last one counts."""
    found = await here.meeting(args.get("meeting"))
    if found is None or found[0].starts_at > here.now:
        await _gone(here)
        return
    mothers, children = int(args["mothers"]), int(args["children"])
    await attendance.note(here.session, found[0], mothers, children, here.me, here.now)
    again = to("↩️ Toch anders", "came", meeting=found[0].id)
    await here.say(f"✅ Genoteerd: 👩 {mothers} 🧒 {children}. Alleen de aantallen, geen namen.", [again, MENU])


async def _just_over(session: Session, now: dt.datetime) -> list[Meeting]:
    over = Meeting.state == "planned", Meeting.ends_at <= now, Meeting.ends_at > now - LATEST
    found = list(await session.scalars(select(Meeting).where(*over).order_by(Meeting.ends_at)))
    counted = await attendance.of(session, found)
    return [meeting for meeting in found if meeting.id not in counted]


def _numbers(action: str, most: int, *, name: str = "n", **args: int) -> list[list[Button]]:
    buttons = [to(str(n), action, **{name: n}, **args) for n in range(most + 1)]
    return [buttons[n : n + ON_A_ROW] for n in range(0, len(buttons), ON_A_ROW)]


async def _gone(here: Here) -> None:
    await here.say("Deze bijeenkomst is er niet (meer).", [MENU])
