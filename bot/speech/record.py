"""Taking a person's recording into audio/recordings, from the command line: `python -m bot.speech.record --help`."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import Settings
from bot.speech.clips import Clip, Clips
from bot.speech.errors import BadSound


def main(
    lang: Annotated[str, typer.Argument(help="Language, as in locales/.")] = "",
    key: Annotated[str, typer.Argument(help="Phrase key, for example home.menu.text.")] = "",
    file: Annotated[Path | None, typer.Argument(help="Any sound file.", exists=True, dir_okay=False)] = None,
    said: Annotated[str, typer.Option(help="The words that are said.")] = "",
    speaker: Annotated[str, typer.Option(help="Pseudonym of who speaks.")] = "",
    heard_by: Annotated[str, typer.Option(help="Pseudonym of somebody else who heard it and agrees.")] = "",
    forget: Annotated[str, typer.Option(help="Remove every recording of this speaker.")] = "",
    audio: Annotated[Path | None, typer.Option(help="The folder audio/.")] = None,
) -> None:
    """Add a recording, agree with one, or remove a speaker's recordings."""
    folder = audio or Settings().content / "audio"
    with tempfile.TemporaryDirectory() as cache:
        clips = Clips(folder, Path(cache))
        if forget:
            typer.echo(f"{clips.recordings.forget(forget)} recordings removed.")
        elif file is not None and said and speaker:
            clip = asyncio.run(_take_in(clips, lang, key, file.read_bytes(), said, speaker))
            typer.echo(f"{clip.path}: {clip.seconds:.1f} s. It is played once somebody else has heard it.")
        elif heard_by and key in clips.recordings.entries(lang):
            clips.recordings.approve(lang, key, heard_by)
            typer.echo(
                f"{lang}/{key}: {clips.recordings.state(lang, key, clips.recordings.entries(lang)[key]['text'])}."
            )
        else:
            typer.echo("Say: language, key, file, --said and --speaker; or language, key and --heard-by.", err=True)
            raise typer.Exit(2)


async def _take_in(clips: Clips, lang: str, key: str, data: bytes, said: str, speaker: str) -> Clip:
    try:
        return await clips.record(lang, key, data, said, speaker)
    except BadSound as fault:
        typer.echo(str(fault), err=True)
        raise typer.Exit(1) from fault
    finally:
        await clips.close()


if __name__ == "__main__":
    typer.run(main)
