"""The group: who is in it, who waits, and the invitation to print, in every language."""

from __future__ import annotations

from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response
from sqlalchemy import select

from bot.care import admitting, groups, meetings, memberships
from bot.console import mothers_room
from bot.console.guard import Answering, Visit
from bot.console.page import back, page
from bot.console.words import _, later
from bot.db.models import Mother
from bot.db.people_models import Found
from bot.db.session import Session

DAYS = (
    later("maandag"),
    later("dinsdag"),
    later("woensdag"),
    later("donderdag"),
    later("vrijdag"),
    later("zaterdag"),
    later("zondag"),
)
SOURCES = {  # how mothers found the group, as counted
    "cradle": "Kind en Gezin",
    "ocmw": "OCMW",
    "house": "Huis van het Kind",
    "lessons": later("de Nederlandse les"),
    "friend": later("een vriendin"),
    "other": later("iets anders"),
}
router = APIRouter()
router.include_router(mothers_room.router)


@router.get("/groep")
async def group(visit: Answering, groep: int | None = None) -> Response:
    """The members and the waiting list of one group."""
    if not visit.groups:
        return page("no_group.html", visit, here="groep")
    found = visit.group(groep) if groep is not None else visit.groups[0]
    async with visit.desk.db.begin() as session:
        lists = {status: await groups.members(session, found.id, status) for status in ("member", "waiting", "stopped")}
        rows = await memberships.of_all(session, [mother for people in lists.values() for mother in people])
        room, links = await memberships.room(session, found), await groups.live_invites(session, found, visit.now)
        planned, counted = await meetings.hours(session, found), await counted_sources(session, found.id)
    days = _(" en ").join(_(DAYS[int(day)]) for day in found.pattern.get("days", []))
    content = visit.desk.content
    words: dict[str, Any] = {"group": found, "members": lists["member"], "waiting": lists["waiting"], "days": days}
    words |= {"stopped": lists["stopped"], "rows": rows, "room": room, "links": links, "planned": planned}
    words |= {"found": counted, "sources": SOURCES}
    tongues = [content.languages[lang] for lang in content.offered]
    return page("group.html", visit, here="groep", tongues=tongues, **words)


@router.post("/groep/{number}/toelaten")
async def admit(number: int, visit: Answering, moeder: Annotated[int, Form()]) -> Response:
    """Off the waiting list."""
    visit.group(number)
    async with visit.desk.db.begin() as session:
        mother = await _waiting(session, visit, number, moeder)
        done = await admitting.admit(
            session, visit.desk.content, mother, visit.now, f"desk:{visit.now.timestamp():.0f}", visit.me
        )
    return back(f"/groep?groep={number}", "toegelaten" if done else "zelfde")


@router.post("/groep/{number}/uitnodiging")
async def invite(number: int, visit: Answering, lang: Annotated[str, Form()] = "") -> Response:
    """A new link as a page to print. Its code is shown this once: only the hash is kept."""
    found, content = visit.group(number), visit.desk.content
    if lang and lang not in content.offered:
        raise HTTPException(404)
    async with visit.desk.db.begin() as session:
        code = await groups.invite(session, found, visit.now, lang=lang or None)
        link = await groups.link(session, code)
    if link is None:
        raise HTTPException(503, _("De bot kent zijn eigen naam nog niet. Probeer het over een minuut opnieuw."))
    tongues = [content.languages[one] for one in ([lang] if lang else content.offered)]
    return page(
        "flyer.html",
        visit,
        here="groep",
        group=found,
        link=link,
        qr=qr(link),
        tongues=tongues,
        days=groups.INVITE_DAYS,
    )


@router.post("/groep/{number}/link/{link}/stop")
async def revoke_one(number: int, link: int, visit: Answering) -> Response:
    """This one link does not work any more."""
    found = visit.group(number)
    async with visit.desk.db.begin() as session:
        if not await groups.revoke(session, found, link, visit.now):
            raise HTTPException(404)
    return back(f"/groep?groep={number}", "link-weg")


@router.post("/groep/{number}/links-stoppen")
async def revoke(number: int, visit: Answering) -> Response:
    """No link of before works any more."""
    found = visit.group(number)
    async with visit.desk.db.begin() as session:
        await groups.revoke_invites(session, found, visit.now)
    return back(f"/groep?groep={number}", "links")


async def counted_sources(session: Session, group_id: int) -> dict[str, int]:
    """How often each way was told; the numbers point at nobody."""
    query = select(Found.source, Found.count).where(Found.group_id == group_id).order_by(Found.count.desc())
    return {row[0]: row[1] for row in await session.execute(query)}


async def _waiting(session: Session, visit: Visit, number: int, mother_id: int) -> Mother:
    mother = await visit.mother(session, mother_id)
    if mother.group_id != number:
        raise HTTPException(404)
    return mother


def qr(link: str) -> str:
    """The code as an address that an <img> can show without asking anybody; error correction M survives a crumpled flyer."""
    return str(segno.make_qr(link, error="m").svg_data_uri(scale=8, border=4))
