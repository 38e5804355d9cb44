"""What cannot be used is answered kindly, by what it was; and a button means something only where it was shown."""

from __future__ import annotations

import pytest

from bot.care import outbox
from bot.messages import FileRef
from bot.telegram import read
from tests.given.house import House, Person, World, welcome, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_a_photo_that_cannot_be_seen_is_not_said_to_be_unheard(amina: Person, house: House) -> None:
    amina.lang = "nl"
    await welcome(amina, house)
    assert "foto niet goed zien" in words(await amina.send("photo", file=FileRef("f", "u", "photo", 900)))
    assert "niet horen" in words(await amina.send("voice", file=FileRef("f", "u", "voice", 900, 3)))


async def test_reading_and_handling_agree_on_what_cannot_be_used(amina: Person, house: House) -> None:
    """What `telegram/read.py` calls a sticker is what the conversation answers as a sticker."""
    update = {
        "update_id": 1,
        "message": {
            "message_id": 5,
            "date": 0,
            "chat": {"id": amina.chat_id, "type": "private"},
            "from": {"id": amina.chat_id, "is_bot": False, "first_name": "Amina"},
            "sticker": {"file_id": "s", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1},
        },
    }
    amina.lang = "nl"
    await welcome(amina, house)
    heard = read.heard(update)
    assert heard is not None
    await amina.world.arrive(heard)
    assert "Leuk plaatje" in words(await amina.listen())


async def test_a_button_is_found_in_its_own_chat_only(amina: Person, house: House, world: World) -> None:
    await welcome(amina, house)
    data = amina.find("settings")
    async with world.db.begin() as session:
        assert await outbox.button(session, amina.chat_id, data) is not None
        assert await outbox.button(session, 4242, data) is None
