"""The queue between Telegram and one bot: numbered, confirmed by offset, kept 24 h, button presses 150 s; one poller at a time.

Numbers start high and with the time, so that a sandbox that forgot everything never repeats a number to a bot that did not.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from .keep import Keep
from .numbers import Counter
from .rules import (
    LONG_POLL_MAX,
    MESSAGE_KEPT,
    NOT_BY_DEFAULT,
    OTHER_POLLER,
    PRESS_KEPT,
    UPDATE_KINDS,
    ApiError,
    conflict,
)

BATCH_PAUSE = 0.001
TOO_SOON = 3.0


@dataclass(slots=True)
class Pending:
    """One update as it will travel: frozen when it happened, because messages change later."""

    update_id: int
    kind: str
    lane: str
    expires: float
    text: str


class Updates:
    """now() in seconds by the sandbox's clock; `first` is the first number."""

    def __init__(self, now: Callable[[], float], keep: Keep, first: int) -> None:
        self._now = now
        self._keep = keep
        self.ids = Counter(keep, "update", first)
        self.pending: OrderedDict[int, Pending] = OrderedDict()
        self.too_old: list[Pending] = []  # nobody asked for them in time: the bot will never hear of them
        self.allowed: list[str] = []
        self.on_put: Callable[[Pending], None] | None = None
        self.seconds: Callable[[], float] = monotonic  # what the brake goes by: real time, not the sandbox's clock
        self._poller: asyncio.Future[ApiError | None] | None = None
        self._last_poll: tuple[int, float] = (0, -TOO_SOON)

    @property
    def polled(self) -> bool:
        """Whether somebody is waiting for updates now, in a long poll."""
        return self._poller is not None

    def wanted(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT

    def allow(self, kinds: list[str] | None) -> None:
        """None leaves the choice as it was; an empty list is the default choice."""
        if kinds is not None:
            self.allowed = [k for k in kinds if k in UPDATE_KINDS]
            self._keep.put("meta", "allowed", self.allowed)

    def put(self, kind: str, body: dict[str, Any], lane: int) -> int | None:
        """Queues an update of this kind; `lane` is the chat or user whose order counts. None when the bot does not want it."""
        if not self.wanted(kind):
            return None
        update_id = self.ids.take()
        kept = PRESS_KEPT if kind == "callback_query" else MESSAGE_KEPT
        text = json.dumps({"update_id": update_id, kind: body}, ensure_ascii=False, separators=(",", ":"))
        what = Pending(
            update_id, kind, f"{lane}:{'press' if kind == 'callback_query' else 'chat'}", self._now() + kept, text
        )
        self.pending[update_id] = what
        self._keep.put("update", update_id, [kind, what.lane, what.expires, text])
        if self.on_put is not None:
            self.on_put(what)
        elif self._poller is not None:
            asyncio.get_running_loop().call_later(BATCH_PAUSE, self._wake, self._poller)
        return update_id

    def restore(self, update_id: int, row: list[Any]) -> None:
        kind, lane, expires, text = row
        self.pending[update_id] = Pending(update_id, kind, lane, expires, text)

    def done(self, update_id: int) -> None:
        """Confirmed, delivered or expired: gone."""
        if self.pending.pop(update_id, None) is not None:
            self._keep.put("update", update_id, None)

    def drop(self, update_id: int) -> None:
        """It was kept for as long as Telegram keeps such a thing, in vain."""
        if (what := self.pending.get(update_id)) is not None:
            self.too_old.append(what)
            self.done(update_id)

    def forget(self) -> None:
        """drop_pending_updates."""
        for update_id in list(self.pending):
            self.done(update_id)

    def count(self) -> int:
        """How many wait, without those that are too old."""
        now = self._now()
        for update_id in [p.update_id for p in self.pending.values() if p.expires <= now]:
            self.drop(update_id)
        return len(self.pending)

    async def get(self, offset: int, limit: int, timeout: int) -> list[str]:
        """getUpdates: confirms what lies below offset, then the next ones, waiting up to `timeout` seconds for the first."""
        limit, timeout = min(max(limit, 1), 100), min(max(timeout, 0), LONG_POLL_MAX)
        limit, timeout = self._not_too_often(offset, limit, timeout)
        self.end_poll(conflict(OTHER_POLLER))
        offset = self._confirm(offset)
        found = self._take(offset, limit)
        if found or timeout == 0:
            return found
        await self._wait(timeout)
        return self._take(offset, limit)

    def _not_too_often(self, offset: int, limit: int, timeout: int) -> tuple[int, int]:
        """The brake on a bot that asks in circles: the same offset within 3 s waits 3 s, within half a second gets one update."""
        now = self.seconds()
        last_offset, last_at = self._last_poll
        self._last_poll = (offset, now)
        if offset != last_offset:
            return limit, timeout
        return 1 if now < last_at + 0.5 else limit, 3 if timeout < 3 and now < last_at + TOO_SOON else timeout

    def _confirm(self, offset: int) -> int:
        """Forgets everything below offset and gives the offset in force; a negative one counts from the end."""
        if offset < 0:
            self.count()
            keep_from = list(self.pending)[offset:]
            offset = keep_from[0] if keep_from else self.ids.coming
        while self.pending and (first := next(iter(self.pending))) < offset:
            self.done(first)
        return offset

    def _take(self, offset: int, limit: int) -> list[str]:
        now, found, stale = self._now(), [], []
        for what in self.pending.values():
            if what.expires <= now:
                stale.append(what.update_id)
            elif what.update_id >= offset:
                found.append(what.text)
                if len(found) == limit:
                    break
        for update_id in stale:
            self.drop(update_id)
        return found

    async def _wait(self, timeout: float) -> None:
        mine: asyncio.Future[ApiError | None] = asyncio.get_running_loop().create_future()
        self._poller = mine
        try:
            async with asyncio.timeout(timeout):
                ended = await mine
        except TimeoutError:
            return
        finally:
            if self._poller is mine:
                self._poller = None
        if ended is not None:
            raise ended

    def _wake(self, poller: asyncio.Future[ApiError | None]) -> None:
        if not poller.done():
            poller.set_result(None)

    def end_poll(self, why: ApiError | None) -> None:
        """Ends the long poll that is open, if there is one."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(why)
        self._poller = None
