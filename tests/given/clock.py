"""Given: a clock that no machine can hurry or slow down."""

from __future__ import annotations

import datetime as dt
import itertools

from bot.clock import Clock


class Looked(Clock):
    """It stands at `start` and shows a millisecond more each time somebody looks; else only `move` and `offset` move it."""

    def __init__(self, start: dt.datetime) -> None:
        super().__init__()
        self._start, self._times = start, itertools.count(1)

    def now(self) -> dt.datetime:
        return self._start + self.offset + dt.timedelta(milliseconds=next(self._times))
