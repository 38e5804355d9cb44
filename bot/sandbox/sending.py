"""What every send has in common: the chat, the reply, the keyboard, the pace, and the message that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import entities, keyboards
from .call import Call
from .chats import Chat, Message, World
from .rules import CAPTION_MAX, NOT_FOUND, TEXT_MAX, bad, forbidden

Json = dict[str, Any]


@dataclass
class Extras:
    """What goes with the content: fields of the Message, and what only the phone knows."""

    content: Json = field(default_factory=dict)
    phone: Json = field(default_factory=dict)
    keyboard: tuple[bool, keyboards.Rows | None] = (False, None)


def known_chat(world: World, call: Call, name: str = "chat_id") -> Chat:
    """The chat that is meant, wherever it is now. Raises ApiError 400."""
    if not call.has(name):
        raise bad(f"{name} is empty")
    chat = world.chats.get(call.number(name))
    if chat is None:
        raise _unknown(world, call.number(name))
    if chat.moved_to is not None:
        raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.moved_to)
    return chat


def _unknown(world: World, user_id: int) -> Exception:
    """Someone the bot met in a group but who never pressed Start, or nobody at all."""
    met = (
        any(user_id in chat.members for chat in world.chats.values() if chat.group)
        if user_id in world.people
        else False
    )
    return forbidden("bot can't initiate conversation with a user") if met else bad(NOT_FOUND)


def open_chat(world: World, call: Call) -> Chat:
    """A chat in which the bot may speak. Raises ApiError 400 or 403."""
    chat = known_chat(world, call)
    if not chat.group and world.person(chat.id).deactivated:
        raise forbidden("user is deactivated")
    if chat.status in ("kicked", "left"):
        group = "supergroup" if chat.kind == "supergroup" else "group"
        raise forbidden(f"bot was kicked from the {group} chat" if chat.group else "bot was blocked by the user")
    return chat


def formatted(call: Call, name: str, limit: int, too_long: str) -> tuple[str, list[Json]]:
    """A text parameter with its entities, trimmed as Telegram trims it. Raises ApiError 400."""
    raw = call.text(name)
    given = call.thing("caption_entities" if name == "caption" else "entities", "entities") or []
    text, marks = (raw, list(given)) if given else entities.parse(raw, call.text("parse_mode"))
    text = text.rstrip() if marks else text.strip()
    if len(text) > limit:
        raise bad(too_long)
    return text, entities.automatic(text, marks)


def text_content(call: Call) -> Json:
    """text and entities of a text message."""
    if not call.has("text"):
        raise bad("message text is empty")
    text, marks = formatted(call, "text", TEXT_MAX, "message is too long")
    if not text:
        raise bad("text must be non-empty")
    content: Json = {"text": text} | ({"entities": marks} if marks else {})
    options = call.thing("link_preview_options")
    return content | ({"link_preview_options": options} if isinstance(options, dict) and options else {})


def caption_content(call: Call) -> Json:
    """caption and caption_entities, when there is a caption."""
    text, marks = formatted(call, "caption", CAPTION_MAX, "message caption is too long")
    content: Json = {"caption": text} if text else {}
    return content | ({"caption_entities": marks} if text and marks else {})


def extras(call: Call, world: World, chat: Chat) -> Extras:
    """Keyboard, reply, topic and the other companions of a message. Raises ApiError 400."""
    markup = call.thing("reply_markup", "reply keyboard markup")
    found = Extras(keyboard=keyboards.reply(markup, not chat.group))
    if shown := keyboards.inline(markup):
        found.content["reply_markup"] = shown
    if found.keyboard[1]:
        found.phone["keyboard"] = found.keyboard[1]
    if (replied := _reply(call, world, chat)) is not None:
        found.content["reply_to_message"] = replied
    found.content |= _topic(call, chat)
    if call.flag("protect_content"):
        found.content["has_protected_content"] = True
    if call.has("message_effect_id"):
        found.content["effect_id"] = call.text("message_effect_id")
    if call.flag("disable_notification"):
        found.phone["silent"] = True
    return found


def _reply(call: Call, world: World, chat: Chat) -> Json | None:
    asked = call.thing("reply_parameters", "reply parameters") or {}
    number = int(asked.get("message_id") or call.number("reply_to_message_id"))
    if not number:
        return None
    message = world.find(chat, number)
    if message is not None:
        return quoted(message)
    if asked.get("allow_sending_without_reply") or call.flag("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def quoted(message: Message) -> Json:
    """A message inside another one: without what it was itself a reply to."""
    return {k: v for k, v in message.data.items() if k != "reply_to_message"}


def _topic(call: Call, chat: Chat) -> Json:
    thread = call.number("message_thread_id")
    if not thread:
        return {}
    if thread not in chat.topics:
        raise bad("message thread not found")
    if chat.topics[thread].get("closed") and chat.status != "administrator":
        raise bad("TOPIC_CLOSED")
    return {"message_thread_id": thread, "is_topic_message": True}


def deliver(world: World, chat: Chat, content: Json, with_: Extras) -> Message:
    """Passes the pace (429) and says it."""
    world.pace.admit(chat.id, chat.group)
    return put(world, chat, content, with_)


def put(world: World, chat: Chat, content: Json, with_: Extras) -> Message:
    """Says it, whatever the pace."""
    changes, rows = with_.keyboard
    if changes:
        chat.keyboard = rows
        world.keep_chat(chat)
    chat.action = None
    return world.new_message(chat, world.bot(), content | with_.content, **with_.phone)
