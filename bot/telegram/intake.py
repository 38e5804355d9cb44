"""The door: every update is written down, raw, before Telegram is told that we have it.

Long polling and the webhook end in the same `store`. An update that nobody can read is stored like any other.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hmac
import json
import random
import secrets
import zlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import aiohttp
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.care import outbox
from bot.clock import Clock
from bot.db.models import Arrival
from bot.db.notes import note, noted
from bot.db.session import Database, Session, after, database_now, wake
from bot.db.trouble import complain
from bot.telegram.read import BIGGEST, chat_of

log = structlog.get_logger()

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
LONG_POLL = 50  # seconds: what Telegram allows
SPARE = 10  # seconds that its answer may take beyond what it was asked to wait
OFTEN = dt.timedelta(seconds=10)  # so often it is noted that Telegram could be reached
OUTAGE = dt.timedelta(seconds=150)  # after this long, unread button presses are gone
BODY_LIMIT = 1_000_000
YOUNG = 60.0  # seconds: of two copies, the one that started later gives way
SOON, LATE, LAST = (
    3,
    12,
    24,
)  # conflicts in a row that are borne: young, older, and while a copy that started later is known
TWO_COPIES = (
    "Another copy of this bot is running with the same token, and Telegram serves only one. "
    "Stop the other one, or ask BotFather for a token of its own."
)


class TwoCopies(Exception):
    """Another copy of this bot is running with the same token: this one stops."""


class Trouble(Exception):
    """Telegram could not be asked for updates; ask again after a pause. `status` is the HTTP status, 0 without an answer."""

    def __init__(self, why: str, status: int = 0, after: float | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.after = after


class Intake:
    """Where updates come in. `server` is the address of the Bot API server, `token` is never logged."""

    def __init__(self, db: Database, server: str, token: str, clock: Clock, *, long_poll: int = LONG_POLL) -> None:
        self.db = db
        self.clock = clock
        self.long_poll = long_poll
        self.bot_id = int(token.partition(":")[0])
        self.channel = f"telegram:{self.bot_id}"
        self._copy = f"copy:{self.channel}"
        self._address = f"{server.rstrip('/')}/bot{token}/getUpdates"
        self._offset = 0  # not kept: Telegram sends again what it has no confirmation of, and repeats change nothing
        self._http: aiohttp.ClientSession | None = None
        self._healthy: bool | None = None
        self._noted: dt.datetime | None = None  # when it was last noted that Telegram could be reached
        self._me = secrets.token_hex(8)  # among copies

    # ------------------------------------------------------------ long polling

    async def fetch_once(self) -> int:
        """Ask once, write down what came, and only then move the offset. Says how many were new. Raises Trouble."""
        return await self._take(await self._ask())

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until told to stop. Trouble makes growing pauses; only a second copy ends it, with TwoCopies."""
        started = asyncio.get_running_loop().time()
        failures = conflicts = 0
        self._healthy = None  # another process may have noted something since it was our turn
        await self._note_copy(self._me)
        try:
            while not stop.is_set():
                try:
                    if (updates := await self._ask_until(stop)) is not None:
                        await self._take(updates)
                    failures = conflicts = 0
                except Trouble as trouble:
                    failures += 1
                    # a webhook of before is no copy: `open_house` takes it away, once the voice is warm
                    another = trouble.status == 409 and "webhook is active" not in str(trouble)
                    conflicts = conflicts + 1 if another else 0
                    young = asyncio.get_running_loop().time() - started < YOUNG
                    if conflicts and await self._gives_way(conflicts, young):
                        raise TwoCopies(TWO_COPIES) from None
                    await self._bear(trouble, failures, stop)
                except Exception as error:  # noqa: BLE001 - not confirmed: Telegram sends them again
                    failures += 1
                    complain("arrivals_not_stored", error, failures=failures)
                    await _pause(stop, min(2.0 ** (failures - 1), 15))
        finally:
            await self.close()

    async def _gives_way(self, conflicts: int, young: bool) -> bool:
        """Whether this copy stops, of those on one token.

        With one database the copy that started last is noted there, and only that one stops early. When it has gone and
        there are still two, the next to conflict takes its place. Otherwise who has borne enough conflicts stops: they come
        in turns, and when one has stopped the other hears no more of them.
        """
        if conflicts <= SOON:
            return False
        last = self._me
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self.db.begin() as session:
                last = (await noted(session, self._copy) or {}).get("last", "")
        if not last:
            await self._note_copy(self._me)
            return False
        if conflicts <= (LAST if last != self._me else SOON if young else LATE):
            return False
        if last == self._me:
            await self._note_copy("")
        return True

    async def _note_copy(self, last: str) -> None:
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self.db.begin() as session:
                await note(session, self._copy, {"last": last})

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _take(self, updates: list[Any]) -> int:
        new = await self.store(updates, fetched=True)
        numbers = [u["update_id"] for u in updates if isinstance(u, dict) and _is_whole(u.get("update_id"))]
        if numbers:
            self._offset = max(numbers) + 1
        elif updates:
            raise Trouble("Telegram sent updates without numbers: they are kept, but cannot be confirmed.", 200)
        return new

    async def _ask(self) -> list[Any]:
        """The next updates as Telegram wrote them. Asking with an offset confirms everything below it."""
        if self._http is None:
            self._http = aiohttp.ClientSession()
        form = {"timeout": str(self.long_poll), "allowed_updates": json.dumps(WANTED)}
        form |= {"offset": str(self._offset)} if self._offset else {}
        limit = aiohttp.ClientTimeout(total=self.long_poll + SPARE)
        try:
            async with self._http.post(self._address, data=form, timeout=limit) as answer:
                return _updates(answer.status, await answer.text(errors="replace"))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            # the error's own words would hold the address, and so the token
            raise Trouble(f"Telegram cannot be reached ({type(error).__name__}).") from None

    async def _ask_until(self, stop: asyncio.Event) -> list[Any] | None:
        """Like `_ask`, but given up as soon as the house stops (None): nothing was confirmed by it."""
        result: list[Any] | Trouble | None = None

        async def ask() -> None:
            nonlocal result
            try:
                result = await self._ask()
            except Trouble as trouble:
                result = trouble

        async with asyncio.TaskGroup() as tasks:
            asking, stopping = tasks.create_task(ask()), tasks.create_task(stop.wait())
            await asyncio.wait((asking, stopping), return_when=asyncio.FIRST_COMPLETED)
            asking.cancel()
            stopping.cancel()
        if isinstance(result, Trouble):
            raise result
        return result

    async def _bear(self, trouble: Trouble, failures: int, stop: asyncio.Event) -> None:
        log.warning("fetch_failed", why=str(trouble), status=trouble.status, failures=failures)
        if trouble.status in (401, 404):
            with contextlib.suppress(SQLAlchemyError, OSError):
                async with self.db.begin() as session:
                    await self._note_health(session, str(trouble))
            await _pause(stop, 60)
            return
        chance = random.uniform(0.5, 1.0)  # so that two copies do not keep in step
        most = 10 if trouble.status == 409 else 60  # who won against another copy must not be deaf for long
        await _pause(stop, trouble.after or min(2.0 ** min(failures - 1, 10), most) * chance)

    # ------------------------------------------------------------ webhook

    def webhook(self, secret: str, path: str = "/telegram") -> Route:
        """The route that Telegram calls: 401 wrong secret, 413 too big, 400 not an update, 200 only after the commit."""

        async def receive(request: Request) -> Response:
            said = request.headers.get("x-telegram-bot-api-secret-token", "")
            if not hmac.compare_digest(said.encode("utf-8", "surrogateescape"), secret.encode()):
                return PlainTextResponse("wrong secret", 401)
            body = await _body(request)
            if body is None:
                return PlainTextResponse("too big", 413)
            update = _json(body)
            if not isinstance(update, dict) or not _is_whole(update.get("update_id")):
                return PlainTextResponse("not an update", 400)
            await self.store([update], fetched=True)
            return PlainTextResponse("ok")

        return Route(path, receive, methods=["POST"])

    async def alive(self) -> None:
        """Say that the webhook could be reached until now; a tick calls it, so that an outage can be told from a quiet day."""
        await self.store([], fetched=True)

    # ------------------------------------------------------------ writing down

    async def store(self, updates: list[Any], *, fetched: bool = False) -> int:
        """Write these updates down in one transaction, each once; says how many were new. `fetched`: note the time, too."""
        rows = [_row(self.channel, update) for update in updates]
        try:
            return await self._write(rows, fetched)
        except DBAPIError as error:
            if isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated or not rows:
                raise
            log.exception("batch_refused", number=len(rows))
        return sum([await self._write_alone(row) for row in rows])

    async def _write(self, rows: list[dict[str, Any]], fetched: bool) -> int:
        async with self.db.begin() as session:
            now = await database_now(session, self.clock)
            new = 0
            if rows:
                connection = await session.connection()
                said = [row | {"received_at": now, "due_at": now, "tries": 0} for row in rows]
                new = len((await connection.execute(_written(connection.dialect.name), said)).all())
            if new:
                wake(session, "listener")
            if fetched:
                await self._note_fetch(session, now)
        return new

    async def _write_alone(self, row: dict[str, Any]) -> int:
        try:
            return await self._write([row], False)
        except DBAPIError as error:
            if isinstance(error, (OperationalError, InterfaceError)) or error.connection_invalidated:
                raise
            return await self._write([row | {"raw": {"unreadable": repr(row["raw"])[:10_000]}, "chat_id": None}], False)

    async def _note_fetch(self, session: Session, now: dt.datetime) -> None:
        """Note that Telegram was reached; when that was long ago, ask again what may have been answered into the void."""
        name = f"fetched:{self.channel}"
        real = now - self.clock.offset  # moving the demo's clock is no outage
        if self._noted is not None and abs(real - self._noted) < OFTEN and self._healthy:
            return
        self._noted = real
        before = await noted(session, name)
        away = real - dt.datetime.fromisoformat(before["at"]) if before else dt.timedelta()
        await note(session, name, {"at": real.isoformat()})
        await self._note_health(session, "")
        if away > OUTAGE:
            said = await outbox.ask_again(session, now - away, now)
            log.warning("after_an_outage", seconds=int(away.total_seconds()), asked_again=said)

    async def _note_health(self, session: Session, why: str) -> None:
        if self._healthy is not (not why):
            await note(session, "fetching", {"ok": not why, "why": why, "at": self.clock.now().isoformat()})
            after(session, lambda: setattr(self, "_healthy", not why))


@cache
def _written(database: str) -> Any:
    """The INSERT of whatever is new, made once."""
    table: Any = Arrival.__table__
    kind: Any = postgresql.insert if database == "postgresql" else sqlite.insert
    return kind(table).on_conflict_do_nothing(index_elements=["channel", "update_id"]).returning(table.c.id)


def _updates(status: int, text: str) -> list[Any]:
    said = _json(text)
    if status == 200 and isinstance(said, dict) and isinstance(said.get("result"), list):
        return list(said["result"])
    said = said if isinstance(said, dict) else {}
    if status in (401, 404):
        raise Trouble("Telegram does not know this token: it is wrong or was revoked.", status)
    after = said["parameters"].get("retry_after") if isinstance(said.get("parameters"), dict) else None
    raise Trouble(f"Telegram answered {status}: {str(said.get('description', 'no reason'))[:200]}", status, after)


def _row(channel: str, update: Any) -> dict[str, Any]:
    """What is stored of an update: all of it, even when it is not what Telegram promises."""
    raw = update if isinstance(update, dict) else {"unreadable": update}
    number = raw.get("update_id")
    if not _is_whole(number):
        number = -zlib.crc32(repr(update).encode(errors="replace")) - 1
    return {"channel": channel, "update_id": number, "chat_id": chat_of(raw), "raw": _storable(raw)}


def _storable(raw: Mapping[str, Any]) -> Any:
    """The same, without half of a surrogate pair, which no database takes."""
    text = json.dumps(raw, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return raw


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= BIGGEST


def _json(text: str | bytes) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


async def _body(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            return None
    return body


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
