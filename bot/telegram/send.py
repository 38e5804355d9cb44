"""What goes out: an utterance becomes one Bot API call, and Telegram's refusals become our `SendFailure` tree.

aiogram is imported when a port is made and not before, and its models are made when they are used: see library.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from bot.messages import (
    BadFileId,
    FileRef,
    Gone,
    Migrated,
    Refused,
    Retry,
    SendFailure,
    Sent,
    StopAll,
    Unknown,
    Utterance,
    VoiceForbidden,
)
from bot.telegram import library, wire
from bot.telegram.unsay import take_back

if TYPE_CHECKING:
    from aiogram import Bot
    from aiogram.types import InlineKeyboardMarkup

log = structlog.get_logger()

PAGE = "stapsteen.html"  # the name of a page to keep
FETCH_LIMIT = 20 * 1024 * 1024  # bytes: what getFile gives
SLOWEST = 40  # seconds for one call, uploads included

# words in the description of a 400, and what they mean to us
REFUSALS: tuple[tuple[tuple[str, ...], type[SendFailure]], ...] = (
    (("VOICE_MESSAGES_FORBIDDEN",), VoiceForbidden),
    (("wrong file identifier", "wrong remote file", "wrong file_id", "FILE_REFERENCE_", "can't use file of type"), BadFileId),
    (("chat not found", "user is deactivated", "PEER_ID_INVALID", "bot was kicked", "USER_IS_BLOCKED"), Gone),
)  # fmt: skip


class TelegramPort:
    """Sends and fetches through one kept and bounded HTTP session. `server` is the address of the Bot API server.

    paid: Telegram may charge Stars for what goes beyond 30 messages a second.
    """

    def __init__(self, token: str, server: str = "https://api.telegram.org", *, paid: bool = False) -> None:
        library.load()
        from aiogram import Bot

        self.bot: Bot = Bot(token, session=wire.session(server, SLOWEST))
        self.bot_id = self.bot.id
        self._paid = paid
        self._kept = _keep_response_types()

    async def send(
        self,
        chat_id: int,
        utterance: Utterance,
        files: dict[str, Path | str],
        *,
        token: str = "",
        seconds: int | None = None,
        sound: str = "voice",
    ) -> Sent:
        """One Bot API call. A file is a path to upload or Telegram's own file_id. `sound`: "voice", or "audio" where voice is refused.

        Buttons carry "<token>:<index>", counted over all rows. Raises SendFailure and nothing else.
        """
        common: dict[str, Any] = {
            "chat_id": chat_id,
            "reply_markup": _keyboard(utterance, token),
            "disable_notification": utterance.silent or None,
            "reply_parameters": _reply_to(utterance),
            "allow_paid_broadcast": self._paid or None,
        }
        try:
            if utterance.kind == "unsay":
                return await take_back(self.bot, chat_id, utterance)
            message = await self._call(utterance, files, sound, seconds, common)
        except Exception as error:  # noqa: BLE001 - at this edge every error of the library becomes one of ours
            return _sent_after_all(error)
        return Sent(message["message_id"], _file_id(message))

    async def _call(
        self, u: Utterance, files: dict[str, Path | str], sound: str, seconds: int | None, common: dict[str, Any]
    ) -> dict[str, Any]:
        """The message as Telegram wrote it. Only what is said is set: what is left out does not travel (see wire.py)."""
        from aiogram import methods as m
        from aiogram.types import BufferedInputFile, LinkPreviewOptions

        said: dict[str, Any] = {"caption": u.text or None, **common}
        method: Any
        if u.kind == "voice" and sound == "voice":
            method = m.SendVoice(voice=_file(files["voice"]), duration=seconds, **said)
        elif u.kind == "voice":
            method = m.SendAudio(audio=_file(files["voice"]), duration=seconds, **said)
        elif u.kind == "picture":
            method = m.SendPhoto(photo=_file(files["picture"]), **said)
        elif u.pin is not None:
            pin = u.pin
            method = m.SendVenue(latitude=pin.lat, longitude=pin.lon, title=pin.title, address=pin.address, **common)
        elif u.document is not None:
            page = BufferedInputFile(u.document.encode(), PAGE)
            method = m.SendDocument(document=page, disable_content_type_detection=True, **common)
        elif u.contact is not None:
            method = m.SendContact(phone_number=u.contact.phone, first_name=u.contact.name, **common)
        else:
            method = m.SendMessage(text=u.text, link_preview_options=LinkPreviewOptions(is_disabled=True), **common)
        sent: dict[str, Any] = await self.bot(method)
        return sent

    async def fetch(self, file: FileRef) -> bytes:
        """The bytes of a file that somebody sent. Raises Refused when it is too big or gone, Retry when Telegram is away."""
        if file.size is not None and file.size > FETCH_LIMIT:
            raise Refused("The file is larger than Telegram lets a bot fetch (20 MB).")
        try:
            found = await self.bot.get_file(file.file_id)
            url = self.bot.session.api.file_url(self.bot.token, found.file_path or "")
            data = b""
            async for chunk in self.bot.session.stream_content(url, timeout=SLOWEST):
                data += chunk
                if len(data) > FETCH_LIMIT:
                    raise Refused("The file is larger than Telegram lets a bot fetch (20 MB).")
        except SendFailure:
            raise
        except Exception as error:  # noqa: BLE001 - as in send
            raise _fetch_failure(error) from None
        return data

    async def answer_press(self, callback_id: str, text: str = "") -> None:
        """Take the little clock off her button. A failure is no matter: "query is too old" must not stop anything."""
        try:
            from aiogram.methods import AnswerCallbackQuery

            answer = AnswerCallbackQuery(callback_query_id=callback_id, text=text[:200] or None)
            await self.bot(answer, request_timeout=10)
        except Exception as error:  # noqa: BLE001 - whatever it was, it must not stop the handling of the press
            log.info("press_not_answered", why=type(error).__name__)

    async def close(self) -> None:
        await self.bot.session.close()


# ---------------------------------------------------------------- what goes into a call


def _file(given: Path | str) -> Any:
    from aiogram.types import BufferedInputFile

    return given if isinstance(given, str) else BufferedInputFile(given.read_bytes(), given.name)


def _keyboard(utterance: Utterance, token: str) -> InlineKeyboardMarkup | None:
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    rows, index = [], 0
    for row in utterance.buttons:
        line = []
        for button in row:
            means: dict[str, Any] = {"url": button.url} if button.url else {"callback_data": f"{token}:{index}"}
            line.append(InlineKeyboardButton(text=button.label, **means))
            index += 1
        rows.append(line)
    return InlineKeyboardMarkup(inline_keyboard=rows) if rows else None


def _reply_to(utterance: Utterance) -> Any:
    from aiogram.types import ReplyParameters

    if utterance.reply_to is None:
        return None
    return ReplyParameters(message_id=utterance.reply_to, allow_sending_without_reply=True)


def _file_id(message: Mapping[str, Any]) -> str | None:
    """By what name Telegram keeps the file of this message; of a photo its largest size."""
    sizes = message.get("photo") or [None]
    kept = sizes[-1] or message.get("voice") or message.get("audio") or message.get("document")
    return str(kept["file_id"]) if kept else None


# ---------------------------------------------------------------- how it ended


def failure(error: Exception) -> SendFailure:
    """What aiogram's error means for the delivery. Order matters: some are subclasses of others."""
    from aiogram import exceptions as tg

    match error:
        case SendFailure():
            return error
        case tg.TelegramEntityTooLarge():  # before TelegramNetworkError, of which it is one: else it is retried for ever
            return Refused("The file is too large for Telegram.")
        case tg.TelegramNetworkError():
            return _network(error)
        case tg.TelegramRetryAfter():
            return Retry(error.message, float(error.retry_after))
        case tg.TelegramMigrateToChat():
            return Migrated(error.migrate_to_chat_id)
        case tg.TelegramUnauthorizedError() | tg.TelegramNotFound():
            return StopAll("Telegram does not know this token: it is wrong or was revoked.")
        case tg.TelegramForbiddenError():
            return Gone(error.message)
        case tg.TelegramBadRequest():
            kind = next((k for words, k in REFUSALS if any(w in error.message for w in words)), Refused)
            return kind(error.message)
        case tg.TelegramConflictError() | tg.TelegramServerError():
            return Retry(error.message)
        case tg.TelegramAPIError():
            return Refused(error.message)
        case tg.ClientDecodeError():
            return _unreadable(error.data)
        case OSError() | TimeoutError():
            return Unknown(f"The connection broke ({type(error).__name__}).")
    return Refused(f"It could not be put into a request ({type(error).__name__}: {error}).")


def _network(error: Exception) -> SendFailure:
    """Whether the request can have left: only a connection that was never made says it surely did not."""
    from aiohttp import ClientConnectorError

    cause = error.__cause__
    if isinstance(cause, ClientConnectorError):
        return Retry("Telegram cannot be reached.")
    return Unknown(f"The connection broke after the request left ({type(cause).__name__}).")


def _unreadable(data: Any) -> SendFailure:
    """An answer that aiogram cannot read: a proxy's page is a failure, anything else may mean that it was sent."""
    if isinstance(data, dict) and data.get("ok") is False:
        return Retry(f"Telegram answered something unreadable: {str(data)[:200]}")
    if isinstance(data, str) and data.lstrip().startswith("<"):
        return Retry("A page came instead of Telegram's answer.")
    return Unknown("Telegram's answer cannot be read.")


def _sent_after_all(error: Exception) -> Sent:
    """The message id, when Telegram said ok in an answer that the library cannot read; else raises the failure."""
    data = getattr(error, "data", None)
    if isinstance(data, dict) and data.get("ok") is True:
        log.warning("answer_unreadable_but_ok")
        result = data.get("result")
        message_id = result.get("message_id") if isinstance(result, dict) else None
        return Sent(message_id if isinstance(message_id, int) else 0)
    raise failure(error) from None


def _fetch_failure(error: Exception) -> SendFailure:
    """Like sending, but asking again can do no harm, and a file that is gone is just refused."""
    from aiohttp import ClientError, ClientResponseError

    if isinstance(error, ClientResponseError) and error.status in (400, 404):
        return Refused("Telegram no longer has this file.")
    if isinstance(error, (ClientError, TimeoutError, OSError)):
        return Retry(f"The file could not be fetched now ({type(error).__name__}).")
    found = failure(error)
    return Refused(str(found)) if isinstance(found, Gone) else found


# ---------------------------------------------------------------- a defect of the library, and its remedy


def _keep_response_types() -> list[Any]:
    """Hold the response classes that aiogram makes at every call: pydantic keeps them weakly, and rebuilding them blocks for ms."""
    from aiogram import methods
    from aiogram.methods.base import Response

    called = (
        methods.GetFile, methods.GetMe, methods.SetMyCommands, methods.EditMessageCaption, methods.DeleteMessage,
    )  # fmt: skip
    return [Response[method.__returning__] for method in called]  # type: ignore[name-defined]
