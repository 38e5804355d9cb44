"""The calendar's pages: who comes and who came, rhythm, own days, appointments, the way, the feed; and who may see which."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import local
from bot.db.calendar_models import Appointment, Attendance, Feed, GuestPhoto, OwnDays, Way
from bot.db.models import Announcement, Delivery, Group, Media, Meeting
from tests.care.conftest import wall
from tests.console.conftest import Desk

HOME = "/console/bijeenkomsten"
RHYTHM = {
    "first_day": "2026-11-23", "last_day": "2027-06-30", "days0": "1", "every0": "1", "starts0": "09:30", "ends0": "12:00",
    "kind0": "dutch", "starts1": "13:00", "ends1": "15:00", "every1": "1", "kind1": "lesson", "starts2": "13:00",
    "ends2": "15:00", "every2": "1", "kind2": "lesson", "hours": "20",
}  # fmt: skip


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "PNG")
    return out.getvalue()


def ics(*starts: str) -> bytes:
    events = [
        f"BEGIN:VEVENT\r\nUID:{n}\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:Uitstap {n}\r\nDTSTART:{start}\r\nDURATION:PT2H\r\nEND:VEVENT\r\n"
        for n, start in enumerate(starts)
    ]
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{''.join(events)}END:VCALENDAR\r\n".encode()


async def test_the_month_before_and_after_can_be_looked_at(desk: Desk, rose: httpx.AsyncClient) -> None:
    page = (await rose.get(HOME)).text
    assert "November 2026" in page or "november 2026" in page
    assert "Herfstvakantie" in page
    following = re.search(r'href="(/console/bijeenkomsten\?maand=2026-12)"', page)
    assert following is not None
    december = (await rose.get(following[1])).text
    assert "december 2026" in december
    assert december.count('aria-labelledby="m') == 8 - 2  # eight meetings, two of them in November (26 and 30)
    assert (await rose.get(f"{HOME}?maand=nonsense")).status_code == 200


async def test_after_the_last_meeting_of_a_month_it_opens_at_the_next_one(desk: Desk) -> None:
    for moment, month in (
        ("2026-11-30 08:00", "november"),
        ("2026-11-30 12:00", "december"),
        ("2027-02-01 12:00", "februari"),
    ):
        desk.clock.offset += wall(moment) - desk.clock.now()
        rose = await desk.inside(desk.rose)
        page = (await rose.get(HOME)).text
        assert re.search(rf"<h2>{month} 20", page, re.IGNORECASE), moment
        assert ">Nu</a>" not in page
        assert ">Nu</a>" in (await rose.get(f"{HOME}?maand=2026-10")).text


async def test_tomorrow_is_offered_where_she_comes_in(desk: Desk, rose: httpx.AsyncClient) -> None:
    assert "/afgelasten" not in (await rose.get("/console/vragen")).text  # the next one is the day after tomorrow
    desk.clock.offset += dt.timedelta(days=1)
    rose = await desk.inside(desk.rose)
    page = (await rose.get("/console/vragen")).text
    assert f"{HOME}/{desk.coming[0].id}/afgelasten" in page
    await rose.post(f"{HOME}/{desk.coming[0].id}/afgelasten")
    assert "/afgelasten" not in (await rose.get("/console/vragen")).text


async def test_a_move_can_be_taken_back(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    url = f"{HOME}/{desk.coming[0].id}"
    moved = await rose.post(f"{url}/verplaatsen", data={"day": "2026-11-27", "at": "14:00"})
    page = (await rose.get(moved.headers["location"])).text
    assert "Terug zoals eerst: 26/11 om 9.00 uur" in page
    await rose.post(f"{url}/verplaatsen", data={"day": "2026-11-26", "at": "09:00", "sure": "yes"})
    row = await second.get(Meeting, desk.coming[0].id)
    assert row is not None
    assert local(row.starts_at).isoformat()[:16] == "2026-11-26T09:00"


async def test_what_and_who_is_kept_with_the_face_of_the_guest(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = f"{HOME}/{desk.coming[0].id}"
    told = {"kind": "excursion", "guide": "Els", "price": "3 euro", "family": "yes"}
    assert (await rose.post(f"{url}/wat", data={**told, "kind": "party"})).status_code == 422
    assert (await rose.post(f"{url}/wat", data=told, files={"photo": ("x.png", b"no photo")})).status_code == 422
    await rose.post(f"{url}/wat", data=told, files={"photo": ("x.png", photo())})
    row = await second.get(Meeting, desk.coming[0].id)
    assert row is not None
    assert (row.kind, row.guide, row.price, row.family) == ("excursion", "Els", "3 euro", True)
    assert (await rose.get(f"{url}/foto")).content[:3] == b"\xff\xd8\xff"
    page = (await rose.get(url)).text
    assert "uitstap" in page
    assert "met Els" in page
    await rose.post(f"{url}/wat", data={**told, "no_photo": "yes"})
    assert (await second.scalars(select(GuestPhoto))).first() is None
    assert (await rose.get(f"{url}/foto")).status_code == 404


async def test_how_many_came_is_two_numbers_after_it_began(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = f"{HOME}/{desk.coming[0].id}"
    assert (await rose.post(f"{url}/aanwezig", data={"mothers": "5", "children": "6"})).status_code == 404
    desk.clock.offset += dt.timedelta(days=2)
    rose = await desk.inside(desk.rose)
    assert "Van 2 bijeenkomsten is nog niet geteld" in (await rose.get(HOME)).text
    assert (await rose.post(f"{url}/aanwezig", data={"mothers": "veel", "children": "6"})).status_code == 422
    done = await rose.post(f"{url}/aanwezig", data={"mothers": "5", "children": "6"})
    assert "5 moeders" in (await rose.get(done.headers["location"])).text
    row = await second.get(Attendance, desk.coming[0].id)
    assert row is not None
    assert (row.mothers, row.children, row.staff_id) == (5, 6, desk.rose.id)
    assert "Van 1 bijeenkomst is nog niet geteld" in (await rose.get(HOME)).text


async def test_the_sheet_has_counts_question_marks_and_nobodys_name(desk: Desk, rose: httpx.AsyncClient) -> None:
    from bot.care import headcount

    async with desk.db.begin() as session:
        await headcount.answer(session, desk.amina, desk.coming[0].id, "come", desk.clock.now(), 2)
    vera = await desk.inside(desk.vera)
    page = (await vera.get(f"{HOME}/blad")).text
    assert re.search(r'class="big">2 \+ \?<', page)
    assert re.search(r'class="big">\?<', page)
    assert "Amina" not in page
    assert "Fatou" not in page


async def test_a_rhythm_is_looked_at_and_then_kept(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    url = f"{HOME}/ritme/{desk.group.id}"
    look = (await rose.post(url, data=RHYTHM)).text
    assert "8 bijeenkomsten in totaal" in look
    assert "20 uur van 20 uur" in look
    group = await second.get(Group, desk.group.id)
    assert group is not None
    assert group.pattern == {"days": [0, 3]}
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', look))
    assert (await rose.post(url, data=hidden)).status_code == 303
    await second.refresh(group)
    assert (group.pattern, group.starts) == ({"days": [1], "every": 1, "kind": "dutch", "hours": 20.0}, "09:30")
    page = (await rose.get(f"{HOME}/ritme")).text
    assert 'value="09:30"' in page


@pytest.mark.parametrize(
    "wrong", [{"days0": "9"}, {"first_day": "x"}, {"ends0": "08:00"}, {"hours": "veel"}, {"last_day": "2026-01-01"}]
)
async def test_a_rhythm_that_cannot_be_changes_nothing(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession, wrong: dict[str, str]
) -> None:
    answer = await rose.post(f"{HOME}/ritme/{desk.group.id}", data={**RHYTHM, **wrong, "sure": "yes"})
    assert (answer.status_code, 'role="alert"' in answer.text) == (422, True)
    group = await second.get(Group, desk.group.id)
    assert group is not None
    assert group.pattern == {"days": [0, 3]}


async def test_own_days_show_what_they_take_away_and_can_go_again(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = f"{HOME}/vrij/{desk.group.id}"
    told = {"name": "Verlof", "first": "2026-12-07", "last": "2026-12-11", "closed": "yes", "greet": "yes"}
    assert (await rose.post(url, data={**told, "name": ""})).status_code == 422
    look = (await rose.post(url, data=told)).text
    assert "Deze 2 bijeenkomsten gaan dan niet door" in look
    assert (await second.scalars(select(OwnDays))).first() is None
    await rose.post(url, data={**told, "sure": "yes"})
    (own,) = await second.scalars(select(OwnDays))
    off = select(Meeting).where(Meeting.state == "cancelled")
    assert len(list(await second.scalars(off))) == 2
    planned = select(Announcement.kind).where(Announcement.state == "planned")
    assert sorted(await second.scalars(planned)) == ["cancelled", "cancelled", "feast"]
    assert "Verlof" in (await rose.get(f"{HOME}?maand=2026-12")).text
    await rose.post(f"{url}/weg", data={"dagen": str(own.id)})
    second.expire_all()
    assert list(await second.scalars(off)) == []
    assert list(await second.scalars(planned)) == []


async def test_an_appointment_is_made_moved_and_cancelled_for_one_mother(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = f"{HOME}/afspraken/{desk.group.id}"
    told = {
        "mother": str(desk.fatou.id),
        "day": "2026-11-27",
        "at": "10:00",
        "minutes": "30",
        "kind": "home",
        "guide": "Els",
    }
    assert (await rose.post(url, data={**told, "day": "2026-11-20"})).status_code == 422
    assert (await rose.post(url, data={**told, "minutes": "x"})).status_code == 422
    await rose.post(url, data=told)
    (made,) = await second.scalars(select(Appointment))
    assert (made.mother_id, made.kind, made.guide) == (desk.fatou.id, "home", "Els")
    chats = select(Delivery.chat_id).where(Delivery.about == "appointment")
    assert set(await second.scalars(chats)) == {desk.fatou.chat_id}
    page = (await rose.get(f"{HOME}/afspraken")).text
    assert "huisbezoek" in page
    assert "1 gesprek" in page
    await rose.post(f"{HOME}/afspraken/{made.id}/verplaatsen", data={"day": "2026-11-27", "at": "11:00"})
    await rose.post(f"{HOME}/afspraken/{made.id}/afgelasten")
    await second.refresh(made)
    assert (local(made.starts_at).hour, made.state) == (11, "cancelled")
    await rose.post(f"{HOME}/afspraken/{made.id}/doorgaan")
    await second.refresh(made)
    assert made.state == "planned"


async def test_the_way_is_kept_with_its_photos(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    url = f"{HOME}/weg/{desk.group.id}"
    assert (await rose.post(url, data={"line": "12"})).status_code == 422
    await rose.post(url, data={"line": "12", "stop": "Kerk"}, files={"deur": ("d.png", photo())})
    way = await second.get(Way, desk.group.id)
    assert way is not None
    assert (way.line, way.stop, way.stop_photo) == ("12", "Kerk", None)
    media = await second.get(Media, way.door_photo)
    assert media is not None
    assert (desk.media / media.name).is_file()
    assert (await rose.get(f"{url}/deur.jpg")).status_code == 200
    assert (await rose.get(f"{url}/halte.jpg")).status_code == 404
    await rose.post(url, data={"line": "12", "stop": "Kerk", "deur_weg": "yes"})
    await second.refresh(way)
    assert way.door_photo is None


async def test_the_feed_is_open_to_its_secret_and_to_nothing_else(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    page = (await rose.post(f"{HOME}/delen/{desk.group.id}/adres")).text
    found = re.search(r'value="http://desk\.test(/console/agenda/[\w-]+\.ics)"', page)
    assert found is not None
    stranger = desk.browser()
    answer = await stranger.get(found[1])
    assert answer.headers["content-type"].startswith("text/calendar")
    assert answer.content.count(b"BEGIN:VEVENT") == 8
    for wrong in ("/console/agenda/x.ics", "/console/agenda/" + "y" * 43 + ".ics", found[1].replace(".ics", "z.ics")):
        assert (await stranger.get(wrong)).status_code == 404
    (feed,) = await second.scalars(select(Feed))
    await rose.post(f"{HOME}/delen/{desk.group.id}/stoppen", data={"adres": str(feed.id)})
    assert (await stranger.get(found[1])).status_code == 404


async def test_a_calendar_file_is_looked_at_and_then_taken_in(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = f"{HOME}/delen/{desk.group.id}"
    assert (await rose.post(f"{url}/bestand", files={"bestand": ("x.ics", b"nonsense")})).status_code == 422
    data = ics("20261202T140000", "20261126T090000", "20261101T100000")
    look = (await rose.post(f"{url}/bestand", files={"bestand": ("x.ics", data)})).text
    assert "Staat er al." in look
    rows = [value.replace("&#34;", '"') for value in re.findall(r'name="row" value="([^"]+)"', look)]
    assert len(rows) == 1
    before = len(list(await second.scalars(select(Meeting))))
    for _ in range(2):  # the second time makes nothing
        await rose.post(f"{url}/maken", data={"row": rows, "kind": "excursion"})
    made = list(await second.scalars(select(Meeting).order_by(Meeting.id)))
    assert len(made) == before + 1
    assert (local(made[-1].starts_at).isoformat()[:16], made[-1].kind) == ("2026-12-02T14:00", "excursion")
    assert (await rose.post(f"{url}/maken", data={"row": ["[1,2]"]})).status_code == 422


PAGES = ("", "/afspraken", "/ritme", "/vrij", "/weg", "/delen", "/blad", "/extra")


@pytest.mark.parametrize("page", PAGES)
async def test_another_groups_calendar_is_not_there(desk: Desk, page: str) -> None:
    dirk = await desk.inside(desk.dirk)
    assert (await dirk.get(f"{HOME}{page}?groep={desk.group.id}")).status_code in (
        (404,) if page != "/extra" else (200,)
    )
    if page == "/extra":
        assert "Mama Leert" not in (await dirk.get(f"{HOME}{page}?groep={desk.group.id}")).text


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("ritme/{g}", RHYTHM),
        ("vrij/{g}", {"name": "x", "first": "2026-12-07", "closed": "yes", "sure": "yes"}),
        ("afspraken/{g}", {"mother": "{m}", "day": "2026-11-27", "at": "10:00", "guide": "x"}),
        ("weg/{g}", {"line": "1", "stop": "x"}),
        ("delen/{g}/adres", {}),
        ("delen/{g}/maken", {"row": '["2026-12-02","14:00","15:00",""]'}),
        ("{n}/wat", {"kind": "play"}),
        ("{n}/aanwezig", {"mothers": "1", "children": "1"}),
        ("{n}/afgelasten", {}),
    ],
)
async def test_neither_a_stranger_nor_a_volunteer_can_change_it(desk: Desk, path: str, data: dict[str, Any]) -> None:
    url = f"{HOME}/{path.format(g=desk.group.id, n=desk.coming[0].id)}"
    filled = {name: str(value).format(m=desk.fatou.id) if "{" in str(value) else value for name, value in data.items()}
    dirk, vera = await desk.inside(desk.dirk), await desk.inside(desk.vera)
    assert (await dirk.post(url, data=filled)).status_code == 404
    assert (await vera.post(url, data=filled)).status_code == 403
    assert (await desk.browser().post(url, data=filled)).headers["location"].endswith("/login")


async def test_a_volunteer_sees_the_agenda_and_the_sheet_and_no_button(desk: Desk) -> None:
    vera = await desk.inside(desk.vera)
    page = (await vera.get(HOME)).text
    assert "afgelasten" not in page
    assert "Ritme en uren" not in page
    assert (await vera.get(f"{HOME}/ritme")).status_code == 403
    assert (await vera.get(f"{HOME}/blad")).status_code == 200


async def test_over_is_over_even_for_an_old_page(desk: Desk) -> None:
    desk.clock.offset += wall("2026-11-27 12:00") - desk.clock.now()
    rose = await desk.inside(desk.rose)
    for act in ("afgelasten", "verplaatsen", "plaats", "wat"):
        assert (await rose.get(f"{HOME}/{desk.coming[0].id}/{act}")).status_code == 404


async def test_a_moment_that_cannot_be_is_no_moment(desk: Desk, rose: httpx.AsyncClient) -> None:
    for was in ("2026-99-99T99:99", "gisteren", "2026-11-26T09:00"):
        answer = await rose.get(f"/console/bijeenkomsten/{desk.coming[0].id}", params={"was": was})
        assert answer.status_code == 200, was
