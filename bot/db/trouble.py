"""What a person is told when the database or its folder cannot be used, and the lock that keeps a second copy out."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

log = structlog.get_logger()

SQLITE = b"SQLite format 3\x00"
WORDS = (
    ("database is locked", "Another program has locked the database {where}. Close it (a backup, a database browser?) and try again."),
    ("disk is full", "The disk is full: the database {where} cannot be written. Make room and try again."),
    ("readonly database", "The database {where} may only be read. Give this user the right to write it, and its folder."),
    ("unable to open", "The database {where} cannot be opened. May this user write in that folder? Choose another one with DATA."),
    ("malformed", "The database {where} is damaged. Put back the last good backup: stapsteen restore"),
)  # fmt: skip
POSTGRESQL = (
    ("InvalidPassword", "The database {where} does not accept this name and password. Look at DATABASE_URL."),
    ("InvalidAuthorization", "The database {where} does not accept this name and password. Look at DATABASE_URL."),
    ("InvalidCatalogName", "There is no database at {where}. Make it (createdb), or look at DATABASE_URL."),
    ("TooManyConnections", "The database {where} takes no more connections. Raise max_connections, or stop a copy of the house."),
    ("InsufficientPrivilege", "This user may not make tables in {where}. Give it the rights of an owner."),
    ("InvalidSchemaName", "This user may not work in that schema of {where}. Give it one of its own, or look at DATABASE_SCHEMA."),
    ("CannotConnectNow", "The database {where} is just starting or stopping. Try again in a moment."),
)  # fmt: skip
LOST = ("connection was closed", "terminating connection", "connection is closed", "another operation")
NEWER = "The database {where} was made by a newer version of Stapsteen. Install that version again, or put back an older backup."
AWAY = "The database {where} does not answer ({why}). Is PostgreSQL running, and is DATABASE_URL right?"


class Unusable(Exception):
    """What is wrong with the database or the data folder and what to do about it, in a sentence that is shown as it is."""


def hidden(url: str) -> str:
    """The address of a database without its password."""
    return re.sub(r"(://[^:/@]+):[^@]+@", r"\1:***@", url)


def file_of(url: str) -> Path | None:
    """The file of a SQLite database; None for another database, or one in memory. Raises Unusable when it is no address."""
    try:
        found = make_url(url)
    except ArgumentError:
        raise Unusable(
            "DATABASE_URL is not an address of a database, like postgresql://name:password@host/db."
        ) from None
    return Path(found.database) if url.startswith("sqlite") and found.database not in (None, "", ":memory:") else None


def look_at_folder(folder: Path) -> None:
    """Makes the data folder when it is not there. Raises Unusable when it is a file, or may not be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise Unusable(f"{folder} is a file, and not a folder. Choose a folder with --data or DATA.") from None
    except OSError as error:
        raise Unusable(
            f"The folder {folder} cannot be made ({error.strerror}). Choose one with --data or DATA."
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Unusable(
            f"This user may not write in the folder {folder}. Change its rights, or choose another with DATA."
        )


def look_at_file(url: str) -> None:
    """Raises Unusable when the file of a SQLite database holds something else."""
    path = file_of(url)
    if path is None or not path.exists():
        return
    if path.is_dir():
        raise Unusable(
            f"{path} is a folder, and should be the file of the database. Move it away, or look at DATABASE_URL."
        )
    with path.open("rb") as file:
        start = file.read(len(SQLITE))
    if start and start != SQLITE:
        raise Unusable(
            f"{path} is not a database of Stapsteen. Move it away, or choose another folder with --data or DATA."
        )


def told(error: Exception, url: str) -> Unusable | None:
    """The sentence for this error of a database; None when it is none that a person can mend."""
    where, kind, why = hidden(url), type(error).__name__, str(error)
    if kind == "CommandError" and "locate revision" in why:  # Alembic's, which is not loaded when nothing is to be done
        return Unusable(NEWER.format(where=where))
    if isinstance(error, (NoSuchModuleError, ModuleNotFoundError)):
        return Unusable(f"Stapsteen knows SQLite and PostgreSQL, and not {where}. Look at DATABASE_URL.")
    if isinstance(error, DBAPIError):
        kind, why = type(error.orig).__name__, str(error.orig)
    for words, sentence in (*WORDS, *POSTGRESQL):
        if words in why or words in kind or words in type(getattr(error, "orig", error).__cause__).__name__:
            return Unusable(sentence.format(where=where))
    lost = isinstance(error, DBAPIError) and any(words in why for words in LOST)  # while it was still greeting us
    if lost or isinstance(error, (OSError, TimeoutError)) or getattr(error, "connection_invalidated", False):
        return Unusable(AWAY.format(where=where, why=getattr(error, "strerror", None) or kind))
    return None


def complain(event: str, error: BaseException, **more: object) -> None:
    """Logs a failure: a line when the database is away for a moment, all of it when it is a fault of ours."""
    away = isinstance(error, (OSError, PoolTimeout, OperationalError, InterfaceError))
    if not away and not getattr(error, "connection_invalidated", False):
        log.error(event, exc_info=error, **more)
        return
    cause = getattr(error, "orig", None) or error
    words = str(cause).splitlines() or [""]
    log.warning(event, why=f"{type(cause).__name__}: {words[0][:160]}", **more)


@contextlib.contextmanager
def alone(url: str) -> Iterator[None]:
    """Keeps a second copy out while the block runs: one SQLite file serves one house. PostgreSQL serves many, and needs no lock.

    The lock is the operating system's: it ends with the process, however that ends. Raises Unusable in the second copy.
    """
    path = file_of(url)
    if path is None:
        yield
        return
    with path.with_name(f"{path.name}.lock").open("a+b") as file:
        if not locked(file):
            file.seek(0)
            who = file.read().decode(errors="replace").strip()
            raise Unusable(
                f"Another copy of Stapsteen (process {who or 'unknown'}) is working in {path.parent}. "
                "Stop that one first, or give this one a folder of its own with --data."
            )
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        yield


def locked(file: IO[bytes]) -> bool:
    """Takes the lock, until the file is closed; False when another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows: the same with its own call, on a byte far behind the text
        import msvcrt  # type: ignore[import-not-found,unused-ignore]

        try:
            file.seek(1_000_000)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
