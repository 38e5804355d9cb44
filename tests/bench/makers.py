"""What is made: clips, cards, and the topic of a typed question. In seconds of processor: all of it is one thread that waits for nothing."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from time import process_time

import yaml

from bot.care.content import load
from bot.messages import Cell, Picture
from bot.pictures import cards
from bot.settings import default_content
from bot.speech import sound, worker
from tests.bench.scene import median, quantile
from tests.bench.table import Row, compare

TEXT = "Er is groep op donderdag, om half tien. De plaats is het Huis van het Kind. Je kindje mag mee. Kom je ook? Wij zien je graag."


def clips(folder: Path, number: int) -> tuple[list[float], list[float], list[float]]:
    """Seconds of sound a second of one core: whole clips (engine, levelling, Opus, file), the engine alone, Opus alone."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    espeak, ours, engine, opus = worker._espeak(), [], [], []  # one of them in a process
    for n in range(number):
        text = f"{TEXT} {n}"
        source = worker.Source("espeak", f"bench:{n}", said=(("nl", text),), wpm=140)
        target = folder / f"{n}.ogg"
        began = process_time()
        worker.render([source], target)
        whole = process_time() - began
        began = process_time()
        raw, rate = espeak.speak(text, "nl", 140)
        spoken = process_time() - began
        samples = sound.from_int16(raw, rate)
        began = process_time()
        sound.encode(samples)
        encoded = process_time() - began
        seconds = len(samples) / sound.RATE
        ours.append(seconds / whole)
        engine.append(seconds / spoken)
        opus.append(seconds / encoded)
    return ours, engine, opus


def drawing(folder: Path, number: int) -> tuple[list[float], list[float]]:
    """Seconds to draw a card of four that was never drawn, and to give one that was."""
    names = ["come", "late", "cannot", "childcare", "school", "money", "home", "ask"]
    fresh, known = [], []
    for n in range(number):
        cells = tuple(Cell(names[(n + k) % len(names)], f"{k + 1} keuze {n}", k + 1) for k in range(4))
        picture = Picture("card", "nl", cells)
        began = process_time()
        cards.draw(picture, folder, folder)
        fresh.append(process_time() - began)
        began = process_time()
        cards.draw(picture, folder, folder)
        known.append(process_time() - began)
    return fresh, known


def questions(number: int) -> tuple[list[float], list[float]]:
    """Seconds to find the topic of typed words, and of one rapidfuzz search over the same phrases. CPU time: this is one thread."""
    from rapidfuzz import process

    folder = default_content()
    matcher = load(folder).matcher
    asks = {
        lang: yaml.safe_load(file.read_text("utf-8"))
        for file in folder.glob("locales/*/asks.yaml")
        for lang in [file.parent.name]
    }
    phrases = [
        str(text) for topics in asks.values() for said in topics.values() if isinstance(said, list) for text in said
    ]
    asked = [phrase + " aub" for phrase in phrases[:: max(1, len(phrases) // number)]][:number]
    matcher.find("dag", "nl")
    ours, theirs = [], []
    for text in asked:
        began = process_time()
        matcher.find(text, "nl")
        ours.append(process_time() - began)
        began = process_time()
        process.extractOne(text, phrases)
        theirs.append(process_time() - began)
    return ours, theirs  # fmt: skip


async def rows(folder: Path, quick: bool) -> list[Row]:
    number = 8 if quick else 40
    with tempfile.TemporaryDirectory() as made:
        cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
        ours, engine, opus = await asyncio.to_thread(clips, Path(made), number)
        if cores:
            os.sched_setaffinity(0, cores)
    fresh, known = await asyncio.to_thread(drawing, folder, number)
    asked, extracted = await asyncio.to_thread(questions, 100 if quick else 600)
    return [
        compare("a clip, × real time on one core", median(ours), "×", least=40, raw={"all": ours}),
        compare("a clip, × real time on one core", median(ours), "×", median(engine), "espeak-ng alone"),
        compare("a clip, × real time on one core", median(ours), "×", median(opus), "Opus alone"),
        compare("a card of four, drawn", median(fresh) * 1000, "ms", median(known) * 1000, "one that was drawn before"),
        compare("a typed question → topic, p99", quantile(asked, 0.99) * 1000, "ms", most=5),
        compare("a typed question → topic, p50", median(asked) * 1000, "ms", median(extracted) * 1000, "rapidfuzz extractOne"),
    ]  # fmt: skip
