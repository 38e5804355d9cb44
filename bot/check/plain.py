"""Plain Dutch: the words that mothers hear are a list (locales/nl/words.txt), and a new one is a decision and not an accident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.flow.load import SLOT, Script
from bot.flow.reading import Fault
from bot.speech.phrases import is_spoken

LIST = "locales/nl/words.txt"
WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")


def faults(folder: Path, script: Script) -> Iterator[Fault]:
    """Words of the Dutch texts that are not on the list, a fault for each text. Without a list there is nothing to say."""
    path = folder / LIST
    if not path.is_file():
        return
    lines = path.read_text("utf-8").splitlines()
    known = {word for line in lines for word in _words(line.partition("#")[0])}
    for key, text in script.source.items():
        new = [] if is_spoken(key) else [word for word in dict.fromkeys(_words(text)) if word not in known]
        if new:
            named = ", ".join(f"“{word}”" for word in new)
            says = f"`{key}`: no text has {named} yet; is there a word she hears already? Else add it to {LIST}"
            yield Fault(*script.where[key], says)


def _words(text: str) -> list[str]:
    return [word.replace("'", "’") for word in WORD.findall(SLOT.sub(" ", text).casefold())]
