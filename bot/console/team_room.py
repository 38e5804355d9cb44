"""The team of a house: who works in which group as what, which languages they lend, and the link that lets somebody in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.care import away, groups, rights, staff
from bot.care.dutch import NotSo
from bot.console.group_room import qr
from bot.console.guard import Running, Visit, there
from bot.console.page import back, page
from bot.console.words import _, in_words
from bot.db.models import Staff
from bot.db.session import Session

LONGEST_NAME = 60
NOBODY = "geen"
router = APIRouter(prefix="/huis/team")


@router.get("")
async def team(visit: Running) -> Response:
    """Everybody of the groups that this colleague runs."""
    return await _list(visit)


@router.post("")
async def add(
    visit: Running,
    naam: Annotated[str, Form()] = "",
    rol: Annotated[str, Form()] = "",
    groep: Annotated[list[int] | None, Form()] = None,
    taal: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """A new colleague, and the link for her telephone."""
    name, theirs = " ".join(naam.split()), [visit.group(number) for number in groep or []]
    if not name or len(name) > LONGEST_NAME:
        return await _list(visit, _("Vul een voornaam in."))
    if not theirs:
        return await _list(visit, _("Kies minstens één groep."))
    if rol not in rights.ROLES:
        raise HTTPException(404)
    async with visit.desk.db.begin() as session:
        code = await staff.add(session, name, rol, theirs, visit.now, langs=_langs(visit, taal))
        link = await groups.link(session, staff.PREFIX + code)
    return _link(visit, name, staff.PREFIX + code, link)


@router.get("/{person}")
async def one(person: int, visit: Running) -> Response:
    """One colleague."""
    return await _form(visit, person)


@router.post("/{person}")
async def change(person: int, visit: Running, request: Request) -> Response:
    """Her languages, and her role in each of the groups that this colleague runs."""
    sent = await request.form()
    roles = {g.id: str(sent.get(f"rol-{g.id}", NOBODY)) for g in visit.groups}
    if any(role not in (*rights.ROLES, NOBODY) for role in roles.values()):
        raise HTTPException(404)
    error = None
    async with visit.desk.db.begin() as session:
        found = await _hers(session, visit, person)
        try:
            await staff.assign(session, found, {n: None if r == NOBODY else r for n, r in roles.items()})
            found.langs = _langs(visit, [str(lang) for lang in sent.getlist("taal")])
            if not await staff.groups_of(session, found):
                await staff.remove(session, found)
        except NotSo as why:
            error = in_words(why)
    return await _form(visit, person, error) if error else back("/huis/team", "team")


@router.post("/{person}/code")
async def renew(person: int, visit: Running) -> Response:
    """A new link, for who lost the first one or has a new telephone; the old one stops."""
    async with visit.desk.db.begin() as session:
        found = await _hers(session, visit, person)
        code = staff.PREFIX + await staff.renew(session, found, visit.now)
        link = await groups.link(session, code)
    return _link(visit, found.name, code, link)


# ---------------------------------------------------------------- step by step


async def _hers(session: Session, visit: Visit, person: int) -> Staff:
    """A colleague of one of the groups that this one runs."""
    mine = {member.person.id for member in await staff.team(session, visit.groups)}
    if person not in mine:
        raise HTTPException(404)
    found: Staff = there(await session.get(Staff, person))
    return found


def _langs(visit: Visit, asked: list[str] | None) -> list[str]:
    return [lang for lang in visit.desk.content.languages if lang in (asked or [])]


def _link(visit: Visit, name: str, code: str, link: str | None) -> Response:
    shown = link or f"/start {code}"
    words: dict[str, Any] = {"name": name, "link": shown, "qr": qr(shown), "days": staff.CODE_DAYS}
    return page("team_link.html", visit, here="huis", **words)


async def _list(visit: Visit, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        members = await staff.team(session, visit.groups)
        absent = {m.person.id: await away.of(session, m.person, visit.now) for m in members}
    words: dict[str, Any] = {"members": members, "absent": absent, "error": error, "rights": rights}
    words["names"] = {group.id: group.name for group in visit.groups}
    tongues = [lang for lang in visit.desk.content.languages.values() if lang.voice_of is None]
    return page("team.html", visit, 422 if error else 200, here="huis", tongues=tongues, **words)


async def _form(visit: Visit, person: int, error: str | None = None) -> Response:
    async with visit.desk.db.begin() as session:
        found = await _hers(session, visit, person)
        member = next(m for m in await staff.team(session, visit.groups) if m.person.id == found.id)
    tongues = [lang for lang in visit.desk.content.languages.values() if lang.voice_of is None]
    words: dict[str, Any] = {"p": found, "member": member, "tongues": tongues, "error": error, "rights": rights}
    return page("team_one.html", visit, 422 if error else 200, here="huis", nobody=NOBODY, **words)
