"""The content: flows, texts, languages and pictures' names, read once at start. All faults are told at once, with file and line."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.flow.load import Script
from bot.flow.load import load as load_flows
from bot.flow.model import Ready, Sign, Step, Topic
from bot.flow.reading import Fault, Map, Reader
from bot.speech.phrases import DUTCH, Phrases

if TYPE_CHECKING:
    from bot.faq.match import Matcher

LANGUAGE_WORDS = {
    *("name", "spoken", "dutch", "dir", "script", "spoken_apart", "fallback", "offered", "text", "reviews", "voice"),
    *("greeting", "greeting_spoken", "voice_of"),
}


class ContentError(Exception):
    """The content has faults; each line says the file, the line and what to mend."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


@dataclass(frozen=True)
class Language:
    """One language of the house. voice_of: it is a spoken variant of that language (ary of ar), not a language to read."""

    id: str
    name: str
    dutch: str
    rtl: bool = False
    script: str = "latin"
    spoken_apart: bool = False
    fallback: str | None = None
    offered: bool = False
    greeting: str = ""
    greeting_spoken: str = ""
    name_spoken: str = ""
    voice_of: str | None = None
    reviewed: bool = False  # a native speaker has read everything


@dataclass(frozen=True)
class Content:
    """All that was read. folder: the one with flows/, locales/ and audio/."""

    flows: dict[str, Step]
    phrases: Phrases
    languages: dict[str, Language]
    topics: dict[str, Topic]
    announcements: dict[str, Ready]
    folder: Path
    signs: dict[str, Sign] = field(default_factory=dict)  # what questions to the group offer
    stones: dict[str, Sign] = field(default_factory=dict)  # the path to childcare, in order
    emoji: dict[str, str] = field(default_factory=dict)  # symbol → the emoji on its button
    where: dict[str, tuple[str, int]] = field(default_factory=dict)  # phrase key → (file, line)

    def chain(self, lang: str) -> list[str]:
        """The language, what it falls back to, and Dutch: whole messages only, in this order."""
        found = self.languages.get(lang)
        chain = [lang, *([found.fallback] if found and found.fallback else []), DUTCH]
        return list(dict.fromkeys(chain))

    @cached_property
    def offered(self) -> list[str]:
        """Languages a mother may choose: switched on, and complete in text and spoken text."""
        return [
            lang.id
            for lang in self.languages.values()
            if lang.offered and lang.voice_of is None and not self.phrases.missing(lang.id)
        ]

    def voices_of(self, lang: str) -> list[str]:
        """The language itself and its spoken variants, when it has any that are switched on."""
        variants = [v.id for v in self.languages.values() if v.voice_of == lang and v.offered]
        return [lang, *variants] if variants else []

    @cached_property
    def matcher(self) -> Matcher:
        """Typed words → topic, from locales/*/asks.yaml."""
        from bot.faq.match import load as load_matcher

        return load_matcher(self.folder)

    def learn(self, kept_in: Path) -> None:
        """The matcher now: quickly when this folder keeps what an earlier start learnt, else learnt in a process of its own."""
        from bot.faq.match import load as load_matcher

        vars(self)["matcher"] = load_matcher(self.folder, kept_in, apart=True)  # where cached_property looks


def load(folder: Path) -> Content:
    """The content of this folder. Raises ContentError with all its faults."""
    content, faults = read(folder)
    if faults:
        raise ContentError(faults)
    return content


def read(folder: Path) -> tuple[Content, list[Fault]]:
    """The content as far as it could be read, and everything that is wrong with it."""
    script = load_flows(folder)
    faults = list(script.faults)
    languages = _languages(folder, faults)
    apart = [lang.id for lang in languages.values() if lang.spoken_apart]
    variants = {lang.id: lang.voice_of for lang in languages.values() if lang.voice_of}
    phrases = Phrases(script.source, folder, apart, variants)
    for lang in languages:
        faults += [Fault(fault.file, fault.line, fault.says) for fault in phrases.faults(lang)]
    emoji = _emoji(folder, faults)
    faults += _unknown_symbols(script, emoji)
    faults += _asks(folder)
    content = Content(
        flows=script.flows,
        phrases=phrases,
        languages=languages,
        topics=script.topics,
        announcements=script.announcements,
        folder=folder,
        signs=script.signs,
        stones=script.stones,
        emoji=emoji,
        where=script.where,
    )
    return content, faults


# ---------------------------------------------------------------- languages


def _languages(folder: Path, faults: list[Fault]) -> dict[str, Language]:
    reader = Reader(folder / "locales" / "languages.yaml", folder, faults)
    if not reader.path.is_file():
        reader.fault(1, "the list of languages is missing")
        return {}
    found = reader.read()
    if found is None:
        return {}
    reader.words(found, {"languages"}, "the list of languages")
    entries = reader.map(found, "languages")
    languages = {}
    for name, entry in entries.items():
        if isinstance(entry, Map):
            languages[name] = _language(reader, name, entry)
        else:
            reader.fault(entries.at(name), f"the language `{name}` has to have words below it")
    _check_languages(reader, entries, languages)
    return languages


def _language(reader: Reader, name: str, entry: Map) -> Language:
    reader.words(entry, LANGUAGE_WORDS, "a language")
    own_name, greeting = reader.required(entry, "name", "a language"), reader.text(entry, "greeting")
    return Language(
        id=name,
        name=own_name,
        dutch=reader.required(entry, "dutch", "a language"),
        rtl=reader.text(entry, "dir", "ltr") == "rtl",
        script=reader.text(entry, "script", "latin"),
        spoken_apart=reader.yes(entry, "spoken_apart"),
        fallback=reader.text(entry, "fallback") or None,
        offered=reader.yes(entry, "offered"),
        greeting=greeting,
        greeting_spoken=reader.text(entry, "greeting_spoken", greeting),
        name_spoken=reader.text(entry, "spoken", own_name),
        voice_of=reader.text(entry, "voice_of") or None,
        reviewed=reader.text(entry, "text") == "reviewed",
    )


def _check_languages(reader: Reader, entries: Map, languages: dict[str, Language]) -> None:
    if DUTCH not in languages:
        reader.fault(1, "Dutch (`nl`) has to be among the languages")
    for name, language in languages.items():
        if language.offered and not language.greeting:
            reader.fault(entries.at(name), f"`{name}` is offered but has no `greeting`")
        for other in (language.fallback, language.voice_of):
            if other and other not in languages:
                reader.fault(entries.at(name), f"`{name}` leans on `{other}`, which is not a language here")


def _asks(folder: Path) -> list[Fault]:
    """What is wrong with how people ask, in locales/*/asks.yaml."""
    from bot.faq import match  # numpy comes with it

    return [Fault(*fault) for fault in match.faults(folder)]


# ---------------------------------------------------------------- symbols


def _emoji(folder: Path, faults: list[Fault]) -> dict[str, str]:
    """What stands on the button for each symbol, from flows/pictures/symbols.yaml."""
    reader = Reader(folder / "flows" / "pictures" / "symbols.yaml", folder, faults)
    if not reader.path.is_file():
        reader.fault(1, "the list of symbols is missing")
        return {}
    found: dict[str, Any] = reader.read() or {}
    entries: dict[str, Any] = found["symbols"] if isinstance(found.get("symbols"), Map) else found
    return {name: str(entry.get("emoji", "")) for name, entry in entries.items() if isinstance(entry, Map)}


def _unknown_symbols(script: Script, emoji: dict[str, str]) -> list[Fault]:
    faults = []
    for step in script.flows.values():
        for symbol in (*step.symbols, *(choice.symbol for choice in step.choices)):
            if symbol not in emoji:
                says = f"`{step.name}` shows `{symbol}`, which is not in flows/pictures/symbols.yaml"
                faults.append(Fault(step.file, step.line, says))
    for sign in (*script.signs.values(), *script.stones.values()):
        if sign.symbol not in emoji:
            says = f"`{sign.id}` shows `{sign.symbol}`, which is not in flows/pictures/symbols.yaml"
            faults.append(Fault(sign.file, sign.line, says))
    return faults
