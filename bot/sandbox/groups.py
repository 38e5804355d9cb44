"""Group chats: made by a person who adds the bot; they can grow into a supergroup with another id, and throw the bot out."""

from __future__ import annotations

from typing import Any

from .chats import Chat, World, new_instance
from .people import status, tell
from .rules import Unclear

Json = dict[str, Any]


def make(world: World, said: Json) -> Chat:
    """A new group: title, members (ids; the first made it), type group|supergroup, forum, admin, open (the bot hears all)."""
    members = [int(m) for m in said.get("members") or []]
    if not members:
        raise Unclear("A group needs at least one member.")
    chat_id = int(said.get("id") or -world.message_ids.take())
    if chat_id >= 0 or chat_id in world.chats:
        raise Unclear("A group has a negative id that is still free.", 409)
    kind = "supergroup" if said.get("type") == "supergroup" or said.get("forum") else "group"
    for member in members:
        world.keep_person(world.person(member))
    chat = Chat(
        chat_id, kind, str(said.get("title") or "Groep"), members, "left", new_instance(), forum=bool(said.get("forum"))
    )
    chat.open = bool(said.get("open"))
    world.chats[chat_id] = chat
    maker = world.person(members[0])
    status(world, chat, maker, "administrator" if said.get("admin") else "member")
    tell(world, maker, {"group_chat_created": True} if kind == "group" else {"supergroup_chat_created": True}, chat_id)
    return chat


def change(world: World, chat_id: int, said: Json) -> Json:
    """{"join": user} {"leave": user} {"upgrade": true} {"remove_bot": true} {"add_bot": true}"""
    chat = world.chats.get(chat_id)
    if chat is None or not chat.group:
        raise Unclear(f"There is no group {chat_id}.", 404)
    maker = world.person(chat.members[0])
    if said.get("remove_bot"):
        status(world, chat, maker, "kicked")
    if said.get("add_bot"):
        status(world, chat, maker, "member")
    if said.get("join"):
        _join(world, chat, int(said["join"]))
    if said.get("leave"):
        _leave(world, chat, int(said["leave"]))
    return {"ok": True, "chat_id": _upgrade(world, chat).id if said.get("upgrade") else chat.id}


def _join(world: World, chat: Chat, user_id: int) -> None:
    who = world.person(user_id)
    if user_id not in chat.members:
        chat.members.append(user_id)
        world.keep_chat(chat)
        tell(world, who, {"new_chat_members": [who.user()]}, chat.id)


def _leave(world: World, chat: Chat, user_id: int) -> None:
    who = world.person(user_id)
    tell(world, who, {"left_chat_member": who.user()}, chat.id)
    chat.members.remove(user_id)
    world.keep_chat(chat)


def _upgrade(world: World, old: Chat) -> Chat:
    """The group becomes a supergroup: a new id, a service message on both sides, and 400 with migrate_to_chat_id for the old one."""
    new = Chat(
        -1_000_000_000_000 - abs(old.id) % 10**9, "supergroup", old.title, list(old.members), old.status, new_instance()
    )
    new.open = old.open
    world.chats[new.id] = new
    maker = world.person(old.members[0])
    tell(world, maker, {"migrate_to_chat_id": new.id}, old.id)
    old.moved_to = new.id
    world.keep_chat(old)
    tell(world, maker, {"migrate_from_chat_id": old.id}, new.id)
    world.keep_chat(new)
    return new
