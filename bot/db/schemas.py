"""Several bots in one PostgreSQL: each has a schema of its own, and no statement of one can name a row of another.

The schema travels in the address of the database (`?schema=gent`) to whoever opens it: on every connection `search_path` then holds
that schema and nothing else. Without one it is PostgreSQL's own, `public`.
"""

from __future__ import annotations

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.settings import schema_of


def without(url: str) -> str:
    """The address as the driver wants it: it does not know `schema`."""
    address = make_url(url)
    if "schema" not in address.query:
        return url
    return address.difference_update_query(["schema"]).render_as_string(hide_password=False)


def called(url: str) -> str:
    """What the processes of this bot are called in their database, and the channel on which they wake each other."""
    return f"stapsteen {schema}" if (schema := schema_of(url)) else "stapsteen"


def greeting(url: str) -> dict[str, str]:
    """What a connection says of itself when it is opened (PostgreSQL's `server_settings`)."""
    schema = schema_of(url)
    return {"application_name": called(url), **({"search_path": f'"{schema}"'} if schema else {})}


async def make(connection: AsyncConnection, url: str) -> None:
    """Makes the schema when it is not there. A user for whom one was made needs no right to make any."""
    if (schema := schema_of(url)) is None:
        return
    there = await connection.scalar(text("SELECT 1 FROM pg_namespace WHERE nspname = :name"), {"name": schema})
    if there is None:
        await connection.execute(text(f'CREATE SCHEMA "{schema}"'))
