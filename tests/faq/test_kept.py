"""What the matcher learnt is kept: the next start gives the same answers at once, and a broken file is learnt anew."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.faq import kept, match
from bot.faq.match import HUMAN, Matcher

ASKS: dict[str, dict[str, Any]] = {
    "nl": {
        "topics": {
            "opvang_prijs": ["wat kost de creche", "prijs van de opvang", "hoeveel is de opvang"],
            "weg_bus": ["welke bus moet ik nemen", "waar is de halte", "hoe kom ik daar"],
        },
        HUMAN: ["hallo", "wie ben jij"],
        "urgent": {"nood_112": ["ademt niet"]},
        "words": {"price": ["kost", "prijs"], "bus": ["=bus", "halte"]},
    },
    "ar": {
        "topics": {"opvang_prijs": ["كم سعر الحضانة", "ch7al la creche"], "weg_bus": ["اي باص"]},
        HUMAN: ["مرحبا"],
        "urgent": {"nood_112": ["لا يتنفس"]},
        "words": {"price": ["سعر"], "bus": ["باص"]},
    },
}
QUESTIONS = [("nl", "wat kost opvang"), ("ar", "ch7al 7adana"), ("nl", "bus?"), ("nl", "hij ademt niet"), ("xx", "سعر")]


def answers(matcher: Matcher) -> list[match.Match]:
    return [matcher.find(text, lang) for lang, text in QUESTIONS]


def test_the_second_start_learns_nothing_and_says_the_same(tmp_path: Path) -> None:
    first = answers(match.build(ASKS, tmp_path / "faq"))
    (file,) = (tmp_path / "faq").iterdir()
    written = file.stat().st_mtime_ns
    assert answers(match.build(ASKS, tmp_path / "faq")) == first == answers(match.build(ASKS))
    assert (file.suffix, file.stat().st_mtime_ns) == (".npz", written)  # who learns, writes


def test_other_words_are_learnt_anew_and_the_old_file_goes(tmp_path: Path) -> None:
    match.build(ASKS, tmp_path)
    (old,) = tmp_path.iterdir()
    more = json.loads(json.dumps(ASKS))
    more["nl"]["topics"]["weg_bus"].append("hoe laat rijdt de tram")
    assert match.build(more, tmp_path).find("tram", "nl").candidates[0] == "weg_bus"
    (new,) = tmp_path.iterdir()
    assert new != old


def test_the_key_follows_the_words(tmp_path: Path) -> None:
    assert kept.key(ASKS) == kept.key(json.loads(json.dumps(ASKS))) != kept.key({})


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"not numbers at all", id="not ours"),
        pytest.param(pickle.dumps({"weights": [1]}), id="a pickle"),
        pytest.param(b"PK\x03\x04 cut off", id="cut off"),
        pytest.param(None, id="the first half of a good one"),
    ],
)
def test_a_broken_file_is_learnt_anew(tmp_path: Path, broken: bytes | None) -> None:
    wanted = answers(match.build(ASKS, tmp_path))
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:2000] if broken is None else broken)
    assert answers(match.build(ASKS, tmp_path)) == wanted
    assert kept.load(file) is not None


def test_an_object_in_the_file_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    np.savez(path, about=np.array([{"letters": {}, "sense": None}], dtype=object))
    assert kept.load(path) is None


def test_a_folder_that_cannot_be_written_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "faq").write_text("a file where a folder should be", "utf-8")
    assert answers(match.build(ASKS, tmp_path / "faq")) == answers(match.build(ASKS))


def test_without_words_there_is_nothing_to_keep(tmp_path: Path) -> None:
    assert match.build({}, tmp_path).find("hallo").topic == HUMAN
    assert match.build({}, tmp_path).find("hallo").topic == HUMAN


def test_what_is_learnt_apart_is_learnt_elsewhere_and_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[Matcher] = []
    learn = match.Matcher._learn_letters

    def seen(self: Matcher) -> Any:
        here.append(self)
        return learn(self)

    monkeypatch.setattr(match.Matcher, "_learn_letters", seen)
    found = match.build(ASKS, tmp_path, apart=True)
    assert not here
    assert answers(found) == answers(match.build(ASKS))


def test_where_no_process_can_be_had_it_is_learnt_here(tmp_path: Path) -> None:
    (tmp_path / "faq").write_text("a file stands where the folder should be", encoding="utf-8")
    assert answers(match.build(ASKS, tmp_path / "faq", apart=True)) == answers(match.build(ASKS))
