"""Languages and voices: what is translated and read over, who is heard, and what is still missing."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care.content import Content, Language
from bot.console.desk import Desk
from bot.console.guard import Answering, AnyVisit
from bot.console.page import PREFIX, back, page
from bot.console.recordings import sound
from bot.console.words import choose, later
from bot.messages import Part, Voice
from bot.speech.clips import Clips
from bot.speech.phrases import is_spoken

WHO = {
    "recorded": later("ingesproken"),
    "gtts": later("Google-stem"),
    "espeak": later("computerstem"),
    "none": later("geen stem"),
}
PARTS = {
    "announcement": later("aankondigingen"), "ask": later("vraag stellen"), "common": later("kleine woorden"), "faq": later("vragen en antwoorden"),
    "heard": later("gehoord"), "home": later("begin"), "meeting": later("bijeenkomst"), "places": later("plaatsen"), "reminder": later("herinnering"),
    "school_start": later("naar school"), "settings": later("instellingen"), "sorry": later("als iets niet lukt"), "welcome": later("welkom"),
}  # fmt: skip
router = APIRouter(prefix="/talen")


@dataclass(frozen=True)
class Coverage:
    """One language. total, missing: texts · heard: who speaks how many of the texts that there are."""

    lang: Language
    offered: bool
    total: int
    missing: list[str]
    heard: dict[str, int]

    @property
    def percent(self) -> int:
        return round(100 * (self.total - len(self.missing)) / self.total) if self.total else 0


@dataclass(frozen=True)
class Line:
    """One text of a language: key, Dutch, the text (None: missing), and who is heard."""

    key: str
    dutch: str
    text: str | None
    who: str


@router.get("")
async def tongues(visit: Answering) -> Response:
    """All languages next to each other."""
    found = await asyncio.to_thread(_all, visit.desk.content, visit.desk.clips)
    return page("tongues.html", visit, here="talen", found=found, who=WHO)


@router.post("/bureau")
async def desk_in(
    visit: AnyVisit, lang: Annotated[str, Form()] = "", back_to: Annotated[str, Form(alias="back")] = ""
) -> Response:
    """The desk itself in another language, for this colleague."""
    try:
        async with visit.desk.db.begin() as session:
            await choose(session, visit.me.id, lang)
    except ValueError:
        raise HTTPException(404) from None
    return back(back_to.removeprefix(PREFIX) if re.fullmatch(rf"{PREFIX}(/[\w-]+)*", back_to) else "/")


@router.get("/{lang}")
async def tongue(lang: str, visit: Answering, deel: str = "") -> Response:
    """One language, text by text; deel: the first word of the keys, else only what is missing or mute."""
    language = _known(visit.desk, lang)
    lines = await asyncio.to_thread(_lines, visit.desk.content, visit.desk.clips, lang)
    parts = sorted({line.key.partition(".")[0] for line in lines})
    shown = [
        line for line in lines if (line.key.startswith(deel + ".") if deel else line.text is None or line.who == "none")
    ]
    return page(
        "tongue.html", visit, here="talen", lang=language, lines=shown, parts=parts, part=deel, who=WHO, names=PARTS
    )


@router.get("/{lang}/klank/{key}")
async def listen(lang: str, key: str, visit: Answering) -> Response:
    """The clip of one text, as it would be heard today."""
    _known(visit.desk, lang)
    phrase = visit.desk.content.phrases.get(lang, key)
    if phrase is None or "{" in phrase.spoken:
        raise HTTPException(404)
    clip = await visit.desk.clips.clip(Voice(lang, (Part(phrase.spoken, key),)))
    return sound(clip.path if clip else None)


def _known(desk: Desk, lang: str) -> Language:
    found = desk.content.languages.get(lang)
    if found is None or found.voice_of:
        raise HTTPException(404)
    return found


def _all(content: Content, clips: Clips) -> list[Coverage]:
    return [_coverage(content, clips, lang) for lang in content.languages.values() if lang.voice_of is None]


def _coverage(content: Content, clips: Clips, lang: Language) -> Coverage:
    heard = Counter(kind for kind in clips.status(lang.id, _spoken(content, lang.id)).values())
    required = content.phrases.required(lang.id)
    missing = content.phrases.missing(lang.id)
    return Coverage(lang, lang.id in content.offered, len(required), missing, {str(k): n for k, n in heard.items()})


def _lines(content: Content, clips: Clips, lang: str) -> list[Line]:
    status = clips.status(lang, _spoken(content, lang))
    lines = []
    for key in _keys(content):
        phrase = content.phrases.get(lang, key)
        who = str(status.get(key, "none"))
        lines.append(Line(key, content.phrases.source[key], phrase.text if phrase else None, who))
    return lines


def _keys(content: Content) -> list[str]:
    return sorted(key for key in content.phrases.source if not is_spoken(key))


def _spoken(content: Content, lang: str) -> dict[str, str]:
    found = {key: content.phrases.get(lang, key) for key in _keys(content)}
    return {key: phrase.spoken for key, phrase in found.items() if phrase}
