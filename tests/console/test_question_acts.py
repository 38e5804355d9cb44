"""Around a question at the desk: ready answers, interpreters, notes, barriers, topics, absences, the red bar."""

from __future__ import annotations

import asyncio
import datetime as dt
import re

import httpx
import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import away, inbox
from bot.db.inbox_models import Absence, Interpreting, QuestionBarrier, QuestionNote
from bot.db.models import Delivery, Question, Staff
from tests.care.conftest import make_staff
from tests.console.conftest import Desk
from tests.console.test_questions import HTMX, told


async def test_a_ready_answer_is_searched_looked_at_with_its_voice_and_sent(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.fatou, "combien coûte la crèche")
    url = f"/console/vragen/{question.id}/klaar"
    listed = (await rose.get(url)).text
    assert "past bij haar woorden" in listed
    assert listed.index("Wat kost opvang?") < listed.index("Opvang zoeken")
    searched = (await rose.get(url, params={"zoek": "wennen"})).text
    assert "Wennen in de opvang" in searched
    assert "Wat kost opvang?" not in searched
    assert "Geen antwoord met deze woorden" in (await rose.get(url, params={"zoek": "xyzzy"})).text
    shown = (await rose.get(f"{url}/opvang_prijs")).text
    assert "dit hoort Fatou" in shown
    assert "Dit antwoord zegt niet: wie mag komen, in welke taal ze daar kan praten." in shown
    assert "Dit antwoord zegt niet" not in (await rose.get(f"{url}/opvang_wennen")).text
    assert "Dans beaucoup de" in shown or "crèche" in shown
    sounds = re.findall(r'src="(/console/vragen/\d+/klaar/opvang_prijs/klank/(?:fr|nl)/\d+)"', shown)
    assert {s.split("/")[-2] for s in sounds} == {"fr", "nl"}
    sound = await rose.get(sounds[0])
    assert (sound.headers["content-type"], sound.content[:4]) == ("audio/ogg", b"OggS")
    assert (await rose.post(f"{url}/opvang_prijs")).headers["location"] == "/console/vragen?gedaan=verstuurd"
    assert "fr" in {u.lang for u in await told(second, desk.fatou)}
    answered = (await rose.get("/console/vragen?lijst=answered")).text
    assert "Klaar antwoord: Wat kost opvang?" in answered


async def test_a_ready_answer_after_a_colleague_was_quicker_asks_first(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    els = await desk.inside(desk.els)
    await els.post(f"/console/vragen/{question.id}/antwoord", data={"text": "Van Els"})
    url = f"/console/vragen/{question.id}/klaar/opvang_prijs"
    late = await rose.post(url)
    assert late.status_code == 409
    assert "al geantwoord door Els" in late.text
    before = len(await told(second, desk.amina))
    assert (await rose.post(url, data={"more": "yes"})).status_code == 303
    assert len(await told(second, desk.amina)) > before
    assert (await rose.get(f"/console/vragen/{question.id}/klaar/geen_onderwerp")).status_code == 404


async def test_interpreters_are_asked_from_the_desk_and_told_when_there_are_none(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, "Waar is het?")
    assert "Vraag een tolk" not in (await rose.get("/console/vragen")).text
    assert "gedaan=geen-tolk" in (await rose.post(f"/console/vragen/{question.id}/tolk")).headers["location"]
    async with desk.db.begin() as session:
        samira = await make_staff(session, "Samira", "interpreter", desk.group)
        samira.langs = ["ar"]
    assert "Vraag een tolk" in (await rose.get("/console/vragen")).text
    card = await rose.post(f"/console/vragen/{question.id}/tolk", headers=HTMX)
    assert "Gevraagd aan de tolken Arabisch" in card.text
    assert len(list(await second.scalars(select(Interpreting)))) == 1
    assert "Waar is het?" in (await rose.get("/console/vragen?lijst=handed")).text
    hers = await desk.inside(samira)
    assert "Waar is het?" in (await hers.get("/console/vragen")).text
    await hers.post(f"/console/vragen/{question.id}/antwoord", data={"text": "هنا"})
    assert (await second.get_one(Question, question.id)).answered_by == samira.id


async def test_notes_and_barriers_are_kept_beside_the_question(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    url = f"/console/vragen/{question.id}"
    assert "Bel het loket." in (await rose.post(f"{url}/notitie", data={"note": "Bel het loket."}, headers=HTMX)).text
    await rose.post(f"{url}/drempels", data={"drempel": ["cost", "papers", "nonsense"]})
    card = (await rose.get(url)).text
    assert 'text-bg-secondary">te duur' in card
    assert len(re.findall(r'value="(?:cost|papers)"[^>]* checked', card)) == 2
    assert {row.barrier for row in await second.scalars(select(QuestionBarrier))} == {"cost", "papers"}
    (note,) = list(await second.scalars(select(QuestionNote)))
    els = await desk.inside(desk.els)
    assert "Bel het loket." in (await els.get(url)).text
    assert "Notitie wissen" not in (await els.get(url)).text
    await els.post(f"{url}/notitie/{note.id}/weg")
    assert list(await second.scalars(select(QuestionNote))) != []
    await rose.post(f"{url}/notitie/{note.id}/weg")
    assert list(await second.scalars(select(QuestionNote))) == []
    assert not [d for d in await second.scalars(select(Delivery)) if "Bel het loket." in str(d.utterance)]


async def test_a_stranger_finds_none_of_it(desk: Desk) -> None:
    question = await desk.asks(desk.amina, "Dag")
    dirk = await desk.inside(desk.dirk)
    url = f"/console/vragen/{question.id}"
    for path in ("", "/klaar", "/klaar/opvang_prijs", "/klaar/opvang_prijs/klank/ar/0"):
        assert (await dirk.get(url + path)).status_code == 404, path
    for path in ("/klaar/opvang_prijs", "/tolk", "/notitie", "/drempels"):
        assert (await dirk.post(url + path)).status_code == 404, path
    assert (await dirk.get(f"/console/onderwerpen/nieuw/{question.id}")).status_code == 404


async def test_an_answer_becomes_a_topic_without_names(desk: Desk, rose: httpx.AsyncClient) -> None:
    question = await desk.asks(desk.amina, "Dag")
    await rose.post(f"/console/vragen/{question.id}/antwoord", data={"text": "Amina, vraag het aan de school."})
    form = (await rose.get(f"/console/onderwerpen/nieuw/{question.id}")).text
    assert ">vraag het aan de school.</textarea>" in form
    url = f"/console/onderwerpen/nieuw/{question.id}"
    draft = {"category": "school", "label": "Schoolreis", "text": "Amina vraagt het aan de school."}
    refused = await rose.post(url, data=draft)
    assert refused.status_code == 422
    assert "Hierin staat een voornaam: Amina." in refused.text
    assert ">Amina vraagt het aan de school.</textarea>" in refused.text
    number = await rose.post(url, data={**draft, "text": "Bel 0470 12 34 56."})
    assert "een lang nummer" in number.text
    saved = await rose.post(url, data={**draft, "text": "Vraag het aan de school.", "asked": "Mag mijn kind mee?"})
    where = saved.headers["location"].split("?")[0]
    assert where == "/console/onderwerpen/school_schoolreis"
    file = await rose.get(f"{where}/bestand")
    assert "attachment" in file.headers["content-disposition"]
    assert "# Zo werd het gevraagd: Mag mijn kind mee?" in file.text
    topic = yaml.safe_load(file.text)["topics"]["school_schoolreis"]
    assert (topic["label"], topic["text"], topic["facts"]) == ("Schoolreis", "Vraag het aan de school.", [])
    assert (desk.media.parent / "drafts" / "faq" / "school_schoolreis.yaml").read_text("utf-8") == file.text
    assert "school_schoolreis" in (await rose.get("/console/onderwerpen")).text
    await rose.post(f"{where}/weg")
    assert (await rose.get(where)).status_code == 404
    assert "Nog geen ontwerpen" in (await rose.get("/console/onderwerpen")).text


async def test_away_days_are_set_and_ended(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    assert "Wie vervangt je?" in (await rose.get("/console/afwezig")).text
    first = desk.clock.now().date()
    data = {"eerste": first.isoformat(), "laatste": (first + dt.timedelta(days=3)).isoformat(), "wie": desk.els.id}
    assert "gedaan=weg" in (await rose.post("/console/afwezig", data=data)).headers["location"]
    assert "Els vervangt je" in (await rose.get("/console/afwezig")).text
    els = await desk.inside(desk.els)
    assert "Jij vervangt vandaag: Rose." in (await els.get("/console/afwezig")).text
    wrong = await rose.post("/console/afwezig", data={**data, "laatste": "2026-01-01"})
    assert (wrong.status_code, "vóór de eerste" in wrong.text) == (422, True)
    (row,) = list(await second.scalars(select(Absence)))
    assert (await els.post(f"/console/afwezig/{row.id}/einde")).status_code == 404
    await rose.post(f"/console/afwezig/{row.id}/einde")
    assert list(await second.scalars(select(Absence))) == []


async def test_a_deputy_sees_the_questions_of_the_group_in_the_browser(desk: Desk) -> None:
    await desk.asks(desk.amina, "Wie antwoordt mij?")
    async with desk.db.begin() as session:
        rose, dirk = await session.get_one(Staff, desk.rose.id), await session.get_one(Staff, desk.dirk.id)
        today = desk.clock.now().date()
        await away.add(session, rose, dirk, today, today, desk.clock.now())
    browser = await desk.inside(desk.dirk)
    assert "Wie antwoordt mij?" in (await browser.get("/console/vragen")).text
    assert "Mama Leert" in (await browser.get("/console/aankondigen")).text


async def test_an_urgent_question_is_a_red_bar_on_every_page(desk: Desk, rose: httpx.AsyncClient) -> None:
    bar = "1 dringende vraag wacht op antwoord."
    assert bar not in (await rose.get("/console/bijeenkomsten")).text
    question = await desk.asks(desk.amina, "Help", urgent=True)
    for path in ("bijeenkomsten", "aankondigen", "vragen", "huis"):
        assert (await rose.get(f"/console/{path}")).text.count(bar) == 1, path
    vera = await desk.inside(desk.vera)
    assert bar not in (await vera.get("/console/bijeenkomsten")).text
    await rose.post(f"/console/vragen/{question.id}/antwoord", data={"text": "Ik bel je."})
    assert bar not in (await rose.get("/console/bijeenkomsten")).text


async def test_a_question_from_an_answer_names_the_answer(desk: Desk, rose: httpx.AsyncClient) -> None:
    from bot.messages import Heard

    async with desk.db.begin() as session:
        heard = Heard("text", desk.amina.chat_id, text="En hoe?")
        amina = await session.merge(desk.amina)
        await inbox.ask(session, amina, heard, None, desk.clock.now(), topic=("opvang_prijs", "Wat kost opvang?"))
    assert "Ze luisterde net naar “Wat kost opvang?”." in (await rose.get("/console/vragen")).text


async def test_of_two_answers_in_the_same_instant_exactly_one_is_hers(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    els, url = await desk.inside(desk.els), f"/console/vragen/{question.id}/antwoord"
    answers = await asyncio.gather(*(b.post(url, data={"text": f"Van {n}"}) for n, b in enumerate((rose, els) * 3)))
    assert sorted(a.status_code for a in answers) == [303, 409, 409, 409, 409, 409]
    said = [u.text for u in await told(second, desk.amina) if u.text.startswith("Van ")]
    assert len(said) == 1
    late = [a.text for a in answers if a.status_code == 409]
    assert all(re.search(r">Van \d</textarea>", page) for page in late)
