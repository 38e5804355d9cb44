"""A whole autumn of a mother group, lived on a virtual clock: what she hears, when, and in which language."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot import time_machine
from bot.care.content import load
from bot.settings import default_content
from bot.time_machine import Entry, Life

AUTUMN, SPRING = dt.date(2026, 9, 7), dt.date(2027, 2, 1)
OFFERED = load(default_content()).offered
WEEKS = 12


LIVED: dict[tuple[str, dt.date], Life] = {}


async def lived(lang: str, start: dt.date) -> Life:
    """A term that was lived, once for all tests that only read it."""
    if (lang, start) not in LIVED:
        LIVED[lang, start] = await time_machine.run(default_content(), lang, WEEKS, start, None)
    return LIVED[lang, start]


def of(life: Life, kind: str) -> list[Entry]:
    return [entry for entry in life.entries if entry.who == "bot" and entry.kind == kind]


def reminders_of(life: Life) -> list[Entry]:
    """The voices that came by themselves: on the clock of reminders."""
    times = {dt.time(18, 30), dt.time(7, 45), dt.time(8, 45)}
    return [
        e
        for e in of(life, "voice")
        if e.at.time() in times and ("1 🙂" in "".join(e.buttons) or "⏰" in "".join(e.buttons))
    ]


@pytest.mark.parametrize("lang", OFFERED)
async def test_everything_of_a_term_is_in_her_language_and_has_a_picture(lang: str) -> None:
    life = await lived(lang, AUTUMN)
    after_choosing = [entry for entry in life.entries if entry.who == "bot"][len(OFFERED) + 2 :]
    assert {entry.lang for entry in after_choosing} == {lang}
    assert len(of(life, "voice")) > 60
    assert not of(life, "text")
    assert not [entry for entry in life.entries if "{" in entry.text + entry.said]


async def test_nobody_is_reminded_in_a_holiday_and_nine_stays_nine_over_the_clock_change() -> None:
    life = await lived("nl", AUTUMN)
    days = {entry.at.date() for entry in reminders_of(life)}
    assert not [day for day in days if dt.date(2026, 11, 2) <= day <= dt.date(2026, 11, 7)]  # autumn holiday
    assert dt.date(2026, 11, 8) in days  # the evening before its first Monday back
    told = [entry.text for entry in reminders_of(life)]
    assert sum("om 9 uur" in text for text in told) > 30
    assert {text.split(" uur")[0][-3:] for text in told} <= {"m 9", " 10"}


async def test_each_meeting_of_a_spring_is_reminded_once_in_the_evening_and_once_in_the_morning() -> None:
    life = await lived("nl", SPRING)
    moments = [(entry.at.date(), entry.at.hour >= 12) for entry in reminders_of(life)]
    assert len(moments) == len(set(moments))
    mornings = sum(not evening for _, evening in moments)
    assert mornings >= 12
    after = [e.text for e in reminders_of(life) if e.at.date() > dt.date(2027, 3, 28)]  # the clocks went forward
    assert after
    assert all("om 9 uur" in text for text in after)


async def test_she_hears_the_first_school_day_of_her_child_and_is_reminded_of_it() -> None:
    life = await lived("nl", SPRING)
    told = {entry.at.date(): entry.text for entry in of(life, "voice") if "De eerste" in entry.text}
    assert list(told) == [dt.date(2027, 3, 30), dt.date(2027, 4, 5)]
    assert all("maandag 12 april" in text for text in told.values())


async def test_a_moved_a_cancelled_and_another_place_are_heard_and_a_quiet_week_is_quiet() -> None:
    life = await lived("nl", AUTUMN)
    changes = [entry for entry in life.entries if entry.who == "staff"]
    assert len(changes) == 3
    for change in changes:
        heard = [e for e in of(life, "voice") if e.at == change.at]
        assert heard, f"nobody heard that {change.text}"
    muted = next(
        entry.at for entry in life.entries if entry.who == "she" and "🔕" in entry.text and entry.at.date() > AUTUMN
    )
    week = [e for e in reminders_of(life) if muted < e.at < muted + dt.timedelta(days=5)]
    assert not week


async def test_the_page_plays_what_she_heard(tmp_path: Path) -> None:
    life = await time_machine.run(default_content(), "ar", 1, AUTUMN, tmp_path)
    page = (tmp_path / "index.html").read_text("utf-8")
    sounds, pictures = page.count("<audio"), page.count("<img")
    assert sounds == len(of(life, "voice"))
    assert pictures == len(of(life, "picture"))
    for entry in life.entries:
        for name in filter(None, (entry.sound, entry.picture)):
            assert (tmp_path / name).stat().st_size > 1000
    assert 'lang="ar"' in page
    assert "1 weken met Amina" in page
    assert (tmp_path / "transcript.txt").read_text("utf-8").count("\n") == len(life.entries)
    assert "<script" not in page


async def test_a_language_that_is_not_offered_says_so() -> None:
    with pytest.raises(ValueError, match="is not a language that is offered"):
        await time_machine.run(default_content(), "xx", 1, AUTUMN, None)
