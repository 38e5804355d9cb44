"""Files in messages: from an upload, an attach:// part or a file_id to the fields of a Message."""

from __future__ import annotations

from typing import Any

from .call import Call
from .chats import World
from .files import File, Upload
from .rules import PHOTO_MAX, UPLOAD_MAX, WRONG_FILE, ApiError, bad
from .sniff import Nature, nature

Json = dict[str, Any]


def given(world: World, call: Call, kind: str, value: Any, part: str) -> File:
    """The file behind a parameter: its own part, another part by attach://, or a file_id. Raises ApiError."""
    if part in call.files:
        return accepted(world, kind, call.files[part])
    if not isinstance(value, str) or not value:
        raise bad(f"there is no {kind.replace('_', ' ')} in the request")
    if value.startswith("attach://"):
        upload = call.files.get(value.removeprefix("attach://"))
        if upload is None:
            raise bad(f"can't find attached file {value}" if call.files else f"there is no {kind} in the request")
        return accepted(world, kind, upload)
    if value.startswith(("http://", "https://")):
        raise bad("failed to get HTTP URL content")
    return known(world, kind, value)


def known(world: World, kind: str, file_id: str) -> File:
    """A file by its id; a voice that arrived as sound or document keeps its own kind."""
    file = world.files.find(file_id)
    if file is None:
        raise bad(WRONG_FILE)
    return file if kind == "voice" and file.kind in ("audio", "document") else world.files.again(file_id, kind)


def accepted(world: World, kind: str, upload: Upload) -> File:
    """Takes an upload in, after Telegram's tests of size and nature."""
    if not upload.data:
        raise bad("file must be non-empty")
    if len(upload.data) > UPLOAD_MAX:
        raise ApiError(413, "Request Entity Too Large")
    found = nature(upload.data)
    if kind == "photo":
        _photo(upload, found)
    if kind == "voice" and found.kind != "voice":
        kind = "audio" if found.kind == "audio" else "document"
    if kind == "audio" and found.kind not in ("voice", "audio"):
        kind = "document"
    return world.files.put(kind, upload, found)


def _photo(upload: Upload, found: Nature) -> None:
    size = len(upload.data)
    if size > PHOTO_MAX:
        raise bad(f"file of size {size} bytes is too big for a photo; the maximum size is {PHOTO_MAX} bytes")
    if found.kind != "image":
        raise bad("IMAGE_PROCESS_FAILED")
    width, height = found.width or 0, found.height or 0
    if not width or not height or width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise bad("PHOTO_INVALID_DIMENSIONS")


def content(file: File, call: Call | None = None) -> Json:
    """The fields of a Message that show this file; what the caller says of it (duration, title …) wins."""
    call = call or Call("", {})
    if file.kind == "photo":
        return {"photo": [file.about() | {"width": file.width or 90, "height": file.height or 90}]}
    said = file.about() | ({"mime_type": file.mime} if file.mime and file.kind not in ("sticker", "video_note") else {})
    if file.kind in ("voice", "audio", "video", "animation", "video_note"):
        said["duration"] = call.number("duration") or file.seconds or 0
    if file.kind in ("video", "animation"):
        said |= {
            "width": call.number("width") or file.width or 320,
            "height": call.number("height") or file.height or 240,
        }
    if file.kind == "video_note":
        said["length"] = call.number("length") or 240
    if file.kind == "audio":
        said |= {n: call.text(n) for n in ("performer", "title") if call.has(n)}
    if file.kind in ("audio", "document", "video", "animation") and file.name:
        said["file_name"] = file.name
    if file.kind == "sticker":
        said |= {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        said |= {"emoji": call.text("emoji")} if call.has("emoji") else {}
    return {"animation": said, "document": _plain(said)} if file.kind == "animation" else {file.kind: said}


def _plain(said: Json) -> Json:
    return {k: v for k, v in said.items() if k not in ("duration", "width", "height")}
