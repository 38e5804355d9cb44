"""Methods about the bot itself, its chats and its files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .call import Call
from .chats import Chat, World
from .files import File
from .rules import COMMAND, DOWNLOAD_MAX, bad
from .sending import known_chat

Json = dict[str, Any]
ADMIN = [
    "can_be_edited",
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
]


def get_me(world: World, call: Call) -> Json:
    return world.bot() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


def get_file(world: World, call: Call) -> Json:
    if not call.has("file_id"):
        raise bad("file_id is empty")
    file = world.files.find(call.text("file_id"))
    if file is None:
        raise bad("invalid file_id")
    if file.size > DOWNLOAD_MAX:
        raise bad("file is too big")
    return file_data(file)


def file_data(file: File) -> Json:
    return file.about() | {"file_path": file.path}


# ---------------------------------------------------------------- what BotFather and the bot say about the bot


def _scope(call: Call) -> str:
    scope = call.thing("scope", "scope") or {"type": "default"}
    return f"{scope.get('type')}:{scope.get('chat_id', '')}:{scope.get('user_id', '')}:{call.text('language_code')}"


def _remember(world: World, name: str, value: Any) -> bool:
    world.about[name] = value
    world.keep.put("meta", "about", world.about)
    return True


def set_my_commands(world: World, call: Call) -> bool:
    commands = call.thing("commands", "bot commands") or []
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for one in commands:
        if not isinstance(one, dict) or not COMMAND.fullmatch(str(one.get("command", ""))):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(str(one.get("description", ""))) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    kept = [{"command": c["command"].lstrip("/"), "description": c["description"]} for c in commands]
    return _remember(world, "commands", world.about.get("commands", {}) | {_scope(call): kept})


def get_my_commands(world: World, call: Call) -> list[Json]:
    found: list[Json] = world.about.get("commands", {}).get(_scope(call), [])
    return found


def delete_my_commands(world: World, call: Call) -> bool:
    left = {k: v for k, v in world.about.get("commands", {}).items() if k != _scope(call)}
    return _remember(world, "commands", left)


def _words(name: str, limit: int, key: str) -> tuple[Callable[[World, Call], bool], Callable[[World, Call], Json]]:
    """The pair that sets and gets one text per language."""

    def put(world: World, call: Call) -> bool:
        if len(call.text(name)) > limit:
            raise bad(f"{key} is too long")
        return _remember(world, key, world.about.get(key, {}) | {call.text("language_code"): call.text(name)})

    def get(world: World, call: Call) -> Json:
        kept = world.about.get(key, {})
        default = world.about["name"] if name == "name" else ""
        return {name: kept.get(call.text("language_code")) or kept.get("") or default}

    return put, get


_set_name, _get_name = _words("name", 64, "names")
_set_description, _get_description = _words("description", 512, "description")
_set_short, _get_short = _words("short_description", 120, "short_description")


def set_chat_menu_button(world: World, call: Call) -> bool:
    button = call.thing("menu_button", "menu button") or {"type": "default"}
    if button.get("type") not in ("default", "commands", "web_app"):
        raise bad("can't parse menu button: invalid type")
    return _remember(world, "menu", world.about.get("menu", {}) | {call.text("chat_id"): button})


def get_chat_menu_button(world: World, call: Call) -> Json:
    menu = world.about.get("menu", {})
    found: Json = menu.get(call.text("chat_id")) or menu.get("") or {"type": "default"}
    return {"type": "commands"} if found["type"] == "default" else found


# ---------------------------------------------------------------- chats and their members


def get_chat(world: World, call: Call) -> Json:
    chat = known_chat(world, call)
    said = world.chat_data(chat) | {
        "accent_color_id": chat.id % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": _gifts(),
    }
    if not chat.group and world.person(chat.id).voice_forbidden:
        said["has_restricted_voice_and_video_messages"] = True
    if chat.kind == "group":
        said["permissions"] = {"can_send_messages": True}
    return said


def _gifts() -> Json:
    names = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    return dict.fromkeys(names, False)


def member(world: World, chat: Chat, user_id: int) -> Json:
    """A ChatMember, the bot included."""
    if user_id == world.bot_id:
        return bot_member(world, chat.status)
    user = world.person(user_id).user()
    if chat.group and chat.members[:1] == [user_id]:
        return {"status": "creator", "user": user, "is_anonymous": False}
    return {"status": "member" if user_id in chat.members else "left", "user": user}


def bot_member(world: World, status: str) -> Json:
    said: Json = {"status": status, "user": world.bot()}
    if status == "kicked":
        said["until_date"] = 0
    if status == "administrator":
        said |= dict.fromkeys(ADMIN, False) | {"can_manage_chat": True, "can_delete_messages": True}
    return said


def get_chat_member(world: World, call: Call) -> Json:
    chat, user_id = known_chat(world, call), call.number("user_id")
    if user_id != world.bot_id and user_id not in world.people:
        raise bad("PARTICIPANT_ID_INVALID" if chat.group else "user not found")
    return member(world, chat, user_id)


def get_chat_administrators(world: World, call: Call) -> list[Json]:
    chat = known_chat(world, call)
    if not chat.group:
        raise bad("there are no administrators in the private chat")
    bot = [bot_member(world, chat.status)] if chat.status == "administrator" else []
    return [member(world, chat, chat.members[0]), *bot] if chat.members else bot


def get_chat_member_count(world: World, call: Call) -> int:
    return len(known_chat(world, call).members) + 1


def leave_chat(world: World, call: Call) -> bool:
    chat = known_chat(world, call)
    if not chat.group:
        raise bad("chat member status can't be changed in private chats")
    chat.status = "left"
    world.keep_chat(chat)
    return True


def _yes(world: World, call: Call) -> bool:
    return True


METHODS: dict[str, Callable[[World, Call], Any]] = {
    "getMe": get_me,
    "getFile": get_file,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setMyName": _set_name,
    "getMyName": _get_name,
    "setMyDescription": _set_description,
    "getMyDescription": _get_description,
    "setMyShortDescription": _set_short,
    "getMyShortDescription": _get_short,
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "logOut": _yes,
    "close": _yes,
}
