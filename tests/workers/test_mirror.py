"""What is recorded on one machine is heard from all, agreed with once, and gone everywhere when its speaker wants that."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.media import StoreAway, open_store
from bot.speech.recordings import Recordings
from bot.workers.mirror import Mirror
from tests.given.store import S3
from tests.journeys.scripted import tone

KEY, WORDS, SPEAKER = "home.menu.text", "Wat wil je doen?", "stem-een"


class Machine:
    """A house's machine with a folder of its own and the store of all."""

    def __init__(self, s3: S3, folder: Path) -> None:
        self.folder = folder / "recordings"
        self.recordings = Recordings(self.folder)
        store = open_store(s3.settings(folder), f"s3://{s3.bucket}/house/voices")
        self.mirror = Mirror(self.recordings, store)

    def speaks(self, key: str = KEY, hertz: int = 440, speaker: str = SPEAKER) -> bytes:
        sound = tone(hertz, 0.5)
        self.recordings.add("so", key, sound, WORDS, speaker)
        return sound

    def heard(self, key: str = KEY) -> str:
        return self.recordings.state("so", key, WORDS)


@pytest.fixture
def here(s3: S3, tmp_path: Path) -> Machine:
    return Machine(s3, tmp_path / "here")


@pytest.fixture
def there(s3: S3, tmp_path: Path) -> Machine:
    return Machine(s3, tmp_path / "there")


async def test_a_voice_and_a_listeners_yes_travel(here: Machine, there: Machine, s3: S3) -> None:
    sound = here.speaks()
    assert await here.mirror.look() == 1
    assert await there.mirror.look() == 1
    assert there.recordings.path("so", KEY).read_bytes() == sound
    assert there.heard() == "unheard"
    there.recordings.approve("so", KEY, "stem-twee")
    assert await there.mirror.look() == 1
    assert await here.mirror.look() == 1
    assert here.heard() == there.heard() == "ok"
    assert (await here.mirror.look(), await there.mirror.look()) == (0, 0), "then there is nothing left to do"
    newer = here.speaks(hertz=660)
    await here.mirror.look()
    await there.mirror.look()
    assert (there.recordings.path("so", KEY).read_bytes(), there.heard()) == (newer, "unheard")


async def test_who_wants_to_be_heard_no_more_is_gone_everywhere(here: Machine, there: Machine, s3: S3) -> None:
    here.speaks()
    here.speaks("home.menu.ask.label", speaker="stem-drie")
    await here.mirror.look()
    await there.mirror.look()
    there.recordings.approve("so", KEY, "stem-twee")  # in the very moment in which she goes
    assert here.recordings.forget(SPEAKER) == 1
    await here.mirror.look()
    await there.mirror.look()
    await here.mirror.look()
    assert here.heard() == there.heard() == "missing"
    assert not there.recordings.path("so", KEY).exists()
    assert {key for key in s3.stored() if KEY in key} == set()
    assert there.heard("home.menu.ask.label") == "unheard"


async def test_a_new_machine_gets_all_and_one_that_lost_its_folder_deletes_nothing(
    here: Machine, there: Machine
) -> None:
    for n in range(5):
        here.speaks(f"step.{n}")
    await here.mirror.look()
    assert await there.mirror.look() == 5
    shutil.rmtree(there.folder / "so")
    assert await there.mirror.look() == 5
    assert await here.mirror.look() == 0
    assert {here.heard(f"step.{n}") for n in range(5)} == {"unheard"}


async def test_a_store_that_was_emptied_is_filled_again(here: Machine, there: Machine, s3: S3) -> None:
    here.speaks()
    await here.mirror.look()
    await there.mirror.look()
    for key in s3.stored():
        s3.client.delete_object(Bucket=s3.bucket, Key=key)
    await there.mirror.look()
    await here.mirror.look()
    assert here.heard() == there.heard() == "unheard"
    assert f"house/voices/so.{KEY}" in s3.stored()


async def test_while_the_store_is_away_everything_stays_as_it_is(here: Machine, s3: S3) -> None:
    here.speaks()
    await here.mirror.look()
    s3.stop()
    with pytest.raises(StoreAway):
        await here.mirror.look()
    assert here.heard() == "unheard"
    s3.start()
    assert await here.mirror.look() == 0


async def test_what_is_no_recording_of_ours_is_not_taken(here: Machine, s3: S3) -> None:
    await here.mirror.look()
    s3.client.put_object(Bucket=s3.bucket, Key="house/voices/so.home.menu", Body=b'{"audio": "0"}\nOggS of somebody')
    s3.client.put_object(Bucket=s3.bucket, Key="house/voices/so.home.x", Body=b"no JSON")
    here.speaks()
    assert await here.mirror.look() == 1, "the others go on"
    assert set(here.recordings.entries("so")) == {KEY}
