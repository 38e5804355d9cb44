"""Backups while the house runs: one archive with the database and the files of people, tried out by a restore before it counts.

An archive is a tar: `manifest.json`, `tables/<table>.jsonl`, `media/<name>`, `voices/…`, `recordings/…`. With a passphrase it lies encrypted
(age, X25519) in an outer tar, beside its key, which is encrypted with the passphrase: `age -d` opens both without us.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, delete, event, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.care import erasures, upkeep
from bot.clock import local
from bot.db import carry, migrate
from bot.db.aside import ABANDONED, sweep
from bot.db.keep_models import Upkeep
from bot.db.notes import insert, note
from bot.db.session import Database, Session, shred
from bot.media import StoreAway, open_store, stored_far
from bot.media.carrying import fetch_all

if TYPE_CHECKING:
    from pydantic import SecretStr

    from bot.clock import Clock
    from bot.settings import Settings

log = structlog.get_logger()
NOTE = "backup"  # for the health page: {"ok", "at", "why"} or what was kept
FORMAT = 1
NAME = re.compile(r"stapsteen-(\d{4}-\d\d-\d\d)T(\d\d)(\d\d)(\d\d)\.(tar\.gz|age\.tar)\Z")
DAILY, WEEKLY = 7, 4
KEY, LOCKED = "key.age", "archive.tar.gz.age"
NOT_OURS = (
    tarfile.TarError,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
)
MOST_BYTES = 64 * 2**30  # an archive that claims more is none of ours


class BadArchive(Exception):
    """The archive cannot be used; the message says why, in a sentence."""


@dataclass(frozen=True)
class Made:
    """An archive that was tried out. rows: of all tables; files: recordings and photos."""

    path: Path
    rows: int
    files: int
    size: int


async def make(settings: Settings, now: dt.datetime, folder: Path | None = None) -> Made:
    """Writes an archive into the folder (BACKUP_DIR), restores it into a scratch place, compares, and only then gives it its name.

    The house may run: what is read is one moment of the database. Raises BadArchive when what was written is not what was read,
    and StoreAway when the files of people lie in a store that cannot be reached.
    """
    target = folder or settings.backups()
    target.mkdir(parents=True, exist_ok=True)
    stamp = local(now).strftime("%Y-%m-%dT%H%M%S")
    secret = settings.backup_passphrase
    path = target / f"stapsteen-{stamp}.{'age.tar' if secret else 'tar.gz'}"
    with tempfile.TemporaryDirectory(prefix=".new-", dir=target) as scratch:
        plain, new = Path(scratch) / "archive.tar.gz", Path(scratch) / "new"
        async with snapshot(settings.database()) as connection:
            manifest = await connection.run_sync(_collect, Path(scratch) / "tables", now)
        where = roots(settings)
        if stored_far(settings):
            where["media"] = await fetch_all(open_store(settings), Path(scratch) / "media")
        await asyncio.to_thread(_finish, plain, new, manifest, where, secret)
        await try_out(new, secret)
        size = new.stat().st_size
        new.replace(path)
    rows = sum(table["rows"] for table in manifest["tables"].values())
    return Made(path, rows, len(manifest["files"]), size)


async def try_out(archive: Path, secret: SecretStr | None) -> dict[str, Any]:
    """Restores an archive into a scratch place and compares all counts and checksums; its manifest. Raises BadArchive."""
    with tempfile.TemporaryDirectory(prefix="stapsteen-") as scratch:
        manifest = await asyncio.to_thread(unpack, archive, Path(scratch), secret)
        url = f"sqlite+aiosqlite:///{Path(scratch) / 'scratch.sqlite'}"
        await fill(url, Path(scratch), manifest)
        async with snapshot(url) as connection:
            found = await connection.run_sync(carry.write_out, None)
        wanted = manifest["tables"]
        wrong = [t for t in wanted if any(found.get(t, {}).get(k) != wanted[t][k] for k in ("rows", "sha256"))]
        if wrong:
            raise BadArchive(f"The table {wrong[0]} is not the same after a restore. This archive is no good.")
    return manifest


async def fill(url: str, folder: Path, manifest: dict[str, Any]) -> None:
    """An empty database at the version of the archive, with its rows; it is not brought up to date yet."""
    await migrate.upgrade(url, manifest["revision"])
    engine = migrate.make_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(carry.empty)
            await connection.run_sync(carry.take_in, folder / "tables", manifest["tables"])
    finally:
        await engine.dispose()


@contextlib.asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[AsyncConnection]:
    """A connection that sees one moment of the database, and holds nobody up."""
    if url.startswith("sqlite"):
        engine = create_async_engine(url)
        event.listen(engine.sync_engine, "connect", lambda c, _: setattr(c, "isolation_level", None))
        event.listen(engine.sync_engine, "begin", lambda c: c.exec_driver_sql("BEGIN"))
    else:
        engine = migrate.make_engine(url, patience=None).execution_options(isolation_level="REPEATABLE READ")
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


# ---------------------------------------------------------------- writing


def _collect(connection: Connection, folder: Path, now: dt.datetime) -> dict[str, Any]:
    folder.mkdir()
    tables = carry.write_out(connection, folder)
    revision = migrate.revision_of(connection)
    return {"format": FORMAT, "made_at": now.isoformat(), "revision": revision, "tables": tables}


def _sums(where: dict[str, Path]) -> dict[str, str]:
    found = {}
    for kind, root, path in _files(where):
        with contextlib.suppress(FileNotFoundError):  # forgotten in this very moment
            found[f"{kind}/{path.relative_to(root).as_posix()}"] = _sha256(path)
    return found


def _finish(plain: Path, new: Path, manifest: dict[str, Any], where: dict[str, Path], secret: SecretStr | None) -> None:
    """One file of it all, locked when there is a passphrase, and on the disk for certain. Slow: not in the event loop."""
    manifest["files"] = _sums(where)
    _pack(plain, plain.parent / "tables", manifest, where)
    _lock(plain, new, secret) if secret else plain.replace(new)
    new.chmod(0o600)
    with new.open("rb") as file:
        os.fsync(file.fileno())


def roots(settings: Settings) -> dict[str, Path]:
    """Where files of people lie on this machine: recordings and photos that were sent (unless they lie in a store), voices recorded
    in this house, and those of the content."""
    return {
        "media": settings.data / "media",
        "voices": settings.data / "recordings",
        "recordings": settings.content / "audio" / "recordings",
    }


def _files(where: dict[str, Path]) -> Iterator[tuple[str, Path, Path]]:
    for kind, root in where.items():
        for path in sorted(root.rglob("*")):
            if path.is_file() and not path.is_symlink() and not path.name.startswith("."):
                yield kind, root, path


def _pack(path: Path, tables: Path, manifest: dict[str, Any], where: dict[str, Path]) -> None:
    with tarfile.open(path, "w:gz", compresslevel=3) as archive:
        for kind, root, file in _files(where):
            name = f"{kind}/{file.relative_to(root).as_posix()}"
            with contextlib.suppress(FileNotFoundError):  # forgotten in this very moment
                if name in manifest["files"]:
                    archive.add(file, name, recursive=False)
        manifest["files"] = {name: manifest["files"][name] for name in archive.getnames() if name in manifest["files"]}
        for file in sorted(tables.iterdir()):
            archive.add(file, f"tables/{file.name}", recursive=False)
        data = json.dumps(manifest, indent=1).encode()
        entry = tarfile.TarInfo("manifest.json")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))


def _lock(plain: Path, path: Path, secret: SecretStr) -> None:
    pyrage = _age()
    identity = pyrage.x25519.Identity.generate()
    locked = path.with_suffix(".locked")
    with plain.open("rb") as reader, locked.open("wb") as writer:
        pyrage.encrypt_io(reader, writer, [identity.to_public()])
    key = pyrage.passphrase.encrypt(str(identity).encode(), secret.get_secret_value())
    with tarfile.open(path, "w") as outer:
        entry = tarfile.TarInfo(KEY)
        entry.size = len(key)
        outer.addfile(entry, io.BytesIO(key))
        outer.add(locked, LOCKED, recursive=False)


def _age() -> Any:
    """The library of age, imported when something is locked or opened."""
    import pyrage

    return pyrage


# ---------------------------------------------------------------- reading


def unpack(archive: Path, folder: Path, secret: SecretStr | None) -> dict[str, Any]:
    """Unpacks an archive into an empty folder and checks every file in it; its manifest. Raises BadArchive."""
    try:
        if archive.name.endswith(".tar.gz") or not _is_locked(archive):
            _extract(archive, folder)
        else:
            _extract(_unlocked(archive, folder, secret), folder)
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
        if manifest.get("format") != FORMAT:
            raise BadArchive("This backup was made by another version of Stapsteen that writes them differently.")
        for name, sha256 in manifest["files"].items():
            if not (folder / name).is_file() or _sha256(folder / name) != sha256:
                raise BadArchive(f"The file {name} in {archive.name} is missing or damaged.")
        for name, table in manifest["tables"].items():
            if _sha256(folder / "tables" / f"{name}.jsonl") != table["sha256"]:
                raise BadArchive(f"The table {name} in {archive.name} is damaged.")
    except NOT_OURS as error:
        raise BadArchive(f"{archive.name} cannot be read as a backup of Stapsteen ({type(error).__name__}).") from None
    return manifest


def _is_locked(archive: Path) -> bool:
    with tarfile.open(archive, "r:*") as outer:
        return KEY in outer.getnames()


def _unlocked(archive: Path, folder: Path, secret: SecretStr | None) -> Path:
    pyrage = _age()
    if secret is None:
        raise BadArchive(f"{archive.name} is encrypted: put its passphrase in BACKUP_PASSPHRASE.")
    with tarfile.open(archive, "r:") as outer:
        outer.extractall(folder, filter="data")
    try:
        key = pyrage.passphrase.decrypt((folder / KEY).read_bytes(), secret.get_secret_value()).decode()
        plain = folder / "archive.tar.gz"
        with (folder / LOCKED).open("rb") as reader, plain.open("wb") as writer:
            pyrage.decrypt_io(reader, writer, [pyrage.x25519.Identity.from_str(key)])
    except pyrage.DecryptError:
        raise BadArchive(f"{archive.name} does not open with this BACKUP_PASSPHRASE.") from None
    return plain


def _extract(path: Path, folder: Path) -> None:
    with tarfile.open(path, "r:gz") as archive:
        if sum(entry.size for entry in archive) > MOST_BYTES:
            raise BadArchive(f"{path.name} is too large to be a backup of ours.")
        archive.extractall(folder, filter="data")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---------------------------------------------------------------- how many stay


def rotate(folder: Path, now: dt.datetime, most_days: int) -> list[Path]:
    """Deletes archives but those of today and yesterday, the newest of each of the last seven days and four weeks, and all that
    are older than allowed; the newest of all stays."""
    found = sorted((path for path in folder.glob("stapsteen-*") if NAME.match(path.name)), reverse=True)
    days: dict[str, Path] = {}
    for path in found:
        days.setdefault(_day(path).isoformat(), path)
    weeks: dict[tuple[int, int], Path] = {}
    for path in days.values():
        weeks.setdefault(_day(path).isocalendar()[:2], path)
    yesterday = local(now).date() - dt.timedelta(days=1)
    kept = {*list(days.values())[:DAILY], *list(weeks.values())[:WEEKLY], *(p for p in found if _day(p) >= yesterday)}
    oldest = local(now).date() - dt.timedelta(days=most_days)
    gone = [path for path in found if (path not in kept or _day(path) < oldest) and path != found[0]]
    for path in gone:
        path.unlink(missing_ok=True)
    return gone


def _day(path: Path) -> dt.date:
    found = NAME.match(path.name)
    assert found is not None
    return dt.date.fromisoformat(found[1])


# ---------------------------------------------------------------- every night


async def nightly(settings: Settings, db: Database, now: dt.datetime) -> bool:
    """Tonight's backup, when its hour has come and nobody made it yet (of several processes one does). True: it was made.

    The note "backup" tells the health page how it went; a failure is tried again at the next tick.
    """
    here = local(now)
    if settings.backup_dir is None or here.strftime("%H:%M") < settings.backup_hour:
        return False
    async with db.begin() as session:
        mine = insert(session, Upkeep).values(what=upkeep.BACKUP, day=here.date(), counts={}, at=now)
        mine = mine.on_conflict_do_nothing(index_elements=["what", "day"]).returning(Upkeep.id)
        if await session.scalar(mine) is None and not await _left_unfinished(session, here.date(), now):
            return False
    try:
        made = await kept(settings, db, now, settings.backups())
    except Exception as error:
        log.exception("backup_failed")
        async with db.begin() as session:
            again = (Upkeep.what == upkeep.BACKUP) & (Upkeep.day == here.date())
            await session.execute(delete(Upkeep).where(again))
            why = str(error) if isinstance(error, (BadArchive, StoreAway)) else type(error).__name__
            await note(session, NOTE, {"ok": False, "at": now.isoformat(), "why": why})
        return False
    log.info("backup_made", rows=made.rows, files=made.files, bytes=made.size)
    return True


async def _left_unfinished(session: Session, day: dt.date, now: dt.datetime) -> bool:
    """Takes over tonight's backup from a process that was killed in the middle of it."""
    begun = (Upkeep.what == upkeep.BACKUP, Upkeep.day == day)
    row = await session.scalar(select(Upkeep).where(*begun))
    if row is None or row.counts or row.at > now - ABANDONED:
        return False
    taken = await session.scalars(update(Upkeep).where(*begun, Upkeep.at == row.at).values(at=now).returning(Upkeep.id))
    return bool(taken.all())


async def kept(settings: Settings, db: Database, now: dt.datetime, folder: Path) -> Made:
    """A backup in this folder with the list of who was forgotten beside it, older ones cleared away, and a note of it all."""
    made = await make(settings, now, folder)
    await asyncio.to_thread(rotate, folder, now, settings.keep["backups"])
    async with db.begin() as session:
        salt, chats = await erasures.in_database(session)
    if salt:
        await asyncio.to_thread(erasures.write, folder / erasures.FILE, salt, chats)
    async with db.begin() as session:
        told = {"ok": True, "at": now.isoformat(), "rows": made.rows, "files": made.files, "bytes": made.size}
        await note(session, NOTE, told)
        counts = {"backups": 1, "rows": made.rows, "files": made.files}
        await upkeep.count(session, upkeep.BACKUP, counts, now)
        shred(session)
    return made


def ticks(settings: Settings, db: Database, clock: Clock) -> dict[str, Any]:
    """For the ticker: tonight's backup, and forgetting again whom a database that was put back by hand would know."""

    async def tonight() -> None:
        await nightly(settings, db, clock.now())

    async def forgotten() -> None:
        salt, chats = await asyncio.to_thread(erasures.read, settings.data / erasures.FILE)
        if salt:
            async with db.begin() as session:
                await erasures.stay_forgotten(session, salt, chats, clock.now())

    async def leftovers() -> None:
        await asyncio.to_thread(sweep, settings, clock.now() - clock.offset)

    return {"backup": (tonight, 600), "forgotten": (forgotten, 86_400), "leftovers": (leftovers, 86_400)}
