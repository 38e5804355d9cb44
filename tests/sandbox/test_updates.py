"""getUpdates: offsets, waiting, keeping, choosing, and one poller at a time."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import aiohttp
import pytest
import telegram
from aiogram import Bot
from aiogram import exceptions as ai_errors

from bot.sandbox import Sandbox
from tests.given.sandbox import Person
from tests.given.waiting import until
from tests.sandbox.conftest import Hand


async def texts(call: Any, **params: Any) -> list[str]:
    return [u["message"]["text"] for u in (await call("getUpdates", **params))["result"]]


async def test_an_update_comes_again_until_an_offset_above_it_confirms_it(call: Any, amina: Person, hand: Hand) -> None:
    await amina.say("Eén")
    first, second = (await call("getUpdates"))["result"]
    assert second["update_id"] == first["update_id"] + 1
    hand.now += 0.4
    assert await texts(call, limit=50) == ["/start"]  # asked again within half a second: one at a time
    hand.now += 0.6
    assert await texts(call, limit=50) == ["/start", "Eén"]
    assert await texts(call, offset=second["update_id"]) == ["Eén"]
    assert await texts(call, offset=second["update_id"] + 1) == []


async def test_a_negative_offset_forgets_the_rest(call: Any, amina: Person) -> None:
    for word in ("Eén", "Twee", "Drie"):
        await amina.say(word)
    assert await texts(call, offset=-2) == ["Twee", "Drie"]
    assert await texts(call, offset=0) == ["Twee", "Drie"]


async def test_the_limit_stays_between_1_and_100(call: Any, amina: Person, sandbox: Sandbox) -> None:
    for n in range(120):
        sandbox.say(101, str(n))
    assert len(await texts(call, limit=1000)) == 100
    assert len(await texts(call, limit=0, offset=-5)) == 1


async def test_a_poll_waits_until_she_says_something(call: Any, amina: Person, sandbox: Sandbox) -> None:
    seen = (await call("getUpdates"))["result"][-1]["update_id"]
    began = perf_counter()
    poll = asyncio.get_running_loop().create_task(texts(call, offset=seen + 1, timeout=50))
    await until(lambda: sandbox.world.updates.polled)
    await amina.say("Hier ben ik")
    assert await poll == ["Hier ben ik"]
    assert perf_counter() - began < 49, "the poll alone would have taken fifty"


async def test_a_poll_that_asks_in_circles_is_braked(call: Any, sandbox: Sandbox, hand: Hand) -> None:
    assert await texts(call) == []
    hand.now += 2.9
    poll = asyncio.get_running_loop().create_task(texts(call))
    await until(lambda: sandbox.world.updates.polled or poll.done())
    assert not poll.done(), "The same offset again within 3 s is held for 3 s."
    sandbox.say(101, "Dag")
    assert await poll == ["Dag"]


async def test_a_second_poller_ends_the_first(ai: Bot, call: Any, sandbox: Sandbox) -> None:
    first = asyncio.get_running_loop().create_task(ai.get_updates(timeout=50))
    await until(lambda: sandbox.world.updates.polled)
    second = asyncio.get_running_loop().create_task(call("getUpdates", timeout=1))
    with pytest.raises(ai_errors.TelegramConflictError, match="terminated by other getUpdates request; make sure that only one bot instance is running"):  # fmt: skip
        await first
    assert (await second)["ok"] is True


async def test_a_poller_that_hung_up_leaves_no_trace(sandbox: Sandbox, call: Any, amina: Person) -> None:
    seen = (await call("getUpdates"))["result"][-1]["update_id"]
    poll = asyncio.get_running_loop().create_task(call("getUpdates", offset=seen + 1, timeout=50))
    await until(lambda: sandbox.world.updates.polled)
    poll.cancel()
    await until(lambda: not sandbox.world.updates.polled)
    await amina.say("Nog daar?")
    assert await texts(call, offset=seen + 1, limit=10) == ["Nog daar?"]


@pytest.mark.usefixtures("still")
async def test_messages_are_kept_a_day_and_presses_150_seconds(call: Any, amina: Person, sandbox: Sandbox) -> None:
    button = {"inline_keyboard": [[{"text": "Ja", "callback_data": "a"}]]}
    await call("sendMessage", chat_id=101, text="?", reply_markup=button)
    await amina.press("Ja")
    sandbox.clock.advance(149)
    assert [list(u)[1] for u in (await call("getUpdates"))["result"]] == ["message", "callback_query"]
    sandbox.clock.advance(2)
    assert (await call("getWebhookInfo"))["result"]["pending_update_count"] == 1
    assert [list(u)[1] for u in (await call("getUpdates"))["result"]] == ["message"]
    sandbox.clock.advance(86_400)
    assert (await call("getWebhookInfo"))["result"]["pending_update_count"] == 0
    async with aiohttp.ClientSession() as http, http.get(f"{sandbox.url}/client/updates") as answer:
        queue = await answer.json()
    assert queue["waiting"] == 0
    assert [dropped["kind"] for dropped in queue["too_old"]] == ["callback_query", "message"]


@pytest.mark.usefixtures("still")
async def test_a_press_cannot_be_answered_after_150_seconds(call: Any, amina: Person, sandbox: Sandbox) -> None:
    button = {"inline_keyboard": [[{"text": "Ja", "callback_data": "a"}]]}
    await call("sendMessage", chat_id=101, text="?", reply_markup=button)
    await amina.press("Ja")
    press = (await call("getUpdates"))["result"][-1]["callback_query"]
    sandbox.clock.advance(151)
    answer = await call("answerCallbackQuery", callback_query_id=press["id"])
    assert answer["description"].startswith("Bad Request: query is too old")


async def test_only_what_was_asked_for_comes(ptb: telegram.Bot, amina: Person) -> None:
    said = await ptb.send_message(101, "Mooi?")
    await amina.send(reaction={"message_id": said.message_id, "emoji": "👍"})
    assert [u.message_reaction for u in await ptb.get_updates()] == [None], "Reactions come only when they are named."
    await ptb.get_updates(allowed_updates=["message_reaction"], offset=-1)
    await amina.say("Niet gevraagd")
    await amina.send(reaction={"message_id": said.message_id, "emoji": "❤"})
    update = (await ptb.get_updates(offset=-1))[0]
    assert update.message_reaction
    assert [r.to_dict()["emoji"] for r in update.message_reaction.old_reaction] == ["👍"]
    assert [r.to_dict()["emoji"] for r in update.message_reaction.new_reaction] == ["❤"]


THINGS: list[Any] = [
    pytest.param({"voice": "AAAA"}, "voice", id="voice that does not decode"),
    pytest.param({"voice": "AAAA", "duration": 600}, "voice", id="ten minutes"),
    pytest.param({"photo": "AAAA", "caption": "Kijk"}, "photo", id="photo"),
    pytest.param({"document": "AAAA", "file_name": "brief.pdf"}, "document", id="document"),
    pytest.param({"document": "", "size": 20_971_521}, "document", id="20 MB"),
    pytest.param({"audio": "AAAA"}, "audio", id="audio"),
    pytest.param({"video": "AAAA"}, "video", id="video"),
    pytest.param({"sticker": "AAAA", "emoji": "😀"}, "sticker", id="sticker"),
    pytest.param({"animation": "AAAA"}, "animation", id="animation"),
    pytest.param({"video_note": "AAAA"}, "video_note", id="video note"),
    pytest.param({"location": {"latitude": 51.0, "longitude": 3.7}}, "location", id="location"),
    pytest.param({"contact": {"phone_number": "+32470000000", "first_name": "Amina"}}, "contact", id="contact"),
    pytest.param({"forward": {"text": "Lees dit", "from": "Fatou"}}, "forward_origin", id="forwarded"),
    pytest.param({"text": "سلام عليكم /help"}, "text", id="text"),
]


@pytest.mark.parametrize(("what", "field"), THINGS)
async def test_all_she_can_send_is_readable_by_both_libraries(
    ai: Bot, ptb: telegram.Bot, amina: Person, what: dict[str, Any], field: str
) -> None:
    await amina.send(**what)
    for bot in (ai, ptb):
        update = (await bot.get_updates(offset=-1))[0]
        assert getattr(update.message, field)


async def test_she_changes_and_takes_back_her_words(ai: Bot, amina: Person) -> None:
    hers = (await amina.say("Dg"))["message_id"]
    await amina.send(edit={"message_id": hers, "text": "Dag"})
    update = (await ai.get_updates(offset=-1))[0]
    assert update.edited_message
    assert (update.edited_message.text, update.edited_message.message_id) == ("Dag", hers)
    await amina.send(delete=hers)
    assert [m.get("deleted") for m in await amina.messages() if m["id"] == hers] == [True]


async def test_a_long_text_is_split_as_a_phone_splits_it(call: Any, amina: Person) -> None:
    await amina.say("a" * 5000)
    assert [len(t) for t in await texts(call)] == [6, 4096, 904]


async def test_one_conversation_by_each_library(bot: Any, amina: Person) -> None:
    """She starts, the bot asks, she taps, she speaks, the bot repeats her voice."""
    heard: list[str] = []
    offset = 0
    for _ in range(3):
        update = (await bot.get_updates(offset=offset, timeout=5))[0]
        offset = update.update_id + 1
        if update.message and update.message.text:
            heard.append(update.message.text)
            key = {"inline_keyboard": [[{"text": "Ja", "callback_data": "ja"}]]}
            markup: Any = key if isinstance(bot, Bot) else telegram.InlineKeyboardMarkup.de_json(key, None)
            await bot.send_message(101, "Kom je?", reply_markup=markup)
            await amina.press("Ja")
        elif update.callback_query:
            heard.append(update.callback_query.data)
            await bot.answer_callback_query(update.callback_query.id)
            await bot.edit_message_text("Goed", chat_id=101, message_id=update.callback_query.message.message_id)
            await amina.send(voice="AAAA", duration=2)
        else:
            heard.append("voice")
            await bot.send_voice(101, update.message.voice.file_id, caption="Gehoord")
    assert heard == ["/start", "ja", "voice"]
    assert [(m["kind"], m.get("text") or m.get("caption")) for m in await amina.heard()] == [
        ("text", "Goed"),
        ("voice", "Gehoord"),
    ]
