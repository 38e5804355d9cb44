"""What every table is made with: instants in UTC, names of constraints, keys and references."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, ColumnElement, ForeignKey, Integer, MetaData, Text, literal_column
from sqlalchemy.ext.asyncio import AsyncAttrs
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator

Json = dict[str, Any]


class Instant(TypeDecorator[dt.datetime]):
    """A UTC instant, aware in Python. SQLite keeps it without its zone; a naive time is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored: use bot.clock.")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Base(AsyncAttrs, DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[Any] = {dt.datetime: Instant, Json: JSON, list[Any]: JSON, str: Text}


def written(column: Any, *values: str) -> ColumnElement[bool]:
    """Whether the column has one of these plain words. Written out and not bound: only then does the database see that its partial index fits."""
    said: ColumnElement[bool] = column.in_([literal_column(f"'{value}'") for value in values])
    return said


Id = Mapped[int]
BIG = BigInteger().with_variant(Integer, "sqlite")


def key() -> Any:
    return mapped_column(BIG, primary_key=True, autoincrement=True)


def ref(target: str, *, cascade: bool = False, index: bool = True) -> Any:
    return mapped_column(ForeignKey(target, ondelete="CASCADE" if cascade else None), index=index)
