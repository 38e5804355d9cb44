"""The bot in a group: what it hears, how it is made bigger, how it is thrown out."""

from __future__ import annotations

from typing import Any

import aiohttp
import telegram

from bot.sandbox import Sandbox
from tests.given.sandbox import Person
from tests.sandbox.conftest import Hand


async def group(sandbox: Sandbox, path: str = "", **said: Any) -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/client/groups{path}", json=said) as answer,
    ):
        body = await answer.json()
        assert body.get("ok"), body
        found: int = body["chat_id"]
        return found


async def heard(bot: Any) -> list[str]:
    updates = await bot.get_updates(allowed_updates=["message"], offset=-100)
    return [u.message.text for u in updates if u.message and u.message.text]


async def test_the_bot_is_added_and_hears_only_what_is_for_it(bot: Any, amina: Person, sandbox: Sandbox) -> None:
    here = await group(sandbox, title="Mama's", members=[101, 102])
    added = (await bot.get_updates())[1]
    assert (added.my_chat_member.chat.id, added.my_chat_member.new_chat_member.status) == (here, "member")
    said = await bot.send_message(here, "Dag allemaal")
    await amina.say("Onder ons", chat=here)
    await amina.say("/start@stapsteen_sandbox_bot", chat=here)
    await amina.say("Voor jou", chat=here, reply_to=said.message_id)
    assert await heard(bot) == ["/start", "/start@stapsteen_sandbox_bot", "Voor jou"]


async def test_an_administrator_hears_everything(ptb: telegram.Bot, amina: Person, sandbox: Sandbox) -> None:
    here = await group(sandbox, members=[101], admin=True)
    await amina.say("Onder ons", chat=here)
    assert (await heard(ptb))[-1] == "Onder ons"
    assert (await ptb.get_chat_member(here, 42)).status == "administrator"
    assert [m.status for m in await ptb.get_chat_administrators(here)] == ["creator", "administrator"]


async def test_twenty_messages_a_minute_in_a_group(call: Any, amina: Person, sandbox: Sandbox, hand: Hand) -> None:
    here = await group(sandbox, members=[101])
    answers = []
    for _ in range(22):
        hand.now += 1.5
        answers.append(await call("sendMessage", chat_id=here, text="a"))
    assert [a["ok"] for a in answers] == [True] * 20 + [False] * 2
    assert answers[-1]["parameters"] == {"retry_after": 29}, "31.5 of the 60 seconds have gone by since the first"


async def test_a_group_grows_into_a_supergroup(bot: Any, call: Any, amina: Person, sandbox: Sandbox) -> None:
    old = await group(sandbox, members=[101])
    new = await group(sandbox, f"/{old}", upgrade=True)
    refused = await call("sendMessage", chat_id=old, text="a")
    assert refused == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new},
    }
    assert (await bot.send_message(new, "a")).chat.type == "supergroup"
    moves = [u.message for u in await bot.get_updates(offset=-2)]
    assert (moves[0].migrate_to_chat_id, moves[1].migrate_from_chat_id) == (new, old)


async def test_thrown_out_and_never_met(call: Any, amina: Person, sandbox: Sandbox) -> None:
    here = await group(sandbox, members=[101, 102], type="supergroup")
    await group(sandbox, f"/{here}", remove_bot=True)
    assert (await call("sendMessage", chat_id=here, text="a"))["description"] == "Forbidden: bot was kicked from the supergroup chat"  # fmt: skip
    assert (await call("sendMessage", chat_id=102, text="a"))["description"] == "Forbidden: bot can't initiate conversation with a user"  # fmt: skip


async def test_topics_of_a_forum(bot: Any, call: Any, amina: Person, sandbox: Sandbox) -> None:
    here = await group(sandbox, members=[101], forum=True, admin=True)
    topic = await bot.create_forum_topic(here, "Amina")
    said = await bot.send_message(here, "Hier", message_thread_id=topic.message_thread_id)
    assert (said.message_thread_id, said.is_topic_message) == (topic.message_thread_id, True)
    assert await bot.edit_forum_topic(here, topic.message_thread_id, name="Fatou")
    assert await bot.close_forum_topic(here, topic.message_thread_id)
    assert await bot.reopen_forum_topic(here, topic.message_thread_id)
    assert await bot.delete_forum_topic(here, topic.message_thread_id)
    gone = await call("sendMessage", chat_id=here, text="a", message_thread_id=topic.message_thread_id)
    assert gone["description"] == "Bad Request: message thread not found"
