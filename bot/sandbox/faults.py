"""Trouble on demand: what Telegram and the network do now and then, done now.

429 · 5xx (500) · 502 · 503 · html (a 502 with a page) · slow (accepted, answered late) · cut_before · cut_after (accepted, then the line breaks)
file_gone (a file_id or a download that is no more) · unreadable (accepted; the 200 has a result of the wrong shape) · garbage (accepted; the 200
is no JSON) · refuse (any `code` and `description`) · again (the offset of getUpdates got lost: what was confirmed by it comes once more)
mixed (the updates of an answer in the wrong order)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .rules import ApiError, Unclear, bad, too_many

KINDS = frozenset(
    {
        "429",
        "5xx",
        "500",
        "502",
        "503",
        "html",
        "slow",
        "cut_before",
        "cut_after",
        "file_gone",
        "unreadable",
        "garbage",
        "refuse",
        "again",
        "mixed",
    }
)
SENDING = ("send", "edit", "copy", "forward")


@dataclass
class Fault:
    """times None = until cleared; method None = every method that sends or edits ("*" = really every one)."""

    kind: str
    method: str | None = None
    chat: int | None = None
    times: int | None = 1
    retry_after: int = 1
    seconds: float = 1.0
    code: int = 400
    description: str = "Bad Request"

    def meets(self, method: str, chat: int | None) -> bool:
        if self.chat is not None and self.chat != chat:
            return False
        if self.method == "*":
            return True
        if self.method is not None:
            return self.method.lower() == method
        if self.kind == "file_gone":
            return method in ("getfile", "file")
        return method == "getupdates" if self.kind in ("again", "mixed") else method.startswith(SENDING)

    def error(self) -> ApiError | None:
        """The refusal this fault stands for, or None when it does something else."""
        if self.kind == "429":
            return too_many(self.retry_after)
        if self.kind in ("5xx", "500"):
            return ApiError(500, "Internal Server Error")
        if self.kind in ("502", "503"):
            return ApiError(int(self.kind), {"502": "Bad Gateway", "503": "Service Unavailable"}[self.kind])
        if self.kind == "refuse":
            return ApiError(self.code, self.description)
        if self.kind == "file_gone":
            return bad("wrong file_id or the file is temporarily unavailable")
        return None


def read(said: Mapping[str, Any]) -> Fault:
    """A fault from the people's side. Raises Unclear."""
    kind = str(said.get("fault", ""))
    if kind not in KINDS:
        raise Unclear(f"Unknown fault {kind!r}; known are {', '.join(sorted(KINDS))}.")
    times = said.get("times", 1)
    return Fault(
        kind,
        str(said["method"]) if said.get("method") else None,
        int(said["chat"]) if said.get("chat") is not None else None,
        None if times is None or int(times) <= 0 else int(times),
        int(said.get("retry_after", 1)),
        float(said.get("seconds", 1.0)),
        int(said.get("code", 400)),
        str(said.get("description", "Bad Request: refused on demand")),
    )


class Faults:
    """The list of what is to go wrong; the first that fits is used."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.waiting.append(fault)

    def clear(self) -> None:
        self.waiting.clear()

    def take(self, method: str, chat: int | None) -> Fault | None:
        """The fault for this call, counted down."""
        if not self.waiting:
            return None
        fault = next((f for f in self.waiting if f.meets(method, chat)), None)
        if fault is not None and fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self.waiting.remove(fault)
        return fault
