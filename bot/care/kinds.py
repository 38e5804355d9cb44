"""The kinds of meeting and of appointment. A kind is named after its symbol, and `common.kind_<kind>` is its sentence (flows/kinds.yaml)."""

from __future__ import annotations

LESSON = "lesson"  # an ordinary meeting: nothing more is said about it
KINDS = (
    *(LESSON, "dutch", "belgium", "together", "play", "visit", "childcare-visit", "excursion", "feast", "nappy"),
)  # fmt: skip
OUT = ("visit", "childcare-visit", "excursion", "feast", "nappy")  # she may wonder what it costs: always said
TALK, HOME = "talk", "home"  # appointments: at the group's place, or at hers


def sentence(kind: str) -> str | None:
    """The key of what is said about this kind of meeting; None for an ordinary one."""
    return f"common.kind_{kind}" if kind in KINDS and kind != LESSON else None
