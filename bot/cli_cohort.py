"""Commands for the life of a group: `stapsteen group new`, `copy`, `close`, `templates`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Annotated

import typer

from bot.arguments import ContentDir, DataDir
from bot.arguments import fail as _fail
from bot.arguments import settings as _settings

Number = Annotated[int, typer.Argument(min=1, max=2**31 - 1, help="Number of the group.")]


def add_to(group: typer.Typer) -> None:
    """Puts these commands under `stapsteen group`."""
    for name, command in (("new", _new), ("copy", _copy), ("close", _close), ("templates", _templates)):
        group.command(name)(command)


def _new(
    template: Annotated[str, typer.Option(help="Which one: see `stapsteen group templates`.")],
    first: Annotated[str, typer.Option(help="First day, like 2026-09-07.")],
    place: Annotated[str, typer.Option(help="Where, like: Huis van het Kind.")],
    last: Annotated[str, typer.Option(help="Last day; the template knows it when left out.")] = "",
    days: Annotated[str, typer.Option(help="Days, like: ma,do")] = "",
    starts: Annotated[str, typer.Option("--from", help="Hour it starts, like 9:00.")] = "",
    ends: Annotated[str, typer.Option("--to", help="Hour it ends, like 11:30.")] = "",
    name: Annotated[str, typer.Option(help="Another name than the template's.")] = "",
    address: Annotated[str, typer.Option(help="Street, number and town.")] = "",
    pin: Annotated[str, typer.Option(help="Latitude,longitude, like 51.0589,4.3603.")] = "",
    childcare: Annotated[str, typer.Option(help="Where the children are, when that is elsewhere.")] = "",
    guide: Annotated[str, typer.Option(help="First name of who leads the group.")] = "",
    house: Annotated[str, typer.Option(help="Name of the house.")] = "Huis van het Kind",
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """A group as one of the programmes has it, with its meetings. What nobody wrote down about it is asked for."""
    from bot.cohort_office import new_group

    asked = {"first": first, "last": last, "days": days, "starts": starts, "ends": ends, "place": place, "name": name,
             "address": address, "pin": pin, "childcare": childcare, "guide": guide, "house": house}  # fmt: skip
    _say(new_group(_settings(data, content), template, asked))


def _copy(
    number: Number,
    first: Annotated[str, typer.Option(help="First day of the new year, like 2027-09-06.")],
    last: Annotated[str, typer.Option(help="Last day, like 2028-06-30.")],
    name: Annotated[str, typer.Option(help="Another name than before.")] = "",
    data: DataDir = None,
) -> None:
    """The same group for a new school year: days, hours, answers and staff stay, nobody is in it yet."""
    from bot.cohort_office import copy_group

    _say(copy_group(_settings(data), number, first, last, name))


def _close(number: Number, data: DataDir = None, content: ContentDir = None) -> None:
    """Ends a group: goodbye with "what next?", no reminder any more, only counts stay."""
    from bot.cohort_office import close_group

    _say(close_group(_settings(data, content), number))


def _templates(content: ContentDir = None) -> None:
    """The programmes that a group can be made from."""
    from bot.cohort_office import list_templates

    _say(list_templates(_settings(content=content)))


def _say(work: Coroutine[None, None, str]) -> None:
    try:
        typer.echo(asyncio.run(work))
    except ValueError as error:
        raise _fail(str(error), 2) from None
