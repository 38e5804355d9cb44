"""What the host does with voices from the command line: speaking ahead, inviting volunteers, say-sheets, taking recordings in, coverage."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import html
import io
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.care import groups, render, staff, voices
from bot.care.content import Content, load
from bot.clock import Clock
from bot.flow.model import Say
from bot.messages import Picture, Voice
from bot.office import office
from bot.speech.clips import Clips
from bot.speech.errors import BadSound, TooLong
from bot.speech.phrases import is_spoken, spoken_key
from bot.speech.voices import speaks

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.speech.speak import Choice as Engine

SOUNDS = {
    ".ogg",
    ".oga",
    ".opus",
    ".m4a",
    ".mp4",
    ".mp3",
    ".wav",
    ".webm",
    ".aac",
    ".amr",
    ".3gp",
    ".flac",
    ".caf",
    ".aiff",
}
MOST_SECONDS = 60.0
WRONG = {
    "empty": "there is nothing to hear",
    "quiet": "too quiet",
    "clipped": "too loud, it crackles",
    "hum": "no voice in it",
    "noisy": "noisy",
    "gap": "a long silence in it",
    "cut_off": "the end is cut off",
    "too_short": "short for these words",
    "too_long": "long for these words",
    "other": "sounds like another phrase",
}


def make_clips(settings: Settings) -> Clips:
    """The house's voices: what is recorded here lies in the data folder and goes before what came with the content."""
    sounds, here = settings.data / "cache" / "sound", settings.data / "recordings"
    return Clips(settings.content / "audio", sounds, recordings=here)


# ---------------------------------------------------------------- speaking ahead


async def speak_ahead(settings: Settings, langs: list[str], engine: Engine) -> int:
    """`stapsteen speak`: every fixed phrase, and every step without words to fill in, gets its sound ahead of time.

    Languages that are complete but not offered are spoken and reported too; only what mothers may choose has to have a voice.
    ValueError: no such language.
    """
    from bot.speech.speak import speak_everything

    content = await asyncio.to_thread(load, settings.content)
    if unknown := [lang for lang in langs if lang not in content.languages]:
        raise ValueError(f"There is no language “{unknown[0]}”. Known: {', '.join(content.languages)}.")
    complete = [lang for lang in content.languages if not content.phrases.missing(lang)]
    texts = {lang: voices.spoken_texts(content, lang) for lang in langs or complete}
    steps = _whole_steps(content, list(texts), Clock().now())
    return await speak_everything(make_clips(settings), texts, steps, engine, must=langs or content.offered)


def _whole_steps(content: Content, langs: list[str], now: dt.datetime) -> Iterator[Voice]:
    """The voices of all steps that are always the same, so that nobody waits for their first rendering."""
    for lang in langs:
        for name, step in content.flows.items():
            if step.text_key and "{" not in content.phrases.source[step.text_key] and step.offer is None:
                for said in render.utterances(content, lang, Say(name), now):
                    if said.voice:
                        yield said.voice


# ---------------------------------------------------------------- volunteers


async def invite(settings: Settings, lang: str, name: str) -> str:
    """A volunteer who lends her voice: the sentence with her one-time link, and a QR to show. ValueError: no such language."""
    import segno

    content = await asyncio.to_thread(load, settings.content)
    known(content, lang)
    async with office(settings) as (session, now):
        code = await staff.add(session, name, "volunteer", [], now, langs=[lang])
        link = await groups.link(session, staff.PREFIX + code)
    if link is None:
        return (
            f"{name} sends this to your bot in Telegram, within {staff.CODE_DAYS} days:\n/start {staff.PREFIX}{code}\n"
            "(Start the bot once, and links and QR codes can be made.)"
        )
    out = io.StringIO()
    segno.make(link).terminal(out, compact=True)
    return f"{name} opens this link on her phone, within {staff.CODE_DAYS} days:\n{link}\n{out.getvalue()}"


def known(content: Content, lang: str) -> None:
    """ValueError when the house does not know this language."""
    if lang not in content.languages:
        raise ValueError(
            f"There is no language {lang!r} in locales/languages.yaml. It has: {', '.join(content.languages)}."
        )


def remove(settings: Settings, speaker: str) -> str:
    """Removes every recording of a speaker. ValueError names the speakers when there is no such one."""
    recordings = make_clips(settings).recordings
    speakers = recordings.speakers()
    if speaker not in speakers:
        there = ", ".join(f"{name} ({count})" for name, count in sorted(speakers.items())) or "nobody"
        raise ValueError(f"There are no recordings of {speaker!r}. There are recordings of: {there}.")
    return f"{recordings.forget(speaker)} recordings of {speaker} removed."


# ---------------------------------------------------------------- say-sheets


def sheet(settings: Settings, lang: str, out: Path, everything: bool = False) -> str:
    """Writes a page to print: key, picture, words, Dutch, of what is missing or stale (or of everything). ValueError: no such language."""
    content = load(settings.content)
    known(content, lang)
    recordings = make_clips(settings).recordings
    wanted = voices.texts(content, lang)
    done = {key for key, words in wanted.items() if recordings.state(lang, key, words) in ("ok", "unheard")}
    keys = [key for key in wanted if everything or key not in done]
    language = content.languages[lang]
    way = "rtl" if language.rtl else "ltr"
    rows = "\n".join(_row(content, lang, n, key, way) for n, key in enumerate(keys, start=1))
    title = f"Inspreekblad {language.dutch} ({len(keys)} van {len(wanted)})"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(PAGE.format(title=html.escape(title), rows=rows), "utf-8")
    return f"{out}: {len(keys)} of {len(wanted)} phrases to record in {lang}."


PAGE = """<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.4 sans-serif; margin: 1.5em }} table {{ border-collapse: collapse; width: 100% }}
td, th {{ border: 1px solid #999; padding: .4em .6em; vertical-align: top; text-align: start }} tr {{ break-inside: avoid }}
img {{ width: 44px }} .say {{ font-size: 1.35em }} .key {{ font: 12px monospace; white-space: nowrap }} thead {{ display: table-header-group }}
</style></head><body><h1>{title}</h1>
<p>Spreek elke zin rustig in, dicht bij de telefoon, zonder lawaai en zonder namen. Maak van elke zin één bestand en geef het de naam uit
de eerste kolom, bijvoorbeeld <span class="key">home.menu.text.m4a</span>. Leg alle bestanden samen in één map.</p>
<table><thead><tr><th>Naam van het bestand</th><th>Beeld</th><th>Zeg dit</th><th>In het Nederlands</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


def _row(content: Content, lang: str, n: int, key: str, way: str) -> str:
    about = voices.line(content, lang, key)
    words = html.escape(about.words) if about.translated else "<em>(vertaal zelf, in gewone woorden)</em>"
    within = f"<br><small>uit: {html.escape(about.within)}</small>" if about.within else ""
    picture = _images(content.folder / "flows" / "pictures", voices.picture(content, key))
    return (
        f'<tr><td class="key">{n}. {html.escape(key)}</td><td>{picture}</td>'
        f'<td class="say" lang="{lang}" dir="{way}">{words}{within}</td><td>{html.escape(about.dutch)}</td></tr>'
    )


def _images(folder: Path, picture: Picture | None) -> str:
    return "".join(f'<img alt="" src="{_image(folder, cell.symbol)}">' for cell in picture.cells) if picture else ""


@lru_cache(maxsize=400)
def _image(folder: Path, symbol: str) -> str:
    from bot.pictures import symbols

    out = io.BytesIO()
    symbols.picture(symbol, 72, folder).convert("RGBA").save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


async def take_in(
    settings: Settings, lang: str, folder: Path, speaker: str, heard_by: str = ""
) -> tuple[list[str], int]:
    """Takes in a folder of sound files that are named by key; a line a file, and how many were refused. ValueError, OSError."""
    content = await asyncio.to_thread(load, settings.content)
    known(content, lang)
    if heard_by and heard_by == speaker:
        raise ValueError("Somebody else than the speaker has to listen.")
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    wanted, clips, rows, refused = voices.texts(content, lang), make_clips(settings), [], 0
    try:
        for path in files:
            why, remark = await _take(clips, lang, wanted, path, speaker, heard_by)
            refused += bool(why)
            rows.append(f"{path.name}: {f'refused, {why}' if why else f'accepted{remark}'}")
    finally:
        await clips.close()
    return rows, refused


async def _take(
    clips: Clips, lang: str, wanted: dict[str, str], path: Path, speaker: str, heard_by: str
) -> tuple[str, str]:
    """Why it was refused (empty: it was not), and what is to be said of it."""
    key = path.stem
    if path.suffix.lower() not in SOUNDS:
        return f"{path.suffix or 'this'} is no sound file", ""
    if key not in wanted:
        return "unknown key", ""
    with tempfile.TemporaryDirectory() as scratch:
        try:
            note = await clips.voice_note(path.read_bytes(), Path(scratch), MOST_SECONDS)
        except TooLong:
            return f"too long: more than {MOST_SECONDS:.0f} seconds", ""
        except BadSound as fault:
            return str(fault), ""
        doubts = await clips.doubts(note.path, lang, wanted[key], wanted.values())
        data = note.path.read_bytes()
    said = ", ".join(WRONG[doubt] for doubt in doubts)
    if voices.HOPELESS & set(doubts):
        return said, ""
    heard = (heard_by,) if heard_by and not doubts else ()
    clips.recordings.add(lang, key, data, wanted[key], speaker, heard, doubts)
    waits = "" if heard else "; somebody has to listen to it"
    return "", f" ({note.seconds:.1f} s){f', but {said}' if said else ''}{waits}"


# ---------------------------------------------------------------- coverage


def status(settings: Settings) -> str:
    """The coverage table, in Markdown: per language how much text, spoken text and which voices there are."""
    content, clips = load(settings.content), make_clips(settings)
    known_of: dict[str, Any] = yaml.safe_load((settings.content / "locales" / "languages.yaml").read_text("utf-8"))[
        "languages"
    ]
    head = (
        "language",
        "mothers may choose it",
        "text",
        "spoken text",
        "recorded",
        "gTTS",
        "espeak-ng",
        "no voice",
        "to record again or hear",
        "reviews",
    )
    rows = [head, ("---",) * len(head)]
    rows += [_coverage(content, clips, lang, known_of.get(lang) or {}) for lang in content.languages]
    people = ", ".join(f"{name} {count}" for name, count in sorted(clips.recordings.speakers().items()))
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return f"{table}\n\nSpeakers: {people or 'none yet'}"


def _coverage(content: Content, clips: Clips, lang: str, entry: dict[str, Any]) -> tuple[str, ...]:
    keys = [key for key in content.phrases.source if not is_spoken(key)]
    required, missing = content.phrases.required(lang), set(content.phrases.missing(lang))
    spoken = [key for key in keys if spoken_key(key) not in missing and key not in missing]
    said = voices.spoken_texts(content, lang)
    counts, troubles = Counter(clips.status(lang, said).values()), clips.recordings.troubles(lang, said)
    alone = "" if speaks(content.folder / "audio", lang) else " (recordings only)"
    offered = "yes" if lang in content.offered else "no"
    text = f"{sum(key not in missing for key in keys)}/{len(keys)}"
    apart = f"{len(spoken)}/{len(keys)}" if required else ""
    voiced = [str(counts[who]) for who in ("recorded", "gtts", "espeak", "none")]
    reviews = ", ".join(str(review.get("by", "?")) for review in entry.get("reviews") or []) or str(
        entry.get("text", "draft")
    )
    return (f"{lang} {content.languages[lang].name}{alone}", offered, text, apart, *voiced, str(len(troubles)), reviews)
