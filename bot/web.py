"""The web side of a running house: health, the desk in the browser, and Telegram's webhook."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hmac
import socket
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

import uvicorn
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.care import figures
from bot.db.notes import noted
from bot.db.session import database_now
from bot.media import open_store
from bot.settings import ROLES

if TYPE_CHECKING:
    from bot.care.content import Content
    from bot.clock import Clock
    from bot.db.session import Database
    from bot.settings import Settings
    from bot.speech.clips import Clips
    from bot.telegram.intake import Intake

LAST_BREATH = 2.0  # seconds that open pages get to hang up
DATABASE_ANSWERS = 5.0  # seconds
# whose word is taken for who a visitor is: without it all would be one, and one who guesses would keep all out
HERE = "127.0.0.1,::1"
FRONTS = f"{HERE},10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
LONG_AGO = 180.0  # seconds: a long poll lasts 50


def web(
    settings: Settings, db: Database, content: Content, clips: Clips, clock: Clock, intake: Intake, base: str = "",
    roles: Collection[str] = ROLES,
) -> Starlette:  # fmt: skip
    """Health and figures, and as far as it is this process's role: the desk in the browser, and Telegram's webhook.

    base: where staff find the desk, when it is not the usual address.
    """
    routes: list[BaseRoute] = [
        Route(
            "/healthz", functools.partial(_health, db=db, clock=clock, channel=intake.channel, url=settings.public_url)
        ),
        Route("/readyz", functools.partial(_ready, db=db)),
        Route("/metrics", functools.partial(_metrics, db=db, clock=clock, channel=intake.channel)),
    ]
    if settings.public_url and "intake" in roles:
        routes.append(intake.webhook(secret(settings)))
    app = Starlette(routes=routes)
    app.state.hang_up = lambda: None
    if "console" in roles:
        from bot.console.desk import console

        desk = console(
            db, content, clips, settings.data / "media", clock, base or settings.console(), open_store(settings)
        )
        app.mount("", desk)
        app.state.hang_up = desk.state.bus.close
    return app


async def _health(_request: Request, db: Database, clock: Clock, channel: str, url: str | None) -> Response:
    """200 when all is well; 503 and why when Telegram, the database or the store is away, or nobody fetched anything for long."""
    try:
        async with asyncio.timeout(DATABASE_ANSWERS), db.begin() as session:
            rooms = {name: await noted(session, name) or {} for name in ("fetching", "sending")}
            if (store := await noted(session, "media")) is not None:
                rooms["media"] = store
            fetched = await noted(session, f"fetched:{channel}")
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is that it is not well
        said = {"ok": False, "database": {"ok": False, "why": type(error).__name__}}
        return JSONResponse(said, 503)
    ago = figures.age(fetched, clock.now() - clock.offset)
    deaf = not url and ago is not None and ago > LONG_AGO
    ok = all(room.get("ok", True) for room in rooms.values()) and not deaf
    said = {"ok": ok, "database": {"ok": True}, "fetched": fetched, **rooms}
    return JSONResponse(
        said | ({"deaf": "Nobody has asked Telegram for messages lately."} if deaf else {}), 200 if ok else 503
    )


async def _ready(_request: Request, db: Database) -> Response:
    """200 when this process can take what comes: for whoever shares out calls. Telegram or the store being away closes no desk."""
    try:
        async with asyncio.timeout(DATABASE_ANSWERS), db.begin() as session:
            await session.execute(select(1))
    except Exception as error:  # noqa: BLE001 - as above
        return JSONResponse({"ok": False, "why": type(error).__name__}, 503)
    return JSONResponse({"ok": True})


async def _metrics(_request: Request, db: Database, clock: Clock, channel: str) -> Response:
    """How the house is, in the words of Prometheus: numbers only, nobody's name."""
    try:
        async with asyncio.timeout(DATABASE_ANSWERS), db.begin() as session:
            now = await database_now(session, clock)
            found = await figures.figures(session, now, now - clock.offset, channel)
    except Exception:  # noqa: BLE001 - as above
        found = []
    return Response(figures.as_prometheus([figures.Figure("stapsteen_database_up", "The database answers.", bool(found)), *found]),
                    media_type=figures.CONTENT_TYPE)  # fmt: skip


def secret(settings: Settings) -> str:
    """What Telegram repeats with every call: as set, or made from the token, so that it is the same after a restart."""
    if settings.webhook_secret is not None:
        return settings.webhook_secret.get_secret_value()
    token = settings.bot_token.get_secret_value() if settings.bot_token else ""
    return hmac.new(token.encode(), b"stapsteen webhook", "sha256").hexdigest()


class _Server(uvicorn.Server):
    """A web server that leaves the signals to us, and looks up once a second or when it is told to leave: uvicorn does ten times."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.leave = asyncio.Event()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.leave.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def config(app: Any, host: str, port: int, *, behind: bool = False) -> uvicorn.Config:
    """How it is served. behind: a front with HTTPS passes visitors on, from this machine or from our own network, and says who each is."""
    trusted = FRONTS if behind else HERE
    return uvicorn.Config(
        app, host=host, port=port, log_config=None, timeout_graceful_shutdown=1, lifespan="off", forwarded_allow_ips=trusted
    )  # fmt: skip


async def serve(
    app: Any, host: str, port: int, stop: asyncio.Event, door: socket.socket | None = None, *, behind: bool = False
) -> None:
    """Serves until `stop` is set (at `door` when it is open already); open pages are told to hang up, and get a moment."""
    server = _Server(config(app, host, port, behind=behind))
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(server.serve([door] if door else None))
        await stop.wait()
        app.state.hang_up()
        server.should_exit = True
        server.leave.set()
        await asyncio.wait([serving], timeout=LAST_BREATH)
        server.force_exit = True
