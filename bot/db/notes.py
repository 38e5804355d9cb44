"""Facts about the running house, one row a name: the last fetch, the health of Telegram, the demo's clock."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Insert, select
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.models import Json, Note
from bot.db.session import Session


def insert(session: Session, table: Any) -> Any:
    """The INSERT of this session's database, which knows ON CONFLICT."""
    kind = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return cast(Insert, kind(table))


async def note(session: Session, name: str, value: Json) -> None:
    """Write this fact down, in place of what was noted under this name."""
    row = insert(session, Note).values(name=name, value=value)
    await session.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


async def noted(session: Session, name: str) -> Json | None:
    """What was last noted under this name, or None."""
    value: Json | None = await session.scalar(select(Note.value).where(Note.name == name))
    return value
