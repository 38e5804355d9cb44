"""Lending a voice in the browser: record a phrase, hear it back, keep it; a second person listens; sign for a language; invite a volunteer."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from typing import Annotated, Any

import segno
from fastapi import APIRouter, File, Form, HTTPException, UploadFile
from fastapi.responses import Response

from bot.care import groups, language_checks, staff, voices
from bot.care.content import Content, Language
from bot.clock import local
from bot.console import drafts
from bot.console.drafts import Draft, Useless
from bot.console.guard import Answering, Visit, there
from bot.console.page import back, page
from bot.console.recordings import MOST_BYTES, sound
from bot.console.tongues import AGAIN, STATES, known
from bot.console.voicing import Voicing, has_ears, may_record
from bot.console.words import _, in_words
from bot.messages import Part, Voice
from bot.speech.clips import Clips
from bot.speech.text import has_slots

PSEUDONYM = re.compile(r"[a-z0-9-]{2,30}")
OPEN = ("missing", *AGAIN)
router = APIRouter(prefix="/talen/{lang}")


# ---------------------------------------------------------------- speaking


@router.get("/woord/{key}")
async def phrase(lang: str, key: str, visit: Voicing, proef: str = "") -> Response:
    """One phrase: its words, what it means, who says it now, and a microphone. proef: a take to hear back."""
    language = _mine(visit, lang)
    draft = drafts.find(visit.desk.clips, proef, visit.me.id) if proef else None
    return await _phrase(visit, language, key, draft if draft and draft.key == key else None)


@router.post("/woord/{key}")
async def record(
    lang: str,
    key: str,
    visit: Voicing,
    voice: Annotated[UploadFile | None, File()] = None,
    wie: Annotated[str, Form()] = "",
) -> Response:
    """A take: checked at once as the recorder in Telegram does, then to be heard back."""
    language, clips = _mine(visit, lang), visit.desk.clips
    _words(visit.desk.content, lang, key)
    wie = wie.strip().lower()
    data = await voice.read(MOST_BYTES + 1) if voice is not None else b""
    if not data:
        return await _phrase(visit, language, key, None, error=_("Spreek de zin in, of kies een geluidsbestand."))
    if len(data) > MOST_BYTES:
        return await _phrase(visit, language, key, None, error=_("Dit bestand is te groot. Spreek korter in."))
    if wie and not PSEUDONYM.fullmatch(wie):
        why = _("Een schuilnaam heeft 2 tot 30 kleine letters of cijfers, en is geen echte naam.")
        return await _phrase(visit, language, key, None, error=why)
    speaker = wie or voices.pseudonym(visit.me)
    try:
        draft = await drafts.take(
            clips, visit.desk.content, data, staff_id=visit.me.id, lang=lang, key=key, speaker=speaker, now=visit.now
        )
    except Useless as why_not:
        return await _phrase(visit, language, key, None, error=str(why_not))
    return back(f"/talen/{lang}/woord/{key}?proef={draft.name}")


@router.get("/proef/{name}")
async def hear_back(lang: str, name: str, visit: Voicing) -> Response:
    """The take itself."""
    _mine(visit, lang)
    draft: Draft = there(drafts.find(visit.desk.clips, name, visit.me.id))
    return sound(drafts.sound(visit.desk.clips, draft.name))


@router.post("/proef/{name}/bewaren")
async def keep(lang: str, name: str, visit: Voicing) -> Response:
    """Kept; on to the next phrase that nobody has recorded."""
    _mine(visit, lang)
    clips, content = visit.desk.clips, visit.desk.content
    draft: Draft = there(drafts.find(clips, name, visit.me.id))
    if _words(content, draft.lang, draft.key) != draft.said:
        drafts.drop(clips, draft)
        return back(f"/talen/{lang}/woord/{draft.key}", "tekst-anders")
    await asyncio.to_thread(drafts.keep, clips, draft)
    following = await asyncio.to_thread(_next, clips, content, lang, draft.key)
    return back(f"/talen/{lang}/woord/{following}" if following else f"/talen/{lang}", "ingesproken")


@router.post("/proef/{name}/weg")
async def drop(lang: str, name: str, visit: Voicing) -> Response:
    """Once more."""
    _mine(visit, lang)
    draft: Draft = there(drafts.find(visit.desk.clips, name, visit.me.id))
    drafts.drop(visit.desk.clips, draft)
    return back(f"/talen/{lang}/woord/{draft.key}")


# ---------------------------------------------------------------- listening


@router.get("/luisteren")
async def listen(lang: str, visit: Voicing, na: str = "") -> Response:
    """The next recording of somebody else that nobody said yes or no to; na: skip until after this one."""
    language = _mine(visit, lang)
    keys = await asyncio.to_thread(_unheard, visit, lang)
    later_on = keys[keys.index(na) + 1 :] if na in keys else []
    key = next(iter([*later_on, *keys]), None)
    words: dict[str, Any] = {"ears": has_ears(visit, lang), "left": len(keys), "key": key}
    if key is not None:
        entry = visit.desk.clips.recordings.entries(lang)[key]
        words |= {"about": voices.line(visit.desk.content, lang, key), "entry": entry}
        words["doubts"] = drafts.because(entry.get("doubts", []))
    return page("listen.html", visit, here="talen", lang=language, **words)


@router.get("/opname/{key}")
async def recording(lang: str, key: str, visit: Voicing) -> Response:
    """A recording as it is, played to mothers or not yet."""
    _mine(visit, lang)
    there(visit.desk.clips.recordings.entries(lang).get(key))
    return sound(visit.desk.clips.recordings.path(lang, key))


@router.post("/luisteren/{key}")
async def judge(
    lang: str, key: str, visit: Voicing, audio: Annotated[str, Form()] = "", goed: Annotated[str, Form()] = ""
) -> Response:
    """Yes: mothers hear it from now on. No: it is asked for again. audio: which take she heard."""
    _mine(visit, lang)
    if not has_ears(visit, lang):
        raise HTTPException(403)
    recordings, me = visit.desk.clips.recordings, voices.pseudonym(visit.me)
    entry = recordings.entries(lang).get(key)
    if entry is None or entry["audio"] != audio or entry["speaker"] == me:
        return back(f"/talen/{lang}/luisteren", "zelfde")
    await asyncio.to_thread(recordings.approve if goed == "ja" else recordings.refuse, lang, key, me)
    return back(f"/talen/{lang}/luisteren?na={key}", "goedgekeurd" if goed == "ja" else "afgekeurd")


@router.post("/stem-wissen")
async def forget(lang: str, visit: Voicing, wie: Annotated[str, Form()] = "") -> Response:
    """Every recording of a speaker goes; one's own, or (who runs a group) anybody's but a colleague's of another house."""
    _mine(visit, lang)
    mine = voices.pseudonym(visit.me)
    async with visit.desk.db.begin() as session:
        far = {voices.pseudonym(person) for person in await staff.of_other_houses(session, visit.me)}
    if wie in far or (not visit.answers and wie not in ("", mine)):
        raise HTTPException(403)
    gone = await asyncio.to_thread(visit.desk.clips.recordings.forget, wie or mine)
    return back(f"/talen/{lang}", "stem-gewist" if gone else "zelfde")


# ---------------------------------------------------------------- signing, inviting


@router.post("/nagelezen")
async def sign(
    lang: str,
    visit: Voicing,
    wie: Annotated[str, Form()] = "",
    wat: Annotated[str, Form()] = language_checks.TEXT,
    dag: Annotated[str, Form()] = "",
    moedertaal: Annotated[str, Form()] = "",
) -> Response:
    """Somebody read, or heard, the whole language."""
    _mine(visit, lang)
    try:
        on = dt.date.fromisoformat(dag) if dag else local(visit.now).date()
        async with visit.desk.db.begin() as session:
            await language_checks.sign(
                session, visit.desk.content, lang, what=wat, signer=wie, native=bool(moedertaal), on=on, by=visit.me, now=visit.now
            )  # fmt: skip
    except ValueError as why:
        raise HTTPException(422, in_words(why)) from None
    return back(f"/talen/{lang}", "getekend")


@router.post("/nagelezen/{number}/weg")
async def unsign(lang: str, number: int, visit: Answering) -> Response:
    """It was a mistake."""
    known(visit.desk, lang)
    async with visit.desk.db.begin() as session:
        far = {person.id for person in await staff.of_other_houses(session, visit.me)}
        done = await language_checks.take_back(session, lang, number, far)
    return back(f"/talen/{lang}", "handtekening-weg" if done else "zelfde")


@router.post("/vrijwilliger")
async def invite(lang: str, visit: Answering, naam: Annotated[str, Form()] = "") -> Response:
    """A link and a code for somebody who lends her voice in this language. They can be seen this once."""
    language = known(visit.desk, lang)
    name = " ".join(naam.split())[:60] or _("Vrijwilliger")
    async with visit.desk.db.begin() as session:
        code = await staff.add(session, name, "volunteer", [], visit.now, langs=[lang])
        link = await groups.link(session, staff.PREFIX + code)
    if link is None:
        raise HTTPException(503, _("De bot kent zijn eigen naam nog niet. Probeer het over een minuut opnieuw."))
    words: dict[str, Any] = {"lang": language, "whose": name, "link": link, "qr": _qr(link), "days": staff.CODE_DAYS}
    return page("volunteer.html", visit, here="talen", **words)


# ---------------------------------------------------------------- step by step


def _mine(visit: Visit, lang: str) -> Language:
    language = known(visit.desk, lang)
    if not may_record(visit, lang):
        raise HTTPException(403)
    return language


def _words(content: Content, lang: str, key: str) -> str:
    return str(there(voices.texts(content, lang).get(key)))


async def _phrase(visit: Visit, language: Language, key: str, draft: Draft | None, error: str = "") -> Response:
    content, clips = visit.desk.content, visit.desk.clips
    said = _words(content, language.id, key)
    about = await asyncio.to_thread(voices.line, content, language.id, key)
    entry = clips.recordings.entries(language.id).get(key)
    state = str(clips.recordings.state(language.id, key, said))
    phrase = content.phrases.get(language.id, key)
    words: dict[str, Any] = {
        "about": about,
        "shown": phrase.text if phrase else about.words,
        "draft": draft,
        "doubts": drafts.because(draft.doubts) if draft else "",
        "state": state,
        "states": STATES,
        "entry": entry,
        "heard_now": await clips.clip(Voice(language.id, (Part(said, key),))) if about.translated else None,
        "meaning": bool(about.dutch and not has_slots(about.dutch) and key in content.phrases.source),
        "next": await asyncio.to_thread(_next, clips, content, language.id, key),
        "words_of": len(voices.texts(content, language.id)),
        "error": error or None,
    }
    return page("phrase.html", visit, 422 if error else 200, here="talen", lang=language, **words)


def _next(clips: Clips, content: Content, lang: str, after: str) -> str | None:
    """The next phrase that is to be recorded, behind this one, else from the start."""
    wanted = voices.texts(content, lang)
    keys = list(wanted)
    at = keys.index(after) + 1 if after in wanted else 0
    ordered = [*keys[at:], *keys[: max(0, at - 1)]]
    return next((key for key in ordered if clips.recordings.state(lang, key, wanted[key]) in OPEN), None)


def _unheard(visit: Visit, lang: str) -> list[str]:
    """Recordings of others that nobody has said yes or no to."""
    recordings, mine = visit.desk.clips.recordings, voices.pseudonym(visit.me)
    wanted, entries = voices.texts(visit.desk.content, lang), recordings.entries(lang)
    theirs = [key for key in wanted if key in entries and entries[key]["speaker"] != mine]
    return [key for key in theirs if recordings.state(lang, key, wanted[key]) == "unheard"]


def _qr(link: str) -> str:
    return str(segno.make_qr(link, error="m").svg_data_uri(scale=8, border=4))
