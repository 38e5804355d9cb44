"""A volunteer and a listener in Telegram, with the whole house running: link, picture, Dutch clip, microphone, yes, and it is heard."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import app, voices_office
from bot.app import House
from bot.care import voices
from bot.clock import Clock
from bot.messages import Part, Voice
from bot.office import prepare_database
from bot.sandbox import Sandbox
from bot.settings import Settings
from bot.speech import ogg
from tests.given.sandbox import Person
from tests.speech.conftest import file_of, said

pytestmark = pytest.mark.timeout(900)
SLOW = 120.0
GREETING = "language.greeting"


@pytest.fixture
async def house(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[House]:
    settings = Settings(data=tmp_path / "data", bot_token=sandbox.token, bot_api=sandbox.url)  # type: ignore[arg-type]
    await prepare_database(settings)
    house, stop = await app.build(settings, Clock()), asyncio.Event()
    await house.clips.warm()
    living = asyncio.ensure_future(app.live(house, stop))  # noqa: TID251 - the test is the composition root here
    yield house
    stop.set()
    await living
    await house.close()


async def payload(house: House, name: str) -> str:
    text = await voices_office.invite(house.settings, "so", name)
    found = re.search(r"staff-[\w-]+", text)
    assert found
    return found.group()


async def test_a_somali_voice_is_recorded_heard_by_another_and_played(house: House, sandbox: Sandbox) -> None:
    words = voices.texts(house.content, "so")[GREETING]
    voice = Voice("so", (Part(words, GREETING),))
    async with Person(sandbox.url, 71, "Hodan") as hodan, Person(sandbox.url, 72, "Nasra") as nasra:
        await hodan.start(await payload(house, "Hodan"))
        await hodan.wait_for(lambda m: "jouw stem" in m.get("text", ""), SLOW)
        await hodan.press("🎙 Inspreken: Somalisch")
        await hodan.wait_for(lambda m: "je stem wil lenen" in m.get("text", ""), SLOW)
        await hodan.press("▶️ Beginnen")
        dutch = await hodan.wait_for(lambda m: m["kind"] == "voice" and "1 van " in m.get("caption", ""), SLOW)
        assert words in dutch["caption"]
        assert ogg.info(await hodan.file(dutch)).seconds > 1
        assert any(m["kind"] == "photo" for m in await hodan.heard())

        await hodan.speak(file_of(said("Dag mama, spreek je Somalisch? Kies dan dit hier."), "ogg"), 5)
        back = await hodan.wait_for(lambda m: "Zo klinkt het" in m.get("caption", ""), SLOW)
        assert ogg.info(await hodan.file(back)).seconds == pytest.approx(4.5, abs=1.5)
        await hodan.press("✅ Bewaren")
        await hodan.wait_for(lambda m: "2 van " in m.get("caption", ""), SLOW)
        assert await house.clips.clip(voice) is None, "nobody has heard it yet"

        await nasra.start(await payload(house, "Nasra"))
        await nasra.wait_for(lambda m: "jouw stem" in m.get("text", ""), SLOW)
        await nasra.press("👂 Beluisteren: Somalisch")
        heard = await nasra.wait_for(lambda m: "precies deze woorden" in m.get("caption", ""), SLOW)
        assert await nasra.file(heard) == await hodan.file(back)
        await nasra.press("👍 Goed")
        await nasra.wait_for(lambda m: "niets te beluisteren" in m.get("text", ""), SLOW)

    clip = await house.clips.clip(voice)
    assert clip is not None
    assert clip.engine == "recorded"
    assert clip.path.is_relative_to(house.settings.data / "recordings")
