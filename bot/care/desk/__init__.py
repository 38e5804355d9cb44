"""The coordinator's desk in Telegram: plain Dutch, buttons, and a reply is an answer.

Every button carries {"desk": action, …}; ACTIONS says what it does. What is typed or spoken is, in this order: a reply to a
question, an answer to what the desk asked last, or words of which the desk asks whom they are for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

from bot.care import outbox, rights
from bot.care.content import Content
from bot.care.desk import (
    announce,
    came_page,
    extra_page,
    group_page,
    meetings_page,
    menu,
    places_page,
    polls_page,
    question_more,
    questions,
    stones_page,
    voice_page,
)
from bot.care.desk.here import MENU, Args, Here, groups
from bot.care.desk.interpreter import replied_to as asked_of
from bot.care.desk.interpreter import reply as interpret
from bot.db.models import Arrival, Media, Staff
from bot.db.session import Session
from bot.messages import Heard

Action = Callable[[Here, Args], Awaitable[None]]
Words = Callable[[Here], Awaitable[None]]

FOR_ALL: dict[str, Action] = {
    "menu": menu.menu,
    "desk": menu.desk,
    "desk_out": menu.out,
    "knock_yes": menu.knock_yes,
    "knock_no": menu.knock_no,
    "meetings": meetings_page.meetings_,
    "meeting": meetings_page.meeting,
    "voice": voice_page.voice,
    "voice_go": voice_page.go,
    "voice_keep": voice_page.keep,
    "voice_again": voice_page.again,
    "voice_skip": voice_page.skip,
    "voice_english": voice_page.english,
    "voice_stop": voice_page.stop,
    "voice_forget": voice_page.forget,
    "voice_forget_sure": voice_page.forget_sure,
    "listen_in": voice_page.listen_in,
    "voice_good": voice_page.good,
    "voice_bad": voice_page.bad,
}
ACTIONS: dict[str, Action] = {
    **FOR_ALL,
    **polls_page.ACTIONS,
    **stones_page.ACTIONS,
    "help": menu.help_,
    "questions": questions.questions,
    "question": questions.question,
    "answer_kept": questions.answer_kept,
    "no_reply": questions.no_reply,
    "reopen": questions.reopen,
    "hand_over": questions.hand_over,
    "handed": questions.handed,
    "question_more": question_more.question_more,
    "ready": question_more.ready,
    "ready_show": question_more.ready_show,
    "ready_send": question_more.ready_send,
    "interpreters": question_more.interpreters,
    "barriers": question_more.barriers,
    "note": question_more.note,
    "photo_to": announce.photo_to,
    "came": came_page.came,
    "came_children": came_page.came_children,
    "came_noted": came_page.noted,
    "cancel": meetings_page.cancel,
    "cancel_sure": meetings_page.cancel_sure,
    "restore": meetings_page.restore,
    "move": meetings_page.move,
    "move_day": meetings_page.move_day,
    "move_to": meetings_page.move_to,
    "moved": meetings_page.moved,
    "place": meetings_page.place,
    "place_sure": meetings_page.place_sure,
    "usual_place": meetings_page.usual_place,
    "extra": extra_page.extra,
    "extra_day": extra_page.extra_day,
    "extra_to": extra_page.extra_to,
    "announce": announce.announce,
    "announce_kept": announce.announce_kept,
    "pick": announce.pick,
    "other_day": announce.other_day,
    "chosen_day": announce.chosen_day,
    "own": announce.own,
    "draft": announce.draft,
    "listen": announce.listen,
    "send": announce.send,
    "drop": announce.drop,
    "stop": announce.stop,
    "withdraw": announce.withdraw,
    "counts": announce.counts,
    "places": places_page.places_,
    "place_right": places_page.place_right,
    "place_over": places_page.place_over,
    "place_over_sure": places_page.place_over_sure,
    "group": group_page.group,
    "invite": group_page.invite,
    "revoke": group_page.revoke,
    "admit": group_page.admit,
    "voice_invite": voice_page.invite,
}
# what the next words mean, by `place["doing"]`; the kinds of arrival that count as words for it
DOING: dict[str, tuple[frozenset[str], Words]] = {
    "move": (frozenset({"text"}), meetings_page.move_typed),
    "extra": (frozenset({"text"}), extra_page.extra_typed),
    "place": (frozenset({"text"}), meetings_page.place_typed),
    "announce_day": (frozenset({"text"}), announce.day_typed),
    "own": (frozenset({"text", "voice", "photo"}), announce.own_said),
    "ready": (frozenset({"text"}), question_more.ready_typed),
    "note": (frozenset({"text"}), question_more.note_typed),
    polls_page.SIGN_WORDS: (frozenset({"text", "voice"}), polls_page.own_said),
    voice_page.SPEAKING: (frozenset({"text", "voice", "photo", "other"}), voice_page.said),
}
HANDED = {  # what belongs to a question that was handed over
    *("no_reply", "reopen", "answer_kept", "hand_over", "handed", "question_more", "ready", "ready_show", "ready_send"),
    *("interpreters", "barriers", "note"),
}
UNSAID = {"blocked", "unblocked"}


async def handle(
    session: Session,
    content: Content,
    staff: Staff,
    heard: Heard,
    media: Media | None,
    now: dt.datetime,
    arrival: Arrival,
) -> None:
    """One arrival from a colleague. Never fails on what was typed or tapped; whatever it is, there is an answer."""
    mine = await groups(session, staff, now)
    roles = await rights.in_groups(session, staff, mine)
    here = Here(session, content, staff, heard, media, now, arrival, groups=mine, roles=roles)
    if media is not None:
        media.staff_id = staff.id
    if heard.kind in UNSAID:
        return
    if heard.kind == "edited":
        await questions.edited(here)
    elif heard.kind == "press":
        await _press(here)
    elif heard.kind in ("start", "command"):
        await _command(here)
    elif (asked := await asked_of(here)) is not None:
        await interpret(here, asked)
    elif (question := await questions.replied_to(here)) is not None:
        await questions.reply(here, question)
    elif await menu.typed_number(here):
        return
    else:
        await _words(here)


async def _press(here: Here) -> None:
    found = await outbox.button(here.session, here.heard.chat_id, here.heard.data)
    to = found[1].to if found else {}
    name = str(to.get("desk"))
    action = _allowed(here, name)
    if action is None:
        await here.say("Deze knop werkt niet meer.", [MENU])
        return
    await outbox.pressed(here.session, here.heard.chat_id, here.heard.data, here.now)
    await action(here, {name: value for name, value in to.items() if name != "desk"})


async def _command(here: Here) -> None:
    action = {
        "vragen": "questions",
        "bijeenkomsten": "meetings",
        "aankondigen": "announce",
        "groep": "group",
        "hulp": "help",
        "desk": "desk",
        "bureau": "desk",
        "stem": "voice_invite",
    }
    named = action.get(here.heard.text.lower(), "menu")
    if named == "desk" and await menu.typed_number(here):
        return
    await (_allowed(here, named) or menu.menu)(here, {})


async def _words(here: Here) -> None:
    kinds, words = DOING.get(str(here.me.place.get("doing")), (frozenset(), None))
    if here.heard.kind == "location" and here.me.place.get("doing") == "place":
        await meetings_page.place_pin(here)
    elif words is not None and here.heard.kind in kinds:
        await words(here)
    elif here.may("group") and here.heard.kind in ("text", "voice", "photo"):
        await questions.words(here)
    else:
        await menu.menu(here, {})


def right_of(name: str) -> str:
    """The right (`bot/care/rights.py`) that this action of the desk needs."""
    return "meetings" if name in FOR_ALL else "handed" if name in HANDED else "group"


def _allowed(here: Here, name: str) -> Action | None:
    """What this button does, when this colleague may; from now on only in the groups in which she may."""
    right = right_of(name)
    if name not in ACTIONS or not here.may(right):
        return None
    here.groups = [group for group in here.groups if here.may(right, group.id)]
    return ACTIONS[name]
