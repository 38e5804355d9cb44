"""Mothers, the team, the hours and the log at the desk: what is pressed happens, and stands in the log."""

from __future__ import annotations

import re

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import groups, hours, staff
from bot.db.models import Delivery, Group, Invite, Mother, Staff, StaffGroup
from bot.db.people_models import Found, GroupRules
from tests.care.conftest import NOON, make_group, make_mother, make_staff
from tests.console.conftest import Desk


async def agreed(desk: Desk) -> str:
    """Everybody of the group agreed; the address of Fatou's page."""
    async with desk.db.begin() as session:
        for mother in await session.scalars(select(Mother)):
            mother.consented_at = mother.last_heard_at = NOON
    return f"/console/groep/{desk.group.id}/moeder/{desk.fatou.id}"


async def test_we_think_of_you_goes_once_a_month_and_says_why_not(desk: Desk, rose: httpx.AsyncClient) -> None:
    path = await agreed(desk)
    assert (await rose.post(f"{path}/denken")).headers["location"].endswith("gedaan=gedacht")
    page = (await rose.get(path)).text
    assert "Eén keer per maand is genoeg" in page
    assert "Stuur het haar" not in page
    assert (await rose.post(f"{path}/denken")).headers["location"].endswith("gedaan=zelfde")
    assert "kreeg “we denken aan jou”" in (await rose.get("/console/huis/logboek")).text


async def test_out_and_back_and_trying_and_children(desk: Desk, rose: httpx.AsyncClient) -> None:
    path = await agreed(desk)
    await rose.post(f"{path}/kinderen", data={"aantal": "3"})
    await rose.post(f"{path}/proef", data={"ja": "1"})
    page = (await rose.get(f"/console/groep?groep={desk.group.id}")).text
    assert "3 van 15 kinderen" in page
    assert "probeert" in page
    assert (await rose.post(f"{path}/kinderen", data={"aantal": "veel"})).status_code == 422
    await rose.post(f"{path}/stoppen")
    assert "Gestopt (1)" in (await rose.get("/console/groep")).text
    await rose.post(f"{path}/terug")
    assert "Gestopt" not in (await rose.get("/console/groep")).text


async def test_erasing_asks_first_and_leaves_nothing(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    path = await agreed(desk)
    assert "Alles van Fatou wissen?" in (await rose.get(f"{path}/wissen")).text
    await rose.post(f"{path}/wissen")
    assert await second.get(Mother, desk.fatou.id) is None
    log = (await rose.get("/console/huis/logboek")).text
    assert "alles gewist" in log
    assert "Fatou" not in log


async def test_her_data_is_shown_or_sent_to_her_own_chat(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    path = await agreed(desk)
    page = await rose.post(f"{path}/gegevens")
    assert "Wat Stapsteen van Fatou weet" in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    await rose.post(f"{path}/gegevens", data={"naar": "haar"})
    query = select(Delivery).where(Delivery.chat_id == desk.fatou.chat_id).order_by(Delivery.id.desc()).limit(1)
    sent = (await second.scalars(query)).one()
    assert sent.utterance["kind"] == "document"
    assert "haar gegevens opgevraagd" in (await rose.get("/console/huis/logboek")).text


async def test_a_new_phone_is_joined_only_after_the_box_is_ticked(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    await agreed(desk)
    async with desk.db.begin() as session:
        new = await make_mother(session, "Amina", "ar", consented_at=NOON)
        await groups.join(session, new, await session.get_one(Group, desk.group.id), NOON)
    path = f"/console/groep/{desk.group.id}/moeder/{desk.amina.id}/telefoon"
    assert f"{path}/{new.id}" in (await rose.get(path)).text
    assert "Ik sprak haar zelf" in (await rose.post(f"{path}/{new.id}")).text
    assert await second.get(Mother, new.id) is not None
    await rose.post(f"{path}/{new.id}", data={"zeker": "1"})
    assert (await second.get_one(Mother, desk.amina.id)).chat_id == new.chat_id


async def test_a_guide_is_told_whom_to_ask(desk: Desk) -> None:
    path = await agreed(desk)
    els = await desk.inside(desk.els)
    page = (await els.get(path)).text
    assert "vraag het aan de coördinator" in page
    assert "/wissen" not in page
    assert (await els.post(f"{path}/wissen")).status_code == 403


async def test_each_live_link_is_shown_and_can_be_stopped(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    async with desk.db.begin() as session:
        await groups.invite(session, await session.get_one(Group, desk.group.id), NOON, lang="fr")
    link = (await second.scalars(select(Invite))).one()
    path = f"/console/groep/{desk.group.id}/link/{link.id}/stop"
    assert path in (await rose.get("/console/groep")).text
    await rose.post(path)
    assert path not in (await rose.get("/console/groep")).text
    assert (await rose.post(path)).status_code == 404


async def test_how_they_found_us_is_shown_from_five_answers_on(desk: Desk, rose: httpx.AsyncClient) -> None:
    async with desk.db.begin() as session:
        session.add(Found(group_id=desk.group.id, source="friend", count=4))
    assert "een vriendin:" not in (await rose.get("/console/groep")).text
    async with desk.db.begin() as session:
        session.add(Found(group_id=desk.group.id, source="ocmw", count=1))
    assert "een vriendin: <strong>4</strong>" in (await rose.get("/console/groep")).text


async def test_a_new_colleague_gets_a_link_a_role_and_languages(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    form = {"naam": "Nour", "rol": "interpreter", "groep": desk.group.id, "taal": ["ar", "fr"]}
    page = (await rose.post("/console/huis/team", data=form)).text
    assert re.search(r"/start staff-\S+|start=staff-\S+", page)
    nour = (await second.scalars(select(Staff).where(Staff.name == "Nour"))).one()
    assert (nour.role, nour.langs) == ("interpreter", ["fr", "ar"])
    assert (await rose.post("/console/huis/team", data={"naam": "X", "rol": "interpreter"})).status_code == 422


async def test_a_role_changes_for_one_group_and_the_last_coordinator_stays(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    field = f"rol-{desk.group.id}"
    await rose.post(f"/console/huis/team/{desk.els.id}", data={field: "childcare"})
    assert (await second.get_one(StaffGroup, (desk.els.id, desk.group.id))).role == "childcare"
    alone = await rose.post(f"/console/huis/team/{desk.rose.id}", data={field: "volunteer"})
    assert alone.status_code == 422
    assert "enige coördinator" in alone.text
    await rose.post(f"/console/huis/team/{desk.vera.id}", data={field: "geen"})
    assert (await second.get_one(Staff, desk.vera.id)).chat_id is None
    assert (await rose.get(f"/console/huis/team/{desk.dirk.id}")).status_code == 404


async def test_when_one_role_cannot_change_none_of_them_does_and_the_house_shows_each_role(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    async with desk.db.begin() as session:
        other = await make_group(session, name="Klimop")
        for person in (desk.rose, desk.els):
            await staff.assign(session, person, {other.id: "coordinator"})
    roles = {f"rol-{other.id}": "volunteer", f"rol-{desk.group.id}": "volunteer"}
    assert (await rose.post(f"/console/huis/team/{desk.rose.id}", data=roles)).status_code == 422
    assert (await second.get_one(StaffGroup, (desk.rose.id, other.id))).role == "coordinator"
    await rose.post(f"/console/huis/team/{desk.els.id}", data={**roles, f"rol-{desk.group.id}": "childcare"})
    row = next(r for r in (await rose.get("/console/huis")).text.split("<tr>") if f"<td>{desk.els.name}</td>" in r)
    assert "kinderbegeleider" in row
    assert "vrijwilliger" in row
    assert "coördinator" not in row


async def test_the_hours_of_the_house_are_chosen_and_what_cannot_be_is_said(
    desk: Desk, rose: httpx.AsyncClient
) -> None:
    path = f"/console/huis/instellingen/huis/{desk.group.house_id}"
    form = {"avond": "17:30", "minuten": "60", "stil_van": "20:30", "stil_tot": "08:00"}
    assert (await rose.post(path, data=form)).status_code == 303
    async with desk.db.begin() as session:
        assert await hours.of_group(session, desk.group.id) == hours.Hours("17:30", 60, "20:30", "08:00")
        assert not (await hours.rules(session, desk.group.house_id)).digest
    wrong = await rose.post(path, data={**form, "avond": "22:00"})
    assert wrong.status_code == 422
    assert "stille uren" in wrong.text


async def test_the_size_of_a_group_and_its_trial_are_chosen(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    path = f"/console/huis/instellingen/groep/{desk.group.id}"
    assert (await rose.post(path, data={"moeders": "8", "kinderen": "10", "proef": "3"})).status_code == 303
    group = await second.get_one(Group, desk.group.id)
    assert (group.mothers_max, group.children_max) == (8, 10)
    assert (await second.get_one(GroupRules, desk.group.id)).trial_meetings == 3
    assert (await rose.post(path, data={"moeders": "0", "kinderen": "10", "proef": "3"})).status_code == 422


async def test_the_house_page_tells_of_disk_and_backup(desk: Desk, rose: httpx.AsyncClient) -> None:
    from bot.db.notes import note

    assert "nog geen" in (await rose.get("/console/huis")).text
    async with desk.db.begin() as session:
        await note(session, "backup", {"ok": True, "at": NOON.isoformat()})
    assert "vandaag om 12.00 uur" in (await rose.get("/console/huis")).text
    async with desk.db.begin() as session:
        await note(session, "backup", {"ok": False, "at": NOON.isoformat(), "why": "schijf vol"})
    page = (await rose.get("/console/huis")).text
    assert "mislukt: schijf vol" in page
    assert "GB" in page


async def test_staff_of_a_house_without_the_group_hear_nothing_about_its_waiting_list(desk: Desk) -> None:
    async with desk.db.begin() as session:
        group = await session.get_one(Group, desk.group.id)
        group.mothers_max = 2
        mo = await make_staff(session, "Mo", "childcare", group)
        await groups.join(session, await make_mother(session, "Selam", "ti"), group, NOON)
    async with desk.db.begin() as session:
        told = set(await session.scalars(select(Delivery.chat_id).where(Delivery.unique_key.startswith("waiting:"))))
    assert told == {desk.rose.chat_id, desk.els.chat_id}
    assert mo.chat_id not in told
