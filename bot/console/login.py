"""In and out: a one-time link from the bot, opened with one tap, so that a link preview cannot spend it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from bot.care import logins
from bot.console.desk import Desk
from bot.console.guard import AnyVisit, cookie_name
from bot.console.page import PREFIX, back, page
from bot.console.words import _
from bot.db.notes import noted

router = APIRouter()


@router.get("/login")
async def how(request: Request) -> Response:
    """How to get in."""
    desk: Desk = request.app.state.desk
    async with desk.db.begin() as session:
        bot = await noted(session, "bot") or {}
    return page("login.html", None, username=bot.get("username"), code=None, spent=False)


@router.get("/login/{code}")
async def door(code: str) -> Response:
    """The link itself: one button."""
    return page("login.html", None, username=None, code=code, spent=False)


@router.post("/login/{code}")
async def enter(code: str, request: Request) -> Response:
    """Spends the link, opens a session and hands out its cookie."""
    desk: Desk = request.app.state.desk
    now, address = desk.clock.now(), request.client.host if request.client else ""
    async with desk.db.begin() as session:
        if not await logins.may_guess(session, address, now):
            raise HTTPException(429, _("Te veel foute links na elkaar. Wacht tien minuten en vraag dan een nieuwe."))
        secret = await logins.enter(session, code, now, device(request.headers.get("user-agent", "")))
        if secret is None:
            await logins.guessed(session, address, now)
        elif old := request.cookies.get(cookie_name(desk.base)):
            await logins.leave(session, old, now)
    if secret is None:
        return page("login.html", None, 410, username=None, code=None, spent=True)
    answer = back("/")
    safe = desk.base.startswith("https://")
    answer.set_cookie(
        cookie_name(desk.base),
        secret,
        max_age=int(logins.LONGEST.total_seconds()),  # the session itself ends earlier, unless it is used
        path="/" if safe else PREFIX,
        secure=safe,
        httponly=True,
        samesite="lax",
    )
    return answer


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
