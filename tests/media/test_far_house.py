"""A house whose files lie in a store: nothing is lost while it is away, what must go goes, and no other bot comes into it."""

from __future__ import annotations

import datetime as dt
import gc
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import build, run_house
from bot.backup import make
from bot.backup_restore import restore
from bot.care import health, outbox, privacy
from bot.clock import Clock
from bot.db.keep_models import Discard
from bot.db.models import Arrival, Delivery, Media, Mother
from bot.db.session import Database, Session
from bot.db.trouble import Unusable
from bot.media import Copies, Folder, StoreAway, StoreRefuses, copies_of
from bot.messages import FileRef, Heard, Utterance
from bot.office import look_at_store, move_files, prepare_database
from bot.settings import Settings
from bot.studio import Studio
from bot.workers.discards import CopyKeeper, discard_some, look, make_sure, sweep_strays
from bot.workers.listener import Listener
from tests.given.store import S3
from tests.workers.scenery import AMINA, NOW, Wire, drain, put, row, sender, still

VOICE = FileRef("v1", "u1", "voice", 900, 4, "audio/ogg")


def listening(db: Database, s3: S3, folder: Path, wire: Wire) -> Listener:
    def read(raw: Mapping[str, Any]) -> Heard:
        return Heard("voice" if raw["voice"] else "text", AMINA, text=raw["text"], file=VOICE if raw["voice"] else None)

    async def handle(
        session: Session, arrival: Arrival, heard: Heard, files: Mapping[str, Media], now: dt.datetime
    ) -> None:
        said = Utterance("text", text=f"{heard.text} {len(files)}")
        await outbox.put(session, heard.chat_id, said, key=f"arrival:{arrival.id}:0", now=now)

    return Listener(db, handle, wire, still(), read=read, media=s3.store(folder))


async def came(db: Database, number: int, text: str, *, voice: bool) -> None:
    raw = {"text": text, "voice": voice}
    async with db.begin() as session:
        session.add(
            Arrival(channel="t", update_id=number, chat_id=AMINA, raw=raw, received_at=NOW, due_at=NOW, tries=0)
        )


async def due_again(db: Database) -> None:
    async with db.begin() as session:
        for one in await session.scalars(select(Arrival).where(Arrival.handled_at.is_(None))):
            one.due_at = NOW
        for left in await session.scalars(select(Delivery).where(Delivery.state == "open")):
            left.due_at = NOW


async def test_her_voice_waits_while_the_store_is_away_and_is_never_given_up(
    db: Database, second: AsyncSession, s3: S3, tmp_path: Path
) -> None:
    ear = listening(db, s3, tmp_path, Wire(files={"v1": b"sound"}))
    await came(db, 1, "voice", voice=True)
    await came(db, 2, "text", voice=False)
    s3.stop()
    for _ in range(7):  # more often than an arrival is tried before it is put aside
        assert await ear.handle_one()
        await due_again(db)
    assert await second.scalar(select(func.count()).where(Arrival.parked_at.is_not(None))) == 0
    assert await second.scalar(select(func.count()).where(Arrival.handled_at.is_not(None))) == 0
    assert "does not answer" in str(await second.scalar(select(Arrival.error).where(Arrival.update_id == 1)))
    s3.start()
    while await ear.handle_one():
        pass
    said = [d.utterance["text"] for d in await second.scalars(select(Delivery).order_by(Delivery.id))]
    assert said == ["voice 1", "text 0"], "once each, and in her order"
    (media,) = list(await second.scalars(select(Media)))
    assert s3.content(f"house/{media.name}") == b"sound"
    assert s3.stored() == {f"house/{media.name}"}


async def test_a_recording_is_sent_later_when_the_store_is_away_and_not_as_text(
    db: Database, second: AsyncSession, s3: S3, tmp_path: Path
) -> None:
    await s3.store(tmp_path / "elsewhere").put("m1.ogg", b"OggS of Rose")
    wire, none = Wire(), tmp_path / "none"
    studio = Studio(None, none, s3.store(tmp_path / "here"), none)  # type: ignore[arg-type] # no clips: nothing is spoken here
    one = sender(db, wire, studio=studio, hurried=True)
    await put(db, AMINA, Utterance("voice", text="", media="m1.ogg"), "a:0")
    s3.stop()
    for _ in range(10):  # more often than a delivery is tried before it counts as failed
        await drain(one)
        await due_again(db)
    waiting = await row(second, "a:0")
    assert (waiting.state, waiting.tries) == ("open", 1)
    assert "does not answer" in str(waiting.error)
    assert wire.sent == []
    s3.start()
    await due_again(db)
    await drain(one)
    assert wire.sent == [(AMINA, "voice", "m1.ogg")]


async def forgotten(db: Database, s3: S3, folder: Path, *names: str) -> None:
    """Amina sent these, and wants to be forgotten."""
    db.info["media"], db.info["copies"] = folder / "media", copies_of(s3.settings(folder))
    for name in names:
        await s3.store(folder).put(name, b"Amina's")
    async with db.begin() as session:
        amina = Mother(chat_id=AMINA, first_name="Amina", status="member", place={}, said={}, created_at=NOW)
        session.add(amina)
        await session.flush()
        for name in names:
            session.add(
                Media(
                    name=name, kind="voice", mime="audio/ogg", size=1, sha256=name, created_at=NOW, mother_id=amina.id
                )
            )
    async with db.begin() as session:
        await privacy.forget(session, (await session.scalars(select(Mother))).one(), NOW)


async def test_what_is_forgotten_while_the_store_is_away_goes_when_it_is_back_and_is_seen_until_then(
    db: Database, second: AsyncSession, s3: S3, tmp_path: Path
) -> None:
    await forgotten(db, s3, tmp_path, "a1.ogg", "b2.ogg")
    assert list(copies_of(s3.settings(tmp_path)).glob("*.ogg")) == [], "the copies here are gone at once"
    store = s3.store(tmp_path)
    s3.stop()
    assert not await discard_some(db, store)
    assert not await discard_some(db, store)
    async with db.begin() as session:
        assert (await health.health(session, [], NOW)).undeleted == 2
    s3.start()
    assert s3.stored() == {"house/a1.ogg", "house/b2.ogg"}
    assert await discard_some(db, store)
    assert s3.stored() == set()
    assert await second.scalar(select(func.count()).select_from(Discard)) == 0
    assert not await discard_some(db, store)


async def test_a_neighbour_forgets_its_copies_and_what_was_made_of_them(db: Database, s3: S3, tmp_path: Path) -> None:
    neighbour = tmp_path / "neighbour"
    photos = neighbour / "photos"
    copies = Copies(copies_of(s3.settings(neighbour)))
    keeper = CopyKeeper(db, copies, {photos: "*.jpg"})
    assert keeper.tidy_one(), "at the start: nobody knows what happened before"
    copies.keep("a1.ogg", b"Amina's")
    photos.mkdir(parents=True)
    (photos / "made.jpg").write_bytes(b"Amina's letter")
    assert not keeper.tidy_one()
    await forgotten(db, s3, tmp_path / "here", "a1.ogg")
    assert keeper.woken.is_set()
    assert keeper.tidy_one()
    assert [*copies.folder.iterdir(), *photos.iterdir()] == []


async def test_what_no_row_names_is_swept_away_and_what_is_new_is_not(db: Database, s3: S3, tmp_path: Path) -> None:
    store = s3.store(tmp_path, "42:A")
    await make_sure(store)
    for name in ("kept.ogg", "stray.ogg"):
        await store.put(name, b"x")
    async with db.begin() as session:
        session.add(Media(name="kept.ogg", kind="voice", mime="audio/ogg", size=1, sha256="x", created_at=NOW))
    now = Clock().now()
    assert await sweep_strays(db, store, now, tmp_path / "notes") == 0
    assert await sweep_strays(db, store, now + dt.timedelta(hours=2), tmp_path / "notes") == 1
    assert s3.stored() == {"house/kept.ogg", "house/bot"}


async def test_another_bot_is_not_let_into_the_store(s3: S3, tmp_path: Path) -> None:
    await make_sure(s3.store(tmp_path, "42:A"))
    await make_sure(s3.store(tmp_path, "42:NEW"))
    with pytest.raises(StoreRefuses, match="belong to another bot"):
        await make_sure(s3.store(tmp_path / "other", "43:B"))
    s3.stop()
    await make_sure(s3.store(tmp_path / "third", "42:A"))


async def test_another_bot_that_began_while_the_store_was_away_writes_and_sweeps_nothing_either(
    db: Database, s3: S3, tmp_path: Path
) -> None:
    first, other = s3.store(tmp_path, "42:A"), s3.store(tmp_path / "other", "43:B")
    await first.put("a1.ogg", b"Amina's voice")
    s3.stop()
    await make_sure(other)
    s3.start()
    with pytest.raises(StoreRefuses, match="belong to another bot"):
        await other.put("b2.ogg", b"x")
    assert await sweep_strays(db, other, Clock().now() + dt.timedelta(days=2), tmp_path / "notes") == 0
    assert not await look(db, other, NOW)
    async with db.begin() as session:
        assert "another bot" in (await health.health(session, [], NOW)).away
    settings = s3.settings(tmp_path / "office", bot_token=SecretStr("43:B"))
    (tmp_path / "old").mkdir()
    with pytest.raises(Unusable, match="belong to another bot"):
        await move_files(settings, str(tmp_path / "old"), f"s3://{s3.bucket}/house")
    assert s3.stored() == {"house/bot", "house/a1.ogg"}


async def test_the_health_page_says_when_the_store_is_away(db: Database, s3: S3, tmp_path: Path) -> None:
    store = s3.store(tmp_path)
    assert await look(db, store, NOW)
    s3.stop()
    assert not await look(db, store, NOW)
    async with db.begin() as session:
        assert "does not answer" in (await health.health(session, [], NOW)).away
    s3.start()
    assert await look(db, store, NOW)
    async with db.begin() as session:
        assert (await health.health(session, [], NOW)).away == ""


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """A house that runs sets up its whole process: its log and its collector of rubbish. This one belongs to other tests, too."""
    told, often = structlog.get_config() if structlog.is_configured() else None, gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*often)
    structlog.reset_defaults()
    if told:
        structlog.configure(**told)


@pytest.mark.usefixtures("as_it_was")
async def test_a_house_with_a_wrong_key_ends_with_a_sentence(s3: S3, tmp_path: Path) -> None:
    settings = s3.settings(
        tmp_path, bot_token=SecretStr("42:TOKEN-of-a-test-that-asks-nobody"), bot_api="http://127.0.0.1:9"
    )
    with s3.closed(), pytest.raises(Unusable, match="MEDIA_KEY and MEDIA_SECRET"):
        await run_house(settings)


async def test_all_rooms_of_a_built_house_use_the_store(s3: S3, tmp_path: Path) -> None:
    settings = s3.settings(tmp_path, bot_token=SecretStr("42:TOKEN-of-a-test-that-asks-nobody"))
    await prepare_database(settings)
    house = await build(settings, Clock())
    try:
        assert house.listener.media is house.recorder.media is house.media
        await house.media.put("a1.ogg", b"x")
        assert s3.stored() == {"house/bot", "house/a1.ogg"}
        assert "store" in house.ticker.ticks
        assert house.db.info["copies"] == copies_of(settings)
    finally:
        await house.close()


async def test_a_backup_holds_the_files_and_puts_them_back_into_store_or_folder(s3: S3, tmp_path: Path) -> None:
    content = tmp_path / "content"
    settings = s3.settings(tmp_path / "data", content=content)
    await prepare_database(settings)
    await s3.store(tmp_path / "data").put("a1.ogg", b"Amina's voice")
    db = Database(settings.database())
    async with db.begin() as session:
        session.add(Media(name="a1.ogg", kind="voice", mime="audio/ogg", size=13, sha256="x", created_at=NOW))
    await db.close()
    made = await make(settings, NOW, tmp_path / "kept")
    assert made.files == 1
    other = s3.settings(tmp_path / "other", content=content, media_store=f"s3://{s3.bucket}/other")
    assert (await restore(other, made.path, NOW)).files == 1
    assert s3.content("other/a1.ogg") == b"Amina's voice"
    near = Settings(data=tmp_path / "near", content=content)
    await restore(near, made.path, NOW)
    assert (tmp_path / "near/media/a1.ogg").read_bytes() == b"Amina's voice"
    s3.stop()
    with pytest.raises(StoreAway):
        await make(settings, NOW, tmp_path / "kept")
    with pytest.raises(StoreAway):
        await restore(s3.settings(tmp_path / "third", content=content), made.path, NOW)
    assert not (tmp_path / "third/stapsteen.sqlite").exists(), "nothing was begun"


async def test_files_move_into_a_store_and_back_and_are_compared(s3: S3, tmp_path: Path) -> None:
    old, back = tmp_path / "media", tmp_path / "back"
    settings, there = s3.settings(tmp_path), f"s3://{s3.bucket}/house"
    for n in range(20):
        await Folder(old).put(f"{n}.ogg", b"sound %d" % n)
    await make_sure(s3.store(tmp_path, "42:A"))
    assert "20 files" in await move_files(settings, str(old), there)
    assert "20 were there already" in await move_files(settings, str(old), there)
    await move_files(settings, there, str(back))
    assert {p.name: p.read_bytes() for p in back.iterdir()} == {p.name: p.read_bytes() for p in old.iterdir()}
    await Folder(old).put("3.ogg", b"another")
    with pytest.raises(Unusable, match=r"3\.ogg is another one"):
        await move_files(settings, str(old), there)
    with pytest.raises(Unusable, match="no folder"):
        await move_files(settings, str(tmp_path / "nowhere"), there)


async def test_check_looks_at_the_store_too(s3: S3, tmp_path: Path) -> None:
    assert "can be written, read, listed and deleted" in await look_at_store(s3.settings(tmp_path))
    s3.stop()
    with pytest.raises(Unusable, match="does not answer"):
        await look_at_store(s3.settings(tmp_path))


async def test_a_file_in_the_folder_that_cannot_be_deleted_is_tried_again_and_seen(
    db: Database, second: AsyncSession, tmp_path: Path
) -> None:
    db.info["media"] = tmp_path
    stubborn = tmp_path / "a1.ogg"
    stubborn.mkdir()
    async with db.begin() as session:
        privacy.drop_files(session, ["a1.ogg"])
    assert not await discard_some(db, Folder(tmp_path))
    async with db.begin() as session:
        assert (await health.health(session, [], NOW)).undeleted == 1
    stubborn.rmdir()
    stubborn.write_bytes(b"x")
    assert await discard_some(db, Folder(tmp_path))
    assert not stubborn.exists()
    assert await second.scalar(select(func.count()).select_from(Discard)) == 0
