"""aiogram with its models left for later: cheaper, and in the end the same."""

from __future__ import annotations

import json
import subprocess
import sys

MESSAGE = {
    "message_id": 7, "date": 1_790_000_000, "chat": {"id": 101, "type": "private", "first_name": "Amina"},
    "from": {"id": 42, "is_bot": True, "first_name": "Stapsteen"}, "caption": "Dag",
    "photo": [{"file_id": "p1", "file_unique_id": "u1", "width": 90, "height": 60}],
    "voice": {"file_id": "v1", "file_unique_id": "u2", "duration": 3},
    "reply_to_message": {"message_id": 6, "date": 1_790_000_000, "chat": {"id": 101, "type": "private"}, "text": "x"},
    "reply_markup": {"inline_keyboard": [[{"text": "Ja", "callback_data": "a:0"}]]},
    "entities": [{"type": "bold", "offset": 0, "length": 1}], "of_a_later_version": {"a": 1},
}  # fmt: skip

READ = """
import json, sys
{how}
from aiogram import methods
from aiogram.methods.base import Response
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, ReplyParameters
found = Response[methods.SendVoice.__returning__].model_validate({{"ok": True, "result": json.loads(sys.argv[1])}})
keys = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Ja", callback_data="a:0")]])
call = methods.SendVoice(chat_id=1, voice="v1", reply_markup=keys, reply_parameters=ReplyParameters(message_id=3))
change = methods.EditMessageMedia(chat_id=1, message_id=2, media=InputMediaPhoto(media="p1", caption="Dag"))
said = [m.model_dump(mode="json", exclude_none=True, warnings=False, exclude_defaults=True) for m in (found, call, change)]
kinds = [type(found.result.reply_to_message.chat).__name__, type(call.reply_markup).__name__, type(change.media).__name__]
print(json.dumps([said, kinds], sort_keys=True))
"""

ALL = """
from bot.telegram import library
library.load()
import inspect
from aiogram import methods, types
from pydantic import BaseModel
some = [getattr(room, name) for room in (types, methods) for name in room.__all__]
models = [one for one in some if inspect.isclass(one) and issubclass(one, BaseModel) and not inspect.isabstract(one)]
for model in models:
    model.model_rebuild()
print(len(models), sum(not model.__pydantic_complete__ for model in models))
"""


def run(code: str, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_message_and_a_call_are_read_and_written_as_by_aiogram_itself() -> None:
    ours = run(READ.format(how="from bot.telegram import library; library.load()"), json.dumps(MESSAGE))
    theirs = run(READ.format(how="import aiogram"), json.dumps(MESSAGE))
    assert json.loads(ours) == json.loads(theirs)
    assert json.loads(ours)[1] == ["Chat", "InlineKeyboardMarkup", "InputMediaPhoto"]


def test_every_type_and_method_can_be_made_when_it_is_needed() -> None:
    number, broken = map(int, run(ALL).split())
    assert number > 400
    assert broken == 0


def test_few_models_are_made_at_the_start() -> None:
    """What is saved is counted and not timed: how many models carry a validator of their own."""
    counted = (
        "from bot.telegram import library; library.load()\n"
        "from aiogram import methods, types\n"
        "some = [getattr(room, name) for room in (types, methods) for name in room.__all__]\n"
        "print(sum(getattr(one, '__pydantic_complete__', False) for one in some))"
    )
    assert int(run(counted)) < 60
