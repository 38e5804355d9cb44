"""Questions at the desk: the list, a reply, no reply needed, hand over; and words that were meant as an answer."""

from __future__ import annotations

from collections.abc import Sequence

from bot.care import inbox, outbox, staff
from bot.care.desk.here import CHOICES, MENU, Args, Here, to
from bot.clock import local
from bot.db.models import Media, Mother, Question, Staff

TOO_MANY = 3


async def questions(here: Here, args: Args) -> None:
    """Open questions as buttons, urgent ones on top, then the oldest first."""
    here.wait_for_nothing()
    found = await _open(here)
    if not found:
        await here.say("Er zijn geen open vragen. 👍", [MENU])
        return
    rows = [[to(await _label(here, question), "question", question=question.id)] for question in found[:CHOICES]]
    more = f" De eerste {CHOICES} staan hier." if len(found) > CHOICES else ""
    await here.say(f"Open vragen: {len(found)}.{more} Tik er een aan.", *rows, [MENU])


async def question(here: Here, args: Args) -> None:
    """One question whole, ready to be replied to."""
    found = await mine(here, args.get("question"))
    if found is None:
        await not_there(here)
        return
    await inbox.show(here.session, here.me, found, here.now, key=f"arrival:{here.arrival.id}:show")
    await here.say("Houd het bericht vast en kies “Beantwoorden”. Spreek in of typ.", [MENU])


async def reply(here: Here, question_id: int) -> None:
    """A Telegram reply to any message of a question is the answer to it."""
    found = await mine(here, question_id)
    if found is None:
        await not_there(here)
        return
    if why := here.unsendable():
        await here.say(why, [MENU])
        return
    await _answer(here, found, here.heard.text, here.media, more=False)


async def edited(here: Here) -> None:
    """A changed answer does not reach her: what was heard stays heard. Said only where it matters."""
    question_id = await replied_to(here)
    if question_id is not None:
        text = "Je hebt je antwoord veranderd. Zij kreeg het eerste. Antwoord opnieuw op haar bericht als dat nodig is."
        await here.say(text, [MENU])


async def words(here: Here) -> None:
    """Words without a reply: perhaps an answer that lost its thread. Ask whom they are for, keep them meanwhile."""
    if why := here.unsendable():
        await here.say(why, [MENU])
        return
    found = (await _open(here))[:TOO_MANY]
    if not found:
        await here.say(
            "Wil je iets zeggen aan de hele groep? Kies Aankondigen.", [to("📣 Aankondigen", "announce")], [MENU]
        )
        return
    _keep(here, here.heard.text, here.media, found)
    rows = [[to(f"Antwoord aan {await _label(here, q)}", "answer_kept", question=q.id)] for q in found]
    text = "Voor wie is dit? Tik aan. (Volgende keer: houd haar bericht vast en kies “Beantwoorden”.)"
    await here.say(text, *rows, [to("Voor de hele groep", "announce_kept")], [to("Voor niemand", "menu")])


async def answer_kept(here: Here, args: Args) -> None:
    """The kept words go to the mother who was tapped; a second person's words only with a second tap."""
    kept = here.me.place.get("kept")
    found = await mine(here, args.get("question"))
    if found is None or not kept:
        await not_there(here)
        return
    media = await here.session.get(Media, kept["media"]) if kept.get("media") else None
    await _answer(here, found, str(kept.get("text", "")), media, more=bool(args.get("more")))


async def no_reply(here: Here, args: Args) -> None:
    """Closes it; one tap opens it again."""
    found = await mine(here, args.get("question"))
    if found is None:
        await not_there(here)
    elif await inbox.no_reply(here.session, here.me, found, here.now):
        await here.say("Goed, geen antwoord nodig.", [to("Toch openhouden", "reopen", question=found.id), MENU])
    else:
        await here.say(await _already(here, found), [MENU])


async def reopen(here: Here, args: Args) -> None:
    """Undoes "no reply needed"."""
    found = await mine(here, args.get("question"))
    if found is None:
        await not_there(here)
    elif found.state == "closed":
        await inbox.open_again(here.session, found)
        await here.say("De vraag staat weer open.", [to("💬 Vragen", "questions"), MENU])
    else:
        await here.say(await _already(here, found), [MENU])


async def hand_over(here: Here, args: Args) -> None:
    """To whom? Everybody else who answers questions, by name."""
    found = await mine(here, args.get("question"))
    if found is None:
        await not_there(here)
        return
    people = (await staff.colleagues(here.session, here.me))[:CHOICES]
    if not people:
        await here.say("Er is nog geen collega met Telegram.", [MENU])
        return
    rows = [[to(person.name, "handed", question=found.id, to=person.id)] for person in people]
    await here.say("Aan wie geef je de vraag?", *rows, [MENU])


async def handed(here: Here, args: Args) -> None:
    """The colleague gets it; the question stays open until somebody answers."""
    found = await mine(here, args.get("question"))
    near = await staff.colleagues(here.session, here.me)  # the button may be old: who works elsewhere now gets nothing
    colleague = next((person for person in near if person.id == args.get("to")), None)
    if found is None or colleague is None:
        await not_there(here)
    elif found.state != "open":
        await here.say(await _already(here, found), [MENU])
    else:
        await inbox.hand_over(here.session, here.me, found, colleague, here.now)
        await here.say(f"✅ Doorgegeven aan {colleague.name}.", [MENU])


def _keep(here: Here, text: str, media: Media | None, about: Sequence[Question]) -> None:
    """Words that wait for a tap. Noted with the questions they may answer: when such a mother is forgotten, so are they."""
    kept = {"text": text, "media": media.id if media else None, "questions": [question.id for question in about]}
    here.me.place = {"kept": kept}


async def _answer(here: Here, found: Question, text: str, media: Media | None, more: bool) -> None:
    if not text.strip() and media is None:
        await here.say("Dat kan ik haar niet sturen. Spreek iets in, typ iets, of stuur een foto.", [MENU])
        return
    mother = await here.session.get_one(Mother, found.mother_id)
    name = mother.first_name or "haar"
    done = await inbox.answer(
        here.session, here.content, here.me, found, text=text, media=media, now=here.now, more=more
    )
    if done == "already":
        _keep(here, text, media, [found])
        again = to("Toch ook sturen", "answer_kept", question=found.id, more=True)
        await here.say(f"{await _already(here, found)} {name} heeft jouw woorden nog niet gekregen.", [again], [MENU])
        return
    here.wait_for_nothing()
    away = " Ze heeft de bot nu afgezet: misschien komt het niet aan." if mother.unreachable_at else ""
    await here.say(f"✅ Verstuurd naar {name}.{away}", [to("💬 Vragen", "questions"), MENU])


async def _already(here: Here, found: Question) -> str:
    person = await here.session.get(Staff, found.answered_by) if found.answered_by else None
    who = "jij" if person and person.id == here.me.id else person.name if person else "een collega"
    return f"Op deze vraag is al geantwoord door {who}." if found.state == "answered" else f"Al afgesloten door {who}."


async def _open(here: Here) -> list[Question]:
    return await inbox.open_ones(here.session, here.me, [g.id for g in here.groups if here.may("group", g.id)])


async def _label(here: Here, found: Question) -> str:
    mother = await here.session.get_one(Mother, found.mother_id)
    at = local(found.created_at)
    day = "" if at.date() == here.today else f"{at:%d/%m} "
    return (
        f"{inbox.title(found, mother).removeprefix('Vraag van ').replace('DRINGEND. Vraag van ', '')} · {day}{at:%H.%M}"
    )


async def mine(here: Here, question_id: object) -> Question | None:
    """A question that this colleague may answer."""
    found = await here.session.get(Question, question_id) if isinstance(question_id, int) else None
    if found is None:
        return None
    people = await inbox.people_for(here.session, found, here.now)
    return found if any(person.id == here.me.id for person in people) else None


async def not_there(here: Here) -> None:
    await here.say("Deze vraag is er niet meer. Misschien is de moeder gestopt.", [to("💬 Vragen", "questions"), MENU])


async def replied_to(here: Here) -> int | None:
    """The question that the message belongs to which was replied to."""
    if here.heard.reply_to is None:
        return None
    found = await outbox.by_message(here.session, here.heard.chat_id, here.heard.reply_to)
    return found.about_id if found is not None and found.about == inbox.ABOUT else None
