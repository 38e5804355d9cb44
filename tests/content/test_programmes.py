"""What the programmes ask of the words: names stay as they are, KOALA is two things, and occasional care is always named."""

from __future__ import annotations

import datetime as dt

import pytest

from bot.care import render
from bot.care.content import Content, load
from bot.flow.model import Say
from bot.settings import default_content

NOON = dt.datetime(2026, 11, 24, 11, tzinfo=dt.UTC)
CONTENT = load(default_content())


@pytest.mark.parametrize("lang", sorted(CONTENT.languages))
@pytest.mark.parametrize("name", ["MamaLier", "Wereldmama’s", "38 VOLT"])
def test_a_group_keeps_its_name_in_every_language(content: Content, lang: str, name: str) -> None:
    said = render.utterances(content, lang, Say("welcome.joined", {"group": name}), NOON)
    assert name in said[-1].text
    assert said[-1].voice
    assert name in said[-1].voice.parts[0].text


def test_the_koala_test_at_school_is_not_the_koala_to_play(content: Content) -> None:
    assert content.matcher.find("koala test school", "nl").topic == "school_verplicht"
    assert content.matcher.find("koala spelen", "nl").topic in ("weg_spelen", "human")


def test_what_comes_after_the_group_is_the_coordinators_to_fill_in(content: Content) -> None:
    assert "koala_adres" in content.topics["weg_spelen"].local


def test_no_place_names_occasional_care_and_the_local_desk(content: Content) -> None:
    topic = content.topics["opvang_plaats"]
    assert {"loket_adres", "loket_tel"} <= set(topic.local)
    assert "korte tijd" in content.phrases.source["faq.opvang_plaats.text"]


def test_a_baby_that_does_not_sleep_goes_to_a_person_or_a_nurse(content: Content) -> None:
    found = content.matcher.find("mijn baby slaapt niet", "nl")
    assert found.topic in ("human", "gez_consultatie")


def test_every_question_to_the_group_can_be_asked_in_every_language(content: Content) -> None:
    for lang in content.offered:
        for step in content.flows.values():
            if step.signs:
                assert {u.lang for u in render.utterances(content, lang, Say(step.name, {"name": "Rose"}), NOON)} == {
                    lang
                }


def test_the_stones_have_each_their_own_picture(content: Content) -> None:
    symbols = [stone.symbol for stone in content.stones.values()]
    assert len(symbols) == len(set(symbols)) == 8
