"""In and out: a one-time link from the bot, opened with one tap, so that a link preview cannot spend it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from bot.care import logins
from bot.console.desk import Desk
from bot.console.guard import AnyVisit, cookie_name
from bot.console.page import PREFIX, back, page
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
    async with desk.db.begin() as session:
        if old := request.cookies.get(cookie_name(desk.base)):
            await logins.leave(session, old, desk.clock.now())
        secret = await logins.enter(session, code, desk.clock.now())
    if secret is None:
        return page("login.html", None, 410, username=None, code=None, spent=True)
    answer = back("/")
    safe = desk.base.startswith("https://")
    answer.set_cookie(
        cookie_name(desk.base),
        secret,
        max_age=int(logins.INSIDE.total_seconds()) * 7,  # the session itself ends earlier, unless it is used
        path="/" if safe else PREFIX,
        secure=safe,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/logout")
async def leave(visit: AnyVisit, everywhere: Annotated[str, Form()] = "") -> Response:
    """Out, on this browser or on all of them."""
    name = cookie_name(visit.desk.base)
    async with visit.desk.db.begin() as session:
        await logins.leave(session, visit.request.cookies[name], visit.now, everywhere=bool(everywhere))
    answer = back("/login")
    answer.delete_cookie(name, path="/" if visit.desk.base.startswith("https://") else PREFIX)
    return answer
