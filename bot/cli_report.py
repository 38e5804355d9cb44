"""`stapsteen report`: the report of a group from the command line. Rooms are imported inside, so that `--help` answers at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.arguments import ContentDir, DataDir, fail, settings

if TYPE_CHECKING:
    from bot.settings import Settings


def report(
    number: Annotated[int, typer.Argument(help="Number of the group, see: stapsteen group list", min=1, max=2**31 - 1)],
    period: Annotated[
        str, typer.Option(help="A school year like 2026, or half of one like 2026-1. Left out: this one.")
    ] = "",
    excel: Annotated[Path | None, typer.Option(help="Also write a spreadsheet (.xlsx) here.")] = None,
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """What a group did and reached in a school year: counts that name nobody, and nothing below five."""
    try:
        typer.echo(asyncio.run(_report(settings(data, content), number, period, excel)))
    except (ValueError, OSError) as error:
        raise fail(str(error), 2) from None


async def _report(house: Settings, number: int, written: str, excel: Path | None) -> str:
    """The lines to print. ValueError: no such group or period. OSError: the spreadsheet cannot be written there."""
    from bot.care import report as reports
    from bot.care import report_file, report_words
    from bot.care.content import load
    from bot.clock import local
    from bot.db.models import Group
    from bot.office import office

    content = await asyncio.to_thread(load, house.content)
    async with office(house) as (session, now):
        group = await session.get(Group, number)
        if group is None:
            raise ValueError(f"There is no group {number}. See: stapsteen group list")
        chosen = reports.read_period(written) if written else reports.periods(group, local(now).date())[0]
        made = await reports.report(session, content, group, chosen, now)
        if excel is not None:
            await asyncio.to_thread(excel.write_bytes, report_file.excel(content, made))
        return "\n".join(report_words.lines(content, made))
