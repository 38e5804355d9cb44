"""The web side of a running house: health, the desk in the browser, and Telegram's webhook."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.db.notes import noted

if TYPE_CHECKING:
    from bot.care.content import Content
    from bot.clock import Clock
    from bot.db.session import Database
    from bot.settings import Settings
    from bot.speech.clips import Clips
    from bot.telegram.intake import Intake

LAST_BREATH = 2.0  # seconds that open pages get to hang up


def web(
    settings: Settings, db: Database, content: Content, clips: Clips, clock: Clock, intake: Intake, base: str = ""
) -> Starlette:
    """Health, the desk in the browser, and Telegram's webhook when there is a public address. base: where staff find it."""
    from bot.console.desk import console

    desk = console(db, content, clips, settings.data / "media", clock, base or settings.console())

    async def health(_request: Request) -> Response:
        async with db.begin() as session:
            rooms = {name: await noted(session, name) or {} for name in ("fetching", "sending")}
            fetched = await noted(session, f"fetched:{intake.channel}")
        ok = all(room.get("ok", True) for room in rooms.values())
        return JSONResponse({"ok": ok, "fetched": fetched, **rooms}, 200 if ok else 503)

    hook: list[BaseRoute] = [intake.webhook(secret(settings))] if settings.public_url else []
    app = Starlette(routes=[Route("/healthz", health), *hook, Mount("", desk)])
    app.state.hang_up = desk.state.bus.close
    return app


def secret(settings: Settings) -> str:
    """What Telegram repeats with every call: as set, or made from the token, so that it is the same after a restart."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    token = settings.bot_token.get_secret_value() if settings.bot_token else ""
    return hmac.new(token.encode(), b"stapsteen webhook", "sha256").hexdigest()


class _Server(uvicorn.Server):
    """A web server that leaves the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(app: Any, host: str, port: int, stop: asyncio.Event, door: socket.socket | None = None) -> None:
    """Serves until `stop` is set (at `door` when it is open already); open pages are told to hang up, and get a moment."""
    config = uvicorn.Config(app, host=host, port=port, log_config=None, timeout_graceful_shutdown=1, lifespan="off")
    server = _Server(config)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve([door] if door else None))
        await stop.wait()
        app.state.hang_up()
        server.should_exit = True
        await asyncio.wait([serving], timeout=LAST_BREATH)
        server.force_exit = True
