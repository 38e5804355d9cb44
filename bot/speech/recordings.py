"""Voices of people: `audio/recordings/<lang>/<key>.ogg` with a manifest that knows which words were said, by whom, and who heard it.

A recording whose phrase has other words today is stale: it is never played and is listed to be recorded again.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from bot.speech import ogg
from bot.speech.text import canon, text_hash

State = Literal["missing", "changed", "stale", "unheard", "ok"]
KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_-]+)*", re.I)
Entries = dict[str, dict[str, Any]]


class Recordings:
    """The recordings under one folder; the manifests are read again when they change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._manifests: dict[str, tuple[tuple[int, int], Entries]] = {}
        self._hashes: dict[Path, tuple[tuple[int, int], str]] = {}

    def find(self, lang: str, key: str, text: str) -> tuple[Path, str] | None:
        """The file and the hash of a recording that may be played for these words."""
        if self.state(lang, key, text) != "ok":
            return None
        return self._file(lang, key), str(self.entries(lang)[key]["audio"])

    def state(self, lang: str, key: str, text: str) -> State:
        """missing · changed (the file was replaced by hand) · stale (other words) · unheard (nobody checked it) · ok."""
        entry = self.entries(lang).get(key)
        stamp = _stamp(self._file(lang, key)) if entry is not None else None
        if entry is None or stamp is None:
            return "missing"
        if entry["audio"] != self._hash(self._file(lang, key), stamp):
            return "changed"
        if entry["text_hash"] != text_hash(text):
            return "stale"
        return "ok" if entry["heard_ok"] else "unheard"

    def troubles(self, lang: str, phrases: Mapping[str, str]) -> dict[str, str]:
        """Key -> stale, changed, unheard, or orphan (no phrase has that key any more). Only keys that have a recording."""
        states = {key: self.state(lang, key, text) for key, text in phrases.items()}
        wrong: dict[str, str] = {key: state for key, state in states.items() if state not in ("ok", "missing")}
        files = {path.stem for path in (self.folder / lang).glob("*.ogg")}
        return wrong | dict.fromkeys((files | set(self.entries(lang))) - set(phrases), "orphan")

    def entries(self, lang: str) -> Entries:
        """The manifest of a language, key -> what is known of its recording."""
        path = self.folder / lang / "manifest.json"
        stamp = _stamp(path)
        if stamp is None:
            return {}
        kept = self._manifests.get(lang)
        if kept is None or kept[0] != stamp:
            kept = self._manifests[lang] = (stamp, json.loads(path.read_text("utf-8")))
        return kept[1]

    def add(self, lang: str, key: str, data: bytes, said: str, speaker: str, heard_ok: tuple[str, ...] = ()) -> Path:
        """Keep a finished voice note as the recording of this phrase; it is played once somebody else has heard it and said yes."""
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no phrase key.")
        path = self._file(lang, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, data)
        entry = {
            "text_hash": text_hash(said),
            "text": canon(said),
            "audio": _short(data),
            "seconds": round(ogg.info(data).seconds, 2),
            "speaker": speaker,
            "heard_ok": list(heard_ok),
        }
        self._save(lang, self.entries(lang) | {key: entry})
        return path

    def approve(self, lang: str, key: str, listener: str) -> None:
        """A second person heard it and says it is right. The speaker's own yes does not count."""
        entry = self.entries(lang)[key]
        if listener != entry["speaker"]:
            heard = sorted({*entry["heard_ok"], listener})
            self._save(lang, self.entries(lang) | {key: entry | {"heard_ok": heard}})

    def forget(self, speaker: str) -> int:
        """Remove every recording of a speaker who no longer wants to be heard; how many there were."""
        gone = 0
        for path in self.folder.glob("*/manifest.json"):
            lang = path.parent.name
            hers = [key for key, entry in self.entries(lang).items() if entry["speaker"] == speaker]
            for key in hers:
                self._file(lang, key).unlink(missing_ok=True)
            self._save(lang, {key: entry for key, entry in self.entries(lang).items() if key not in hers})
            gone += len(hers)
        return gone

    def _file(self, lang: str, key: str) -> Path:
        return self.folder / lang / f"{key}.ogg"

    def _hash(self, path: Path, stamp: tuple[int, int]) -> str:
        kept = self._hashes.get(path)
        if kept is None or kept[0] != stamp:
            kept = self._hashes[path] = (stamp, _short(path.read_bytes()))
        return kept[1]

    def _save(self, lang: str, entries: Entries) -> None:
        text = json.dumps(entries, ensure_ascii=False, indent=1, sort_keys=True)
        write(self.folder / lang / "manifest.json", f"{text}\n".encode())
        self._manifests.pop(lang, None)


def write(path: Path, data: bytes) -> None:
    """All of it or nothing: whoever reads at the same time sees the old file or the new one."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    draft.write_bytes(data)
    draft.replace(path)


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
