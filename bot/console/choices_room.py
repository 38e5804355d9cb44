"""What a house and its groups choose for themselves, in plain words. What is left alone stays as the environment says."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response
from sqlalchemy import select

from bot.care import hours, memberships, reminders
from bot.care.dutch import NotSo
from bot.console.forms import whole
from bot.console.guard import Running, Visit
from bot.console.page import back, page
from bot.console.words import _, in_words
from bot.db.models import Group, House
from bot.db.people_models import GroupRules
from bot.settings import HOUR

MOST_MOTHERS, MOST_CHILDREN, MOST_TRIAL = 60, 99, 20
router = APIRouter(prefix="/huis/instellingen")


@router.get("")
async def choices(visit: Running) -> Response:
    """The hours of each house, and the size of each group."""
    return await _form(visit)


@router.post("/huis/{house}")
async def of_house(
    house: int,
    visit: Running,
    avond: Annotated[str, Form()] = "",
    minuten: Annotated[str, Form()] = "",
    stil_van: Annotated[str, Form()] = "",
    stil_tot: Annotated[str, Form()] = "",
    weekbericht: Annotated[str, Form()] = "",
) -> Response:
    """When reminders are said, and whether the week comes in Telegram. Reminders that wait move at once."""
    if house not in {group.house_id for group in visit.groups}:
        raise HTTPException(404)
    written = [text[:5] for text in (avond, stil_van, stil_tot)]
    if not all(re.match(HOUR, text) for text in written) or whole(minuten) is None:
        return await _form(visit, _("Vul elk uur in als 18:30, en de minuten als een getal."))
    wanted = hours.Hours(written[0], whole(minuten) or 0, written[1], written[2])
    async with visit.desk.db.begin() as session:
        try:
            moved = await hours.choose(session, house, wanted)
        except NotSo as why:
            error: str | None = in_words(why)
        else:
            error = None
            (await hours.rules(session, house)).digest = bool(weekbericht)
            if moved:
                await reminders.retime_house(session, house, visit.now)
    return await _form(visit, error) if error else back("/huis/instellingen", "bewaard")


@router.post("/groep/{number}")
async def of_group(
    number: int,
    visit: Running,
    moeders: Annotated[str, Form()] = "",
    kinderen: Annotated[str, Form()] = "",
    proef: Annotated[str, Form()] = "",
) -> Response:
    """How many mothers and children there is room for, and after how many meetings a newcomer is asked whether she stays."""
    visit.group(number)
    limits = ((moeders, 1, MOST_MOTHERS), (kinderen, 0, MOST_CHILDREN), (proef or "0", 0, MOST_TRIAL))
    told = [n for text, _low, _high in limits if (n := whole(text)) is not None]
    if len(told) < len(limits) or any(not low <= n <= high for n, (_t, low, high) in zip(told, limits, strict=True)):
        return await _form(
            visit,
            _("Vul getallen in: 1 tot {m} moeders, 0 tot {k} kinderen, 0 tot {p} bijeenkomsten.").format(
                m=MOST_MOTHERS, k=MOST_CHILDREN, p=MOST_TRIAL
            ),
        )
    async with visit.desk.db.begin() as session:
        group = await session.get_one(Group, number)
        group.mothers_max, group.children_max = told[0], told[1]
        row = await session.get(GroupRules, number)
        if row is None:
            session.add(GroupRules(group_id=number, trial_meetings=told[2]))
        else:
            row.trial_meetings = told[2]
    return back("/huis/instellingen", "bewaard")


async def _form(visit: Visit, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        query = select(House).where(House.id.in_({g.house_id for g in visit.groups})).order_by(House.name)
        houses: list[dict[str, Any]] = [
            {
                "house": house,
                "hours": await hours.of_house(session, house.id),
                "usual": hours.usual(session),
                "digest": (await hours.rules(session, house.id)).digest,
            }
            for house in await session.scalars(query)
        ]
        rules = {row.group_id: row.trial_meetings for row in await session.scalars(select(GroupRules))}
        rooms = {group.id: await memberships.room(session, group) for group in visit.groups}
    words = {"houses": houses, "rules": rules, "rooms": rooms, "error": error}
    return page("choices.html", visit, 422 if error else 200, here="huis", **words)
