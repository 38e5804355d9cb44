"""The built-in phone: any flow in any language, as a mother sees and hears it. Nothing is kept: all of it stands in the address.

The engine is pure, so walking through a flow touches no database. Where the bot would look something up ("does she know the
group?"), the colleague chooses what it finds.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from bot.care import render, voices
from bot.care.content import Content
from bot.clock import local
from bot.console.guard import Visit, there
from bot.console.page import PREFIX, page
from bot.console.recordings import sound
from bot.console.tongues import PARTS, known
from bot.console.voicing import Voicing
from bot.console.words import later
from bot.flow import engine
from bot.flow.model import Do, Place, Say, Slots
from bot.messages import Button, Heard, Picture, Utterance
from bot.pictures import PictureError, cards

START = "welcome.language"
MOST = 6000  # characters of a state: more was not made by us
KINDS = {
    "voice": later("🎤 zij spreekt iets in"),
    "text": later("⌨️ zij typt iets"),
    "photo": later("📷 zij stuurt een foto"),
    "location": later("📍 zij stuurt waar ze is"),
    "again": later("🔊 zij luistert opnieuw"),
}
router = APIRouter(prefix="/voorbeeld")


@dataclass(frozen=True)
class Move:
    """One link of the phone: what is pressed, and what it does. state: what stands in the address."""

    label: str
    state: str = ""
    url: str = ""


@dataclass
class Screen:
    """What the phone shows. decides: the name of what the bot would look up, with a link for each thing it may find."""

    said: list[Utterance] = field(default_factory=list)
    place: Place = field(default_factory=lambda: Place(START))
    decides: str = ""
    outcomes: list[Move] = field(default_factory=list)
    waits: list[Move] = field(default_factory=list)


@router.get("")
async def phone(visit: Voicing, taal: str = "nl", stap: str = START, s: str = "") -> Response:
    """The phone at a step (stap), or after a move (s)."""
    language = known(visit.desk, taal)
    screen = await asyncio.to_thread(_screen, visit, taal, stap, s)
    shown = [_shown(visit, taal, stap, s, n, one) for n, one in enumerate(screen.said)]
    langs = [one for one in visit.desk.content.languages.values() if one.voice_of is None]
    words: dict[str, Any] = {
        "lang": language, "langs": langs, "screen": screen, "shown": shown, "kinds": KINDS, "names": PARTS,
        "flows": _flows(visit.desk.content), "rtl": {one.id for one in langs if one.rtl}, "start": START, "s": s, "step": stap,
    }  # fmt: skip
    words["mute"] = [
        n for n, one in enumerate(screen.said) if one.voice and await visit.desk.clips.clip(one.voice) is None
    ]
    return page("preview.html", visit, here="talen", **words)


@router.get("/klank")
async def listen(visit: Voicing, taal: str = "nl", stap: str = START, s: str = "", n: int = 0) -> Response:
    """The voice of the n-th thing on the phone."""
    known(visit.desk, taal)
    one = await _nth(visit, taal, stap, s, n)
    clip = await visit.desk.clips.clip(one.voice) if one.voice else None
    return sound(clip.path if clip else None)


@router.get("/beeld")
async def look(visit: Voicing, taal: str = "nl", stap: str = START, s: str = "", n: int = 0) -> Response:
    """The picture of the n-th thing on the phone."""
    known(visit.desk, taal)
    one = await _nth(visit, taal, stap, s, n)
    return await _picture(visit, there(one.picture))


@router.get("/plaatje/{key}")
async def picture(key: str, visit: Voicing) -> Response:
    """What mothers see with the words of this key."""
    return await _picture(visit, there(voices.picture(visit.desk.content, key)))


# ---------------------------------------------------------------- where she stands


def _screen(visit: Visit, lang: str, step: str, state: str) -> Screen:
    """What she is told after this move, and what she can do next. "Not there" for an address that we did not make."""
    try:
        return _after(visit, lang, step, state)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise HTTPException(404) from None


def _after(visit: Visit, lang: str, step: str, state: str) -> Screen:
    content, now = visit.desk.content, visit.now
    turn = _turn(content, step, state)
    screen = Screen(place=turn.place)
    for effect in turn.effects:
        if isinstance(effect, Say):
            say = Say(effect.step, {**_samples(content, effect.step, now), **effect.slots}, effect.lang)
            screen.said += render.utterances(content, lang, say, now)
        elif isinstance(effect, Do):
            here = content.flows[turn.place.step]
            screen.decides = effect.name
            screen.outcomes = [
                Move(name, _packed({"at": here.name, "slots": turn.place.slots, "found": name})) for name in here.on
            ]
    here = content.flows[turn.place.step]
    if not here.do:
        slots = turn.place.slots
        screen.waits = [
            Move(kind, _packed({"at": here.name, "slots": slots, "kind": kind}))
            for kind in here.wait
            if kind != "again"
        ]
    return screen


def _turn(content: Content, step: str, state: str) -> engine.Turn:
    if not state:
        if step not in content.flows:
            raise HTTPException(404)
        return engine.go(content.flows, Place(step), step)
    did = _unpacked(state)
    if isinstance(did.get("to"), dict):
        pressed = did["to"]
        at = f"{pressed.get('flow')}.{pressed.get('step')}"
        return engine.hear(content.flows, Place(at), Heard("press", 0), pressed)
    at, slots = str(did.get("at")), did.get("slots")
    here = content.flows.get(at)
    if here is None or not isinstance(slots, dict):
        raise HTTPException(404)
    if "found" in did:
        return engine.done(content.flows, Place(at, slots), str(did["found"]))
    return engine.go(content.flows, Place(at, slots), here.wait.get(str(did.get("kind")), engine.HOME.step))


def _samples(content: Content, step: str, now: dt.datetime) -> Slots:
    """Made-up words for what the bot would fill in: no group, no mother, nobody's data."""
    tomorrow = (local(now) + dt.timedelta(days=1)).date()
    found: Slots = {
        "day": tomorrow.isoformat(), "time": "09:00", "ends": "11:30", "place": "De Sleutel", "name": "Rose", "group": "Mama Leert",
        "guide": "Rose", "price": "3 euro", "stop": "Markt", "children": 2, "year": tomorrow.year + 2, "language": "nl",
    }  # fmt: skip
    offer = content.flows[step].offer
    if offer == "languages":
        found["languages"] = list(content.offered)
    elif offer == "voices":
        found["languages"] = [one.id for one in content.languages.values() if one.voice_of] or ["nl"]
    elif offer == "topics":
        found["topics"] = [t.id for t in content.topics.values() if not t.urgent][:3]
    elif offer in ("years", "months", "spans", "days"):
        found |= {"year": str(tomorrow.year - 1), "month": "3", "span": "1"}
    return found


def _flows(content: Content) -> list[tuple[str, list[tuple[str, str]]]]:
    """flow → its speaking steps with their Dutch words, so that a colleague can start anywhere."""
    found: dict[str, list[tuple[str, str]]] = {}
    for step in content.flows.values():
        phrase = content.phrases.get("nl", step.text_key) if step.text_key else None
        if phrase is not None:
            found.setdefault(step.flow, []).append((step.name, phrase.text))
    return list(found.items())


# ---------------------------------------------------------------- what is on it


def _shown(visit: Visit, lang: str, step: str, state: str, n: int, one: Utterance) -> dict[str, Any]:
    """One bubble: the addresses of its sound and picture, and its buttons as links."""
    query = urlencode({"taal": lang, "stap": step, "s": state, "n": n})
    rows = [[_move(button, lang) for button in row] for row in one.buttons]
    return {
        "u": one,
        "sound": f"{PREFIX}/voorbeeld/klank?{query}",
        "image": f"{PREFIX}/voorbeeld/beeld?{query}",
        "rows": rows,
    }


def _move(button: Button, lang: str) -> Move:
    if button.url:
        return Move(button.label, url=button.url)
    to = dict(button.to)
    chosen = to.get("choice") if to.get("flow") == "welcome" and to.get("step") == "language" else None
    query = {"taal": lang if not chosen or str(chosen).startswith("@") else chosen, "s": _packed({"to": to})}
    return Move(button.label, url=f"{PREFIX}/voorbeeld?{urlencode(query)}")


async def _nth(visit: Visit, lang: str, step: str, state: str, n: int) -> Utterance:
    said = (await asyncio.to_thread(_screen, visit, lang, step, state)).said
    if not 0 <= n < len(said):
        raise HTTPException(404)
    return said[n]


async def _picture(visit: Visit, wanted: Picture) -> FileResponse:
    desk = visit.desk
    if wanted.kind not in ("card", "when", "path"):  # never a stored photo: its name could stand in an address
        raise HTTPException(404)
    try:
        path = await asyncio.to_thread(
            cards.draw, wanted, desk.clips.cache / "cards", desk.media, desk.content.folder / "flows" / "pictures"
        )
    except (PictureError, FileNotFoundError):
        raise HTTPException(404) from None
    kind = "image/png" if path.suffix == ".png" else "image/jpeg"
    return FileResponse(path, media_type=kind, headers={"cache-control": "private, max-age=600"})


def _packed(state: dict[str, Any]) -> str:
    text = json.dumps(state, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(text.encode()).decode()


def _unpacked(text: str) -> dict[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text[:MOST]))
    except (ValueError, RecursionError, binascii.Error):
        raise HTTPException(404) from None
    if not isinstance(found, dict):
        raise HTTPException(404)
    return found


def speaking(content: Content) -> Iterable[str]:
    """Every step that says something."""
    return (name for _, steps in _flows(content) for name, _ in steps)
