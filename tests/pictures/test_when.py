"""The picture that says when: the right day lit, the right way round, the right hour, and a cross when it is cancelled."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot.messages import Cell, Picture
from bot.pictures import PictureError, cards, text, when

MONDAY = 2  # November 2026


def meeting(lang: str = "nl", day: int = 5, starts: str | None = "09:00", warning: str | None = None) -> Picture:
    return Picture("when", lang, (Cell("meeting"),), f"2026-11-{day:02d}", starts, None, warning)


def at(image: Image.Image, weekday: int, lit: int, from_right: bool) -> str:
    """The colour of a day in the strip, just inside its lower left corner."""
    left, top, _, height = when.columns(lit, from_right)[weekday]
    return "#{:02X}{:02X}{:02X}".format(*image.getpixel((left + 30, top + height - 14)))  # type: ignore[misc]


@pytest.mark.parametrize("lang", ["nl", "ar", "ti", "uk", "fr"])
@pytest.mark.parametrize("weekday", range(7))
def test_the_day_of_the_meeting_is_lit_and_no_other(lang: str, weekday: int) -> None:
    image = cards.render(meeting(lang, MONDAY + weekday))
    colours = [at(image, n, weekday, from_right=lang == "ar") for n in range(7)]
    assert colours[weekday] == when.DAYS[weekday]
    assert [n for n in range(7) if colours[n] == when.DAYS[n]] == [weekday]


def test_monday_is_at_the_right_for_amina_and_at_the_left_for_oksana() -> None:
    assert when.columns(0, from_right=True)[0][0] > 900
    assert when.columns(0, from_right=False)[0][0] < 100
    mirrored = [1280 - left - width for left, _, width, _ in when.columns(3, from_right=True)]
    assert mirrored == [left for left, _, _, _ in when.columns(3, from_right=False)]


def test_days_do_not_overlap_and_stay_on_the_picture() -> None:
    for lit in range(7):
        boxes = when.columns(lit, from_right=False)
        assert all(a[0] + a[2] < b[0] for a, b in pairwise(boxes))
        assert boxes[0][0] >= 0
        assert boxes[6][0] + boxes[6][2] <= 1280
        assert boxes[lit][2] > boxes[lit - 1][2]


def clock(image: Image.Image) -> Image.Image:
    return image.crop((0, 380, 640, 1000))


def test_the_clock_shows_the_hour() -> None:
    nine, half_past, one = (cards.render(meeting(starts=hour)) for hour in ("09:00", "09:30", "13:00"))
    assert ImageChops.difference(clock(nine), clock(half_past)).getbbox()
    assert ImageChops.difference(clock(nine), clock(one)).getbbox()


@pytest.mark.parametrize(
    ("hour", "sky"), [("09:00", "morning"), ("13:30", "noon"), ("17:59", "noon"), ("18:00", "evening")]
)
def test_morning_afternoon_and_evening_have_their_own_sky(hour: str, sky: str) -> None:
    image = cards.render(meeting(starts=hour))
    assert "#{:02X}{:02X}{:02X}".format(*image.getpixel((100, 1040))) == when.SKY[sky]  # type: ignore[misc]


def red(image: Image.Image) -> int:
    return sum(count for count, colour in image.getcolors(1 << 24) or [] if colour == (0xD5, 0, 0))


def test_a_cancelled_meeting_is_crossed_out_on_its_day_and_on_its_picture() -> None:
    held, cancelled = cards.render(meeting()), cards.render(meeting(warning="cancelled"))
    assert red(cancelled) > red(held) + 20_000
    left, top, width, height = when.columns(3, from_right=False)[3]
    day = (left, top, left + width, top + height)
    assert red(held.crop(day)) == 0
    assert red(cancelled.crop(day)) > 2_000


def test_another_place_shows_the_warning_and_keeps_the_day() -> None:
    usual, elsewhere = cards.render(meeting()), cards.render(meeting(warning="other-place"))
    assert at(elsewhere, 3, 3, from_right=False) == when.DAYS[3]
    changed = ImageChops.difference(usual, elsewhere).getbbox()
    assert changed
    assert changed[0] > 620  # only the right-hand panel


def test_end_and_start_are_turned_round_for_who_reads_from_the_right() -> None:
    dutch, arabic = (
        cards.render(Picture("when", lang, (Cell("meeting"),), None, "9:00".zfill(5), "11:30")) for lang in ("nl", "ar")
    )
    big, small = dutch.crop((40, 560, 340, 700)), arabic.crop((660, 560, 960, 700))
    assert dark(big) > dark(dutch.crop((340, 560, 640, 700)))  # the start is written bigger, at the left
    assert dark(small) < dark(arabic.crop((960, 560, 1260, 700)))  # and at the right in Arabic


def dark(image: Image.Image) -> int:
    return sum(image.convert("L").histogram()[:60])


@pytest.mark.parametrize("lang", ["nl", "en", "fr", "ar", "tr", "uk", "ro", "es", "fa", "prs", "so", "ti", "ary"])
def test_every_language_has_names_for_its_days(lang: str) -> None:
    names = when.day_names(lang, "wide")
    assert len(set(names)) == 7
    assert all(text.script(text.clean(name)) for name in names)


def test_a_language_whose_letters_we_lack_still_gets_its_picture(tmp_path: Path) -> None:
    with Image.open(cards.draw(meeting("ka"), tmp_path, tmp_path)) as drawn:
        image = drawn.convert("RGB")
    assert image.width == 1280


def test_without_an_hour_there_is_no_clock_and_without_a_day_no_strip() -> None:
    assert (
        cards.render(Picture("when", "nl", (Cell("meeting"),), "2026-11-05")).height == cards.render(meeting()).height
    )
    assert (
        cards.render(Picture("when", "nl", (Cell("meeting"),), None, "09:00")).height < cards.render(meeting()).height
    )


@pytest.mark.parametrize(("day", "hour"), [("5 november", "09:00"), ("2026-11-05", "negen")])
def test_a_day_or_hour_that_is_none_is_told(day: str, hour: str) -> None:
    with pytest.raises(PictureError, match="is not"):
        cards.render(Picture("when", "nl", (Cell("meeting"),), day, hour))


def test_a_when_picture_is_light(tmp_path: Path) -> None:
    assert cards.draw(meeting("ar"), tmp_path, tmp_path).stat().st_size < 60_000
