"""What a house fills in itself: places in the neighbourhood, a file looked at before it counts, and the words of its answers."""

from __future__ import annotations

import html
import re

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import local_words
from bot.care.content import Content
from bot.care.local import fields
from bot.db.models import Group
from bot.db.place_models import Spot
from tests.care.conftest import NOON
from tests.console.conftest import Desk

FILE = """category_nl;name;street;number;postcode;municipality;last_checked;kleur
kinderopvang;De Zon;Kerkstraat;1;1080;Molenbeek;2026-11-01;geel
raketbasis;X;Straat;2;1080;Molenbeek;;
speelplein;Het Park;;;1080;Molenbeek;01/11/2027;
kinderopvang;De Zon;Kerkstraat;1;1080;Molenbeek;;
"""


def url(desk: Desk, path: str = "") -> str:
    return f"/console/groep/{desk.group.id}/buurt{path}"


async def spots(second: AsyncSession) -> list[Spot]:
    await second.rollback()
    return list(await second.scalars(select(Spot).order_by(Spot.id)))


async def test_a_file_is_looked_at_row_by_row_and_counts_only_then(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    looked = await rose.post(url(desk, "/lijst"), files={"lijst": ("buurt.csv", FILE.encode(), "text/csv")})
    text = html.unescape(looked.text)
    assert "Rij 3, X: de soort “raketbasis” ken ik niet." in text
    assert "Rij 4, Het Park: last_checked ligt in de toekomst: 01/11/2027." in text
    assert "Rij 5: “De Zon” staat op hetzelfde adres in rij 2." in text
    assert "De kolom “kleur” ken ik niet." in text
    assert "1 rij is in orde." in text
    assert await spots(second) == []
    (data,) = re.findall(r'<textarea name="tekst" hidden>(.*?)</textarea>', looked.text, re.DOTALL)
    await rose.post(url(desk, "/lijst/bewaren"), data={"tekst": html.unescape(data)})
    assert [(s.name, s.category, s.house_id) for s in await spots(second)] == [
        ("De Zon", "childcare", desk.group.house_id)
    ]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        pytest.param(b"", "Kies een bestand.", id="nothing"),
        pytest.param(b"naam;adres\nA;B\n", "moet de kolommen category_nl en name noemen", id="no columns"),
        pytest.param(b"\x00\x81\x8d", "geen CSV-bestand", id="no text"),
    ],
)
async def test_what_is_no_list_is_said_so(desk: Desk, rose: httpx.AsyncClient, data: bytes, says: str) -> None:
    answer = await rose.post(url(desk, "/lijst"), files={"lijst": ("x.csv", data, "text/csv")})
    assert says in html.unescape(answer.text)


async def test_an_old_row_is_still_right_with_one_tap(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    async with desk.db.begin() as session:
        session.add(
            Spot(house_id=desk.group.house_id, category="play", name="Het Park", street="Laan", created_at=NOON)
        )
    page = (await rose.get(url(desk))).text
    assert "Na te kijken (1)" in page
    (spot,) = await spots(second)
    await rose.post(url(desk, f"/{spot.id}/klopt"))
    assert (await spots(second))[0].last_checked == NOON.date()
    assert "Na te kijken" not in (await rose.get(url(desk))).text


async def test_an_own_place_is_added_changed_and_taken_out(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    wrong = await rose.post(url(desk, "/nieuw"), data={"category": "play", "name": "Park", "postcode": "12"})
    assert "“12” is geen Belgische postcode" in html.unescape(wrong.text)
    assert 'value="Park"' in wrong.text
    good = {"category": "play", "name": "Park", "street": "Laan", "postcode": "1080", "municipality": "Molenbeek"}
    await rose.post(url(desk, "/nieuw"), data=good)
    (spot,) = await spots(second)
    assert (spot.name, spot.last_checked) == ("Park", NOON.date())
    assert 'href="https://sociaal.brussels"' in (await rose.get(url(desk))).text
    await rose.post(url(desk, f"/{spot.id}"), data={**good, "name": "Groot Park"})
    assert [s.name for s in await spots(second)] == ["Groot Park"]
    await rose.post(url(desk, f"/{spot.id}/weg"))
    assert await spots(second) == []


async def test_another_house_keeps_its_places(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    from bot.db.models import House

    async with desk.db.begin() as session:
        house = House(name="Ander huis")
        session.add(house)
        await session.flush()
        session.add(Spot(house_id=house.id, category="play", name="Elders", created_at=NOON))
    (spot,) = await spots(second)
    assert "Elders" not in (await rose.get(url(desk))).text
    for act in ("", "/klopt", "/weg"):
        assert (await rose.post(url(desk, f"/{spot.id}{act}"), data={"name": "X"})).status_code == 404
    assert [s.name for s in await spots(second)] == ["Elders"]


async def test_an_address_is_filled_in_and_an_amount_ends(
    desk: Desk, rose: httpx.AsyncClient, second: AsyncSession
) -> None:
    page = f"/console/groep/{desk.group.id}/antwoorden"
    before = int(re.findall(r"Nog in te vullen \((\d+)\)", (await rose.get(page)).text)[0])
    await rose.post(page, data={"veld": "loket_adres", "waarde": "  Kerkstraat 1 "})
    await rose.post(page, data={"veld": "maximumfactuur_kleuter", "waarde": "57 euro", "tot": "2026-01-01"})
    await second.rollback()
    group = await second.get_one(Group, desk.group.id)
    assert group.local == {"loket_adres": "Kerkstraat 1", "maximumfactuur_kleuter": "57 euro|2026-01-01"}
    text = (await rose.get(page)).text
    assert f"Nog in te vullen ({before - 1})" in text
    assert "niet meer geldig" in text
    await rose.post(page, data={"veld": "loket_adres", "waarde": ""})
    assert f"Nog in te vullen ({before})" in (await rose.get(page)).text
    assert (await rose.post(page, data={"veld": "iets", "waarde": "x"})).status_code == 404
    assert (await rose.post(page, data={"veld": "loket_adres", "waarde": "x", "tot": "gauw"})).status_code == 422


def test_every_field_has_a_name_that_people_understand(content: Content) -> None:
    assert [name for name in fields(content.topics.values()) if name not in local_words.FIELDS] == []


async def test_the_pin_is_pasted_as_a_map_gives_it(desk: Desk, rose: httpx.AsyncClient, second: AsyncSession) -> None:
    park = {"category": "play", "name": "Park"}
    wrong = await rose.post(url(desk, "/nieuw"), data={**park, "pin": "bij de kerk"})
    assert "twee getallen" in wrong.text
    assert 'value="bij, de kerk"' in wrong.text or 'value="bij de kerk"' in wrong.text
    await rose.post(url(desk, "/nieuw"), data={**park, "pin": "51.0259, 4.4776"})
    spot = (await second.scalars(select(Spot).where(Spot.name == "Park"))).one()
    assert (spot.lat, spot.lon) == (51.0259, 4.4776)
    assert 'value="51.0259, 4.4776"' in (await rose.get(url(desk, f"/{spot.id}"))).text
