"""All rows of a database as lines of JSON, the same on SQLite and PostgreSQL, and back: for backups and for moving house.

A table is one file, a line is one row: a list of values in the order of the table's columns by name. Instants are written in UTC.
Works by what the database says of itself and not by our models, so that it can also carry a database of an earlier version.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, func, select, text
from sqlalchemy import types as sa

BATCH = 500
NOT_OURS = ("alembic_version",)
Sums = dict[str, dict[str, Any]]  # table → {"rows": number, "sha256": of its lines, "next": the last number given out}


def tables(connection: Connection) -> list[Table]:
    """The tables as they are, those that others point at first."""
    found = MetaData()
    found.reflect(connection)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type = JSON(none_as_null=True)
    return [table for table in found.sorted_tables if table.name not in NOT_OURS]


def write_out(connection: Connection, folder: Path | None) -> Sums:
    """Writes every table to <folder>/<table>.jsonl (nowhere when None), and says how many rows and which checksum."""
    return {table.name: _table_out(connection, table, folder) for table in tables(connection)}


def take_in(connection: Connection, folder: Path, sums: Sums) -> None:
    """Fills the tables of an empty database of the same version. Raises ValueError when a table is not known or not empty."""
    here = {table.name: table for table in tables(connection)}
    if unknown := set(sums) - set(here):
        raise ValueError(f"There is no table {min(unknown)} in this database: it is of another version.")
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    for name, table in here.items():
        if name not in sums:
            continue
        if connection.scalar(select(func.count()).select_from(table)):
            raise ValueError(f"The table {name} is not empty.")
        with (folder / f"{name}.jsonl").open(encoding="utf-8") as lines:
            for rows in _batches(lines):
                connection.execute(table.insert(), [_row(table, json.loads(line), connection) for line in rows])
        if sums[name].get("next"):
            _go_on_counting(connection, table, int(sums[name]["next"]))


def empty(connection: Connection) -> None:
    """Deletes every row of every table."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    for table in reversed(tables(connection)):
        connection.execute(table.delete())


# ---------------------------------------------------------------- one table


def _table_out(connection: Connection, table: Table, folder: Path | None) -> dict[str, Any]:
    columns = sorted(table.columns, key=lambda column: column.name)
    query = select(*columns).order_by(*table.primary_key.columns)
    digest, count = hashlib.sha256(), 0
    file = (folder / f"{table.name}.jsonl").open("wb") if folder else None
    try:
        for row in connection.execution_options(yield_per=BATCH).execute(query):
            line = json.dumps(
                [_plain(value) for value in row], ensure_ascii=False, separators=(",", ":"), sort_keys=True
            )
            data = line.encode("utf-8", "replace") + b"\n"
            digest.update(data)
            count += 1
            if file:
                file.write(data)
    finally:
        if file:
            file.close()
    return {"rows": count, "sha256": digest.hexdigest(), "next": _last_number(connection, table)}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        utc = value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return utc.isoformat()
    return value.isoformat() if isinstance(value, dt.date) else value


def _row(table: Table, values: list[Any], connection: Connection) -> dict[str, Any]:
    columns = sorted(table.columns, key=lambda column: column.name)
    return {c.name: _typed(c.type, v, connection.dialect.name) for c, v in zip(columns, values, strict=True)}


def _typed(kind: Any, value: Any, database: str) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        moment = dt.datetime.fromisoformat(value)
        return moment if database == "postgresql" else moment.replace(tzinfo=None)
    if isinstance(kind, sa.Date):
        return dt.date.fromisoformat(value)
    return bool(value) if isinstance(kind, sa.Boolean) else value


def _batches(lines: Iterable[str]) -> Iterator[list[str]]:
    rows: list[str] = []
    for line in lines:
        rows.append(line)
        if len(rows) == BATCH:
            yield rows
            rows = []
    if rows:
        yield rows


# ---------------------------------------------------------------- numbers that were given out already


def _last_number(connection: Connection, table: Table) -> int | None:
    """The highest number that a row of this table ever had: a forgotten one's must not be given to somebody else."""
    if "id" not in table.c:
        return None
    if connection.dialect.name == "sqlite":
        if not connection.scalar(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'")):
            return None
        query, asked = "SELECT seq FROM sqlite_sequence WHERE name = :name", table.name
    else:
        query = "SELECT pg_sequence_last_value(CAST(:name AS regclass))"
        asked = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name})
    last: int | None = connection.scalar(text(query), {"name": asked}) if asked else None
    return last


def _go_on_counting(connection: Connection, table: Table, last: int) -> None:
    if connection.dialect.name == "sqlite":
        known = text("UPDATE sqlite_sequence SET seq = :last WHERE name = :name")
        if connection.execute(known, {"last": last, "name": table.name}).rowcount == 0:
            fresh = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)")
            connection.execute(fresh, {"last": last, "name": table.name})
        return
    name = connection.scalar(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name})
    if name:
        connection.execute(text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": name, "last": last})
