"""Groups: links, a full group, the waiting list, closing; and the one-time codes of staff."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlalchemy import func, select

from bot.care import groups, meetings, staff
from bot.db.models import Group, Invite, Mother, Reminder, Staff
from bot.db.session import Database, Session
from tests.care.conftest import NOON, Cast, make_group, make_mother, make_staff, words_to


async def waiting(session: Session, mother: Mother) -> int:
    count = select(func.count()).where(Reminder.mother_id == mother.id, Reminder.state == "waiting")
    return int((await session.execute(count)).scalar_one())


async def test_a_code_is_random_short_enough_for_telegram_and_only_its_hash_is_kept(session: Session) -> None:
    group = await make_group(session)
    codes = {await groups.invite(session, group, NOON) for _ in range(20)}
    assert len(codes) == 20
    assert all(22 <= len(code) <= 60 and set(code) <= groups_alphabet() for code in codes)
    kept = set(await session.scalars(select(Invite.code_hash)))
    assert not kept & codes
    assert all(len(value) == 64 for value in kept)


def groups_alphabet() -> set[str]:
    return set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")


async def test_a_code_leads_to_its_group_until_it_expires(session: Session) -> None:
    group = await make_group(session)
    code = await groups.invite(session, group, NOON, expires=NOON + dt.timedelta(days=1))
    found = await groups.by_code(session, code, NOON)
    assert isinstance(found, Group)
    assert found.id == group.id
    assert await groups.by_code(session, code, NOON + dt.timedelta(days=1)) == "expired"
    assert await groups.by_code(session, code + "x", NOON) is None
    assert await groups.by_code(session, "", NOON) is None


async def test_she_joins_and_her_reminders_are_planned_and_a_second_start_changes_nothing(session: Session) -> None:
    group = await make_group(session)
    await meetings.plan(session, group, NOON)
    amina = await make_mother(session, "Amina", "ar")
    code = await groups.invite(session, group, NOON, uses=1)
    assert await groups.join(session, amina, code, NOON) == "ok"
    planned = await waiting(session, amina)
    assert planned == 2 * len(await meetings.coming(session, group.id, NOON, 50)) > 0
    assert await groups.join(session, amina, group, NOON) == "ok"
    assert await waiting(session, amina) == planned


async def test_a_link_for_one_use_is_spent_after_one_mother(session: Session) -> None:
    group = await make_group(session)
    code = await groups.invite(session, group, NOON, uses=1)
    assert await groups.join(session, await make_mother(session, "Amina", "ar"), code, NOON) == "ok"
    assert await groups.join(session, await make_mother(session, "Fatou", "fr"), code, NOON) == "expired"
    assert await groups.join(session, await make_mother(session, "Selam", "ti"), "never-made", NOON) == "unknown"


async def test_the_thirteenth_mother_waits_staff_know_it_and_she_has_no_reminders(session: Session) -> None:
    group = await make_group(session)
    await meetings.plan(session, group, NOON)
    rose = await make_staff(session, "Rose", "coordinator", group)
    code = await groups.invite(session, group, NOON)
    for n in range(12):
        assert await groups.join(session, await make_mother(session, f"Mama {n}", "nl"), code, NOON) == "ok"
    selam = await make_mother(session, "Selam", "ti")
    assert await groups.join(session, selam, code, NOON) == "full"
    assert (selam.status, await waiting(session, selam)) == ("waiting", 0)
    assert "Selam wil bij Mama Leert" in await words_to(session, rose.chat_id)
    assert await groups.admit(session, selam, NOON) is True
    assert selam.status == "member"
    assert await waiting(session, selam) > 0
    assert await groups.admit(session, selam, NOON) is False


async def test_two_who_join_at_the_same_moment_do_not_both_get_the_last_place(db: Database) -> None:
    async with db.begin() as session:
        group = await make_group(session, mothers_max=1)
        ids = [(await make_mother(session, name, "nl")).id for name in ("Amina", "Fatou", "Selam")]

    async def joins(mother_id: int) -> str:
        async with db.begin() as session:
            mother = await session.get_one(Mother, mother_id)
            return await groups.join(session, mother, await session.get_one(Group, group.id), NOON)

    assert sorted(await asyncio.gather(*(joins(mother_id) for mother_id in ids))) == ["full", "full", "ok"]


async def test_who_changes_groups_is_reminded_of_the_new_one_only(cast: Cast) -> None:
    other = await make_group(cast.session, name="Klimop", pattern={"days": [1]})
    await meetings.plan(cast.session, other, NOON)
    assert await groups.join(cast.session, cast.amina, other, NOON, sure=True) == "ok"
    query = select(Reminder).where(Reminder.mother_id == cast.amina.id, Reminder.state == "waiting")
    about = {r.meeting_id for r in await cast.session.scalars(query)}
    assert about == {m.id for m in await meetings.coming(cast.session, other.id, NOON, 50)}


async def test_nobody_leaves_her_group_for_another_without_being_asked(cast: Cast) -> None:
    other = await make_group(cast.session, name="Klimop", pattern={"days": [1]})
    code, before = await groups.invite(cast.session, other, NOON, uses=1), await waiting(cast.session, cast.amina)
    assert await groups.join(cast.session, cast.amina, code, NOON) == "elsewhere"
    assert (cast.amina.group_id, await waiting(cast.session, cast.amina)) == (cast.group.id, before)
    assert await groups.join(cast.session, cast.amina, code, NOON, sure=True) == "ok", "asking did not use the link up"
    assert cast.amina.group_id == other.id


async def test_for_a_full_group_she_stays_where_she_is_and_its_staff_know(cast: Cast) -> None:
    other = await make_group(cast.session, name="Klimop", mothers_max=0)
    dirk = await make_staff(cast.session, "Dirk", "coordinator", other)
    before = await waiting(cast.session, cast.amina)
    for sure in (False, True):
        assert await groups.join(cast.session, cast.amina, other, NOON, sure=sure) == "stays"
    assert (cast.amina.group_id, cast.amina.status) == (cast.group.id, "member")
    assert await waiting(cast.session, cast.amina) == before
    assert (await words_to(cast.session, dirk.chat_id)).count("Amina wil bij Klimop. De groep is vol") == 1


async def test_who_comes_from_a_group_that_ended_is_not_asked(cast: Cast) -> None:
    other = await make_group(cast.session, name="Volgend jaar")
    await groups.close(cast.session, cast.group, NOON)
    assert await groups.join(cast.session, cast.amina, other, NOON) == "ok"


async def test_a_closed_group_leaves_nothing_to_be_said_and_its_link_is_over(cast: Cast) -> None:
    code = await groups.invite(cast.session, cast.group, NOON)
    await groups.close(cast.session, cast.group, NOON)
    assert await waiting(cast.session, cast.amina) == 0
    assert await groups.by_code(cast.session, code, NOON) == "expired"


async def test_old_links_can_be_stopped(session: Session) -> None:
    group = await make_group(session)
    code = await groups.invite(session, group, NOON)
    assert await groups.revoke_invites(session, group, NOON) == 1
    assert await groups.by_code(session, code, NOON) == "expired"


async def test_a_staff_code_works_once_and_only_for_a_week(session: Session) -> None:
    group = await make_group(session)
    code = await staff.add(session, "Rose", "coordinator", [group], NOON)
    rose = await staff.claim(session, staff.PREFIX + code, 77, NOON)
    assert isinstance(rose, Staff)
    assert (rose.name, rose.chat_id, rose.code_hash) == ("Rose", 77, None)
    assert await staff.claim(session, code, 78, NOON) is None
    assert [g.name for g in await staff.groups_of(session, rose)] == ["Mama Leert"]
    late = await staff.add(session, "Els", "guide", [group], NOON)
    assert await staff.claim(session, late, 79, NOON + dt.timedelta(days=8)) == "expired"


async def test_a_new_phone_takes_over_with_a_new_code(session: Session) -> None:
    rose = await make_staff(session, "Rose", "coordinator", await make_group(session))
    code = await staff.renew(session, rose, NOON)
    again = await staff.claim(session, code, 555, NOON)
    assert again is rose
    assert (await staff.by_chat(session, 555)) is rose


async def test_a_role_that_does_not_exist_is_refused_in_a_sentence(session: Session) -> None:
    with pytest.raises(ValueError, match="There is no role “boss”"):
        await staff.add(session, "Rose", "boss", [], NOON)
