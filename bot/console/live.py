"""Live pages: the stream says only that something changed, and the page fetches itself anew. Nothing is lost when it was asleep."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi.sse import ServerSentEvent

FRESH = 20.0  # seconds: waiting times grow, and another process may have changed something


class Bus:
    """Tells every open page that something changed. It carries no data."""

    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[None]] = set()
        self._closed = False

    def changed(self, names: set[str]) -> None:
        """A listener for `Database.on_commit`."""
        if "inbox" in names:
            self._ring()

    def close(self) -> None:
        """Ends all streams: an open page must not keep the house from stopping."""
        self._closed = True
        self._ring()

    async def listen(self) -> AsyncIterator[ServerSentEvent]:
        """One event at once (so that a page that reconnects is up to date), then one for every change."""
        queue: asyncio.Queue[None] = asyncio.Queue(1)
        self._queues.add(queue)
        try:
            while not self._closed:
                yield ServerSentEvent(event="changed", raw_data="1")
                try:
                    await asyncio.wait_for(queue.get(), FRESH)
                except TimeoutError:
                    continue
        finally:
            self._queues.discard(queue)

    def _ring(self) -> None:
        for queue in list(self._queues):
            if not queue.full():
                queue.put_nowait(None)
