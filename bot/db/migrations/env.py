"""What Alembic runs: the migrations, on the connection that `bot.db.migrate` opened."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from bot.db.models import Base, Instant


def render(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """An instant is a time with its zone: a migration must not change when our class does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(thing, Instant) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=render,
    render_as_batch=context.config.attributes.get("batch", connection.dialect.name == "sqlite"),
    compare_type=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
