"""Photos: a house's own picture takes the symbol's place; what travels on is small and says nothing about where it was taken."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.messages import Cell, Picture
from bot.pictures import PictureError, cards, photo, symbols

GPS, ORIENTATION, MAKE = 0x8825, 0x0112, 0x010F


def jpeg(size: tuple[int, int] = (3000, 2000), orientation: int = 1) -> bytes:
    """A photo as a telephone makes it: with the camera, the place and which way it was held."""
    image = Image.new("RGB", size, "#2060A0")
    image.paste("#F02020", (0, 0, size[0] // 2, size[1] // 2))
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = "Telephone", orientation
    exif.get_ifd(GPS)[1] = "N"
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif.tobytes(), comment=b"made at home")
    return out.getvalue()


def stored(folder: Path, data: bytes) -> Picture:
    (folder / "photo1.jpg").write_bytes(data)
    return Picture("file", name="photo1.jpg")


def test_her_photo_travels_on_without_the_place_where_it_was_taken(tmp_path: Path) -> None:
    picture = stored(tmp_path, jpeg())
    data = cards.draw(picture, tmp_path / "cache", tmp_path).read_bytes()
    with Image.open(io.BytesIO(data)) as sent:
        assert len(sent.getexif()) == 0
        assert "comment" not in sent.info
    assert b"Exif" not in data
    assert b"made at home" not in data


def test_a_big_photo_becomes_at_most_1280(tmp_path: Path) -> None:
    with Image.open(cards.draw(stored(tmp_path, jpeg()), tmp_path / "cache", tmp_path)) as sent:
        assert sent.size == (1280, 853)


def test_a_small_photo_is_not_blown_up(tmp_path: Path) -> None:
    with Image.open(cards.draw(stored(tmp_path, jpeg((300, 200))), tmp_path / "cache", tmp_path)) as sent:
        assert sent.size == (300, 200)


def test_a_photo_taken_with_the_telephone_on_its_side_stands_upright(tmp_path: Path) -> None:
    with Image.open(cards.draw(stored(tmp_path, jpeg(orientation=6)), tmp_path / "cache", tmp_path)) as sent:
        assert sent.size == (853, 1280)
        red, _, blue = sent.convert("RGB").getpixel((800, 50))  # type: ignore[misc]
        assert red > 180 > blue  # the red corner is now at the top right


@pytest.mark.parametrize("data", [b"", b"not a photo", jpeg()[:700]], ids=["empty", "text", "cut short"])
def test_a_file_that_is_no_photo_is_told(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(PictureError, match="cannot be read"):
        cards.draw(stored(tmp_path, data), tmp_path / "cache", tmp_path)


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    out = io.BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    with pytest.raises(PictureError, match="too big"):
        photo.open_photo(out.getvalue())


@pytest.mark.parametrize("name", ["../photo1.jpg", "/etc/passwd", "", ".hidden", "a/b.jpg"])
def test_only_a_stored_photo_can_be_asked_for(tmp_path: Path, name: str) -> None:
    (tmp_path / "media").mkdir()
    stored(tmp_path, jpeg())
    with pytest.raises(PictureError, match="not the name of a stored photo"):
        cards.draw(Picture("file", name=name), tmp_path / "cache", tmp_path / "media")


def test_a_house_puts_its_own_door_in_place_of_the_symbol(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    (folder / "own").mkdir(parents=True)
    (folder / "symbols.yaml").write_bytes((symbols.default_folder() / "symbols.yaml").read_bytes())
    card = Picture("card", "nl", (Cell("house"), Cell("bus", "", 1)))
    before = cards.draw(card, tmp_path, tmp_path, folder)
    (folder / "own" / "house.jpg").write_bytes(jpeg((400, 600)))
    after = cards.draw(card, tmp_path, tmp_path, folder)
    assert after != before
    with Image.open(after) as drawn:
        red, green, blue = drawn.convert("RGB").getpixel((560, 150))  # type: ignore[misc]
    assert red > 180 > max(green, blue)
    (folder / "own" / "house.jpg").write_bytes(b"no photo")  # she sees the symbol, not nothing
    assert cards.draw(card, tmp_path, tmp_path, folder).read_bytes() == before.read_bytes()
