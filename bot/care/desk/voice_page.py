"""Lending a voice, at the desk: begin, keep, again, skip, stop, and listening to others. What takes files or sound is done by
`workers/recorder.py`: here only the wish is written down in her place, and the recorder is woken.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bot.care import groups, privacy, staff, tell, voices
from bot.care.desk.here import MENU, Args, Here, to
from bot.db.models import Media
from bot.db.session import wake
from bot.messages import Picture, Utterance

SPEAKING, LISTENING = "voice", "listen"
HELLO = (
    "Fijn dat je je stem wil lenen! Zo gaat het:\n"
    "1. Je hoort een zin in het Nederlands en ziet ze in het {language}.\n"
    "2. Spreek ze in met 🎤: rustig, dichtbij, zonder lawaai. Zeg geen namen.\n"
    "3. Je hoort jezelf terug. Goed? Tik op Bewaren.\n"
    "Je kan altijd stoppen en later verder doen. Iemand anders luistert nog eens na. Je heet hier {pseudonym}: je naam staat nergens bij."
)
NOT_YOURS = "Die taal staat niet bij je naam. Vraag het aan de coördinator."
SPEAK = "Spreek de zin in met de microfoon 🎤. Typen kan hier niet."


async def voice(here: Here, args: Args) -> None:
    """Begin, or go on where she was."""
    if (lang := _lang(here, args)) is None:
        await here.say(NOT_YOURS, [MENU])
        return
    here.me.place = {"doing": SPEAKING, "lang": lang, "skipped": here.me.place.get("skipped", [])}
    text = HELLO.format(language=tell.language(lang), pseudonym=voices.pseudonym(here.me))
    await here.say(
        text,
        [to("▶️ Beginnen", "voice_go", lang=lang)],
        [to("🗑 Mijn opnames wissen", "voice_forget", lang=lang)],
        [MENU],
    )


async def invite(here: Here, args: Args) -> None:
    """For a coordinator: first which language, then a link and its QR for a volunteer who lends her voice."""
    languages = here.content.languages
    lang = str(args.get("lang", ""))
    if lang not in languages:
        buttons = [to(one.dutch, "voice_invite", lang=one.id) for one in languages.values()]
        rows = [buttons[n : n + 3] for n in range(0, len(buttons), 3)]
        await here.say("In welke taal zal de vrijwilliger inspreken?", *rows, [MENU])
        return
    name = f"Stem {languages[lang].dutch}"
    code = staff.PREFIX + await staff.add(here.session, name, "volunteer", [], here.now, langs=[lang])
    link = await groups.link(here.session, code) or f"/start {code}"
    text = f"Laat de vrijwilliger dit scannen, of stuur haar de link. Voor één persoon, {staff.CODE_DAYS} dagen geldig.\n{link}"
    await here.put(Utterance(kind="picture", picture=Picture(kind="qr", name=link), text=text))


async def go(here: Here, args: Args) -> None:
    """The next thing to say."""
    if (lang := _lang(here, args)) is None:
        await here.say(NOT_YOURS, [MENU])
        return
    await _drop(here)
    _ask(here, doing=SPEAKING, lang=lang, state="next", skipped=here.me.place.get("skipped", []))


async def said(here: Here) -> None:
    """Her voice note: kept for now, and looked into."""
    if here.me.place.get("doing") != SPEAKING or not here.me.place.get("key"):
        await here.say(
            "Tik eerst op Beginnen.", [to("▶️ Beginnen", "voice_go", lang=str(here.me.place.get("lang", "")))], [MENU]
        )
    elif here.heard.kind != "voice":
        await here.say(SPEAK, _way_out(here))
    elif here.media is None:
        await here.say("Dat kon ik niet lezen. Spreek het nog eens in, niet langer dan een minuut.", _way_out(here))
    else:
        await _drop(here)
        _ask(here, **{**here.me.place, "state": "check", "media": here.media.name})


async def keep(here: Here, args: Args) -> None:
    """It is good, she says."""
    if here.me.place.get("state") == "heard":
        _ask(here, **{**here.me.place, "state": "keep"})


async def again(here: Here, args: Args) -> None:
    """Once more, the same."""
    if here.me.place.get("doing") == SPEAKING and here.me.place.get("key"):
        await _drop(here)
        here.me.place = {**here.me.place, "state": "waiting", "media": None}
        await here.say("Goed. Spreek de zin nog eens in. 🎤", _way_out(here))


async def skip(here: Here, args: Args) -> None:
    """Not this one, today."""
    place = here.me.place
    if place.get("doing") in (SPEAKING, LISTENING) and place.get("key"):
        if place["doing"] == SPEAKING:
            await _drop(here)
        skipped = [*place.get("skipped", []), place["key"]]
        _ask(here, doing=place["doing"], lang=place["lang"], state="next", skipped=skipped, old=place.get("media"))


async def english(here: Here, args: Args) -> None:
    """The same in English, to hear."""
    place = here.me.place
    if place.get("doing") == SPEAKING and place.get("key") in voices.texts(here.content, place["lang"]):
        about = voices.line(here.content, place["lang"], place["key"])
        spoken = voices.meaning(about, "en")
        if spoken.voice is None:
            await here.say(f"«{about.english}»", _way_out(here))
        else:
            await here.put(spoken)
            await here.say(f"«{about.english}»", _way_out(here))


async def stop(here: Here, args: Args) -> None:
    """Enough for today."""
    lang = str(here.me.place.get("lang", ""))
    if here.me.place.get("doing") == SPEAKING:
        await _drop(here)
    here.wait_for_nothing()
    await here.say(
        "Dank je wel! Alles wat je bewaarde, blijft. Je kan later verder doen.",
        [to("▶️ Verder doen", "voice_go", lang=lang)],
        [MENU],
    )


async def listen_in(here: Here, args: Args) -> None:
    """The next recording of somebody else that nobody has heard yet."""
    if (lang := _lang(here, args)) is None:
        await here.say(NOT_YOURS, [MENU])
        return
    _ask(here, doing=LISTENING, lang=lang, state="next", skipped=[])


async def good(here: Here, args: Args) -> None:
    """The words are right and clear."""
    await _judged(here, args, "yes")


async def bad(here: Here, args: Args) -> None:
    """Something is wrong with it: it is asked for again."""
    await _judged(here, args, "no")


async def forget(here: Here, args: Args) -> None:
    """Sure?"""
    sure = [to("Ja, alles wissen", "voice_forget_sure", lang=args.get("lang")), to("Nee", "menu")]
    await here.say("Al je opnames wissen, in alle talen? Moeders horen je stem dan niet meer.", sure)


async def forget_sure(here: Here, args: Args) -> None:
    """Every recording of hers goes."""
    if here.me.langs:
        await _drop(here)
        _ask(here, doing=SPEAKING, lang=here.me.langs[0], state="forget")


# ---------------------------------------------------------------- what they share


def _lang(here: Here, args: Args) -> str | None:
    lang = args.get("lang")
    return lang if isinstance(lang, str) and lang in here.me.langs else None


def _ask(here: Here, **place: Any) -> None:
    """Writes down what she wants of the recorder; `n` tells one wish from the next."""
    here.me.place = {**place, "n": here.arrival.id}
    wake(here.session, "recorder")


async def _judged(here: Here, args: Args, answer: str) -> None:
    place = here.me.place
    if place.get("doing") == LISTENING and place.get("state") == "waiting" and args.get("key") == place.get("key"):
        _ask(here, **{**place, "state": answer})


async def _drop(here: Here) -> None:
    """A draft that she will not keep is deleted, with its row."""
    if name := here.me.place.get("media"):
        found = (
            await here.session.scalars(select(Media).where(Media.name == name, Media.staff_id == here.me.id))
        ).first()
        await privacy.drop_media(here.session, found)


def _way_out(here: Here) -> list[Any]:
    lang = here.me.place.get("lang")
    return [to("⏭ Overslaan", "voice_skip", lang=lang), to("⏸ Stoppen", "voice_stop", lang=lang)]
