"""In and out: a one-time link from the bot, or a number that is typed in Telegram. Opened with one tap, so that a link preview cannot
spend it, and tied to the browser that opened it first."""

from __future__ import annotations

import re
import secrets
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.care import knocks, logins
from bot.console.desk import Desk
from bot.console.guard import AnyVisit, cookie_name, door_name
from bot.console.page import PREFIX, back, page
from bot.console.words import _
from bot.db.notes import noted
from bot.db.session import Session

ROBOTS = re.compile(r"bot\b|bot/|preview|crawl|spider|facebookexternalhit|whatsapp|slack", re.IGNORECASE)
DOOR_SECONDS = 15 * 60  # how long a browser is known at the door: a little longer than any link or number
router = APIRouter()


@router.get("/login")
async def how(request: Request) -> Response:
    """How to get in; who is inside already goes on to the desk (also when two questions of the page with the number crossed)."""
    desk: Desk = request.app.state.desk
    if secret := request.cookies.get(cookie_name(desk.base)):
        async with desk.db.begin() as session:
            me = await logins.inside(session, secret, desk.clock.now())
        if me is not None:
            return back("/")
    return await _how(request)


@router.post("/login/getal")
async def knock(request: Request) -> Response:
    """This browser wants in without a link: it gets a number."""
    desk: Desk = request.app.state.desk
    now, address = desk.clock.now(), _address(request)
    browser = request.cookies.get(door_name(desk.base)) or secrets.token_urlsafe(24)
    async with desk.db.begin() as session:
        if not await logins.may_guess(session, address, now):
            raise HTTPException(429, _("Te vaak na elkaar geprobeerd. Wacht tien minuten."))
        await logins.guessed(session, address, now)  # numbers are few: nobody may ask for all of them
        number = await knocks.knock(session, browser, device(request.headers.get("user-agent", "")), now)
        bot = await noted(session, "bot") or {}
    answer = _shown(f"{number[:3]} {number[3:]}", bot.get("username"))
    _set(answer, desk, door_name(desk.base), browser, DOOR_SECONDS)
    return answer


@router.post("/login/getal/binnen")
async def come_in(request: Request, getal: Annotated[str, Form()] = "") -> Response:
    """In, when the colleague has said yes in Telegram; asked again and again by the page with the number (getal: to show it again)."""
    desk: Desk = request.app.state.desk
    browser, now = request.cookies.get(door_name(desk.base), ""), desk.clock.now()
    async with desk.db.begin() as session:
        secret = await knocks.come_in(session, browser, now) if browser else None
        waits = bool(browser) and secret is None and await knocks.waits(session, browser, now)
        if secret is not None:
            await _leave_old(session, request, desk)
    by_script = request.headers.get("hx-request") == "true"
    if waits:
        return (
            Response(status_code=204)
            if by_script
            else _shown(getal if knocks.NUMBER.match(getal) else "", None, early=True)
        )
    if secret is None:
        return (
            Response(status_code=204, headers={"hx-redirect": f"{PREFIX}/login"})
            if by_script
            else await _how(request, 410)
        )
    answer = Response(status_code=204, headers={"hx-redirect": f"{PREFIX}/"}) if by_script else back("/")
    return _welcome(answer, desk, secret)


@router.get("/login/{code}")
async def door(code: str, request: Request, back_again: str = "") -> Response:
    """The link itself: one button. The first browser that comes back with its cookie has the link for itself; robots never do."""
    desk: Desk = request.app.state.desk
    name, agent = door_name(desk.base), request.headers.get("user-agent", "")
    browser = request.cookies.get(name, "")
    if not browser and not back_again and not ROBOTS.search(agent):
        answer = back(f"/login/{code}?back_again=1")
        _set(answer, desk, name, secrets.token_urlsafe(24), DOOR_SECONDS)
        return answer
    if browser and not ROBOTS.search(agent):
        async with desk.db.begin() as session:
            hers = await logins.opened(session, code, browser, desk.clock.now())
        if not hers:
            return await _how(request, 410, elsewhere=True)
    return page("login.html", None, username=None, code=code, spent=False, elsewhere=False)


@router.post("/login/{code}")
async def enter(code: str, request: Request) -> Response:
    """Spends the link, opens a session and hands out its cookie."""
    desk: Desk = request.app.state.desk
    now, address = desk.clock.now(), _address(request)
    browser = request.cookies.get(door_name(desk.base), "")
    async with desk.db.begin() as session:
        if not await logins.may_guess(session, address, now):
            raise HTTPException(429, _("Te veel foute links na elkaar. Wacht tien minuten en vraag dan een nieuwe."))
        secret = await logins.enter(session, code, now, device(request.headers.get("user-agent", "")), browser)
        if secret is None:
            await logins.guessed(session, address, now)
        else:
            await _leave_old(session, request, desk)
    if secret is None:
        return await _how(request, 410)
    return _welcome(back("/"), desk, secret)


async def _how(request: Request, status: int = 200, *, elsewhere: bool = False) -> Response:
    """How to get in; after something that did not work, that first."""
    desk: Desk = request.app.state.desk
    async with desk.db.begin() as session:
        bot = await noted(session, "bot") or {}
    words = {
        "username": bot.get("username"),
        "code": None,
        "spent": status == 410 and not elsewhere,
        "elsewhere": elsewhere,
    }
    return page("login.html", None, status, **words)


def _shown(number: str, username: str | None, *, early: bool = False) -> Response:
    return page("knock.html", None, username=username, number=number, minutes=knocks.MINUTES, early=early)


async def _leave_old(session: Session, request: Request, desk: Desk) -> None:
    """Ends the session that this browser had before: its secret is changed at every login."""
    if old := request.cookies.get(cookie_name(desk.base)):
        await logins.leave(session, old, desk.clock.now())


def _welcome(answer: Response, desk: Desk, secret: str) -> Response:
    """The session itself ends earlier than its cookie, unless it is used."""
    _set(answer, desk, cookie_name(desk.base), secret, int(logins.LONGEST.total_seconds()))
    return answer


def _set(answer: Response, desk: Desk, name: str, value: str, seconds: int) -> None:
    safe = desk.base.startswith("https://")
    path = "/" if safe else PREFIX
    answer.set_cookie(name, value, max_age=seconds, path=path, secure=safe, httponly=True, samesite="lax")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def device(agent: str) -> str:
    """ "Chrome op Android": what a browser says of itself, as its owner would name it; empty when it says nothing known."""
    browsers = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome"}
    browsers |= {"SamsungBrowser": "Samsung Internet", "Chrome": "Chrome", "Safari": "Safari"}
    systems = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "CrOS": "Chromebook"}
    systems |= {"Mac OS X": "Mac", "Linux": "Linux"}
    which = next((name for sign, name in browsers.items() if sign in agent), "")
    where = next((name for sign, name in systems.items() if sign in agent), "")
    return " op ".join(name for name in (which, where) if name)


@router.post("/logout")
async def leave(visit: AnyVisit, everywhere: Annotated[str, Form()] = "") -> Response:
    """Out, on this browser or on all of them."""
    name = cookie_name(visit.desk.base)
    async with visit.desk.db.begin() as session:
        await logins.leave(session, visit.request.cookies[name], visit.now, everywhere=bool(everywhere))
    answer = back("/login")
    answer.delete_cookie(name, path="/" if visit.desk.base.startswith("https://") else PREFIX)
    return answer
