"""What an attack left behind: all rows before and after it, and what of them leads to somebody else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.db.models import Base
from bot.db.session import Session


async def everything(session: Session) -> dict[str, dict[tuple[Any, ...], tuple[Any, ...]]]:
    """table → key → row, of all there is."""
    found: dict[str, dict[tuple[Any, ...], tuple[Any, ...]]] = {}
    for table in Base.metadata.sorted_tables:
        rows = (await session.execute(select(table))).all()
        keys = [list(table.columns).index(column) for column in table.primary_key.columns]
        found[table.name] = {tuple(row[k] for k in keys): tuple(row) for row in rows}
    return found


def touching(
    before: dict[str, Any], after: dict[str, Any], theirs: dict[str, set[Any]], own: set[tuple[str, Any]]
) -> list[str]:
    """What is not as it was, and what is new and leads to the first house."""
    wrong = []
    for name, rows in before.items():
        mine = {key for key in rows if (name, key[0]) in own}
        wrong += [
            f"{name} {key} changed" for key, row in rows.items() if key not in mine and after[name].get(key) != row
        ]
        table = Base.metadata.tables[name]
        leads = [
            (n, next(iter(c.foreign_keys)).column.table.name) for n, c in enumerate(table.columns) if c.foreign_keys
        ]
        for key in after[name].keys() - rows.keys():
            row = after[name][key]
            wrong += [f"{name} {key} leads to {target}" for n, target in leads if row[n] in theirs.get(target, ())]
            chat = [row[n] for n, c in enumerate(table.columns) if c.name == "chat_id"]
            wrong += [f"{name} {key} is said to them" for said in chat if said in theirs["chats"]]
    return wrong
