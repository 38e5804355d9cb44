"""How people ask is content as well: what is wrong with it is named by file and line, before a mother types."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from bot import app
from bot.care import content as contents
from bot.clock import Clock
from bot.faq import match
from bot.opening import open_house
from bot.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        pytest.param('topics:\n  prijs:\n    - "een", "twee"\n', 3, "cannot be read", id="two on a line"),
        pytest.param("- hallo\n", 1, "there have to be", id="a list"),
        pytest.param("human: hallo\n", 1, "`human` is a list", id="human without a list"),
        pytest.param("topics:\n  prijs: wat kost het\n", 1, "`topics` has to be", id="a topic without a list"),
    ],
)
def test_a_fault_is_named_with_file_and_line(text: str, line: int, says: str, tmp_path: Path) -> None:
    (tmp_path / "locales" / "nl").mkdir(parents=True)
    (tmp_path / "locales" / "nl" / "asks.yaml").write_text(text, "utf-8")
    ((file, at, why),) = match.faults(tmp_path)
    assert (file, at) == ("locales/nl/asks.yaml", line)
    assert says in why


def test_our_own_files_have_none() -> None:
    assert list(match.faults(ROOT)) == []


def test_a_house_does_not_open_with_words_it_cannot_read(tmp_path: Path) -> None:
    for name in ("flows", "audio"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "locales" / "nl").mkdir(parents=True)
    (tmp_path / "locales" / "languages.yaml").write_bytes((ROOT / "locales" / "languages.yaml").read_bytes())
    (tmp_path / "locales" / "nl" / "asks.yaml").write_text("topics: [\n", "utf-8")
    faults = contents.read(tmp_path)[1]
    assert [fault.file for fault in faults if "cannot be read" in fault.says] == ["locales/nl/asks.yaml"]


def making(before: set[threading.Thread]) -> list[threading.Thread]:
    """The threads that read ahead, without those that a house of another test left at it."""
    return [thread for thread in threading.enumerate() if thread.name == "reading" and thread not in before]


@pytest.mark.timeout(600)  # it is learnt in a process that lets everything else go first
def test_the_matcher_is_made_beside_the_work_once_the_house_is_open(tmp_path: Path) -> None:
    async def warmed() -> bool:
        nowhere = "http://127.0.0.1:9"
        house = await app.build(Settings(data=tmp_path, bot_token="42:SANDBOX", bot_api=nowhere), Clock())  # type: ignore[arg-type]
        before = set(threading.enumerate())
        try:
            async with asyncio.timeout(300), asyncio.TaskGroup() as tasks:
                opening = tasks.create_task(
                    open_house(house.settings, house.port, house.content, house.clips, house.db)
                )
                while not making(before) and "matcher" not in vars(house.content):  # noqa: ASYNC110 - a thread sets no event
                    await asyncio.sleep(0.05)
                opening.cancel()  # nobody answers there: it would go on knocking
            for thread in making(before):
                assert thread.daemon
                await asyncio.to_thread(thread.join)
            return "matcher" in vars(house.content)
        finally:
            await house.close()

    assert asyncio.run(warmed())
