"""Symbols: every name has its own drawing, its own emoji and a meaning, and faults are told by name."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from PIL import Image

from bot.pictures import PictureError, symbols
from bot.pictures.sheet import contact_sheet

VENDORED = Path(symbols.HERE) / "vendored"
PLANNED = [
    "home",
    "faq",
    "childcare",
    "school",
    "group",
    "health",
    "money",
    "dutch",
    "way",
    "sos",
    "ask",
    "microphone",
    "photo",
    "text",
    "voice",
    "yes",
    "no",
    "hear-again",
    "in-dutch",
    "person",
    "back",
    "helped",
    "meeting",
    "when",
    "where",
    "who",
    "come",
    "late",
    "cannot",
    "child1",
    "child2",
    "child3",
    "child4",
    "child5",
    "child0",
    "settings",
    "language",
    "mute",
    "quiet",
    "forget",
    "what-known",
    "stop",
    "join",
    "practise",
    "ear",
    "finger",
    "calendar",
    "clock",
    "cancelled",
    "moved",
    "other-place",
    "bring",
    "celebrate",
    "registration",
    "waiting-list",
    "price",
    "too-expensive",
    "search",
    "settle",
    "sick",
    "no-place",
    "papers",
    "nappy",
    "compulsory",
    "costs",
    "start-day",
    "holiday",
    "free-choice",
    "friend",
    "consultation",
    "doctor",
    "night",
    "pregnant",
    "sad",
    "moon",
    "baby",
    "mother",
    "mothers",
    "bus",
    "map-pin",
    "letter",
    "phone",
    "ambulance",
    "poison",
    "violence",
    "missing",
    "heart",
    "lock",
    "wave",
    "house",
    "lesson",
    "visit",
    "excursion",
    "feast",
    "play",
    "coordinator",
    "wait",
    "thanks",
    "question",
    "warning",
    "week",
    "sun",
]


def test_every_symbol_of_the_plan_can_be_drawn() -> None:
    known = symbols.load()
    assert [name for name in PLANNED if name not in known] == []
    for name in PLANNED:
        drawn = symbols.picture(name, 64)
        assert drawn.size == (64, 64)
        assert drawn.getchannel("A").getextrema()[1] == 255, f"{name} is empty"


def test_every_symbol_that_a_flow_shows_exists() -> None:
    flows = symbols.default_folder().parent
    named = set()
    for file in flows.glob("*/*.yaml"), flows.glob("*.yaml"):
        for one in file:
            if one.parent.name != "pictures":
                text = one.read_text("utf-8")
                named |= set(re.findall(r"\bsymbol: \"?([\w-]+)", text))
                named |= {n for row in re.findall(r"\bsymbols: \[([^]]*)]", text) for n in re.split(r",\s*", row) if n}
    assert len(named) > 40
    assert named - set(symbols.load()) == set()


OF_A_DATE = re.compile(r"(?:age|month|days?)\d+")


def test_no_two_symbols_look_the_same() -> None:
    seen: dict[bytes, str] = {}
    for name in symbols.load():
        pixels = symbols.picture(name, 48).tobytes()
        assert pixels not in seen, f"{name} looks like {seen.get(pixels)}"
        seen[pixels] = name


def test_no_two_symbols_have_the_same_emoji() -> None:
    seen: dict[str, str] = {}
    for name, symbol in symbols.load().items():
        assert symbols.emoji(name) == symbol.emoji
        if OF_A_DATE.fullmatch(name):
            continue  # there are not so many: the number on the button tells the days, months and birthdays apart
        assert symbol.emoji not in seen, f"{name} and {seen.get(symbol.emoji)} both show {symbol.emoji}"
        seen[symbol.emoji] = name


def test_nothing_sticks_out_of_a_symbol() -> None:
    # a picture that is cut off at its edge has opaque pixels along a good part of that edge
    for name in symbols.load():
        alpha = symbols.picture(name, 100).getchannel("A")
        for box in ((0, 0, 100, 1), (0, 99, 100, 100), (0, 0, 1, 100), (99, 0, 100, 100)):
            solid = sum(value > 200 for value in alpha.crop(box).tobytes())
            assert solid < 34, f"{name} is cut off at {box}"


def test_arrows_point_the_other_way_for_who_reads_from_the_right() -> None:
    left, right = symbols.picture("back", 80), symbols.picture("back", 80, mirrored=True)
    assert left.tobytes() != right.tobytes()
    assert symbols.picture("bus", 80).tobytes() == symbols.picture("bus", 80, mirrored=True).tobytes()


def test_a_tick_stays_a_tick_when_the_rest_is_mirrored() -> None:
    plain = symbols.drawing(symbols.find("come"), symbols.load())
    turned = symbols.drawing(symbols.find("come"), symbols.load(), mirrored=True)
    scales = [re.findall(r"scale\((-?)[\d.]+ [\d.]+\)", svg) for svg in (plain, turned)]
    assert scales[0][-1] == ""  # the tick is the last layer
    assert scales[1][-1] == "-"  # turned inside the turned picture: upright again
    assert scales[0][:-1] == scales[1][:-1]


def test_two_drawings_in_one_symbol_do_not_share_ids() -> None:
    for symbol in symbols.load().values():
        ids = re.findall(r'\bid="([^"]+)"', symbols.drawing(symbol, symbols.load()))
        assert len(ids) == len(set(ids)), symbol.name


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        pytest.param(
            'x: {icons: [unicorn-of-mars], emoji: "a", meaning: "b"}', "unicorn-of-mars", id="no such drawing"
        ),
        pytest.param('x: {icons: [bus], meaning: "b"}', "emoji must be filled in", id="no emoji"),
        pytest.param(
            'x: {icons: [bus], emoji: "a", meaning: "b", colour: red}', "unknown word colour", id="unknown word"
        ),
        pytest.param(
            'x: {icons: [bus], over: star, emoji: "a", meaning: "b"}', "star is not one of", id="unknown mark"
        ),
        pytest.param('x: {emoji: "a", meaning: "b"}', "either one to four icons, or layers", id="nothing to draw"),
        pytest.param(
            'x: {layers: [{symbol: x, at: [5, 5], size: 9}], emoji: "a", meaning: "b"}', "contains itself", id="circle"
        ),
    ],
)
def test_a_fault_in_the_list_is_told_with_the_name_of_the_symbol(tmp_path: Path, entry: str, says: str) -> None:
    (tmp_path / "symbols.yaml").write_text(entry, "utf-8")
    with pytest.raises(PictureError, match=rf"x: .*{re.escape(says)}"):
        symbols.load(tmp_path)


def test_a_name_nobody_knows_is_told() -> None:
    with pytest.raises(PictureError, match="no picture “unicorn”"):
        symbols.emoji("unicorn")


def test_a_list_that_is_being_edited_takes_no_picture_away(tmp_path: Path) -> None:
    file = tmp_path / "symbols.yaml"
    file.write_text('x: {icons: [bus], emoji: "🚌", meaning: "bus"}', "utf-8")
    before = symbols.fingerprint("x", tmp_path)
    for half_done in ('x: {icons: [bus], emoji: "', "{}", None):
        file.unlink() if half_done is None else file.write_text(half_done, "utf-8")
        assert symbols.emoji("x", tmp_path) == "🚌"
        assert symbols.fingerprint("x", tmp_path) == before


def test_the_contact_sheet_shows_every_symbol(tmp_path: Path) -> None:
    count = contact_sheet(tmp_path / "sheet.png")
    assert count == len(symbols.load())
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.height > count // 12 * 200


def test_what_is_vendored_is_exactly_what_the_manifest_says_and_small() -> None:
    manifest = json.loads((VENDORED / "MANIFEST.json").read_text("utf-8"))
    for folder, entry in manifest.items():
        files = {p.name: p for p in (VENDORED / folder).iterdir() if p.suffix in (".svg", ".ttf")}
        assert {name: hashlib.sha256(p.read_bytes()).hexdigest() for name, p in files.items()} == entry["sha256"]
        assert entry["licence"] in ("MIT", "OFL-1.1")
        assert all(package["version"] for package in entry["packages"])
        assert (VENDORED / folder / ("OFL.txt" if entry["licence"] == "OFL-1.1" else "LICENSE")).stat().st_size > 900
    assert sum(p.stat().st_size for p in VENDORED.rglob("*") if p.is_file()) < 3_000_000


def test_nothing_is_vendored_that_no_symbol_uses() -> None:
    from bot.pictures.vendored import build

    assert build.wanted() == sorted(p.stem for p in (VENDORED / build.FLUENT).glob("*.svg"))
