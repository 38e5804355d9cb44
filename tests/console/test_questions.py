"""Questions at the desk: seen, heard, answered by typing or speaking, handed over; two people at once do not collide."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import inbox
from bot.care.content import Content
from bot.db.models import Delivery, Media, Mother, Question, QuestionPart, Staff
from bot.messages import Utterance, from_json
from tests.care.conftest import NOON
from tests.console.conftest import Desk
from tests.journeys.scripted import pitch, tone

HTMX = {"hx-request": "true"}


async def told(second: AsyncSession, mother: Mother) -> list[Utterance]:
    """What lies in her outbox as an answer."""
    query = select(Delivery.utterance).where(Delivery.chat_id == mother.chat_id, Delivery.about == "answer")
    return [from_json(Utterance, row) for row in await second.scalars(query.order_by(Delivery.id))]


async def test_urgent_questions_come_first_then_the_oldest(desk: Desk, rose: httpx.AsyncClient) -> None:
    await desk.asks(desk.amina, "Hoeveel kost opvang?")
    desk.clock.move(dt.timedelta(minutes=65))
    await desk.asks(desk.fatou, "Mon bébé a de la fièvre", urgent=True)
    text = (await rose.get("/console/vragen")).text
    assert text.index("Mon bébé") < text.index("Hoeveel kost opvang?")
    assert "wacht 1 u 5 min" in text
    assert "2 open vragen." in text
    assert ">Amina <small>Arabisch</small>" in text


async def test_a_typed_answer_reaches_her_and_is_shown_as_answered(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, "Hoeveel kost opvang?")
    answer = await rose.post(f"/console/vragen/{question.id}/antwoord", data={"text": "Dat hangt af van je inkomen."})
    assert answer.headers["location"] == "/console/vragen?gedaan=verstuurd"
    said = await told(second, desk.amina)
    assert any("Rose" in u.text for u in said)
    assert "Dat hangt af van je inkomen." in [u.text for u in said]
    row = await second.get(Question, question.id)
    assert row is not None
    assert (row.state, row.answered_by) == ("answered", desk.rose.id)
    text = (await rose.get("/console/vragen?lijst=answered")).text
    assert "Dat hangt af van je inkomen." in text
    assert "onderweg" in text


async def test_a_spoken_answer_arrives_as_the_same_tone(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, media=await desk.voice())
    files = {"voice": ("stem.ogg", tone(660, 2.0), "audio/webm")}
    answer = await rose.post(f"/console/vragen/{question.id}/antwoord", files=files, headers=HTMX)
    assert answer.status_code == 200
    assert "data-done" in answer.text
    (media,) = list(await second.scalars(select(Media).where(Media.staff_id == desk.rose.id)))
    assert (media.kind, media.mime, media.seconds) == ("voice", "audio/ogg", 2)
    assert abs(pitch((desk.media / media.name).read_bytes()) - 660) < 5
    assert [u.media for u in await told(second, desk.amina) if u.media] == [media.name]


async def test_a_file_that_is_no_sound_is_refused_kindly_and_nothing_typed_is_lost(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    answer = await rose.post(
        f"/console/vragen/{question.id}/antwoord",
        data={"text": "Bijna klaar"},
        files={"voice": ("kat.jpg", b"\xff\xd8 no sound at all", "image/jpeg")},
    )
    assert answer.status_code == 422
    assert "Dit geluid kan ik niet lezen" in answer.text
    assert ">Bijna klaar</textarea>" in answer.text
    assert await told(second, desk.amina) == []
    empty = await rose.post(f"/console/vragen/{question.id}/antwoord", data={"text": "  "})
    assert (empty.status_code, "Spreek iets in of typ iets." in empty.text) == (422, True)
    long = await rose.post(f"/console/vragen/{question.id}/antwoord", data={"text": "a" * 2001})
    assert long.status_code == 422


async def test_of_two_who_answer_at_once_the_second_is_told_and_loses_nothing(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    els = await desk.inside(desk.els)
    url = f"/console/vragen/{question.id}/antwoord"
    assert (await els.post(url, data={"text": "Van Els"})).status_code == 303
    late = await rose.post(url, data={"text": "Van Rose"}, files={"voice": ("v.ogg", tone(500, 1.5), "audio/ogg")})
    assert late.status_code == 409
    assert "Op deze vraag is al geantwoord door Els." in late.text
    assert ">Van Rose</textarea>" in late.text
    (media,) = list(await second.scalars(select(Media).where(Media.staff_id == desk.rose.id)))
    assert f'name="kept" value="{media.id}"' in late.text
    assert "Van Rose" not in [u.text for u in await told(second, desk.amina)]
    again = await rose.post(url, data={"text": "Van Rose", "more": "yes", "kept": str(media.id)})
    assert again.status_code == 303
    assert media.name in [u.media for u in await told(second, desk.amina)]


async def test_what_i_am_answering_stays_on_my_page_when_a_colleague_is_quicker(
    desk: Desk, rose: httpx.AsyncClient, content: Content
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    async with desk.db.begin() as session:
        els = await session.get_one(Staff, desk.els.id)
        row = await session.get_one(Question, question.id)
        await inbox.answer(session, content, els, row, text="Van Els", now=desk.clock.now())
    gone = await rose.get("/console/vragen?lijst=open", headers=HTMX)
    kept = await rose.get(f"/console/vragen?lijst=open&keep={question.id}", headers=HTMX)
    assert f'id="q{question.id}"' not in gone.text
    assert "Alles is beantwoord" in gone.text
    assert f'id="q{question.id}"' in kept.text
    assert "al geantwoord door Els" in kept.text
    assert "Geen open vragen." in kept.text


async def test_no_reply_needed_and_back(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    question = await desk.asks(desk.amina, "Dank je!")
    assert "afgesloten" in (await rose.post(f"/console/vragen/{question.id}/geen-antwoord")).headers["location"]
    assert "gedaan=al" in (await rose.post(f"/console/vragen/{question.id}/geen-antwoord")).headers["location"]
    assert "Je vond geen antwoord nodig." in (await rose.get("/console/vragen?lijst=answered")).text
    await rose.post(f"/console/vragen/{question.id}/heropenen")
    assert "Dank je!" in (await rose.get("/console/vragen")).text
    assert await told(second, desk.amina) == []


async def test_a_question_can_be_handed_to_a_colleague(desk: Desk, rose: httpx.AsyncClient) -> None:
    question = await desk.asks(desk.amina, "Voor wie Frans kan")
    els = await desk.inside(desk.els)
    assert "Niemand gaf een vraag" in (await els.get("/console/vragen?lijst=mine")).text
    await rose.post(f"/console/vragen/{question.id}/doorgeven", data={"aan": desk.els.id})
    assert "Voor wie Frans kan" in (await els.get("/console/vragen?lijst=mine")).text
    assert "Doorgegeven aan jou." in (await els.get("/console/vragen?lijst=mine")).text
    wrong = await rose.post(f"/console/vragen/{question.id}/doorgeven", data={"aan": desk.vera.id})
    assert wrong.status_code == 404


async def test_her_voice_is_played_with_a_fixed_type_and_in_parts(desk: Desk, rose: httpx.AsyncClient) -> None:
    media = await desk.voice()
    await desk.asks(desk.amina, media=media)
    assert f'src="/console/media/{media.name}"' in (await rose.get("/console/vragen")).text
    whole = await rose.get(f"/console/media/{media.name}")
    assert (whole.headers["content-type"], whole.headers["x-content-type-options"]) == ("audio/ogg", "nosniff")
    assert whole.content == (desk.media / media.name).read_bytes()
    part = await rose.get(f"/console/media/{media.name}", headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"OggS")


@pytest.mark.parametrize("name", ["nothing.ogg", "..%2fstapsteen.sqlite", "%2e%2e/secret"])
async def test_no_other_file_can_be_had(desk: Desk, rose: httpx.AsyncClient, name: str) -> None:
    (desk.media.parent / "secret").write_text("secret")
    assert (await rose.get(f"/console/media/{name}")).status_code == 404


async def test_an_answer_that_did_not_arrive_is_shown_with_the_open_question(
    desk: Desk, rose: httpx.AsyncClient
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    await rose.post(f"/console/vragen/{question.id}/antwoord", data={"text": "Hallo"})
    async with desk.db.begin() as session:
        amina = await session.get_one(Mother, desk.amina.id)
        amina.unreachable_at = desk.clock.now()
        for row in await session.scalars(select(Delivery).where(Delivery.about == "answer")):
            row.state, row.error = "failed", "Forbidden: bot was blocked by the user"
            await inbox.on_lost(session, row, desk.clock.now())
    text = (await rose.get("/console/vragen")).text
    assert "niet aangekomen" in text
    assert "Ze heeft de bot afgezet" in text


async def test_every_change_of_the_inbox_wakes_the_pages(desk: Desk, rose: httpx.AsyncClient) -> None:
    woken: list[set[str]] = []
    desk.db.on_commit(woken.append)
    question = await desk.asks(desk.amina, "Dag")
    assert "inbox" in woken[-1]
    await rose.post(f"/console/vragen/{question.id}/antwoord", data={"text": "Hallo"})
    assert "inbox" in woken[-1]


async def test_a_part_without_its_file_is_said_to_be_lost(desk: Desk, rose: httpx.AsyncClient) -> None:
    question = await desk.asks(desk.amina, "")
    async with desk.db.begin() as session:
        part = (await session.scalars(select(QuestionPart).where(QuestionPart.question_id == question.id))).one()
        part.kind = "voice"
    assert "niet bewaard" in (await rose.get("/console/vragen")).text


async def test_of_many_questions_a_page_shows_some_and_more_when_asked(desk: Desk, rose: httpx.AsyncClient) -> None:
    async with desk.db.begin() as session:
        asked = {"mother_id": desk.amina.id, "group_id": desk.group.id, "lang": "ar", "state": "open", "urgent": False}
        await session.execute(insert(Question), [asked | {"created_at": NOON} for _ in range(30)])
        last = max(await session.scalars(select(Question.id)))
    first = (await rose.get("/console/vragen")).text
    assert (first.count("data-question="), 'id="more"' in first) == (25, True)
    assert f'data-question="{last}"' not in first
    answering = (await rose.get(f"/console/vragen?lijst=open&keep={last}", headers=HTMX)).text
    assert f'data-question="{last}"' in answering  # what somebody is answering stays, wherever it stands
    whole = (await rose.get("/console/vragen?lijst=open&tot=50")).text
    assert (whole.count("data-question="), 'id="more"' in whole) == (30, False)
