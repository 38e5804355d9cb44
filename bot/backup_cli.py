"""`stapsteen backup` and `stapsteen restore`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.arguments import ContentDir, DataDir, fail, settings

if TYPE_CHECKING:
    from bot.settings import Settings


def backup(
    to: Annotated[Path | None, typer.Option("--to", help="Folder; BACKUP_DIR when left out.")] = None,
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """Writes database, recordings and photos into one archive, while the house runs, and tries it out by a restore."""
    from bot.backup import BadArchive
    from bot.media import StoreAway

    chosen = settings(data, content)
    folder = chosen.backups(to)
    try:
        typer.echo(asyncio.run(_backup(chosen, folder)))
    except (BadArchive, StoreAway, OSError) as error:
        raise fail(f"There is no backup: {error}") from None


async def _backup(chosen: Settings, folder: Path) -> str:
    from bot.backup import kept
    from bot.clock import Clock
    from bot.db.session import Database
    from bot.office import prepare_database

    await prepare_database(chosen)
    db = Database(chosen.database())
    try:
        made = await kept(chosen, db, Clock().now(), folder)
    finally:
        await db.close()
    secret = "encrypted" if chosen.backup_passphrase else "not encrypted: set BACKUP_PASSPHRASE to change that"
    return (
        f"{made.path}\n{made.rows} rows and {made.files} files, {made.size / 1e6:.1f} MB, {secret}.\n"
        "It was restored into a scratch place and is the same there."
    )


def restore(
    archive: Annotated[
        Path, typer.Argument(help="The archive that `stapsteen backup` made.", exists=True, dir_okay=False)
    ],
    over: Annotated[
        bool, typer.Option("--over", help="Put it in place of what is here (which is backed up first).")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Only try it out in a scratch place.")] = False,
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """Puts a backup back, brings it up to date, and forgets again whom the house has forgotten since."""
    from bot.backup import BadArchive, try_out
    from bot.backup_restore import NotNow
    from bot.backup_restore import restore as put_back
    from bot.clock import Clock
    from bot.db.trouble import Unusable
    from bot.media import StoreAway

    chosen = settings(data, content)
    try:
        if check:
            manifest = asyncio.run(try_out(archive, chosen.backup_passphrase))
            typer.echo(
                f"Good: made {manifest['made_at']}, {len(manifest['tables'])} tables, {len(manifest['files'])} files."
            )
            return
        found = asyncio.run(put_back(chosen, archive, Clock().now(), over=over))
    except (BadArchive, NotNow, StoreAway, Unusable) as error:
        raise fail(str(error)) from None
    typer.echo(
        f"{found.rows} rows and {found.files} files are back. {found.again} forgotten people were forgotten again."
    )
    if found.before:
        typer.echo(f"What was here before: {found.before}")
