"""Given: a way to wait for what something else does in its own time, and that stays once it is so."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TypeVar, overload

T = TypeVar("T")
LONG = 120.0  # seconds: far more than a loaded machine needs, and less than what ends a test
LATE = "It never came true."


@overload
async def until(
    look: Callable[[], Awaitable[T]], why: str | Callable[[], str] = ..., *, seconds: float = ..., pause: float = ...
) -> T: ...
@overload
async def until(
    look: Callable[[], T], why: str | Callable[[], str] = ..., *, seconds: float = ..., pause: float = ...
) -> T: ...
async def until(
    look: Callable[[], object], why: str | Callable[[], str] = LATE, *, seconds: float = LONG, pause: float = 0.02
) -> object:
    """What `look` (a coroutine function, or a plain one) gives, once that is something. AssertionError with `why` when it never is."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            while not (found := await _seen(look)):  # noqa: ASYNC110 - another program, or another room, decides when
                await asyncio.sleep(pause)
    except TimeoutError:
        if not limit.expired():  # its own, of what it looks at
            raise
        raise AssertionError(why if isinstance(why, str) else why()) from None
    return found


async def _seen(look: Callable[[], object]) -> object:
    found = look()
    return await found if inspect.isawaitable(found) else found
