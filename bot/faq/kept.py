"""What the matcher learnt, kept in a file, so that a house opens without learning it anew (some 5 seconds of work).

The file's name is a hash of everything it was learnt from: the words, the code and numpy. Only numbers and JSON are read back,
never a pickle; a file that is broken or not ours is as good as none.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.faq.concepts import Sense
from bot.faq.letters import Letters

HERE = Path(__file__).resolve().parent
UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, EOFError, zipfile.BadZipFile)
Arrays = dict[str, NDArray[Any]]


def key(learnt_from: object) -> str:
    """A hash of what it is learnt from (plain data), of this room's code, and of numpy's version."""
    made = hashlib.sha256(json.dumps(learnt_from, ensure_ascii=False).encode())
    for path in sorted(HERE.glob("*.py")):
        made.update(path.read_bytes())
    made.update(np.__version__.encode())
    return made.hexdigest()[:32]


def load(path: Path) -> tuple[dict[str, Letters], Sense | None] | None:
    """What was kept there; None when there is nothing, or nothing that can be used."""
    try:
        with np.load(path, allow_pickle=False) as arrays:
            about = json.loads(_text(arrays["about"]))
            letters = {lang: _letters(lang, told, arrays) for lang, told in about["letters"].items()}
            told = about["sense"]
            return letters, told and Sense(told["topics"], told["places"], told["rarity"], arrays["sense"])
    except UNREADABLE:
        return None


def save(path: Path, letters: Mapping[str, Letters], sense: Sense | None) -> None:
    """Written whole or not at all; older ones go. A folder that cannot be written is no reason to stop."""
    arrays: Arrays = {}
    told = {lang: _flat(lang, found, arrays) for lang, found in letters.items()}
    meant = sense and {"topics": sense.topics, "places": sense.places, "rarity": sense.rarity}
    if sense:
        arrays["sense"] = sense.weights
    arrays["about"] = np.frombuffer(json.dumps({"letters": told, "sense": meant}).encode(), dtype=np.uint8)
    made = io.BytesIO()
    np.savez(made, allow_pickle=False, **arrays)
    half = path.with_suffix(f".{os.getpid()}.half")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        half.write_bytes(made.getvalue())
        half.replace(path)
        for old in path.parent.glob(f"*{path.suffix}"):
            if old != path:
                old.unlink(missing_ok=True)


ARRAYS = ("owners", "known", "rarity", "starts", "where", "values", "weights")


def _flat(lang: str, letters: Letters, arrays: Arrays) -> dict[str, Any]:
    """Its numbers into `arrays`, the rest as JSON."""
    arrays |= {f"{lang}.{name}": getattr(letters, name) for name in ARRAYS}
    return {
        "topics": letters.topics,
        "texts": letters.texts,
        "sounds": letters.sounds,
        "unknown": letters.unknown,
    }


def _letters(lang: str, told: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Letters:
    numbers = {name: arrays[f"{lang}.{name}"] for name in ARRAYS}
    pieces = len(numbers["known"])
    if len(numbers["starts"]) != pieces + 1 or len(numbers["rarity"]) != pieces:
        raise ValueError("The numbers are not those of these pieces.")
    return Letters(
        topics=told["topics"],
        texts=told["texts"],
        sounds=told["sounds"],
        unknown=told["unknown"],
        **numbers,
    )


def _text(raw: NDArray[Any]) -> str:
    return raw.tobytes().decode()
