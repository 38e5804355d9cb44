"""The two places where files of people may lie do the same; the far one against a real server, also when it is away or refuses us."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.media import Copies, Folder, Store, StoreAway, StoreRefuses, open_store
from bot.settings import Settings
from tests.given.store import S3


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return Folder(tmp_path / "media")
    s3: S3 = request.getfixturevalue("s3")
    return s3.store(tmp_path)


async def test_a_file_is_kept_found_listed_and_gone(store: Store) -> None:
    before = Clock().now() - dt.timedelta(seconds=5)
    await store.put("a1.ogg", b"Amina's voice")
    await store.put("b2.jpg", b"a letter")
    assert (await store.get("a1.ogg")).read_bytes() == b"Amina's voice"
    assert (await store.get("a1.ogg")).suffix == ".ogg", "Telegram goes by the end of the name"
    found = {one.name: one async for one in store.names()}
    assert {name: one.size for name, one in found.items()} == {"a1.ogg": 13, "b2.jpg": 8}
    assert all(one.at >= before.replace(microsecond=0) for one in found.values())
    await store.drop("a1.ogg")
    await store.drop("a1.ogg")
    with pytest.raises(FileNotFoundError):
        await store.get("a1.ogg")
    assert [one.name async for one in store.names()] == ["b2.jpg"]
    await store.look()
    assert [one.name async for one in store.names()] == ["b2.jpg"]


@pytest.mark.parametrize("name", ["../secret", "a/b.ogg", "", ".hidden", "a\n", "x" * 200])
async def test_a_name_that_leads_elsewhere_is_no_file(store: Store, name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    with pytest.raises(FileNotFoundError):
        await store.get(name)
    with pytest.raises(FileNotFoundError):
        await store.put(name, b"x")
    with pytest.raises(FileNotFoundError):
        await store.drop(name)
    assert (tmp_path / "secret").exists()


async def test_another_machine_sees_it_and_keeps_a_copy_for_an_hour_at_most(s3: S3, tmp_path: Path) -> None:
    here, there = s3.store(tmp_path / "here"), s3.store(tmp_path / "there")
    await here.put("a1.ogg", b"sound")
    assert s3.content("house/a1.ogg") == b"sound"
    copy = await there.get("a1.ogg")
    assert copy.is_relative_to(tmp_path / "there")
    s3.stop()
    assert (await there.get("a1.ogg")).read_bytes() == b"sound", "the copy serves while the store is away"
    two_hours_ago = time.time() - 7200  # noqa: TID251
    os.utime(copy, (two_hours_ago, two_hours_ago))
    with pytest.raises(StoreAway):
        await there.get("a1.ogg")
    s3.start()
    await here.drop("a1.ogg")
    with pytest.raises(FileNotFoundError):
        await there.get("a1.ogg")


def test_copies_are_never_more_than_so_much(tmp_path: Path) -> None:
    copies = Copies(tmp_path, most=2500)
    for n in range(5):
        path = copies.keep(f"{n}.ogg", b"x" * 1000)
        os.utime(path, (time.time() - 100 + n, time.time() - 100 + n))  # noqa: TID251
    copies.tidy()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["3.ogg", "4.ogg"]
    copies.empty()
    assert list(tmp_path.iterdir()) == []


async def test_a_store_that_is_away_is_told_in_a_sentence_and_soon(s3: S3, tmp_path: Path) -> None:
    store = s3.store(tmp_path)
    s3.stop()
    began = time.perf_counter()
    for call in (store.put("a.ogg", b"x"), store.get("b.ogg"), store.drop("c.ogg"), store.look()):
        with pytest.raises(StoreAway, match="does not answer") as told:
            await call
        assert not isinstance(told.value, StoreRefuses)
        assert "MEDIA_ENDPOINT" in str(told.value)
    with pytest.raises(StoreAway):
        _ = [one async for one in store.names()]
    assert time.perf_counter() - began < 120


async def test_a_wrong_key_is_told_and_never_shown(s3: S3, tmp_path: Path) -> None:
    store = s3.store(tmp_path)
    with s3.closed():
        for call in (store.put("a.ogg", b"x"), store.get("b.ogg"), store.look()):
            with pytest.raises(StoreRefuses, match="MEDIA_KEY and MEDIA_SECRET") as told:
                await call
            assert "the-key" not in str(told.value)
            assert "the-secret" not in str(told.value)
    assert "the-secret" not in repr(s3.settings(tmp_path))


async def test_a_bucket_that_is_not_there_is_no_missing_file(s3: S3, tmp_path: Path) -> None:
    store = open_store(s3.settings(tmp_path, media_store="s3://nowhere/house"))
    for call in (store.put("a.ogg", b"x"), store.get("b.ogg"), store.look()):
        with pytest.raises(StoreRefuses, match="no bucket nowhere"):
            await call


async def test_a_bucket_that_keeps_what_is_deleted_is_refused(s3: S3, tmp_path: Path) -> None:
    s3.keep_versions()
    with pytest.raises(StoreRefuses, match="Turn versioning off"):
        await s3.store(tmp_path).look()


@pytest.mark.parametrize("address", ["s3://", "s3://B", "s3://a b/c", "s3://bucket/../../x y"])
def test_an_address_that_is_none_is_told(address: str, tmp_path: Path) -> None:
    with pytest.raises(StoreRefuses, match="s3://bucket"):
        open_store(Settings(data=tmp_path), address)


def test_a_house_with_a_folder_never_loads_the_library() -> None:
    code = (
        "import sys, bot.app; from pathlib import Path; from bot.media import open_store; from bot.settings import Settings;"
        "open_store(Settings(data=Path('data'))); print('obstore' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert said.stdout.strip() == "False"
