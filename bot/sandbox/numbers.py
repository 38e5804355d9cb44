"""Numbers that only go up, also over a restart: blocks are reserved on disk before the first number of them is given out."""

from __future__ import annotations

from .keep import Keep

BLOCK = 1000


class Counter:
    """`first` is the next number when nothing was kept."""

    def __init__(self, keep: Keep, name: str, first: int) -> None:
        self._keep = keep
        self._name = name
        self.coming = first
        self._reserved = 0

    def take(self) -> int:
        number = self.coming
        self.coming += 1
        if number >= self._reserved:
            self._reserved = number + BLOCK
            self._keep.put("number", self._name, self._reserved)
        return number

    def restore(self, reserved: int) -> None:
        self.coming = max(self.coming, reserved)
