"""The other pages: agenda, announcing, group, languages, house. What is pressed there is the same act as in Telegram."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import announcements, groups, headcount
from bot.care.content import Content
from bot.clock import local
from bot.console.page import hello
from bot.db.models import Announcement, Arrival, Delivery, Invite, Meeting, Mother
from bot.db.notes import note
from tests.care.conftest import NOON, make_mother
from tests.console.conftest import Desk


async def test_the_agenda_counts_mothers_and_children(desk: Desk, rose: httpx.AsyncClient) -> None:
    async with desk.db.begin() as session:
        for mother, said, children in ((desk.amina, "come", 2), (desk.fatou, "cannot", None)):
            row = await session.get_one(Mother, mother.id)
            await headcount.answer(session, row, desk.coming[0].id, said, NOON, children)
    text = (await rose.get("/console/bijeenkomsten")).text
    assert "👩 1 moeder<" in text
    assert "🧒 2 kinderen<" in text
    assert "✋ 1 kan niet" in text
    page = (await rose.get(f"/console/bijeenkomsten/{desk.coming[0].id}")).text
    assert re.search(r"Amina</td><td>komt</td><td>2<", page)


async def test_tomorrows_meeting_is_cancelled_with_one_confirmation_and_taken_back(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = f"/console/bijeenkomsten/{desk.coming[0].id}"
    assert f'href="{url}/afgelasten"' in (await rose.get("/console/bijeenkomsten")).text
    assert "Ja, afgelasten" in (await rose.get(f"{url}/afgelasten")).text
    assert "gedaan=afgelast" in (await rose.post(f"{url}/afgelasten")).headers["location"]
    assert "gedaan=zelfde" in (await rose.post(f"{url}/afgelasten")).headers["location"]
    assert "gedaan=gaat-door" in (await rose.post(f"{url}/doorgaan")).headers["location"]
    said = list(await second.scalars(select(Announcement.kind).order_by(Announcement.id)))
    assert said == ["cancelled", "goes_on"]


async def test_a_meeting_moves_and_a_day_off_is_asked_about_once(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = f"/console/bijeenkomsten/{desk.coming[0].id}/verplaatsen"
    asked = await rose.post(url, data={"day": "2026-12-25", "at": "10:00"})
    assert "Toch op die dag?" in asked.text
    assert (
        "gedaan=verplaatst"
        in (await rose.post(url, data={"day": "2026-12-25", "at": "10:00", "sure": "yes"})).headers["location"]
    )
    row = await second.get(Meeting, desk.coming[0].id)
    assert row is not None
    assert f"{local(row.starts_at):%Y-%m-%d %H:%M}" == "2026-12-25 10:00"


@pytest.mark.parametrize(
    ("day", "at", "says"),
    [
        pytest.param("2026-11-02", "09:00", "voorbij", id="in the past"),
        pytest.param("morgen", "09:00", "Kies een dag", id="no day"),
        pytest.param("2026-12-02", "", "Kies een uur", id="no hour"),
    ],
)
async def test_a_moment_that_cannot_be_is_refused_in_a_sentence(
    desk: Desk, rose: httpx.AsyncClient, day: str, at: str, says: str
) -> None:
    url = f"/console/bijeenkomsten/{desk.coming[0].id}/verplaatsen"
    answer = await rose.post(url, data={"day": day, "at": at, "sure": "yes"})
    assert answer.status_code == 422
    assert says in answer.text


async def test_a_meeting_is_held_elsewhere_and_back(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    url = f"/console/bijeenkomsten/{desk.coming[0].id}/plaats"
    assert (await rose.post(url, data={"name": "Bib", "pin": "hier"})).status_code == 422
    assert (await rose.post(url, data={"name": "Bib", "pin": "91.5, 4.4"})).status_code == 422
    await rose.post(url, data={"name": "Bib", "address": "Boekstraat 2", "pin": "51.03, 4.47"})
    row = await second.get(Meeting, desk.coming[0].id)
    assert row is not None
    assert (row.place, row.address, row.lat, row.lon) == ("Bib", "Boekstraat 2", 51.03, 4.47)
    assert "andere plaats" in (await rose.get("/console/bijeenkomsten")).text
    await rose.post(url, data={"usual": "yes"})
    await second.refresh(row)
    assert (row.place, row.lat) == ("", None)


async def test_one_more_meeting_leads_on_to_its_announcement(desk: Desk, rose: httpx.AsyncClient) -> None:
    form = {"group": desk.group.id, "day": "2026-12-02", "starts": "14:00", "ends": "16:00", "kind": "feast"}
    wrong = await rose.post("/console/bijeenkomsten/extra", data={**form, "ends": "13:00"})
    assert (wrong.status_code, "einduur" in wrong.text) == (422, True)
    nowhere = await rose.post("/console/bijeenkomsten/extra", data={**form, "address": "Boekstraat 2"})
    assert (nowhere.status_code, "naam van de plaats" in nowhere.text) == (422, True)
    where = {"name": "Bib", "address": "Boekstraat 2", "pin": "51.03, 4.47"}
    added = await rose.post("/console/bijeenkomsten/extra", data={**form, **where, "tell": "yes"})
    page = await rose.get(added.headers["location"])
    assert "Kom mee vieren" in page.text
    assert "De plaats is Bib." in page.text
    assert "Versturen naar 2 moeders" in page.text
    paid = await rose.post(
        "/console/bijeenkomsten/extra", data={**form, "day": "2026-12-03", "price": "3 euro", "tell": "yes"}
    )
    assert "Extra bijeenkomst" in (await rose.get(paid.headers["location"])).text


async def test_an_announcement_is_looked_at_sent_counted_and_stopped(
    desk: Desk, rose: httpx.AsyncClient, content: Content
) -> None:
    meeting = str(desk.coming[0].id)
    made = await rose.post(f"/console/aankondigen/nieuw/{desk.group.id}/celebrate", data={"meeting": meeting})
    url = made.headers["location"]
    page = (await rose.get(url)).text
    assert "Arabisch <small>1 moeder" in page
    assert "Frans <small>1 moeder" in page
    assert 'dir="rtl"' in page
    players = re.findall(r'src="(/console/aankondigen/\d+/klank/fr/\d+)"', page)
    sound = await rose.get(players[0])
    assert (sound.headers["content-type"], sound.content[:4]) == ("audio/ogg", b"OggS")
    assert "vertrekt" in (await rose.post(f"{url}/versturen")).headers["location"]
    counts = (await rose.get(url, headers={"hx-request": "true"})).text
    assert "0 van 2 aangekomen" in counts
    assert 'hx-trigger="every 2s"' in counts
    async with desk.db.begin() as session:
        assert await announcements.fan_out_one(session, content, desk.clock.now())
        for row in await session.scalars(select(Delivery).where(Delivery.mother_id == desk.amina.id)):
            row.state = "sent"
    assert "1 van 2 aangekomen" in (await rose.get(url)).text
    await rose.post(f"{url}/stoppen")
    stopped = (await rose.get(url, headers={"hx-request": "true"})).text
    assert "1 gestopt" in stopped
    assert "every 2s" not in stopped


async def test_own_words_become_a_draft_and_a_draft_can_be_dropped(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    form = f"/console/aankondigen/eigen/{desk.group.id}"
    assert (await rose.post(form, data={"text": " "})).status_code == 422
    url = (await rose.post(form, data={"text": "Breng een jas mee"})).headers["location"]
    assert "Breng een jas mee" in (await rose.get(url)).text
    await rose.post(f"{url}/stoppen")
    assert list(await second.scalars(select(Announcement.state))) == ["stopped"]
    assert "niet verstuurd" in (await rose.get(url)).text


@pytest.mark.parametrize("kind", ["cancelled", "own", "withdrawn", "nothing"])
async def test_only_what_may_be_chosen_can_be_announced(desk: Desk, rose: httpx.AsyncClient, kind: str) -> None:
    form = {"meeting": str(desk.coming[0].id)}
    assert (await rose.post(f"/console/aankondigen/nieuw/{desk.group.id}/{kind}", data=form)).status_code == 404


async def test_a_day_of_ones_own_needs_a_day_and_an_hour(desk: Desk, rose: httpx.AsyncClient) -> None:
    url = f"/console/aankondigen/nieuw/{desk.group.id}/celebrate"
    assert "Kies een bijeenkomst of een dag" in (await rose.post(url, data={"day": ""})).text
    assert "Kies ook een uur" in (await rose.post(url, data={"day": "2026-12-04"})).text
    assert (await rose.post(url, data={"day": "2026-12-04", "at": "14:00"})).status_code == 303
    assert "/afgelasten" in (await rose.get(f"/console/aankondigen/nieuw/{desk.group.id}/cancelled")).text


async def test_the_group_page_admits_from_the_waiting_list(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    async with desk.db.begin() as session:
        selam = await make_mother(session, "Selam", "ti", group_id=desk.group.id, status="waiting")
    text = (await rose.get("/console/groep")).text
    assert "Wachtlijst (1)" in text
    assert "Moeders: 2 van 12" in text
    url = f"/console/groep/{desk.group.id}/toelaten"
    assert "toegelaten" in (await rose.post(url, data={"moeder": selam.id})).headers["location"]
    assert "zelfde" in (await rose.post(url, data={"moeder": selam.id})).headers["location"]
    assert await second.scalar(select(Mother.status).where(Mother.id == selam.id)) == "member"
    assert await second.scalar(select(Delivery.id).where(Delivery.chat_id == selam.chat_id).limit(1))


async def test_an_invitation_greets_in_its_language_and_its_code_lets_her_in(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession, content: Content
) -> None:
    url = f"/console/groep/{desk.group.id}/uitnodiging"
    assert (await rose.post(url, data={"lang": "fr"})).status_code == 503
    async with desk.db.begin() as session:
        await note(session, "bot", {"id": 1, "username": "stap_bot"})
    page = (await rose.post(url, data={"lang": "fr"})).text
    assert hello(content.languages["fr"].greeting) in page
    assert 'src="data:image/svg+xml' in page
    code = re.findall(r"t\.me/stap_bot\?start=([\w-]+)", page)[0]
    async with desk.db.begin() as session:
        found = await groups.by_code(session, code, NOON)
        assert not isinstance(found, str)
        assert found is not None
        assert found.id == desk.group.id
    assert (await rose.post(url, data={"lang": "xx"})).status_code == 404
    await rose.post(f"/console/groep/{desk.group.id}/links-stoppen")
    ends = list(await second.scalars(select(Invite.expires_at)))
    assert all(end is not None and end <= desk.clock.now() for end in ends)


async def test_the_languages_page_says_what_is_missing_and_who_speaks(desk: Desk, rose: httpx.AsyncClient) -> None:
    text = (await rose.get("/console/talen")).text
    somali = text[text.index('id="t-so"') :][:900]
    assert "nog niet te kiezen" in somali
    assert "computerstem" in text
    one = (await rose.get("/console/talen/fr?deel=welcome")).text
    key = re.findall(r"/console/talen/fr/klank/([\w.]+)", one)[0]
    sound = await rose.get(f"/console/talen/fr/klank/{key}")
    assert sound.content[:4] == b"OggS"
    for wrong in ("xx", "ary"):
        assert (await rose.get(f"/console/talen/{wrong}")).status_code == 404


async def test_the_house_page_says_what_went_wrong(desk: Desk, rose: httpx.AsyncClient) -> None:
    assert "De bot is bereikbaar" in (await rose.get("/console/huis")).text
    async with desk.db.begin() as session:
        await note(session, "sending", {"ok": False, "why": "Unauthorized", "at": NOON.isoformat()})
        session.add(
            Arrival(
                channel="telegram:1",
                update_id=9,
                chat_id=desk.amina.chat_id,
                raw={},
                received_at=NOON,
                due_at=NOON,
                handled_at=NOON,
                parked_at=NOON,
            )
        )
        session.add(
            Delivery(
                unique_key="x",
                token="t",
                chat_id=desk.fatou.chat_id,
                mother_id=desk.fatou.id,
                state="failed",
                due_at=NOON,
                utterance={"kind": "text"},
                about="reminder",
                created_at=NOON,
                error="Forbidden: bot was blocked by the user",
            )
        )
    text = (await rose.get("/console/huis")).text
    assert "Er is een probleem met Telegram" in text
    assert re.search(r"Fatou</td><td>herinnering</td><td>Ze heeft de bot afgezet\.", text)
    assert re.search(r"<li>Amina, ", text)
    assert re.search(r"Vera</td><td>vrijwilliger", text)
    assert "Dirk" not in text
