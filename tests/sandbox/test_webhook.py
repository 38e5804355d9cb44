"""Webhook delivery: secret, order, retries, and what a bot may say in its answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import telegram
from aiogram import Bot, types
from aiohttp import web

from bot.sandbox import Sandbox
from tests.given.sandbox import Person
from tests.given.waiting import LONG, until


class Hook:
    """A bot's side of a webhook: remembers what came, answers what it is told to, and then `status`.

    With `together` it answers nobody before so many are there at once.
    """

    def __init__(self) -> None:
        self.url = ""
        self.came: list[tuple[str | None, dict[str, Any]]] = []
        self.answers: list[web.Response] = []
        self.status = 200
        self.more = asyncio.Event()
        self.together, self.full = 0, asyncio.Event()
        self.pause = 0.0
        self.at_once = self.most_at_once = 0

    async def handle(self, request: web.Request) -> web.Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        self.came.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        self.more.set()
        if self.at_once >= self.together:
            self.full.set()
        await self.full.wait()
        await asyncio.sleep(self.pause)
        self.at_once -= 1
        return self.answers.pop(0) if self.answers else web.Response(status=self.status)

    async def wait(self, count: int) -> list[dict[str, Any]]:
        async with asyncio.timeout(LONG):
            while len(self.came) < count:
                self.more.clear()
                await self.more.wait()
        return [body for _, body in self.came]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """With retries that do not let a test wait."""
    box = Sandbox(patience=0.01)
    await box.start()
    yield box
    await box.stop()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    found = Hook()
    app = web.Application()
    app.router.add_post("/hook", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


async def test_updates_come_with_the_secret_and_both_libraries_read_them(
    ai: Bot, ptb: telegram.Bot, amina: Person, hook: Hook, sandbox: Sandbox
) -> None:
    assert await ptb.set_webhook(hook.url, secret_token="geheim_1")
    await amina.say("Dag")
    start, said = await hook.wait(2)
    assert [secret for secret, _ in hook.came] == ["geheim_1", "geheim_1"]
    assert types.Update.model_validate(start, context={"bot": ai}).message
    update = telegram.Update.de_json(said, ptb)
    assert update.message
    assert update.message.text == "Dag"
    await until(lambda: sandbox.world.updates.count() == 0)
    info = await ai.get_webhook_info()
    assert (info.url, info.pending_update_count) == (hook.url, 0)


async def test_a_webhook_and_a_poll_exclude_each_other(call: Any, hook: Hook, ai: Bot, sandbox: Sandbox) -> None:
    poll = asyncio.get_running_loop().create_task(call("getUpdates", timeout=50))
    await until(lambda: sandbox.world.updates.polled)
    assert await ai.set_webhook(hook.url)
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    assert (await call("getUpdates"))["description"] == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    assert await ai.delete_webhook()
    assert (await call("getUpdates", timeout=0))["ok"] is True


async def test_an_update_is_tried_again_until_it_is_taken_and_the_next_waits(
    call: Any, amina: Person, hook: Hook
) -> None:
    hook.answers = [
        web.Response(status=500),
        web.Response(status=302),
        web.Response(status=429, headers={"Retry-After": "2"}),
    ]
    await call("setWebhook", url=hook.url)
    await amina.say("Tweede")
    came = await hook.wait(5)
    assert [body["message"]["text"] for body in came] == ["/start"] * 4 + ["Tweede"]


async def test_the_trouble_is_told(call: Any, amina: Person, hook: Hook, sandbox: Sandbox) -> None:
    hook.status = 503
    await call("setWebhook", url=hook.url)
    await hook.wait(2)
    info = (await call("getWebhookInfo"))["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 503 Service Unavailable"
    assert info["pending_update_count"] == 1


async def test_a_hook_that_is_gone_for_23_hours_is_removed(
    call: Any, amina: Person, hook: Hook, sandbox: Sandbox
) -> None:
    hook.status = 410
    await call("setWebhook", url=hook.url)
    await hook.wait(2)
    sandbox.clock.advance(23 * 3600)

    async def removed() -> bool:
        return not (await call("getWebhookInfo"))["result"]["url"]

    await until(removed)
    assert (await call("getUpdates"))["result"][0]["message"]["text"] == "/start"


async def test_people_are_served_side_by_side_each_in_order(call: Any, hook: Hook, sandbox: Sandbox) -> None:
    hook.pause, hook.together = 0.05, 2
    await call("setWebhook", url=hook.url, max_connections=2)
    for word in ("een", "twee"):
        for person in (101, 102, 103):
            sandbox.say(person, word)
    came = await hook.wait(6)
    for person in (101, 102, 103):
        assert [b["message"]["text"] for b in came if b["message"]["chat"]["id"] == person] == ["een", "twee"]
    assert hook.most_at_once == 2


async def test_a_method_in_the_answer_is_carried_out(call: Any, amina: Person, hook: Hook) -> None:
    hook.answers = [web.json_response({"method": "sendMessage", "chat_id": 101, "text": "Meteen"})]
    await call("setWebhook", url=hook.url)
    assert (await amina.wait_for(lambda m: m["kind"] == "text"))["text"] == "Meteen"


async def test_dropping_what_waits(call: Any, amina: Person, hook: Hook) -> None:
    await call("setWebhook", url=hook.url, drop_pending_updates=True)
    await amina.say("Nieuw")
    assert [b["message"]["text"] for b in await hook.wait(1)] == ["Nieuw"]


async def test_one_conversation_by_webhook_with_each_library(bot: Any, amina: Person, hook: Hook) -> None:
    """She starts, the bot asks, she taps, the bot answers the press and changes its words."""
    assert await bot.set_webhook(hook.url)
    (start,) = await hook.wait(1)
    key = {"inline_keyboard": [[{"text": "Ja", "callback_data": "ja"}]]}
    markup: Any = key if isinstance(bot, Bot) else telegram.InlineKeyboardMarkup.de_json(key, None)
    asked = await bot.send_message(_read(bot, start).message.chat.id, "Kom je?", reply_markup=markup)
    await amina.press("Ja")
    press = _read(bot, (await hook.wait(2))[1]).callback_query
    assert (press.data, press.message.message_id) == ("ja", asked.message_id)
    assert await bot.answer_callback_query(press.id, text="Goed zo")
    await bot.edit_message_text("Tot morgen", chat_id=101, message_id=asked.message_id)
    assert [m["text"] for m in await amina.heard()] == ["Tot morgen"]


def _read(bot: Any, body: dict[str, Any]) -> Any:
    return types.Update.model_validate(body) if isinstance(bot, Bot) else telegram.Update.de_json(body, bot)
