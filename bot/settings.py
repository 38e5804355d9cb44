"""Settings: one class, one line each, read from the environment or `.env`. Every one is described in the README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

HERE = Path(__file__).resolve().parent
ROLES = ("intake", "listener", "sender", "ticker", "console")  # what a process can do; alone it does all of it
PUBLIC = "public"  # the schema that PostgreSQL has by itself
SCHEMA = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")  # it is part of names that PostgreSQL cuts off after 63 bytes
STORE = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<folder>[\w./-]*))?\Z")
HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"
KEEP = {  # how many days each kind of thing is kept: bot/care/retention.py says what that means
    "letters": 7,  # photos of an answered question
    "questions": 30,  # recordings and words of an answered question
    "attendance": 30,  # names with a meeting, after it
    "messages": 30,  # words that were said
    "arrivals": 7,  # words that came in, and files that nothing points at
    "traces": 180,  # that something was said or came in
    "strangers": 30,  # who never agreed
    "unreachable": 180,  # who blocked the bot
    "cohort": 90,  # mothers of a group that ended
    "audit": 400,  # counts of all this, and hashes of who was forgotten
    "backups": 35,  # archives, also those made before a migration
}


def read_keep(written: object) -> object:
    """ "letters=7 questions=30" as days by kind, the others as they are. Raises ValueError for what is no kind or no days."""
    if not isinstance(written, str):
        return written
    found = dict(KEEP)
    for pair in written.replace(",", " ").split():
        kind, _, days = pair.partition("=")
        if kind not in KEEP or not days.isdecimal() or not 1 <= int(days) <= 4000:
            raise ValueError(f"“{pair}” is not like letters=7; the kinds are: {', '.join(KEEP)}.")
        found[kind] = int(days)
    return found


def schema_of(url: str, wanted: str | None = None) -> str | None:
    """The schema that the address of a database names (?schema=gent), or is to have; None is the common one, "public".

    Raises ValueError, with a sentence, when it is no name, when the two differ, and on SQLite.
    """
    [said, *_] = _query(url).get("schema", [None])
    if wanted and said and wanted != said:
        raise ValueError(f"DATABASE_URL says schema={said}, and DATABASE_SCHEMA says {wanted}: leave one of them out")
    name = wanted or said
    if name is None or name in ("", PUBLIC):
        return None
    if url.startswith("sqlite"):
        raise ValueError(
            "on SQLite every bot has a database of its own: give each its own folder (DATA), and no schema"
        )
    if not SCHEMA.match(name) or name.startswith("pg_") or name == "information_schema":
        raise ValueError(f"“{name}” is no name for a schema: small letters, digits and _, at most 40, like gent")
    return name


def with_schema(url: str, name: str | None) -> str:
    """The address of a PostgreSQL with this schema, if it names none itself; any other address as it is."""
    if not name or url.startswith("sqlite") or "schema" in _query(url):
        return url
    return f"{url}{'&' if _query(url) else '?'}schema={name}"


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url.rpartition("@")[2]).query)  # a password may have a question mark


def read_store(written: object) -> object:
    """The address of a store as it is. Raises ValueError when it is none."""
    if isinstance(written, str) and written and not STORE.match(written):
        raise ValueError("a store is written like s3://bucket or s3://bucket/folder, the bucket in small letters")
    return written


def default_content() -> Path:
    """The content shipped inside the package, or the checkout's own folders when running from one."""
    shipped = HERE / "_content"
    return shipped if shipped.is_dir() else HERE.parent


class Settings(BaseSettings):
    """All that a house can set. Names in the environment are the same in capitals: BOT_TOKEN, DATABASE_URL, …"""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", populate_by_name=True)

    bot_token: Annotated[
        SecretStr | None,
        Field(
            validation_alias=AliasChoices("BOT_TOKEN", "TELEGRAM_BOT_TOKEN"), description="The token BotFather gave."
        ),
    ] = None
    data: Annotated[Path, Field(description="Folder for the database, voice notes and pictures.")] = Path("data")
    database_url: Annotated[str | None, Field(description="SQLAlchemy address; empty: SQLite in the data folder.")] = (
        None
    )
    database_schema: Annotated[
        str | None, Field(validate_default=True, description="This bot's own part of a PostgreSQL that serves several.")
    ] = None
    content: Annotated[Path, Field(description="Folder with flows/, locales/ and audio/.")] = Field(
        default_factory=default_content
    )
    bot_api: Annotated[str, Field(description="Address of the Bot API server.")] = "https://api.telegram.org"
    public_url: Annotated[str | None, Field(description="https address for webhooks; empty: long polling.")] = None
    webhook_secret: Annotated[
        SecretStr | None, Field(description="Secret that Telegram repeats with every webhook call.")
    ] = None
    host: Annotated[str, Field(description="Address the web server listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the web server listens on.")] = 8000
    pace: Annotated[float, Field(gt=0, le=1000, description="Messages a second, all chats together.")] = 29.7
    allow_paid_broadcast: Annotated[
        bool, Field(description="More than 30 messages a second, which Telegram charges Stars for.")
    ] = False
    quiet_from: Annotated[str, Field(pattern=HOUR, description="No reminders from this hour.")] = "21:00"
    quiet_until: Annotated[str, Field(pattern=HOUR, description="… until this hour.")] = "07:30"
    evening: Annotated[str, Field(pattern=HOUR, description="Hour of the reminder on the evening before.")] = "18:30"
    morning_minutes: Annotated[
        int, Field(ge=30, le=240, description="Minutes before a meeting for the short reminder.")
    ] = 75
    urgent_minutes: Annotated[
        int, Field(ge=1, le=240, description="Minutes an urgent question may wait before all are told again.")
    ] = 15
    keep: Annotated[
        dict[str, int], NoDecode, BeforeValidator(read_keep), Field(description="Days to keep, like letters=7.")
    ] = KEEP
    media_store: Annotated[
        str | None,
        BeforeValidator(read_store),
        Field(description="Where recordings and photos lie, like s3://bucket/folder."),
    ] = None
    media_endpoint: Annotated[
        str | None, Field(pattern=r"^(https?://.+)?$", description="Address of a store that is not Amazon's.")
    ] = None
    media_region: Annotated[str, Field(description="Region of the store.")] = "us-east-1"
    media_key: Annotated[str | None, Field(description="Name of the key to the store.")] = None
    media_secret: Annotated[SecretStr | None, Field(description="The key to the store itself.")] = None
    backup_dir: Annotated[Path | None, Field(description="Folder for nightly backups; empty: none are made.")] = None
    backup_hour: Annotated[str, Field(pattern=HOUR, description="Hour of the nightly backup.")] = "03:15"
    backup_passphrase: Annotated[SecretStr | None, Field(description="Backups are encrypted with this.")] = None
    translator_url: Annotated[
        str | None,
        Field(pattern=r"^https?://[^\s?#]+$", description="LibreTranslate server for rough translations; empty: none."),
    ] = None
    translator_key: Annotated[SecretStr | None, Field(description="Key that the translator asks for.")] = None
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$", description="How much is logged.")] = "info"

    @field_validator("database_schema", mode="after")
    @classmethod
    def _one_schema(cls, name: str | None, known: ValidationInfo) -> str | None:
        return schema_of(known.data.get("database_url") or "sqlite:", name)

    def console(self) -> str:
        """Where staff find the desk in their browser."""
        return f"{(self.public_url or f'http://{self.host}:{self.port}').rstrip('/')}/console"

    def database(self) -> str:
        """The SQLAlchemy address of the database, with an asynchronous driver."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data / 'stapsteen.sqlite'}"
        url = with_schema(self.database_url, self.database_schema)
        for plain, driver in (
            ("postgresql://", "postgresql+asyncpg://"),
            ("postgres://", "postgresql+asyncpg://"),
            ("sqlite://", "sqlite+aiosqlite://"),
        ):
            if url.startswith(plain):
                return driver + url.removeprefix(plain)
        return url

    def backups(self, folder: Path | None = None) -> Path:
        """Where backups of this bot lie, in this folder or in the usual one: bots that share a folder have one each in it."""
        return (folder or self.backup_dir or self.data / "backups") / (self.database_schema or "")
