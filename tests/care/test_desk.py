"""The coordinator's phone: menu, meetings, announcing and the group, by buttons and in plain Dutch."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.care import announcement_plans, announcements, groups, inbox, meetings, reminders
from bot.care.desk.when import day_and_time
from bot.clock import local
from bot.db.models import Announcement, Group, Note
from bot.messages import Heard, Picture, Utterance
from bot.pictures.cards import draw
from tests.care.conftest import NOON, Cast, make_group, make_media, make_mother, make_staff, said_to, words_to

TUESDAY = dt.date(2026, 11, 24)


def labels(said: list[Utterance]) -> list[str]:
    return [b.label for u in said for row in u.buttons for b in row]


async def menu(cast: Cast) -> list[Utterance]:
    return await cast.hears(cast.rose, Heard("command", cast.rose.chat_id or 0, text="menu"))


async def fan_out(cast: Cast) -> None:
    while await announcements.fan_out_one(cast.session, cast.content, NOON):
        pass


async def made(cast: Cast) -> Announcement:
    return (await cast.session.scalars(select(Announcement).order_by(Announcement.id.desc()))).first() or Announcement()


async def test_the_menu_shows_everything_and_how_many_questions_wait(cast: Cast) -> None:
    await inbox.ask(cast.session, cast.amina, Heard("text", cast.amina.chat_id, text="?"), None, NOON, urgent=True)
    said = await menu(cast)
    assert "Dag Rose." in said[-1].text
    assert labels(said[-1:]) == ["🔴 Vragen (1)", "📅 Bijeenkomsten", "📣 Aankondigen", "👥 Groep", "❓ Hulp"]


async def test_a_volunteer_sees_meetings_and_no_questions(cast: Cast) -> None:
    await inbox.ask(cast.session, cast.amina, Heard("text", cast.amina.chat_id, text="Geheim"), None, NOON)
    said = await cast.types(cast.vera, "Hallo")
    assert labels(said) == ["📅 Bijeenkomsten"]
    await cast.taps(cast.vera, "Bijeenkomsten")
    said = await cast.taps(cast.vera, "donderdag")
    assert labels(said) == ["🏠 Menu"]
    assert "Geheim" not in await words_to(cast.session, cast.vera.chat_id)


async def test_open_questions_are_listed_and_one_is_shown_whole(cast: Cast) -> None:
    await inbox.ask(cast.session, cast.amina, Heard("text", cast.amina.chat_id, text="Hoe laat?"), None, NOON)
    await menu(cast)
    said = await cast.taps(cast.rose, "Vragen")
    assert "Amina (Arabisch) · 12.00" in labels(said)
    said = await cast.taps(cast.rose, "Amina (Arabisch)")
    assert "“Hoe laat?”" in said[0].text
    assert "Geen antwoord nodig" in labels(said)


async def test_cancelling_takes_three_taps_and_one_to_be_sure_and_can_be_taken_back(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Bijeenkomsten")
    await cast.taps(cast.rose, "donderdag, om 9 uur")
    await cast.taps(cast.rose, "Afgelasten")
    assert cast.next[0].state == "planned"
    said = await cast.taps(cast.rose, "Ja, afgelasten")
    assert "2 moeders horen het nu" in said[0].text
    assert cast.next[0].state == "cancelled"
    await fan_out(cast)
    assert await said_to(cast.session, cast.amina.chat_id)
    await cast.taps(cast.rose, "Toch laten doorgaan")
    assert cast.next[0].state == "planned"
    assert (await made(cast)).kind == "goes_on"


async def test_a_meeting_shows_its_headcount_with_names(cast: Cast) -> None:
    await reminders.answer(cast.session, cast.amina, cast.next[0].id, "come", NOON, 2)
    await menu(cast)
    said = await cast.taps(cast.rose, "Bijeenkomsten")
    assert "1 👩 2 🧒" in labels(said)[0]
    said = await cast.taps(cast.rose, "1 👩 2 🧒")
    assert "1 moeder, 🧒 2 kinderen" in said[0].text
    assert "Nog geen antwoord: Fatou" in said[0].text


async def test_moving_by_buttons(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Bijeenkomsten")
    await cast.taps(cast.rose, "donderdag, om 9 uur")
    await cast.taps(cast.rose, "Verplaatsen")
    said = await cast.taps(cast.rose, "vr 27/11")
    assert labels(said)[0] == "★ 9.00"
    said = await cast.taps(cast.rose, "14.00")
    assert "vrijdag, om 14 uur" in said[0].text
    await cast.taps(cast.rose, "Ja, verplaatsen")
    assert f"{local(cast.next[0].starts_at):%d %H:%M}" == "27 14:00"
    await cast.taps(cast.rose, "Terug zoals eerst")
    assert f"{local(cast.next[0].starts_at):%d %H:%M}" == "26 09:00"


async def test_moving_by_typing(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Bijeenkomsten")
    await cast.taps(cast.rose, "donderdag, om 9 uur")
    await cast.taps(cast.rose, "Verplaatsen")
    said = await cast.types(cast.rose, "euh")
    assert "Dat begrijp ik niet" in said[0].text
    await cast.types(cast.rose, "Vrijdag 9u30")
    await cast.taps(cast.rose, "Ja, verplaatsen")
    assert f"{local(cast.next[0].starts_at):%d %H:%M}" == "27 09:30"


async def test_another_place_with_a_location_and_typed_words(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Bijeenkomsten")
    await cast.taps(cast.rose, "donderdag, om 9 uur")
    await cast.taps(cast.rose, "Andere plaats")
    await cast.hears(cast.rose, Heard("location", cast.rose.chat_id or 0, lat=51.02, lon=4.33))
    said = await cast.types(cast.rose, "Bibliotheek, Markt 2")
    assert "Bibliotheek, Markt 2 (📍 met speldje" in said[0].text
    await cast.taps(cast.rose, "Ja, laat weten")
    row = cast.next[0]
    assert (row.place, row.address, row.lat) == ("Bibliotheek", "Markt 2", 51.02)
    await cast.taps(cast.rose, "Terug naar de gewone plaats")
    assert meetings.where(cast.group, row).other is False


async def test_an_extra_meeting_and_its_announcement(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Bijeenkomsten")
    await cast.taps(cast.rose, "Extra bijeenkomst")
    await cast.types(cast.rose, "zaterdag 14u")
    await cast.taps(cast.rose, "Nu aankondigen")
    said = await cast.taps(cast.rose, "Versturen (2)")
    assert "2 moeders" in said[0].text
    assert ((await made(cast)).kind, (await made(cast)).slots["day"]) == ("meeting_extra", "2026-11-28")


async def test_announcing_shows_it_in_dutch_lets_rose_hear_it_and_sends_it(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Aankondigen")
    await cast.taps(cast.rose, "Kom mee vieren")
    said = await cast.taps(cast.rose, "donderdag, om 9 uur")
    assert "• Arabisch: 1" in said[-1].text
    assert "• Frans: 1" in said[-1].text
    assert "We vieren feest!" in said[-2].text
    heard = await cast.taps(cast.rose, "👂 Arabisch")
    assert {u.lang for u in heard} == {"ar"}
    assert labels(heard) == []
    await cast.taps(cast.rose, "Versturen (2)")
    await fan_out(cast)
    said = await cast.taps(cast.rose, "Wie hoorde het?")
    assert "Aangekomen: 0 van 2" in said[0].text
    await cast.deliver()
    said = await cast.taps(cast.rose, "Opnieuw kijken")
    assert "Aangekomen: 2 van 2" in said[0].text


async def test_a_draft_that_is_not_sent_reaches_nobody(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Aankondigen")
    await cast.taps(cast.rose, "Breng je papieren mee")
    await cast.taps(cast.rose, "donderdag, om 9 uur")
    await cast.taps(cast.rose, "Niet versturen")
    await fan_out(cast)
    assert (await made(cast)).state == "stopped"
    assert await said_to(cast.session, cast.amina.chat_id) == []


async def test_what_was_planned_at_the_computer_is_not_called_stopped_and_can_be_stopped_here(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Aankondigen")
    await cast.taps(cast.rose, "Breng je papieren mee")
    await cast.taps(cast.rose, "donderdag, om 9 uur")
    due = NOON + dt.timedelta(hours=2)
    await announcement_plans.plan(cast.session, await made(cast), due, NOON)
    assert "is gepland" in (await cast.taps(cast.rose, "Versturen (2)"))[0].text
    await cast.taps(cast.rose, "Niet versturen")
    assert not await announcement_plans.fire_one(cast.session, cast.content, due)
    assert (await made(cast)).state == "stopped"


async def test_a_day_that_is_no_meeting_can_be_typed(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Aankondigen")
    await cast.taps(cast.rose, "Inschrijven begint")
    said = await cast.types(cast.rose, "1 maart")
    assert "maandag 1 maart" in " ".join(u.text for u in said)
    assert (await made(cast)).slots["day"] == "2027-03-01"


async def test_her_own_voice_to_the_group(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Aankondigen")
    await cast.taps(cast.rose, "Zelf inspreken")
    said = await cast.speaks(cast.rose)
    assert said[-2].media
    await cast.taps(cast.rose, "Versturen (2)")
    await fan_out(cast)
    assert (await said_to(cast.session, cast.amina.chat_id))[-1].media == said[-2].media


async def test_a_photo_to_the_whole_group_needs_a_second_tap(cast: Cast) -> None:
    await menu(cast)
    await cast.taps(cast.rose, "Aankondigen")
    await cast.taps(cast.rose, "Zelf inspreken")
    photo = await make_media(cast.session, "photo")
    await cast.hears(cast.rose, Heard("photo", cast.rose.chat_id or 0), photo)
    await cast.taps(cast.rose, "Voor de hele groep")
    said = await cast.taps(cast.rose, "Versturen (2)")
    assert "Staan er kinderen op?" in said[0].text
    assert (await made(cast)).state == "draft"
    await cast.taps(cast.rose, "Ja, toch sturen")
    assert (await made(cast)).state == "sending"


async def test_an_invitation_is_a_link_with_its_qr_code(cast: Cast, tmp_path: Path) -> None:
    cast.session.add(Note(name="bot", value={"username": "stapsteen_bot"}))
    await menu(cast)
    await cast.taps(cast.rose, "Groep")
    said = await cast.taps(cast.rose, "Uitnodiging")
    picture = said[0].picture
    assert picture is not None
    assert picture.kind == "qr"
    link = picture.name or ""
    assert link.startswith("https://t.me/stapsteen_bot?start=")
    assert isinstance(await groups.by_code(cast.session, link.rpartition("=")[2], NOON), Group)
    file = draw(Picture(kind="qr", name=link), tmp_path, tmp_path)
    assert file.read_bytes().startswith(b"\x89PNG")


async def test_the_group_page_counts_and_a_waiting_mother_can_be_let_in(cast: Cast) -> None:
    cast.group.mothers_max = 2
    selam = await make_mother(cast.session, "Selam", "fr")
    assert await groups.join(cast.session, selam, cast.group, NOON) == "full"
    await menu(cast)
    said = await cast.taps(cast.rose, "Groep")
    assert "Moeders: 2 van 2" in said[0].text
    assert "Arabisch 1, Frans 1" in said[0].text
    assert "Wachtlijst: 1" in said[0].text
    await cast.taps(cast.rose, "Toelaten: Selam")
    assert selam.status == "member"
    assert {u.lang for u in await said_to(cast.session, selam.chat_id)} == {"fr"}


async def test_old_tampered_and_foreign_buttons_do_no_harm(cast: Cast) -> None:
    for data in ("", "x", "abc:0", "abc:-1", "💥:9"):
        said = await cast.hears(cast.rose, Heard("press", cast.rose.chat_id or 0, data=data))
        assert said[0].text == "Deze knop werkt niet meer."
    await menu(cast)
    await cast.taps(cast.rose, "Bijeenkomsten")
    await cast.taps(cast.rose, "donderdag, om 9 uur")
    after = dt.datetime(2026, 12, 20, tzinfo=dt.UTC)
    said = await cast.taps(cast.rose, "Afgelasten", after)
    assert "Dat kan niet meer" in said[0].text


async def test_a_colleague_of_another_group_cannot_touch_this_one(cast: Cast) -> None:
    bea = await make_staff(cast.session, "Bea", "coordinator", await make_group(cast.session, name="Klimop"))
    said = await cast.types(bea, "hallo")
    assert "Wil je iets zeggen aan de hele groep?" in said[0].text
    await cast.taps(bea, "Menu")
    said = await cast.taps(bea, "Bijeenkomsten")
    assert "Er is geen bijeenkomst gepland." in said[0].text
    assert "Mama Leert" not in await words_to(cast.session, bea.chat_id)


@pytest.mark.parametrize("kind", ["other", "location", "edited", "photo", "text"])
async def test_whatever_comes_in_the_desk_stands(cast: Cast, kind: str) -> None:
    heard = Heard(kind, cast.rose.chat_id or 0, text="sticker")  # type: ignore[arg-type]
    said = await cast.hears(cast.rose, heard)
    assert bool(said) is (kind != "edited")


async def test_handling_the_same_arrival_twice_says_it_once(cast: Cast) -> None:
    from bot.care import desk
    from bot.db.models import Arrival

    arrival = Arrival(channel="telegram:1", update_id=999_999, chat_id=1, raw={}, received_at=NOON, due_at=NOON)
    cast.session.add(arrival)
    await cast.session.flush()
    heard = Heard("command", cast.rose.chat_id or 0, text="menu")
    for _ in range(2):
        await desk.handle(cast.session, cast.content, cast.rose, heard, None, NOON, arrival)
    assert len(await said_to(cast.session, cast.rose.chat_id)) == 1


# ---------------------------------------------------------------- days and hours as people type them


@pytest.mark.parametrize(
    ("text", "day", "at"),
    [
        pytest.param("donderdag 9.30", "2026-11-26", "09:30", id="weekday and dot"),
        pytest.param("do 9u30", "2026-11-26", "09:30", id="short weekday and u"),
        pytest.param("Morgen om half tien", "2026-11-25", "09:30", id="tomorrow in words"),
        pytest.param("overmorgen 2 uur", "2026-11-26", "14:00", id="two o'clock is in the afternoon"),
        pytest.param("27/11 om 9 uur", "2026-11-27", "09:00", id="day and month"),
        pytest.param("27-11-2026 14:00", "2026-11-27", "14:00", id="whole date"),
        pytest.param("2026-12-01 13:30", "2026-12-01", "13:30", id="iso"),
        pytest.param("3 december kwart over negen", "2026-12-03", "09:15", id="named month and quarter"),
        pytest.param("dinsdag tien voor drie", "2026-12-01", "14:50", id="today's weekday is next week"),
        pytest.param("1 mrt 10u", "2027-03-01", "10:00", id="next year"),
        pytest.param("vrijdag", "2026-11-27", None, id="day only"),
        pytest.param("9.30", None, "09:30", id="hour only"),
        pytest.param("31/2 9u", None, "09:00", id="a day that does not exist"),
        pytest.param("geen idee", None, None, id="neither"),
    ],
)
def test_days_and_hours_are_read_as_coordinators_type_them(text: str, day: str | None, at: str | None) -> None:
    found = day_and_time(text, TUESDAY)
    assert (found[0].isoformat() if found[0] else None) == day
    assert (f"{found[1]:%H:%M}" if found[1] else None) == at


@given(st.text(max_size=60) | st.from_regex(r"[0-9/.:\-u ]{0,20}(ma|di|maart|half|om|uur)?[0-9 ]{0,6}"))
def test_no_typed_text_breaks_the_reading(text: str) -> None:
    day, at = day_and_time(text, TUESDAY)
    assert day is None or isinstance(day, dt.date)
    assert at is None or isinstance(at, dt.time)
