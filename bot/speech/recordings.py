"""Voices of people: `audio/recordings/<lang>/<key>.ogg` with a manifest that knows which words were said, by whom, and who heard it.

A recording whose phrase has other words today is stale: it is never played and is listed to be recorded again.
What is recorded here goes into `folder`; the recordings that came with the content (`base`, perhaps read-only) count where it has none.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

import structlog

from bot.speech import ogg
from bot.speech.text import canon, text_hash

State = Literal["missing", "changed", "stale", "refused", "unheard", "ok"]
KEY = re.compile(r"[a-z0-9_]+(\.[a-z0-9_-]+)*", re.I)
NEEDED = {"audio", "text_hash", "heard_ok", "speaker"}
Entries = dict[str, dict[str, Any]]
log = structlog.get_logger()


class Recordings:
    """The recordings under `folder`, before those under `base`; the manifests are read again when they change."""

    def __init__(self, folder: Path, base: Path | None = None) -> None:
        self.folder, self.base = folder, base
        self._manifests: dict[Path, tuple[tuple[int, int], Entries]] = {}
        self._hashes: dict[Path, tuple[tuple[int, int], str]] = {}

    def find(self, lang: str, key: str, text: str) -> tuple[Path, str] | None:
        """The file and the hash of a recording that may be played for these words."""
        if self.state(lang, key, text) != "ok":
            return None
        return self._file(lang, key), str(self.entries(lang)[key]["audio"])

    def state(self, lang: str, key: str, text: str) -> State:
        """missing · changed (the file was replaced by hand) · stale (other words) · refused or unheard (no listener's yes) · ok."""
        return self._state(lang, key, text, self.entries(lang).get(key))

    def states(self, lang: str, texts: Mapping[str, str]) -> dict[str, State]:
        """The same of many: key -> words becomes key -> state. The manifests are looked at once."""
        entries = self.entries(lang)
        return {key: self._state(lang, key, text, entries.get(key)) for key, text in texts.items()}

    def _state(self, lang: str, key: str, text: str, entry: dict[str, Any] | None) -> State:
        stamp = _stamp(self._file(lang, key)) if entry is not None else None
        if entry is None or stamp is None:
            return "missing"
        if entry["audio"] != self._hash(self._file(lang, key), stamp):
            return "changed"
        if entry["text_hash"] != text_hash(text):
            return "stale"
        if entry.get("refused"):
            return "refused"
        return "ok" if entry["heard_ok"] else "unheard"

    def troubles(self, lang: str, phrases: Mapping[str, str]) -> dict[str, str]:
        """Key -> stale, changed, refused, unheard, or orphan (no phrase has that key any more). Only keys that have a recording."""
        states = self.states(lang, phrases)
        wrong: dict[str, str] = {key: state for key, state in states.items() if state not in ("ok", "missing")}
        files = {path.stem for path in (self.folder / lang).glob("*.ogg")}
        return wrong | dict.fromkeys((files | set(self.entries(lang))) - set(phrases), "orphan")

    def entries(self, lang: str) -> Entries:
        """The manifests of a language, key -> what is known of its recording; those of a speaker who left are not there."""
        ours, theirs = self._read(self.folder, lang), self._read(self.base, lang) if self.base else {}
        left = {key: entry["removed"] for key, entry in ours.items() if "removed" in entry}
        kept = {key: entry for key, entry in theirs.items() if left.get(key) != entry["audio"]}
        return kept | {key: entry for key, entry in ours.items() if "removed" not in entry}

    def path(self, lang: str, key: str) -> Path:
        """Where the sound of a recording lies, played or not."""
        return self._file(lang, key)

    def add(
        self,
        lang: str,
        key: str,
        data: bytes,
        said: str,
        speaker: str,
        heard_ok: tuple[str, ...] = (),
        doubts: Iterable[str] = (),
    ) -> Path:
        """Keep a finished voice note as the recording of this phrase; it is played once somebody else has heard it and said yes."""
        if not KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no phrase key.")
        path = self.folder / lang / f"{key}.ogg"
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
        self._save(lang, {key: entry | ({"doubts": found} if (found := list(doubts)) else {})})
        return path

    def approve(self, lang: str, key: str, listener: str) -> None:
        """A second person heard it and says it is right. The speaker's own yes does not count."""
        entry = self.entries(lang)[key]
        if listener != entry["speaker"]:
            heard = sorted({*entry["heard_ok"], listener})
            self._bring(lang, key)
            self._save(lang, {key: {k: v for k, v in entry.items() if k != "refused"} | {"heard_ok": heard}})

    def refuse(self, lang: str, key: str, listener: str) -> None:
        """A second person heard it and says it is wrong: it is not played, and is asked for again."""
        entry = self.entries(lang)[key]
        self._bring(lang, key)
        self._save(lang, {key: entry | {"heard_ok": [], "refused": listener}})

    def kept_here(self, lang: str) -> Entries:
        """The entries of our own folder alone, also those that say that a recording of the content's is never played again."""
        return self._read(self.folder, lang)

    def ours(self, lang: str, key: str) -> tuple[dict[str, Any], bytes]:
        """Such an entry and its sound, b"" when it has none. Raises KeyError, FileNotFoundError when it has just gone."""
        entry = self.kept_here(lang)[key]
        return entry, (self.folder / lang / f"{key}.ogg").read_bytes() if "audio" in entry else b""

    def take(self, lang: str, key: str, entry: dict[str, Any], data: bytes) -> None:
        """Such an entry and its sound as another machine has them, in place of ours. Raises ValueError when they are not of one recording."""
        if not KEY.fullmatch(key) or not KEY.fullmatch(lang) or entry.get("audio", _short(b"")) != _short(data):
            raise ValueError(f"What came for {lang}/{key} is not a recording of ours.")
        (self.folder / lang).mkdir(parents=True, exist_ok=True)
        if data:
            write(self.folder / lang / f"{key}.ogg", data)
        self._save(lang, {key: entry})

    def lose(self, lang: str, key: str) -> None:
        """Nothing is kept here of this one any more: its speaker does not want to be heard, or another machine says so."""
        (self.folder / lang / f"{key}.ogg").unlink(missing_ok=True)
        if key in (kept := self.kept_here(lang)):
            self._write(self.folder, lang, {name: entry for name, entry in kept.items() if name != key})

    def speakers(self) -> dict[str, int]:
        """Pseudonym -> how many recordings."""
        return dict(
            Counter(str(entry["speaker"]) for lang in self.languages() for entry in self.entries(lang).values())
        )

    def languages(self) -> list[str]:
        """The languages that have a manifest."""
        folders = [folder for folder in (self.folder, self.base) if folder]
        return sorted({path.parent.name for folder in folders for path in folder.glob("*/manifest.json")})

    def forget(self, speaker: str) -> int:
        """Remove every recording of a speaker who no longer wants to be heard; how many there were.

        Where the content's own folder may not be written to, a line here says that hers in it are never played again.
        """
        gone = 0
        for lang in self.languages():
            hers = {key: entry for key, entry in self.entries(lang).items() if entry["speaker"] == speaker}
            gone += len(hers)
            left = {k: e for k, e in self._read(self.folder, lang).items() if e.get("speaker") != speaker}
            under = self._read(self.base, lang) if self.base else {}
            theirs = {key: entry for key, entry in under.items() if entry["speaker"] == speaker}
            for key in hers:
                (self.folder / lang / f"{key}.ogg").unlink(missing_ok=True)
            if theirs and not self._drop(lang, theirs):
                left = {key: {"removed": entry["audio"]} for key, entry in theirs.items()} | left
            if left != self._read(self.folder, lang):
                self._write(self.folder, lang, left)
        return gone

    def _drop(self, lang: str, theirs: Entries) -> bool:
        """Take recordings out of the content's own folder; False when it may not be written to."""
        assert self.base is not None
        try:
            for key in theirs:
                (self.base / lang / f"{key}.ogg").unlink(missing_ok=True)
            self._write(self.base, lang, {k: e for k, e in self._read(self.base, lang).items() if k not in theirs})
        except OSError:
            return False
        return True

    def _file(self, lang: str, key: str) -> Path:
        ours = "audio" in self._read(self.folder, lang).get(key, {})
        folder = self.folder if ours or self.base is None else self.base
        return folder / lang / f"{key}.ogg"

    def _bring(self, lang: str, key: str) -> None:
        """A recording of the content's is copied here before something is written down about it."""
        here = self.folder / lang / f"{key}.ogg"
        if (there := self._file(lang, key)) != here:
            here.parent.mkdir(parents=True, exist_ok=True)
            write(here, there.read_bytes())

    def _hash(self, path: Path, stamp: tuple[int, int]) -> str:
        kept = self._hashes.get(path)
        if kept is None or kept[0] != stamp:
            kept = self._hashes[path] = (stamp, _short(path.read_bytes()))
        return kept[1]

    def _read(self, folder: Path, lang: str) -> Entries:
        path = folder / lang / "manifest.json"
        stamp = _stamp(path)
        if stamp is None:
            return {}
        kept = self._manifests.get(path)
        if kept is None or kept[0] != stamp:
            kept = self._manifests[path] = (stamp, _entries(path) or {})
        return kept[1]

    def _save(self, lang: str, entries: Entries) -> None:
        path = self.folder / lang / "manifest.json"
        if path.is_file() and _entries(path) is None:
            path.replace(path.with_suffix(".damaged"))  # what is in it can still be put right by hand
        self._write(self.folder, lang, self._read(self.folder, lang) | entries)

    def _write(self, folder: Path, lang: str, entries: Entries) -> None:
        text = json.dumps(entries, ensure_ascii=False, indent=1, sort_keys=True)
        (folder / lang).mkdir(parents=True, exist_ok=True)
        write(folder / lang / "manifest.json", f"{text}\n".encode())
        self._manifests.pop(folder / lang / "manifest.json", None)


def write(path: Path, data: bytes) -> None:
    """All of it or nothing: whoever reads at the same time sees the old file or the new one."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    draft.write_bytes(data)
    draft.replace(path)


def _entries(path: Path) -> Entries | None:
    """What a manifest says of each recording; None, and a line in the log, when it is damaged: then nothing of it is played."""
    try:
        found = json.loads(path.read_text("utf-8"))
        entries = {str(key): entry for key, entry in found.items() if isinstance(entry, dict)}
        whole = all("removed" in entry or entry.keys() >= NEEDED for entry in entries.values())
        if whole and len(entries) == len(found):
            return entries
    except (ValueError, AttributeError, RecursionError):
        pass
    log.error("recordings_damaged", file=str(path), what_to_do="put it back from a backup")
    return None


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
