"""The people's side, without any client library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from bot.sandbox import Sandbox
from tests.given.sandbox import Refused

Open = Callable[..., Any]


@pytest.fixture
async def call(sandbox: Sandbox) -> Any:
    """`await call("sendMessage", chat_id=101, text="Dag")` gives the whole answer."""
    async with aiohttp.ClientSession() as session:

        async def ask(method: str, **params: Any) -> dict[str, Any]:
            async with session.post(f"{sandbox.url}/bot{sandbox.token}/{method}", json=params) as answer:
                body: dict[str, Any] = await answer.json()
                assert answer.status == body.get("error_code", 200)
                return body

        yield ask


async def test_amina_starts_by_a_link_and_the_bot_answers_with_buttons(person: Open, call: Any) -> None:
    amina = await person(101, "Amina", "ar")
    await amina.start("klimop-1")
    (update,) = (await call("getUpdates"))["result"]
    assert update["message"]["text"] == "/start klimop-1"
    assert update["message"]["from"] == {"id": 101, "is_bot": False, "first_name": "Amina", "language_code": "ar"}
    keyboard = {"inline_keyboard": [[{"text": "Ja", "callback_data": "a:0"}, {"text": "Nee", "callback_data": "a:1"}]]}
    await call("sendMessage", chat_id=101, text="Doe je mee?", reply_markup=keyboard)
    asked = await amina.wait_for(lambda m: m["kind"] == "text")
    assert asked["buttons"] == [[{"text": "Ja", "data": "a:0"}, {"text": "Nee", "data": "a:1"}]]
    await amina.press("Ja")
    press = (await call("getUpdates", offset=update["update_id"] + 1))["result"][0]["callback_query"]
    assert (press["data"], press["message"]["message_id"]) == ("a:0", asked["id"])
    assert press["chat_instance"]


async def test_a_button_that_is_not_shown_cannot_be_pressed_unless_forced(person: Open) -> None:
    fatou = await person(102, "Fatou", "fr")
    await fatou.start()
    with pytest.raises(Refused, match="404: No button 'x' is shown to Fatou"):
        await fatou.press("x")
    forged = await fatou.send(callback="forged", force=True)
    assert forged["update_id"] > 0
