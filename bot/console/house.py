"""The house: is everything running, what went wrong, who did what, and where you yourself are inside."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from bot.care import deeds, health, logins, rough, staff, upkeep
from bot.console import choices_room, team_room
from bot.console.guard import Answering, AnyVisit, Running, cookie_name
from bot.console.page import back, page
from bot.console.words import _, later
from bot.db.models import Staff
from bot.db.notes import noted

router = APIRouter()
router.include_router(team_room.router)
router.include_router(choices_room.router)
ABOUT = {
    "answer": later("antwoord op haar vraag"),
    "reminder": later("herinnering"),
    "announcement": later("aankondiging"),
    "meeting": later("bericht over een bijeenkomst"),
}
CLEARED = {  # what an audit row counts (bot/care/retention.py, backups), in words for staff
    "letters": later("foto’s van brieven"),
    "questions": later("opnames en woorden van vragen"),
    "attendance": later("namen bij bijeenkomsten"),
    "appointments": later("afspraken"),
    "messages": later("woorden die gezegd werden"),
    "words": later("woorden die nog klaarstonden"),
    "arrivals": later("woorden die binnenkwamen"),
    "traces of arrivals": later("regels over wat binnenkwam"),
    "traces of messages": later("regels over wat gezegd werd"),
    "strays": later("bestanden zonder eigenaar"),
    "strangers": later("mensen die nooit ja zeiden"),
    "unreachable": later("moeders die lang weg zijn"),
    "cohorts": later("moeders van een groep die voorbij is"),
    "audit": later("oude regels van dit logboek"),
    "erasures": later("afdrukken van wie vergeten is"),
    "mothers": later("moeders gewist"),
    "backups": later("reservekopieën gemaakt"),
    "rows": later("rijen in de reservekopie"),
    "files": later("bestanden in de reservekopie"),
    "restores": later("keer een reservekopie teruggezet"),
}
TRANSLATOR = {  # why it did not work the last time
    "silent": later("De vertaler antwoordt niet. Vragen komen gewoon binnen, zonder vertaling."),
    "fault": later("De vertaler weigert. Kijk het adres en de sleutel na."),
    "nonsense": later("De vertaler antwoordt met iets dat geen vertaling is. Kijk het adres na."),
}
OLD = dt.timedelta(hours=30)  # a night without a backup, and a morning to see it
LITTLE = 2_000_000_000  # bytes


@router.get("/huis")
async def house(visit: Answering) -> Response:
    """One page, freshly looked up."""
    async with visit.desk.db.begin() as session:
        state = await health.health(session, visit.groups, visit.now)
        people = await staff.team(session, visit.groups)
        kept = await noted(session, "backup")
        translator, translator_why = await rough.state(session)
    fetched = state.fetched + visit.desk.clock.offset if state.fetched else None  # it is noted in real time
    quiet = fetched is not None and visit.now - fetched > health.QUIET
    free = await asyncio.to_thread(_free, visit.desk.media)
    words: dict[str, Any] = {"h": state, "quiet": quiet, "fetched": fetched, "people": people, "about": ABOUT}
    words |= {"names": {g.id: g.name for g in visit.groups}, "translator": translator}
    words["translator_why"] = _(TRANSLATOR[translator_why]) if translator_why in TRANSLATOR else ""
    words |= {"free": free / 1e9, "little": free < LITTLE, "runs": visit.may("house"), **_backup(kept, visit.now)}
    return page("house.html", visit, here="huis", **words)


@router.get("/huis/logboek")
async def log(visit: Running) -> Response:
    """Who changed something about a mother, and when; never what was said."""
    async with visit.desk.db.begin() as session:
        lines = await deeds.listed(session, visit.groups)
        cleared = await upkeep.latest(session)
    return page(
        "log.html", visit, here="huis", lines=lines, days=deeds.KEPT.days, cleared=cleared, cleared_what=CLEARED
    )


@router.get("/toegang")
async def access(visit: AnyVisit) -> Response:
    """The browsers in which this colleague is inside."""
    secret = visit.request.cookies[cookie_name(visit.desk.base)]
    async with visit.desk.db.begin() as session:
        opened = await logins.open_ones(session, visit.me, visit.now)
    rows = [(row, logins.is_this(row, secret)) for row in opened]
    return page("access.html", visit, rows=rows, hours=int(logins.INSIDE.total_seconds() // 3600))


@router.post("/toegang/{number}/einde")
async def end(number: int, visit: AnyVisit) -> Response:
    """Out, in one other browser."""
    async with visit.desk.db.begin() as session:
        me = await session.get_one(Staff, visit.me.id)
        done = await logins.end_one(session, me, number, visit.now)
    return back("/toegang", "toestel-weg" if done else "zelfde")


def _free(folder: Path) -> int:
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free


def _backup(kept: dict[str, object] | None, now: dt.datetime) -> dict[str, object]:
    """saved: when the last good backup was made, None when there was none · stale: too long ago · failed: why the last one failed."""
    at = dt.datetime.fromisoformat(str(kept["at"])) if kept and kept.get("at") else None
    good = bool(kept and kept.get("ok", True)) and at is not None
    return {"saved": at if good else None, "stale": good and at is not None and now - at > OLD,
            "failed": str(kept.get("why", "")) if kept and not good else ""}  # fmt: skip
