"""The pages of what a group lives through: questions in pictures, stepping stones, the year; nobody of another group comes in."""

from __future__ import annotations

import datetime as dt
import re

import httpx
import pytest
from sqlalchemy import select

from bot.care import announcements, groups, polls, registration, stones
from bot.db.cohort_models import Poll, Stone
from bot.db.models import Announcement, Group, Media, Mother
from tests.care.conftest import NOON, said_to
from tests.console.conftest import BASE, Desk
from tests.journeys.scripted import tone


async def _page(browser: httpx.AsyncClient, path: str) -> str:
    answer = await browser.get(BASE + path)
    assert answer.status_code == 200, path
    return answer.text


async def _post(browser: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    return await browser.post(BASE + path, data=form)


async def test_a_ready_question_goes_to_the_group_once(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    page = await _page(rose, f"/groep/{desk.group.id}/vragen")
    assert "Nog niets gevraagd" in page
    assert "Wat heb je nodig om je welkom te voelen?" in page
    for _ in range(2):
        answer = await _post(rose, f"/groep/{desk.group.id}/vragen/welcome/stuur")
        assert answer.status_code == 303
    async with desk.db.begin() as session:
        poll = (await session.scalars(select(Poll))).one()
        assert poll.asked == 2
        await polls.vote(session, await session.get_one(Mother, desk.amina.id), poll, "drink", desk.clock.now())
    page = await _page(rose, f"/groep/{desk.group.id}/vragen")
    assert "1 van 2 antwoordden." in page
    assert "Amina" not in page
    assert (await _post(rose, f"/groep/{desk.group.id}/vragen/{poll.id}/tonen")).status_code == 303
    assert (await _post(rose, f"/groep/{desk.group.id}/vragen/{poll.id}/stoppen")).status_code == 303
    assert "gesloten" in await _page(rose, f"/groep/{desk.group.id}/vragen")


async def test_trust_below_five_answers_shows_nothing(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    await _post(rose, f"/groep/{desk.group.id}/vragen/trust/stuur", moment="start")
    async with desk.db.begin() as session:
        poll = (await session.scalars(select(Poll))).one()
        await polls.vote(session, await session.get_one(Mother, desk.amina.id), poll, "trust1", desk.clock.now())
    page = await _page(rose, f"/groep/{desk.group.id}/vragen")
    assert "Minder dan 5 antwoorden" in page
    assert not re.search(r"<progress", page)


async def test_an_own_question_is_spoken_and_heard(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    wrong = await _post(rose, f"/groep/{desk.group.id}/vragen/eigen", text="", choices="yesno")
    assert wrong.status_code == 422
    sound = {"voice": ("vraag.wav", tone(440, 2), "audio/wav")}
    sent = await rose.post(f"{BASE}/groep/{desk.group.id}/vragen/eigen", data={"choices": "yesno"}, files=sound)
    assert sent.status_code == 303
    async with desk.db.begin() as session:
        heard = await said_to(session, desk.amina.chat_id)
        names = list(await session.scalars(select(Media.name)))
    assert heard[0].media in names
    assert heard[-1].lang == "ar"


async def test_she_moves_a_stone_with_her_guide_and_sees_it(desk: Desk) -> None:
    els = await desk.inside(desk.els)
    assert "Nog niet begonnen" in await _page(els, f"/groep/{desk.group.id}/stapstenen")
    assert (await _post(els, f"/groep/{desk.group.id}/stapstenen/{desk.amina.id}", steen="hear")).status_code == 303
    page = await _page(els, f"/groep/{desk.group.id}/stapstenen")
    assert "1 van 8" in page
    async with desk.db.begin() as session:
        assert (await session.get_one(Stone, desk.amina.id)).stone == "hear"
        assert (await said_to(session, desk.amina.chat_id))[0].picture
    assert (await _post(els, f"/groep/{desk.group.id}/stapstenen/{desk.amina.id}", steen="moon")).status_code == 404


async def test_the_path_is_changed_without_code(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    async with desk.db.begin() as session:
        ids = [step.id for step in await stones.path(session, desk.app.state.desk.content, desk.group.id)]
    shown = {f"toon-{one}": "ja" for one in ids if one != "goodbye"}
    form = {**shown, "naam-visit": "De Speelboot", "neer": "hear"}
    assert (await _post(rose, f"/groep/{desk.group.id}/stapstenen/pad/bewaren", **form)).status_code == 303
    async with desk.db.begin() as session:
        steps = await stones.path(session, desk.app.state.desk.content, desk.group.id)
    assert [s.id for s in steps[:2]] == ["desk", "hear"]
    assert {s.id for s in steps if s.hidden} == {"goodbye"}
    assert "De Speelboot" in {s.name for s in steps}
    nothing = await _post(rose, f"/groep/{desk.group.id}/stapstenen/pad/bewaren")
    assert nothing.status_code == 422


async def test_registration_dates_are_the_coordinators(desk: Desk) -> None:
    rose, path = await desk.inside(desk.rose), f"/groep/{desk.group.id}/jaar"
    assert "Inschrijven op school" in await _page(rose, path)
    assert (await _post(rose, f"{path}/inschrijven", opens="2027-02-23", closes="2027-03-16")).status_code == 303
    async with desk.db.begin() as session:
        period = await registration.of_group(session, desk.group.id)
        assert period
        assert (period.opens, period.closes) == (dt.date(2027, 2, 23), dt.date(2027, 3, 16))
    assert (await _post(rose, f"{path}/inschrijven", opens="2027-03-23", closes="2027-03-16")).status_code == 422
    assert (await _post(rose, f"{path}/inschrijven/weg")).status_code == 303


async def test_a_card_to_play_at_home_is_looked_at_first(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    made = await _post(rose, f"/groep/{desk.group.id}/jaar/spelen", text="Blaas samen bellen.")
    assert made.status_code == 303
    assert re.search(r"/aankondigen/\d+$", made.headers["location"])
    async with desk.db.begin() as session:
        draft = (await session.scalars(select(Announcement).where(Announcement.kind == "play_home"))).one()
        assert (draft.state, draft.text) == ("draft", "Blaas samen bellen.")
    assert (await _post(rose, f"/groep/{desk.group.id}/jaar/spelen")).status_code == 422


async def test_a_game_is_seen_and_heard_in_her_language_with_the_colleagues_own_voice(desk: Desk) -> None:
    rose = await desk.inside(desk.rose)
    assert "Kiekeboe" in await _page(rose, f"/groep/{desk.group.id}/jaar")
    made = await rose.post(
        f"/console/groep/{desk.group.id}/jaar/spelen",
        data={"spel": "play_peekaboo"},
        files={"voice": ("a.ogg", tone(440, 1.5), "audio/ogg")},
    )
    assert made.status_code == 303
    async with desk.db.begin() as session:
        draft = (await session.scalars(select(Announcement).where(Announcement.kind == "play_peekaboo"))).one()
        content = desk.app.state.desk.content
        said = await announcements.utterances(session, content, draft, "fr", NOON)
    pictures = [cell.symbol for u in said if u.picture for cell in u.picture.cells]
    assert pictures == ["play", "game-peekaboo"]
    assert [u.text for u in said if u.voice] == [
        "Voici un jeu pour la maison, avec ton enfant. Regarde et écoute. Tu n’es pas obligée de répondre.",
        "Joue à coucou avec ton enfant. Tiens un tissu devant ton visage. Baisse le tissu. Dis avec joie\u00a0: coucou\u00a0!",
    ]
    assert said[-1].media  # and then Rose herself, in Dutch: nobody said it in French


async def test_closing_asks_first_and_then_the_group_is_among_the_old_ones(desk: Desk) -> None:
    rose, path = await desk.inside(desk.rose), f"/groep/{desk.group.id}/jaar"
    assert "Er is nog geen groep afgesloten" in await _page(rose, "/groep/oud")
    assert (await _post(rose, f"{path}/afsluiten")).status_code == 422
    assert (await _post(rose, f"{path}/afsluiten", zeker="ja")).status_code == 303
    async with desk.db.begin() as session:
        assert (await session.get_one(Group, desk.group.id)).closed_at
        assert await groups.members(session, desk.group.id) == []
    assert desk.group.name in await _page(rose, "/groep/oud")
    assert "Een nieuw schooljaar" in await _page(rose, path)
    made = await _post(rose, f"{path}/kopie", first="2027-09-06", last="2028-06-30", name="")
    assert made.status_code == 303
    async with desk.db.begin() as session:
        new = (await session.scalars(select(Group).where(Group.first_day == dt.date(2027, 9, 6)))).one()
        assert new.name == desk.group.name


async def test_only_a_coordinator_closes(desk: Desk) -> None:
    els = await desk.inside(desk.els)
    answer = await _post(els, f"/groep/{desk.group.id}/jaar/afsluiten", zeker="ja")
    assert answer.status_code in (403, 404)


@pytest.mark.parametrize("path", ["vragen", "stapstenen", "jaar"])
async def test_it_is_not_there_for_others(desk: Desk, path: str) -> None:
    dirk, vera = await desk.inside(desk.dirk), await desk.inside(desk.vera)
    assert (await dirk.get(f"{BASE}/groep/{desk.group.id}/{path}")).status_code == 404
    assert (await vera.get(f"{BASE}/groep/{desk.group.id}/{path}")).status_code == 403
