"""Whatever comes in, somebody answers and nothing breaks: random updates through door, reading, conversation and desk."""

from __future__ import annotations

import datetime as dt
import os
import random
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.care import conversation
from bot.care.content import Content
from bot.db.models import Arrival, Delivery
from bot.db.session import Database
from bot.media import Folder
from bot.messages import FileRef, Refused
from bot.telegram.intake import Intake
from bot.telegram.read import heard
from bot.workers.listener import Listener
from tests.given.clock import Looked
from tests.given.house import TUESDAY, House
from tests.security.strangers import Strangers

NUMBER, SEED = int(os.environ.get("RANDOM_UPDATES", "500")), int(os.environ.get("SEED", "1"))
BETWEEN = dt.timedelta(seconds=1)  # two updates: the same life on a slow machine as on a fast one
SILENT = ("blocked", "unblocked")  # nobody is there to hear an answer; and staff may mend a typing error without one


class Line:
    """Telegram's side: files are random bytes or gone."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    async def fetch(self, file: FileRef) -> bytes:
        if self.random.random() < 0.2:
            raise Refused("Telegram no longer has this file.")
        return self.random.randbytes(self.random.choice((0, 10, 3000)))

    async def answer_press(self, callback_id: str, text: str = "") -> None:
        assert isinstance(callback_id, str)


async def ready(kind: str, data: bytes) -> bytes | None:
    return data if len(data) > 10 else None


@pytest.mark.timeout(180 + NUMBER)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_random_updates_are_all_answered_and_none_breaks(
    db: Database, content: Content, house: House, second: AsyncSession, tmp_path: Path
) -> None:
    clock = Looked(TUESDAY)

    async def handle(session: Any, arrival: Any, what: Any, files: Any, now: dt.datetime) -> None:
        await conversation.handle(session, content, arrival, what, files, now)

    listener = Listener(db, handle, Line(SEED), clock, read=heard, media=Folder(tmp_path), ready=ready)
    door = Intake(db, "http://127.0.0.1:1", "42:x", clock)
    chats = [7700101, 7700102, 7700103, 900]
    strangers, shown = Strangers(SEED, chats, [house.code]), dict[int, list[str]]()
    seen, unanswered, empty = 0, [], []
    with structlog.testing.capture_logs() as logs:
        for number in range(1, NUMBER + 1):
            update = strangers.update(number, shown)
            what = heard(update)
            clock.move(BETWEEN)
            await door.store([update])
            while await listener.handle_one():
                pass
            said = select(Delivery.id, Delivery.chat_id, Delivery.token, Delivery.utterance).order_by(Delivery.id)
            new = (await second.execute(said.where(Delivery.id > seen))).all()
            await second.rollback()
            for delivery in new:
                buttons = [b for row in delivery.utterance.get("buttons", ()) for b in row]
                shown.setdefault(delivery.chat_id, []).extend(f"{delivery.token}:{n}" for n in range(len(buttons)))
            seen = max([seen, *(d.id for d in new)])
            wrong = [log for log in logs if log["log_level"] == "error"]
            assert not wrong, (update, wrong)
            logs.clear()
            silent = (*SILENT, "edited") if what is not None and what.chat_id == house.rose.chat_id else SILENT
            if what is not None and what.kind not in silent and what.chat_id in chats:
                answered = [d for d in new if d.chat_id == what.chat_id]
                unanswered += [update] if not answered else []
                empty += [d.utterance for d in answered if not _says_something(d.utterance)]
    assert unanswered == []
    assert empty == []
    unhandled = select(func.count()).where(Arrival.handled_at.is_(None) | Arrival.parked_at.is_not(None))
    assert await second.scalar(unhandled) == 0


def _says_something(utterance: dict[str, Any]) -> bool:
    return any(
        utterance.get(part) for part in ("text", "voice", "picture", "media", "pin", "contact", "document", "reply_to")
    )
