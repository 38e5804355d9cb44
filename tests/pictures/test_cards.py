"""Cards: numbered, mirrored for Arabic, kept by content, small, and never an empty box."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot.messages import Cell, Picture
from bot.pictures import PictureError, cards, grid, shapes, text

LABELS = {
    "nl": "Vragen over de opvang",
    "ar": "أسئلة عن الحضانة",
    "ti": "ሕቶታት ብዛዕባ ኣልያ",
    "uk": "Питання про садок",
    "fa": "سؤال درباره مهدکودک",
    "tr": "Kreş için soru sor",
    "ro": "Întrebări despre creșă",
}
NAMES = ("faq", "when", "ask", "settings", "where", "sos")


def picture(count: int, lang: str = "nl", label: str | None = None) -> Picture:
    words = LABELS[lang] if label is None else label
    return Picture("card", lang, tuple(Cell(NAMES[n], words, n + 1) for n in range(count)))


@pytest.mark.parametrize("lang", LABELS)
@pytest.mark.parametrize("count", range(1, 7))
def test_a_card_is_1280_wide_and_light_enough_for_a_poor_connection(tmp_path: Path, count: int, lang: str) -> None:
    file = cards.draw(picture(count, lang), tmp_path, tmp_path)
    with Image.open(file) as drawn:
        assert drawn.width == 1280
        assert 600 < drawn.height < 1800
        assert drawn.mode == "P"
        assert len(drawn.getcolors(256) or []) <= 128
    assert file.stat().st_size < 64_000


def corner(image: Image.Image, right: bool) -> Image.Image:
    """Where the number of the first choice stands."""
    x = 1280 - 22 - 70 if right else 22 + 70
    return image.crop((x - 50, 22 + 70 - 50, x + 50, 22 + 70 + 50))


def test_amina_finds_the_first_picture_at_the_top_right_and_a_dutch_reader_at_the_top_left() -> None:
    red_first = (Cell("bus", "", 1, "red"), Cell("bus", "", 2, "blue"), Cell("bus", "", 3, "green"), Cell("bus", "", 4))
    dutch, arabic = grid.card(red_first, "nl"), grid.card(red_first, "ar")
    tints = [grid.COLOURS[colour][0] for colour in ("red", "blue", "green")] + [grid.PAPER]
    left, right, high, low = 340, 940, 600, 1230
    spots = {"nl": [(left, high), (right, high), (left, low), (right, low)]}
    spots["ar"] = [(right, high), (left, high), (right, low), (left, low)]
    for image, lang in ((dutch, "nl"), (arabic, "ar")):
        found = ["#{:02X}{:02X}{:02X}".format(*image.getpixel(at)) for at in spots[lang]]  # type: ignore[misc]
        assert found == tints
    assert ImageChops.difference(corner(dutch, right=False), corner(arabic, right=True)).getbbox() is None


def test_the_numbers_are_different_and_in_the_corner() -> None:
    one, two = (grid.card((Cell("bus", "", n), Cell("sun", "", 9)), "nl") for n in (1, 2))
    assert ImageChops.difference(corner(one, right=False), corner(two, right=False)).getbbox()
    assert ImageChops.difference(one, two).getbbox() == ImageChops.difference(one, two).crop((0, 0, 150, 150)).getbbox()


def test_a_cell_without_a_number_is_no_choice_and_stands_above_the_choices() -> None:
    choices = (Cell("yes", "", 1), Cell("no", "", 2))
    with_scene, without = grid.card((Cell("lock"), *choices), "nl"), grid.card(choices, "nl")
    below = with_scene.crop((0, with_scene.height - without.height + 22, 1280, with_scene.height))
    assert ImageChops.difference(below, without.crop((0, 22, 1280, without.height))).getbbox() is None
    assert with_scene.getpixel((60, 60)) == (255, 255, 255)  # no frame, no number


def test_children_are_counted_without_numbers_but_each_in_its_own_frame() -> None:
    count = grid.card(tuple(Cell(f"child{n}", "kind", None, "green") for n in range(6)), "nl")
    tint = tuple(bytes.fromhex(grid.COLOURS["green"][0][1:]))
    assert [count.getpixel((x, y)) for y in (300, 900, 1500) for x in (50, 1230)] == [tint] * 6
    assert count.getpixel((640, 300)) == (255, 255, 255)  # the gap between two frames


def test_colours_can_be_told_apart_by_the_shape_of_their_mark() -> None:
    seen = set()
    for colour in grid.COLOURS:
        image, _ = text.canvas(80, 80)
        shapes.mark(image, colour, (40, 40), "#000000")
        seen.add(image.tobytes())
    assert len(seen) == len(grid.COLOURS)


def test_arabic_letters_are_joined_and_run_from_the_right() -> None:
    image, pen = text.canvas(600, 120)
    text.write(pen, text.fit("سلام", 560, 1, 80), (300, 60), "#000000", "ar")
    apart, pen = text.canvas(600, 120)
    text.write(pen, text.fit("س\u200cل\u200cا\u200cم", 560, 1, 80), (300, 60), "#000000", "ar")
    assert width_of(image) < width_of(apart) * 0.9


def width_of(image: Image.Image) -> int:
    box = ImageChops.invert(image).getbbox()
    assert box
    return box[2] - box[0]


def test_a_letter_that_no_font_has_is_told_and_never_drawn_as_an_empty_box() -> None:
    with pytest.raises(text.Tofu, match=r"ქ \(U\+10E5\)"):
        cards.render(picture(2, label="Tbilisi ქ"))


@pytest.mark.parametrize("mixed", ["ع ትግርኛ", "Ж سلام", "😀"])
def test_letters_that_no_single_font_has_together_are_told(mixed: str) -> None:
    with pytest.raises(text.Tofu):
        text.script(mixed)


@pytest.mark.parametrize(
    "words", ["Kind en Gezin تسجيل 9", "OCMW ትካል 12", "Ї ґ є 112", "Țară şi ğ ı", "كودك‌ها گ پ چ ژ"]
)
def test_names_and_numbers_in_latin_letters_fit_in_a_line_of_her_own_script(words: str) -> None:
    assert text.script(text.clean(words)) in text.SCRIPTS


def test_a_card_with_such_a_letter_is_sent_without_labels_rather_than_not_at_all(tmp_path: Path) -> None:
    file = cards.draw(picture(2, label="ქართული"), tmp_path, tmp_path)
    bare = cards.draw(picture(2, label=""), tmp_path, tmp_path)
    assert file != bare
    assert file.read_bytes() == bare.read_bytes()


def test_a_language_is_written_in_its_own_letters_on_a_card_of_another() -> None:
    assert text.fit("العربية", 400, 1, 60).way == "rtl"
    assert text.fit("Nederlands", 400, 1, 60).way == "ltr"
    assert text.fit("ትግርኛ", 400, 1, 60).font.path != text.fit("Українська", 400, 1, 60).font.path


@pytest.mark.parametrize(("lang", "words"), LABELS.items())
def test_a_label_stays_within_its_cell(lang: str, words: str) -> None:
    long = " ".join([words] * 6)
    block = text.fit(long, 500, 2, 60)
    assert len(block.lines) <= 2
    assert all(block.font.getlength(line, direction=block.way) <= 500 for line in block.lines)


def test_a_second_line_does_not_hold_one_lonely_word() -> None:
    assert text.fit("Vraag het aan een mens", 600, 2, 60).lines == ("Vraag het aan", "een mens")


def test_the_same_card_is_drawn_once_and_a_different_one_again(tmp_path: Path) -> None:
    first = cards.draw(picture(4), tmp_path, tmp_path)
    stamp = first.stat().st_mtime_ns
    assert cards.draw(picture(4), tmp_path, tmp_path) == first
    assert first.stat().st_mtime_ns == stamp
    assert cards.draw(picture(4, "ar"), tmp_path, tmp_path) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_the_same_card_has_the_same_bytes_on_every_machine(tmp_path: Path) -> None:
    one = cards.draw(picture(5, "ti"), tmp_path / "one", tmp_path)
    other = cards.draw(picture(5, "ti"), tmp_path / "other", tmp_path)
    assert one.name == other.name
    assert one.read_bytes() == other.read_bytes()


def test_two_at_once_leave_one_whole_file_and_nothing_half(tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(target=lambda: found.append(cards.draw(picture(3), tmp_path, tmp_path))) for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 4
    assert set(tmp_path.iterdir()) == set(found)
    with Image.open(found[0]) as drawn:
        drawn.load()


@pytest.mark.parametrize("count", [0, 7])
def test_a_card_of_no_or_of_seven_pictures_is_refused(count: int) -> None:
    with pytest.raises(PictureError, match="one to six"):
        grid.card((Cell("bus"),) * count, "nl")


def test_a_picture_that_cannot_be_drawn_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    broken = replace(picture(1), cells=(Cell("no-such-symbol"),))
    with pytest.raises(PictureError, match="no-such-symbol"):
        cards.draw(broken, tmp_path / "cache", tmp_path)
    assert not (tmp_path / "cache").exists()
