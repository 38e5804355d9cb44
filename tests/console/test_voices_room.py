"""Lending a voice in the browser: recorded, heard back, kept, listened to by another; then mothers hear it. And signing for a language."""

from __future__ import annotations

import re

import httpx
import pytest

from bot.care import voices
from bot.care.content import Content
from bot.db.models import Staff
from bot.messages import Part, Voice
from bot.speech.clips import Clips
from tests.care.conftest import make_staff
from tests.console.conftest import Desk
from tests.journeys.scripted import tone

pytestmark = pytest.mark.timeout(600)  # many words are spoken
KEY = "welcome.consent.text"
LANG = "fr"


@pytest.fixture
async def spoken(clips: Clips, content: Content) -> bytes:
    """The words of KEY as somebody would say them."""
    clip = await clips.clip(Voice(LANG, (Part(voices.texts(content, LANG)[KEY], KEY),)))
    assert clip is not None
    return clip.path.read_bytes()


async def speaker_of(desk: Desk, name: str, *langs: str) -> Staff:
    async with desk.db.begin() as session:
        person = await make_staff(session, name, "volunteer")
        person.langs = list(langs)
    return person


async def recorded(browser: httpx.AsyncClient, data: bytes) -> str:
    """A take that is kept; the address where she comes then."""
    url = f"/console/talen/{LANG}"
    took = await browser.post(f"{url}/woord/{KEY}", files={"voice": ("stem.ogg", data, "audio/ogg")})
    assert took.status_code == 303, re.findall(r'role="alert">(.*?)<', took.text)
    page = (await browser.get(took.headers["location"])).text
    (proef,) = re.findall(r"/proef/([0-9a-f]{32})/bewaren", page)
    assert (await browser.get(f"{url}/proef/{proef}")).content[:4] == b"OggS"
    return str((await browser.post(f"{url}/proef/{proef}/bewaren")).headers["location"])


async def test_a_recording_is_heard_once_somebody_else_has_said_yes(
    desk: Desk, clips: Clips, content: Content, spoken: bytes
) -> None:
    awa = await desk.inside(await speaker_of(desk, "Awa", LANG))
    noor = await desk.inside(await speaker_of(desk, "Noor", LANG))
    said = voices.texts(content, LANG)[KEY]
    where = await recorded(awa, spoken)
    assert "gedaan=ingesproken" in where
    assert re.search(rf"/talen/{LANG}/woord/(?!{KEY})[\w.-]+\?", where)  # the next one
    assert clips.recordings.state(LANG, KEY, said) == "unheard"
    assert "Er is nu niets te beluisteren" in (await awa.get(f"/console/talen/{LANG}/luisteren")).text  # not her own
    page = (await noor.get(f"/console/talen/{LANG}/luisteren")).text
    (audio,) = re.findall(r'name="audio" value="(\w+)"', page)
    await noor.post(f"/console/talen/{LANG}/luisteren/{KEY}", data={"audio": audio, "goed": "ja"})
    assert clips.recordings.state(LANG, KEY, said) == "ok"
    clip = await clips.clip(Voice(LANG, (Part(said, KEY),)))
    assert clip is not None
    assert clip.engine == "recorded"


async def test_a_no_asks_for_it_again(desk: Desk, clips: Clips, content: Content, spoken: bytes) -> None:
    awa = await desk.inside(await speaker_of(desk, "Awa", LANG))
    noor = await desk.inside(await speaker_of(desk, "Noor", LANG))
    await recorded(awa, spoken)
    (audio,) = re.findall(r'name="audio" value="(\w+)"', (await noor.get(f"/console/talen/{LANG}/luisteren")).text)
    await noor.post(f"/console/talen/{LANG}/luisteren/{KEY}", data={"audio": audio, "goed": "nee"})
    assert clips.recordings.state(LANG, KEY, voices.texts(content, LANG)[KEY]) == "refused"
    assert "afgekeurd: opnieuw inspreken" in (await awa.get(f"/console/talen/{LANG}?deel=opnieuw")).text


async def test_who_does_not_know_the_language_may_not_judge(
    desk: Desk, rose: httpx.AsyncClient, clips: Clips, content: Content, spoken: bytes
) -> None:
    await recorded(await desk.inside(await speaker_of(desk, "Awa", LANG)), spoken)
    page = (await rose.get(f"/console/talen/{LANG}/luisteren")).text
    assert "Alleen wie deze taal kent" in page
    entry = clips.recordings.entries(LANG)[KEY]
    answer = await rose.post(f"/console/talen/{LANG}/luisteren/{KEY}", data={"audio": entry["audio"], "goed": "ja"})
    assert answer.status_code == 403
    assert clips.recordings.state(LANG, KEY, voices.texts(content, LANG)[KEY]) == "unheard"


async def test_what_holds_no_voice_is_asked_again_at_once(rose: httpx.AsyncClient, clips: Clips) -> None:
    answer = await rose.post(
        f"/console/talen/{LANG}/woord/{KEY}", files={"voice": ("t.ogg", tone(440, 3.0), "audio/ogg")}
    )
    assert answer.status_code == 422
    assert "Dit kunnen we niet gebruiken: ik hoor geen stem" in answer.text
    assert list((clips.cache / "drafts").glob("*")) == []
    nothing = await rose.post(f"/console/talen/{LANG}/woord/{KEY}", files={"voice": ("t.ogg", b"", "audio/ogg")})
    assert "Spreek de zin in" in nothing.text
    noise = await rose.post(f"/console/talen/{LANG}/woord/{KEY}", files={"voice": ("t.ogg", b"no sound", "audio/ogg")})
    assert "kan ik niet lezen" in noise.text


async def test_a_take_belongs_to_who_made_it(desk: Desk, rose: httpx.AsyncClient, spoken: bytes) -> None:
    took = await rose.post(f"/console/talen/{LANG}/woord/{KEY}", files={"voice": ("stem.ogg", spoken, "audio/ogg")})
    proef = took.headers["location"].split("proef=")[1]
    els = await desk.inside(desk.els)
    for url in (f"/console/talen/{LANG}/proef/{proef}", f"/console/talen/{LANG}/proef/{'0' * 32}"):
        assert (await els.get(url)).status_code == 404
    assert (await els.post(f"/console/talen/{LANG}/proef/{proef}/bewaren")).status_code == 404
    assert (await rose.post(f"/console/talen/{LANG}/proef/{proef}/weg")).status_code == 303
    assert (await rose.get(f"/console/talen/{LANG}/proef/{proef}")).status_code == 404


async def test_a_voice_that_is_taken_back_is_gone(desk: Desk, clips: Clips, content: Content, spoken: bytes) -> None:
    awa = await desk.inside(await speaker_of(desk, "Awa", LANG))
    await recorded(awa, spoken)
    assert (await awa.post(f"/console/talen/{LANG}/stem-wissen", data={"wie": "stem-ander"})).status_code == 403
    await awa.post(f"/console/talen/{LANG}/stem-wissen")
    assert clips.recordings.state(LANG, KEY, voices.texts(content, LANG)[KEY]) == "missing"


async def test_a_volunteer_with_a_language_comes_in_and_one_without_does_not(desk: Desk) -> None:
    awa = await desk.inside(await speaker_of(desk, "Awa", LANG))
    assert (await awa.get("/console/talen")).status_code == 200
    assert (await awa.get("/console/talen/ti/luisteren")).status_code == 403  # not hers
    vera = await desk.inside(desk.vera)
    assert (await vera.get("/console/talen")).status_code == 403


async def test_somebody_signs_for_a_language_and_it_is_said_what_changed_since(
    rose: httpx.AsyncClient, desk: Desk, content: Content
) -> None:
    from bot.db.report_models import LanguageCheck

    await rose.post(
        f"/console/talen/{LANG}/nagelezen",
        data={"wie": "Warda", "wat": "text", "moedertaal": "ja", "dag": "2026-11-20"},
    )
    page = (await rose.get(f"/console/talen/{LANG}")).text
    assert "Warda (moedertaalspreker, zegt zij of hij zelf): las alles na, 20/11/2026." in re.sub(r"\s+", " ", page)
    assert "Sindsdien is niets veranderd." in page
    assert "nagelezen door een moedertaalspreker" in (await rose.get("/console/talen")).text
    async with desk.db.begin() as session:
        (check,) = (await session.scalars(LanguageCheck.__table__.select().with_only_columns(LanguageCheck.id))).all()
        row = await session.get_one(LanguageCheck, check)
        row.texts = {**row.texts, KEY: "other"}
    assert "Sindsdien is 1 tekst nieuw of anders." in (await rose.get(f"/console/talen/{LANG}")).text
    await rose.post(f"/console/talen/{LANG}/nagelezen/{check}/weg")
    assert "Nog niemand." in (await rose.get(f"/console/talen/{LANG}")).text
    assert (await rose.post(f"/console/talen/{LANG}/nagelezen", data={"wie": " "})).status_code == 422


async def test_a_volunteer_is_invited_with_a_code_to_scan(desk: Desk, rose: httpx.AsyncClient) -> None:
    from bot.db.notes import note

    async with desk.db.begin() as session:
        await note(session, "bot", {"username": "stapsteen_bot"})
    page = (await rose.post("/console/talen/ti/vrijwilliger", data={"naam": "Selam"})).text
    assert re.search(r"https://t\.me/stapsteen_bot\?start=staff-[\w-]+", page)
    assert "data:image/svg+xml" in page


async def test_every_clip_of_a_part_can_be_played(rose: httpx.AsyncClient) -> None:
    page = (await rose.get("/console/talen/nl?deel=home")).text
    sounds = re.findall(r'<audio[^>]*src="([^"]+)"', page)
    assert sounds
    for url in sounds:
        assert (await rose.get(url)).content[:4] == b"OggS"


async def test_every_language_counts_the_same_texts_whether_they_are_said_as_they_are_written_or_not(
    rose: httpx.AsyncClient,
) -> None:
    found = set(re.findall(r"Teksten: alle (\d+)", (await rose.get("/console/talen")).text))
    assert len(found) == 1, f"a text is one text, however it is said: {found}"
