"""How fast a bot may talk: 30 messages a second overall, 1 a second in one chat after a short burst, 20 a minute in a group.

Telegram says "about" and "short bursts"; the figures here are at the strict side of what is seen. Real seconds, not the demo's clock.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from time import monotonic

from .rules import too_many

OVERALL_PER_SECOND = 30
CHAT_BURST = 5
GROUP_PER_MINUTE = 20


class Pace:
    """Counts what went out; `admit` raises 429 with `retry_after` (whole seconds) when a message comes too soon."""

    def __init__(self, on: bool = True, clock: Callable[[], float] = monotonic) -> None:
        self.on = on
        self._clock = clock
        self._overall: deque[float] = deque(maxlen=OVERALL_PER_SECOND)
        self._buckets: dict[int, tuple[float, float]] = {}
        self._groups: dict[int, deque[float]] = {}

    def admit(self, chat_id: int, group: bool, messages: int = 1) -> None:
        """Takes `messages` from every limit, or raises and takes from none."""
        if not self.on:
            return
        now = self._clock()
        wait = max(self._wait_overall(now, messages), self._wait_chat(chat_id, now, messages))
        if group:
            wait = max(wait, self._wait_group(chat_id, now, messages))
        if wait > 0:
            raise too_many(max(1, math.ceil(wait)))
        self._take(chat_id, group, now, messages)

    def admit_edit(self, chat_id: int, group: bool) -> None:
        """Edits share the minute of a group, and only that."""
        if not self.on or not group:
            return
        now = self._clock()
        wait = self._wait_group(chat_id, now, 1)
        if wait > 0:
            raise too_many(max(1, math.ceil(wait)))
        self._groups[chat_id].append(now)

    def _wait_overall(self, now: float, messages: int) -> float:
        past = self._overall
        nth = len(past) + messages - OVERALL_PER_SECOND
        return past[nth - 1] + 1.0 - now if 0 < nth <= len(past) else 0.0

    def _tokens(self, chat_id: int, now: float) -> float:
        tokens, since = self._buckets.get(chat_id, (float(CHAT_BURST), now))
        return min(float(CHAT_BURST), tokens + now - since)

    def _wait_chat(self, chat_id: int, now: float, messages: int) -> float:
        need = min(messages, CHAT_BURST)  # an album of ten is one burst, not a thing that can never be sent
        return need - self._tokens(chat_id, now)

    def _wait_group(self, chat_id: int, now: float, messages: int) -> float:
        past = self._groups.setdefault(chat_id, deque())
        while past and past[0] <= now - 60.0:
            past.popleft()
        nth = len(past) + messages - GROUP_PER_MINUTE
        return past[nth - 1] + 60.0 - now if 0 < nth <= len(past) else 0.0

    def _take(self, chat_id: int, group: bool, now: float, messages: int) -> None:
        self._overall.extend([now] * messages)
        self._buckets[chat_id] = (max(0.0, self._tokens(chat_id, now) - messages), now)
        if group:
            self._groups[chat_id].extend([now] * messages)
        if len(self._buckets) > 50_000:
            self._buckets = {c: b for c, b in self._buckets.items() if b[0] + now - b[1] < CHAT_BURST}
