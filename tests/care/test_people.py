"""What goes with being in a group: thinking of her, trying out, a new phone, out and back, how full it is, the log."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from bot.care import (
    deeds,
    digest,
    groups,
    hours,
    inbox,
    leaving,
    meetings,
    memberships,
    missed,
    new_phone,
    people,
    privacy,
    reminders,
    staff,
)
from bot.care.dutch import NotSo
from bot.db.models import Delivery, Group, Meeting, Mother, Question, Reminder, Rsvp, StaffGroup
from bot.db.people_models import Deed, GroupRules, Membership
from bot.db.session import Session
from bot.messages import Heard
from tests.care.conftest import NOON, Cast, make_group, make_mother, make_staff, wall, words_to

DAY = dt.timedelta(days=1)


async def until_nothing(cast: Cast, now: dt.datetime) -> int:
    count = 0
    while await people.one(cast.session, cast.content, now):
        count += 1
        assert count < 50, "it never ends"
    return count


# ---------------------------------------------------------------- we think of you


async def test_she_hears_that_we_think_of_her_at_most_once_a_month(cast: Cast) -> None:
    assert await missed.send(cast.session, cast.content, cast.fatou, cast.rose, NOON) == ""
    assert "nous pensons à toi" in await words_to(cast.session, cast.fatou.chat_id)
    later = NOON + 29 * DAY
    assert await missed.send(cast.session, cast.content, cast.fatou, cast.els, later) == "lately"
    assert await missed.send(cast.session, cast.content, cast.fatou, cast.els, NOON + 31 * DAY) == ""
    told = await deeds.listed(cast.session, [cast.group])
    assert [(t.who, t.name, t.what) for t in told[:2]] == [
        ("Els", "Fatou", "kreeg “we denken aan jou”"),
        ("Rose", "Fatou", "kreeg “we denken aan jou”"),
    ]


async def test_it_is_never_said_by_itself(cast: Cast) -> None:
    cast.fatou.last_heard_at = NOON - 90 * DAY
    for day in range(0, 120, 5):
        await until_nothing(cast, NOON + day * DAY)
    assert "pensons à toi" not in await words_to(cast.session, cast.fatou.chat_id)


@pytest.mark.parametrize("why", ["blocked", "quiet", "left"])
async def test_who_wants_peace_is_left_in_peace(cast: Cast, why: str) -> None:
    mother = cast.fatou
    if why == "blocked":
        mother.unreachable_at = NOON
    elif why == "quiet":
        mother.muted_until = NOON + DAY
    else:
        mother.status = "stopped"
    assert await missed.send(cast.session, cast.content, mother, cast.rose, NOON) == why
    assert await words_to(cast.session, mother.chat_id) == ""


async def test_it_waits_for_the_end_of_her_quiet_hours(cast: Cast) -> None:
    night = wall("2026-11-24 23:00")
    await missed.send(cast.session, cast.content, cast.fatou, cast.rose, night)
    due = await cast.session.scalar(
        select(Delivery.due_at).where(Delivery.chat_id == cast.fatou.chat_id).order_by(Delivery.id.desc()).limit(1)
    )
    assert due == wall("2026-11-25 07:30")


# ---------------------------------------------------------------- full, waiting, trying


async def test_children_fill_a_group_too(cast: Cast) -> None:
    cast.group.children_max = 3
    cast.session.add(
        Rsvp(meeting_id=cast.next[0].id, mother_id=cast.amina.id, answer="come", children=2, answered_at=NOON)
    )
    await memberships.note_children(cast.session, cast.fatou, 1, NOON, cast.rose)
    room = await memberships.room(cast.session, cast.group)
    assert (room.mothers, room.children, room.full) == (2, 3, True)
    late = await make_mother(cast.session, "Selam", "ti")
    assert await groups.join(cast.session, late, cast.group, NOON) == "full"
    assert "3 van 3 kinderen" in await words_to(cast.session, cast.rose.chat_id)


async def test_the_thirteenth_waits_without_reminders_and_the_list_keeps_its_order(session: Session) -> None:
    group = await make_group(session)
    await meetings.plan(session, group, NOON)
    for n in range(12):
        assert await groups.join(session, await make_mother(session, f"M{n}", "nl"), group, NOON) == "ok"
    first, second = await make_mother(session, "Eerst", "nl"), await make_mother(session, "Later", "nl")
    assert await groups.join(session, second, group, NOON + DAY) == "full"
    assert await groups.join(session, first, group, NOON) == "full"
    assert [m.first_name for m in await groups.members(session, group.id, "waiting")] == ["Eerst", "Later"]
    assert await session.scalar(select(Reminder.id).where(Reminder.mother_id == first.id).limit(1)) is None


async def test_who_tries_out_is_asked_once_after_three_meetings(cast: Cast) -> None:
    await memberships.try_out(cast.session, cast.fatou, True, NOON, cast.rose)
    third = (await meetings.coming(cast.session, cast.group.id, NOON, 5))[2]
    assert await until_nothing(cast, third.ends_at - dt.timedelta(minutes=1)) == 0
    assert await until_nothing(cast, third.ends_at + dt.timedelta(minutes=1)) == 1
    assert "Tu veux rester dans le groupe" in await words_to(cast.session, cast.fatou.chat_id)
    assert await until_nothing(cast, third.ends_at + 8 * DAY) == 0


async def test_a_group_can_let_every_newcomer_try(cast: Cast) -> None:
    cast.session.add(GroupRules(group_id=cast.group.id, trial_meetings=1))
    await cast.session.flush()
    selam = await make_mother(cast.session, "Selam", "ti")
    await groups.join(cast.session, selam, cast.group, NOON)
    assert (await memberships.of(cast.session, selam, NOON)).trying_since == NOON
    assert await cast.session.scalar(select(Reminder.id).where(Reminder.mother_id == selam.id).limit(1)) is not None
    first = cast.next[0]
    assert await until_nothing(cast, first.ends_at + dt.timedelta(minutes=1)) == 1


# ---------------------------------------------------------------- a new phone


async def newcomer(cast: Cast, name: str = "Amina", lang: str = "ar", group: Group | None = None) -> Mother:
    new = await make_mother(cast.session, name, lang, consented_at=NOON)
    await groups.join(cast.session, new, group or cast.group, NOON)
    return new


async def test_a_new_phone_takes_her_place_language_and_questions(cast: Cast) -> None:
    cast.amina.consented_at = NOON
    asked = await inbox.ask(cast.session, cast.amina, Heard("text", cast.amina.chat_id, text="Eerst"), None, NOON)
    new = await newcomer(cast)
    more = await inbox.ask(cast.session, new, Heard("text", new.chat_id, text="Nu hier"), None, NOON)
    for mother, answer in ((cast.amina, "come"), (new, "cannot")):
        row = Rsvp(meeting_id=cast.next[0].id, mother_id=mother.id, answer=answer, answered_at=NOON)
        cast.session.add(row)
    await cast.session.flush()
    before, number, gone = cast.amina.chat_id, cast.amina.id, new.id
    chat = new.chat_id
    await new_phone.merge(cast.session, cast.content, cast.amina, new, cast.rose, NOON)
    assert (cast.amina.id, cast.amina.chat_id, cast.amina.lang, cast.amina.status) == (number, chat, "ar", "member")
    assert await cast.session.get(Mother, gone) is None
    owners = set(await cast.session.scalars(select(Question.mother_id).where(Question.id.in_([asked.id, more.id]))))
    assert owners == {number}
    answers = await cast.session.scalars(select(Rsvp.answer).where(Rsvp.mother_id == number))
    assert list(answers) == ["cannot"]
    assert "هاتف جديد" in await words_to(cast.session, before)
    assert "هاتفك" in await words_to(cast.session, chat)
    assert len(await groups.members(cast.session, cast.group.id)) == 2
    assert (await deeds.listed(cast.session, [cast.group]))[0].what == "nieuwe telefoon verbonden"


async def test_after_the_move_nothing_more_goes_to_the_old_phone(cast: Cast) -> None:
    cast.amina.consented_at = NOON
    new, before = await newcomer(cast), cast.amina.chat_id
    await new_phone.merge(cast.session, cast.content, cast.amina, new, cast.rose, NOON)
    first = cast.next[0]
    while await reminders.fire(cast.session, cast.content, wall("2026-11-25 18:31")):
        pass
    to_old = select(Delivery.about).where(Delivery.chat_id == before, Delivery.state == "open")
    assert set(await cast.session.scalars(to_old)) == {"farewell"}
    to_new = select(Delivery.id).where(Delivery.chat_id == cast.amina.chat_id, Delivery.about == "reminder")
    assert await cast.session.scalar(to_new.limit(1)) is not None
    assert first.starts_at > NOON


@pytest.mark.parametrize("wrong", ["other group", "older", "same", "not agreed"])
async def test_two_women_are_not_put_together_by_mistake(cast: Cast, wrong: str) -> None:
    cast.amina.consented_at = cast.fatou.consented_at = NOON
    old, new = cast.amina, cast.fatou
    if wrong == "other group":
        new = await newcomer(cast, group=await make_group(cast.session, name="Klimop"))
    elif wrong == "older":
        old, new = cast.fatou, cast.amina
    elif wrong == "same":
        new = old
    else:
        new.consented_at = None
    with pytest.raises(NotSo):
        await new_phone.merge(cast.session, cast.content, old, new, cast.rose, NOON)
    assert await cast.session.get(Mother, new.id) is not None


# ---------------------------------------------------------------- out and back, the log


async def test_out_of_the_group_and_back(cast: Cast) -> None:
    cast.fatou.consented_at = NOON
    assert await leaving.stop(cast.session, cast.content, cast.fatou, cast.rose, NOON)
    waiting = select(Reminder.id).where(Reminder.mother_id == cast.fatou.id, Reminder.state == "waiting")
    assert await cast.session.scalar(waiting.limit(1)) is None
    assert "Tu n’es plus dans le groupe" in await words_to(cast.session, cast.fatou.chat_id)
    assert await leaving.back(cast.session, cast.content, cast.fatou, cast.rose, NOON)
    assert cast.fatou.status == "member"
    assert await cast.session.scalar(waiting.limit(1)) is not None


async def test_the_log_forgets_her_name_with_her_and_everything_after_a_year(cast: Cast) -> None:
    await missed.send(cast.session, cast.content, cast.fatou, cast.rose, NOON)
    await leaving.erase(cast.session, cast.content, cast.fatou, cast.rose, NOON)
    told = await deeds.listed(cast.session, [cast.group])
    assert "Fatou" not in {line.name for line in told}
    assert told[0].what == "alles gewist"
    assert {d.name for d in await cast.session.scalars(select(Deed).where(Deed.mother_id.is_(None)))} == {""}
    assert await deeds.sweep(cast.session, NOON + 364 * DAY) == 0
    assert await deeds.sweep(cast.session, NOON + 366 * DAY) == len(told)


async def test_what_staff_write_down_about_her_goes_with_her(cast: Cast) -> None:
    await memberships.note_children(cast.session, cast.fatou, 2, NOON, cast.rose)
    number = cast.fatou.id
    await privacy.forget(cast.session, cast.fatou, NOON)
    assert await cast.session.get(Membership, number) is None


# ---------------------------------------------------------------- the team and the hours


async def test_the_last_coordinator_cannot_be_taken_out_of_a_group(cast: Cast) -> None:
    with pytest.raises(NotSo, match="enige coördinator"):
        await staff.assign(cast.session, cast.rose, {cast.group.id: None})
    await staff.assign(cast.session, cast.els, {cast.group.id: "coordinator"})
    await staff.assign(cast.session, cast.rose, {cast.group.id: None})
    assert await cast.session.get(StaffGroup, (cast.rose.id, cast.group.id)) is None


async def test_a_house_moves_its_reminders_and_the_other_house_keeps_its_own(cast: Cast) -> None:
    other = await make_group(cast.session, house="Ander huis", name="Klimop")
    await meetings.plan(cast.session, other, NOON)
    selam = await make_mother(cast.session, "Selam", "ti")
    await groups.join(cast.session, selam, other, NOON)
    wanted = hours.Hours("17:00", 45, "20:00", "08:00")
    assert await hours.choose(cast.session, cast.group.house_id, wanted)
    await reminders.retime_house(cast.session, cast.group.house_id, NOON)

    async def first_evening(mother: Mother, group: Group) -> dt.datetime | None:
        query = select(Reminder.due_at).join(Meeting, Meeting.id == Reminder.meeting_id)
        query = query.where(Reminder.mother_id == mother.id, Reminder.kind == "evening", Meeting.group_id == group.id)
        return await cast.session.scalar(query.order_by(Reminder.due_at).limit(1))

    assert await first_evening(cast.fatou, cast.group) == wall("2026-11-25 17:00")
    assert await first_evening(selam, other) == wall("2026-11-25 18:30")
    assert not await hours.choose(cast.session, cast.group.house_id, wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(hours.Hours("21:30"), id="evening in the quiet hours"),
        pytest.param(hours.Hours("09:00"), id="evening in the morning"),
        pytest.param(hours.Hours(morning_minutes=10), id="too short before"),
        pytest.param(hours.Hours(quiet_from="08:00", quiet_until="08:00"), id="no quiet hours at all"),
    ],
)
async def test_hours_that_cannot_be_are_refused(cast: Cast, wanted: hours.Hours) -> None:
    with pytest.raises(NotSo):
        await hours.choose(cast.session, cast.group.house_id, wanted)


# ---------------------------------------------------------------- the week in numbers

MONDAY = wall("2026-11-30 08:31")


async def test_the_week_comes_on_monday_once_in_numbers_without_names(cast: Cast) -> None:
    for mother in (cast.amina, cast.fatou):
        await inbox.ask(cast.session, mother, Heard("text", mother.chat_id, text="Geheim"), None, NOON)
    assert await until_nothing(cast, wall("2026-11-30 08:00")) == 0
    assert await until_nothing(cast, MONDAY) == 1
    text = (await words_to(cast.session, cast.rose.chat_id)).split("📊")[1]
    assert "Vragen: 2, nu nog open: 2" in text
    assert "Bijeenkomsten: 2" in text
    assert not any(word in text for word in ("Amina", "Fatou", "Geheim"))
    assert "📊" not in await words_to(cast.session, cast.els.chat_id)
    assert await until_nothing(cast, MONDAY + dt.timedelta(hours=3)) == 0
    assert await until_nothing(cast, MONDAY + 7 * DAY) == 1


async def test_a_house_can_turn_the_week_off_and_a_late_one_is_not_sent(cast: Cast) -> None:
    (await hours.rules(cast.session, cast.group.house_id)).digest = False
    await cast.session.flush()
    assert not await digest.send_one(cast.session, cast.content, MONDAY)
    (await hours.rules(cast.session, cast.group.house_id)).digest = True
    assert not await digest.send_one(cast.session, cast.content, MONDAY + 3 * DAY)


async def test_each_coordinator_reads_of_her_own_groups_only(cast: Cast) -> None:
    other = await make_group(cast.session, house="Ander huis", name="Klimop")
    dirk = await make_staff(cast.session, "Dirk", "coordinator", other)
    assert await until_nothing(cast, MONDAY) == 2
    assert "Klimop" in await words_to(cast.session, dirk.chat_id)
    assert "Mama Leert" not in await words_to(cast.session, dirk.chat_id)
