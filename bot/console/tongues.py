"""Languages: what is translated and read over, who is heard, and what is still missing. And in which language a colleague reads the desk."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException
from fastapi.responses import Response

from bot.care import language_checks, voices
from bot.care.content import Content, Language
from bot.care.language_checks import Signed
from bot.console.desk import Desk
from bot.console.guard import AnyVisit
from bot.console.page import PREFIX, back, page
from bot.console.recordings import sound
from bot.console.voicing import Voicing, has_ears
from bot.console.words import choose, later
from bot.messages import Part, Voice
from bot.speech.clips import Clips
from bot.speech.phrases import is_spoken
from bot.speech.text import has_slots

WHO = {
    "recorded": later("ingesproken"),
    "gtts": later("Google-stem"),
    "espeak": later("computerstem"),
    "none": later("geen stem"),
}
STATES = {
    "ok": later("ingesproken en goedgekeurd"),
    "unheard": later("ingesproken, wacht op een tweede luisteraar"),
    "stale": later("de tekst veranderde: opnieuw inspreken"),
    "changed": later("het bestand veranderde: opnieuw inspreken"),
    "refused": later("afgekeurd: opnieuw inspreken"),
}
AGAIN = ("stale", "changed", "refused")
PARTS = {
    "announcement": later("aankondigingen"), "appointment": later("afspraken"), "ask": later("vraag stellen"),
    "common": later("kleine woorden"), "faq": later("vragen en antwoorden"), "heard": later("gehoord"), "home": later("begin"),
    "language": later("begroeting"), "meeting": later("bijeenkomst"), "parts": later("dagen en uren"), "places": later("plaatsen"),
    "poll": later("vragen in beelden"), "reminder": later("herinnering"), "school_start": later("naar school"),
    "settings": later("instellingen"), "sorry": later("als iets niet lukt"), "welcome": later("welkom"), "event": later("uitnodiging"), "found": later("hoe vond je ons"), "partner": later("de papa"),
    "registration": later("inschrijven"), "sign": later("plaatjes"), "stay": later("blijven of stoppen"), "stone": later("stapstenen"),
    "stone_path": later("namen van stapstenen"), "story": later("iets over de groep"), "talk": later("een gesprek vragen"),
}  # fmt: skip
ON_A_PAGE = 40
router = APIRouter(prefix="/talen")


@dataclass(frozen=True)
class Coverage:
    """One language. total, missing: texts · heard: who speaks how many of the texts that there are · waits: recordings to listen to
    · again: to be recorded again."""

    lang: Language
    offered: bool
    total: int
    missing: list[str]
    heard: dict[str, int]
    waits: int
    again: int

    @property
    def percent(self) -> int:
        return round(100 * (self.total - len(self.missing)) / self.total) if self.total else 0


@dataclass(frozen=True)
class Line:
    """One text of a language. text None: missing · who is heard · state of its recording · plays: it can be heard as it is."""

    key: str
    dutch: str
    text: str | None
    who: str
    state: str
    records: bool
    plays: bool


@router.get("")
async def tongues(visit: Voicing) -> Response:
    """All languages next to each other."""
    found = await asyncio.to_thread(_all, visit.desk.content, visit.desk.clips)
    async with visit.desk.db.begin() as session:
        signed = await language_checks.all_signed(session, visit.desk.content)
    return page("tongues.html", visit, here="talen", found=found, who=WHO, signed=signed)


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
async def tongue(lang: str, visit: Voicing, deel: str = "", blad: int = 1) -> Response:
    """One language, text by text. deel: the first word of the keys, "opnieuw" or "horen", else what is missing or mute."""
    language = known(visit.desk, lang)
    words = await asyncio.to_thread(_page, visit.desk.content, visit.desk.clips, language, deel, max(1, blad))
    async with visit.desk.db.begin() as session:
        signed: list[Signed] = await language_checks.signed(session, visit.desk.content, lang)
    words |= {
        "signed": signed,
        "ears": has_ears(visit, lang),
        "part": deel,
        "names": PARTS,
        "who": WHO,
        "states": STATES,
    }
    return page("tongue.html", visit, here="talen", lang=language, **words)


@router.get("/{lang}/klank/{key}")
async def listen(lang: str, key: str, visit: Voicing) -> Response:
    """The clip of one text, as it would be heard today."""
    known(visit.desk, lang)
    phrase = visit.desk.content.phrases.get(lang, key)
    said = phrase.spoken if phrase else voices.texts(visit.desk.content, lang).get(key, "")
    if not said or has_slots(said):
        raise HTTPException(404)
    clip = await visit.desk.clips.clip(Voice(lang, (Part(said, key),)))
    return sound(clip.path if clip else None)


def known(desk: Desk, lang: str) -> Language:
    """A language of the house that has texts of its own; "not there" for any other."""
    found = desk.content.languages.get(lang)
    if found is None or found.voice_of:
        raise HTTPException(404)
    return found


# ---------------------------------------------------------------- step by step


def _all(content: Content, clips: Clips) -> list[Coverage]:
    return [_coverage(content, clips, lang) for lang in content.languages.values() if lang.voice_of is None]


def _coverage(content: Content, clips: Clips, lang: Language) -> Coverage:
    spoken, recorded = _spoken(content, lang.id), clips.recordings
    heard = Counter(clips.status(lang.id, spoken).values())
    wanted = (
        voices.texts(content, lang.id) if recorded.entries(lang.id) else {}
    )  # of what nobody recorded there is no state
    states = Counter[str](recorded.states(lang.id, wanted).values())
    keys = _keys(content)
    missing = [key for key in keys if key not in spoken]
    again = sum(states[state] for state in AGAIN)
    known_of = {str(k): n for k, n in heard.items()}
    return Coverage(lang, lang.id in content.offered, len(keys), missing, known_of, states["unheard"], again)


def _page(content: Content, clips: Clips, lang: Language, part: str, number: int) -> dict[str, Any]:
    """The lines of this page, how many there are, and what is still to do."""
    wanted = voices.texts(content, lang.id)
    spoken = wanted | _spoken(content, lang.id)
    who = clips.status(lang.id, spoken)
    states: dict[str, str] = {**clips.recordings.states(lang.id, wanted)}
    keys = [*wanted, *(key for key in _keys(content) if key not in wanted)]
    shown = [
        key for key in keys if _belongs(content, lang.id, key, part, states.get(key, ""), str(who.get(key, "none")))
    ]
    first = (number - 1) * ON_A_PAGE
    lines = [
        _line(content, lang.id, key, str(who.get(key, "none")), states, wanted)
        for key in shown[first : first + ON_A_PAGE]
    ]
    return {
        "lines": lines,
        "all": len(shown),
        "number": number,
        "sheets": max(1, -(-len(shown) // ON_A_PAGE)),
        "parts": sorted({key.partition(".")[0] for key in keys}),
        "to_record": next((key for key, s in states.items() if s in ("missing", *AGAIN)), None),
        "recorded": sum(s == "ok" for s in states.values()),
        "recordable": len(states),
        "unheard": sum(s == "unheard" for s in states.values()),
        "again": sum(s in AGAIN for s in states.values()),
    }


def _belongs(content: Content, lang: str, key: str, part: str, state: str, who: str) -> bool:
    if part == "opnieuw":
        return state in AGAIN
    if part == "horen":
        return state == "unheard"
    if part:
        return key.startswith(part + ".")
    return (key in content.phrases.source and content.phrases.get(lang, key) is None) or who == "none"


def _line(content: Content, lang: str, key: str, who: str, states: dict[str, str], wanted: dict[str, str]) -> Line:
    phrase = content.phrases.get(lang, key)
    text = phrase.text if phrase else None
    if key in wanted and key not in content.phrases.source:  # a greeting, a stretch of a sentence, a word of a day
        about = voices.line(content, lang, key, wanted)
        dutch, text = about.dutch, about.words if about.translated else None
    else:
        dutch = content.phrases.source[key]
    said = phrase.spoken if phrase else wanted.get(key, "")
    return Line(key, dutch, text, who, states.get(key, ""), key in wanted, who != "none" and not has_slots(said))


def _keys(content: Content) -> list[str]:
    return sorted(key for key in content.phrases.source if not is_spoken(key))


def _spoken(content: Content, lang: str) -> dict[str, str]:
    found = {key: content.phrases.get(lang, key) for key in _keys(content)}
    return {key: phrase.spoken for key, phrase in found.items() if phrase}
