"""More that can be done with a question in Telegram: a ready answer, interpreters, a note for colleagues, what stood in her way."""

from __future__ import annotations

from dataclasses import replace

from bot.care import inbox, inbox_lists, inbox_notes, ready_answers
from bot.care.desk import questions
from bot.care.desk.here import CHOICES, MENU, Args, Here, to
from bot.db.models import Group, Mother, Question

BARRIERS = {
    "place": "geen plaats",
    "cost": "te duur",
    "language": "taal",
    "transport": "vervoer",
    "papers": "papieren",
}


async def question_more(here: Here, args: Args) -> None:
    """What else there is, one below the other."""
    found = await _mine(here, args)
    if found is None:
        return
    await here.say(
        "Wat wil je met deze vraag doen?",
        [to("📖 Klaar antwoord, in haar taal", "ready", question=found.id)],
        [to("🗣 Vraag een tolk", "interpreters", question=found.id)],
        [to("🚧 Wat houdt haar tegen?", "barriers", question=found.id)],
        [to("📝 Notitie voor collega’s", "note", question=found.id)],
        [MENU],
    )


async def ready(here: Here, args: Args) -> None:
    """The answers that fit her words; typing a word searches among all of them."""
    found = await _mine(here, args)
    if found is not None:
        here.wait_for("ready", question=found.id)
        await _list(here, found, "")


async def ready_typed(here: Here) -> None:
    """A word to search for."""
    found = await _mine(here, here.me.place)
    if found is not None:
        await _list(here, found, here.heard.text)


async def ready_show(here: Here, args: Args) -> None:
    """What she will hear, and the same in Dutch; then yes or no."""
    found, topic = await _mine(here, args), str(args.get("topic"))
    if found is None or topic not in here.content.topics:
        return
    mother = await here.session.get_one(Mother, found.mother_id)
    group = await here.session.get(Group, mother.group_id) if mother.group_id else None
    lang = mother.lang or "nl"
    said = ready_answers.utterances(here.content, topic, lang, group, here.now, mother.voice_lang)
    for thing in said:
        await here.put(replace(thing, buttons=(), asks=False))
    text = f"In het Nederlands: {ready_answers.label(here.content, topic)}. {ready_answers.words(here.content, topic)}"
    send = to(f"✅ Verstuur naar {mother.first_name or 'haar'}", "ready_send", question=found.id, topic=topic)
    await here.say(text, [send], [to("Een ander antwoord", "ready", question=found.id), MENU])


async def ready_send(here: Here, args: Args) -> None:
    """She gets it; when a colleague was quicker, only with a second tap."""
    found, topic = await _mine(here, args), str(args.get("topic"))
    if found is None or topic not in here.content.topics:
        return
    here.wait_for_nothing()
    more = bool(args.get("more"))
    done = await inbox.answer(here.session, here.content, here.me, found, ready=topic, now=here.now, more=more)
    if done == "already":
        again = to("Toch ook sturen", "ready_send", question=found.id, topic=topic, more=True)
        await here.say("Op deze vraag is al geantwoord.", [again], [MENU])
        return
    await here.say("✅ Verstuurd, in haar taal.", [to("💬 Vragen", "questions"), MENU])


async def interpreters(here: Here, args: Args) -> None:
    """Colleagues who speak her language get it; who replies first, answers her."""
    found = await _mine(here, args)
    if found is None:
        return
    people = await inbox.ask_interpreters(here.session, here.me, found, here.now)
    names = ", ".join(person.name for person in people)
    nobody = "Niemand in dit huis spreekt deze taal."
    await here.say(f"🗣 Gevraagd aan {names}. Wie eerst inspreekt, antwoordt haar." if people else nobody, [MENU])


async def barriers(here: Here, args: Args) -> None:
    """A tap puts a mark or takes it away; the report counts them, without her name."""
    found = await _mine(here, args)
    if found is None:
        return
    (asked,) = await inbox_lists.whole(here.session, [found])
    now = set(asked.barriers) ^ ({str(args["barrier"])} & set(BARRIERS) if args.get("barrier") else set())
    if args.get("barrier"):
        now = set(await inbox_notes.set_barriers(here.session, found, now, here.now))
    rows = [
        [to(f"{'✓ ' if name in now else ''}{label}", "barriers", question=found.id, barrier=name)]
        for name, label in BARRIERS.items()
    ]
    await here.say("Wat houdt haar tegen? Tik aan; nog eens tikken haalt het weg.", *rows, [MENU])


async def note(here: Here, args: Args) -> None:
    """The next words are a note."""
    found = await _mine(here, args)
    if found is not None:
        here.wait_for("note", question=found.id)
        await here.say("Typ je notitie. Alleen collega’s zien ze, op het bureau. Zij hoort er niets van.", [MENU])


async def note_typed(here: Here) -> None:
    """Written down beside the question."""
    found = await _mine(here, here.me.place)
    if found is None:
        return
    here.wait_for_nothing()
    await inbox_notes.note(here.session, here.me, found, here.heard.text, here.now)
    await here.say("📝 De notitie is bewaard.", [to("💬 Vragen", "questions"), MENU])


async def _mine(here: Here, args: Args) -> Question | None:
    found = await questions.mine(here, args.get("question"))
    if found is None:
        here.wait_for_nothing()
        await questions.not_there(here)
    return found


async def _list(here: Here, found: Question, wanted: str) -> None:
    said = " ".join(p.text for p in await inbox.parts(here.session, found) if p.kind == "text")
    listed = ready_answers.search(here.content, wanted, said, found.lang)
    shown = listed if wanted else [one for one in listed if one[1]] or listed
    rows = [
        [
            to(
                f"{here.content.emoji.get(topic.symbol, '')} {ready_answers.label(here.content, topic.id)}".strip(),
                "ready_show",
                question=found.id,
                topic=topic.id,
            )
        ]
        for topic, _ in shown[:CHOICES]
    ]
    text = "Kies een antwoord, of typ een woord om te zoeken." if rows else "Niets gevonden. Typ een ander woord."
    await here.say(text, *rows, [MENU])
