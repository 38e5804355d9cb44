"""Words of danger are heard in any order, form and spelling, and ordinary words do not set them off."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.faq import alarms
from bot.faq.match import HUMAN, Matcher, load
from bot.faq.words import normal

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def matcher(learnt: Path) -> Matcher:
    return load(ROOT, learnt)


@pytest.mark.parametrize(
    ("word", "text", "rings"),
    [
        pytest.param("ademt niet", "help hij ademt niet!", True, id="the words as they stand"),
        pytest.param("ademt niet", "hij ademt echt niet", False, id="a word between them"),
        pytest.param("stuip*", "stuipen", True, id="a beginning"),
        pytest.param("stuip", "stuipen", False, id="a whole word"),
        pytest.param("bloed|sang + veel|stop", "zo veel en zo rood bloedt ze", True, id="in any order"),
        pytest.param("bloed|sang + veel|stop", "ze bloedt", False, id="one side is missing"),
        pytest.param("slaat + ma|mij", "mama slaat een ei", False, id="short ones are whole words"),
        pytest.param("slaat + =man", "manier van slaan slaat", False, id="whole word where it says so"),
        pytest.param("bloed + veel", "bloed " + "en dan " * 20 + "veel", False, id="far from each other"),
        pytest.param("", "wat dan ook", False, id="nothing"),
        pytest.param("+", "wat dan ook", False, id="nothing on either side"),
    ],
)
def test_an_alarm_rings_for(word: str, text: str, rings: bool) -> None:
    assert (alarms.first(alarms.read({"nood_112": [word]}), text) == "nood_112") is rings


@pytest.mark.parametrize(
    ("lang", "text", "topic"),
    [
        ("nl", "baby is helemaal blauw", "nood_112"),
        ("fr", "le petit a avalé plein de comprimés", "nood_gif"),
        ("en", "there is so much blood", "nood_112"),
        ("ar", "weldi khta9", "nood_112"),
        ("ar", "ابني صار ازرق", "nood_112"),
        ("tr", "çok kan kaybediyor", "nood_112"),
        ("uk", "він погрожує мене вбити", "nood_geweld"),
        ("ro", "nu mai vreau sa traiesc", "gez_hoofd"),
        ("es", "mi niño se tragó una pila", "nood_gif"),
        ("fa", "دخترم را پیدا نمیتانم", "nood_kwijt"),
        ("so", "guriga ayaa gubanaya", "nood_112"),
        ("ti", "ቆልዓይ ወኒኡ ስሒቱ", "nood_112"),
        ("nl", "weldi khta9", "nood_112"),
    ],
)
def test_danger_in_words_nobody_wrote_down_goes_to_its_card(matcher: Matcher, lang: str, text: str, topic: str) -> None:
    match = matcher.find(text, lang)
    assert (match.topic, match.candidates[0], match.urgent) == (topic, topic, True)


def test_ordinary_questions_seldom_set_off_an_alarm(matcher: Matcher) -> None:
    found = alarms.read(matcher.urgent)
    calm = [
        text
        for lang in ("nl", "fr", "en", "ar", "tr")
        for topic, texts in matcher.phrases[lang].items()
        if topic not in matcher.urgent
        for text in texts[:6]
    ]
    assert len(calm) > 900
    assert sum(alarms.first(found, text) is not None for text in calm) <= len(calm) * 0.002


def test_a_landlord_is_no_danger(matcher: Matcher) -> None:
    for lang, text in [("ti", "ዋና ገዛ ክራይ ወሲኹ"), ("so", "guriga kiradiisa ayaa kordhay")]:
        match = matcher.find(text, lang)
        assert (match.topic, match.urgent) == (HUMAN, False), text


def test_no_alarm_is_missed_by_looking_only_at_the_likely_ones(matcher: Matcher) -> None:
    found = alarms.read(matcher.urgent)
    danger = [word for words in matcher.urgent.values() for word in words][::25]
    said = [f"mama {word.translate(str.maketrans('*|+=', '    '))} nu" for word in danger]
    lines = [f" {' '.join(normal(text).split())} " for text in said]
    for line in lines:
        likely = {id(alarm) for alarm in found.likely(line)}
        assert not [alarm for alarm in found.every if alarm.rings(line) and id(alarm) not in likely], line
    assert max(len(found.likely(line)) for line in lines) < len(found.every) / 5
