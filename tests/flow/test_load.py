"""Reading flows: every scalar a string, a closed list of words, every fault with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.care import effects
from bot.care.content import Content, ContentError
from bot.care.content import load as load_content
from bot.flow.load import Script, load
from bot.flow.model import Choice
from bot.settings import default_content


def write(folder: Path, **files: str) -> Script:
    for name, text in files.items():
        path = folder / "flows" / name.replace("__", "/")
        path = path.with_name(path.name + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return load(folder)


HOME = """flow: home
steps:
  menu:
    text: "Wat zoek je?"
    choices:
      yes: {symbol: yes, label: "Ja", go: menu, args: {at: 09:30, on: on}}
"""


def test_every_scalar_stays_a_string(tmp_path: Path) -> None:
    script = write(tmp_path, home=HOME)
    assert script.faults == []
    expected = Choice("yes", "yes", "home.menu.yes.label", "home.menu", {"at": "09:30", "on": "on"})
    assert script.flows["home.menu"].choices == (expected,)
    assert script.source == {"home.menu.text": "Wat zoek je?", "home.menu.yes.label": "Ja"}


STEP = "flow: home\nsteps:\n  menu:\n"
CATEGORY = 'category: opvang\nsymbol: baby\nlabel: "Opvang"\ntopics:\n  prijs: {symbol: price, label: "Prijs", text: "Vraag het."}\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("flow: home\nstepz: {}\n", "2: `stepz` is not a word of a flow", id="unknown word in a flow"),
        pytest.param(STEP + "    texts: x\n", "4: `texts` is not a word of a step", id="unknown word in a step"),
        pytest.param(STEP + "    symbols: [a]\n", "3: the step `menu` has to have either", id="neither text nor do"),
        pytest.param(STEP + "    text: x\n", "3: `home.menu` needs a picture", id="no picture"),
        pytest.param(STEP + "    text: x\n    symbols: [a, a]\n", "same picture twice: a", id="one picture twice"),
        pytest.param(
            STEP + "    text: x\n    symbols: [a]\n    go: no.where\n", "goes to `no.where`", id="no such step"
        ),
        pytest.param(STEP + "    text: x\n    symbols: [a]\n    go: menu\n", "goes round in a circle", id="a circle"),
        pytest.param(
            STEP + "    text: x\n    symbols: [a]\n    asks: true\n", "6: `asks` is yes or no", id="not yes or no"
        ),
        pytest.param(
            STEP + "    text: x {who}\n    symbols: [a]\n", "4: {who} is not a word that can", id="unknown slot"
        ),
        pytest.param(STEP + "    do: x\n", "3: the step `menu` does something", id="no outcomes"),
        pytest.param(STEP + "    do: x\n    text: y\n    on: {ok: menu}\n", "either `text` or `do`", id="text and do"),
        pytest.param(
            STEP + "    text: x\n    symbols: [a]\n    wait: {sms: menu}\n", "6: `sms` is not known", id="wait"
        ),
        pytest.param(
            STEP + "    text: x\n    symbols: [a, b, c, d, e, f, g]\n", "7 pictures; a card holds 6", id="seven"
        ),
        pytest.param("flow: other\nsteps: {}\n", "1: the flow is called `other` but its file", id="another name"),
        pytest.param("- a list\n", "1: the file has to be", id="not a mapping"),
        pytest.param("flow: [home\n", "this is not YAML", id="not YAML"),
        pytest.param("flow: home\nflow: home\n", "2: `flow` stands here twice", id="twice the same word"),
        pytest.param("", "1: the file has to be", id="empty"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, text: str, says: str) -> None:
    faults = [str(fault) for fault in write(tmp_path, home=text).faults]
    assert any(fault.startswith("flows/home.yaml:") and says in fault for fault in faults), faults


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    script = write(tmp_path, home=STEP + "    texts: x\n", other="flow: other\nsteps: {a: {text: x}}\n")
    assert {fault.file for fault in script.faults} == {"flows/home.yaml", "flows/other.yaml"}


FAQ = 'flow: faq\nsteps:\n  menu: {text: "Waarover?"}\n  helped: {text: "Fijn.", symbols: [thanks], go: menu}\n'
ASK = 'flow: ask\nsteps:\n  start: {text: "Vraag maar.", symbols: [ask]}\n'


def test_answers_become_steps_of_the_faq(tmp_path: Path) -> None:
    script = write(tmp_path, home=HOME, faq=FAQ, ask=ASK, faq__opvang=CATEGORY)
    assert script.faults == []
    assert [c.go for c in script.flows["faq.menu"].choices] == ["faq.opvang"]
    assert [c.go for c in script.flows["faq.opvang"].choices] == ["faq.prijs"]
    assert [c.go for c in script.flows["faq.prijs"].choices] == ["faq.helped", "ask.start"]
    assert script.topics["prijs"].category == "opvang"


def test_more_than_six_topics_become_pages(tmp_path: Path) -> None:
    topics = "".join(f'  t{n}: {{symbol: s{n}, label: "T{n}", text: "Vraag het."}}\n' for n in range(9))
    category = f'category: opvang\nsymbol: baby\nlabel: "Opvang"\ntopics:\n{topics}'
    script = write(tmp_path, home=HOME, faq=FAQ, ask=ASK, faq__opvang=category)
    assert [c.id for c in script.flows["faq.opvang"].choices] == ["t0", "t1", "t2", "t3", "t4", "more"]
    assert [c.id for c in script.flows["faq.opvang_2"].choices] == ["t5", "t6", "t7", "t8"]


def test_urgent_topics_stand_first(tmp_path: Path) -> None:
    late = '  gif: {symbol: poison, label: "Gif", text: "Bel nu.", urgent: yes}\n'
    script = write(tmp_path, home=HOME, faq=FAQ, ask=ASK, faq__opvang=CATEGORY + late)
    assert [c.id for c in script.flows["faq.opvang"].choices] == ["gif", "prijs"]


def test_a_topic_with_an_unknown_word_is_a_fault(tmp_path: Path) -> None:
    wrong = CATEGORY.replace("symbol: price", "simbol: price")
    faults = [str(f) for f in write(tmp_path, home=HOME, faq=FAQ, ask=ASK, faq__opvang=wrong).faults]
    assert any("flows/faq/opvang.yaml:5: `simbol` is not a word of a topic" in fault for fault in faults)


def test_the_real_content_has_no_fault(content: Content) -> None:
    assert len(content.topics) > 12
    assert {"nl", "en", "fr", "ar"} <= set(content.offered)


def test_everything_a_flow_does_exists(content: Content) -> None:
    assert {step.do for step in content.flows.values() if step.do} == set(effects.EFFECTS)


def test_broken_content_is_refused_with_all_its_faults(tmp_path: Path) -> None:
    write(tmp_path, home=STEP + "    texts: x\n")
    with pytest.raises(ContentError, match=r"(?s)flows/home.yaml:4.*locales/languages.yaml:1"):
        load_content(tmp_path)


def test_the_folder_that_ships_is_the_one_that_is_read() -> None:
    assert (default_content() / "flows" / "home.yaml").is_file()
