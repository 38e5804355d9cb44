"""Announcing at the desk, further: later, put right, who comes, other voices, photos."""

from __future__ import annotations

import datetime as dt
import io
import re

import httpx
from PIL import Image
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import announcement_plans, announcement_voices, announcements, events, meetings, photos
from bot.db.inbox_models import AnnouncementVoice, Event, Interpreting
from bot.db.models import Announcement, Delivery, Media, Meeting
from tests.care.conftest import make_staff
from tests.console.conftest import Desk
from tests.journeys.scripted import pitch, tone

OWN = "/console/aankondigen/eigen"


async def own(desk: Desk, browser: httpx.AsyncClient, text: str = "Breng een jas mee.") -> str:
    made = await browser.post(f"{OWN}/{desk.group.id}", data={"text": text})
    return made.headers["location"]


async def fan_out(desk: Desk) -> None:
    async with desk.db.begin() as session:
        while await announcements.fan_out_one(session, desk.app.state.desk.content, desk.clock.now()):
            pass


async def said_to(second: AsyncSession, chat_id: int) -> str:
    rows = await second.scalars(select(Delivery).where(Delivery.chat_id == chat_id).order_by(Delivery.id))
    return "\n".join(str(row.utterance.get("text", "")) for row in rows)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "orange").save(out, "PNG")
    return out.getvalue()


async def test_an_announcement_is_planned_shown_and_taken_back(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = await own(desk, rose)
    done = await rose.post(f"{url}/plannen", data={"dag": "2026-11-25", "uur": "09:00"})
    assert "gedaan=gepland" in done.headers["location"]
    assert re.search(r"Gepland: morgen, woensdag, om 9(?:\.00)? uur", (await rose.get(url)).text)
    assert "Gepland" in (await rose.get("/console/aankondigen")).text
    await rose.post(f"{url}/niet-plannen")
    assert "Versturen naar 2 moeders" in (await rose.get(url)).text
    past = await rose.post(f"{url}/plannen", data={"dag": "2026-11-01", "uur": "09:00"}, follow_redirects=True)
    assert "in de toekomst" in past.text
    await rose.post(f"{url}/plannen", data={"dag": "2026-11-25", "uur": "09:00"})
    desk.clock.move(dt.timedelta(days=1))
    async with desk.db.begin() as session:
        assert await announcement_plans.fire_one(session, desk.app.state.desk.content, desk.clock.now())
    await fan_out(desk)
    assert "Breng een jas mee." in await said_to(second, desk.amina.chat_id)


async def test_what_was_wrong_is_put_right(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    url = await own(desk, rose, "Om tien uur.")
    await rose.post(f"{url}/versturen")
    await fan_out(desk)
    assert "Verbeteren" in (await rose.get(url)).text
    form = (await rose.post(f"{url}/verbeteren")).headers["location"]
    assert ">Om tien uur.</textarea>" in (await rose.get(form)).text
    new = (await rose.post(form, data={"text": "Om elf uur."})).headers["location"]
    assert "het vorige bericht niet juist" in (await rose.get(new)).text
    await rose.post(f"{new}/versturen")
    await fan_out(desk)
    assert "Ingetrokken." in (await rose.get(url)).text
    fatou = await said_to(second, desk.fatou.chat_id)
    assert "Voici le bon message." in fatou
    assert "Om elf uur." in fatou


async def test_a_ready_made_one_can_get_another_day_before_it_goes(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    made = await rose.post(
        f"/console/aankondigen/nieuw/{desk.group.id}/celebrate", data={"day": "2026-12-04", "at": "10:00"}
    )
    url = made.headers["location"]
    changed = {"dag": "2026-12-05", "uur": "14:30", "plaats": "Het park"}
    await rose.post(f"{url}/wijzigen", data=changed)
    (row,) = list(await second.scalars(select(Announcement)))
    assert (row.slots["day"], row.slots["time"], row.slots["place"]) == ("2026-12-05", "14:30", "Het park")
    assert (await rose.post(f"{url}/wijzigen", data={"dag": "x", "uur": "y"})).status_code == 422


async def test_it_may_be_elsewhere_and_staff_read_in_dutch_what_is_heard_then(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    told = {"day": "2026-11-27", "at": "10:00", "plaats": "Het park"}
    made = await rose.post(f"/console/aankondigen/nieuw/{desk.group.id}/excursion", data=told)
    url = made.headers["location"]
    assert "Kom vrijdag, om 10 uur. De plaats is Het park." in (await rose.get(url)).text
    await rose.post(f"{url}/plannen", data={"dag": "2026-11-26", "uur": "09:00"})
    assert "Kom morgen, vrijdag, om 10 uur." in (await rose.get(url)).text


async def test_an_event_may_be_online_and_its_link_is_a_button_that_is_spoken_of(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    url = await own(desk, rose, "Kom je kijken?")
    for bad in ("javascript:alert(1)", "huis.example", "https://", "https://a b.example"):
        wrong = await rose.post(f"{url}/wie-komt", data={"laatste": "2026-11-27", "link": bad})
        assert "fout=link" in wrong.headers["location"], bad
    link = "https://kijk.example/zaal?n=1"
    await rose.post(f"{url}/wie-komt", data={"laatste": "2026-11-27", "link": link})
    assert link.replace("&", "&amp;") in (await rose.get(url)).text
    await rose.post(f"{url}/versturen")
    await fan_out(desk)
    rows = await second.scalars(select(Delivery).where(Delivery.chat_id == desk.fatou.chat_id).order_by(Delivery.id))
    said = [(row.utterance.get("text"), row.utterance.get("buttons") or []) for row in rows]
    (opens,) = [text for text, buttons in said if any(b.get("url") == link for line in buttons for b in line)]
    assert opens == "Tu peux regarder sur ton téléphone. Appuie sur le bouton."


async def test_another_day_than_that_of_the_meeting_is_not_about_the_meeting_any_more(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    meeting = (await second.scalars(select(Meeting).order_by(Meeting.starts_at.desc()).limit(1))).one()
    made = await rose.post(f"/console/aankondigen/nieuw/{desk.group.id}/celebrate", data={"meeting": str(meeting.id)})
    await rose.post(f"{made.headers['location']}/wijzigen", data={"dag": "2027-01-05", "uur": "14:30"})
    (row,) = list(await second.scalars(select(Announcement)))
    assert (row.meeting_id, row.slots["day"]) == (None, "2027-01-05")
    assert "meeting" not in row.slots


async def test_what_was_said_of_a_changed_meeting_is_only_taken_back_at_the_meeting(
    desk: Desk, rose: httpx.AsyncClient
) -> None:
    async with desk.db.begin() as session:
        said = await meetings.cancel(session, desk.coming[0], desk.clock.now())
        assert said is not None
    await fan_out(desk)
    url = f"/console/aankondigen/{said.id}"
    assert "Intrekken" not in (await rose.get(url)).text
    assert (await rose.post(f"{url}/intrekken")).status_code == 404


async def test_an_event_asks_who_comes_and_the_desk_counts(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    made = await rose.post(
        f"/console/aankondigen/nieuw/{desk.group.id}/celebrate", data={"day": "2026-11-27", "at": "10:00"}
    )
    url = made.headers["location"]
    late = await rose.post(f"{url}/wie-komt", data={"laatste": "2026-11-30"}, follow_redirects=True)
    assert "Kies een laatste dag vóór de dag zelf." in late.text
    await rose.post(f"{url}/wie-komt", data={"laatste": "2026-11-26"})
    await rose.post(f"{url}/wie-komt", data={"laatste": "2026-11-30"})  # refused: the question that was there stays
    shown = (await rose.get(url)).text
    assert "tot en met 26/11" in shown
    assert "Le dernier jour pour répondre, c’est jeudi." in shown
    await rose.post(f"{url}/versturen")
    await fan_out(desk)
    async with desk.db.begin() as session:
        number = int(url.rsplit("/", 1)[1])
        assert await events.answer(session, desk.fatou, number, "come", desk.clock.now()) == "ok"
    counts = (await rose.get(f"{url}?deel=stand", headers={"hx-request": "true"})).text
    assert re.search(r"Komt \(1\)</dt><dd>Fatou", counts)
    assert re.search(r"Nog geen antwoord \(1\)</dt><dd>Amina", counts)
    assert len(list(await second.scalars(select(Event)))) == 1


async def test_a_corrected_event_keeps_who_comes_and_is_not_planned_for_after_the_last_day(
    desk: Desk, rose: httpx.AsyncClient
) -> None:
    new = f"/console/aankondigen/nieuw/{desk.group.id}/celebrate"
    url = (await rose.post(new, data={"day": "2026-11-27", "at": "10:00"})).headers["location"]
    await rose.post(f"{url}/wie-komt", data={"laatste": "2026-11-26"})
    late = await rose.post(f"{url}/plannen", data={"dag": "2026-11-27", "uur": "08:00"}, follow_redirects=True)
    assert "Dan is de laatste dag om te antwoorden voorbij." in late.text
    await rose.post(f"{url}/versturen")
    await fan_out(desk)
    async with desk.db.begin() as session:
        assert await events.answer(session, desk.fatou, int(url.rsplit("/", 1)[1]), "come", desk.clock.now()) == "ok"
    form = (await rose.post(f"{url}/verbeteren")).headers["location"]
    moment = {"dag": "2026-11-27", "uur": "10:00"}
    right = (await rose.post(form, data={**moment, "plaats": "De Kring"})).headers["location"]
    assert "Wie al antwoordde, blijft opgeschreven." in (await rose.get(right)).text
    await rose.post(f"{right}/versturen")
    await fan_out(desk)
    assert re.search(r"Komt \(1\)</dt><dd>Fatou", (await rose.get(right)).text)
    form = (await rose.post(f"{right}/verbeteren")).headers["location"]
    other = (await rose.post(form, data={**moment, "uur": "14:00"})).headers["location"]
    assert "Wat ze al antwoordden, telt niet meer." in (await rose.get(other)).text


async def test_a_draft_that_lay_too_long_does_not_ask_in_vain(desk: Desk, rose: httpx.AsyncClient) -> None:
    new = f"/console/aankondigen/nieuw/{desk.group.id}/celebrate"
    url = (await rose.post(new, data={"day": "2026-11-27", "at": "10:00"})).headers["location"]
    await rose.post(f"{url}/wie-komt", data={"laatste": "2026-11-25"})
    desk.clock.move(dt.timedelta(days=2))
    rose = await desk.inside(desk.rose)
    refused = await rose.post(f"{url}/versturen", follow_redirects=True)
    assert "Dan is de laatste dag om te antwoorden voorbij." in refused.text
    await rose.post(f"{url}/wie-komt", data={"laatste": "2026-11-26"})
    assert "gedaan=vertrekt" in (await rose.post(f"{url}/versturen")).headers["location"]


async def test_a_missing_language_is_asked_of_an_interpreter_or_said_at_the_desk(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    async with desk.db.begin() as session:
        samira = await make_staff(session, "Samira", "interpreter", desk.group)
        samira.langs = ["ar"]
    url = await own(desk, rose)
    shown = (await rose.get(url)).text
    assert shown.count("jouw woorden, niet vertaald") == 2
    assert "Vraag Samira om het in te spreken" in shown
    await rose.post(f"{url}/tolk/ar")
    assert "Gevraagd aan Samira." in (await rose.get(f"{url}?deel=talen", headers={"hx-request": "true"})).text
    assert [row.lang for row in await second.scalars(select(Interpreting))] == ["ar"]
    assert "gedaan=geen-tolk" in (await rose.post(f"{url}/tolk/fr")).headers["location"]
    files = {"voice": ("stem.ogg", tone(660, 1.5), "audio/ogg")}
    await rose.post(f"{url}/stem/fr", files=files)
    (voice,) = list(await second.scalars(select(AnnouncementVoice)))
    media = await second.get_one(Media, voice.media_id)
    assert abs(pitch((desk.media / media.name).read_bytes()) - 660) < 5
    shown = (await rose.get(url)).text
    assert "ingesproken door Rose" in shown
    sound = re.findall(r'src="(/console/aankondigen/\d+/klank/fr/\d+)"', shown)[-1]
    assert abs(pitch((await rose.get(sound)).content) - 660) < 5
    assert (await rose.post(f"{url}/stem/sw", files=files)).status_code == 404
    await rose.post(f"{url}/stem/fr/weg")
    assert "ingesproken door Rose" not in (await rose.get(url)).text


async def test_after_other_words_nobody_hears_the_voice_of_the_old_ones(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    async with desk.db.begin() as session:
        samira = await make_staff(session, "Samira", "interpreter", desk.group)
        samira.langs = ["ar"]
    url = await own(desk, rose, "Om tien uur.")
    await rose.post(f"{url}/stem/fr", files={"voice": ("stem.ogg", tone(660, 1.5), "audio/ogg")})
    await rose.post(f"{url}/tolk/ar")
    await rose.post(f"{url}/wijzigen", data={"text": "Om tien uur."})
    assert "ingesproken door Rose" in (await rose.get(url)).text
    assert "gedaan=stem-weg" in (await rose.post(f"{url}/wijzigen", data={"text": "Om elf uur."})).headers["location"]
    assert "ingesproken door Rose" not in (await rose.get(url)).text
    async with desk.db.begin() as session:
        (row,) = list(await session.scalars(select(Interpreting)))
        late = await announcement_voices.receive(session, row, samira, "الساعة العاشرة", None, desk.clock.now())
    assert late == "changed"
    assert list(await second.scalars(select(AnnouncementVoice))) == []


async def test_a_photo_goes_to_the_chosen_mother_and_is_gone_from_the_disk_afterwards(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    desk.db.info["media"] = desk.media
    url = f"/console/aankondigen/foto/{desk.group.id}"
    files = {"foto": ("kind.png", picture(), "image/png")}
    nobody = await rose.post(url, files=files, data={"text": "Kijk!"})
    assert (nobody.status_code, "Kies minstens één moeder." in nobody.text) == (422, True)
    assert list(desk.media.iterdir()) == []
    made = await rose.post(url, files=files, data={"moeder": [desk.amina.id], "text": "Kijk!"})
    assert made.status_code == 303, made.text
    draft = made.headers["location"]
    shown = (await rose.get(draft)).text
    assert "Versturen naar 1 moeder<" in shown
    name = re.search(r'src="/console/media/(\w+\.jpg)"', shown)
    assert name is not None
    assert (await rose.get(f"/console/media/{name[1]}")).headers["content-type"] == "image/jpeg"
    await rose.post(f"{draft}/versturen")
    await fan_out(desk)
    assert "Kijk!" in await said_to(second, desk.amina.chat_id)
    assert await said_to(second, desk.fatou.chat_id) == ""
    async with desk.db.begin() as session:
        for row in await session.scalars(select(Delivery)):
            row.state, row.message_id = "sent", row.id
    async with desk.db.begin() as session:
        assert await photos.drop_one(session, desk.app.state.desk.content, desk.clock.now())
    assert list(desk.media.iterdir()) == []
    assert (await rose.get(draft)).status_code == 200


async def test_a_photo_to_the_group_asks_a_second_time(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    files = {"foto": ("feest.png", picture(), "image/png")}
    made = await rose.post(f"/console/aankondigen/foto/{desk.group.id}", files=files, data={"voor": "groep"})
    url = made.headers["location"]
    asked = await rose.post(f"{url}/versturen")
    assert (asked.status_code, "Staan er kinderen op?" in asked.text) == (409, True)
    assert (await second.scalars(select(Announcement.state))).one() == "draft"
    planned = await rose.post(f"{url}/plannen", data={"dag": "2026-11-25", "uur": "09:00"})
    assert (planned.status_code, 'name="dag" value="2026-11-25"' in planned.text) == (409, True)
    await rose.post(f"{url}/versturen", data={"zeker": "ja"})
    await second.rollback()
    assert (await second.scalars(select(Announcement.state))).one() == "sending"


async def test_what_is_no_photo_is_refused_kindly(desk: Desk, rose: httpx.AsyncClient) -> None:
    files = {"foto": ("x.jpg", b"nothing", "image/jpeg")}
    url = f"/console/aankondigen/foto/{desk.group.id}"
    answer = await rose.post(url, files=files, data={"moeder": [desk.amina.id]})
    assert (answer.status_code, "Deze foto kan ik niet openen." in answer.text) == (422, True)
    assert list(desk.media.iterdir()) == []


async def test_a_stranger_reaches_none_of_it(desk: Desk, rose: httpx.AsyncClient) -> None:
    url = await own(desk, rose)
    dirk = await desk.inside(desk.dirk)
    for path in ("plannen", "niet-plannen", "verbeteren", "wijzigen", "wie-komt", "tolk/ar", "stem/ar", "stem/ar/weg"):
        answer = await dirk.post(f"{url}/{path}", data={"dag": "2026-11-25", "uur": "09:00", "text": "x"})
        assert answer.status_code == 404, path
    assert (await dirk.get(f"/console/aankondigen/foto/{desk.group.id}")).status_code == 404


async def test_a_card_to_play_at_home_is_never_sent_empty(desk: Desk, rose: httpx.AsyncClient) -> None:
    """It says "this you can play": without a photo or words there would be nothing to play."""
    card = f"/console/aankondigen/nieuw/{desk.group.id}/play_home"
    assert card in (await rose.get("/console/aankondigen")).text
    assert (await rose.get(card)).headers["location"] == f"/console/groep/{desk.group.id}/jaar#play"
    assert 'id="play"' in (await rose.get(f"/console/groep/{desk.group.id}/jaar")).text
    assert (await rose.post(card)).status_code == 404
