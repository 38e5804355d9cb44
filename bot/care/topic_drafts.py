"""An answer of staff made into a topic for everybody: without names, as a draft for the content folder that a person looks over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from sqlalchemy import select

from bot.care.dutch import Dutch
from bot.db.models import Mother, Staff
from bot.db.session import Session

LABEL = 24  # characters that fit on a button
SENTENCES, WORDS = 4, 10
PROMISES = re.compile(r"zeker (?:een )?plaats|gegarandeerd|beloven|altijd plaats|garantie", re.IGNORECASE)
NUMBER = re.compile(r"\d[\d .-]{6,}\d")  # a telephone number or a national number
NAME = re.compile(r"[a-z]+_[a-z0-9_]+")


@dataclass(frozen=True)
class TopicDraft:
    """What becomes a topic: its category, what stands on the button, the answer, and how it was asked."""

    category: str
    label: str
    text: str
    asked: str = ""
    spoken: str = ""

    @property
    def name(self) -> str:
        plain = unicodedata.normalize("NFKD", self.label.lower()).encode("ascii", "ignore").decode()
        return f"{self.category}_{re.sub(r'[^a-z0-9]+', '_', plain).strip('_') or 'nieuw'}"[:40]


async def names(session: Session) -> list[str]:
    """The first names of all mothers and colleagues: none of them may stand in a topic."""
    found = [*await session.scalars(select(Mother.first_name)), *await session.scalars(select(Staff.name))]
    return sorted({word for name in found for word in name.split() if len(word) > 1})


def faults(draft: TopicDraft, known: Iterable[str], categories: Iterable[str]) -> list[str]:
    """What must be mended before it is saved, each a Dutch sentence: a name, a number, a promise, an empty field."""
    everything = " ".join((draft.label, draft.text, draft.asked, draft.spoken))
    found: list[str] = []
    for name in known:
        if _holds(everything, name):
            found.append(Dutch("Hierin staat een voornaam: {name}. Haal die weg.", name=name))
    if NUMBER.search(everything):
        found.append(Dutch("Hierin staat een lang nummer. Haal het weg, of zet het bij de lokale velden."))
    if PROMISES.search(draft.text):
        found.append(Dutch("Dit belooft iets wat niemand kan beloven."))
    if draft.category not in set(categories):
        found.append(Dutch("Kies een categorie."))
    if not draft.label.strip():
        found.append(Dutch("Schrijf wat er op de knop staat."))
    if not draft.text.strip():
        found.append(Dutch("Schrijf het antwoord."))
    if (n := len(draft.label)) > LABEL:
        found.append(Dutch("Op de knop passen {most} tekens; dit zijn er {n}.", most=LABEL, n=n))
    return found


def advice(draft: TopicDraft) -> list[str]:
    """What would make it easier to understand; it may be saved all the same."""
    sentences = [s for s in re.split(r"[.!?]+\s*", draft.text) if s.strip()]
    found: list[str] = []
    if len(sentences) > SENTENCES:
        found.append(Dutch("{n} zinnen: vier is beter.", n=len(sentences)))
    for long in [s for s in sentences if len(s.split()) > WORDS]:
        found.append(Dutch("Een lange zin ({n} woorden): “{words}…”.", n=len(long.split()), words=long[:40]))
    if re.search(r"\d", draft.text) and not draft.spoken:
        found.append(Dutch("Er staan cijfers in: schrijf ook hoe je het zegt."))
    return found


def without_names(text: str, known: Iterable[str]) -> str:
    """The words with every known first name left out."""
    for name in known:
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)[,]?\s?", "", text, flags=re.IGNORECASE)
    return text.strip()


def written(draft: TopicDraft) -> str:
    """The draft as it goes below `topics:` in flows/faq/<category>.yaml."""
    body = {"symbol": "question", "label": draft.label.strip(), "text": draft.text.strip()}
    body |= {"spoken": draft.spoken.strip()} if draft.spoken.strip() else {}
    text = yaml.safe_dump(
        {"topics": {draft.name: {**body, "facts": []}}}, allow_unicode=True, sort_keys=False, width=1000
    )
    asked = "".join(f"# Zo werd het gevraagd: {line}\n" for line in draft.asked.splitlines() if line.strip())
    return (
        f"# Ontwerp. Kijk het na, kies een plaatje (symbol) en de feiten (facts), en zet het in flows/faq/{draft.category}.yaml.\n"
        f"# Daarna: stapsteen check --update-po, en vertalen.\n{asked}{text}"
    )


# ---------------------------------------------------------------- the folder


def save(folder: Path, draft: TopicDraft) -> str:
    """Writes it down, beside a former draft of the same name; its name. For a thread, not the event loop."""
    folder.mkdir(parents=True, exist_ok=True)
    name, n = draft.name, 1
    while (folder / f"{name}.yaml").exists():
        n += 1
        name = f"{draft.name}_{n}"
    (folder / f"{name}.yaml").write_text(written(draft), "utf-8")
    return name


def saved(folder: Path) -> list[str]:
    """The names of all drafts, the newest first."""
    return [path.stem for path in sorted(folder.glob("*.yaml"), key=lambda p: p.stat().st_mtime, reverse=True)]


def read(folder: Path, name: str) -> str | None:
    """A draft as it was written; None when there is none of that name."""
    path = folder / f"{name}.yaml"
    return path.read_text("utf-8") if NAME.fullmatch(name) and path.is_file() else None


def drop(folder: Path, name: str) -> bool:
    """Throws a draft away; False when it was not there."""
    if read(folder, name) is None:
        return False
    (folder / f"{name}.yaml").unlink()
    return True


def _holds(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
