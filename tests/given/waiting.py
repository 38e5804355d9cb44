"""Given: a way to wait for what something else does in its own time, and that stays once it is so."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable

LONG = 90.0  # seconds: far more than a loaded machine needs, and less than what ends a test


async def until(true: Callable[[], object], seconds: float = LONG, pause: float = 0.02) -> None:
    """Look again and again until it is true; `true` may be a coroutine function. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await _seen(true):  # noqa: ASYNC110 - another program, or another room, decides when
            await asyncio.sleep(pause)


async def _seen(true: Callable[[], object]) -> object:
    found = true()
    return await found if inspect.isawaitable(found) else found
