"""The desk of a house whose files lie in a store: it puts and plays them there, and says so kindly when it cannot."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.keep_models import Discard
from bot.db.models import Media
from bot.db.notes import note
from bot.media import Copies, copies_of
from tests.care.conftest import make_media
from tests.console.conftest import Desk
from tests.given.store import S3
from tests.journeys.scripted import pitch, tone

pytestmark = pytest.mark.timeout(300)
HTMX = {"hx-request": "true"}


@pytest.fixture
def far(desk: Desk, s3: S3, tmp_path: Path) -> S3:
    """The same desk, with its files in a store."""
    desk.app.state.desk.store = s3.store(tmp_path)
    return s3


async def test_a_spoken_answer_lies_in_the_store_and_is_played_from_there(
    desk: Desk, rose: httpx.AsyncClient, far: S3, second: AsyncSession, tmp_path: Path
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    files = {"voice": ("stem.ogg", tone(660, 2.0), "audio/webm")}
    answer = await rose.post(f"/console/vragen/{question.id}/antwoord", files=files, headers=HTMX)
    assert answer.status_code == 200
    (media,) = list(await second.scalars(select(Media).where(Media.staff_id == desk.rose.id)))
    assert abs(pitch(far.content(f"house/{media.name}")) - 660) < 5
    assert list(desk.media.iterdir()) == []
    Copies(copies_of(far.settings(tmp_path))).empty()
    heard = await rose.get(f"/console/media/{media.name}")
    assert heard.content == far.content(f"house/{media.name}")
    Copies(copies_of(far.settings(tmp_path))).empty()
    far.stop()
    away = await rose.get(f"/console/media/{media.name}")
    assert (away.status_code, "nu even niet te bereiken" in away.text) == (503, True)


async def test_while_the_store_is_away_nothing_typed_is_lost_and_it_is_said_what_to_do(
    desk: Desk, rose: httpx.AsyncClient, far: S3, second: AsyncSession
) -> None:
    question = await desk.asks(desk.amina, "Dag")
    far.stop()
    files = {"voice": ("stem.ogg", tone(660, 1.0), "audio/webm")}
    said = {"text": "Kom maar langs"}
    answer = await rose.post(f"/console/vragen/{question.id}/antwoord", data=said, files=files, headers=HTMX)
    assert answer.status_code == 422
    assert "Probeer het straks nog eens" in answer.text
    assert "Kom maar langs" in answer.text
    assert list(await second.scalars(select(Media))) == []


async def test_a_file_that_is_gone_is_not_there(desk: Desk, rose: httpx.AsyncClient, far: S3) -> None:
    async with desk.db.begin() as session:
        media = await make_media(session, staff_id=desk.rose.id)
    assert (await rose.get(f"/console/media/{media.name}")).status_code == 404


async def test_the_house_page_says_when_files_cannot_be_reached_or_deleted(desk: Desk, rose: httpx.AsyncClient) -> None:
    well = (await rose.get("/console/huis")).text
    assert "De bot is bereikbaar" in well
    assert "niet te bereiken" not in well
    async with desk.db.begin() as session:
        await note(session, "media", {"ok": False, "why": "The store does not answer."})
        session.add_all([Discard(name="a.ogg", tries=2), Discard(name="b.ogg")])
    page = (await rose.get("/console/huis")).text
    assert "opnames en foto’s zijn nu niet te bereiken" in page
    assert "The store does not answer." in page
    assert "1 bestand dat gewist moest worden" in page
    assert "De bot is bereikbaar" not in page
