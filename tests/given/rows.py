"""Given: a row in every table that leads to a mother, also in tables that nobody has thought of yet."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.models import Base
from tests.given.house import TUESDAY

NUMBERS = itertools.count(70_000)


def leading_to(target: str = "mothers") -> list[sa.Table]:
    """The tables whose rows belong to a row of this table: they point at it, or at a table that cannot be without it."""
    found: list[sa.Table] = []
    for table in Base.metadata.sorted_tables:
        owners = [key for key in table.foreign_keys if key.column.table.name == target and key.ondelete != "SET NULL"]
        owners += [
            key
            for key in table.foreign_keys
            if key.column.table in found and key.column.table is not table and _owns(key)
        ]
        if owners:
            found.append(table)
    return found


def _owns(key: sa.ForeignKey) -> bool:
    return key.ondelete == "CASCADE" or (not key.parent.nullable and key.ondelete != "SET NULL")


async def one_row_in_every_table(session: AsyncSession, mother: int, group: int) -> None:
    """Fills every table that leads to this mother with a row of hers; what else a row needs is made up."""
    made: dict[str, dict[str, Any]] = {"mothers": {"id": mother}, "groups": {"id": group}}
    for table in leading_to():
        await _row(session, table, made)


async def _row(session: AsyncSession, table: sa.Table, made: dict[str, dict[str, Any]]) -> None:
    values: dict[str, Any] = {}
    for column in table.columns:
        key = next(iter(column.foreign_keys), None)
        if key is not None and key.column.table is not table:
            parent = key.column.table
            if parent.name not in made and column.nullable and parent.name not in ("mothers", "media"):
                continue
            if parent.name not in made:
                await _row(session, parent, made)
            values[column.name] = made[parent.name][key.column.name]
        elif not (column.primary_key and column.autoincrement is True) and not column.nullable:
            values[column.name] = _some(column)
    keys = [column for column in table.primary_key.columns if column.name in values]
    if keys and len(keys) == len(table.primary_key.columns):  # what lives with her may be there already
        await session.execute(sa.delete(table).where(*(column == values[column.name] for column in keys)))
    row = (await session.execute(sa.insert(table).values(**values).returning(*table.primary_key.columns))).one()
    made[table.name] = {**values, **{c.name: row[n] for n, c in enumerate(table.primary_key.columns)}}


def fill(connection: sa.Connection) -> dict[str, int]:
    """Two rows in every table of this database, whatever its version; table → rows. Optional pointers stay empty."""
    found = sa.MetaData()
    found.reflect(connection)
    made: dict[str, list[dict[str, Any]]] = {}
    for table in found.sorted_tables:
        if table.name == "alembic_version":
            continue
        rows = []
        for n in range(2):
            row: dict[str, Any] = {}
            for column in table.columns:
                key = next(iter(column.foreign_keys), None)
                if key is not None:
                    target = key.column.table.name
                    row[column.name] = made[target][n][key.column.name] if not column.nullable else None
                elif not (column.name == "id" and column.primary_key):
                    row[column.name] = _some(column)
            row = {"id": n + 1, **row} if "id" in table.c else row
            connection.execute(table.insert().values(row))
            rows.append(row)
        made[table.name] = rows
    return {name: len(rows) for name, rows in made.items()}


def _some(column: sa.Column[Any]) -> Any:
    kind = column.type.impl if isinstance(column.type, sa.types.TypeDecorator) else column.type
    match kind:
        case sa.JSON():
            return {}
        case sa.DateTime():
            return TUESDAY
        case sa.Date():
            return TUESDAY.date() + dt.timedelta(days=next(NUMBERS) % 1000)
        case sa.Boolean():
            return False
        case sa.Integer() | sa.BigInteger() | sa.Float():
            return next(NUMBERS)
    return f"x{next(NUMBERS)}"[: kind.length or 10] if isinstance(kind, sa.String) else f"x{next(NUMBERS)}"


async def hers(session: AsyncSession, mother: int) -> set[str]:
    """The tables in which a row leads to this mother."""
    ids: dict[str, list[Any]] = {"mothers": [mother]}
    found = set()
    for table in [Base.metadata.tables["mothers"], *leading_to()]:
        keys = [sa.and_(table.c.id == mother)] if table.name == "mothers" else []
        keys += [
            key.parent.in_(ids[key.column.table.name])
            for key in table.foreign_keys
            if key.column.table.name in ids
            and key.column.table is not table
            and (key.column.table.name == "mothers" or _owns(key))
        ]
        rows = (await session.execute(sa.select(table).where(sa.or_(*keys)))).mappings().all() if keys else []
        if rows:
            found.add(table.name)
            ids[table.name] = [row["id"] for row in rows if "id" in row] or [-1]
    return found
