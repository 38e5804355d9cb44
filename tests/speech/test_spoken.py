"""Days, hours and numbers in words."""

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import default_content
from bot.speech import spoken

WEDNESDAY = dt.date(2026, 11, 25)
OURS = ["ar", "en", "fr", "nl"]
DIGITS = re.compile(r"[0-9٠-٩۰-۹]")


@pytest.fixture
def own_content(tmp_path: Path) -> Iterator[Path]:
    spoken.read_from(tmp_path)
    yield tmp_path
    spoken.read_from(default_content())


@pytest.mark.parametrize(
    ("at", "lang", "shown", "said"),
    [
        pytest.param("09:30", "nl", "9.30 uur", "half tien", id="nl half"),
        pytest.param("09:00", "nl", "9 uur", "negen uur", id="nl whole hour"),
        pytest.param("12:30", "nl", "12.30 uur", "half één 's middags", id="nl half past noon"),
        pytest.param("14:15", "nl", "14.15 uur", "kwart over twee in de namiddag", id="nl afternoon"),
        pytest.param("09:30", "fr", "9 h 30", "neuf heures et demie", id="fr half"),
        pytest.param("12:30", "fr", "12 h 30", "midi et demi", id="fr half past noon"),
        pytest.param("11:45", "fr", "11 h 45", "midi moins le quart", id="fr before noon"),
        pytest.param("19:45", "fr", "19 h 45", "huit heures moins le quart du soir", id="fr evening"),
        pytest.param("13:00", "fr", "13 h", "une heure de l’après-midi", id="fr one o'clock"),
        pytest.param("09:30", "en", "9.30 am", "half past nine", id="en half"),
        pytest.param("12:00", "en", "12 pm", "twelve noon", id="en noon"),
        pytest.param("20:45", "en", "8.45 pm", "quarter to nine in the evening", id="en evening"),
        pytest.param("09:30", "ar", "الساعة 9:30", "السَّاعَةَ التَّاسِعَةَ وَالنِّصْف صَبَاحًا", id="ar half"),
        pytest.param("13:45", "ar", "الساعة 13:45", "السَّاعَةَ الثَّانِيَةَ إِلَّا الرُّبْع بَعْدَ الظُّهْر", id="ar quarter to"),
    ],
)
def test_a_clock_time_is_said_as_people_say_it(at: str, lang: str, shown: str, said: str) -> None:
    assert spoken.time(dt.time.fromisoformat(at), lang) == spoken.Words(shown, said)


@pytest.mark.parametrize(
    ("ahead", "lang", "shown", "said"),
    [
        pytest.param(0, "nl", "vandaag, woensdag", "vandaag, woensdag", id="today"),
        pytest.param(1, "nl", "morgen, donderdag", "morgen, donderdag", id="tomorrow"),
        pytest.param(6, "nl", "dinsdag", "dinsdag", id="this week"),
        pytest.param(7, "nl", "woensdag 2 december", "woensdag twee december", id="same weekday needs the date"),
        pytest.param(-1, "nl", "dinsdag 24 november", "dinsdag vierentwintig november", id="gone"),
        pytest.param(6 + 30, "fr", "jeudi 31 décembre", "jeudi trente-et-un décembre", id="fr date"),
        pytest.param(37, "fr", "vendredi 1 janvier", "vendredi premier janvier", id="fr first"),
        pytest.param(9, "en", "Friday 4 December", "Friday the fourth of December", id="en date"),
        pytest.param(9, "ar", "يوم الجمعة 4 ديسمبر", "يَوْمَ الْجُمُعَة الرَّابِعِ مِنْ دِيسَمْبِر", id="ar date"),
    ],
)
def test_a_day_is_near_a_weekday_or_a_date(ahead: int, lang: str, shown: str, said: str) -> None:
    assert spoken.day(WEDNESDAY + dt.timedelta(ahead), lang, WEDNESDAY) == spoken.Words(shown, said)


def test_tomorrow_is_counted_on_the_wall_clock_in_flanders() -> None:
    late = dt.datetime(2026, 11, 25, 22, 59, tzinfo=dt.UTC)  # 23.59 on Wednesday in Flanders
    meeting = dt.datetime(2026, 11, 26, 8, 30, tzinfo=dt.UTC)
    assert spoken.moment(meeting, "nl", late).spoken == "morgen, donderdag, om half tien"
    assert spoken.moment(meeting, "nl", late + dt.timedelta(minutes=2)).shown == "vandaag, donderdag, om 9.30 uur"
    assert spoken.moment(meeting, "fr", late).spoken == "demain, jeudi, à neuf heures et demie"


@pytest.mark.parametrize("lang", OURS)
def test_nothing_that_is_said_has_a_digit_or_an_open_slot(lang: str) -> None:
    times = [spoken.time(dt.time(h, m), lang) for h in range(24) for m in range(60)]
    days = [spoken.day(WEDNESDAY + dt.timedelta(n), lang, WEDNESDAY) for n in range(-7, 400)]
    counts = [spoken.count(n, "children", lang) for n in range(60)]
    for words in times + days + counts:
        assert words.spoken.strip() == words.spoken != ""
        assert not DIGITS.search(words.spoken)
        assert not re.search(r"[{}]|  ", words.spoken + words.shown)


@pytest.mark.parametrize("lang", OURS)
def test_two_times_of_a_day_are_never_said_the_same_way(lang: str) -> None:
    said = [spoken.time(dt.time(h, m), lang).spoken for h in range(24) for m in range(60)]
    assert len(set(said)) == 24 * 60


def test_arabic_is_said_with_its_vowels_and_shown_without() -> None:
    words = spoken.moment(
        dt.datetime(2026, 11, 26, 8, 30, tzinfo=dt.UTC), "ar", dt.datetime(2026, 11, 25, 9, tzinfo=dt.UTC)
    )
    letters, marks = len(re.findall("[\u0621-\u064a]", words.spoken)), len(re.findall("[\u064b-\u0652]", words.spoken))
    assert marks / letters > 0.6
    assert words.shown == "غدًا، يوم الخميس، الساعة 9:30"


@pytest.mark.parametrize(
    ("n", "lang", "shown", "said"),
    [
        (0, "nl", "geen kinderen", "geen kinderen"),
        (1, "nl", "1 kind", "één kind"),
        (2, "fr", "2 enfants", "deux enfants"),
        (3, "en", "3 children", "three children"),
        (2, "ar", "طفلان", "طِفْلَان"),
        (3, "ar", "3 أطفال", "ثَلَاثَة أَطْفَال"),
        (11, "ar", "11 طفلًا", "أَحَدَ عَشَر طِفْلًا"),
    ],
)
def test_counted_children_take_the_form_of_their_number(n: int, lang: str, shown: str, said: str) -> None:
    assert spoken.count(n, "children", lang) == spoken.Words(shown, said)


def test_numbers_come_in_words_without_soft_hyphens() -> None:
    assert [spoken.number(n, "nl") for n in (1, 9, 21)] == ["één", "negen", "eenentwintig"]
    assert [spoken.number(n, "fr") for n in (71, 80, 99)] == ["septante-et-un", "quatre-vingts", "nonante-neuf"]
    assert "\u00ad" not in "".join(spoken.number(n, lang) for n in range(100) for lang in OURS)


def test_an_unknown_language_is_refused_and_never_answered_in_english() -> None:
    for say in (lambda: spoken.number(9, "xx"), lambda: spoken.time(dt.time(9), "xx")):
        with pytest.raises(KeyError, match="xx"):
            say()
    with pytest.raises(KeyError, match="xx"):
        spoken.day(WEDNESDAY, "xx", WEDNESDAY)


def test_a_language_is_added_by_one_file(own_content: Path) -> None:
    folder = own_content / "locales" / "xx"
    folder.mkdir(parents=True)
    lines = (default_content() / "locales" / "nl" / "spoken.yaml").read_text("utf-8")
    numbers = "numbers: {" + ", ".join(f'{n}: "n{chr(97 + n)}"' for n in range(13)) + "}"
    (folder / "spoken.yaml").write_text(re.sub(r"numbers: .*", numbers, lines).replace("uur", "oer"), "utf-8")
    assert spoken.languages() == ["xx"]
    assert spoken.time(dt.time(9), "xx").spoken == "nj oer"
    with pytest.raises(KeyError, match="numbers in 'xx'"):
        spoken.number(40, "xx")


def test_a_week_without_seven_days_is_named_with_its_file(own_content: Path) -> None:
    folder = own_content / "locales" / "xx"
    folder.mkdir(parents=True)
    lines = (default_content() / "locales" / "nl" / "spoken.yaml").read_text("utf-8")
    (folder / "spoken.yaml").write_text(lines.replace('"zondag"', '"zaterdag", "zondag"'), "utf-8")
    with pytest.raises(ValueError, match=r"xx.spoken\.yaml: 8 names where 7"):
        spoken.day(WEDNESDAY, "xx", WEDNESDAY)
