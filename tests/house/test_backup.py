"""Backups: made while the house runs, tried out, put back into another database, and whom we forgot stays forgotten."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import backup, backup_restore
from bot.backup import BadArchive
from bot.backup_restore import NotNow, restore
from bot.care import erasures, privacy
from bot.db import migrate
from bot.db.aside import sweep
from bot.db.keep_models import Upkeep
from bot.db.models import Announcement, Delivery, Media, Mother, Note, QuestionPart
from bot.db.notes import noted
from bot.db.session import Database
from bot.db.trouble import Unusable, alone
from bot.settings import Settings
from tests.given.database import PostgreSQL
from tests.given.house import House, Person, World, welcome

LATER = dt.timedelta(hours=2)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A house of its own, with a voice that came with the content and one that was recorded here."""
    monkeypatch.chdir(tmp_path)
    for name in ("data/media", "data/recordings/so", "content/audio/recordings/ti"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "content/audio/recordings/ti/home.ogg").write_bytes(b"Selam's voice")
    (tmp_path / "data/recordings/so/home.ogg").write_bytes(b"Hodan's voice")
    return Settings(data=tmp_path / "data", database_url=database_url, content=tmp_path / "content")


async def lived(amina: Person, fatou: Person, house: House, world: World, settings: Settings) -> None:
    """Two mothers, one with a question and its recording on disk."""
    world.db.info["media"] = settings.data / "media"
    for person in (amina, fatou):
        await welcome(person, house)
        await person.tap("ask")
        await person.voice()
    async with world.db.begin() as session:
        for name in await session.scalars(select(Media.name)):
            (settings.data / "media" / name).write_bytes(name.encode() * 100)


async def test_a_backup_is_tried_out_and_comes_back_in_another_kind_of_database(
    amina: Person, fatou: Person, house: House, world: World, settings: Settings, tmp_path: Path
) -> None:
    await lived(amina, fatou, house, world, settings)
    made = await backup.make(settings, world.now, tmp_path / "kept")
    assert made.files == 4
    assert made.rows > 30
    assert made.path.stat().st_mode & 0o077 == 0
    other = settings.model_copy(update={"data": tmp_path / "new", "database_url": None, "content": tmp_path / "c"})
    found = await restore(other, made.path, world.now + LATER)
    assert (found.rows, found.files, found.again, found.before) == (made.rows, 4, 0, None)
    db = Database(other.database())
    async with db.begin() as session:
        names = set(await session.scalars(select(Mother.first_name)))
        [part, _] = await session.scalars(select(QuestionPart).order_by(QuestionPart.id))
        media = await session.get_one(Media, part.media_id or 0)
        assert await session.scalar(select(func.count()).where(Delivery.state == "open")) == 0
        # a number that was given out is never given out again
        newest = (await session.scalars(select(Mother).order_by(Mother.id.desc()).limit(1))).one()
        await privacy.forget(session, newest, world.now)
        fresh = Mother(chat_id=1, created_at=world.now)
        session.add(fresh)
        await session.flush()
        assert fresh.id == 3
    assert names == {"Amina", "Fatou"}
    assert (other.data / "media" / media.name).read_bytes() == media.name.encode() * 100
    assert (tmp_path / "c/audio/recordings/ti/home.ogg").read_bytes() == b"Selam's voice"
    assert (other.data / "recordings/so/home.ogg").read_bytes() == b"Hodan's voice"
    assert await migrate.differences(other.database()) == []
    await db.close()


async def test_who_was_forgotten_after_the_backup_stays_forgotten_and_who_came_back_later_stays(
    amina: Person, fatou: Person, house: House, world: World, settings: Settings, tmp_path: Path
) -> None:
    await lived(amina, fatou, house, world, settings)
    made = await backup.make(settings, world.now, tmp_path / "kept")
    async with world.db.begin() as session:
        mother = (await session.scalars(select(Mother).where(Mother.first_name == "Amina"))).one()
        await privacy.forget(session, mother, world.now + LATER)
    list_of = (settings.data / erasures.FILE).read_text()
    assert str(amina.chat_id) not in list_of
    assert "Amina" not in list_of
    await world.db.close()
    if settings.database().startswith("postgresql"):
        await world.db.engine.dispose()
    found = await restore(settings, made.path, world.now + 2 * LATER, over=True)
    assert found.again == 1
    assert found.before is not None
    db = Database(settings.database())
    async with db.begin() as session:
        assert list(await session.scalars(select(Mother.first_name))) == ["Fatou"]
        assert len(list((settings.data / "media").iterdir())) == 1
        assert await session.scalar(select(Upkeep.counts).where(Upkeep.what == "restore")) == {"restores": 1}
        salt, chats = await erasures.in_database(session)
        back = Mother(chat_id=amina.chat_id, first_name="Amina", created_at=world.now + 3 * LATER)
        session.add(back)
        await session.flush()
        assert await erasures.to_forget(session, salt, chats) == []
    await db.close()


async def test_a_database_put_back_by_hand_forgets_again_at_the_next_start(
    amina: Person, fatou: Person, house: House, world: World, second: AsyncSession, tmp_path: Path
) -> None:
    for person in (amina, fatou):
        await welcome(person, house)
    salt = "00" * 16
    erasures.append(tmp_path / "erased", salt, {erasures.hashed(amina.chat_id, salt): world.now + LATER})
    for _ in range(2):
        async with world.db.begin() as session:
            await erasures.stay_forgotten(session, *erasures.read(tmp_path / "erased"), world.now + LATER)
    assert list(await second.scalars(select(Mother.first_name))) == ["Fatou"]


async def test_an_encrypted_backup_opens_with_its_passphrase_only(
    amina: Person, house: House, world: World, settings: Settings, tmp_path: Path
) -> None:
    await welcome(amina, house)
    locked = settings.model_copy(update={"backup_passphrase": SecretStr("vier woorden die wij weten")})
    made = await backup.make(locked, world.now, tmp_path / "kept")
    assert b"Amina" not in made.path.read_bytes()
    assert made.path.name.endswith(".age.tar")
    assert (await backup.try_out(made.path, locked.backup_passphrase))["tables"]["mothers"]["rows"] == 1
    for secret in (None, SecretStr("iets anders")):
        with pytest.raises(BadArchive, match="BACKUP_PASSPHRASE"):
            await backup.try_out(made.path, secret)


async def test_a_damaged_archive_is_refused(settings: Settings, world: World, tmp_path: Path) -> None:
    made = await backup.make(settings, world.now, tmp_path / "kept")
    data = bytearray(made.path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    made.path.write_bytes(bytes(data))
    with pytest.raises(BadArchive):
        await backup.try_out(made.path, None)
    made.path.write_bytes(b"not a tar")
    with pytest.raises(BadArchive, match="cannot be read"):
        await backup.try_out(made.path, None)


async def test_an_archive_cannot_write_outside_its_folder(settings: Settings, tmp_path: Path) -> None:
    evil = tmp_path / "stapsteen-2026-11-22T031500.tar.gz"
    (tmp_path / "x").write_text("evil")
    with tarfile.open(evil, "w:gz") as archive:
        archive.add(tmp_path / "x", "../../outside")
    with pytest.raises(BadArchive):
        await backup.try_out(evil, None)
    assert not (tmp_path.parent / "outside").exists()


async def test_a_house_with_people_is_not_overwritten_unless_told_so(
    amina: Person, house: House, world: World, settings: Settings, tmp_path: Path
) -> None:
    made = await backup.make(settings, world.now, tmp_path / "kept")
    await welcome(amina, house)
    with pytest.raises(NotNow, match="--over"):
        await restore(settings, made.path, world.now)
    if settings.database().startswith("postgresql"):
        with pytest.raises(NotNow, match="running"):
            await restore(settings, made.path, world.now, over=True)
    else:
        with alone(settings.database()), pytest.raises(Unusable, match="Another copy"):
            await restore(settings, made.path, world.now, over=True)


async def test_a_line_that_was_closed_just_now_is_no_house_that_runs(
    postgresql: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server shows it for a moment longer, and on a busy machine for a long moment."""
    url = await postgresql.fresh()
    monkeypatch.setattr(backup_restore, "LOOKS", 10_000)
    monkeypatch.setattr(backup_restore, "PAUSE", 0.02)
    house = Database(url)
    looked = text("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%clear_snapshot()' AND pid <> pg_backend_pid()")
    async with asyncio.timeout(120), asyncio.TaskGroup() as tasks:
        async with house.engine.connect() as line:
            tasks.create_task(backup_restore._nobody_else(url))
            while not await line.scalar(looked):
                await line.rollback()
                await asyncio.sleep(0.02)
        await house.close()


async def test_nothing_is_said_again_after_a_restore(
    amina: Person, house: House, world: World, settings: Settings, tmp_path: Path
) -> None:
    await welcome(amina, house)
    async with world.db.begin() as session:
        late = Delivery(
            unique_key="a", token="a", chat_id=1, due_at=world.now + 9 * LATER, utterance={}, created_at=world.now
        )
        soon = Delivery(unique_key="b", token="b", chat_id=1, due_at=world.now, utterance={}, created_at=world.now)
        told = Announcement(group_id=house.group.id, kind="own", state="sending", created_at=world.now)
        session.add_all([late, soon, told])
    made = await backup.make(settings, world.now, tmp_path / "kept")
    other = settings.model_copy(update={"data": tmp_path / "new", "database_url": None})
    await restore(other, made.path, world.now + LATER)
    db = Database(other.database())
    async with db.begin() as session:
        states = {row[0]: row[1] for row in await session.execute(select(Delivery.unique_key, Delivery.state))}
        assert (states["a"], states["b"]) == ("open", "cancelled")
        assert (await session.scalars(select(Announcement.state))).one() == "stopped"
    await db.close()


async def test_the_night_makes_one_backup_and_notes_it(world: World, settings: Settings, tmp_path: Path) -> None:
    nightly = settings.model_copy(update={"backup_dir": tmp_path / "kept", "backup_hour": "03:15"})
    night = dt.datetime(2026, 11, 25, 2, 10, tzinfo=dt.UTC)  # 3.10 in Flanders
    assert not await backup.nightly(nightly, world.db, night)
    assert await backup.nightly(nightly, world.db, night + dt.timedelta(minutes=10))
    assert not await backup.nightly(nightly, world.db, night + dt.timedelta(minutes=20))
    async with world.db.begin() as session:
        told = await noted(session, "backup")
    assert told is not None
    assert told["ok"] is True
    assert len(list((tmp_path / "kept").glob("stapsteen-*"))) == 1


async def test_a_night_without_room_is_noted_and_tried_again(world: World, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file where the folder should be")
    nightly = settings.model_copy(update={"backup_dir": tmp_path / "kept"})
    night = dt.datetime(2026, 11, 25, 3, 0, tzinfo=dt.UTC)
    assert not await backup.nightly(nightly, world.db, night)
    async with world.db.begin() as session:
        assert (await noted(session, "backup") or {})["ok"] is False
    (tmp_path / "kept").unlink()
    assert await backup.nightly(nightly, world.db, night + dt.timedelta(minutes=10))


async def test_a_night_that_was_cut_off_by_a_kill_is_made_up_for(
    world: World, settings: Settings, tmp_path: Path
) -> None:
    nightly = settings.model_copy(update={"backup_dir": tmp_path / "kept"})
    night = dt.datetime(2026, 11, 25, 3, 0, tzinfo=dt.UTC)
    async with world.db.begin() as session:
        session.add(Upkeep(what="backup", day=night.date(), counts={}, at=night))
    assert not await backup.nightly(nightly, world.db, night + dt.timedelta(hours=1)), "somebody may be making it"
    assert await backup.nightly(nightly, world.db, night + dt.timedelta(hours=7))
    assert not await backup.nightly(nightly, world.db, night + dt.timedelta(hours=14))


def test_what_a_power_cut_left_and_old_copies_of_the_database_go(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", backup_dir=tmp_path / "kept")
    old, young = tmp_path / "kept/.new-a", tmp_path / "kept/.new-b"
    restored = tmp_path / "data/.restore-c"
    for folder in (old, young, restored):
        folder.mkdir(parents=True)
        (folder / "archive.tar.gz").touch()
    copies = [tmp_path / "data" / f"stapsteen.before-migration-from-000{n}.sqlite" for n in (1, 2)]
    others = [tmp_path / "data" / name for name in ("stapsteen.sqlite", "other.before-migration-from-0001.sqlite")]
    for file in (*copies, *others):
        file.touch()
    now = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    for path, days in (
        (old, 1),
        (restored, 1),
        (young, 0),
        (copies[0], 36),
        (copies[1], 34),
        *((o, 99) for o in others),
    ):
        at = (now - dt.timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
    assert sweep(settings, now) == 3
    assert [path.exists() for path in (old, restored, copies[0])] == [False] * 3
    assert all(path.exists() for path in (young, copies[1], *others))


def test_seven_daily_and_four_weekly_archives_stay(tmp_path: Path) -> None:
    first = dt.date(2026, 9, 1)
    for n in range(80):
        (tmp_path / f"stapsteen-{first + dt.timedelta(days=n)}T031500.tar.gz").touch()
    (tmp_path / "holiday.jpg").touch()
    backup.rotate(tmp_path, dt.datetime(2026, 11, 19, 4, tzinfo=dt.UTC), 35)
    left = sorted(path.name[10:20] for path in tmp_path.glob("stapsteen-*"))
    assert left[-7:] == [str(first + dt.timedelta(days=n)) for n in range(73, 80)]
    assert len(left) == 7 + 2
    assert (tmp_path / "holiday.jpg").exists()


async def test_a_backup_of_a_busy_house_is_one_moment(
    amina: Person, house: House, world: World, settings: Settings, tmp_path: Path
) -> None:
    await welcome(amina, house)
    async with backup.snapshot(settings.database()) as reading:
        before = await reading.scalar(select(func.count()).select_from(Note))
        async with world.db.begin() as session:  # the house writes on, and does not wait for the backup
            session.add(Note(name="written meanwhile", value={}))
        assert await reading.scalar(select(func.count()).select_from(Note)) == before


async def test_the_house_goes_on_while_files_are_packed_and_unpacked(
    settings: Settings, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, threads = tarfile.open, list[int]()

    def open_(*args: Any, **more: Any) -> tarfile.TarFile:
        threads.append(threading.get_ident())
        return opened(*args, **more)

    monkeypatch.setattr("tarfile.open", open_)
    await backup.make(settings, world.now, tmp_path / "kept")
    assert threads
    assert threading.get_ident() not in threads
