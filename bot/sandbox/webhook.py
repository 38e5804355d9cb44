"""Webhook delivery: one queue per (chat or user, kind), the next update waits for the 2xx of the one before; secret header; retries.

`patience` scales the pauses between tries (1.0 = Telegram's 2, 4, 8 … 60 s), so that tests need not wait.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from .call import Call
from .chats import World
from .rules import SECRET_TOKEN, bad, conflict
from .updates import Pending

Json = dict[str, Any]
PORTS = (80, 88, 443, 8443)
LOCAL = ("127.0.0.1", "localhost", "::1")
GONE_AFTER = 23 * 3600.0


class Webhook:
    """`run` executes a method that the bot put in its answer; what comes of it is thrown away."""

    def __init__(self, world: World, run: Callable[[Call], Awaitable[Any]], patience: float = 1.0) -> None:
        self.world = world
        self.url = ""
        self.patience = patience
        self._run = run
        self._secret = ""
        self._most = 40
        self._gate = asyncio.Semaphore(40)
        self._lanes: dict[str, deque[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._gone_since: float | None = None
        self.error: tuple[int, str] | None = None

    # ---------------------------------------------------------------- methods

    def set(self, world: World, call: Call) -> bool:
        url, secret = call.text("url"), call.text("secret_token")
        if not url:
            return self.delete(world, call)
        _check_url(url)
        if secret and not SECRET_TOKEN.fullmatch(secret):
            raise bad("secret token contains unallowed characters")
        world.updates.allow(call.names("allowed_updates"))
        world.updates.end_poll(conflict("terminated by setWebhook request"))
        self._stop_lanes()
        if call.flag("drop_pending_updates"):
            world.updates.forget()
        self._most = min(max(call.number("max_connections", 40), 1), 100)
        self._begin(url, secret)
        world.keep.put("meta", "webhook", [url, secret, self._most])
        return True

    def restore(self, row: list[Any]) -> None:
        self._most = int(row[2])
        self._begin(str(row[0]), str(row[1]))

    def _begin(self, url: str, secret: str) -> None:
        self.url, self._secret, self.error, self._gone_since = url, secret, None, None
        self._gate = asyncio.Semaphore(self._most)
        self.world.updates.on_put = self._enqueue
        for what in list(self.world.updates.pending.values()):
            self._enqueue(what)

    def delete(self, world: World, call: Call) -> bool:
        self._stop_lanes()
        self.url = ""
        world.updates.on_put = None
        world.keep.put("meta", "webhook", None)
        if call.flag("drop_pending_updates"):
            world.updates.forget()
        return True

    def info(self, world: World, call: Call) -> Json:
        said: Json = {"url": self.url, "has_custom_certificate": False, "pending_update_count": world.updates.count()}
        if self.url:
            said |= {"max_connections": self._most, "ip_address": "127.0.0.1"}
        if self.error:
            said |= {"last_error_date": self.error[0], "last_error_message": self.error[1]}
        return said | ({"allowed_updates": world.updates.allowed} if world.updates.allowed else {})

    # ---------------------------------------------------------------- delivery

    def _enqueue(self, what: Pending) -> None:
        lane = self._lanes.get(what.lane)
        if lane is not None:
            lane.append(what.update_id)
            return
        self._lanes[what.lane] = deque([what.update_id])
        task = asyncio.create_task(self._drain(what.lane))  # noqa: TID251 - a lane lives as long as it has updates; kept in the set
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _drain(self, name: str) -> None:
        """Delivers one lane until it is empty."""
        lane = self._lanes[name]
        while lane:
            await self._deliver(lane[0])
            lane.popleft()
        del self._lanes[name]

    async def _deliver(self, update_id: int) -> None:
        """Tries until the 2xx, or until the update is too old."""
        tries = 0
        while (what := self.world.updates.pending.get(update_id)) is not None:
            if what.expires <= self.world.now():
                self.world.updates.drop(update_id)
                return
            async with self._gate:
                pause = await self._post(what)
            if pause is None:
                self.world.updates.done(update_id)
                return
            wait = pause or (0.0 if tries == 0 else min(2.0**tries, 60.0))
            tries += 1
            await asyncio.sleep(wait * self.patience)

    async def _post(self, what: Pending) -> float | None:
        """None when it was taken; else the pause the bot asked for, or 0."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        headers = {"Content-Type": "application/json"}
        if self._secret:
            headers["X-Telegram-Bot-Api-Secret-Token"] = self._secret
        try:
            async with self._session.post(
                self.url, data=what.text.encode(), headers=headers, allow_redirects=False
            ) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            self.error = (int(self.world.now()), "Connection refused")
            return 0.0
        if 200 <= answer.status < 300:
            self._gone_since = None
            await self._obey(body)
            return None
        return self._refused(answer)

    def _refused(self, answer: aiohttp.ClientResponse) -> float:
        now = self.world.now()
        self.error = (int(now), f"Wrong response from the webhook: {answer.status} {answer.reason}")
        if answer.status == 410:
            self._gone_since = self._gone_since or now
            if now - self._gone_since >= GONE_AFTER:
                self.url, self.world.updates.on_put = "", None
                self.world.keep.put("meta", "webhook", None)
        asked = answer.headers.get("Retry-After", "")
        return min(float(asked), 3600.0) if asked.isdigit() else 0.0

    async def _obey(self, body: bytes) -> None:
        """A method in the answer is carried out; nobody hears how it went."""
        try:
            said = json.loads(body)
        except ValueError:
            return
        if isinstance(said, dict) and said.get("method"):
            await self._run(Call(str(said["method"]), {k: v for k, v in said.items() if k != "method"}))

    def _stop_lanes(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._lanes.clear()

    async def stop(self) -> None:
        tasks = list(self._tasks)
        self._stop_lanes()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()


def _check_url(url: str) -> None:
    """https on Telegram's ports; on this machine also http on any port. Raises ApiError 400."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise bad("bad webhook: invalid URL specified") from None
    if parts.hostname in LOCAL and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https" or not parts.hostname:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if port not in (None, *PORTS):
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
