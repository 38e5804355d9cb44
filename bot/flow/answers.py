"""From flows/faq/*.yaml to steps of the flow `faq`: menu → category → answer, six pictures at most on each card.

A step of the same name in flows/faq.yaml (`menu`, `nood`) keeps its own words and only receives its choices here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from bot.flow.load import MOST_ON_A_CARD, NAME, Script, add, contacts, phrase, read_choices, spoken
from bot.flow.model import SERVICE, Choice, Step, Topic
from bot.flow.reading import Map, Reader

CATEGORY_WORDS = {"category", "order", "symbol", "colour", "label", "topics", "also"}
TOPIC_WORDS = {
    "symbol",
    "label",
    "text",
    "spoken",
    "facts",
    "local",
    "needs",
    "contacts",
    "choices",
    "urgent",
    "service",
}
HELPED = Choice("helped", "helped", "common.helped", "faq.helped")
PERSON = Choice("person", "person", "common.ask_person", "ask.start")


@dataclass(frozen=True)
class _Category:
    id: str
    order: int
    choice: Choice
    reader: Reader
    line: int
    topics: tuple[Topic, ...]
    also: tuple[str, ...]  # topics of other categories that stand on this card as well

    @property
    def urgent(self) -> bool:
        return all(topic.urgent for topic in self.topics)


def load(folder: Path, script: Script) -> None:
    """Adds every category and topic to the script. Urgent topics come first; a category of only urgent ones is SOS."""
    files = sorted((folder / "flows" / "faq").glob("*.yaml"))
    readers = [Reader(path, folder, script.faults) for path in files]
    categories = [category for reader in readers if (category := _category(reader, script))]
    for category in categories:
        topics = sorted(category.topics, key=lambda topic: not topic.urgent)
        topics += _also(category, script)
        choices = [Choice(t.id, t.symbol, t.label_key, f"faq.{t.id}", colour=t.colour) for t in topics]
        _pages(script, category.reader, category.id, category.choice.label_key, choices, category.line)
    shown = [c.choice for c in sorted(categories, key=lambda c: c.order) if not c.urgent]
    if categories:
        _pages(script, categories[0].reader, "menu", "faq.menu.text", shown, 1)


def _category(reader: Reader, script: Script) -> _Category | None:
    found = reader.read()
    if found is None:
        return None
    reader.words(found, CATEGORY_WORDS, "a category")
    name = reader.required(found, "category", "the file")
    if not NAME.match(name):
        reader.fault(found.at("category"), f"`{name}` is no name: small letters, digits, - and _")
        return None
    order = reader.text(found, "order", "99")
    if not order.isdecimal():
        reader.fault(found.at("order"), "`order` is a number")
    symbol, label = (reader.required(found, word, "a category") for word in ("symbol", "label"))
    colour = reader.text(found, "colour") or None
    key = phrase(script, reader, f"faq.{name}.label", label, found.at("label"))
    topics = [
        topic
        for topic_id, body in reader.map(found, "topics").items()
        if (topic := _topic(reader, script, name, colour, topic_id, body, reader.map(found, "topics").at(topic_id)))
    ]
    if not topics:
        reader.fault(found.line, "a category needs `topics`")
        return None
    choice = Choice(name, symbol, key, f"faq.{name}", colour=colour)
    place = int(order) if order.isdecimal() else 99
    return _Category(name, place, choice, reader, found.line, tuple(topics), reader.texts(found, "also"))


def _also(category: _Category, script: Script) -> list[Topic]:
    for name in category.also:
        if name not in script.topics:
            category.reader.fault(category.line, f"`also` names the topic `{name}`, which does not exist")
    return [script.topics[name] for name in category.also if name in script.topics]


def _topic(
    reader: Reader, script: Script, category: str, colour: str | None, name: str, body: object, line: int
) -> Topic | None:
    if not NAME.match(name) or not isinstance(body, Map):
        reader.fault(line, f"the topic `{name}` needs a plain name, and words below it")
        return None
    reader.words(body, TOPIC_WORDS, "a topic")
    base = f"faq.{name}"
    symbol, label, text = (reader.required(body, word, f"the topic `{name}`") for word in ("symbol", "label", "text"))
    topic = Topic(
        id=name,
        category=category,
        symbol=symbol,
        label_key=phrase(script, reader, f"{base}.label", label, body.at("label")),
        colour=colour,
        facts=reader.texts(body, "facts"),
        local=reader.texts(body, "local"),
        urgent=reader.yes(body, "urgent"),
        needs=reader.yes(body, "needs"),
        service=_service(reader, body),
    )
    key = phrase(script, reader, f"{base}.text", text, body.at("text"))
    spoken(script, reader, body, f"{base}.spoken", f"the topic `{name}`")
    step = Step(
        flow="faq",
        id=name,
        text_key=key,
        symbols=(symbol,),
        contacts=contacts(script, reader, body, base),
        line=line,
        file=reader.name,
    )
    add(script, reader, replace(step, choices=(*read_choices(reader, script, step, body), HELPED, PERSON)))
    script.topics[name] = topic
    return topic


def _service(reader: Reader, body: Map) -> dict[str, str] | None:
    if "service" not in body:
        return None
    if not isinstance(body["service"], Map):
        reader.yes(body, "service")  # "no", or a fault
        return {}
    found = reader.map(body, "service")
    reader.words(found, set(SERVICE), "`service`")
    return {name: reader.text(found, name) for name in found}


def _pages(script: Script, reader: Reader, name: str, text_key: str, choices: list[Choice], line: int) -> None:
    """One step, or as many as are needed, each ending in a choice "more"."""
    page, left = 1, choices
    while left:
        fits = len(left) <= MOST_ON_A_CARD
        here, left = (left, []) if fits else (left[: MOST_ON_A_CARD - 1], left[MOST_ON_A_CARD - 1 :])
        if left:
            here = [*here, Choice("more", "more", "common.more", f"faq.{name}_{page + 1}")]
        step_id = name if page == 1 else f"{name}_{page}"
        written = script.flows.get(f"faq.{step_id}")
        if written and written.text_key and written.file == "flows/faq.yaml":
            script.flows[written.name] = replace(written, choices=(*here, *written.choices))
        else:
            step = Step("faq", step_id, text_key, choices=tuple(here), line=line, file=reader.name)
            add(script, reader, step)
        page += 1
