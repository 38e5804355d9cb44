"""Signs in a message: the pictures a question offers, and the stones of a path with hers among them."""

from __future__ import annotations

from bot.care.content import Content
from bot.flow.model import Choice, Sign, Slots, Step
from bot.messages import Cell

DONE, HERE, LATER = "green", "yellow", "grey"
THEMES = "poll.themes"  # the question that offers the themes: its signs are the list, for meetings too


def choices(content: Content, step: Step, slots: Slots) -> list[Choice]:
    """What a question offers: the signs that its slots name, else its own."""
    names = slots.get("signs") or step.signs
    found = [content.signs[name] for name in names if name in content.signs]
    return [Choice(sign.id, sign.symbol, sign.label_key, "", colour=sign.colour) for sign in found]


def themes(content: Content) -> list[Sign]:
    """What a meeting can be about (C01), as flows/poll.yaml lists them."""
    step = content.flows.get(THEMES)
    return [content.signs[name] for name in step.signs if name in content.signs] if step else []


def theme(content: Content, slots: Slots) -> Sign | None:
    """What this meeting is about; None when nobody chose, or the list no longer has it."""
    return next((sign for sign in themes(content) if sign.id == slots.get("theme")), None)


def theme_keys(content: Content, step: Step, slots: Slots) -> list[str]:
    """ "We praten over:" and the theme, as keys of whole phrases; nothing where the meeting is not shown, or has none."""
    found = theme(content, slots) if step.picture == "when" else None
    return ["common.theme", found.label_key] if found else []


def stones(content: Content, slots: Slots) -> tuple[Cell, ...]:
    """The stones of a path: those behind her green, hers yellow, the others grey. None yet: all are grey."""
    names = [name for name in slots.get("stones") or content.stones if name in content.stones]
    at = names.index(slots["stone"]) if slots.get("stone") in names else -1
    colours = [DONE if n < at else HERE if n == at else LATER for n in range(len(names))]
    return tuple(Cell(content.stones[name].symbol, colour=c) for name, c in zip(names, colours, strict=True))


def stone(content: Content, step: Step, slots: Slots) -> str | None:
    """The key of the words of the stone she stands on; None when there is none, or the group gave it words of its own."""
    found = content.stones.get(str(slots.get("stone"))) if step.picture == "path" else None
    return found.label_key if found and not slots.get("stone_name") else None
