"""From a step to finished utterances in one language: the picture first, then the voice with the text and the buttons.

A message falls back as a whole: when one phrase, label or spoken number is missing, all of it is said in the next language.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from bot.care import dates, signs
from bot.care.content import Content
from bot.care.filling import SLOT, fill, word
from bot.clock import local
from bot.flow import engine
from bot.flow.model import Choice, Say, Slots, Step
from bot.messages import Button, Cell, Contact, Part, Picture, Pin, Utterance, Voice
from bot.speech import pieces
from bot.speech.phrases import DUTCH, Phrase
from bot.speech.spoken import Words
from bot.speech.voices import speaks

ON_A_ROW = 3
NUMBERS = ("one", "two", "three", "four", "five", "six")
LANGUAGE_COLOURS = ("yellow", "blue", "green", "pink", "orange", "purple")
CAPTION = 1024
GREETING = "language.greeting"


class _Missing(Exception):
    """A phrase of this message is missing in this language."""


@dataclass(frozen=True)
class _Frame:
    """What one message is made with: the step, its slots raw and in words, the language of all of it."""

    content: Content
    lang: str
    step: Step
    slots: Slots
    now: dt.datetime
    footer: bool = True
    words: dict[str, Words] = field(default_factory=dict)

    def phrase(self, key: str) -> Phrase:
        found = self.content.phrases.get(self.lang, key)
        if found is None:
            raise _Missing(key)
        return found

    def button(self, label: str, choice: str) -> Button:
        to = {"flow": self.step.flow, "step": self.step.id, "choice": choice}
        return Button(label, {**to, "args": self.slots} if self.slots else to)

    def emoji(self, symbol: str) -> str:
        return self.content.emoji.get(symbol, "")


def utterances(
    content: Content,
    lang: str,
    say: Say,
    now: dt.datetime,
    *,
    footer: bool = True,
    voice_lang: str | None = None,
) -> list[Utterance]:
    """What is sent for this step, in order. KeyError for a step that does not exist."""
    step = content.flows[say.step]
    for candidate in content.chain(say.lang or lang):
        frame = _Frame(content, candidate, step, say.slots, now, footer)
        try:
            frame = replace(frame, words=_words(frame))
            return _offer(frame) if step.offer in ("languages", "voices") else _message(frame, voice_lang)
        except _Missing:
            continue
    raise KeyError(f"The step {say.step} cannot be said, not even in Dutch.")


def announcement(content: Content, lang: str, kind: str, slots: Slots, now: dt.datetime) -> list[Utterance]:
    """What is sent for a ready-made announcement. KeyError for one that does not exist."""
    return utterances(content, lang, Say(f"announcement.{kind}", slots), now)


# ---------------------------------------------------------------- one message


def _message(frame: _Frame, voice_lang: str | None) -> list[Utterance]:
    step, phrase = frame.step, frame.phrase(frame.step.text_key or "")
    choices = _labelled(frame)
    said = Utterance(
        kind="voice",
        lang=frame.lang,
        text=_caption(frame, phrase),
        voice=_voice(frame, choices, voice_lang),
        buttons=tuple(_buttons(frame, choices)),
        asks=step.asks,
    )
    pictures = [Utterance(kind="picture", lang=frame.lang, picture=picture) for picture in _pictures(frame, choices)]
    return [*_photos(frame), *pictures, *_contacts(frame), *_pins(frame), *_addresses(frame), said]


def _labelled(frame: _Frame) -> list[tuple[Choice, Phrase]]:
    """The choices with their words; first the parts of a date that are offered only now."""
    parts = []
    for part in _parts_of_a_date(frame):
        try:
            parts.append((part.choice, dates.phrase(frame.step.offer or "", part, frame.lang)))
        except (KeyError, ValueError) as error:
            raise _Missing(part.id) from error
    return [*parts, *((choice, frame.phrase(choice.label_key)) for choice in _choices(frame))]


def _parts_of_a_date(frame: _Frame) -> list[dates.Offered]:
    return dates.offered(frame.step.offer or "", frame.slots, local(frame.now).date())


def _choices(frame: _Frame) -> list[Choice]:
    """The step's own choices, after the topics that are offered only now; where we know too little, a person comes first."""
    if frame.step.offer == "signs":
        return [*signs.choices(frame.content, frame.step, frame.slots), *frame.step.choices]
    if frame.step.offer != "topics":
        return sorted(frame.step.choices, key=lambda c: c.id != "person" if frame.slots.get("ask_first") else 0)
    found = [frame.content.topics[name] for name in frame.slots.get("topics", []) if name in frame.content.topics]
    offered = [
        Choice(topic.id, topic.symbol, topic.label_key, f"faq.{topic.id}", colour=topic.colour) for topic in found
    ]
    return [*offered[: len(NUMBERS) - len(frame.step.choices)], *frame.step.choices]


def _caption(frame: _Frame, phrase: Phrase) -> str:
    """The text, and below it what the group filled in for this answer: addresses, hours, names."""
    local_lines = [f"📍 {line}" for line in frame.slots.get("local", [])]
    stone = signs.stone(frame.content, frame.step, frame.slots)
    named = frame.phrase(stone).text if stone else frame.slots.get("stone_name")
    here = [f"👉 {named}"] if named else []
    said = [*_beside(frame, "before"), ("", phrase), *_beside(frame, "after")]
    text = "\n".join([*(fill(one.text, frame.words, shown=True) for _key, one in said), *here, *local_lines])
    return text if len(text) <= CAPTION else text[: CAPTION - 1] + "…"


def _voice(frame: _Frame, choices: list[tuple[Choice, Phrase]], voice_lang: str | None) -> Voice:
    """The text, then "één: …, twee: …"; in her spoken variant when all of it exists there. Without a PO file it has its language's words."""
    own = Voice(frame.lang, tuple(_parts(frame, choices)))
    variant = frame.content.languages.get(voice_lang or "")
    if variant is None or variant.voice_of != frame.lang:
        return own
    if frame.content.phrases.whose(variant.id) != variant.id:
        return Voice(variant.id, own.parts, instead=own)
    try:
        there = replace(frame, lang=variant.id)
        there = replace(there, words=_words(there))
        return Voice(variant.id, tuple(_parts(there, _labelled(there))), instead=own)
    except _Missing:
        return own


def _parts(frame: _Frame, choices: list[tuple[Choice, Phrase]]) -> Iterator[Part]:
    key = frame.step.text_key or ""
    for name, phrase in (*_beside(frame, "before"), (key, frame.phrase(key)), *_beside(frame, "after")):
        yield _part(frame, name, phrase.spoken)
    if (stone := signs.stone(frame.content, frame.step, frame.slots)) is not None:
        yield Part(frame.phrase(stone).spoken, stone)
    for place, (choice, label) in enumerate(choices):
        if frame.step.numbered and place < len(NUMBERS):
            number = f"common.{NUMBERS[place]}"
            yield Part(frame.phrase(number).spoken, number)
        yield Part(label.spoken, choice.label_key or None)


def _part(frame: _Frame, key: str, text: str) -> Part:
    if not SLOT.search(text):
        return Part(text, key)
    return Part(fill(text, frame.words, shown=False), None, _pieces(frame, key, text))


def _beside(frame: _Frame, where: str) -> list[tuple[str, Phrase]]:
    """Whole sentences before and after what is said of a meeting ("We go on an outing." "It is free."), each with its key."""
    keys = [str(key) for key in frame.slots.get(where) or []] if frame.step.picture == "when" else []
    keys += signs.theme_keys(frame.content, frame.step, frame.slots) if where == "before" else []
    return [(key, frame.phrase(key)) for key in keys]


def _pieces(frame: _Frame, key: str, text: str) -> tuple[Part, ...]:
    """For a language that no machine speaks, the sentence as it can be put together from recordings."""
    if speaks(frame.content.folder / "audio", frame.lang):
        return ()
    return pieces.fill(key, text, {name: words.spoken for name, words in frame.words.items()}, frame.lang)


def _buttons(frame: _Frame, choices: list[tuple[Choice, Phrase]]) -> Iterator[tuple[Button, ...]]:
    """One below the other; the parts of a date three on a row, as on a calendar."""
    row: list[Button] = []
    for number, (choice, label) in enumerate(choices, start=1):
        before = str(number) if frame.step.numbered else ""
        words = " ".join(part for part in (before, frame.emoji(choice.symbol), label.text) if part)
        row.append(frame.button(words, choice.id))
        if choice.label_key or len(row) == ON_A_ROW or number == len(choices) or choices[number][0].label_key:
            yield tuple(row)
            row = []
    if frame.footer and frame.step.footer:
        yield _footer(frame)


def _footer(frame: _Frame) -> tuple[Button, ...]:
    """Hear again, hear it in Dutch, a person, home; before she has agreed: SOS instead of the last two."""
    row = [frame.button(frame.emoji("hear-again") or "🔁", engine.AGAIN)]
    if frame.lang != DUTCH:
        row.append(frame.button(f"{frame.emoji('in-dutch')}NL", engine.DUTCH))
    if frame.step.flow == "welcome":
        return (*row, frame.button(frame.emoji("sos") or "SOS", engine.SOS))
    person, home = frame.emoji("person") or "🙋", frame.emoji("home") or "🏠"
    return (*row, frame.button(person, engine.PERSON), frame.button(home, engine.TO_HOME))


# ---------------------------------------------------------------- pictures, pins, numbers to call


def _pictures(frame: _Frame, choices: list[tuple[Choice, Phrase]]) -> list[Picture]:
    slots, found = frame.slots, []
    if frame.step.picture == "when" and slots.get("day"):
        found.append(
            Picture(
                kind="when",
                lang=frame.lang,
                cells=(Cell(_symbol(frame)),),
                day=slots["day"],
                starts=slots.get("time"),
                ends=slots.get("ends"),
                warning=slots.get("warning"),
            )
        )
    if frame.step.picture == "path":
        found.append(Picture(kind="path", lang=frame.lang, cells=signs.stones(frame.content, frame.slots)))
    before = [Cell(symbol) for symbol in frame.step.symbols] if not found else _signs(frame)
    numbers = range(1, len(choices) + 1) if frame.step.numbered else [None] * len(choices)
    numbered = [Cell(c.symbol, label.text, n, c.colour) for n, (c, label) in zip(numbers, choices, strict=True)]
    cells = (*before, *numbered)
    cards = range(0, len(cells), len(NUMBERS)) if frame.step.offer == "months" else range(min(1, len(cells)))
    return [
        *found,
        *(Picture(kind="card", lang=frame.lang, cells=cells[start : start + len(NUMBERS)]) for start in cards),
    ]


def _signs(frame: _Frame) -> list[Cell]:
    """What goes with a meeting, as pictures: what is talked about, free, the price, the whole family."""
    theme = signs.theme(frame.content, frame.slots)
    about = [Cell(theme.symbol, frame.phrase(theme.label_key).text)] if theme else []
    return [*about, *(Cell(str(symbol), str(label)) for symbol, label in frame.slots.get("signs") or [])]


def _photos(frame: _Frame) -> Iterator[Utterance]:
    """Faces and doors of a meeting, and the line of the bus as large as the sign on it."""
    if frame.step.picture != "when":
        return
    for name in frame.slots.get("photos") or []:
        yield Utterance(kind="picture", lang=frame.lang, picture=Picture(kind="file", name=str(name)))
    if frame.step.pin and frame.slots.get("line"):
        bus = Picture(kind="card", lang=frame.lang, cells=(Cell("bus", str(frame.slots["line"])),))
        yield Utterance(kind="picture", lang=frame.lang, picture=bus)


def _symbol(frame: _Frame) -> str:
    """What kind of meeting it is, or what an announcement is about."""
    kind = str(frame.slots.get("kind", ""))
    if frame.step.symbols:
        return frame.step.symbols[0]
    return kind if kind in frame.content.emoji else "meeting"


def _contacts(frame: _Frame) -> Iterator[Utterance]:
    for key, number in frame.step.contacts:
        yield Utterance(kind="contact", lang=frame.lang, contact=Contact(frame.phrase(key).text, number))


def _pins(frame: _Frame) -> Iterator[Utterance]:
    for pin in frame.slots.get("pins", []) if frame.step.pin else []:
        told = {name: value for name, value in pin.items() if name not in ("ask_price", "tags")}
        asks = [_ask_price(frame)] if pin.get("ask_price") else []
        told["address"] = " · ".join([told["address"], *(f"{frame.emoji(s)} {w}" for s, w in _tags(frame, pin)), *asks])
        yield Utterance(kind="pin", lang=frame.lang, pin=Pin(**told))


def _addresses(frame: _Frame) -> Iterator[Utterance]:
    """Places that no map knows: the address in large letters, and a button that looks for it."""
    for found in frame.slots.get("addresses", []) if frame.step.pin else []:
        when = _tags(frame, found)
        cells = (Cell(found["symbol"], found["line"]), *(Cell(symbol, words) for symbol, words in when))
        card = Picture(kind="card", lang=frame.lang, cells=cells)
        link = (Button(frame.emoji("map-pin") or "🗺️", url=found["url"]),)
        asks = [_ask_price(frame)] if found.get("ask_price") else []
        text = "\n".join([found["text"], *(f"{frame.emoji(symbol)} {words}" for symbol, words in when), *asks])
        yield Utterance(kind="picture", lang=frame.lang, text=text[:CAPTION], picture=card, buttons=(link,))


def _tags(frame: _Frame, spot: Slots) -> list[tuple[str, str]]:
    """When a place is there, as the pictures and words with which she could choose it (flows/places.yaml, `care_when`)."""
    step = frame.content.flows.get("places.care_when")
    known = {choice.id: choice for choice in step.choices} if step else {}
    found = [known[tag] for tag in spot.get("tags") or [] if tag in known]
    return [(choice.symbol, frame.phrase(choice.label_key).text) for choice in found]


def _ask_price(frame: _Frame) -> str:
    """Never "free": a price that nobody wrote down is to be asked."""
    return f"💶 {frame.phrase('common.price_ask').text}"


# ---------------------------------------------------------------- choosing a language by hearing it


def _offer(frame: _Frame) -> list[Utterance]:
    """One card with the languages' own names, then one voice note of each in its own tongue."""
    names = [str(name) for name in frame.slots.get("languages", [])] or frame.content.offered
    known = [frame.content.languages[name] for name in names if name in frame.content.languages]
    cells = [
        Cell(_mark(frame, lang.id), lang.name, n, LANGUAGE_COLOURS[(n - 1) % len(LANGUAGE_COLOURS)])
        for n, lang in enumerate(known, start=1)
    ]
    more = len(known) + 1 if frame.step.offer == "languages" and len(known) < len(frame.content.offered) else 0
    if more:
        cells.append(Cell("language", "", more))
    cards = [
        Utterance(
            kind="picture",
            lang=frame.lang,
            text=_caption(frame, frame.phrase(frame.step.text_key or "")) if start == 0 else "",
            picture=Picture(kind="card", lang=frame.lang, cells=tuple(cells[start : start + len(NUMBERS)])),
        )
        for start in range(0, len(cells), len(NUMBERS))
    ]
    notes = [
        Utterance(
            kind="voice",
            lang=lang.id,
            text=lang.greeting,
            voice=Voice(lang.id, (Part(lang.greeting_spoken, GREETING),)),
            buttons=((frame.button(f"{n} {frame.emoji(_mark(frame, lang.id))} {lang.name}", lang.id),),),
        )
        for n, lang in enumerate(known, start=1)
    ]
    if notes:
        others = ((frame.button(f"{more} {frame.emoji('language')}", engine.ALL),),) if more else ()
        notes[-1] = replace(notes[-1], buttons=(*notes[-1].buttons, *others, _way_out(frame)))
    return [*cards, *notes]


def _mark(frame: _Frame, lang: str) -> str:
    """The language's own picture (how its script looks), or a talking mouth."""
    return f"language-{lang}" if f"language-{lang}" in frame.content.emoji else "voice"


def _way_out(frame: _Frame) -> tuple[Button, ...]:
    if frame.step.footer:
        return _footer(frame)
    return (frame.button(frame.emoji("sos") or "SOS", engine.SOS),)


# ---------------------------------------------------------------- words that are filled in


def _words(frame: _Frame) -> dict[str, Words]:
    """Every slot that can stand in a sentence, as it is shown and as it is said. _Missing: the language cannot say one."""
    found = {}
    for name, value in frame.slots.items():
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            try:
                found[name] = word(frame.content, frame.lang, name, value, frame.now)
            except (KeyError, ValueError) as error:
                raise _Missing(name) from error
    return found
