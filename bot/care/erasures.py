"""Who was forgotten stays forgotten, also after a restore: hashes of chats, kept in the database and in a file beside it.

A hash is scrypt with a salt of this house: whoever finds the list has to guess each chat number at a price, and learns nothing else.
The file `erased` (first line the salt, then "<hash> <instant>" a line) outlives the database; a backup folder gets a copy.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import secrets
from functools import partial
from pathlib import Path

from sqlalchemy import select

from bot.db.keep_models import Erasure
from bot.db.models import Mother, Note
from bot.db.notes import insert, noted
from bot.db.session import Session, after

SALT = "erasures"  # the note that keeps it
FILE = "erased"
COST = 2**12  # scrypt's n: some 10 ms a guess


def hashed(chat_id: int, salt: str) -> str:
    """What is kept of a chat: 32 bytes of scrypt, in hexadecimal."""
    return hashlib.scrypt(str(chat_id).encode(), salt=bytes.fromhex(salt), n=COST, r=8, p=1, dklen=32).hex()


async def salt_of(session: Session) -> str:
    """The salt of this house; made at the first need."""
    fresh = insert(session, Note).values(name=SALT, value={"salt": secrets.token_hex(16)})
    await session.execute(
        fresh.on_conflict_do_nothing(index_elements=["name"])
    )  # of two at once, the first one's counts
    known = await noted(session, SALT)
    return str((known or {})["salt"])


async def remember(session: Session, chat_id: int, now: dt.datetime) -> None:
    """Writes down that this chat was forgotten now: in this transaction, and after it in the file of the data folder."""
    salt = await salt_of(session)
    row = Erasure(chat_hash=hashed(chat_id, salt), at=now)
    session.add(row)
    await session.flush()
    folder = session.info.get("media")
    if isinstance(folder, Path):
        after(session, partial(append, folder.parent / FILE, salt, {row.chat_hash: now}))


def append(path: Path, salt: str, found: dict[str, dt.datetime]) -> None:
    """Adds lines to a list, which is begun with its salt when it is new; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        if file.tell() == 0:
            file.write(f"salt {salt}\n")
        file.writelines(f"{chat} {at.isoformat()}\n" for chat, at in found.items())
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> tuple[str, dict[str, dt.datetime]]:
    """The salt of a list and its hashes with the latest time; ("", {}) when there is none. Raises ValueError when it is no such list."""
    if not path.is_file():
        return "", {}
    lines = path.read_text("utf-8").splitlines()
    if not lines or not lines[0].startswith("salt "):
        raise ValueError(f"{path} is no list of erasures: its first line has to be the salt.")
    found: dict[str, dt.datetime] = {}
    for line in lines[1:]:
        chat, _, at = line.partition(" ")
        try:
            when = dt.datetime.fromisoformat(at)
        except ValueError:
            continue  # half a line of a power cut
        when = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
        found[chat] = max(when, found.get(chat, when))
    return lines[0].removeprefix("salt "), found


async def in_database(session: Session) -> tuple[str, dict[str, dt.datetime]]:
    """The same list as the database has it."""
    known = await noted(session, SALT)
    rows = await session.execute(select(Erasure.chat_hash, Erasure.at).order_by(Erasure.at))
    return str((known or {}).get("salt", "")), {row[0]: row[1] for row in rows}


def write(path: Path, salt: str, found: dict[str, dt.datetime]) -> None:
    """The whole list anew, for a folder of backups."""
    new = path.with_name(f".{path.name}.new")
    new.unlink(missing_ok=True)
    append(new, salt, found)
    new.replace(path)


async def stay_forgotten(session: Session, salt: str, found: dict[str, dt.datetime], now: dt.datetime) -> int:
    """Forgets again who was forgotten after this database was as it is now: it came from a backup. How many mothers.

    Nothing is reckoned when the database knows all of the list already, as it does on every usual day.
    """
    from bot.care import privacy  # which remembers here whom it forgot

    known_salt, known = await in_database(session)
    fresh = {
        chat: at for chat, at in found.items() if salt != known_salt or known.get(chat) is None or known[chat] < at
    }
    if not fresh:
        return 0
    if not known_salt:  # before anybody is forgotten: that would make one
        session.add(Note(name=SALT, value={"salt": salt}))
        await session.flush()
    again = await to_forget(session, salt, fresh)
    for mother in again:
        await privacy.forget(session, mother, now)
    if known_salt in ("", salt):
        session.add_all([Erasure(chat_hash=chat, at=at) for chat, at in fresh.items()])
    await session.flush()
    return len(again)


async def to_forget(session: Session, salt: str, found: dict[str, dt.datetime]) -> list[Mother]:
    """The mothers of this database who were forgotten after they had come: those of a restore who must go again."""
    if not salt or not found:
        return []
    gone = []
    for mother in await session.scalars(select(Mother).order_by(Mother.id)):
        at = found.get(hashed(mother.chat_id, salt))
        if at is not None and at >= mother.created_at:  # who came back later is somebody new
            gone.append(mother)
    return gone
