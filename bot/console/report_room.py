"""The report of a group: a school year in counts with their pictures, as a page, to print and as a spreadsheet; and mothers' own words."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import Response
from markupsafe import Markup

from bot.care import examples, ready_answers, report, report_words, story
from bot.care.report import Figure, Period, Report, Table
from bot.clock import local
from bot.console.charts import bars
from bot.console.guard import Answering, Visit, there
from bot.console.page import number as in_figures
from bot.console.page import page
from bot.console.recordings import TYPES, fetched, stored
from bot.console.words import _, later, speaks
from bot.db.cohort_models import Story
from bot.db.models import Group, Media

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LEVELS = {"binnen": (story.INSIDE, story.PUBLIC), "buiten": (story.PUBLIC,)}
KINDS = {"voice": later("gesproken"), "text": later("getypt"), "photo": later("foto")}
router = APIRouter(prefix="/groep/{number}")


@router.get("/rapport")
async def whole(number: int, visit: Answering, periode: str = "") -> Response:
    """Everything of one school year, or half of one."""
    group, chosen = visit.group(number), _period(visit, number, periode)
    made = await _made(visit, group, chosen)
    words: dict[str, Any] = {"made": made, "tables": [_drawn(visit, table) for table in made.tables]}
    return page("report.html", visit, here="groep", **_frame(visit, group, chosen), **words)


@router.get("/rapport/opvang")
async def childcare(number: int, visit: Answering, periode: str = "") -> Response:
    """What mothers ask about childcare, for a working group with those who offer it."""
    group, chosen = visit.group(number), _period(visit, number, periode)
    made = await _made(visit, group, chosen)
    async with visit.desk.db.begin() as session:
        said = [s for s in await story.told(session, group.id, story.PUBLIC) if s.text]
        told = await examples.told(session, group.id, *report.instants(chosen))
    words: dict[str, Any] = {"made": made, "tables": [_drawn(visit, table) for table in made.childcare], "said": said}
    words["examples"] = [
        (one.text, ready_answers.label(visit.desk.content, one.topic) if one.topic else "") for one in told
    ]
    return page("report_childcare.html", visit, here="groep", **_frame(visit, group, chosen), **words)


@router.get("/rapport.xlsx")
async def spreadsheet(number: int, visit: Answering, periode: str = "") -> Response:
    """The same figures as an Excel file."""
    from bot.care import report_file  # what writes Excel holds 15 MB: only where it is wanted

    group, chosen = visit.group(number), _period(visit, number, periode)
    made = await _made(visit, group, chosen)
    data = await asyncio.to_thread(report_file.excel, visit.desk.content, made)
    return _file(data, XLSX, f"rapport-{number}-{chosen.id}.xlsx")


@router.get("/woorden")
async def stories(number: int, visit: Answering) -> Response:
    """What mothers say about the group, only as far as they allowed."""
    group = visit.group(number)
    async with visit.desk.db.begin() as session:
        said = await story.told(session, group.id)
    return page("stories.html", visit, here="groep", group=group, said=said)


@router.get("/woorden/{one}/bestand")
async def heard(number: int, one: int, visit: Answering) -> Response:
    """The recording or photo of one of them."""
    group = visit.group(number)
    async with visit.desk.db.begin() as session:
        said: Story = there(next((s for s in await story.told(session, group.id) if s.id == one), None))
        media: Media = there(await session.get(Media, said.media_id) if said.media_id else None)
    return await stored(visit.desk, media.name, TYPES.get(media.kind))


@router.get("/woorden.zip")
async def export(number: int, visit: Answering, voor: str = "binnen") -> Response:
    """All of it in one file, without names; voor: "binnen" (for the house) or "buiten" (for everybody: only what is public)."""
    group = visit.group(number)
    if voor not in LEVELS:
        raise HTTPException(404)
    async with visit.desk.db.begin() as session:
        said = await story.told(session, group.id, *LEVELS[voor])
        media = {s.id: await session.get(Media, s.media_id) for s in said if s.media_id}
    files = {number: await fetched(visit.desk, one.name) for number, one in media.items() if one}
    data = await asyncio.to_thread(_packed, said, files)
    return _file(data, "application/zip", f"woorden-{number}-{voor}.zip")


# ---------------------------------------------------------------- step by step


def _period(visit: Visit, number: int, written: str) -> Period:
    known = report.periods(visit.group(number), local(visit.now).date())
    if not written:
        return known[0]
    found = next((period for period in known if period.id == written), None)
    if found is None:
        raise HTTPException(404)
    return found


async def _made(visit: Visit, group: Group, period: Period) -> Report:
    async with visit.desk.db.begin() as session:
        return await report.report(session, visit.desk.content, group, period, visit.now)


def _frame(visit: Visit, group: Group, chosen: Period) -> dict[str, Any]:
    known = report.periods(group, local(visit.now).date())
    return {
        "group": group,
        "chosen": chosen,
        "periods": [(period, _called(period)) for period in known],
        "called": _called(chosen),
        "words": report_words,
        "value": _value,
    }


def _called(period: Period) -> str:
    return report_words.period(period, _(report_words.PERIODS[period.half]))


def _drawn(visit: Visit, table: Table) -> dict[str, Any]:
    """A breakdown ready for the page: its words in the visitor's language, and its picture."""
    content, lang = visit.desk.content, speaks()
    rows = [(_(report_words.label(content, table, name, lang)), n) for name, n in table.rows]
    title = _(report_words.TABLES[table.name])
    picture = bars(_("{title}: staafdiagram, de getallen staan in de tabel eronder").format(title=title), rows)
    average = _average(table) if table.average is not None else ""
    return {
        "table": table,
        "title": title,
        "rows": rows,
        "picture": picture if rows else Markup(""),
        "average": average,
    }


def _average(table: Table) -> str:
    return _(report_words.AVERAGE).format(n=in_figures(table.average or 0), total=table.total)


def _value(figure: Figure) -> str:
    if figure.value is None:
        return _(report_words.TOO_FEW)
    if figure.name == "median":
        return report_words.waited(figure.value, _(report_words.HOURS), _(report_words.MINUTES))
    if figure.plan:
        return _(report_words.PLAN).format(n=in_figures(figure.value), plan=in_figures(figure.plan))
    return in_figures(figure.value)


def _packed(said: list[Story], files: dict[int, Path | None]) -> bytes:
    """A zip with a list and the recordings and photos, numbered anew: nothing leads back to who said it."""
    out, table = io.BytesIO(), io.StringIO()
    rows = csv.writer(table, delimiter=";")
    rows.writerow(["nummer", "soort", "wie mag het horen", "tekst", "bestand"])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for n, one in enumerate(said, start=1):
            path = files.get(one.id)
            name = f"{n:03}{path.suffix}" if path and path.is_file() else ""
            if path and name:
                packed.write(path, name)
            level = "iedereen" if one.consent == story.PUBLIC else "alleen het huis"
            rows.writerow([n, KINDS.get(one.kind, one.kind), level, _plain(one.text), name])
        packed.writestr("woorden.csv", "\ufeff" + table.getvalue())
    return out.getvalue()


def _plain(text: str) -> str:
    """Words that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


def _file(data: bytes, kind: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(data, media_type=kind, headers=headers)
