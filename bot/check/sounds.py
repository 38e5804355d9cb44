"""Can it be heard and drawn? A voice for every phrase, no stale recording, no clip too long, no letter without a shape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from bot.flow.load import SLOT, Script
from bot.flow.model import Step
from bot.flow.reading import Fault
from bot.pictures.text import Tofu, clean
from bot.pictures.text import script as font_for
from bot.speech.phrases import Phrases, is_spoken
from bot.speech.recordings import Recordings
from bot.speech.voices import NOBODY, speaks
from bot.speech.voices import load as load_voices

LONGEST = 45.0  # seconds of one voice note
PAUSE = 0.35  # seconds between two parts of it
POINT = 14.0  # seconds in which the first sentence is over, without what is filled in, at the slow pace of a machine
ENDS = re.compile(r"[.!?:…؟።፧፦]+(?:\s|$)")
SLOT_SECONDS = 2.5  # what a filled-in day, hour or place takes


def faults(folder: Path, script: Script, phrases: Phrases, lang: str) -> Iterator[Fault]:
    """What cannot be heard or drawn in this language."""
    voices = folder / "audio" / "voices.yaml"
    recordings = Recordings(folder / "audio" / "recordings")
    said = _said(script, phrases, lang)
    if voices.is_file() and not speaks(folder / "audio", lang) and not _speaker_only(voices, lang):
        silent = [key for key in said if recordings.find(lang, key, said[key]) is None]
        if silent:
            yield Fault(
                "audio/voices.yaml", 1, f"`{lang}` is offered, but nobody says {len(silent)} phrases: `{silent[0]}` …"
            )
    yield from never_played(folder, script, phrases, lang)
    pace = (load_voices(voices) if voices.is_file() else {}).get(lang, NOBODY).letters
    for step in script.flows.values():
        seconds = _seconds(step, said, pace)
        if seconds > LONGEST:
            yield Fault(
                step.file, step.line, f"`{step.name}` takes about {seconds:.0f} s in {lang}; {LONGEST:.0f} at most"
            )
        if (late := _point(step, said, pace)) > POINT:
            says = f"`{step.name}` comes to its point after {late:.0f} s in {lang}: begin with a sentence of {POINT:.0f} s at most"
            yield Fault(step.file, step.line, says)
    yield from _tofu(script, phrases, lang)


def never_played(folder: Path, script: Script, phrases: Phrases, lang: str) -> Iterator[Fault]:
    """Recordings that lie there for nothing: of other words, of a phrase that is gone, or not yet heard by a second person."""
    recordings = Recordings(folder / "audio" / "recordings")
    for key, trouble in recordings.troubles(lang, _said(script, phrases, lang)).items():
        yield Fault(f"audio/recordings/{lang}/{key}.ogg", 1, f"this recording is {trouble}: it is never played")


def _said(script: Script, phrases: Phrases, lang: str) -> dict[str, str]:
    return {key: phrase.spoken for key in script.source if not is_spoken(key) and (phrase := phrases.get(lang, key))}


def _speaker_only(voices: Path, lang: str) -> bool:
    speaker = load_voices(voices).get(lang)
    return speaker is not None and bool(speaker.gtts)


def _seconds(step: Step, said: dict[str, str], pace: float) -> float:
    """How long its voice note takes at this many letters a second, choices and all; 0 when it says nothing."""
    if step.text_key is None or step.text_key not in said:
        return 0.0
    parts = [said[step.text_key], *(said.get(choice.label_key, "") for choice in step.choices)]
    letters = sum(not unicodedata.combining(c) for part in parts for c in part)
    pauses = PAUSE * 2 * len(step.choices) + 0.6 * len(step.choices)  # each choice also has its number said
    return letters / pace + pauses + SLOT_SECONDS * sum(part.count("{") for part in parts)


def _point(step: Step, said: dict[str, str], pace: float) -> float:
    """How long the first sentence of a step takes, in seconds."""
    first = ENDS.split(SLOT.sub("", said.get(step.text_key or "", "")), maxsplit=1)[0]
    return sum(not unicodedata.combining(c) for c in first) / pace


def _tofu(script: Script, phrases: Phrases, lang: str) -> Iterator[Fault]:
    for key in script.source:
        phrase = phrases.get(lang, key) if key.endswith(".label") else None
        if phrase is not None:
            try:
                font_for(clean(phrase.text))
            except Tofu as tofu:
                yield Fault(*script.where[key], f"`{key}` in {lang} shows empty boxes: {tofu}")
