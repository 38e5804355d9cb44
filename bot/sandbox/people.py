"""What a person can do with her phone: everything here ends as an update for the bot.

Each function takes the world, who, and what; it gives (message_id, update_id), either of which may be None. Raises Unclear.
"""

from __future__ import annotations

import secrets
from typing import Any

from . import entities, media
from .call import Call
from .chats import Chat, Message, Person, World
from .files import Upload
from .methods_bot import bot_member
from .rules import START_PAYLOAD, TEXT_MAX, Unclear
from .sending import quoted
from .sniff import nature

Json = dict[str, Any]
Done = tuple[int | None, int | None]


def chat_of(world: World, who: Person, chat_id: int | None) -> Chat:
    """Her private chat with the bot, or a group that she is in."""
    if chat_id is None or chat_id == who.id:
        return world.private(who.id)
    chat = world.chats.get(chat_id)
    if chat is None or who.id not in chat.members:
        raise Unclear(f"{who.first_name} is not in chat {chat_id}.", 404)
    if chat.moved_to is not None:
        raise Unclear(f"This group has moved to {chat.moved_to}.", 410)
    return chat


def tell(world: World, who: Person, content: Json, chat_id: int | None = None, reply_to: int | None = None) -> Done:
    """Puts something of hers in the chat, and in the bot's queue if the bot may hear it."""
    chat = chat_of(world, who, chat_id)
    if not chat.group and chat.status == "kicked":
        raise Unclear(f"{who.first_name} has blocked the bot: send unblock or start first.", 409)
    if reply_to:
        original = world.find(chat, reply_to)
        if original is None:
            raise Unclear(f"There is no message {reply_to} to reply to.", 404)
        content = content | {"reply_to_message": quoted(original)}
    new = not chat.messages
    message = world.new_message(chat, who.user(), content)
    if new:
        world.keep_person(who)
        world.keep_chat(chat)
    update = world.updates.put("message", message.data, chat.id) if hears(world, chat, message.data) else None
    return message.id, update


def hears(world: World, chat: Chat, data: Json) -> bool:
    """In a group a bot hears commands, replies to it, its name and service messages; all of it when it is administrator."""
    if chat.status in ("left", "kicked"):
        return False
    if not chat.group or chat.status == "administrator" or chat.open:
        return True
    words = str(data.get("text") or data.get("caption") or "")
    replied = data.get("reply_to_message", {}).get("from", {}).get("id") == world.bot_id
    service = not any(
        k in data
        for k in ("text", "caption", "photo", "voice", "audio", "document", "video", "sticker", "location", "contact")
    )
    return words.startswith("/") or replied or service or f"@{world.about['username']}" in words


# ---------------------------------------------------------------- words


def say(world: World, who: Person, text: str, chat_id: int | None = None, reply_to: int | None = None) -> Done:
    """A text; one that is too long is split as a phone splits it."""
    text = text.strip()
    if not text:
        raise Unclear("A phone sends no empty message.")
    done: Done = (None, None)
    for at in range(0, len(text), TEXT_MAX):
        piece = text[at : at + TEXT_MAX]
        marks = entities.automatic(piece, [])
        done = tell(world, who, {"text": piece} | ({"entities": marks} if marks else {}), chat_id, reply_to)
    return done


def start(world: World, who: Person, payload: str = "") -> Done:
    """Opens the bot by its link (or by its name: empty payload) and presses Start; this also unblocks."""
    if payload and not START_PAYLOAD.fullmatch(payload):
        raise Unclear("A start payload has 1 to 64 characters of A-Z a-z 0-9 _ -.")
    if world.private(who.id).status == "kicked":
        block(world, who, False)
    return say(world, who, f"/start {payload}".strip())


def edit(world: World, who: Person, message_id: int, text: str, chat_id: int | None = None) -> Done:
    """Changes the words (or the caption) of something she sent."""
    chat = chat_of(world, who, chat_id)
    message = _hers(world, chat, who, message_id)
    field = "text" if "text" in message.data else "caption"
    marks = entities.automatic(text, [])
    names = {field: text, "edit_date": int(world.now())}
    kept = {k: v for k, v in message.data.items() if k not in ("entities", "caption_entities")}
    message.data = kept | names | ({"entities" if field == "text" else "caption_entities": marks} if marks else {})
    world.touch(chat, message)
    return message.id, world.updates.put("edited_message", message.data, chat.id) if hears(
        world, chat, message.data
    ) else None


def _hers(world: World, chat: Chat, who: Person, message_id: int) -> Message:
    message = world.find(chat, message_id)
    if message is None or message.data["from"]["id"] != who.id:
        raise Unclear(f"Message {message_id} is not one of {who.first_name}'s.", 404)
    return message


def delete(world: World, who: Person, message_id: int, chat_id: int | None = None) -> Done:
    """Takes her message away; a bot is never told."""
    chat = chat_of(world, who, chat_id)
    world.delete(chat, _hers(world, chat, who, message_id))
    return message_id, None


def forward(world: World, who: Person, said: Json, chat_id: int | None = None) -> Done:
    """Passes on something from another chat."""
    origin = {"type": "hidden_user", "date": int(world.now()), "sender_user_name": str(said.get("from") or "Iemand")}
    return tell(world, who, {"text": str(said.get("text") or "…"), "forward_origin": origin}, chat_id)


# ---------------------------------------------------------------- buttons


def press(
    world: World, who: Person, data: str, message_id: int | None = None, chat_id: int | None = None, force: bool = False
) -> Done:
    """Taps an inline button that is shown (force: pretends that it is). Without a message the newest that shows it."""
    chat = chat_of(world, who, chat_id)
    message = _showing(world, chat, lambda b: b.get("callback_data") == data, message_id)
    if message is None and force:
        message = world.find(chat, message_id) if message_id else next(reversed(chat.messages.values()), None)
    if message is None:
        raise Unclear(f"No button with data {data!r} is shown to {who.first_name}.", 404)
    if chat.status == "kicked":
        raise Unclear(f"{who.first_name} has blocked the bot: send unblock or start first.", 409)
    query = str(secrets.randbits(62))
    world.presses[query] = (who.id, world.now())
    if len(world.presses) > 10_000:
        del world.presses[next(iter(world.presses))]
    body = {"id": query, "from": who.user(), "message": message.data, "chat_instance": chat.instance, "data": data}
    return message.id, world.updates.put("callback_query", body, who.id)


def _showing(world: World, chat: Chat, fits: Any, message_id: int | None) -> Message | None:
    """The newest message (or this one) that shows an inline button that fits."""
    if message_id:
        asked = world.find(chat, message_id)
        return asked if asked and any(fits(b) for b in _buttons(asked)) else None
    return next((m for m in reversed(chat.messages.values()) if any(fits(b) for b in _buttons(m))), None)


def _buttons(message: Message) -> list[Json]:
    markup = message.data.get("reply_markup")
    return [b for row in markup["inline_keyboard"] for b in row] if markup else []


def tap(world: World, who: Person, label: str, message_id: int | None = None, chat_id: int | None = None) -> Done:
    """Taps what reads `label` (or carries it as data): an inline button, else a key of the reply keyboard."""
    chat = chat_of(world, who, chat_id)
    message = _showing(world, chat, lambda b: label in (b["text"], b.get("callback_data")), message_id)
    if message is not None:
        button = next(b for b in reversed(_buttons(message)) if label in (b["text"], b.get("callback_data")))
        if "callback_data" not in button:
            return message.id, None
        return press(world, who, button["callback_data"], message.id, chat_id)
    key = next((k for row in chat.keyboard or [] for k in row if k["text"] == label), None)
    if key is None:
        raise Unclear(f"No button {label!r} is shown to {who.first_name}.", 404)
    if key.get("once"):
        chat.keyboard = None
    if key.get("request_contact"):
        return contact(world, who, {"phone_number": f"+324{who.id % 10**8:08}", "first_name": who.first_name}, chat_id)
    return say(world, who, label, chat_id)


# ---------------------------------------------------------------- things


def file(world: World, who: Person, kind: str, upload: Upload, said: Json, chat_id: int | None = None) -> Done:
    """A voice note, photo, document … `said`: duration, caption, emoji, and size to pretend a bigger file than the bytes."""
    kept = world.files.put(kind, upload, nature(upload.data), said.get("size"))
    content = media.content(kept, Call("", said))
    if kind == "voice":
        content["voice"]["mime_type"] = upload.mime or "audio/ogg"
    if caption := str(said.get("caption") or ""):
        content["caption"] = caption
    return tell(world, who, content, chat_id, said.get("reply_to"))


def location(world: World, who: Person, said: Json, chat_id: int | None = None) -> Done:
    place = {"latitude": float(said["latitude"]), "longitude": float(said["longitude"])}
    return tell(world, who, {"location": place}, chat_id)


def contact(world: World, who: Person, said: Json, chat_id: int | None = None) -> Done:
    own = {"user_id": who.id} if said.get("first_name") == who.first_name else {}
    return tell(world, who, {"contact": {k: str(v) for k, v in said.items()} | own}, chat_id)


def react(world: World, who: Person, message_id: int, emoji: str, chat_id: int | None = None) -> Done:
    """Puts a reaction under a message; an empty one takes it away."""
    chat = chat_of(world, who, chat_id)
    message = world.find(chat, message_id)
    if message is None:
        raise Unclear(f"There is no message {message_id}.", 404)
    old, new = message.reactions.get(str(who.id), []), [{"type": "emoji", "emoji": emoji}] if emoji else []
    message.reactions[str(who.id)] = new
    world.touch(chat, message)
    body = {
        "chat": world.chat_data(chat), "message_id": message.id, "user": who.user(), "date": int(world.now()),
        "old_reaction": old, "new_reaction": new,
    }  # fmt: skip
    return message.id, world.updates.put("message_reaction", body, chat.id)


def vote(world: World, who: Person, message_id: int, options: list[int], chat_id: int | None = None) -> Done:
    """Votes in a poll; an empty list takes the vote back."""
    chat = chat_of(world, who, chat_id)
    message = world.find(chat, message_id)
    if message is None or "poll" not in message.data or message.data["poll"]["is_closed"]:
        raise Unclear(f"Message {message_id} is not an open poll.", 404)
    poll = message.data["poll"]
    message.votes[str(who.id)] = options
    counts = [sum(n in chosen for chosen in message.votes.values()) for n in range(len(poll["options"]))]
    shown = [o | {"voter_count": n} for o, n in zip(poll["options"], counts, strict=True)]
    total = sum(bool(chosen) for chosen in message.votes.values())
    message.data = message.data | {"poll": poll | {"options": shown, "total_voter_count": total}}
    world.touch(chat, message)
    world.updates.put("poll", message.data["poll"], chat.id)
    ids = [poll["options"][n]["persistent_id"] for n in options]
    answer = {"poll_id": poll["id"], "user": who.user(), "option_ids": options, "option_persistent_ids": ids}
    return message.id, None if poll["is_anonymous"] else world.updates.put("poll_answer", answer, who.id)


# ---------------------------------------------------------------- with or without the bot


def block(world: World, who: Person, yes: bool = True) -> Done:
    """Blocks or unblocks the bot; the bot hears it as my_chat_member."""
    chat = world.private(who.id)
    new = "kicked" if yes else "member"
    return None, status(world, chat, who, new)


def status(world: World, chat: Chat, who: Person, new: str) -> int | None:
    """Changes what the bot is in a chat, and tells the bot."""
    old = chat.status
    if old == new:
        return None
    chat.status = new
    world.keep_person(who)
    world.keep_chat(chat)
    world.ring(chat)
    body = {
        "chat": world.chat_data(chat), "from": who.user(), "date": int(world.now()),
        "old_chat_member": bot_member(world, old), "new_chat_member": bot_member(world, new),
    }  # fmt: skip
    return world.updates.put("my_chat_member", body, chat.id)
