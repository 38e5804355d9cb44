"""What is told to staff: plain Dutch lines with buttons, to one chat or to everybody of a group."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from babel import Locale
from sqlalchemy import CursorResult, select

from bot.care import away, outbox
from bot.db.models import Staff, StaffGroup
from bot.db.session import Session
from bot.messages import Button, Utterance

ANSWERING = ("coordinator", "guide")
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
    """Staff of the group who have a chat. anywhere: when there is nobody (or no group), those of any group.

    now: with the deputies of those who are away today.
    """
    found = await _of_group(session, group_id, roles, anywhere)
    return await away.with_deputies(session, found, now) if now else found


async def _of_group(session: Session, group_id: int | None, roles: Sequence[str], anywhere: bool) -> list[Staff]:
    query = select(Staff).where(Staff.chat_id.is_not(None), Staff.role.in_(roles)).order_by(Staff.id)
    if group_id is not None:
        in_group = select(StaffGroup.staff_id).where(StaffGroup.group_id == group_id)
        found = list(await session.scalars(query.where(Staff.id.in_(in_group))))
        if found:
            return found
    return list(await session.scalars(query)) if anywhere else []


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
