"""`stapsteen speak`: everything ahead of time, nothing twice, nothing private, and a report that says what is missing."""

from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner, Result

from bot.messages import Part, Voice
from bot.speech import sound
from bot.speech.clips import Clips
from bot.speech.engines import Gtts
from bot.speech.record import main
from bot.speech.speak import Report, speak_all, speak_everything, work
from bot.speech.worker import Worker
from tests.speech.conftest import file_of, heard, said
from tests.speech.google import Google

TEXTS = {
    "nl": {"hello.text": "Hallo, welkom.", "menu.text": "Wat zoek je?", "remind.text": "Kom {day}."},
    "so": {"hello.text": "Soo dhawoow."},
}


def polite() -> Gtts:
    return Gtts(timeout=(90, 90), gap=0)  # its voice is made in this process, which may be busy


def by_lang(reports: list[Report]) -> dict[str, Report]:
    return {report.lang: report for report in reports}


async def test_google_speaks_what_nobody_recorded_and_each_phrase_once(clips: Clips, google: Google) -> None:
    await clips.record("nl", "menu.text", file_of(said("Wat zoek je?"), "ogg"), "Wat zoek je?", "warda", ("noor",))
    for _ in range(2):
        report = by_lang(await speak_all(clips, TEXTS, google=polite()))["nl"]
        assert google.asked == [("Hallo, welkom.", "nl")]
        assert dict(report.counts) == {"gtts": 1, "recorded": 1, "espeak": 1}
        assert report.slots == 1
    clip = await clips.clip(Voice("nl", (Part("Hallo, welkom.", "hello.text"),)))
    assert clip is not None
    assert clip.engine == "gtts"
    assert -20 < sound.loudness(heard(clip.path)) < -17


async def test_a_language_without_a_voice_says_so(clips: Clips) -> None:
    report = by_lang(await speak_all(clips, TEXTS, engine="espeak"))["so"]
    assert report.silent == ["hello.text"]
    assert report.lines()[:2] == [
        "so: recorded 0 · gtts 0 · espeak 0 · none 1 · 0 with words to fill in",
        "  no machine speaks it: it needs people's recordings (stapsteen voice invite --lang so)",
    ]


async def test_what_a_voice_could_not_say_is_reported_and_not_counted_as_spoken(clips: Clips) -> None:
    report = by_lang(await speak_all(clips, {"nl": {"a.text": "Hallo.", "b.text": "…"}}, engine="espeak"))["nl"]
    assert report.silent == ["b.text"]
    assert dict(report.counts) == {"espeak": 1, "none": 1}


@pytest.mark.parametrize("mode", ["html200", "no_audio", "500", "429", "second_fails", "cut", "tiny"])
async def test_whatever_google_does_she_still_hears_espeak(clips: Clips, google: Google, mode: str) -> None:
    google.mode = mode
    long = (
        "Opvang is voor alle kinderen. Bel de dienst. Kom langs op dinsdag. Je betaalt volgens je inkomen, meer niet."
    )
    texts = {"nl": {"a.text": long, "b.text": f"Nog eens: {long}"}}
    report = by_lang(await speak_all(clips, texts, google=polite()))["nl"]
    assert report.faults
    assert report.counts["espeak"] >= 1
    for key, text in texts["nl"].items():
        clip = await clips.clip(Voice("nl", (Part(text, key),)))
        assert clip is not None
        assert clip.seconds > 4
        assert -21 < sound.loudness(heard(clip.path)) < -16


async def test_pieces_with_a_tag_at_their_head_are_joined_whole(clips: Clips, google: Google) -> None:
    google.mode = "id3"
    text = "Opvang is voor alle kinderen. Bel de dienst. Kom langs op dinsdag. Je betaalt volgens je inkomen. Wij helpen je."
    await speak_all(clips, {"nl": {"a.text": text}}, engine="gtts", google=polite())
    clip = await clips.clip(Voice("nl", (Part(text, "a.text"),)))
    assert clip is not None
    assert (clip.engine, len(google.asked)) == ("gtts", 2)
    assert clip.seconds == pytest.approx(len(said(text, "nl+m1")) / sound.RATE, rel=0.15)


async def test_after_too_many_requests_google_is_not_asked_for_the_rest(clips: Clips, google: Google) -> None:
    google.mode = "429"
    texts = {"nl": {f"k{n}.text": f"Zin nummer {word}." for n, word in enumerate(["een", "twee", "drie"])}}
    report = by_lang(await speak_all(clips, texts, google=polite()))["nl"]
    assert len(google.asked) == 1
    assert dict(report.counts) == {"espeak": 3}
    google.mode = "ok"  # the next day
    report = by_lang(await speak_all(clips, texts, google=polite()))["nl"]
    assert dict(report.counts) == {"gtts": 3}


async def test_it_goes_on_where_it_was_stopped(clips: Clips, google: Google) -> None:
    google.mode = "second_fails"
    texts = {"nl": {"a.text": "Een.", "b.text": "Twee."}}
    await speak_all(clips, texts, engine="gtts", google=polite())
    google.mode = "ok"
    await speak_all(clips, texts, engine="gtts", google=polite())
    assert [text for text, _ in google.asked] == ["Een.", "Twee.", "Twee."]


async def test_espeak_alone_never_calls_google(clips: Clips, google: Google) -> None:
    await speak_all(clips, TEXTS, engine="espeak")
    assert google.asked == []
    assert len(list(clips.cache.rglob("*.ogg"))) == 2


async def test_a_stale_recording_and_one_without_a_phrase_are_listed(clips: Clips) -> None:
    await clips.record("nl", "menu.text", file_of(said("Wat wil je?"), "ogg"), "Wat wil je?", "warda", ("noor",))
    await clips.record("nl", "gone.text", file_of(said("Oud."), "ogg"), "Oud.", "warda", ("noor",))
    report = by_lang(await speak_all(clips, TEXTS, engine="espeak"))["nl"]
    assert report.troubles == {"menu.text": "stale", "gone.text": "orphan"}
    assert "  recording stale: menu.text" in report.lines()


async def test_a_clip_that_is_too_long_is_named_with_its_length(clips: Clips) -> None:
    report = by_lang(await speak_all(clips, {"nl": {"a.text": "Wij helpen je graag. " * 40}}, engine="espeak"))["nl"]
    assert report.too_long["a.text"] > 45


async def test_whole_steps_are_made_ahead_too_and_every_step_is_counted(clips: Clips) -> None:
    menu = Voice("nl", (Part("Wat zoek je?", "menu.text"), Part("Hallo, welkom.", "hello.text")))
    steps: list[int] = []
    await speak_all(clips, TEXTS, engine="espeak", voices=[menu], step=lambda: steps.append(1))
    assert len(steps) == work(TEXTS, [menu], "espeak") == 4
    made = len(list(clips.cache.rglob("*.ogg")))
    await clips.clip(menu)
    assert len(list(clips.cache.rglob("*.ogg"))) == made == 3


async def test_the_command_prints_a_report_and_fails_when_a_language_is_silent(
    audio: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = Clips(audio, tmp_path / "cache", worker=Worker())
    assert await speak_everything(clips, TEXTS, engine="espeak") == 1
    assert "nl: recorded 0 · gtts 0 · espeak 3 · none 0 · 1 with words to fill in" in capsys.readouterr().out
    assert await speak_everything(clips, {"nl": TEXTS["nl"]}, engine="espeak") == 0


def test_a_recording_is_taken_in_approved_and_removed_from_the_command_line(audio: Path, tmp_path: Path) -> None:
    app = Typer()
    app.command()(main)
    file = tmp_path / "mine.m4a"
    file.write_bytes(file_of(said("Wat zoek je?"), "mp4"))

    def say(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--audio", str(audio)])

    taken = say("nl", "menu.text", str(file), "--said", "Wat zoek je?", "--speaker", "warda")
    assert taken.exit_code == 0, taken.output
    recordings = Clips(audio, tmp_path / "cache").recordings
    assert recordings.state("nl", "menu.text", "Wat zoek je?") == "unheard"
    assert "nl/menu.text: ok." in say("nl", "menu.text", "--heard-by", "noor").output
    assert recordings.state("nl", "menu.text", "Wat zoek je?") == "ok"
    assert "1 recordings removed" in say("--forget", "warda").output
    assert recordings.state("nl", "menu.text", "Wat zoek je?") == "missing"
    file.write_bytes(b"no sound")
    refused = say("nl", "menu.text", str(file), "--said", "x", "--speaker", "warda")
    assert (refused.exit_code, "no sound file" in refused.output) == (1, True)
    assert say("nl").exit_code == 2
