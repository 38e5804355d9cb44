"""Faults on demand, the pace, and how both libraries name them."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Any

import aiohttp
import pytest
import telegram
from aiogram import Bot
from aiogram import exceptions as ai_errors
from telegram import error as ptb_errors

from bot.sandbox import Sandbox
from bot.sandbox.pace import Pace
from bot.sandbox.rules import ApiError
from tests.given.sandbox import Person
from tests.sandbox.conftest import Hand
from tests.sandbox.sounds import opus

ERRORS: list[Any] = [
    pytest.param({"fault": "429", "retry_after": 7}, ai_errors.TelegramRetryAfter, ptb_errors.RetryAfter, id="429"),
    pytest.param({"fault": "5xx"}, ai_errors.TelegramServerError, ptb_errors.NetworkError, id="500"),
    pytest.param({"fault": "502"}, ai_errors.TelegramServerError, ptb_errors.NetworkError, id="502"),
    pytest.param({"fault": "html"}, ai_errors.ClientDecodeError, ptb_errors.NetworkError, id="502 as a page"),
    pytest.param({"fault": "cut_before"}, ai_errors.TelegramNetworkError, ptb_errors.NetworkError, id="cut"),
    pytest.param({"fault": "cut_after"}, ai_errors.TelegramNetworkError, ptb_errors.NetworkError, id="cut after"),
    pytest.param({"fault": "garbage"}, ai_errors.ClientDecodeError, ptb_errors.TelegramError, id="no JSON"),
    pytest.param({"fault": "refuse", "code": 413, "description": "Request Entity Too Large"}, ai_errors.TelegramEntityTooLarge, ptb_errors.NetworkError, id="413"),
    pytest.param({"fault": "refuse", "code": 401, "description": "Unauthorized"}, ai_errors.TelegramUnauthorizedError, ptb_errors.InvalidToken, id="401"),
]  # fmt: skip


async def trouble(sandbox: Sandbox, **what: Any) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{sandbox.url}/client/faults", json=what) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(("what", "by_aiogram", "by_ptb"), ERRORS)
async def test_trouble_has_its_name_in_both_libraries(
    ai: Bot,
    ptb: telegram.Bot,
    amina: Person,
    sandbox: Sandbox,
    what: Any,
    by_aiogram: type[Exception],
    by_ptb: type[Exception],
) -> None:
    await trouble(sandbox, **what, times=2)
    with pytest.raises(by_aiogram):
        await ai.send_message(101, "Dag")
    with pytest.raises(by_ptb):
        await ptb.send_message(101, "Dag")
    arrived = 2 if what["fault"] in ("cut_after", "garbage") else 0
    assert len(await amina.heard()) == arrived
    assert (await ptb.send_message(101, "Nu wel")).text == "Nu wel"


async def test_a_200_that_no_library_can_read_still_says_that_it_was_sent(
    ai: Bot, amina: Person, sandbox: Sandbox
) -> None:
    await trouble(sandbox, fault="unreadable", method="sendMessage")
    bot = Bot(sandbox.token, session=_plain(sandbox))
    with pytest.raises(ai_errors.ClientDecodeError) as caught:
        await bot.send_message(101, "Dag")
    await bot.session.close()
    last = await amina.last()
    assert last is not None
    assert caught.value.data["ok"] is True
    assert caught.value.data["result"]["message_id"] == last["id"]


def _plain(sandbox: Sandbox) -> Any:
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer

    return AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url))


async def test_trouble_for_one_chat_and_one_method_only(call: Any, amina: Person, sandbox: Sandbox) -> None:
    sandbox.say(102, "Dag")
    await trouble(sandbox, fault="429", method="sendMessage", chat=101, retry_after=9, times=0)
    assert (await call("sendMessage", chat_id=102, text="a"))["ok"] is True
    assert (await call("sendLocation", chat_id=101, latitude=51, longitude=3))["ok"] is True
    refused = await call("sendMessage", chat_id=101, text="a")
    assert refused == {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 9", "parameters": {"retry_after": 9}}  # fmt: skip
    await trouble(sandbox, clear=True)
    assert (await call("sendMessage", chat_id=101, text="a"))["ok"] is True


async def test_a_slow_answer_is_for_a_message_that_was_accepted(call: Any, amina: Person, sandbox: Sandbox) -> None:
    await trouble(sandbox, fault="slow", seconds=170)
    waiting = asyncio.get_running_loop().create_task(call("sendMessage", chat_id=101, text="Traag"))
    assert (await amina.wait_for(lambda m: True))["text"] == "Traag"
    assert not waiting.done()
    waiting.cancel()
    await trouble(sandbox, fault="slow", seconds=1)
    began = perf_counter()
    assert (await call("sendMessage", chat_id=101, text="Minder traag"))["ok"] is True
    assert perf_counter() - began >= 1


async def test_files_get_lost(ptb: telegram.Bot, amina: Person, sandbox: Sandbox) -> None:
    voice = (await ptb.send_voice(101, opus())).voice
    assert voice is not None
    await trouble(sandbox, fault="file_gone")
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)wrong file_id or the file is temporarily unavailable"):
        await ptb.get_file(voice.file_id)
    file = await ptb.get_file(voice.file_id)
    await trouble(sandbox, fault="file_gone", method="file")
    with pytest.raises(ptb_errors.InvalidToken):  # what python-telegram-bot makes of any 404
        await file.download_as_bytearray()
    await trouble(sandbox, fault="file_gone", method="sendVoice")
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)wrong file identifier/http url specified"):
        await ptb.send_voice(101, voice.file_id)
    sandbox.world.files.lose(voice.file_id)
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)wrong file identifier"):
        await ptb.send_voice(101, voice.file_id)


async def test_an_unknown_fault_is_named(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{sandbox.url}/client/faults", json={"fault": "fire"}) as answer:  # fmt: skip
        assert (answer.status, (await answer.json())["error"].split(";")[0]) == (400, "Unknown fault 'fire'")


async def test_a_flood_in_one_chat_is_stopped_after_a_burst(ai: Bot, amina: Person, hand: Hand) -> None:
    answers = [await _outcome(ai) for _ in range(9)]
    assert answers == ["sent"] * 5 + [1] * 4, "retry_after, in seconds"


async def _outcome(ai: Bot) -> str | int:
    try:
        await ai.send_message(101, "Nog een")
    except ai_errors.TelegramRetryAfter as stopped:
        return stopped.retry_after
    return "sent"


def admitted(pace: Pace, chat: int, group: bool, count: int) -> int:
    done = 0
    for _ in range(count):
        try:
            pace.admit(chat, group)
        except ApiError:
            continue
        done += 1
    return done


def test_thirty_a_second_overall() -> None:
    hand = Hand()
    pace = Pace(clock=hand)
    assert sum(admitted(pace, chat, False, 1) for chat in range(50)) == 30
    hand.now += 0.99
    assert admitted(pace, 99, False, 1) == 0
    hand.now += 0.02
    assert sum(admitted(pace, chat, False, 1) for chat in range(100, 150)) == 30


def test_one_a_second_in_a_chat_after_the_burst() -> None:
    hand = Hand()
    pace = Pace(clock=hand)
    assert admitted(pace, 101, False, 9) == 5
    hand.now += 2
    assert admitted(pace, 101, False, 9) == 2
    assert admitted(pace, 102, False, 1) == 1


def test_twenty_a_minute_in_a_group_edits_included() -> None:
    hand = Hand()
    pace = Pace(clock=hand)
    sent = 0
    for _ in range(30):
        sent += admitted(pace, -7, True, 1)
        hand.now += 1
    assert sent == 20
    with pytest.raises(ApiError) as refused:
        pace.admit_edit(-7, True)
    assert refused.value.parameters == {"retry_after": 30}
    hand.now += 30
    pace.admit_edit(-7, True)
    assert admitted(pace, -7, True, 5) == 0


def test_an_album_counts_for_each_of_its_pictures() -> None:
    pace = Pace(clock=Hand())
    pace.admit(101, False, 10)
    assert admitted(pace, 101, False, 1) == 0
    assert sum(admitted(pace, chat, False, 1) for chat in range(1, 50)) == 20


async def test_updates_come_once_more_when_the_confirmation_got_lost_and_in_the_wrong_order(
    ai: Bot, sandbox: Sandbox
) -> None:
    first, second = sandbox.say(101, "een"), sandbox.say(101, "twee")
    assert [u.update_id for u in await ai.get_updates(offset=first)] == [first, second]
    await trouble(sandbox, fault="again")
    await trouble(sandbox, fault="mixed")
    assert [u.update_id for u in await ai.get_updates(offset=(second or 0) + 1)] == [first, second]
    assert [u.update_id for u in await ai.get_updates(offset=first)] == [second, first]
    assert await ai.get_updates(offset=(second or 0) + 1, timeout=0) == []
