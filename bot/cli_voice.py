"""`stapsteen voice`: people's voices from the command line. Rooms are imported inside the commands, so that `--help` answers at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.arguments import ContentDir, DataDir, fail, settings

voice = typer.Typer(help="People's voices: volunteers, say-sheets, recordings, coverage.", no_args_is_help=True)
Lang = Annotated[str, typer.Option("--lang", help="The language, as in locales/.")]


@voice.command("invite")
def voice_invite(
    lang: Lang,
    name: Annotated[str, typer.Option(help="What she is called at the desk.")] = "Vrijwilliger",
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """A link and a QR for a volunteer who lends her voice, in Telegram."""
    from bot.voices_office import invite

    try:
        typer.echo(asyncio.run(invite(settings(data, content), lang, name)))
    except ValueError as error:
        raise fail(str(error), 2) from None


@voice.command("sheet")
def voice_sheet(
    out: Annotated[Path, typer.Argument(help="The HTML page to write.")],
    lang: Lang,
    everything: Annotated[bool, typer.Option("--all", help="Also what is recorded already.")] = False,
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """A page to print: what is to be recorded, with its picture, its words and the Dutch."""
    from bot.voices_office import sheet

    try:
        typer.echo(sheet(settings(data, content), lang, out, everything))
    except ValueError as error:
        raise fail(str(error), 2) from None


@voice.command("import")
def voice_import(
    folder: Annotated[
        Path, typer.Argument(help="Sound files named by key, like home.menu.text.m4a.", exists=True, file_okay=False)
    ],
    lang: Lang,
    speaker: Annotated[str, typer.Option(help="Pseudonym of who speaks; never a real name.")],
    heard_by: Annotated[str, typer.Option(help="Pseudonym of somebody else who has listened to all of it.")] = "",
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """Takes in recordings made elsewhere, and says of every file what became of it."""
    from bot.voices_office import take_in

    try:
        rows, refused = asyncio.run(take_in(settings(data, content), lang, folder, speaker, heard_by))
    except ValueError as error:
        raise fail(str(error), 2) from None
    typer.echo("\n".join([*rows, f"{len(rows) - refused} accepted, {refused} refused."]))
    raise typer.Exit(1 if refused else 0)


@voice.command("remove")
def voice_remove(
    speaker: Annotated[str, typer.Argument(help="Pseudonym of the speaker.")],
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """Removes every recording of somebody who no longer wants to be heard."""
    from bot.voices_office import remove

    try:
        typer.echo(remove(settings(data, content), speaker))
    except ValueError as error:
        raise fail(str(error), 2) from None


@voice.command("status")
def voice_status(data: DataDir = None, content: ContentDir = None) -> None:
    """The table of languages: text, spoken text, and who speaks them."""
    from bot.voices_office import status

    typer.echo(status(settings(data, content)))
