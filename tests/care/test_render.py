"""One message, one language: text, voice, labels and spoken numbers fall back together or not at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from bot.care.content import Content, Language
from bot.care.render import announcement, utterances
from bot.flow.model import Say
from bot.messages import Utterance
from bot.speech.phrases import Phrases

NOW = dt.datetime(2026, 11, 25, 17, 0, tzinfo=dt.UTC)
MEETING = {"meeting": 1, "day": "2026-11-26", "time": "09:30", "place": "De Nest", "kind": "lesson"}


def translated(content: Content, folder: Path, lang: str, *keys: str, **languages: Language) -> Content:
    """The real content with a language in which only these keys are there; what it says is the key itself."""
    path = folder / "locales" / lang / "LC_MESSAGES" / "stapsteen.po"
    path.parent.mkdir(parents=True)
    entries = ['msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n']
    entries += [f'msgctxt "{key}"\nmsgid "{content.phrases.source[key]}"\nmsgstr "<{key}>"\n' for key in keys]
    path.write_text("\n".join(entries), encoding="utf-8")
    new = {lang: Language(lang, lang, lang, fallback=None)} | languages
    phrases = Phrases(content.phrases.source, folder)
    return replace(content, languages={**content.languages, **new}, phrases=phrases)


def everything(said: list[Utterance]) -> str:
    return repr(said)


CARE = ["settings.mute.text", "settings.mute.mute.label", "settings.mute.unmute.label", "common.one", "common.two"]


def test_a_complete_message_is_said_in_her_language(content: Content, tmp_path: Path) -> None:
    said = utterances(translated(content, tmp_path, "xx", *CARE), "xx", Say("settings.mute"), NOW)
    assert {u.lang for u in said} == {"xx"}
    assert said[-1].text == "<settings.mute.text>"


@pytest.mark.parametrize("lost", CARE)
def test_one_missing_phrase_and_all_of_it_is_in_dutch(content: Content, tmp_path: Path, lost: str) -> None:
    partly = translated(content, tmp_path, "xx", *(key for key in CARE if key != lost))
    said = utterances(partly, "xx", Say("settings.mute"), NOW)
    assert {u.lang for u in said} == {"nl"}
    assert "<" not in everything(said)


def test_it_falls_back_to_the_language_that_was_named_first(content: Content, tmp_path: Path) -> None:
    family = {"yy": Language("yy", "yy", "yy", fallback="xx")}
    said = utterances(translated(content, tmp_path, "xx", *CARE, **family), "yy", Say("settings.mute"), NOW)
    assert {u.lang for u in said} == {"xx"}


def test_a_language_that_cannot_say_the_hour_does_not_say_half_of_it(content: Content, tmp_path: Path) -> None:
    keys = [k for k in content.phrases.source if k.startswith(("reminder.evening.", "common."))]
    said = utterances(translated(content, tmp_path, "xx", *keys), "xx", Say("reminder.evening", MEETING), NOW)
    assert {u.lang for u in said} == {"nl"}


def test_a_spoken_variant_speaks_only_when_it_can_say_everything(content: Content, tmp_path: Path) -> None:
    variant = Language("xx", "xx", "xx", voice_of="nl", offered=True)
    partly = translated(content, tmp_path, "xx", *CARE[:3], xx=variant)
    [_, said] = utterances(partly, "nl", Say("settings.mute"), NOW, voice_lang="xx")
    assert said.voice is not None
    assert (said.lang, said.voice.lang) == ("nl", "nl")
    (tmp_path / "whole").mkdir()
    whole = translated(content, tmp_path / "whole", "xx", *CARE, xx=variant)
    [_, said] = utterances(whole, "nl", Say("settings.mute"), NOW, voice_lang="xx")
    assert said.voice is not None
    assert (said.lang, said.voice.lang) == ("nl", "xx")
    assert said.text == content.phrases.source["settings.mute.text"]
    assert whole.voices_of("nl") == ["nl", "xx"]


@pytest.mark.parametrize("lang", ["nl", "en", "fr", "ar"])
def test_every_step_can_be_said_in_every_offered_language(content: Content, lang: str) -> None:
    slots = {**MEETING, "children": "2", "name": "Amina", "group": "Mama Leert", "language": lang, "guide": "Rose"}
    for name, step in content.flows.items():
        if step.text_key:
            said = utterances(content, lang, Say(name, slots), NOW)
            assert step.offer or {u.lang for u in said} == {lang}, name
            assert all("{" not in u.text and len(u.text) <= 1024 for u in said), name
            voices = [u.voice for u in said if u.voice]
            assert voices, name
            assert all("{" not in part.text for voice in voices for part in voice.parts), name


def test_the_hour_is_shown_in_digits_and_said_in_words(content: Content) -> None:
    *_, said = utterances(content, "nl", Say("reminder.evening", MEETING), NOW)
    assert "morgen, donderdag, om 9.30 uur" in said.text
    assert said.voice is not None
    assert "morgen, donderdag, om half tien" in said.voice.parts[0].text
    assert said.voice.parts[0].key is None
    assert said.asks


def test_arabic_is_shown_without_vowels_and_said_with_them(content: Content) -> None:
    *_, said = utterances(content, "ar", Say("home.menu"), NOW)
    assert said.voice is not None
    assert said.text != said.voice.parts[0].text
    assert "\u064e" in said.voice.parts[0].text
    assert "\u064e" not in said.text


def test_another_place_is_warned_of_and_pinned(content: Content) -> None:
    pin = {"lat": 51.0, "lon": 4.0, "title": "Bibliotheek", "address": "Markt 1"}
    said = utterances(
        content, "fr", Say("reminder.evening_other", {**MEETING, "warning": "other-place", "pins": [pin]}), NOW
    )
    assert [u.kind for u in said] == ["picture", "picture", "pin", "voice"]
    assert said[0].picture is not None
    assert said[0].picture.warning == "other-place"


def test_an_announcement_has_its_footer_and_can_be_heard_again(content: Content) -> None:
    *_, said = announcement(content, "fr", "cancelled", MEETING, NOW)
    again = said.buttons[-1][0]
    assert again.to == {"flow": "announcement", "step": "cancelled", "choice": "@again", "args": MEETING}


def test_words_of_staff_with_braces_are_said_as_they_are(content: Content) -> None:
    *_, said = utterances(content, "nl", Say("reminder.evening", {**MEETING, "place": "{oeps} %s"}), NOW)
    assert "{oeps} %s" in said.text


def test_the_nearest_topics_are_offered_as_pictures_beside_a_person(content: Content) -> None:
    topics = ["opvang_prijs", "school_kosten", "gone"]
    card, said = utterances(content, "nl", Say("faq.nearest", {"topics": topics, "words": "prijs"}), NOW)
    assert card.picture is not None
    assert [cell.symbol for cell in card.picture.cells] == ["price", "costs", "person"]
    assert [row[0].to["choice"] for row in said.buttons[:-1]] == ["opvang_prijs", "school_kosten", "person"]
