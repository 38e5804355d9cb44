"""aiogram with its models made when they are first used.

`import aiogram` makes a validator for each of some 600 types at once, nearly each with the whole of Telegram inside it: measured 3.2 s
of processor and 133 MB. We use a dozen of them. Here pydantic is told to leave them for later (0.6 s and 24 MB), and how to find the
names in them when one is used.
"""

from __future__ import annotations

import sys
from typing import Any, Literal, Optional, Union

from pydantic import BaseModel, ConfigDict


def load() -> None:
    """Import aiogram in this way; nothing when it is there already, in whatever way it came."""
    if "aiogram" in sys.modules:
        return
    model: Any = BaseModel
    build = model.__dict__["model_rebuild"]
    model.model_rebuild = classmethod(_later)  # aiogram.types asks for it class by class while it is imported
    model.model_config = ConfigDict(defer_build=True)
    try:
        import aiogram  # noqa: F401 - to have it imported is what this is for
    finally:
        model.model_rebuild, model.model_config = build, ConfigDict()
    _tell_names(build.__func__)


def _later(_cls: Any, /, **_: Any) -> None:
    """Nothing yet."""


def _tell_names(build: Any) -> None:
    """The models name each other in strings, as aiogram.types knows them: where pydantic looks, they are not all known."""
    from aiogram import methods, types
    from aiogram.client.default import Default
    from aiogram.methods.base import Request, Response, TelegramMethod
    from aiogram.types.base import TelegramObject

    names = {"List": list, "Optional": Optional, "Union": Union, "Literal": Literal, "Default": Default}
    names |= {name: getattr(types, name) for name in types.__all__}

    def rebuild(cls: Any, /, *, _types_namespace: Any = None, **asked: Any) -> bool | None:
        done: bool | None = build(cls, _types_namespace=_types_namespace or names, **asked)
        return done

    roots: list[Any] = [TelegramObject, TelegramMethod, Request, Response]
    for root in roots:
        root.model_rebuild = classmethod(rebuild)
    for used in (types.Message, methods.SendMessage, methods.SendVoice, methods.SendPhoto, methods.AnswerCallbackQuery):
        used.model_rebuild()  # a tenth of a second now, and not while somebody waits
