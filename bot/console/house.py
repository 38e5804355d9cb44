"""The house: is everything running, what went wrong, and who works here."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from bot.care import health
from bot.console.guard import Answering
from bot.console.page import page
from bot.console.words import later

router = APIRouter(prefix="/huis")
ABOUT = {
    "answer": later("antwoord op haar vraag"),
    "reminder": later("herinnering"),
    "announcement": later("aankondiging"),
    "meeting": later("bericht over een bijeenkomst"),
}


@router.get("")
async def house(visit: Answering) -> Response:
    """One page, freshly looked up."""
    async with visit.desk.db.begin() as session:
        state = await health.health(session, visit.groups, visit.now)
        people = await health.people(session, visit.groups)
    fetched = state.fetched + visit.desk.clock.offset if state.fetched else None  # it is noted in real time
    quiet = fetched is not None and visit.now - fetched > health.QUIET
    return page("house.html", visit, here="huis", h=state, quiet=quiet, fetched=fetched, people=people, about=ABOUT)
