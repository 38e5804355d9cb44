"""What commands share: the settings with what was said on the command line, and ending with a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.settings import Settings

DataDir = Annotated[Path | None, typer.Option("--data", help="Folder for the database, sounds and pictures.")]
ContentDir = Annotated[Path | None, typer.Option("--content", help="Your own copy of flows/, locales/ and audio/.")]


def settings(data: Path | None = None, content: Path | None = None, **more: Any) -> Settings:
    """The settings, with what was said on the command line on top. Every fault is told at once."""
    from pydantic import ValidationError

    from bot.settings import Settings

    said = {"data": data, "content": content, **more}
    try:
        return Settings(**{name: value for name, value in said.items() if value is not None})
    except ValidationError as error:
        for fault in error.errors():
            name = "_".join(str(part) for part in fault["loc"]).upper()
            typer.secho(f"Setting {name}: {fault['msg']}.", fg="red", err=True)
        raise typer.Exit(2) from None


def fail(sentence: str, code: int = 1) -> typer.Exit:
    """To be raised: the command ends with this sentence in red."""
    typer.secho(sentence, fg="red", err=True)
    return typer.Exit(code)
