"""Who may come in: every page knows its visitor, nothing may be sent from another site, and the browser is told to be strict."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.care import inbox_lists, logins, rights, staff
from bot.console.words import _, chosen, speak
from bot.db.models import Group, Meeting, Mother, Staff
from bot.db.session import Session

if TYPE_CHECKING:
    from bot.console.desk import Desk

BODY_MAX = 25 * 1024 * 1024
STRICT = {
    "content-security-policy": "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
COOKIE, DOOR = "bureau", "deur"


class NotInside(Exception):
    """This browser is not logged in, or no longer."""


@dataclass
class Visit:
    """One request of a colleague who is inside. groups: those in which this colleague may do what the page is about."""

    desk: Desk
    request: Request
    me: Staff
    groups: list[Group]
    now: dt.datetime
    roles: dict[int, str] = field(default_factory=dict)  # group → this colleague's role there
    urgent: int = 0  # urgent questions that wait for this colleague

    def may(self, right: str, group_id: int | None = None) -> bool:
        """Whether this colleague has this right in that group; without a group: in any. Who has a language may lend a voice."""
        if right == "voices" and self.me.langs:
            return True
        if group_id is not None:
            return rights.may(self.roles.get(group_id, ""), right)
        return any(rights.may(role, right) for role in self.roles.values() or [self.me.role])

    @property
    def answers(self) -> bool:
        """Coordinators and guides see questions and mothers, and change things."""
        return self.may("group")

    @property
    def sees_questions(self) -> bool:
        """An interpreter sees what was handed to her."""
        return self.may("handed")

    def group(self, group_id: int | None) -> Group:
        """One of this colleague's groups. Anything else is "not there", so that nobody learns what exists."""
        found = next((g for g in self.groups if g.id == group_id), None)
        if found is None:
            raise HTTPException(404)
        return found

    async def meeting(self, session: Session, meeting_id: int) -> tuple[Meeting, Group]:
        """A meeting of one of this colleague's groups."""
        found = await session.get(Meeting, meeting_id)
        return there(found), self.group(there(found).group_id)

    async def mother(self, session: Session, mother_id: int) -> Mother:
        """A mother of one of this colleague's groups."""
        found: Mother = there(await session.get(Mother, mother_id))
        self.group(found.group_id)
        return found


def there(found: Any) -> Any:
    """The thing itself; "not there" instead of nothing."""
    if found is None:
        raise HTTPException(404)
    return found


def cookie_name(base: str) -> str:
    """Behind https the browser itself makes sure that the cookie comes from this host alone."""
    return f"__Host-{COOKIE}" if base.startswith("https://") else COOKIE


def door_name(base: str) -> str:
    """The cookie by which a browser is known at the door, before it is inside."""
    return f"__Host-{DOOR}" if base.startswith("https://") else DOOR


async def visit(request: Request) -> Visit:
    """Whose browser this is. Raises NotInside."""
    desk: Desk = request.app.state.desk
    secret, now = request.cookies.get(cookie_name(desk.base), ""), desk.clock.now()
    if not secret:
        raise NotInside
    async with desk.db.begin() as session:
        me = await logins.inside(session, secret, now)
        if me is None:
            raise NotInside
        speak(await chosen(session, me.id), desk.content.folder / "locales")
        groups = await staff.groups_of(session, me, now)
        found = Visit(desk, request, me, groups, now, await rights.in_groups(session, me, groups))
        found.urgent = await inbox_lists.urgent_waiting(session, me, now) if found.sees_questions else 0
        return found


class Needs:
    """Lets in who has this right somewhere, and leaves only the groups in which she has it."""

    def __init__(self, right: str) -> None:
        self.right = right

    async def __call__(self, visitor: Annotated[Visit, Depends(visit)]) -> Visit:
        if not visitor.may(self.right):
            raise HTTPException(403)
        return replace(visitor, groups=[g for g in visitor.groups if visitor.may(self.right, g.id)])


AnyVisit = Annotated[Visit, Depends(Needs("meetings"))]
Answering = Annotated[Visit, Depends(Needs("group"))]
Questioning = Annotated[Visit, Depends(Needs("handed"))]
Running = Annotated[Visit, Depends(Needs("house"))]


class Guard:
    """1. Refuses what another site sends in this browser's name (Sec-Fetch-Site, else Origin).  2. Refuses bodies that are too big.
    3. Puts the strict headers on every answer that does not bring its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        speak("nl", Path())  # a request without a visitor is in Dutch, whoever came before

        async def strict(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                more = [(k.encode(), v.encode()) for k, v in STRICT.items() if k.encode() not in said]
                message["headers"] = [*message["headers"], *more]
            await send(message)

        refusal = _refusal(scope["method"], headers)
        await (refusal or self.app)(scope, receive, strict)


def _refusal(method: str, headers: dict[bytes, bytes]) -> PlainTextResponse | None:
    if method in ("GET", "HEAD", "OPTIONS"):
        return None
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    same = origin is None or origin.split(b"://")[-1] == headers.get(b"host")
    if not (site in (b"same-origin", b"none") if site else same):
        return PlainTextResponse(_("Dit komt van een andere site. Geweigerd."), 403)
    length = headers.get(b"content-length", b"")
    if not length.isdigit():
        return PlainTextResponse(_("Zeg eerst hoe lang het is."), 411)
    return PlainTextResponse(_("Dat is te groot."), 413) if len(length) > 12 or int(length) > BODY_MAX else None
