"""After a restart: the world as it was, from what was kept."""

from __future__ import annotations

from typing import Any

from .chats import Chat, Message, Person, World
from .keep import Keep


def restore(world: World, keep: Keep) -> list[Any] | None:
    """Fills an empty world; gives the webhook's row, if there was a webhook."""
    hook: list[Any] | None = None
    for table, key, row in keep.load():
        if table == "meta":
            hook = _meta(world, key, row) or hook
        else:
            _row(world, table, key, row)
    for chat in world.chats.values():
        _order(chat)
    world.seq = world.seqs.coming
    for update_id in sorted(world.updates.pending):
        world.updates.pending.move_to_end(update_id)
    return hook


def _meta(world: World, key: str, row: Any) -> list[Any] | None:
    if key == "about":
        world.about = row
    elif key == "allowed":
        world.updates.allowed = row
    return row if key == "webhook" else None


def _row(world: World, table: str, key: str, row: Any) -> None:
    if table == "person":
        world.people[int(key)] = Person(**row)
    elif table == "file":
        world.files.restore(row)
    elif table == "update":
        world.updates.restore(int(key), row)
    elif table == "number":
        {"seq": world.seqs, "message": world.message_ids, "update": world.updates.ids}[key].restore(row)
    elif table == "chat":
        kept = world.chats.get(int(key))
        row["topics"] = {int(n): topic for n, topic in row["topics"].items()}
        chat = world.chats[int(key)] = Chat(**row)
        if kept is not None:
            chat.messages = kept.messages
    elif table == "message":
        message = Message(**{"by_bot": False} | row)
        chat = world.chats.setdefault(message.chat_id, Chat(message.chat_id, "private", members=[message.chat_id]))
        chat.messages[message.id] = message


def _order(chat: Chat) -> None:
    """Rows come in the order of their last change; messages stand in the order of their numbers."""
    by_number = sorted(chat.messages.values(), key=lambda m: m.id)
    by_change = sorted(by_number, key=lambda m: m.seq)
    chat.messages = type(chat.messages)((m.id, m) for m in by_number)
    chat.changed = type(chat.changed)((m.id, m) for m in by_change)
