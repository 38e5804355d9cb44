"""What a group lives through, as effects: a vote, her path, her words about the group, registration, an appointment."""

from __future__ import annotations

from bot.care import cohort, examples, inbox, polls, privacy, registration, stones, story
from bot.care.turn import Effect, Outcome, Turn
from bot.db.cohort_models import Poll
from bot.db.models import Staff
from bot.flow.model import Say, Slots
from bot.messages import Heard

NOTHING: Slots = dict.fromkeys(("poll", "signs", "sign", "name"))


async def vote(turn: Turn, args: Slots) -> Outcome:
    """She chose a picture. "thanks", "more" (she may choose again), "talk" (she wants to say it), "next", "over". No trace of which."""
    poll = await _poll(turn, args)
    privacy.scrub(turn.arrival)
    if poll is None:
        return Outcome("over", NOTHING)
    outcome, left = await polls.vote(turn.session, turn.mother, poll, str(args.get("sign", "")), turn.now)
    kept: Slots = {**NOTHING, "poll": poll.id} if outcome in ("thanks", "more") else NOTHING
    return Outcome(outcome, {**kept, "signs": left or None})


async def vote_again(turn: Turn, args: Slots) -> Outcome:
    """The same question once more, without what she chose before. "over"."""
    poll = await _poll(turn, args)
    if poll is None or poll.state != "open" or poll.closes_at <= turn.now:
        return Outcome("over", NOTHING)
    await polls.take_back(turn.session, turn.mother, poll)
    by = await turn.session.get(Staff, poll.staff_id) if poll.staff_id else None
    asked = polls.say(poll, by.name if by else "")
    return Outcome("again", {**NOTHING, **asked.slots}, go=asked.step)


async def come_back(turn: Turn, args: Slots) -> Outcome:
    """May we invite her once more (yes, no); and, once invited, whether she comes (come, cannot)."""
    said = str(args.get("answer", ""))
    if said in ("yes", "no"):
        await cohort.agree(turn.session, turn.mother, said == "yes", turn.now)
    else:
        await cohort.answer(turn.session, turn.mother, said)
    return Outcome("ok", {"answer": None})


async def my_stone(turn: Turn, args: Slots) -> Outcome:
    """Where she stands on the way to childcare. "here" or "begin"."""
    shown = await stones.say(turn.session, turn.content, turn.mother)
    empty: Slots = dict.fromkeys(("stone", "stone_name"))
    return Outcome("here" if shown.step == stones.HERE else "begin", {**empty, **shown.slots})


async def story_keep(turn: Turn, args: Slots) -> Outcome:
    """Her words about the group, for nobody yet. "none": there were none. Urgent words go to a person, with the SOS card."""
    text = turn.heard.text.strip()
    if not text and turn.media is None:
        return Outcome("none")
    if text and turn.content.matcher.find(text, turn.lang).urgent:
        await inbox.ask(turn.session, turn.mother, turn.heard, turn.media, turn.now, urgent=True)
        turn.later.append(Say("heard.told"))
        return Outcome("urgent", {"story": None}, go="faq.nood")
    kept = await story.keep(turn.session, turn.mother, text, turn.media, turn.now)
    privacy.scrub(turn.arrival)
    return Outcome("ok", {"story": kept.id})


async def story_consent(turn: Turn, args: Slots) -> Outcome:
    """Who may hear it: "inside", "public", or nobody, which wipes it. "none": it is gone already."""
    number = str(args.get("story", ""))
    known = number.isdecimal() and await story.consent(
        turn.session, turn.mother, int(number), str(args.get("consent", "no"))
    )
    return Outcome("ok" if known else "none", {"consent": None})


async def example_consent(turn: Turn, args: Slots) -> Outcome:
    """May her question be told on without her name: "ok", or "none" (there is nothing to tell any more)."""
    number = str(args.get("example", ""))
    may = args.get("consent") == "yes"
    known = number.isdecimal() and await examples.answer(turn.session, turn.mother, int(number), may, turn.now)
    return Outcome("ok" if known else "none", {"consent": None})


async def registered(turn: Turn, args: Slots) -> Outcome:
    """Her child has its school: no reminder of the registration any more."""
    await registration.done(turn.session, turn.mother, turn.now)
    return Outcome("ok")


async def talk_request(turn: Turn, args: Slots) -> Outcome:
    """She wants to talk with a person, and when: into the inbox of her coordinators, who see her language there."""
    sign = turn.content.signs.get(str(args.get("sign", "")))
    when = turn.content.phrases.source[sign.label_key] if sign else "om het even wanneer"
    words = f"📅 Ze vraagt een afspraak. Wanneer? {when}."
    said = Heard(kind="text", chat_id=turn.heard.chat_id, text=words, first_name=turn.heard.first_name)
    await inbox.ask(turn.session, turn.mother, said, None, turn.now)
    return Outcome("ok", {"sign": None})


async def _poll(turn: Turn, args: Slots) -> Poll | None:
    number = str(args.get("poll", ""))
    poll = await turn.session.get(Poll, int(number)) if number.isdecimal() else None
    return poll if poll is not None and poll.group_id == turn.mother.group_id else None


STEPS: dict[str, Effect] = {
    "come_back": come_back,
    "example_consent": example_consent,
    "my_stone": my_stone,
    "registered": registered,
    "story_consent": story_consent,
    "story_keep": story_keep,
    "talk_request": talk_request,
    "vote": vote,
    "vote_again": vote_again,
}
