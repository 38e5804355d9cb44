"""Methods that send a file, or an album of them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from . import media
from .call import Call
from .chats import Chat, World
from .rules import bad
from .sending import Extras, caption_content, extras, open_chat, put

Json = dict[str, Any]
ALBUM_KINDS = ("photo", "video", "audio", "document")


def _sender(kind: str) -> Callable[[World, Call], Json]:
    def send(world: World, call: Call) -> Json:
        caption = caption_content(call) if kind not in ("sticker", "video_note") else {}
        chat = open_chat(world, call)
        allowed(world, chat, kind)
        with_ = extras(call, world, chat)
        file = media.given(world, call, kind, call.params.get(kind), kind)
        world.pace.admit(chat.id, chat.group)
        return put(world, chat, media.content(file, call) | caption, with_).data

    return send


def allowed(world: World, chat: Chat, kind: str) -> None:
    """Some people do not want to be spoken to. Raises ApiError 400."""
    if kind in ("voice", "video_note") and not chat.group and world.person(chat.id).voice_forbidden:
        raise bad("VOICE_MESSAGES_FORBIDDEN")


def send_media_group(world: World, call: Call) -> list[Json]:
    """An album: two to ten items, the caption on any of them; one burst of the pace."""
    items = call.thing("media", "media")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad("can't parse media JSON object" if items else "media is empty")
    if not 2 <= len(items) <= 10:
        raise bad("media group must include 2-10 items")
    chat = open_chat(world, call)
    shared = extras(call, world, chat)
    contents = [_item(world, call, item) for item in items]
    world.pace.admit(chat.id, chat.group, len(items))
    group = {"media_group_id": str(secrets.randbits(54))}
    return [put(world, chat, content | group, Extras(dict(shared.content), shared.phone)).data for content in contents]


def _item(world: World, call: Call, item: Json) -> Json:
    kind = str(item.get("type"))
    if kind not in ALBUM_KINDS:
        raise bad("can't parse InputMedia: invalid media type specified" if kind else "type of InputMedia is empty")
    return input_media(world, call, item, kind)


def input_media(world: World, call: Call, item: Json, kind: str) -> Json:
    """An InputMedia… object as the fields of a Message."""
    about = Call(call.method, item, call.files)
    file = media.given(world, about, kind, item.get("media"), "")
    return media.content(file, about) | caption_content(about)


METHODS = {
    "sendVoice": _sender("voice"),
    "sendAudio": _sender("audio"),
    "sendPhoto": _sender("photo"),
    "sendDocument": _sender("document"),
    "sendVideo": _sender("video"),
    "sendAnimation": _sender("animation"),
    "sendVideoNote": _sender("video_note"),
    "sendSticker": _sender("sticker"),
    "sendMediaGroup": send_media_group,
}
