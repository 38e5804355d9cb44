"""Stepping stones in Telegram: the guide moves a mother on with two taps, beside her on the bench."""

from __future__ import annotations

from bot.care import stones
from bot.care.desk.here import CHOICES
from bot.db.models import Staff
from bot.messages import Heard, Utterance
from tests.care.conftest import Cast, make_mother, make_staff, said_to


async def opens(cast: Cast, person: Staff) -> list[Utterance]:
    await cast.hears(person, Heard("command", person.chat_id or 0, text="groep"))
    return await cast.taps(person, "Stapstenen")


async def test_els_moves_fatou_one_stone_on_and_fatou_hears_where_she_is(cast: Cast) -> None:
    path = await stones.path(cast.session, cast.content, cast.group.id)
    await opens(cast, cast.els)
    await cast.taps(cast.els, "Fatou: nog niet begonnen")
    said = await cast.taps(cast.els, f"➡️ {path[0].title}")
    assert "Zij ziet en hoort nu waar ze is." in said[0].text
    assert await stones.of(cast.session, cast.fatou) == path[0].id
    heard = await said_to(cast.session, cast.fatou.chat_id)
    assert any(u.picture and u.picture.kind == "path" for u in heard)
    await cast.taps(cast.els, f"➡️ {path[1].title}")
    await cast.taps(cast.els, f"⬅️ {path[0].title}")
    assert await stones.of(cast.session, cast.fatou) == path[0].id
    said = await cast.taps(cast.els, "⬅️ nog niet begonnen")
    assert "Teruggezet" in said[0].text
    assert await stones.of(cast.session, cast.fatou) is None


async def test_a_large_group_is_shown_part_by_part(cast: Cast) -> None:
    for n in range(CHOICES):
        await make_mother(cast.session, f"Mama {n}", "nl", group_id=cast.group.id, status="member")
    await opens(cast, cast.rose)
    said = await cast.taps(cast.rose, "Meer …")
    labels = [button.label for row in said[0].buttons for button in row]
    assert [label.partition(":")[0] for label in labels] == [f"Mama {n}" for n in (CHOICES - 2, CHOICES - 1)] + [
        "🏠 Menu"
    ]


async def test_an_old_button_moves_nobody_who_left(cast: Cast) -> None:
    path = await stones.path(cast.session, cast.content, cast.group.id)
    jo = await make_staff(cast.session, "Jo", "guide", cast.group)
    await opens(cast, jo)
    await cast.taps(jo, "Fatou: nog niet begonnen")
    cast.fatou.status = "stopped"
    said = await cast.taps(jo, f"➡️ {path[0].title}")
    assert "niet meer in de groep" in said[0].text
    assert await stones.of(cast.session, cast.fatou) is None
