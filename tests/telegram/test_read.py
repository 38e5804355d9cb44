"""What updates mean: one row per kind of update, over JSON as Telegram writes it."""

from __future__ import annotations

from typing import Any

import pytest

from bot.messages import FileRef, Heard
from bot.telegram.read import chat_of, heard

AMINA = {"id": 101, "is_bot": False, "first_name": "Amina", "language_code": "ar"}
CHAT = {"id": 101, "first_name": "Amina", "type": "private"}
GROUP = {"id": -1007, "title": "Moedergroep", "type": "supergroup"}
BOT = {"id": 42, "is_bot": True, "first_name": "Stapsteen", "username": "stapsteen_bot"}
MEMBER = {"user": BOT, "status": "member"}
KICKED = {"user": BOT, "status": "kicked", "until_date": 0}


def message(**more: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": {"message_id": 12, "from": AMINA, "chat": CHAT, "date": 1764149400, **more}}


def hers(kind: Any, **more: Any) -> Heard:
    known = {"chat_id": 101, "message_id": 12, "first_name": "Amina", "language_code": "ar"}
    return Heard(kind, **{**known, **more})


def small(file_id: str, side: int) -> dict[str, Any]:
    return {"file_id": file_id, "file_unique_id": f"u{file_id}", "file_size": side * 9, "width": side, "height": side}


ROWS = [
    pytest.param(message(text="Dag"), hers("text", text="Dag"), id="text"),
    pytest.param(message(text=""), hers("text"), id="empty text"),
    pytest.param(message(text="a\x00b"), hers("text", text="ab"), id="text with NUL"),
    pytest.param(message(text="ja \ud83d"), hers("text", text="ja �"), id="half a surrogate pair"),
    pytest.param(message(text="/start"), hers("start"), id="plain start"),
    pytest.param(message(text="/start klimop-1"), hers("start", payload="klimop-1"), id="start with a payload"),
    pytest.param(message(text="/START@stapsteen_bot x"), hers("start", payload="x"), id="start with the bot's name"),
    pytest.param(message(text="/stop"), hers("command", text="stop"), id="command"),
    pytest.param(message(text="/"), hers("text", text="/"), id="a slash alone"),
    pytest.param(
        message(voice={"file_id": "v1", "file_unique_id": "u1", "duration": 4, "mime_type": "audio/ogg", "file_size": 900}),
        hers("voice", file=FileRef("v1", "u1", "voice", 900, 4, "audio/ogg")),
        id="voice note",
    ),
    pytest.param(
        message(
            audio={"file_id": "a1", "file_unique_id": "u1", "duration": 9, "mime_type": "audio/mpeg", "file_name": "q.mp3"},
            caption="luister",
        ),
        hers("voice", text="luister", file=FileRef("a1", "u1", "audio", None, 9, "audio/mpeg", "q.mp3")),
        id="sound file with caption",
    ),
    pytest.param(
        message(photo=[small("s", 90), small("l", 1280), small("m", 320)], caption="Wat is dit?"),
        hers("photo", text="Wat is dit?", file=FileRef("l", "ul", "photo", 1280 * 9)),
        id="photo, the largest",
    ),
    pytest.param(
        message(document={"file_id": "d", "file_unique_id": "u", "file_name": "brief.pdf", "mime_type": "application/pdf"}),
        hers("other", text="document", file=FileRef("d", "u", "document", None, None, "application/pdf", "brief.pdf")),
        id="document",
    ),
    pytest.param(
        message(video={"file_id": "f", "file_unique_id": "u", "duration": 3, "width": 1, "height": 1}),
        hers("other", text="video", file=FileRef("f", "u", "video", None, 3)),
        id="video",
    ),
    pytest.param(
        message(video_note={"file_id": "f", "file_unique_id": "u", "duration": 3, "length": 240}),
        hers("other", text="video_note"),
        id="video note",
    ),
    pytest.param(
        message(animation={"file_id": "f", "file_unique_id": "u"}, document={"file_id": "f", "file_unique_id": "u"}),
        hers("other", text="animation"),
        id="animation, which also says it is a document",
    ),
    pytest.param(
        message(sticker={"file_id": "s", "file_unique_id": "u", "type": "regular", "emoji": "👍"}),
        hers("other", text="sticker", file=FileRef("s", "u", "sticker")),
        id="sticker",
    ),
    pytest.param(
        message(contact={"phone_number": "+32470000000", "first_name": "Amina"}),
        hers("other", text="contact"),
        id="contact, of which no number is kept",
    ),
    pytest.param(message(dice={"emoji": "🎲", "value": 3}), hers("other", text="dice"), id="dice"),
    pytest.param(
        message(location={"latitude": 51.05, "longitude": 3.72}), hers("location", lat=51.05, lon=3.72), id="location"
    ),
    pytest.param(
        message(
            location={"latitude": 51.05, "longitude": 3.72},
            venue={"location": {"latitude": 51.05, "longitude": 3.72}, "title": "Buurthuis", "address": "Kerkstraat 1"},
        ),
        hers("location", lat=51.05, lon=3.72, text="Buurthuis"),
        id="venue",
    ),
    pytest.param(
        message(text="Lees dit!", forward_origin={"type": "hidden_user", "sender_user_name": "Fatou", "date": 1}),
        hers("text", text="Lees dit!", forwarded=True),
        id="forwarded text",
    ),
    pytest.param(
        message(giveaway={}, forward_origin={"type": "channel"}),
        hers("other", text="forward", forwarded=True),
        id="forwarded something",
    ),
    pytest.param(
        message(text="ja", reply_to_message={"message_id": 7, "chat": CHAT, "date": 1}),
        hers("text", text="ja", reply_to=7),
        id="reply",
    ),
    pytest.param(message(hologram={}), hers("other", text="unknown"), id="a kind that does not exist yet"),
    pytest.param(message(pinned_message={"message_id": 3}), hers("other", text="service"), id="service message"),
    pytest.param(message(voice={"duration": 4}), hers("other", text="unknown"), id="voice without a file"),
    pytest.param(message(photo=[]), hers("other", text="unknown"), id="photo without sizes"),
    pytest.param(message(location={"latitude": "north"}), hers("other", text="unknown"), id="location without a place"),
    pytest.param(
        {"update_id": 1, "edited_message": {"message_id": 12, "from": AMINA, "chat": CHAT, "edit_date": 2, "text": "Daag"}},
        hers("edited", text="Daag"),
        id="edited text",
    ),
    pytest.param(
        {"update_id": 1, "edited_message": {"message_id": 12, "from": AMINA, "chat": CHAT, "caption": "zo", "photo": []}},
        hers("edited", text="zo"),
        id="edited caption",
    ),
    pytest.param(
        {
            "update_id": 1,
            "callback_query": {
                "id": "77",
                "from": AMINA,
                "chat_instance": "1",
                "data": "abc:0",
                "message": {"message_id": 12, "chat": CHAT, "date": 1764149400},
            },
        },
        hers("press", data="abc:0", callback_id="77"),
        id="press",
    ),
    pytest.param(
        {"update_id": 1, "callback_query": {"id": "77", "from": AMINA, "data": "abc:0", "inline_message_id": "x"}},
        hers("press", data="abc:0", callback_id="77", message_id=None),
        id="press without a message or chat_instance",
    ),
    pytest.param(
        {"update_id": 1, "my_chat_member": {"chat": CHAT, "from": AMINA, "date": 1, "old_chat_member": MEMBER, "new_chat_member": KICKED}},
        hers("blocked", message_id=None),
        id="blocked",
    ),
    pytest.param(
        {"update_id": 1, "my_chat_member": {"chat": CHAT, "from": AMINA, "date": 1, "old_chat_member": KICKED, "new_chat_member": MEMBER}},
        hers("unblocked", message_id=None),
        id="unblocked",
    ),
    pytest.param(
        {"update_id": 1, "message": {"message_id": 12, "from": AMINA, "chat": GROUP, "date": 1, "text": "Dag allemaal"}},
        hers("text", chat_id=-1007, text="Dag allemaal", private=False),
        id="text in a group chat",
    ),
    pytest.param(
        {"update_id": 1, "my_chat_member": {"chat": GROUP, "from": AMINA, "date": 1, "new_chat_member": MEMBER}},
        hers("unblocked", chat_id=-1007, message_id=None, private=False),
        id="added to a group chat",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("update", "meaning"), ROWS)
def test_what_is_heard(update: dict[str, Any], meaning: Heard) -> None:
    assert heard(update) == meaning
    assert chat_of(update) == meaning.chat_id


@pytest.mark.parametrize(
    "update",
    [
        {},
        {"update_id": 1},
        {"update_id": 1, "poll": {"id": "1"}},
        {"update_id": 1, "message": "hello"},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {"text": "no chat"}},
        {"update_id": 1, "message": {"chat": {"id": "101"}, "text": "a chat that is a word"}},
        {"update_id": 1, "message": {"chat": {"id": 2**70}, "text": "a chat that fits no column"}},
        {"update_id": 1, "callback_query": {"id": "7", "from": AMINA, "game_short_name": "x"}},
        {"update_id": 1, "callback_query": {"id": "7", "data": "x"}},
        {"update_id": 1, "my_chat_member": {"chat": CHAT}},
    ],
)
def test_what_cannot_be_read_means_nothing_and_breaks_nothing(update: dict[str, Any]) -> None:
    assert heard(update) is None


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        ({"message_reaction": {"chat": CHAT, "message_id": 1}}, 101),
        ({"poll_answer": {"poll_id": "1", "user": AMINA}}, 101),
        ({"update_id": 5, "chat_join_request": {"chat": GROUP, "from": AMINA}}, -1007),
        ({"update_id": 5}, None),
    ],
)
def test_every_kind_of_update_finds_its_chat(update: dict[str, Any], chat: int | None) -> None:
    assert chat_of(update) == chat
