"""YAML where every scalar is a string and every key knows its line: `yes` stays "yes", `09:00` stays "09:00"."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where libyaml is built in
MOST_NODES = 100_000  # of one file; the largest of ours has some thousands


@dataclass(frozen=True)
class Fault:
    """Something wrong in the content, told so that a coordinator can mend it."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}"


class Map(dict[str, Any]):
    """A mapping that knows the line it starts on and the line of each key."""

    line: int = 0
    lines: dict[str, int]

    def at(self, key: str) -> int:
        return self.lines.get(key, self.line)


class TooMuch(Exception):
    """A file whose nodes repeat each other without end; the line where it was stopped."""


class Reader:
    """One file being read: its name for the messages, and the list its faults go to."""

    def __init__(self, path: Path, folder: Path, faults: list[Fault]) -> None:
        self.path = path
        self.name = path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
        self.faults = faults
        self._nodes = 0

    def fault(self, line: int, says: str) -> None:
        self.faults.append(Fault(self.name, line, says))

    def read(self) -> Map | None:
        """The file as one mapping; None, with a fault noted, when it is not YAML or not a mapping."""
        try:
            node = yaml.compose(self.path.read_text(encoding="utf-8"), Loader=LOADER)
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or "it is not readable text"
            self.fault(mark.line + 1 if mark else 1, f"this is not YAML: {problem}")
            return None
        try:
            plain = self._plain(node, 0) if node else None
        except TooMuch as fault:
            self.fault(int(str(fault)), "this is nested too deep, or grows too large by repeating (`*`)")
            return None
        if not isinstance(plain, Map):
            self.fault(1, "the file has to be a list of words with values (`flow: home` …)")
            return None
        return plain

    def _plain(self, node: Any, depth: int) -> Any:
        self._nodes += 1
        if depth > 12 or self._nodes > MOST_NODES:
            raise TooMuch(node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, depth + 1) for item in node.value]
        return self._map(node, depth)

    def _map(self, node: Any, depth: int) -> Map:
        found = Map()
        found.line, found.lines = node.start_mark.line + 1, {}
        for key_node, value_node in node.value:
            key, line = str(key_node.value), key_node.start_mark.line + 1
            if key in found:
                self.fault(line, f"`{key}` stands here twice")
            found[key] = self._plain(value_node, depth + 1)
            found.lines[key] = line
        return found

    # ------------------------------------------------------------ taking values out, with faults instead of exceptions

    def words(self, found: Map, known: set[str], what: str) -> None:
        """Notes every word that is not in the closed list."""
        for key in found:
            if key not in known:
                self.fault(found.at(key), f"`{key}` is not a word of {what}; known are: {', '.join(sorted(known))}")

    def text(self, found: Map, key: str, default: str = "") -> str:
        value = found.get(key, default)
        if isinstance(value, str):
            return value
        self.fault(found.at(key), f"`{key}` has to be one text")
        return default

    def required(self, found: Map, key: str, what: str) -> str:
        value = self.text(found, key).strip()
        if not value:
            self.fault(found.at(key), f"{what} needs `{key}`")
        return value

    def many(self, found: Map, key: str) -> list[Any]:
        value = found.get(key, [])
        if isinstance(value, list):
            return value
        self.fault(found.at(key), f"`{key}` has to be a list: [one, two]")
        return []

    def texts(self, found: Map, key: str) -> tuple[str, ...]:
        values = self.many(found, key)
        if all(isinstance(value, str) for value in values):
            return tuple(values)
        self.fault(found.at(key), f"`{key}` has to be a list of plain words")
        return ()

    def map(self, found: Map, key: str) -> Map:
        value = found.get(key)
        if isinstance(value, Map):
            return value
        if value not in (None, ""):
            self.fault(found.at(key), f"`{key}` has to be words with values below it")
        empty = Map()
        empty.line, empty.lines = found.at(key), {}
        return empty

    def pairs(self, found: Map, key: str) -> dict[str, str]:
        values = self.map(found, key)
        for name, value in values.items():
            if not isinstance(value, str):
                self.fault(values.at(name), f"`{name}` has to be one text")
        return {name: value for name, value in values.items() if isinstance(value, str)}

    def yes(self, found: Map, key: str, default: str = "no") -> bool:
        value = self.text(found, key, default)
        if value not in ("yes", "no"):
            self.fault(found.at(key), f"`{key}` is yes or no")
        return value == "yes"
