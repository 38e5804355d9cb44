"""What a flow can do: one function an effect, named in EFFECTS. Each answers with an outcome; the flow says where that leads."""

from __future__ import annotations

import datetime as dt

from bot.care import (
    events,
    groups,
    inbox,
    letters,
    life_steps,
    logins,
    meeting_steps,
    mothers,
    outbox,
    people_steps,
    places_steps,
    privacy,
    reminders,
    school_steps,
    wipe,
)
from bot.care.known import everything, page
from bot.care.ready_answers import label as topic_label
from bot.care.turn import FAREWELL, FAREWELL_LASTS, Effect, Outcome, Turn
from bot.clock import instant, local
from bot.db.models import Group
from bot.flow.model import Say, Slots
from bot.messages import Heard, Utterance

NEAREST = 3
SOS, TOLD = "faq.nood", "heard.told"

# ---------------------------------------------------------------- coming in and going


async def set_language(turn: Turn, args: Slots) -> Outcome:
    """She chose a language. "ok", "voices" (it has spoken variants to choose from), "again" (it is not offered)."""
    lang = str(args.get("language", ""))
    if lang not in turn.content.offered:
        return Outcome("again")
    turn.lang = turn.mother.lang = lang
    turn.mother.voice_lang = None
    await outbox.cancel_replies(
        turn.session, turn.heard.chat_id, "She chose a language before all of them had greeted her."
    )
    here = turn.content.flows[turn.place.step]
    return Outcome("voices" if turn.content.voices_of(lang) and "voices" in here.on else "ok", {"languages": []})


async def set_voice(turn: Turn, args: Slots) -> Outcome:
    """She chose how it sounds: the language itself or a spoken variant of it."""
    voice = str(args.get("language", ""))
    if voice in turn.content.voices_of(turn.lang):
        turn.mother.voice_lang = voice if voice != turn.lang else None
    return Outcome("ok", {"languages": []})


async def consent(turn: Turn, args: Slots) -> Outcome:
    """She agreed."""
    await mothers.consent(turn.session, turn.mother, turn.heard, turn.now)
    return Outcome("ok")


async def forget(turn: Turn, args: Slots) -> Outcome:
    """She wants to be forgotten, or did not agree: what is said after this leaves no row."""
    await privacy.forget(turn.session, turn.mother, turn.now, turn.arrival)
    turn.gone = True
    return Outcome("ok")


async def join(turn: Turn, args: Slots) -> Outcome:
    """Into the group of her link. "ok", "full", "expired", "unknown", "none" (she came without a link); "elsewhere": she is in
    another group and is to be asked first (sure: she was), "stays": and this one is full."""
    code = str(args.get("code", ""))
    if not code:
        return Outcome("none")
    guesser = f"chat:{turn.heard.chat_id}"  # who tries one code after another has to wait
    may = await logins.may_guess(turn.session, guesser, turn.now)
    sure = bool(args.get("sure"))
    result = await groups.join(turn.session, turn.mother, code, turn.now, sure=sure) if may else "unknown"
    if result == "unknown":
        await logins.guessed(turn.session, guesser, turn.now)
    group = await _group(turn)
    return Outcome(result, {"code": code if result == "elsewhere" else "", "group": group.name if group else ""})


async def let_go(turn: Turn, args: Slots) -> Outcome:
    """What she sent to practise: heard by nobody, kept by nobody."""
    await privacy.drop_media(turn.session, turn.media)
    privacy.scrub(turn.arrival)
    return Outcome("ok")


# ---------------------------------------------------------------- questions


async def typed(turn: Turn, args: Slots) -> Outcome:
    """Typed words. An answer when one topic fits; "some" with the nearest topics; "human"; urgent words: the SOS card at once."""
    text = turn.heard.text.strip()
    match = turn.content.matcher.find(text, turn.lang)
    if match.urgent:
        await inbox.ask(turn.session, turn.mother, turn.heard, None, turn.now, urgent=True)
        return _sos(turn, match.topic)
    if match.topic in turn.content.topics:
        return Outcome("topic", {"words": text}, go=f"faq.{match.topic}")
    near = [topic for topic in match.candidates if topic in turn.content.topics][:NEAREST]
    return Outcome("some" if near else "human", {"topics": near, "words": text})


async def ask(turn: Turn, args: Slots) -> Outcome:
    """Her voice, words or photo go to her coordinators; urgent words bring the SOS card as well."""
    match = turn.content.matcher.find(turn.heard.text, turn.lang) if turn.heard.text.strip() else None
    urgent = bool(match and match.urgent)
    await inbox.ask(turn.session, turn.mother, turn.heard, turn.media, turn.now, urgent=urgent, topic=came_from(turn))
    kind = "photo" if turn.media is not None and turn.media.kind == "photo" else "ok"
    return _sos(turn, match.topic) if match and urgent else Outcome(kind, {"words": "", "topics": []})


async def pass_on(turn: Turn, args: Slots) -> Outcome:
    """The words she typed before go to a person after all. "none": there were no words."""
    words = str(args.get("words", "")).strip()
    if not words:
        return Outcome("none")
    said = Heard(kind="text", chat_id=turn.heard.chat_id, text=words, first_name=turn.heard.first_name)
    await inbox.ask(turn.session, turn.mother, said, None, turn.now, topic=came_from(turn))
    return Outcome("ok", {"words": "", "topics": []})


def came_from(turn: Turn) -> tuple[str, str]:
    """The answer of ours that she was at when she asked: its id and Dutch label; both empty when there is none."""
    topic = str(turn.place.slots.get("topic") or "")
    return (topic, topic_label(turn.content, topic)) if topic in turn.content.topics else ("", "")


def _sos(turn: Turn, topic: str) -> Outcome:
    found = turn.content.topics.get(topic)
    turn.later.append(Say(TOLD))
    return Outcome("urgent", {"words": "", "topics": []}, go=f"faq.{topic}" if found and found.urgent else SOS)


# ---------------------------------------------------------------- settings


async def mute(turn: Turn, args: Slots) -> Outcome:
    """No reminders until Monday morning; it ends by itself."""
    today = local(turn.now).date()
    monday = today + dt.timedelta(days=7 - today.weekday())
    turn.mother.muted_until = instant(monday, dt.time())
    return Outcome("ok")


async def unmute(turn: Turn, args: Slots) -> Outcome:
    """Reminders again."""
    turn.mother.muted_until = None
    return Outcome("ok")


async def quiet(turn: Turn, args: Slots) -> Outcome:
    """Hours in which she is not disturbed; her waiting reminders move."""
    turn.mother.quiet_from, turn.mother.quiet_until = str(args["from"]), str(args["until"])
    await reminders.retime(turn.session, turn.mother, turn.now)
    return Outcome("ok")


async def known(turn: Turn, args: Slots) -> Outcome:
    """What do you know about me. "group" or "alone"."""
    found = await privacy.known(turn.session, turn.mother)
    slots = {"name": found.first_name or "mama", "language": found.lang, "group": found.group or ""}
    return Outcome("group" if found.group else "alone", slots)


async def known_file(turn: Turn, args: Slots) -> Outcome:
    """All of it as a page in her chat; the outbox forgets the page once it is sent."""
    found = await everything(turn.session, turn.mother)
    document = Utterance(kind="document", document=page(turn.mother.first_name, found, turn.now))
    key, until = f"arrival:{turn.arrival.id}:file", turn.now + FAREWELL_LASTS
    await outbox.put(
        turn.session, turn.heard.chat_id, document, key=key, now=turn.now, expires_at=until, about=FAREWELL
    )
    return Outcome("ok")


async def _group(turn: Turn) -> Group | None:
    return await turn.session.get(Group, turn.mother.group_id) if turn.mother.group_id else None


EFFECTS: dict[str, Effect] = {
    **life_steps.STEPS,
    **meeting_steps.STEPS,
    **events.STEPS,
    **letters.STEPS,
    **people_steps.STEPS,
    **places_steps.STEPS,
    **school_steps.STEPS,
    **wipe.STEPS,
    "ask": ask,
    "consent": consent,
    "forget": forget,
    "join": join,
    "known": known,
    "known_file": known_file,
    "let_go": let_go,
    "mute": mute,
    "pass_on": pass_on,
    "quiet": quiet,
    "refuse": forget,
    "set_language": set_language,
    "set_voice": set_voice,
    "typed": typed,
    "unmute": unmute,
}
