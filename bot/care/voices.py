"""Lending a voice: what there is to record in a language, in the order in which mothers need it, and how it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.care import tell
from bot.care.content import Content
from bot.care.render import GREETING
from bot.db.models import Staff
from bot.messages import Button, Cell, Part, Picture, Utterance, Voice
from bot.speech import pieces
from bot.speech.phrases import DUTCH, is_spoken
from bot.speech.text import has_slots
from bot.speech.voices import speaks

ORDER = (
    *(GREETING, "common.one", "common.two", "common.three", "common.four", "common.five", "common.six", "home."),
    *(
        "parts.day",
        "parts.to",
        "parts.hour",
        "parts.minutes-0",
        "parts.minutes-30",
        "reminder.",
        "faq.nood",
        "welcome.",
    ),
    *("parts.children", "common.", "meeting.", "ask.", "heard.", "faq.", "announcement.", "parts.", "settings."),
)
SOS = "nood"
MOST = 1000  # characters of a caption
DOUBTS = {
    "empty": "er is niets te horen",
    "quiet": "het is te stil: houd de telefoon dichter bij je mond",
    "clipped": "het kraakt: spreek wat zachter of verder van de telefoon",
    "hum": "ik hoor geen stem",
    "noisy": "er is veel lawaai rond je",
    "gap": "er zit een lange stilte in",
    "cut_off": "het einde lijkt weg: wacht even voor je loslaat",
    "too_short": "het is korter dan ik verwacht",
    "too_long": "het is langer dan ik verwacht",
    "other": "het lijkt op een ander bericht",
}
HOPELESS = {"empty", "hum", "quiet", "clipped"}  # no use to anybody: recorded again, always


@dataclass(frozen=True)
class Line:
    """One thing to record. words: what she says, when it is translated; dutch and english: to hear and read what it means."""

    key: str
    words: str
    dutch: str
    english: str = ""
    translated: bool = True
    within: str = ""  # the whole sentence, when this is a stretch of it


def pseudonym(person: Staff) -> str:
    """What a speaker is called in the manifests: always the same, and no name."""
    return f"stem-{hashlib.sha256(f'{person.id}:{person.created_at:%Y%m%d%H%M%S}'.encode()).hexdigest()[:6]}"


def texts(content: Content, lang: str) -> dict[str, str]:
    """Key -> words of everything that can be recorded in a language, most needed first.

    Where no machine speaks the language: also the stretches of sentences with words to fill in, and the words of days and hours.
    """
    found = dict(_all(content, lang))
    return {key: found[key] for key in sorted(found, key=lambda key: _place(content, key))}


def spoken_texts(content: Content, lang: str) -> dict[str, str]:
    """What `stapsteen speak` says of a language: what it has translated, also the sentences that are filled in later."""
    alone = not speaks(content.folder / "audio", lang)
    whole = {key: phrase.spoken for key in _keys(content) if (phrase := content.phrases.get(lang, key))}
    kept = {key: words for key, words in whole.items() if not (alone and has_slots(words))}
    recordable = texts(content, lang)
    extra = (key for key in recordable if key not in whole and _translated(content, lang, key))
    return kept | {key: recordable[key] for key in extra}


def line(content: Content, lang: str, key: str, wanted: Mapping[str, str] | None = None) -> Line:
    """Everything about one thing to record. KeyError when there is no such key. wanted: what `texts` gave, when it is at hand."""
    return Line(
        key=key,
        words=(texts(content, lang) if wanted is None else wanted)[key],
        dutch=_meaning(content, DUTCH, key),
        english=_meaning(content, "en", key),
        translated=_translated(content, lang, key),
        within=_said(content, lang, _sentence(key)) if _sentence(key) != key else "",
    )


def _keys(content: Content) -> list[str]:
    return [key for key in content.phrases.source if not is_spoken(key)]


def _all(content: Content, lang: str) -> Iterator[tuple[str, str]]:
    language = content.languages.get(lang)
    if language and language.greeting:
        yield GREETING, language.greeting_spoken
    alone = not speaks(content.folder / "audio", lang)
    for key in _keys(content):
        words = _said(content, lang, key)
        if not has_slots(words):
            yield key, words
        elif alone:
            yield from ((str(part.key), part.text) for part in pieces.stretches(key, words))
    if alone:
        yield from pieces.words_to_record(lang).items()


def _said(content: Content, lang: str, key: str) -> str:
    phrase = content.phrases.get(lang, key) or content.phrases.get(DUTCH, key)
    return phrase.spoken if phrase else ""


def _sentence(key: str) -> str:
    """The sentence that a stretch is of; any other key is its own."""
    stem, _, number = key.rpartition(".part")
    return stem if stem and number.isdigit() else key


def _translated(content: Content, lang: str, key: str) -> bool:
    return key == GREETING or key.startswith(pieces.PREFIX) or content.phrases.get(lang, _sentence(key)) is not None


def _meaning(content: Content, lang: str, key: str) -> str:
    if key == GREETING:
        return content.languages[lang].greeting_spoken if lang in content.languages else ""
    if key.startswith(pieces.PREFIX):
        return pieces.words_to_record(lang).get(key, "")
    sentence = _said(content, lang, _sentence(key))
    same = {part.key: part.text for part in pieces.stretches(_sentence(key), sentence)}
    return same.get(key, sentence)


def _place(content: Content, key: str) -> tuple[int, int]:
    """Where in the order: the longest beginning that fits counts."""
    topic = content.topics.get(key.split(".")[1]) if key.startswith("faq.") else None
    sought = f"faq.{SOS}" if topic and topic.category == SOS else key
    fits = max((prefix for prefix in ORDER if sought.startswith(prefix)), key=len, default="")
    return (ORDER.index(fits) if fits else len(ORDER), 0 if key.endswith(".text") or ".text.part" in key else 1)


# ---------------------------------------------------------------- how it is asked for


def picture(content: Content, key: str) -> Picture | None:
    """What mothers see with these words: the choice's own square, or the step's picture."""
    where = _sentence(key).split(".")
    step = content.flows.get(".".join(where[:2]))
    symbols: Sequence[str] = ()
    if key == GREETING:
        symbols = ("language",)
    elif key.startswith(pieces.PREFIX):
        symbols = ("calendar",) if where[1].startswith(("day", "month", "date", "to")) else ("clock",)
    elif where[0] == "faq" and where[1] in content.topics:
        symbols = (content.topics[where[1]].symbol,)
    elif step is not None:
        own = [choice.symbol for choice in step.choices if choice.label_key == _sentence(key)]
        symbols = own or step.symbols or [choice.symbol for choice in step.choices]
    cells = tuple(Cell(symbol) for symbol in symbols if symbol in content.emoji)[:6]
    return Picture(kind="card", cells=cells) if cells else None


def shown(content: Content, lang: str, about: Line, head: str, buttons: tell.Rows, said: Utterance) -> list[Utterance]:
    """The picture, then `said` (a voice note, or text) with the words below `head`."""
    card = picture(content, about.key)
    body = [head, "", f"«{about.words}»"]
    if about.within:
        body += ["", f"(een stuk van: {about.within})"]
    if lang != DUTCH and about.translated and about.dutch:
        body += ["", f"In het Nederlands: {about.dutch}"]
    caption = "\n".join(body)
    text = caption if len(caption) <= MOST else caption[:MOST] + "…"
    spoken = Utterance(kind=said.kind, lang="nl", text=text, voice=said.voice, media=said.media, buttons=buttons)
    return [*([Utterance(kind="picture", picture=card)] if card else []), spoken]


def meaning(about: Line, source: str = DUTCH) -> Utterance:
    """The same in Dutch or English, to hear."""
    words = about.english if source == "en" else about.dutch
    lang = "en" if source == "en" else DUTCH
    if not words or has_slots(words):
        return tell.line("")
    fixed = not about.key.startswith(pieces.PREFIX) and not about.within
    return Utterance(kind="voice", lang=lang, voice=Voice(lang, (Part(words, about.key if fixed else None),)))


def because(doubts: Sequence[str]) -> str:
    """ "er is veel lawaai rond je, het is korter dan ik verwacht"."""
    return ", ".join(DOUBTS.get(doubt, doubt) for doubt in doubts)


def button(label: str, action: str, lang: str) -> Button:
    """A button of the voice pages of the desk."""
    return Button(label, {"desk": action, "lang": lang})


def start_lines(person: Staff) -> list[tuple[Button, ...]]:
    """For everybody who has a language of her own: speaking it in, and listening to others."""
    rows: list[tuple[Button, ...]] = []
    for lang in person.langs:
        name = tell.language(lang)
        rows.append(
            (button(f"🎙 Inspreken: {name}", "voice", lang), button(f"👂 Beluisteren: {name}", "listen_in", lang))
        )
    return rows
