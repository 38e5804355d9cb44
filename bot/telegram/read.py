"""What an update means: Telegram's dictionaries become our `Heard` here and nowhere else. Pure, and it imports no library.

Nothing in an update is believed to be there or to be of the right kind: what cannot be read gives None, never an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal

from bot.messages import FileRef, Heard

Update = Mapping[str, Any]
FileKind = Literal["voice", "audio", "photo", "document", "video", "sticker"]
BIGGEST = 2**63 - 1
SERVICE = (
    "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "group_chat_created", "pinned_message",
    "supergroup_chat_created", "migrate_to_chat_id", "migrate_from_chat_id", "message_auto_delete_timer_changed",
    "write_access_allowed", "chat_background_set", "forum_topic_created", "forum_topic_closed", "boost_added",
)  # fmt: skip


def heard(update: Update) -> Heard | None:
    """What was heard; None when this kind of update says nothing to us or cannot be read."""
    if message := _dict(update, "message"):
        return _message(message)
    if message := _dict(update, "edited_message"):
        return _edited(message)
    if press := _dict(update, "callback_query"):
        return _press(press)
    if change := _dict(update, "my_chat_member"):
        return _membership(change)
    return None


def chat_of(update: Update) -> int | None:
    """The chat that this update belongs to, whatever kind it is; None when there is none."""
    for inside in update.values() if isinstance(update, Mapping) else ():
        if not isinstance(inside, Mapping):
            continue
        for holder in (_dict(inside, "message"), inside):
            if (chat := _whole(_dict(holder, "chat"), "id")) is not None:
                return chat
        for person in ("from", "user"):
            if (chat := _whole(_dict(inside, person), "id")) is not None:
                return chat
    return None


# ---------------------------------------------------------------- one function per kind of update


def _message(message: Update) -> Heard | None:
    base = _base(message)
    if base is None:
        return None
    for name, read in KINDS.items():
        if name in message and (found := read(message, base)) is not None:
            return found
    if any(name in message for name in SERVICE):
        return replace(base, kind="other", text="service")
    return replace(base, kind="other", text="forward" if base.forwarded else "unknown")


def _edited(message: Update) -> Heard | None:
    base = _base(message)
    return base and replace(base, kind="edited", text=_text(message, "text") or _text(message, "caption"))


def _press(press: Update) -> Heard | None:
    message, person = _dict(press, "message"), _dict(press, "from")
    chat = _dict(message, "chat") or person  # a message too old to be shown has no chat with it
    chat_id, data = _whole(chat, "id"), press.get("data")
    if chat_id is None or not isinstance(data, str):
        return None
    return Heard(
        "press",
        chat_id,
        message_id=_whole(message, "message_id"),
        data=_clean(data),
        callback_id=str(press["id"]) if press.get("id") is not None else None,
        first_name=_text(person, "first_name"),
        language_code=_text(person, "language_code"),
        private=chat.get("type", "private") == "private",
    )


def _membership(change: Update) -> Heard | None:
    chat, person = _dict(change, "chat"), _dict(change, "from")
    chat_id, status = _whole(chat, "id"), _dict(change, "new_chat_member").get("status")
    if chat_id is None or not isinstance(status, str):
        return None
    return Heard(
        "blocked" if status in ("kicked", "left", "banned") else "unblocked",
        chat_id,
        first_name=_text(person, "first_name"),
        language_code=_text(person, "language_code"),
        private=chat.get("type") == "private",
    )


# ---------------------------------------------------------------- one function per kind of message

Read = Callable[[Update, Heard], Heard | None]


def _said(message: Update, base: Heard) -> Heard | None:
    text = _text(message, "text")
    if not text.startswith("/") or text == "/":
        return replace(base, kind="text", text=text)
    word, _, rest = text[1:].partition(" ")
    name = word.partition("@")[0].lower()
    if name == "start":
        return replace(base, kind="start", payload=rest.strip())
    return replace(base, kind="command", text=name, payload=rest.strip())


def _sound(kind: FileKind) -> Read:
    def read(message: Update, base: Heard) -> Heard | None:
        file = _file(_dict(message, kind), kind)
        return replace(base, kind="voice", file=file, text=_text(message, "caption")) if file else None

    return read


def _photo(message: Update, base: Heard) -> Heard | None:
    sizes = [s for s in message["photo"] if isinstance(s, Mapping)] if isinstance(message["photo"], list) else []
    if not sizes:
        return None
    file = _file(max(sizes, key=lambda s: (_whole(s, "width") or 0) * (_whole(s, "height") or 0)), "photo")
    return replace(base, kind="photo", file=file, text=_text(message, "caption")) if file else None


def _location(message: Update, base: Heard) -> Heard | None:
    where = _dict(message, "location")
    lat, lon = where.get("latitude"), where.get("longitude")
    if not isinstance(lat, (int, float)) or not isinstance(lon, (int, float)):
        return None
    return replace(base, kind="location", lat=float(lat), lon=float(lon))


def _venue(message: Update, base: Heard) -> Heard | None:
    place = _location(_dict(message, "venue"), base)
    return place and replace(place, text=_text(_dict(message, "venue"), "title"))


def _thing(name: str, kind: FileKind | None = None) -> Read:
    """A message that we cannot take in, with its file named so that the answer can tell what came."""

    def read(message: Update, base: Heard) -> Heard:
        file = _file(_dict(message, name), kind) if kind else None
        return replace(base, kind="other", text=name, file=file)

    return read


KINDS: dict[str, Read] = {
    "text": _said,
    "voice": _sound("voice"),
    "audio": _sound("audio"),
    "photo": _photo,
    "venue": _venue,  # before location: a venue carries both
    "location": _location,
    "contact": _thing("contact"),
    "animation": _thing("animation"),  # before document: an animation carries both
    "document": _thing("document", "document"),
    "video": _thing("video", "video"),
    "video_note": _thing("video_note"),
    "sticker": _thing("sticker", "sticker"),
    "poll": _thing("poll"),
    "dice": _thing("dice"),
    "story": _thing("story"),
}


def _base(message: Update) -> Heard | None:
    """What all messages have in common; None without a chat."""
    chat, person = _dict(message, "chat"), _dict(message, "from")
    chat_id = _whole(chat, "id")
    if chat_id is None:
        return None
    return Heard(
        "other",
        chat_id,
        message_id=_whole(message, "message_id"),
        first_name=_text(person, "first_name"),
        language_code=_text(person, "language_code"),
        reply_to=_whole(_dict(message, "reply_to_message"), "message_id"),
        private=chat.get("type", "private") == "private",
        forwarded="forward_origin" in message or "forward_date" in message,
    )


def _file(found: Update, kind: FileKind) -> FileRef | None:
    file_id = found.get("file_id")
    if not isinstance(file_id, str) or not file_id:
        return None
    return FileRef(
        file_id,
        _text(found, "file_unique_id"),
        kind,
        size=_whole(found, "file_size"),
        seconds=_whole(found, "duration"),
        mime=_text(found, "mime_type") or None,
        name=_text(found, "file_name") or None,
    )


# ---------------------------------------------------------------- values that may be anything


def _dict(inside: Update, name: str) -> Update:
    value = inside.get(name) if isinstance(inside, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _whole(inside: Update, name: str) -> int | None:
    value = inside.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= BIGGEST else None


def _text(inside: Update, name: str) -> str:
    value = inside.get(name)
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Without what no database takes: NUL, and half of a surrogate pair."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
