"""Files: every upload gets a file_id of this bot; the same bytes are kept once; a download gives back the very bytes."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass
from typing import Any

from .keep import Keep
from .rules import WRONG_FILE, bad
from .sniff import Nature, nature

FOLDERS = {
    "voice": "voice",
    "audio": "music",
    "photo": "photos",
    "video": "videos",
    "sticker": "stickers",
    "animation": "animations",
    "video_note": "video_notes",
}
SUFFIXES = {"photo": ".jpg", "voice": ".oga", "audio": ".mp3", "video": ".mp4", "sticker": ".webp"}


@dataclass(frozen=True)
class Upload:
    """What came over the wire."""

    data: bytes
    name: str = ""
    mime: str = ""


@dataclass
class File:
    """One file as Telegram knows it. size is what it claims to be: a stand-in for 30 MB need not weigh it."""

    file_id: str
    unique_id: str
    kind: str
    sha: str
    size: int
    path: str
    mime: str
    name: str = ""
    seconds: int | None = None
    width: int | None = None
    height: int | None = None

    def about(self) -> dict[str, Any]:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class Files:
    """All files of one bot, by id and by path."""

    def __init__(self, bot_id: int, keep: Keep) -> None:
        self._bot_id = bot_id
        self._keep = keep
        self._by_id: dict[str, File] = {}
        self._by_path: dict[str, File] = {}
        self._blobs: dict[str, bytes] = {}
        self._users: dict[str, int] = {}

    def put(self, kind: str, upload: Upload, found: Nature | None = None, claimed: int | None = None) -> File:
        """Keeps the bytes and gives them a new file_id of this kind."""
        found = found or nature(upload.data)
        sha = hashlib.sha256(upload.data).hexdigest()
        if not self._keep.blob(sha, upload.data):
            self._blobs[sha] = upload.data
        suffix = found.suffix or SUFFIXES.get(kind, "")
        number = len(self._by_id)
        path = f"{FOLDERS.get(kind, 'documents')}/file_{number}{suffix}"
        while path in self._by_path:
            number += 1
            path = f"{FOLDERS.get(kind, 'documents')}/file_{number}{suffix}"
        mime = found.mime if found.kind != "document" else upload.mime or found.mime
        size = claimed if claimed is not None else len(upload.data)
        file = File(
            self._new_id(kind), self._unique(sha, kind), kind, sha, size, path, mime, upload.name, found.seconds,
            found.width, found.height,
        )  # fmt: skip
        self._add(file)
        self._keep.put("file", file.file_id, asdict(file))
        return file

    def _new_id(self, kind: str) -> str:
        head = f"{kind[:2]}{self._bot_id}.".encode()
        return base64.urlsafe_b64encode(head + secrets.token_bytes(30)).decode().rstrip("=")

    def _unique(self, sha: str, kind: str) -> str:
        return "AgAD" + base64.urlsafe_b64encode(bytes.fromhex(sha)[:9] + kind[:1].encode()).decode().rstrip("=")

    def restore(self, row: dict[str, Any]) -> None:
        file = File(**row)
        head = f"{file.kind[:2]}{self._bot_id}.".encode()
        if base64.urlsafe_b64decode(file.file_id + "=" * (-len(file.file_id) % 4)).startswith(head):
            self._add(file)

    def _add(self, file: File) -> None:
        self._by_id[file.file_id] = self._by_path[file.path] = file
        self._users[file.sha] = self._users.get(file.sha, 0) + 1

    def find(self, file_id: str) -> File | None:
        return self._by_id.get(file_id)

    def at(self, path: str) -> File | None:
        return self._by_path.get(path)

    def again(self, file_id: str, kind: str) -> File:
        """The file to be sent once more; Telegram refuses an unknown id and an id of another kind."""
        file = self._by_id.get(file_id)
        if file is None:
            raise bad(WRONG_FILE)
        if file.kind != kind:
            raise bad(f"can't use file of type {file.kind.title()} as {kind.title()}")
        return file

    def data(self, file: File) -> bytes | None:
        """The bytes, or None when they are gone."""
        return self._blobs.get(file.sha) or self._keep.read_blob(file.sha)

    def lose(self, file_id: str) -> None:
        """Takes a file away from under everybody, as Telegram now and then does."""
        file = self._by_id.pop(file_id, None)
        if file is None:
            return
        self._by_path.pop(file.path, None)
        self._keep.put("file", file_id, None)
        self._users[file.sha] -= 1
        if not self._users[file.sha]:
            del self._users[file.sha]
            self._blobs.pop(file.sha, None)
            self._keep.drop_blob(file.sha)
