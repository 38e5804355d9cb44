"""Methods that change, repeat or take away what was said, and the answer to a press."""

from __future__ import annotations

from typing import Any

from . import keyboards
from .call import Call
from .chats import Chat, Message, World
from .methods_media import allowed, input_media
from .rules import CALLBACK_ANSWER_MAX, NOT_MODIFIED, PRESS_KEPT, QUERY_TOO_OLD, REACTIONS, ApiError, bad
from .sending import caption_content, deliver, extras, known_chat, open_chat, text_content

Json = dict[str, Any]
MEDIA = ("photo", "voice", "audio", "document", "video", "animation", "video_note", "sticker")
SAID = (
    "text",
    "entities",
    "caption",
    "caption_entities",
    "location",
    "venue",
    "contact",
    "poll",
    "link_preview_options",
    *MEDIA,
)
FORTY_EIGHT_HOURS = 48 * 3600


def _mine(world: World, call: Call) -> tuple[Chat, Message]:
    """The bot's own message that is to be edited."""
    if call.has("inline_message_id"):
        raise bad("MESSAGE_ID_INVALID")
    chat = open_chat(world, call)
    if not call.number("message_id"):
        raise bad("message identifier is not specified")
    message = world.find(chat, call.number("message_id"))
    if message is None:
        raise bad("message to edit not found")
    if not message.by_bot or message.keyboard:
        raise bad("message can't be edited")
    return chat, message


def _edit(world: World, call: Call, chat: Chat, message: Message, drop: tuple[str, ...], content: Json) -> Json:
    """Puts new content and keyboard in place; refuses when nothing would change."""
    markup = keyboards.inline(call.thing("reply_markup", "reply keyboard markup"))
    content = content | ({"reply_markup": markup} if markup else {})
    drop = (*drop, "reply_markup")
    if content == {k: message.data[k] for k in drop if k in message.data}:
        raise bad(NOT_MODIFIED)
    world.pace.admit_edit(chat.id, chat.group)
    kept = {k: v for k, v in message.data.items() if k not in drop}
    message.data = kept | content | {"edit_date": int(world.now())}
    world.touch(chat, message)
    return message.data


def edit_message_text(world: World, call: Call) -> Json:
    content = text_content(call)
    chat, message = _mine(world, call)
    if "text" not in message.data:
        raise bad("there is no text in the message to edit")
    return _edit(world, call, chat, message, ("text", "entities", "link_preview_options"), content)


def edit_message_caption(world: World, call: Call) -> Json:
    content = caption_content(call)
    chat, message = _mine(world, call)
    if not any(kind in message.data for kind in MEDIA[:6]):
        raise bad("there is no caption in the message to edit")
    return _edit(world, call, chat, message, ("caption", "caption_entities"), content)


def edit_message_reply_markup(world: World, call: Call) -> Json:
    chat, message = _mine(world, call)
    return _edit(world, call, chat, message, (), {})


def edit_message_media(world: World, call: Call) -> Json:
    item = call.thing("media", "media")
    kind = str(item.get("type")) if isinstance(item, dict) else ""
    if kind not in ("photo", "video", "audio", "document", "animation"):
        raise bad("can't parse InputMedia: invalid media type specified")
    chat, message = _mine(world, call)
    if not any(name in message.data for name in (*MEDIA[:1], *MEDIA[2:6], "text")):
        raise bad("message can't be edited")
    drop = (*MEDIA, "text", "entities", "caption", "caption_entities")
    return _edit(world, call, chat, message, drop, input_media(world, call, item, kind))


def delete_message(world: World, call: Call) -> bool:
    chat = known_chat(world, call)
    message = world.find(chat, call.number("message_id"))
    if message is None:
        raise bad("message to delete not found")
    _delete(world, chat, message)
    return True


def delete_messages(world: World, call: Call) -> bool:
    chat, numbers = known_chat(world, call), call.thing("message_ids")
    if not isinstance(numbers, list) or not 1 <= len(numbers) <= 100:
        raise bad("message identifiers are not specified" if not numbers else "too many message identifiers specified")
    for message in [m for n in numbers if (m := world.find(chat, int(n)))]:
        _delete(world, chat, message)
    return True


def _delete(world: World, chat: Chat, message: Message) -> None:
    foreign = chat.group and not message.by_bot and chat.status != "administrator"
    if foreign or message.data["date"] < world.now() - FORTY_EIGHT_HOURS:
        raise bad("message can't be deleted" + ("" if foreign else " for everyone"))
    world.delete(chat, message)


def _source(world: World, call: Call, verb: str) -> tuple[Chat, Message]:
    source = known_chat(world, call, "from_chat_id")
    message = world.find(source, call.number("message_id"))
    if message is None:
        raise bad(f"message to {verb} not found")
    if message.data.get("has_protected_content") or not any(k in message.data for k in SAID):
        raise bad(f"message can't be {'copied' if verb == 'copy' else 'forwarded'}")
    return source, message


def copy_message(world: World, call: Call) -> Json:
    chat = open_chat(world, call)
    _, message = _source(world, call, "copy")
    content = {k: message.data[k] for k in SAID if k in message.data}
    if call.params.get("caption") is not None and "text" not in content:
        content = {k: v for k, v in content.items() if not k.startswith("caption")} | caption_content(call)
    allowed(world, chat, "voice" if "voice" in content else "")
    return {"message_id": deliver(world, chat, content, extras(call, world, chat)).id}


def forward_message(world: World, call: Call) -> Json:
    chat = open_chat(world, call)
    _, message = _source(world, call, "forward")
    origin = message.data.get("forward_origin") or {
        "type": "user", "date": message.data["date"], "sender_user": message.data["from"],
    }  # fmt: skip
    content = {k: message.data[k] for k in SAID if k in message.data} | {"forward_origin": origin}
    allowed(world, chat, "voice" if "voice" in content else "")
    with_ = extras(call, world, chat)
    with_.content.pop("reply_markup", None)
    return deliver(world, chat, content, with_).data


def set_message_reaction(world: World, call: Call) -> bool:
    chat = open_chat(world, call)
    message = world.find(chat, call.number("message_id"))
    if message is None:
        raise bad("message to react not found")
    reactions = call.thing("reaction", "reaction") or []
    if len(reactions) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if any(r.get("type") != "emoji" or str(r.get("emoji")).replace("\ufe0f", "") not in REACTIONS for r in reactions):
        raise bad("REACTION_INVALID")
    message.reactions["bot"] = reactions
    world.touch(chat, message)
    return True


def answer_callback_query(world: World, call: Call) -> bool:
    query = call.text("callback_query_id")
    if len(call.text("text")) > CALLBACK_ANSWER_MAX:
        raise ApiError(400, "Bad Request: MESSAGE_TOO_LONG")
    pressed = world.presses.pop(query, None)
    if pressed is None or pressed[1] < world.now() - PRESS_KEPT:
        raise bad(QUERY_TOO_OLD)
    world.toast(pressed[0], call.text("text"), call.flag("show_alert"))
    return True


METHODS = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "editMessageMedia": edit_message_media,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "copyMessage": copy_message,
    "forwardMessage": forward_message,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
}
