"""Speaking all fixed phrases ahead of time: `stapsteen speak`. What is done is skipped, so it may be stopped and started again.

Only here Google's voice is asked, phrase by phrase with a pause between, and only for phrases without anything to fill in.
"""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import typer

from bot.messages import Part, Voice
from bot.speech.clips import Clips, Spoken
from bot.speech.engines import Gtts
from bot.speech.errors import BadSound, GttsUnavailable
from bot.speech.text import canon, has_slots

LONGEST = 45.0  # seconds a clip may last
Choice = Literal["best", "gtts", "espeak"]
Texts = Mapping[str, Mapping[str, str]]  # language -> key -> spoken text


@dataclass
class Report:
    """How one language can be heard now. `slots`: phrases with words to fill in, spoken when they are needed."""

    lang: str
    counts: Counter[Spoken] = field(default_factory=Counter)
    slots: int = 0
    silent: list[str] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)
    too_long: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def lines(self) -> list[str]:
        """The report in sentences for people."""
        counts = " · ".join(f"{name} {self.counts[name]}" for name in ("recorded", "gtts", "espeak", "none"))
        out = [f"{self.lang}: {counts} · {self.slots} with words to fill in"]
        if self.silent and self.counts["none"] == sum(self.counts.values()):
            out.append(
                f"  no machine speaks it: it needs people's recordings (stapsteen voice invite --lang {self.lang})"
            )
        elif self.silent:
            out.append(f"  no voice at all: {', '.join(self.silent[:8])}{' …' if len(self.silent) > 8 else ''}")
        out += [f"  recording {state}: {key}" for key, state in sorted(self.troubles.items())]
        out += [f"  longer than {LONGEST:.0f} s: {key} ({seconds:.0f} s)" for key, seconds in self.too_long.items()]
        return out + [f"  {fault}" for fault in self.faults]


async def speak_all(
    clips: Clips,
    texts: Texts,
    *,
    engine: Choice = "best",
    google: Gtts | None = None,
    voices: Iterable[Voice] = (),
    step: Callable[[], None] = lambda: None,
) -> list[Report]:
    """Make every clip that can be made now; `voices` are whole steps, made after their phrases. `step` is called `work()` times.

    1. Google's voice, one phrase at a time, for phrases that nobody recorded ("best", "gtts").
    2. espeak for what is still silent, as many at a time as the worker has processes ("best", "espeak").
    3. whole steps, spliced from these.
    """
    reports = {lang: Report(lang) for lang in texts}
    voices = [voice for voice in voices if voice.lang in reports]
    fixed = _fixed(texts)
    if engine != "espeak":
        await _google(clips, google or Gtts(), fixed, reports, step)
    if engine != "gtts":
        await _parallel(clips, [Voice(lang, (part,)) for lang, part in fixed] + list(voices), reports, step)
    for lang, report in reports.items():
        status = clips.status(lang, texts[lang])
        status |= dict.fromkeys(report.silent, "none")  # a voice that was there, and could not say it
        report.counts = Counter(status.values())
        report.silent = sorted(key for key, who in status.items() if who == "none")
        report.slots = sum(has_slots(text) for text in texts[lang].values())
        report.troubles = clips.recordings.troubles(lang, texts[lang])
    return list(reports.values())


def work(texts: Texts, voices: list[Voice], engine: Choice) -> int:
    """How many steps `speak_all` will take."""
    fixed = len(_fixed(texts))
    return fixed * (engine != "espeak") + (fixed + len(voices)) * (engine != "gtts")


async def speak_everything(
    clips: Clips,
    texts: Texts,
    voices: Iterable[Voice] = (),
    engine: Choice = "best",
    must: Collection[str] | None = None,
) -> int:
    """`stapsteen speak`: with a progress bar on a terminal and a report per language.

    0 when every phrase has a voice in the languages that `must` have one (left out: in all of them).
    """
    voices = list(voices)
    try:
        with typer.progressbar(length=work(texts, voices, engine), label="Speaking", file=sys.stderr) as bar:
            reports = await speak_all(clips, texts, engine=engine, voices=voices, step=lambda: bar.update(1))
    finally:
        await clips.close()
    for line in (line for report in reports for line in report.lines()):
        typer.echo(line)
    asked = [report for report in reports if must is None or report.lang in must]
    return 1 if any(report.silent or report.faults for report in asked) else 0


def _fixed(texts: Texts) -> list[tuple[str, Part]]:
    return [
        (lang, Part(text, key))
        for lang, keys in texts.items()
        for key, text in keys.items()
        if canon(text) and not has_slots(text)
    ]


async def _google(
    clips: Clips, google: Gtts, fixed: list[tuple[str, Part]], reports: dict[str, Report], step: Callable[[], None]
) -> None:
    for lang, part in fixed:
        code = clips.speaker(lang).gtts
        if (
            code
            and not google.resting
            and clips.status(lang, {str(part.key): part.text})[str(part.key)] not in ("recorded", "gtts")
        ):
            try:
                await clips.keep_gtts(lang, part.text, await google.speak(part, code))
            except (GttsUnavailable, BadSound) as fault:
                reports[lang].faults.append(f"{part.key}: {fault}")
        step()


async def _parallel(clips: Clips, voices: list[Voice], reports: dict[str, Report], step: Callable[[], None]) -> None:
    waiting = iter(voices)

    async def one_after_another() -> None:
        for voice in waiting:
            clip = await clips.clip(voice)
            if clip is None and len(voice.parts) == 1:
                reports[voice.lang].silent.append(str(voice.parts[0].key))
            elif clip and clip.seconds > LONGEST:
                reports[voice.lang].too_long[str(voice.parts[0].key)] = clip.seconds
            step()

    await asyncio.gather(*(one_after_another() for _ in range(2 * clips.worker.processes)))
