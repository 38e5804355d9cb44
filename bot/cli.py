"""The `stapsteen` command. Rooms are imported inside the commands, so that `--help` answers at once."""

from __future__ import annotations

import asyncio
import re
import socket
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

from bot import backup_cli, cli_cohort, cli_report, cli_voice
from bot.arguments import ContentDir, DataDir
from bot.arguments import fail as _fail
from bot.arguments import settings as _settings


class Told(typer.core.TyperGroup):
    """A command that cannot go on ends with its sentence, and not with a page of Python."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            trouble = sys.modules.get("bot.db.trouble")  # not imported: nobody can have raised it
            if trouble is None or not isinstance(error, trouble.Unusable):
                raise
            raise _fail(str(error)) from None


app = typer.Typer(
    name="stapsteen",
    cls=Told,
    help="Voice, pictures and scripted conversations for mother groups, on Telegram.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich costs a quarter of a second at every start
)
staff = typer.Typer(help="People who answer: coordinators, guides, volunteers, interpreters.", no_args_is_help=True)
group = typer.Typer(help="Groups of mothers, their days and their join links.", no_args_is_help=True)
app.add_typer(staff, name="staff")
app.add_typer(group, name="group")
cli_cohort.add_to(group)
places = typer.Typer(help="Places in the neighbourhood: services, playgrounds, activities.", no_args_is_help=True)
app.add_typer(places, name="places")
app.add_typer(cli_voice.voice, name="voice")
app.command("report")(cli_report.report)
app.command()(backup_cli.backup)
app.command()(backup_cli.restore)

MOST = 2**31 - 1  # what a number in the database can be
TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
Port = Annotated[int | None, typer.Option("--port", help="Port of the web pages on this machine.")]


def _free(host: str, port: int) -> None:
    """Tells it here when the web pages cannot be there: the web server itself would end everything in mid-start."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise _fail(
            f"Port {port} of {host} cannot be used ({error.strerror}). Try: stapsteen run --port {port + 1}"
        ) from None


@app.command()
def demo(
    port: Port = 8080,
    data: DataDir = None,
    content: ContentDir = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the earlier demo and start anew.")] = False,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
) -> None:
    """A whole mother group on this machine: bot, phones and a made-up group. Nothing leaves the machine."""
    from bot.demo import run_demo

    settings = _settings(data or Path("data/demo"), content, host="127.0.0.1", port=port)
    settings = settings.model_copy(
        update=dict.fromkeys(("bot_token", "database_url", "database_schema", "backup_dir", "media_store"))
    )  # a demo never touches the house's own database
    sys.exit(asyncio.run(run_demo(settings, fresh=fresh, browser=browser)))


@app.command()
def run(
    data: DataDir = None,
    content: ContentDir = None,
    port: Port = None,
    roles: Annotated[
        str,
        typer.Option(
            "--roles", help="What this process does: intake,listener,sender,ticker,console; all when left out."
        ),
    ] = "",
) -> None:
    """The real bot: needs BOT_TOKEN in the environment or in `.env`."""
    from bot.app import run_house
    from bot.settings import ROLES

    settings = _settings(data, content, port=port)
    wanted = [role.strip().lower() for role in roles.split(",") if role.strip()] or list(ROLES)
    if unknown := [role for role in wanted if role not in ROLES]:
        raise _fail(f"There is no role {unknown[0]}. Roles are {', '.join(ROLES)}.", 2)
    if set(wanted) != set(ROLES) and settings.database().startswith("sqlite"):
        raise _fail(
            "Roles can be shared out over processes on PostgreSQL only: on SQLite one process does all of it.", 2
        )
    if settings.bot_token is None:
        raise _fail("There is no BOT_TOKEN. Put the token that BotFather gave you in .env, or try: stapsteen demo", 2)
    if not TOKEN.fullmatch(settings.bot_token.get_secret_value()):
        raise _fail("BOT_TOKEN is not a token. BotFather gives one like 123456:ABC-DEF1234ghIkl: copy all of it.", 2)
    _free(settings.host, settings.port)
    sys.exit(asyncio.run(run_house(settings, wanted)))


@app.command()
def sandbox(
    port: Port = 8081,
    token: Annotated[str, typer.Option(help="The token that a bot must use here.")] = "42:SANDBOX",
    state: Annotated[Path | None, typer.Option(help="Folder that keeps the chats between two runs.")] = None,
    rate_limits: Annotated[bool, typer.Option("--rate-limits/--no-rate-limits", help="Telegram's pace rules.")] = True,
) -> None:
    """Telegram in a box, alone: a local Bot API server with a phone page, for any bot."""
    from bot.app import run_sandbox

    asyncio.run(run_sandbox(port or 0, token, state, rate_limits))


@app.command()
def check(
    content: ContentDir = None,
    update_po: Annotated[
        bool, typer.Option("--update-po", help="Bring the PO files up to date with the flows.")
    ] = False,
    contact_sheet: Annotated[Path | None, typer.Option(help="Also draw every symbol on one picture, here.")] = None,
    lang: Annotated[str, typer.Option("--lang", help="The contact sheet with this language's words.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Faults as JSON, one a line.")] = False,
) -> None:
    """Reads all flows, languages, symbols and sounds, and names every fault with file and line; looks at MEDIA_STORE when it is set."""
    from bot.check.content import run_check

    house = _settings(content=content)
    try:
        found = run_check(house.content, update_po, contact_sheet, as_json, lang)
    except ValueError as error:
        raise _fail(str(error), 2) from None
    if house.media_store:
        from bot.office import look_at_store

        typer.echo(asyncio.run(look_at_store(house)), err=as_json)
    raise typer.Exit(found)


@app.command()
def speak(
    data: DataDir = None,
    content: ContentDir = None,
    lang: Annotated[list[str] | None, typer.Option("--lang", help="Only these languages.")] = None,
    engine: Annotated[str, typer.Option(help="best (gTTS, then espeak-ng) · gtts · espeak")] = "best",
) -> None:
    """Speaks all fixed phrases ahead of time. Only here gTTS is asked, and only for fixed public phrases."""
    from bot.voices_office import speak_ahead

    if engine not in ("best", "gtts", "espeak"):
        raise _fail("An engine is best, gtts or espeak.", 2)
    try:
        sys.exit(asyncio.run(speak_ahead(_settings(data, content), lang or [], engine)))  # type: ignore[arg-type]
    except ValueError as error:
        raise _fail(str(error), 2) from None


@app.command()
def migrate(
    data: DataDir = None,
    source: Annotated[
        str,
        typer.Option(
            "--from", help="Move house: from this database, like sqlite:data/stapsteen.sqlite, or folder of files"
        ),
    ] = "",
    target: Annotated[
        str,
        typer.Option("--to", help="… into this one, like postgresql://name:password@host/db, or s3://bucket/folder"),
    ] = "",
    new_bot: Annotated[
        bool,
        typer.Option("--new-bot", help="This house goes on with the bot of BOT_TOKEN, in place of the one before."),
    ] = False,
) -> None:
    """Brings the database up to the tables of this version; with --from and --to, carries everything into another database."""
    from bot.office import move_files, move_house, prepare_database

    if source or target:
        if not (source and target):
            raise _fail("Moving house needs both --from and --to.", 2)
        house = _settings(data)
        if source.startswith("s3://") or target.startswith("s3://"):
            typer.echo(asyncio.run(move_files(house, source, target)))
        else:
            typer.echo(asyncio.run(move_house(source, target, house.database_schema)))
        return
    url = asyncio.run(prepare_database(_settings(data), new_bot=new_bot))
    typer.echo(f"The database is up to date: {url}")


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="What she typed.")] = "",
    lang: Annotated[str, typer.Option("--lang", help="Her language.")] = "nl",
    content: ContentDir = None,
    batch: Annotated[
        str | None, typer.Option("--batch", help="File with JSON lines {lang, text}; - reads them from standard input.")
    ] = None,
) -> None:
    """Which answer fits these typed words? Prints the topic, or that a person should look."""
    from bot.office import answer_typed, answer_typed_lines

    settings = _settings(content=content)
    if batch is None:
        if not text.strip():
            raise _fail('Say what she typed: stapsteen ask --lang fr "combien coûte la crèche"', 2)
        typer.echo(answer_typed(settings, text, lang))
        return
    try:
        lines = sys.stdin if batch == "-" else Path(batch).read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise _fail(f"{batch} cannot be read: {error.strerror}.", 2) from None
    for line in answer_typed_lines(settings, lines):
        typer.echo(line)


@app.command("time-machine")
def time_machine(
    lang: Annotated[str, typer.Option("--lang", help="Her language.")] = "nl",
    weeks: Annotated[int, typer.Option(min=1, max=60, help="How many weeks she lives.")] = 12,
    start: Annotated[str, typer.Option(help="First day, like 2026-09-07.")] = "2026-09-07",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the page to play; time-machine/LANG in the data folder when left out."),
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="No page: print what happened, line by line.")] = False,
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """A virtual mother lives through a term on a virtual clock: every message with picture and sound, to be checked."""
    import datetime as dt

    from bot import time_machine as machine

    house = _settings(data, content)
    to = None if text else out or house.data / "time-machine" / lang
    try:
        life = asyncio.run(machine.run(house.content, lang, weeks, dt.date.fromisoformat(start), to))
    except ValueError as error:
        raise _fail(str(error), 2) from None
    typer.echo(machine.transcript(life) if to is None else f"{len(life.entries)} moments: open {to / 'index.html'}")


@staff.command("add")
def staff_add(
    name: Annotated[str, typer.Argument(help="First name, as mothers know it.")],
    role: Annotated[
        str, typer.Option(help="coordinator · guide · volunteer · helper · childcare · interpreter")
    ] = "coordinator",
    groups: Annotated[
        list[int] | None, typer.Option("--group", help="Number of a group; all groups when left out.")
    ] = None,
    langs: Annotated[list[str] | None, typer.Option("--lang", help="A language to lend a voice in, like so.")] = None,
    data: DataDir = None,
) -> None:
    """Adds a person and prints the one-time link that ties their Telegram to it."""
    from bot.office import add_staff

    try:
        typer.echo(asyncio.run(add_staff(_settings(data), name, role, groups or [], langs or [])))
    except ValueError as error:
        raise _fail(str(error), 2) from None


@staff.command("list")
def staff_list(data: DataDir = None) -> None:
    """Who is staff, and whether they have joined in Telegram."""
    from bot.office import list_staff

    typer.echo(asyncio.run(list_staff(_settings(data))))


@group.command("add")
def group_add(
    name: Annotated[str, typer.Argument(help="Name of the group, kept as it is in every language.")],
    days: Annotated[str, typer.Option(help="Days, like: ma,do")],
    first: Annotated[str, typer.Option(help="First day, like 2026-09-07.")],
    last: Annotated[str, typer.Option(help="Last day, like 2027-06-28.")],
    place: Annotated[str, typer.Option(help="Where, like: Huis van het Kind.")],
    starts: Annotated[str, typer.Option("--from", help="Hour it starts, like 9:00.")] = "09:00",
    ends: Annotated[str, typer.Option("--to", help="Hour it ends, like 11:30.")] = "11:30",
    address: Annotated[str, typer.Option(help="Street, number and town.")] = "",
    pin: Annotated[str, typer.Option(help="Latitude,longitude, like 51.0589,4.3603.")] = "",
    every: Annotated[int, typer.Option(min=1, max=4, help="Every how many weeks.")] = 1,
    guide: Annotated[str, typer.Option(help="First name of who leads the group.")] = "",
    house: Annotated[str, typer.Option(help="Name of the house.")] = "Huis van het Kind",
    data: DataDir = None,
) -> None:
    """Makes a group with its meetings (holidays skipped) and prints the join link for the mothers."""
    from bot.office import add_group

    asked = {"name": name, "days": days, "first": first, "last": last, "place": place, "starts": starts, "ends": ends,
             "address": address, "pin": pin, "every": every, "guide": guide, "house": house}  # fmt: skip
    try:
        typer.echo(asyncio.run(add_group(_settings(data), asked)))
    except ValueError as error:
        raise _fail(str(error), 2) from None


@group.command("list")
def group_list(data: DataDir = None) -> None:
    """The groups, with their number, days and how many mothers."""
    from bot.office import list_groups

    typer.echo(asyncio.run(list_groups(_settings(data))))


@group.command("link")
def group_link(
    number: Annotated[int, typer.Argument(min=1, max=MOST, help="Number of the group.")],
    lang: Annotated[str | None, typer.Option(help="Language she is greeted in first.")] = None,
    data: DataDir = None,
) -> None:
    """A new join link for a group."""
    from bot.office import new_link

    try:
        typer.echo(asyncio.run(new_link(_settings(data), number, lang)))
    except ValueError as error:
        raise _fail(str(error), 2) from None


# ---------------------------------------------------------------- local fields and places


@group.command("set")
def group_set(
    number: Annotated[int, typer.Argument(help="Number of the group.")],
    field: Annotated[str, typer.Argument(help="Name of the field, like loket_adres.")],
    value: Annotated[str, typer.Argument(help='What mothers see; "45 euro|2027-08-31" is shown until that day.')],
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """Fills in an address, hour, name or amount for the answers of a group; an empty value takes it away."""
    from bot.office import set_field

    try:
        typer.echo(asyncio.run(set_field(_settings(data, content), number, field, value)))
    except ValueError as error:
        raise _fail(str(error), 2) from None


@group.command("fields")
def group_fields(
    number: Annotated[int, typer.Argument(help="Number of the group.")],
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """What is filled in for the answers of a group, and what is still missing for each of them."""
    from bot.office import list_fields

    try:
        typer.echo(asyncio.run(list_fields(_settings(data, content), number)))
    except ValueError as error:
        raise _fail(str(error), 2) from None


@places.command("import")
def places_import(
    file: Annotated[Path, typer.Argument(help="CSV with at least the columns category_nl and name.")],
    house: Annotated[str, typer.Option("--house", help="Name of the house; all houses when left out.")] = "",
    data: DataDir = None,
    content: ContentDir = None,
) -> None:
    """Takes in a list of places, and says of every row that is refused what to mend."""
    from bot.office import import_places

    try:
        told, refused = asyncio.run(import_places(_settings(data, content), file, house))
    except ValueError as error:
        raise _fail(str(error), 2) from None
    typer.echo(told)
    raise typer.Exit(1 if refused else 0)
