"""The sandbox as one object: build it, start it, stop it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from . import people
from .api import Api
from .chats import Message, Person, World
from .client import Client
from .clockwork import Advance, Clockwork, Move, Moves, Now, machine
from .faults import Fault, Faults
from .keep import Keep
from .proxy import Proxy
from .restore import restore
from .rules import UPLOAD_MAX

PAGE = Path(__file__).resolve().parent / "page"
EPOCH = (
    1_767_225_600  # 2026-01-01: numbers count tenths of a second from here, so they grow over restarts and fit 31 bits
)
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}


class Sandbox:
    """Telegram in a box. Everything about it can be had over HTTP; the methods here are the same, without the wire.

    state: folder for what must outlive a restart, None = memory only. people: rows {"id", "first_name", "language_code", …}.
    now: aware UTC time; moves/move/advance: the demo's clock controls. forward: {"/console": "http://127.0.0.1:8001"}.
    patience scales the pauses between webhook retries.
    """

    def __init__(
        self, port: int = 0, host: str = "127.0.0.1", token: str = "42:SANDBOX", *, state: Path | None = None,
        people: Iterable[Mapping[str, Any]] = (), rate_limits: bool = True, now: Now = machine, moves: Moves | None = None,
        move: Move | None = None, advance: Advance | None = None, forward: Mapping[str, str] | None = None,
        patience: float = 1.0,
    ) -> None:  # fmt: skip
        self.host, self.port, self.token = host, port, token
        self.clock = Clockwork(now, moves, move, advance)
        self.keep = Keep(state)
        first = int((machine().timestamp() - EPOCH) * 10)
        self.world = World(token, self.clock.seconds, self.keep, first, rate_limits)
        self.faults = Faults()
        self.api = Api(self.world, self.faults, patience)
        self._people = list(people)
        self._forward = dict(forward or {})
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._proxy: Proxy | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    async def start(self) -> str:
        """Restores the state, listens, and gives the address."""
        hook = restore(self.world, self.keep)
        self.world.know(self._people)
        self._closing.clear()
        self._runner = web.AppRunner(self._app(), access_log=None, handler_cancellation=True, shutdown_timeout=0.3)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        if hook is not None:
            self.api.webhook.restore(hook)
        return self.url

    async def stop(self) -> None:
        """Hangs up every phone and poll, and closes; within a second."""
        self._closing.set()
        self.world.updates.end_poll(None)
        for bell in self.world.bells.values():
            bell.ring()
        await self.api.webhook.stop()
        if self._proxy is not None:
            await self._proxy.stop()
        if self._runner is not None:
            await self._runner.cleanup()
        self.keep.close()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=UPLOAD_MAX + 1024 * 1024)
        app.add_routes([web.route("*", "/bot{token}/{method}", self.api.handle)])
        app.add_routes([web.get("/file/bot{token}/{path:.+}", self.api.download)])
        app.add_routes(Client(self.world, self.api, self.clock, self._closing).routes())
        app.add_routes([web.get("/", _page), web.get("/page/{path:.+}", _page)])
        if self._forward:
            self._proxy = Proxy(self._forward)
            app.add_routes(self._proxy.routes())
        return app

    # ---------------------------------------------------------------- without the wire

    def person(self, user_id: int) -> Person:
        return self.world.person(user_id)

    def say(self, user_id: int, text: str) -> int | None:
        """A text of this person; gives the update's number."""
        return people.say(self.world, self.world.person(user_id), text)[1]

    def press(self, user_id: int, data: str, message_id: int | None = None) -> int | None:
        """A tap on the newest button with this data."""
        return people.press(self.world, self.world.person(user_id), data, message_id)[1]

    def messages(self, user_id: int) -> list[Message]:
        """Everything in this person's chat that is still there, oldest first."""
        chat = self.world.chats.get(user_id)
        return [m for m in chat.messages.values() if not m.deleted] if chat else []

    def fault(self, kind: str, **more: Any) -> None:
        """Trouble to come: see faults.py."""
        self.faults.add(Fault(kind, **more))

    def calls(self, method: str = "") -> list[dict[str, Any]]:
        """The log of Bot API calls, all or of one method."""
        return [row for row in self.api.log if not method or row["method"].lower() == method.lower()]


async def _page(request: web.Request) -> web.StreamResponse:
    """The phone page and what belongs to it."""
    path = (PAGE / request.match_info.get("path", "index.html")).resolve()
    if not path.is_relative_to(PAGE) or not path.is_file():
        raise web.HTTPNotFound(text="There is no such page.")
    kind = TYPES.get(path.suffix)
    headers = {"Cache-Control": "no-cache"} | ({"Content-Type": f"{kind}; charset=utf-8"} if kind else {})
    return web.FileResponse(path, headers=headers)
