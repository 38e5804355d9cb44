"""What outlives a restart: a log of upserts (one JSON line each, the last one counts) and a folder with files.

A line is in the kernel's hands before the call that caused it is answered, so kill -9 loses nothing that was acknowledged.
The log is rewritten without its dead lines at start-up and whenever these weigh too much, by an atomic rename.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = tuple[str, str, Any]


class Keep:
    """A small table store on disk; with folder=None it remembers nothing and costs nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._live: dict[tuple[str, str], Any] = {}
        self._lines = 0
        self._log: int | None = None

    def load(self) -> Iterator[Record]:
        """Opens the log and yields what is live in it; a last line that a crash cut short is left out."""
        if self.folder is None:
            return
        (self.folder / "files").mkdir(parents=True, exist_ok=True)
        path = self.folder / "log.jsonl"
        if path.exists():
            for line in path.read_bytes().splitlines():
                self._read(line)
        self._rewrite()
        rows = [(table, key, value) for (table, key), value in self._live.items()]
        self._live = dict.fromkeys(self._live)  # from here on only the names count
        yield from rows

    def _read(self, line: bytes) -> None:
        try:
            table, key, value = json.loads(line)
        except ValueError:
            return
        self._live.pop((table, key), None)
        if value is not None:
            self._live[table, key] = value

    def put(self, table: str, key: object, value: Any) -> None:
        """Writes one row down; None takes it away."""
        if self.folder is None or self._log is None:
            return
        line = json.dumps([table, str(key), value], ensure_ascii=False, separators=(",", ":"))
        os.write(self._log, line.encode() + b"\n")
        self._lines += 1
        if value is None:
            self._live.pop((table, str(key)), None)
        else:
            self._live[table, str(key)] = None
        if self._lines > 20_000 + 4 * len(self._live):
            self._compact()

    def _compact(self) -> None:
        """Reads the log back (rows in memory are only names) and rewrites it."""
        assert self.folder is not None
        self._live.clear()
        for line in (self.folder / "log.jsonl").read_bytes().splitlines():
            self._read(line)
        self._rewrite()

    def _rewrite(self) -> None:
        assert self.folder is not None
        self.close()
        path, new = self.folder / "log.jsonl", self.folder / "log.new"
        with new.open("w", encoding="utf-8") as out:
            for (table, key), value in self._live.items():
                out.write(json.dumps([table, key, value], ensure_ascii=False, separators=(",", ":")) + "\n")
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
        self._lines = len(self._live)
        self._log = os.open(path, os.O_WRONLY | os.O_APPEND)

    def blob(self, sha: str, data: bytes) -> bool:
        """Keeps bytes under their name; False when nothing is kept on disk."""
        if self.folder is None:
            return False
        path = self.folder / "files" / sha
        if not path.exists():
            new = path.with_suffix(".new")
            new.write_bytes(data)
            new.replace(path)
        return True

    def read_blob(self, sha: str) -> bytes | None:
        path = self.folder / "files" / sha if self.folder else None
        return path.read_bytes() if path and path.exists() else None

    def drop_blob(self, sha: str) -> None:
        if self.folder is not None:
            (self.folder / "files" / sha).unlink(missing_ok=True)

    def close(self) -> None:
        if self._log is not None:
            os.close(self._log)
            self._log = None
