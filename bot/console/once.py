"""A button pressed twice makes one thing: what a form has made already is shown again, and not made again.

A form that makes something new carries a word of its own in its address (`{{ once() }}`, another on every page). The first
to come with it and the same contents claims it by a row; who comes after waits for that one, and gets what it got.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from email.message import Message as Mail
from urllib.parse import parse_qs

from sqlalchemy import delete, select
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.console.desk import Desk
from bot.db.models import Note
from bot.db.notes import insert, note, noted
from bot.db.session import Session

NAME, WORD = "once:", "eens"
KEPT = dt.timedelta(minutes=10)
PAGES, PATIENCE, LOOK = (
    8,
    15.0,
    0.1,
)  # pages that are kept; how long the second waits for the first, and how often it looks (s)


@dataclass
class Answer:
    """What the application answered, whole."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""

    @property
    def where(self) -> str:
        """The page it leads to; empty when it is a page itself."""
        found = dict(self.headers).get(b"location", b"").decode()
        return found if self.status == 303 and not found.endswith("/login") else ""


def once() -> str:
    """What a form that makes something new has behind its address."""
    return f"?{WORD}={secrets.token_urlsafe(9)}"


class Once:
    """1. Claim.  2. Somebody else's: wait, and answer what that one was answered.  3. Mine: let it be done.
    4. Something was made: note where it is shown. Nothing was made (a mistake in the form): the claim is let go."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app, self.desk = app, desk
        self.pages: OrderedDict[str, Answer] = OrderedDict()  # shown this once, such as a link: only in this process

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        word = parse_qs(scope.get("query_string", b"").decode("latin-1")).get(WORD, [""])[0]
        if scope["type"] != "http" or scope["method"] != "POST" or not word:
            await self.app(scope, receive, send)
            return
        body = await _all(receive)
        name = NAME + _print(scope, body)
        if not await self._claim(name):
            answer = await self._of_the_first(name)
            if answer is not None:
                await _say(answer, send)
                return
        answer = await self._done(name, scope, body)
        await _say(answer, send)

    async def _done(self, name: str, scope: Scope, body: bytes) -> Answer:
        made = False
        try:
            answer = await _ask(self.app, scope, body)
            made = answer.status == 200 or bool(answer.where)
        finally:
            async with self.desk.db.begin() as session:
                if made:
                    await note(session, name, {"to": answer.where, "at": self.desk.clock.now().isoformat()})
                else:
                    await session.execute(delete(Note).where(Note.name == name))
        if made and not answer.where:
            self.pages[name] = answer
            while len(self.pages) > PAGES:
                self.pages.popitem(last=False)
        return answer

    async def _claim(self, name: str) -> bool:
        now = self.desk.clock.now()
        async with self.desk.db.begin() as session:
            await _forget(session, now)
            mine = insert(session, Note).values(name=name, value={"at": now.isoformat()}).on_conflict_do_nothing()
            return (await session.execute(mine.returning(Note.name))).first() is not None

    async def _of_the_first(self, name: str) -> Answer | None:
        """None: the first one made nothing, or never came to its end."""
        for _ in range(round(PATIENCE / LOOK)):
            async with self.desk.db.begin() as session:
                found = await noted(session, name)
            if found is None:
                return None
            if where := str(found.get("to", "")):
                return Answer(303, [(b"location", where.encode()), (b"content-length", b"0")])
            if name in self.pages:
                return self.pages[name]
            if "to" in found:
                break
            await asyncio.sleep(LOOK)
        return None


def _print(scope: Scope, body: bytes) -> str:
    """What tells this form with these contents from any other; a browser separates the parts of a form anew each time."""
    headers, mail = dict(scope["headers"]), Mail()
    mail["content-type"] = headers.get(b"content-type", b"").decode("latin-1")
    between = str(mail.get_param("boundary") or "").encode()
    same = body.replace(between, b"") if between else body
    parts = (headers.get(b"cookie", b""), scope["path"].encode(), scope["query_string"], same)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:48]


async def _forget(session: Session, now: dt.datetime) -> None:
    for row in await session.scalars(select(Note).where(Note.name.startswith(NAME))):
        if dt.datetime.fromisoformat(row.value["at"]) < now - KEPT:
            await session.delete(row)
    await session.flush()


async def _all(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return b"".join(parts)


async def _ask(app: ASGIApp, scope: Scope, body: bytes) -> Answer:
    told: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
    answer = Answer(500, [])

    async def receive() -> Message:
        return told.pop() if told else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message["headers"])
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


async def _say(answer: Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})
