"""Photos of letters, and the answer she came from: what a mother does, and what staff then see."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import topic_drafts
from bot.care.content import Content, read
from bot.db.inbox_models import QuestionMark
from bot.db.models import Media, QuestionPart
from tests.given.house import House, Person, World, welcome, words

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_a_photo_brings_the_warning_by_voice_and_picture_in_her_language(amina: Person, house: House) -> None:
    await welcome(amina, house)
    await amina.tap("ask")
    said = await amina.photo()
    assert "رقمك الوطني" in words(said)
    voice = said[-1].voice
    assert voice is not None
    assert voice.parts[0].key == "ask.got_photo.text"
    card = next(u.picture for u in said if u.picture)
    assert [cell.symbol for cell in card.cells] == ["cover-number", "photo", "yes"]


async def test_she_takes_the_photo_again_and_the_first_one_is_gone_here_and_at_staff(
    amina: Person, rose: Person, house: House, second: AsyncSession
) -> None:
    await welcome(amina, house)
    await amina.photo()
    await rose.listen()
    await amina.tap("again")
    assert list(await second.scalars(select(Media.id))) == []
    (part,) = list(await second.scalars(select(QuestionPart)))
    assert (part.kind, part.media_id) == ("photo", None)
    assert [u.kind for u in await rose.listen()] == ["unsay"]
    await amina.photo()
    assert any(u.kind == "picture" for u in await rose.listen())
    assert len(list(await second.scalars(select(Media.id)))) == 1


async def test_a_voice_or_words_get_no_warning_about_a_number(amina: Person, house: House) -> None:
    await welcome(amina, house)
    await amina.tap("ask")
    assert "رقمك الوطني" not in words(await amina.voice())


async def test_staff_see_from_which_answer_she_came_by_button_and_by_speaking_at_once(
    amina: Person, fatou: Person, rose: Person, house: House, second: AsyncSession, world: World
) -> None:
    await welcome(amina, house)
    for step in ("faq", "opvang", "opvang_prijs", "@person"):
        await amina.tap(step)
    await amina.voice()
    assert "Ze luisterde net naar “Wat kost opvang?”." in words(await rose.listen())
    await welcome(fatou, house)
    for step in ("faq", "opvang", "opvang_wennen"):
        await fatou.tap(step)
    await fatou.voice()
    assert "Ze luisterde net naar “Wennen in de opvang”." in words(await rose.listen())
    marks = await second.scalars(select(QuestionMark).order_by(QuestionMark.question_id))
    assert [row.topic for row in marks] == ["opvang_prijs", "opvang_wennen"]


async def test_at_home_the_answer_is_forgotten(amina: Person, rose: Person, house: House, second: AsyncSession) -> None:
    await welcome(amina, house)
    for step in ("faq", "opvang", "opvang_prijs", "@home", "ask"):
        await amina.tap(step)
    await amina.voice()
    assert "Ze luisterde" not in words(await rose.listen())
    assert list(await second.scalars(select(QuestionMark))) == []


def test_a_draft_is_a_topic_that_the_content_can_read(content: Content, tmp_path: Path, database_url: str) -> None:
    draft = topic_drafts.TopicDraft("school", "Schoolreis", "Vraag het aan de school.", "Mag hij mee?")
    folder = tmp_path / "flows" / "faq"
    folder.mkdir(parents=True)
    head = 'category: school\norder: 1\nsymbol: school\nlabel: "School"\n'
    (folder / "school.yaml").write_text(head + topic_drafts.written(draft), "utf-8")
    (tmp_path / "flows" / "faq.yaml").write_text((content.folder / "flows" / "faq.yaml").read_text("utf-8"), "utf-8")
    found, faults = read(tmp_path)
    assert found.topics["school_schoolreis"].category == "school"
    elsewhere = ("does not exist", "symbols.yaml")  # flows and pictures that this small folder does not hold
    assert not [f for f in faults if "faq/school.yaml" in f.file and not any(word in f.says for word in elsewhere)]
