"""Voices from the command line: inviting, say-sheets, taking recordings in, removing a speaker, and the table of what there is."""

from __future__ import annotations

import html
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bot import voices_office
from bot.care import voices
from bot.care.content import read
from bot.cli import app
from bot.settings import Settings, default_content
from bot.speech.pieces import words_to_record
from tests.speech.conftest import file_of, said


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("content")
    for name in ("flows", "locales", "audio"):
        shutil.copytree(default_content() / name, folder / name)
    return folder


@pytest.fixture
def settings(tmp_path: Path, content: Path) -> Settings:
    return Settings(data=tmp_path / "data", content=content)


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def folders(settings: Settings) -> list[object]:
    return ["--data", settings.data, "--content", settings.content]


def test_a_volunteer_is_invited_for_a_language_that_exists(settings: Settings) -> None:
    code, out = run("voice", "invite", "--lang", "so", "--name", "Hodan", *folders(settings))
    assert code == 0
    assert "/start staff-" in out
    code, out = run("voice", "invite", "--lang", "tlh", *folders(settings))
    assert code == 2
    assert "There is no language 'tlh'" in out


async def test_once_the_bot_is_known_there_is_a_link_and_a_qr(settings: Settings) -> None:
    from bot.db.notes import note
    from bot.office import office

    async with office(settings) as (session, _):
        await note(session, "bot", {"id": 1, "username": "stapsteen_bot"})
    text = await voices_office.invite(settings, "so", "Hodan")
    assert "https://t.me/stapsteen_bot?start=staff-" in text
    assert "█" in text


def test_the_sheet_has_every_key_with_words_dutch_and_picture(settings: Settings, tmp_path: Path) -> None:
    sheet = tmp_path / "out" / "so.html"
    code, out = run("voice", "sheet", sheet, "--lang", "so", *folders(settings))
    assert code == 0
    wanted = voices.texts(read(settings.content)[0], "so")
    assert f"{len(wanted)} of {len(wanted)} phrases" in out
    page = sheet.read_text("utf-8")
    assert all(f". {key}<" in page for key in wanted)
    assert html.escape(read(settings.content)[0].languages["so"].greeting) in page
    assert page.count("data:image/png;base64,") > len(wanted) / 2
    assert "://" not in page


def recordings(folder: Path, **files: bytes) -> Path:
    folder.mkdir()
    for name, data in files.items():
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def test_a_folder_of_recordings_is_taken_in_file_by_file(settings: Settings, tmp_path: Path) -> None:
    good = file_of(said("Wat zoek je?", "nl+m3"), "mp3")
    folder = recordings(
        tmp_path / "made",
        language__greeting__mp3=file_of(said("Dag mama! Spreek je Nederlands? Kies dan deze.", "nl+f2"), "mp3"),
        common__one__m4a=file_of(said("één", "nl+f2"), "mp4"),
        home__nowhere__text__mp3=good,
        common__two__mp3=file_of(np.zeros(48_000, np.float32), "mp3"),
        common__three__mp3=file_of(np.concatenate([said()] * 12), "mp3"),
        common__four__mp3=b"no sound at all",
        common__five__mp3=file_of(said("vijf", "nl+f2") * np.float32(0.007), "wav"),
        notes__txt=b"hello",
    )
    code, out = run("voice", "import", folder, "--lang", "nl", "--speaker", "warda", *folders(settings))
    assert code == 1
    rows = dict(line.split(": ", 1) for line in out.splitlines() if ": " in line)
    assert rows["language.greeting.mp3"].startswith("accepted (")
    assert "somebody has to listen" in rows["language.greeting.mp3"]
    assert rows["common.one.m4a"].startswith("accepted")
    assert rows["home.nowhere.text.mp3"] == "refused, unknown key"
    assert rows["common.two.mp3"] == "refused, There is only silence in it."
    assert rows["common.three.mp3"] == "refused, too long: more than 60 seconds"
    assert rows["common.four.mp3"].startswith("refused, This is no sound file")
    assert rows["common.five.mp3"] == "refused, too quiet"
    assert rows["notes.txt"] == "refused, .txt is no sound file"
    assert out.splitlines()[-1] == "2 accepted, 6 refused."
    assert not (settings.content / "audio" / "recordings" / "nl").exists(), "the content may be read-only"


def test_what_somebody_else_heard_is_played_at_once_and_removed_on_one_word(settings: Settings, tmp_path: Path) -> None:
    folder = recordings(tmp_path / "made", common__one__wav=file_of(said("één", "nl+f2"), "wav"))
    with_listener = ["--speaker", "warda", "--heard-by", "noor", *folders(settings)]
    assert run("voice", "import", folder, "--lang", "nl", *with_listener)[0] == 0
    clips = voices_office.make_clips(settings)
    assert clips.status("nl", {"common.one": "één"}) == {"common.one": "recorded"}
    table = run("voice", "status", *folders(settings))[1]
    assert "Speakers: warda 1" in table
    code, out = run("voice", "remove", "noor", *folders(settings))
    assert code == 2
    assert "warda (1)" in out
    assert run("voice", "remove", "warda", *folders(settings)) == (0, "1 recordings of warda removed.\n")
    assert clips.status("nl", {"common.one": "één"}) == {"common.one": "espeak"}


def test_nobody_hears_her_own_recordings_for_the_house(settings: Settings, tmp_path: Path) -> None:
    folder = recordings(tmp_path / "made", common__one__wav=file_of(said("één", "nl+f2"), "wav"))
    same = ["--speaker", "warda", "--heard-by", "warda", *folders(settings)]
    code, out = run("voice", "import", folder, "--lang", "nl", *same)
    assert code == 2
    assert "Somebody else" in out


def test_the_table_names_every_language_and_who_speaks_it(settings: Settings) -> None:
    code, out = run("voice", "status", *folders(settings))
    assert code == 0
    rows = {
        line.split(" ")[1]: [cell.strip() for cell in line.strip("|").split("|")]
        for line in out.splitlines()[2:]
        if "|" in line
    }
    assert set(rows) == set(read(settings.content)[0].languages)
    assert rows["so"][0].endswith("(recordings only)")
    assert rows["so"][1] == "no"
    assert rows["so"][6] == "0"
    assert int(rows["nl"][6]) > 300
    assert rows["nl"][7] == "0"


async def test_a_language_that_is_not_offered_is_reported_and_is_no_failure(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = voices_office.make_clips(settings)
    from bot.speech.speak import speak_everything

    texts = {"nl": {"a.text": "Dag."}, "so": {"a.text": "Maalin wanaagsan."}}
    assert await speak_everything(clips, texts, engine="espeak", must=["nl"]) == 0
    assert "so: recorded 0 · gtts 0 · espeak 0 · none 1" in capsys.readouterr().out
    assert await speak_everything(clips, texts, engine="espeak") == 1


def test_days_and_hours_of_a_recorded_language_are_on_its_sheet(settings: Settings) -> None:
    wanted = voices.texts(read(settings.content)[0], "so")
    assert set(words_to_record("so")) <= set(wanted)
