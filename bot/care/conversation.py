"""The conversation: who is it, what does it mean at the place where she stands, and what is said and done, in one transaction.

Staff go to the desk, group chats get one kind line, a woman who has not agreed yet is led through the welcome and none of
her words are kept. Everything is put into the outbox under `arrival:<id>:<n>`, so handling an arrival twice says nothing twice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from bot.care import groups, logins, mothers, outbox, partners, privacy, render, staff, tell
from bot.care.content import Content
from bot.care.effects import EFFECTS
from bot.care.turn import Turn, place_of
from bot.db.models import Arrival, Media, Question, QuestionPart, Staff
from bot.db.session import Session
from bot.flow import engine
from bot.flow.model import Do, Place, Say
from bot.messages import Heard
from bot.speech.phrases import DUTCH

DOOR, AGREE = "welcome.language", "welcome.consent"
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
COMMANDS = {
    **dict.fromkeys(("stop", "forget", "vergeet"), "settings.forget"),
    **dict.fromkeys(("taal", "language", "langue"), "settings.language"),
    **dict.fromkeys(("sos", "nood", "112"), "faq.nood"),
    **dict.fromkeys(("vraag", "ask", "question"), "ask.start"),
    **dict.fromkeys(("faq", "vragen"), "faq.menu"),
    **dict.fromkeys(("instellingen", "settings"), "settings.menu"),
}
SORRY = {
    **dict.fromkeys(("sticker", "animation", "dice", "game"), "sticker"),
    **dict.fromkeys(("video", "video_note", "story"), "video"),
    **dict.fromkeys(("document", "audio"), "document"),
    "contact": "contact",
}
VOICE_SECONDS, FILE_BYTES = 300, 10_000_000  # what the listener fetches at most; beyond it she hears why
FILES = ("voice", "photo")


async def handle(
    session: Session,
    content: Content,
    arrival: Arrival,
    heard: Heard,
    media: Mapping[str, Media],
    now: dt.datetime,
) -> None:
    """Answers one arrival. media: what was fetched and stored of its files, by file_id. Never commits."""
    if not heard.private:
        await _group_chat(session, content, heard, now)
        return
    found = next(iter(media.values()), None)
    if await _desk(session, content, arrival, heard, found, now):
        return
    if await partners.handle(session, content, arrival, heard, found, now):
        return
    if heard.kind == "start" and heard.payload.startswith(staff.PREFIX):
        heard = replace(heard, payload="")  # a code that does not work: she goes on as the mother she is
    if heard.kind in ("blocked", "unblocked"):
        await _door(session, heard, now)
        return
    mother = await mothers.find_or_enrol(session, heard.chat_id, now)
    turn = Turn(session, content, arrival, heard, found, now, mother, place_of(mother), DUTCH)
    turn.lang = language(turn)
    if not turn.consented:
        await _stranger(turn)
    else:
        if found is not None:
            found.mother_id = mother.id
        await _mother(turn)
    await turn.put()
    turn.keep()


# ---------------------------------------------------------------- who it is


async def _desk(
    session: Session, content: Content, arrival: Arrival, heard: Heard, media: Media | None, now: dt.datetime
) -> bool:
    """Whether a colleague (or somebody with a colleague's code) spoke; the desk has answered then."""
    from bot.care import desk  # the desk also says steps of flows, through this room's render

    person = await staff.by_chat(session, heard.chat_id)
    if heard.kind == "start" and heard.payload.startswith(staff.PREFIX):
        guesser = f"chat:{heard.chat_id}"  # who tries one code after another has to wait, also with a right one
        may = await logins.may_guess(session, guesser, now)
        claimed = await staff.claim(session, heard.payload, heard.chat_id, now) if may else None
        if claimed is None:
            await logins.guessed(session, guesser, now)
        person = claimed if isinstance(claimed, Staff) else person
        if person is None:
            text = "Deze code is te oud." if claimed == "expired" else "Deze code werkt niet, of ze is al gebruikt."
            line = tell.line(f"{text} Vraag een nieuwe code aan je collega.")
            await outbox.put(session, heard.chat_id, line, key=f"arrival:{arrival.id}:code", now=now)
            return await mothers.by_chat(session, heard.chat_id) is None
    if person is None:
        return False
    await desk.handle(session, content, person, heard, media, now, arrival)
    return True


async def _door(session: Session, heard: Heard, now: dt.datetime) -> None:
    if heard.kind == "blocked":
        await mothers.blocked(session, heard.chat_id, now)
    else:
        await mothers.unblocked(session, heard.chat_id)


async def _group_chat(session: Session, content: Content, heard: Heard, now: dt.datetime) -> None:
    """One kind line in a chat of many, once, and nothing else: what is said there is not for us."""
    if heard.kind in ("blocked", "unblocked"):
        return
    spoken = heard.language_code[:2]
    lang = spoken if spoken in content.offered else DUTCH
    line = render.utterances(content, lang, Say("sorry.group_chat"), now)[-1]
    await outbox.put(session, heard.chat_id, replace(line, buttons=()), key=f"group-chat:{heard.chat_id}", now=now)


def language(turn: Turn) -> str:
    """Hers; before she chose: the link's hint, the telephone's, Dutch."""
    hint = turn.place.slots.get("hint")
    for lang in (turn.mother.lang, hint, turn.heard.language_code[:2]):
        if lang and lang in turn.content.offered:
            return str(lang)
    return DUTCH


# ---------------------------------------------------------------- she who has agreed


async def _mother(turn: Turn) -> None:
    heard, flows = turn.heard, turn.content.flows
    if heard.kind == "start":
        code = heard.payload if PAYLOAD.match(heard.payload) else ""
        target = "welcome.join_more" if heard.payload else engine.HOME.step
        await _play(turn, engine.go(flows, turn.place, target, {"code": code or "?"}))
    elif heard.kind == "command":
        await _play(turn, engine.go(flows, turn.place, COMMANDS.get(heard.text.lower(), engine.HOME.step)))
    elif heard.kind == "press":
        await _press(turn)
    elif heard.kind == "edited":
        await _edited(turn)
    elif heard.kind == "location" and "location" in _waits(turn):
        await _play(turn, engine.hear(flows, turn.place, heard))
    elif (why := _sorry(heard, turn.media)) is not None:
        await turn.say(Say(f"sorry.{why}"))
    elif heard.forwarded:
        await _play(turn, engine.go(flows, turn.place, "heard.words"))
    else:
        flow, _, at = turn.place.step.partition(".")
        await _play(turn, _from_topic(turn, at if flow == "faq" else "", engine.hear(flows, turn.place, heard)))


def _waits(turn: Turn) -> Mapping[str, str]:
    """What the step where she stands waits for."""
    here = turn.content.flows.get(turn.place.step)
    return here.wait if here else {}


async def _press(turn: Turn) -> None:
    pressed = await _pressed(turn)
    if pressed is None:
        await turn.say(Say("sorry.button"))
        await _play(turn, engine.go(turn.content.flows, turn.place, engine.HOME.step))
        return
    await _play(turn, meant(turn, pressed))


def meant(turn: Turn, pressed: Mapping[str, Any]) -> engine.Turn:
    """Where a tap on a button that means this leads."""
    at = str(pressed.get("step")) if pressed.get("flow") == "faq" else ""
    return _from_topic(turn, at, engine.hear(turn.content.flows, turn.place, turn.heard, pressed))


def _from_topic(turn: Turn, topic: str, step: engine.Turn) -> engine.Turn:
    """When she goes from an answer to a person, it is remembered which answer it was: staff want to know."""
    if topic not in turn.content.topics or step.place.step not in ("ask.start", "ask.words", "heard.words"):
        return step
    return replace(step, place=Place(step.place.step, {**step.place.slots, "topic": topic}))


async def _pressed(turn: Turn) -> dict[str, Any] | None:
    """What the button means that she tapped; None when it was never shown in her chat."""
    found = await outbox.button(turn.session, turn.heard.chat_id, turn.heard.data)
    if found is None:
        return None
    return found[1].to


async def _edited(turn: Turn) -> None:
    """She changed her words: added to her open question when they were part of it, and heard afresh otherwise."""
    words = replace(turn.heard, kind="text")
    if _sorry(words, None) is not None:
        await turn.say(Say("sorry.empty"))
    elif await _was_asked(turn):
        turn.heard = words
        await EFFECTS["ask"](turn, {})
        await turn.say(Say("ask.changed"))
    else:
        turn.heard = words
        await _play(turn, engine.hear(turn.content.flows, turn.place, words))


async def _was_asked(turn: Turn) -> bool:
    """Whether the message that she changed is a part of her open question."""
    about = select(QuestionPart.text).join(Question, Question.id == QuestionPart.question_id)
    open_ones = about.where(Question.mother_id == turn.mother.id, Question.state == "open", QuestionPart.by == "mother")
    asked = {text.strip() for text in await turn.session.scalars(open_ones) if text.strip()}
    if not asked:
        return False
    came = select(Arrival.raw).where(Arrival.chat_id == turn.heard.chat_id, Arrival.id != turn.arrival.id)
    for raw in await turn.session.scalars(came.order_by(Arrival.id.desc()).limit(200)):
        message = raw.get("edited_message") or raw.get("message") or {}
        if message.get("message_id") == turn.heard.message_id:
            return str(message.get("text") or message.get("caption") or "").strip() in asked
    return False


def _sorry(heard: Heard, media: Media | None) -> str | None:
    """Which kind line fits what came and cannot be used; None when it can."""
    if heard.kind == "other":
        return SORRY.get(heard.text.split(":")[0].strip().lower(), "other")
    if heard.kind == "location":
        return "place"
    if heard.kind == "text" and not heard.text.strip():
        return "empty"
    if heard.kind not in FILES or media is not None:
        return None
    bad = "blurred" if heard.kind == "photo" else "unclear"
    size, seconds = (heard.file.size or 0, heard.file.seconds or 0) if heard.file else (0, 0)
    if size > FILE_BYTES:
        return "big"
    return "long" if seconds > VOICE_SECONDS else bad


# ---------------------------------------------------------------- she who has not agreed yet


async def _stranger(turn: Turn) -> None:
    """The welcome, the SOS card, and nothing else. Her words and files are let go."""
    await privacy.drop_media(turn.session, turn.media)
    turn.media = None
    heard, flows = turn.heard, turn.content.flows
    if not turn.place.step.startswith("welcome."):
        turn.place = Place(DOOR)
    if heard.kind == "start":
        await _welcome(turn)
    elif (heard.kind == "command" and COMMANDS.get(heard.text.lower()) == "faq.nood") or _cries(turn):
        await turn.say(Say("faq.nood"))
    elif heard.kind == "command" and COMMANDS.get(heard.text.lower()) == "settings.forget":
        await _play(turn, engine.go(flows, turn.place, "welcome.refused"))
    elif heard.kind == "press" and (pressed := await _pressed(turn)) is not None:
        await _step_in(turn, engine.hear(flows, turn.place, heard, pressed))
    else:
        await _once_more(turn)
    if not turn.gone:
        privacy.scrub(turn.arrival)


def _cries(turn: Turn) -> bool:
    text = turn.heard.text.strip() if turn.heard.kind in ("text", "edited") else ""
    return bool(text) and turn.content.matcher.find(text, turn.lang).urgent


async def _welcome(turn: Turn) -> None:
    """From the first step, with the code of her link and the language it hints at. A second start keeps the first code."""
    payload = turn.heard.payload
    slots = dict(turn.place.slots)
    if payload:
        slots["code"] = payload if PAYLOAD.match(payload) else "?"
        found = await groups.by_invite(turn.session, payload, turn.now)
        slots["hint"] = found[0].lang if isinstance(found, tuple) else None
    turn.place = Place(DOOR, slots)
    turn.lang = language(turn)
    await _play(turn, engine.go(turn.content.flows, turn.place, DOOR))


async def _step_in(turn: Turn, step: engine.Turn) -> None:
    """Plays it when it stays within the welcome or the SOS answers; otherwise she is shown once more where she is."""
    if all(_is_open(turn, effect.step if isinstance(effect, Say) else step.place.step) for effect in step.effects):
        here = turn.place
        await _play(turn, step)
        if not turn.gone and not turn.place.step.startswith("welcome."):
            turn.place = here
    else:
        await _once_more(turn)


def _is_open(turn: Turn, name: str) -> bool:
    flow, _, step = name.partition(".")
    topic = turn.content.topics.get(step)
    sos = turn.content.flows["faq.nood"]
    return (
        flow == "welcome"
        or name in ("faq.nood", "faq.wipe", *(choice.go for choice in sos.choices))
        or (flow == "faq" and topic is not None and topic.urgent)
    )


async def _once_more(turn: Turn) -> None:
    """Where she is, said again: a language to choose, or the question whether she agrees."""
    target = AGREE if turn.mother.lang else DOOR
    if target == AGREE:
        await turn.say(Say("sorry.first"))
    await _play(turn, engine.go(turn.content.flows, turn.place, target))


# ---------------------------------------------------------------- saying and doing


async def _play(turn: Turn, step: engine.Turn) -> None:
    """Says and does what the engine decided, until nothing is left to do; a flow that never ends is led home."""
    for _ in range(engine.DOES_A_TURN):
        turn.place = step.place
        doing = None
        for effect in step.effects:
            if isinstance(effect, Say):
                await turn.say(effect)
            else:
                doing = effect
        if doing is None:
            break
        step = await _do(turn, doing)
    else:
        turn.place = engine.HOME
        await turn.say(Say(engine.HOME.step))
    for say in turn.later:
        await turn.say(say)
    turn.later.clear()


async def _do(turn: Turn, doing: Do) -> engine.Turn:
    await turn.put()
    outcome = await EFFECTS[doing.name](turn, doing.args)
    flows, place = turn.content.flows, turn.place
    if outcome.go is not None:
        return engine.go(flows, place, outcome.go, outcome.slots)
    return engine.done(flows, place, outcome.name, outcome.slots)
