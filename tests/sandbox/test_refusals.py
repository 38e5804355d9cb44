"""What Telegram refuses, in its own words and shapes."""

from __future__ import annotations

import io
import json
from typing import Any

import aiohttp
import pytest
import telegram
from aiogram import Bot
from aiogram import exceptions as ai_errors
from telegram import error as ptb_errors

from bot.sandbox import Sandbox
from tests.given.sandbox import Person
from tests.sandbox.sounds import opus, png


def keys(**button: Any) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": "Ja"} | button]]}


ROWS: list[Any] = [
    pytest.param("sendMessage", {"text": ""}, "message text is empty", id="empty text"),
    pytest.param("sendMessage", {"text": "  \n "}, "text must be non-empty", id="blank text"),
    pytest.param("sendMessage", {"text": "a" * 4097}, "message is too long", id="4,097 characters"),
    pytest.param("sendMessage", {"text": "a", "chat_id": 999}, "chat not found", id="nobody"),
    pytest.param("sendMessage", {"text": "a", "chat_id": ""}, "chat_id is empty", id="no chat"),
    pytest.param("sendMessage", {"text": "a", "reply_markup": keys(callback_data="d" * 65)}, "BUTTON_DATA_INVALID", id="callback_data of 65 bytes"),
    pytest.param("sendMessage", {"text": "a", "reply_markup": keys(callback_data="é" * 33)}, "BUTTON_DATA_INVALID", id="callback_data of 33 characters, 66 bytes"),
    pytest.param("sendMessage", {"text": "a", "reply_markup": keys()}, "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard", id="button without meaning"),
    pytest.param("sendMessage", {"text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object", id="keyboard that is not JSON"),
    pytest.param("sendMessage", {"text": "a", "reply_parameters": {"message_id": 5}}, "message to be replied not found", id="reply to nothing"),
    pytest.param("sendMessage", {"text": "a", "message_thread_id": 5}, "message thread not found", id="no such topic"),
    pytest.param("sendMessage", {"text": "<b>a", "parse_mode": "HTML"}, 'can\'t parse entities: Can\'t find end tag corresponding to start tag "b"', id="open tag"),
    pytest.param("sendMessage", {"text": "a.", "parse_mode": "MarkdownV2"}, "can't parse entities: Character '.' is reserved and must be escaped with the preceding '\\'", id="reserved character"),
    pytest.param("sendMessage", {"text": "half \ud83e"}, "strings must be encoded in UTF-8", id="half a character"),
    pytest.param("sendVoice", {}, "there is no voice in the request", id="voice without voice"),
    pytest.param("sendVoice", {"voice": "AwACAgQAAxk"}, "wrong file identifier/HTTP URL specified", id="wrong file_id"),
    pytest.param("sendPhoto", {"photo": "attach://none"}, "there is no photo in the request", id="nothing attached"),
    pytest.param("sendVoice", {"voice": "x", "caption": "a" * 1025}, "message caption is too long", id="caption of 1,025"),
    pytest.param("sendVenue", {"latitude": 51, "longitude": 3, "title": "Klimop"}, "address is empty", id="venue without address"),
    pytest.param("sendLocation", {"latitude": 91, "longitude": 3}, "wrong location specified", id="north of the pole"),
    pytest.param("sendContact", {"phone_number": "1"}, "first name must be non-empty", id="contact without name"),
    pytest.param("sendChatAction", {"action": "dancing"}, "wrong parameter action in request", id="unknown action"),
    pytest.param("sendPoll", {"question": "a" * 301, "options": ["a", "b"]}, "poll question length must not exceed 300", id="question of 301"),
    pytest.param("sendPoll", {"question": "a", "options": []}, "poll must have at least 1 option", id="poll without options"),
    pytest.param("sendMediaGroup", {"media": [{"type": "photo", "media": "x"}]}, "media group must include 2-10 items", id="album of one"),
    pytest.param("editMessageText", {"message_id": 5, "text": "a"}, "message to edit not found", id="edit nothing"),
    pytest.param("editMessageText", {"text": "a"}, "message identifier is not specified", id="edit no number"),
    pytest.param("deleteMessage", {"message_id": 5}, "message to delete not found", id="delete nothing"),
    pytest.param("copyMessage", {"from_chat_id": 101, "message_id": 5}, "message to copy not found", id="copy nothing"),
    pytest.param("forwardMessage", {"from_chat_id": 101, "message_id": 5}, "message to forward not found", id="forward nothing"),
    pytest.param("setMessageReaction", {"message_id": 5}, "message to react not found", id="react to nothing"),
    pytest.param("answerCallbackQuery", {"callback_query_id": "5"}, "query is too old and response timeout expired or query ID is invalid", id="press of long ago"),
    pytest.param("getFile", {"file_id": "5"}, "invalid file_id", id="file that never was"),
    pytest.param("getChat", {"chat_id": 999}, "chat not found", id="chat of nobody"),
    pytest.param("getChatMember", {"user_id": 999}, "user not found", id="member nobody"),
    pytest.param("setMyCommands", {"commands": [{"command": "Grüß", "description": "a"}]}, "BOT_COMMAND_INVALID", id="odd command"),
    pytest.param("setWebhook", {"url": "https://example.org/", "secret_token": "spaties niet"}, "secret token contains unallowed characters", id="odd secret"),
    pytest.param("setWebhook", {"url": "https://example.org/", "secret_token": "a" * 257}, "secret token contains unallowed characters", id="secret of 257"),
    pytest.param("setWebhook", {"url": "http://example.org/"}, "bad webhook: An HTTPS URL must be provided for webhook", id="webhook without TLS"),
    pytest.param("setWebhook", {"url": "https://example.org:8000/"}, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443", id="webhook on an odd port"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "params", "words"), ROWS)
async def test_telegram_refuses_with_400(
    call: Any, amina: Person, method: str, params: dict[str, Any], words: str
) -> None:
    answer = await call(method, **{"chat_id": 101} | params)
    assert answer == {"ok": False, "error_code": 400, "description": f"Bad Request: {words}"}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        pytest.param("sendMessage", {"text": "a" * 4096}, id="4,096 characters"),
        pytest.param("sendMessage", {"text": "<b>" + "a" * 4096 + "</b>", "parse_mode": "HTML"}, id="counted after the tags"),
        pytest.param("sendMessage", {"text": "a", "reply_markup": keys(callback_data="d" * 64)}, id="64 bytes"),
        pytest.param("SENDMESSAGE", {"text": "a"}, id="method in capitals"),
        pytest.param("sendMessage", {"text": "a", "reply_parameters": {"message_id": 5, "allow_sending_without_reply": True}}, id="reply to nothing, if need be"),
    ],
)  # fmt: skip
async def test_what_is_just_allowed_passes(call: Any, amina: Person, method: str, params: dict[str, Any]) -> None:
    assert (await call(method, chat_id=101, **params))["ok"] is True


async def test_an_edit_that_changes_nothing_is_refused(call: Any, amina: Person) -> None:
    said = (await call("sendMessage", chat_id=101, text="Dag"))["result"]["message_id"]
    answer = await call("editMessageText", chat_id=101, message_id=said, text="Dag")
    assert answer["description"] == (
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a "
        "current content and reply markup of the message"
    )
    assert (await call("editMessageCaption", chat_id=101, message_id=said, caption="x"))["description"] == "Bad Request: there is no caption in the message to edit"  # fmt: skip


async def test_the_bot_cannot_edit_what_she_said(call: Any, amina: Person) -> None:
    hers = (await amina.say("Dag"))["message_id"]
    answer = await call("editMessageText", chat_id=101, message_id=hers, text="Nee")
    assert answer["description"] == "Bad Request: message can't be edited"


async def test_no_longer_hers_to_delete_after_two_days(call: Any, amina: Person, sandbox: Sandbox) -> None:
    said = (await call("sendMessage", chat_id=101, text="Dag"))["result"]["message_id"]
    sandbox.clock.advance(49 * 3600)
    answer = await call("deleteMessage", chat_id=101, message_id=said)
    assert answer["description"] == "Bad Request: message can't be deleted for everyone"


async def test_wrong_tokens_and_methods(sandbox: Sandbox) -> None:
    async with aiohttp.ClientSession() as session:
        for path, status, words in (
            ("/bot43:OTHER/getMe", 401, "Unauthorized"),
            ("/botnonsense/getMe", 404, "Not Found"),
            (f"/bot{sandbox.token}/getYou", 404, "Not Found: method not found"),
            ("/file/bot43:OTHER/voice/file_0.oga", 401, "Unauthorized"),
            (f"/file/bot{sandbox.token}/voice/none.oga", 404, "Not Found"),
        ):
            async with session.get(sandbox.url + path) as answer:
                assert (answer.status, await answer.json()) == (status, {"ok": False, "error_code": status, "description": words})  # fmt: skip


async def test_every_form_of_body_is_read(sandbox: Sandbox, amina: Person) -> None:
    params = {"chat_id": "101", "text": "Dag", "reply_markup": json.dumps(keys(callback_data="a"))}
    async with aiohttp.ClientSession() as session:
        url = f"{sandbox.url}/bot{sandbox.token}/sendMessage"
        part = aiohttp.FormData(params)
        part.add_field("unused", b"x", filename="x.bin")
        for options in ({"json": params}, {"data": params}, {"data": part}, {"params": params}):
            async with session.post(url, **options) as answer:
                assert (await answer.json())["result"]["reply_markup"] == keys(callback_data="a")
        async with session.get(f"{sandbox.url}/bot{sandbox.token}/getMe") as answer:
            assert (await answer.json())["result"]["is_bot"] is True
        async with session.post(url, data=b"{", headers={"Content-Type": "application/json"}) as answer:
            assert (answer.status, (await answer.json())["ok"]) == (400, False)


async def test_a_blocked_bot_and_a_closed_account(ai: Bot, ptb: telegram.Bot, amina: Person) -> None:
    await amina.block()
    with pytest.raises(ai_errors.TelegramForbiddenError, match="Forbidden: bot was blocked by the user"):
        await ai.send_message(101, "Dag")
    with pytest.raises(ptb_errors.Forbidden, match="Forbidden: bot was blocked by the user"):
        await ptb.send_message(101, "Dag")
    await amina.unblock()
    blocked, unblocked = [u.my_chat_member for u in (await ptb.get_updates())[-2:]]
    assert blocked
    assert unblocked
    assert (blocked.new_chat_member.status, unblocked.new_chat_member.status) == ("kicked", "member")
    assert (await ai.send_message(101, "Weer")).text == "Weer"
    await amina.send(deactivate=True)
    with pytest.raises(ai_errors.TelegramForbiddenError, match="Forbidden: user is deactivated"):
        await ai.send_message(101, "Dag")


async def test_someone_who_wants_no_voice_gets_none(ai: Bot, ptb: telegram.Bot, amina: Person, call: Any) -> None:
    await amina.send(voice_forbidden=True)
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)voice_messages_forbidden"):
        await ptb.send_voice(101, opus())
    assert (await ptb.send_audio(101, opus())).audio
    assert (await call("getChat", chat_id=101))["result"]["has_restricted_voice_and_video_messages"] is True


async def test_photos_that_are_no_photos(ptb: telegram.Bot, amina: Person) -> None:
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)image_process_failed"):
        await ptb.send_photo(101, b"no picture")
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)photo_invalid_dimensions"):
        await ptb.send_photo(101, png(2100, 100))
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)too big for a photo; the maximum size is 10485760 bytes"):
        await ptb.send_photo(101, png() + bytes(10 * 1024 * 1024))


async def test_a_file_keeps_its_kind(ptb: telegram.Bot, amina: Person) -> None:
    photo = (await ptb.send_photo(101, png())).photo[-1]
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)can't use file of type photo as voice"):
        await ptb.send_voice(101, photo.file_id)


async def test_more_than_20_megabytes_cannot_be_fetched(ptb: telegram.Bot, amina: Person) -> None:
    await amina.send(document="", size=21 * 1024 * 1024, file_name="film.zip")
    update = (await ptb.get_updates(offset=-1))[0]
    assert update.message
    assert update.message.document
    with pytest.raises(ptb_errors.BadRequest, match=r"(?i)file is too big"):
        await ptb.get_file(update.message.document.file_id)


async def test_more_than_50_megabytes_is_not_taken(sandbox: Sandbox, amina: Person) -> None:
    form = aiohttp.FormData({"chat_id": "101"})
    form.add_field("document", io.BytesIO(bytes(52 * 1024 * 1024)), filename="groot.bin")
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/bot{sandbox.token}/sendDocument", data=form) as answer,
    ):
        assert (answer.status, (await answer.json())["description"]) == (413, "Request Entity Too Large")
