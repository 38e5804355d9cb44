"""Stepping stones to childcare: the path of a group, where each mother stands on it, and moving her, with her guide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot.care import deeds, hours, outbox, reminders, render
from bot.care.content import Content
from bot.care.dutch import NotSo
from bot.db.cohort_models import Path, Stone
from bot.db.models import Group, Mother, Staff
from bot.db.notes import insert
from bot.db.session import Session
from bot.flow.model import Say, Slots

HERE, BEGIN = "stone.here", "stone.begin"
NAME_MOST = 60


@dataclass(frozen=True)
class Step:
    """One stone as a group has it. name: the organisation's own words, shown as written; empty: the words of the content."""

    id: str
    symbol: str
    label: str
    name: str = ""
    hidden: bool = False

    @property
    def title(self) -> str:
        """How staff read it."""
        return self.name or self.label


async def path(session: Session, content: Content, group_id: int | None) -> list[Step]:
    """All stones of a group in order, hidden ones too: as the group changed them, else as in flows/stones.yaml.

    A stone that came into the file later stands at the end; one that the file no longer has is left out.
    """
    own = await session.get(Path, group_id) if group_id is not None else None
    changed = {str(step["id"]): step for step in (own.steps if own else [])}
    order = [*(name for name in changed if name in content.stones), *(n for n in content.stones if n not in changed)]
    found = []
    for name in order:
        sign, own_step = content.stones[name], changed.get(name, {})
        label = content.phrases.source[sign.label_key]
        found.append(Step(name, sign.symbol, label, str(own_step.get("name", "")), bool(own_step.get("hidden"))))
    return found


async def change(session: Session, group: Group, steps: Sequence[Step], now: dt.datetime) -> None:
    """Keeps a group's own order, names and hidden stones. ValueError when nothing is left to see."""
    if all(step.hidden for step in steps):
        raise NotSo("Laat minstens één steen zien.")
    kept = [{"id": s.id, "name": s.name.strip()[:NAME_MOST], "hidden": s.hidden} for s in steps]
    row = insert(session, Path).values(group_id=group.id, steps=kept, changed_at=now)
    await session.execute(
        row.on_conflict_do_update(index_elements=["group_id"], set_={"steps": kept, "changed_at": now})
    )
    await session.get(Path, group.id, populate_existing=True)


async def of(session: Session, mother: Mother) -> str | None:
    """The stone on which she stands; None when she has not begun."""
    found = await session.get(Stone, mother.id)
    return found.stone if found else None


async def of_all(session: Session, group_id: int) -> dict[int, str]:
    """Mother → stone, for everybody of a group who has begun."""
    query = select(Stone.mother_id, Stone.stone).join(Mother, Mother.id == Stone.mother_id)
    return {row[0]: row[1] for row in await session.execute(query.where(Mother.group_id == group_id))}


async def say(session: Session, content: Content, mother: Mother) -> Say:
    """Her path with the stone she stands on, as a step to say. A hidden or vanished stone: the nearest one before it."""
    steps = await path(session, content, mother.group_id)
    stands = await of(session, mother)
    shown = [step for step in steps if not step.hidden]
    before = steps[: next((n + 1 for n, step in enumerate(steps) if step.id == stands), 0)]
    here = next((step for step in reversed(before) if not step.hidden), None)
    slots: Slots = {"stones": [step.id for step in shown]}
    if here is None:
        return Say(BEGIN, slots)
    return Say(HERE, {**slots, "stone": here.id, **({"stone_name": here.name} if here.name else {})})


async def move(
    session: Session,
    content: Content,
    mother: Mother,
    stone: str | None,
    now: dt.datetime,
    *,
    tell: bool = True,
    by: Staff | None = None,
) -> bool:
    """Sets her on a stone (None: she has not begun), and shows her where she is, outside quiet hours. False: she stood there already.

    by: the colleague, for the log. ValueError: a stone that the path does not have.
    """
    known = {step.id for step in await path(session, content, mother.group_id)}
    if stone is not None and stone not in known:
        raise NotSo("Deze steen is er niet (meer).")
    row = await session.get(Stone, mother.id)
    if stone == (row.stone if row else None):
        return False
    if row is not None and stone is None:
        await session.delete(row)
    elif row is not None and stone is not None:
        row.stone, row.moved_at = stone, now
    elif stone is not None:
        session.add(Stone(mother_id=mother.id, stone=stone, moved_at=now))
    await session.flush()
    if by is not None:
        await deeds.note(session, "stone", mother, now, by)
    await outbox.cancel(session, "stone", mother.id, "moved again")
    if tell and stone is not None and mother.unreachable_at is None:
        await _tell(session, content, mother, now)
    return True


async def _tell(session: Session, content: Content, mother: Mother, now: dt.datetime) -> None:
    shown = await say(session, content, mother)
    due = reminders.after_quiet(now, await hours.of_group(session, mother.group_id), mother)
    said = render.utterances(content, mother.lang or "nl", shown, now, voice_lang=mother.voice_lang)
    for n, thing in enumerate(said):
        await outbox.put(
            session, mother.chat_id, thing, key=f"stone:{mother.id}:{now.timestamp():.3f}:{n}", now=now, priority=1,
            due_at=due, mother_id=mother.id, about="stone", about_id=mother.id,
        )  # fmt: skip
