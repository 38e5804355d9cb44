"""What is told to staff: plain Dutch lines with buttons, to one chat or to everybody of a group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from babel import Locale
from sqlalchemy import CursorResult, func, select

from bot.care import away, outbox, rights
from bot.db.models import Group, Staff, StaffGroup
from bot.db.session import Session
from bot.messages import Button, Utterance

ANSWERING = rights.roles("group")
Rows = tuple[tuple[Button, ...], ...]
TEXT_LIMIT = 4096


def rows(result: Any) -> int:
    """How many rows an UPDATE or DELETE touched."""
    return int(result.rowcount) if isinstance(result, CursorResult) else 0


def line(text: str, buttons: Rows = (), reply_to: int | None = None) -> Utterance:
    """A Dutch line of text for staff, cut where Telegram would refuse it."""
    cut = text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"
    return Utterance(kind="text", lang="nl", text=cut, buttons=buttons, reply_to=reply_to)


async def of_group(
    session: Session,
    group_id: int | None,
    roles: Sequence[str] = ANSWERING,
    *,
    anywhere: bool = False,
    now: dt.datetime | None = None,
) -> list[Staff]:
    """Staff of the group who have a chat. anywhere: when there is nobody, those of her house, never of another one
    (then nobody: the host sees that, `figures.unheard`); without a group, those of any house.

    now: with the deputies of those who are away today.
    """
    found = await _of_group(session, group_id, roles, anywhere)
    return await away.with_deputies(session, found, now) if now else found


async def _of_group(session: Session, group_id: int | None, roles: Sequence[str], anywhere: bool) -> list[Staff]:
    here = select(Staff).join(StaffGroup, StaffGroup.staff_id == Staff.id).where(Staff.chat_id.is_not(None))
    here = here.where(func.coalesce(StaffGroup.role, Staff.role).in_(roles)).order_by(Staff.id)
    found = list(await session.scalars(here.where(StaffGroup.group_id == group_id))) if group_id is not None else []
    if found or not anywhere:
        return found
    if group_id is not None:  # a colleague of the same house before a stranger
        house = select(Group.house_id).where(Group.id == group_id).scalar_subquery()
        theirs = here.join(Group, Group.id == StaffGroup.group_id).where(Group.house_id == house)
        found = list(dict.fromkeys(await session.scalars(theirs)))
        if found:
            return found
    without = rights.held(roles) if group_id is None else rights.of_no_group(roles)
    return list(await session.scalars(select(Staff).where(Staff.chat_id.is_not(None), without).order_by(Staff.id)))


async def group_staff(
    session: Session,
    group_id: int | None,
    text: str,
    *,
    key: str,
    now: dt.datetime,
    buttons: Rows = (),
    roles: Sequence[str] = ANSWERING,
    but: int | None = None,
) -> int:
    """Puts one line in the chat of everybody of the group (except the person `but`); how many heard it for the first time."""
    count = 0
    for person in await of_group(session, group_id, roles, now=now):
        if person.id != but and person.chat_id is not None:
            put = await outbox.put(session, person.chat_id, line(text, buttons), key=f"{key}:{person.id}", now=now)
            count += put is not None
    return count


def language(lang: str | None) -> str:
    """The Dutch name of a language ("Arabisch"), its code when there is none."""
    if not lang:
        return "taal nog niet gekozen"
    return str(Locale("nl").languages.get(lang) or lang)
