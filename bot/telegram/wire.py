"""How our calls travel: aiogram's own session, and for what the sender says all day a shorter way through it.

A call without a file goes as one JSON document, made of what was set and nothing else; of the message that comes back only what we
keep is read. Both were measured: a form and a whole message object cost more than the rest of the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pydantic_core

CALLS = 100  # connections kept at most: with an answer after a tenth of a second, a thousand calls a second
JSON = {"Content-Type": "application/json"}


def session(server: str, seconds: float) -> Any:
    """A session for aiogram's Bot. server: address of the Bot API; seconds: what one call may take, uploads included.

    Of the methods in `sends` it gives the message as a dictionary; everything else is aiogram's.
    """
    from aiogram import methods
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.exceptions import TelegramNetworkError
    from aiogram.types import InputFile
    from aiohttp import ClientError, ClientTimeout

    sends = (
        methods.SendMessage, methods.SendVoice, methods.SendAudio, methods.SendPhoto, methods.SendVenue,
        methods.SendContact, methods.SendDocument,
    )  # fmt: skip
    limit, unreachable = ClientTimeout(total=seconds), cast(Any, TelegramNetworkError)

    class Session(AiohttpSession):
        async def make_request(self, bot: Any, method: Any, timeout: int | None = None) -> Any:
            if not isinstance(method, (*sends, methods.AnswerCallbackQuery)):
                return await super().make_request(bot, method, timeout)
            with_file = any(isinstance(value, InputFile) for value in method.__dict__.values())
            form: Any = self.build_form_data
            body = {"data": form(bot, method)} if with_file else _as_json(method)
            http = await self.create_session()
            address = self.api.api_url(token=bot.token, method=method.__api_method__)
            try:
                async with http.post(
                    address, timeout=ClientTimeout(total=timeout) if timeout else limit, **body
                ) as answer:
                    said, status = await answer.read(), answer.status
            except TimeoutError as error:
                raise unreachable(method=method, message="Request timeout error") from error
            except ClientError as error:
                raise unreachable(method=method, message=f"{type(error).__name__}: {error}") from error
            if status == 200 and (result := _result(said, method.__returning__ is bool)) is not None:
                return result
            seen: Any = self.check_response(bot, method, status, said.decode(errors="replace"))
            return seen.result

    return Session(api=TelegramAPIServer.from_base(server.rstrip("/")), limit=CALLS, timeout=seconds, json_loads=_loads)


def _as_json(method: Any) -> dict[str, Any]:
    return {"data": method.model_dump_json(exclude_unset=True, exclude_none=True).encode(), "headers": JSON}


def _result(said: bytes, of_bool: bool) -> Any:
    """The message as Telegram wrote it, or True; None when the library must look what it is."""
    try:
        answer = pydantic_core.from_json(said)
    except ValueError:
        return None
    result = answer.get("result") if isinstance(answer, dict) and answer.get("ok") is True else None
    if of_bool:
        return result if result is True else None
    return result if isinstance(result, dict) and isinstance(result.get("message_id"), int) else None


_loads: Callable[..., Any] = pydantic_core.from_json
