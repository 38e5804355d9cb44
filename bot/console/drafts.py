"""A recording that somebody just made in the browser, until she keeps it or not: a sound and what is known of it, for a few hours."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.care import voices
from bot.care.content import Content
from bot.console.words import _
from bot.speech.clips import Clips
from bot.speech.errors import BadSound, TooLong, WorkerGone

MOST_SECONDS = 60.0  # a phrase is a sentence or two
LASTS = dt.timedelta(hours=6)
NAME = re.compile(r"[0-9a-f]{32}")


class Useless(Exception):
    """What came in cannot be a recording; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Draft:
    """One take. name: of its file · said: the words as they were then · doubts: names as in `listening.faults`."""

    name: str
    staff_id: int
    lang: str
    key: str
    said: str
    speaker: str
    doubts: list[str]


async def take(
    clips: Clips, content: Content, data: bytes, *, staff_id: int, lang: str, key: str, speaker: str, now: dt.datetime
) -> Draft:
    """The sound, levelled and trimmed, kept as a draft with what is doubtful about it. Raises Useless. Slow: sound is looked at."""
    sweep(clips, now)
    wanted = voices.texts(content, lang)
    try:
        clip = await clips.voice_note(data, folder(clips), MOST_SECONDS)
        doubts = await clips.doubts(clip.path, lang, wanted[key], wanted.values())
    except TooLong:
        raise Useless(_("Dit is te lang voor deze zin. Spreek alleen deze woorden in.")) from None
    except BadSound:
        raise Useless(_("Dit geluid kan ik niet lezen. Spreek opnieuw in, of kies een ander bestand.")) from None
    except WorkerGone:
        raise Useless(_("Het geluid kon nu niet verwerkt worden. Probeer het nog eens.")) from None
    draft = Draft(clip.path.stem, staff_id, lang, key, wanted[key], speaker, doubts)
    if voices.HOPELESS & set(doubts):
        drop(clips, draft)
        raise Useless(_("Dit kunnen we niet gebruiken: {why}. Spreek het nog eens in.").format(why=because(doubts)))
    about(clips, draft.name).write_text(json.dumps(asdict(draft), ensure_ascii=False), "utf-8")
    return draft


def find(clips: Clips, name: str, staff_id: int) -> Draft | None:
    """A draft of this colleague's; nothing of anybody else's, and nothing that is over."""
    if not NAME.fullmatch(name) or not about(clips, name).is_file() or not sound(clips, name).is_file():
        return None
    found = Draft(**json.loads(about(clips, name).read_text("utf-8")))
    return found if found.staff_id == staff_id else None


def keep(clips: Clips, draft: Draft) -> None:
    """Into the recordings: heard by mothers once somebody else has listened to it."""
    data = sound(clips, draft.name).read_bytes()
    clips.recordings.add(draft.lang, draft.key, data, draft.said, draft.speaker, (), draft.doubts)
    drop(clips, draft)


def drop(clips: Clips, draft: Draft) -> None:
    """Away with it."""
    sound(clips, draft.name).unlink(missing_ok=True)
    about(clips, draft.name).unlink(missing_ok=True)


def sweep(clips: Clips, now: dt.datetime) -> int:
    """Drafts that nobody kept; how many files went."""
    old = [p for p in folder(clips).glob("*.*") if p.stat().st_mtime < (now - LASTS).timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def sound(clips: Clips, name: str) -> Path:
    return folder(clips) / f"{name}.ogg"


def about(clips: Clips, name: str) -> Path:
    return folder(clips) / f"{name}.json"


def folder(clips: Clips) -> Path:
    """A folder of ours that may be emptied at any time."""
    return clips.cache / "drafts"


def because(doubts: list[str]) -> str:
    """ "er is veel lawaai rond je, het is korter dan ik verwacht", in the visitor's language."""
    return ", ".join(_(voices.DOUBTS.get(doubt, doubt)) for doubt in doubts)
