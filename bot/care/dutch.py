"""What the service says to staff: Dutch sentences that keep their slots apart, so that the desk can say them in another language."""

from __future__ import annotations

from typing import Any


class Dutch(str):
    """A Dutch sentence, its slots filled: `Dutch("Er zijn er meer dan {n}.", n=80)`. plain: as translators see it; slots: what fills it."""

    plain: str
    slots: dict[str, Any]

    def __new__(cls, plain: str, **slots: Any) -> Dutch:
        made = super().__new__(cls, plain.format(**slots) if slots else plain)
        made.plain, made.slots = plain, slots
        return made


class NotSo(ValueError):
    """What a colleague wants cannot be; the message is a sentence that says what to do: `NotSo("Vul een aantal in tot {n}.", n=80)`."""

    def __init__(self, plain: str, **slots: Any) -> None:
        super().__init__(Dutch(plain, **slots))
