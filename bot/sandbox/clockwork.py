"""The sandbox's clock: the machine's or the caller's, and the hands that move it."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from .rules import Unclear

Json = dict[str, Any]
Now = Callable[[], dt.datetime]
Moves = Callable[[], Sequence[Mapping[str, str]] | Awaitable[Sequence[Mapping[str, str]]]]
Move = Callable[[str], Awaitable[None]]
Advance = Callable[[float], Awaitable[None] | None]


def machine() -> dt.datetime:
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - the sandbox imports nothing of ours, so it asks the machine itself


class Clockwork:
    """now in seconds since 1970. `advance` moves the caller's clock; without it the sandbox adds to what now() says."""

    def __init__(
        self, now: Now = machine, moves: Moves | None = None, move: Move | None = None, advance: Advance | None = None
    ) -> None:
        self._now = now
        self._moves = moves
        self._move = move
        self._advance = advance
        self.offset = 0.0

    def seconds(self) -> float:
        return self._now().timestamp() + self.offset

    async def face(self) -> Json:
        """The time and the moves on offer."""
        found = self._moves() if self._moves else []
        moves = await found if inspect.isawaitable(found) else found
        at = dt.datetime.fromtimestamp(self.seconds(), dt.UTC)
        return {"now": at.isoformat(timespec="seconds"), "moves": [dict(m) for m in moves]}

    async def turn(self, said: Json) -> None:
        """{"move": id} or {"seconds": n}. Raises Unclear."""
        if said.get("move"):
            if self._move is None:
                raise Unclear("This clock has no moves; give seconds.", 404)
            await self._move(str(said["move"]))
        elif said.get("seconds"):
            moved = self.advance(float(said["seconds"]))
            if moved is not None:
                await moved
        else:
            raise Unclear("Give move (an id) or seconds.")

    def advance(self, seconds: float) -> Awaitable[None] | None:
        """On by so many seconds; what comes back, if anything, is to be awaited."""
        if self._advance is not None:
            return self._advance(seconds)
        self.offset += seconds
        return None
