"""The desk in English and French: every sentence is there, its slots are right, and a colleague reads it on every machine of hers."""

from __future__ import annotations

import ast
import datetime as dt
import re

import httpx
import pytest
from babel.messages.catalog import Message

from bot.check import desk_words
from bot.check.messages import entries, read
from bot.console import page
from bot.db.models import Group
from tests.care.conftest import ROOT
from tests.console.conftest import Desk

SLOT = re.compile(r"%\(\w+\)s|%%|\{\w+\}")
LETTERS = re.compile(r"[A-Za-zÀ-ÿ]{3,}")
PLAIN = {"Telegram", "Stapsteen", "desk", "nl", "English", "Français", "Nederlands", "GB", "lon"}


def test_the_template_is_up_to_date() -> None:
    told = {str(m.id) for m in entries(read(ROOT / "locales" / "desk.pot") or pytest.fail("there is no desk.pot"))}
    assert told == {str(m.id) for m in entries(desk_words.extract(ROOT))}, "run: stapsteen check --update-po"


def test_english_lacks_nothing() -> None:
    assert desk_words.missing(ROOT, "en") == []


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_translation_has_the_slots_of_its_dutch(lang: str) -> None:
    found = read(ROOT / "locales" / lang / "LC_MESSAGES" / "desk.po")
    assert found is not None
    assert [m.id for m in entries(found) if not _fits(m)] == []


def _fits(message: Message) -> bool:
    """Of a plural either form may leave a slot out that its Dutch leaves out."""
    dutch = [message.id] if isinstance(message.id, str) else list(message.id)
    said = [message.string] if isinstance(message.string, str) else list(message.string or ())
    allowed = {slot for text in dutch for slot in SLOT.findall(text)}
    return all(not text or set(SLOT.findall(text)) == allowed or len(dutch) > 1 for text in said) and all(
        set(SLOT.findall(text)) <= allowed for text in said
    )


def test_no_sentence_of_the_desk_is_put_together_in_an_f_string() -> None:
    wrong = []
    for path in desk_words.PAGES.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("_", "later") and any(isinstance(arg, ast.JoinedStr) for arg in node.args):
                wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == []


COMMANDS = (
    "content",
    "erasures",
    "local",
    "places_file",
    "report",
    "staff",
    "templates",
)  # what only the command says is in English


def test_what_the_care_room_refuses_can_be_said_in_every_language() -> None:
    wrong = []
    for path in desk_words.CARE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            filled = any(isinstance(arg, ast.JoinedStr) for arg in node.args)
            plain = node.func.id == "ValueError" and path.stem not in COMMANDS
            if plain or (node.func.id in desk_words.SAID_IN_CARE and filled):
                wrong.append(f"{path.name}:{node.lineno}")
    assert wrong == [], "raise NotSo(…), with its slots apart"


async def test_a_refusal_is_said_in_the_language_of_who_is_refused(desk: Desk, rose: httpx.AsyncClient) -> None:
    url = f"/console/bijeenkomsten/{desk.coming[0].id}/verplaatsen"
    too_late = {"day": "2020-01-02", "at": "09:00", "sure": "1"}
    assert "Dat moment is al voorbij." in (await rose.post(url, data=too_late)).text
    await rose.post("/console/talen/bureau", data={"lang": "en"})
    assert "That moment has already passed." in (await rose.post(url, data=too_late)).text
    await rose.post("/console/talen/bureau", data={"lang": "fr"})
    rules = {"avond": "18:30", "minuten": "999", "stil_van": "21:00", "stil_tot": "07:30"}
    said = (await rose.post(f"/console/huis/instellingen/huis/{desk.group.house_id}", data=rules)).text
    assert "vient 30 à 240 minutes avant" in said


async def test_the_team_the_log_and_a_draft_speak_her_language(desk: Desk, rose: httpx.AsyncClient) -> None:
    question = await desk.asks(desk.amina, "Dag")
    await rose.post("/console/talen/bureau", data={"lang": "en"})
    assert "sees the meetings and how many people come" in (await rose.get("/console/huis/team")).text
    draft = {"category": "school", "label": "Trip", "text": "Amina asks the school."}
    said = (await rose.post(f"/console/onderwerpen/nieuw/{question.id}", data=draft)).text
    assert "There is a first name in it: Amina. Take it out." in said
    assert "Haal die weg" not in said
    await rose.post(f"/console/groep/{desk.group.id}/moeder/{desk.fatou.id}/wissen")
    assert "everything deleted" in (await rose.get("/console/huis/logboek")).text


@pytest.mark.parametrize(
    ("lang", "christmas", "labour"),
    [
        ("nl", "Kerstvakantie", "Dag van de Arbeid"),
        ("en", "Christmas Break", "Labour Day"),
        ("fr", "Vacances d&#39;hiver", "Fête du Travail"),
    ],
)
async def test_days_off_have_names_in_her_language(
    desk: Desk, rose: httpx.AsyncClient, lang: str, christmas: str, labour: str
) -> None:
    async with desk.db.begin() as session:
        (await session.get_one(Group, desk.group.id)).last_day = dt.date(2027, 6, 25)
    await rose.post("/console/talen/bureau", data={"lang": lang})
    page = (await rose.get("/console/bijeenkomsten/vrij")).text
    assert f"<li>{christmas}: 21/12/2026 – 3/1/2027</li>" in page
    assert labour in page
    moved = {"day": "2026-12-22", "at": "09:00"}
    assert christmas in (await rose.post(f"/console/bijeenkomsten/{desk.coming[0].id}/verplaatsen", data=moved)).text


def test_every_notice_can_be_translated() -> None:
    known = {str(m.id) for m in entries(desk_words.extract(ROOT))}
    assert [text for text in page.NOTICES.values() if text not in known] == []


def test_no_template_says_a_word_that_cannot_be_translated() -> None:
    wrong = []
    for path in sorted((desk_words.PAGES / "templates").glob("*.html")):
        bare = re.sub(
            r"{% trans.*?{% endtrans %}|{{.*?}}|{%.*?%}|{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL
        )
        shown = [
            re.sub(r"<[^>]*>", " ", bare),
            *re.findall(r'(?:aria-label|placeholder|alt|title|label)="([^"]*)"', bare),
        ]
        words = {word for text in shown for word in LETTERS.findall(re.sub(r"&\w+;", " ", text))} - PLAIN
        wrong += [f"{path.name} {sorted(words)}"] if words else []
    assert wrong == []


@pytest.mark.parametrize(("lang", "says"), [("en", "Meetings"), ("fr", "Réunions"), ("nl", "Bijeenkomsten")])
async def test_a_colleague_chooses_her_language_and_keeps_it(desk: Desk, lang: str, says: str) -> None:
    one, other = await desk.inside(desk.rose), await desk.inside(desk.rose)
    went = await one.post("/console/talen/bureau", data={"lang": lang, "back": "/console/groep"})
    assert went.headers["location"] == "/console/groep"
    for browser in (one, other):
        text = (await browser.get("/console/bijeenkomsten")).text
        assert f'<html lang="{lang}"' in text
        assert f"<h1>{says}</h1>" in text
    els = await (await desk.inside(desk.els)).get("/console/bijeenkomsten")
    assert '<html lang="nl"' in els.text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/console/../x", "javascript:alert(1)"])
async def test_nobody_is_sent_elsewhere_by_choosing(rose: httpx.AsyncClient, back: str) -> None:
    went = await rose.post("/console/talen/bureau", data={"lang": "fr", "back": back})
    assert went.headers["location"] == "/console/"
    assert (await rose.post("/console/talen/bureau", data={"lang": "xx"})).status_code == 404
