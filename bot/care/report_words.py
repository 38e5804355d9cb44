"""The words of the report, in Dutch; the desk translates them. And the report as plain lines, for the command line."""

from __future__ import annotations

from babel import Locale

from bot.care import few
from bot.care.content import Content
from bot.care.report import Figure, Period, Report, Table

HEADINGS = {
    "meetings": "Bijeenkomsten",
    "people": "Wie werd bereikt",
    "questions": "Vragen aan een mens",
    "announcements": "Aankondigingen",
}
FIGURES = {
    "planned": "bijeenkomsten gepland",
    "cancelled": "waarvan afgelast",
    "held": "bijeenkomsten gehouden",
    "hours_planned": "uren gepland",
    "hours_held": "uren gehouden",
    "counted": "bijeenkomsten waar de moeders geteld zijn",
    "visits": "aanwezigheden van moeders, samen geteld",
    "child_visits": "aanwezigheden van kinderen, samen geteld",
    "visits_each": "moeders per bijeenkomst, gemiddeld",
    "children_each": "kinderen per bijeenkomst, gemiddeld",
    "expected_each": "moeders die zeiden te komen, gemiddeld per bijeenkomst",
    "mothers": "moeders bereikt",
    "children": "kinderen van die moeders (zoals de begeleiding het noteerde)",
    "asked": "vragen gesteld",
    "answered": "vragen beantwoord",
    "unanswered": "vragen nog open",
    "no_answer": "vragen waar geen antwoord op nodig was",
    "median": "wachttijd tot het antwoord (de middelste)",
    "sent": "aankondigingen verstuurd",
    "reached": "keer dat een moeder een aankondiging kreeg",
}
TABLES = {
    "languages": "Talen van de moeders",
    "topics": "Antwoorden die moeders zelf opzochten",
    "asked_at": "Vragen aan een mens, na welk antwoord",
    "barriers": "Drempels die bij vragen genoteerd werden",
    "trust_start": "Vertrouwen in de kinderopvang, bij de start",
    "trust_middle": "Vertrouwen in de kinderopvang, halfweg",
    "trust_end": "Vertrouwen in de kinderopvang, op het einde",
    "goals_start": "Wat moeders willen bereiken, bij de start",
    "goals_end": "Wat moeders bereikten, op het einde",
    "next": "Wat moeders na de groep willen (doorstroom)",
    "found": "Hoe moeders de groep vonden",
}
WORDS = {
    few.REST: "andere",
    "place": "geen plaats",
    "cost": "te duur",
    "language": "taal",
    "transport": "vervoer",
    "papers": "papieren",
    "face1": "😟 geen vertrouwen",
    "face2": "🙁 weinig vertrouwen",
    "face3": "😐 een beetje vertrouwen",
    "face4": "🙂 vertrouwen",
    "face5": "😊 veel vertrouwen",
    "face1-2": "😟🙁 geen of weinig vertrouwen",
    "face1-3": "😟–😐 geen tot een beetje vertrouwen",
    "face1-4": "😟–🙂 geen tot gewoon vertrouwen",
    "face1-5": "😟–😊 alle antwoorden samen",
    "face2-3": "🙁😐 weinig of een beetje vertrouwen",
    "face2-4": "🙁–🙂 weinig tot gewoon vertrouwen",
    "face2-5": "🙁–😊 weinig tot veel vertrouwen",
    "face3-4": "😐🙂 een beetje of gewoon vertrouwen",
    "face3-5": "😐–😊 een beetje tot veel vertrouwen",
    "face4-5": "🙂😊 vertrouwen of veel vertrouwen",
}
NOT_KNOWN = {"language": "niet (meer) bekend", "topic": "zonder antwoord vooraf"}
TOO_FEW = "minder dan 5"
NOTHING = "nog niets"
NOTE = (
    "Getallen onder 5 staan er niet in, en zijn ook niet uit andere getallen te halen: ze zijn samengeteld bij “andere” of weggelaten. "
    "Geen enkel getal zegt iets over één moeder."
)
PERIODS = {0: "schooljaar {year}–{next}", 1: "september {year} – januari {next}", 2: "februari – augustus {next}"}
HOURS, MINUTES = "{n} uur", "{n} min"
PLAN = "{n} van {plan}"
AVERAGE = "gemiddeld {n} op 5, uit {total} antwoorden"


def everything() -> list[str]:
    """All sentences, for who translates the desk."""
    tables = (HEADINGS, FIGURES, TABLES, WORDS, NOT_KNOWN, PERIODS)
    return [
        *(text for table in tables for text in table.values()),
        TOO_FEW,
        NOTHING,
        NOTE,
        HOURS,
        MINUTES,
        PLAN,
        AVERAGE,
    ]


def period(of: Period, words: str | None = None) -> str:
    """ "schooljaar 2026–2027"; words: the same in another language."""
    return (words or PERIODS[of.half]).format(year=of.year, next=of.year + 1)


def label(content: Content, table: Table, name: str, lang: str = "nl") -> str:
    """What a row of a breakdown is called; a word of WORDS or NOT_KNOWN is Dutch in any language."""
    if name == few.REST:
        return WORDS[few.REST]
    if not name:
        return NOT_KNOWN.get(table.of, WORDS[few.REST])
    if table.of == "language":
        return str(Locale(lang).languages.get(name) or name)
    if table.of in ("topic", "sign"):
        found = content.topics.get(name) if table.of == "topic" else content.signs.get(name)
        phrase = (
            (content.phrases.get(lang, found.label_key) or content.phrases.get("nl", found.label_key))
            if found
            else None
        )
        return phrase.text if phrase else name
    return WORDS.get(name, name)


def value(figure: Figure) -> str:
    """ "12", "12,5 van 120", "3 u 5 min", "minder dan 5"."""
    if figure.value is None:
        return TOO_FEW
    if figure.name == "median":
        return waited(figure.value, HOURS, MINUTES)
    n = f"{figure.value:g}".replace(".", ",")
    return PLAN.format(n=n, plan=f"{figure.plan:g}".replace(".", ",")) if figure.plan else n


def waited(minutes: float, hours: str, mins: str) -> str:
    """A waiting time as somebody would say it: minutes up to two hours, else hours."""
    return mins.format(n=round(minutes)) if minutes < 120 else hours.format(n=round(minutes / 60))


def lines(content: Content, made: Report) -> list[str]:
    """The whole report, a line each."""
    found = [f"{made.group.name}, {period(made.period)}"]
    for name, figures in made.figures.items():
        found += ["", HEADINGS[name], *(f"  {FIGURES[f.name]}: {value(f)}" for f in figures)]
    for table in made.tables:
        found += ["", TABLES[table.name]]
        if table.average is not None:
            found.append(f"  {AVERAGE.format(n=f'{table.average:g}'.replace('.', ','), total=table.total)}")
        if not table.rows:
            found.append(f"  {TOO_FEW if table.hidden else NOTHING}")
        found += [f"  {label(content, table, name)}: {n}" for name, n in table.rows]
    return [*found, "", NOTE]
