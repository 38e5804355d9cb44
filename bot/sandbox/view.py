"""What a person sees: a Message as a bubble on a phone."""

from __future__ import annotations

from typing import Any

from .chats import Chat, Message, World
from .files import File
from .rules import WAVEFORM_MAX
from .sniff import waveform

Json = dict[str, Any]
FILES = ("voice", "audio", "photo", "animation", "video", "video_note", "sticker", "document")
KINDS = (*FILES, "venue", "location", "contact", "poll", "text")


def bubble(world: World, chat: Chat, message: Message, user_id: int) -> Json:
    """One message for this person: only the fields that it has."""
    data = message.data
    said: Json = {
        "id": message.id,
        "from": "me" if data["from"]["id"] == user_id else "bot" if message.by_bot else "other",
        "kind": kind(data),
        "date": data["date"],
        "seq": message.seq,
        "chat": chat.id,
    }
    if message.deleted:
        return said | {"deleted": True}
    said |= {name: data[name] for name in ("text", "caption", "entities", "caption_entities", "poll") if name in data}
    said |= _place(data) | _file(world, data) | _company(data, message)
    if said["from"] == "other":
        said["name"] = data["from"]["first_name"]
    if "reply_markup" in data:
        said["buttons"] = [[_button(b) for b in row] for row in data["reply_markup"]["inline_keyboard"]]
    if message.keyboard:
        said["keyboard"] = message.keyboard
    return said


def kind(data: Json) -> str:
    return next((name for name in KINDS if name in data), "service")


def _button(button: Json) -> Json:
    said = {"text": button["text"]}
    if "callback_data" in button:
        said["data"] = button["callback_data"]
    return said | {name: button[name] for name in ("url", "style", "disabled") if name in button}


def _place(data: Json) -> Json:
    said: Json = dict(data.get("location") or {})
    if "venue" in data:
        said |= {"title": data["venue"]["title"], "address": data["venue"]["address"]}
    if contact := data.get("contact"):
        names = (contact.get("first_name", ""), contact.get("last_name", ""))
        said |= {"phone": contact["phone_number"], "title": " ".join(n for n in names if n)}
    return said


def _file(world: World, data: Json) -> Json:
    name = next((n for n in FILES if n in data), None)
    if name is None:
        return {}
    about = data[name][-1] if name == "photo" else data[name]
    said: Json = {"file": f"/client/file/{about['file_id']}", "size": about["file_size"]}
    said |= {
        n: about[n] for n in ("duration", "width", "height", "file_name", "title", "performer", "emoji") if n in about
    }
    file = world.files.find(about["file_id"])
    if file is not None:
        said["mime"] = file.mime
        if name == "voice" and (wave := _wave(world, file)):
            said["waveform"] = wave
    return said


_waves: dict[str, list[int]] = {}


def _wave(world: World, file: File) -> list[int]:
    """Loudness of a voice note; Telegram makes none above 1 MB."""
    if file.size > WAVEFORM_MAX:
        return []
    if file.sha not in _waves:
        if len(_waves) > 500:
            _waves.clear()
        _waves[file.sha] = waveform(world.files.data(file) or b"")
    return _waves[file.sha]


def _company(data: Json, message: Message) -> Json:
    said: Json = {}
    if "edit_date" in data:
        said["edited"] = data["edit_date"]
    if "reply_to_message" in data:
        said["reply_to"] = data["reply_to_message"]["message_id"]
    if "media_group_id" in data:
        said["album"] = data["media_group_id"]
    if "forward_origin" in data:
        origin = data["forward_origin"]
        said["forwarded"] = origin.get("sender_user_name") or origin.get("sender_user", {}).get("first_name", "")
    if "has_protected_content" in data:
        said["protected"] = True
    if "message_thread_id" in data:
        said["topic"] = data["message_thread_id"]
    if message.reactions:
        said["reactions"] = [r.get("emoji") for given in message.reactions.values() for r in given]
    if message.silent:
        said["silent"] = True
    return said
