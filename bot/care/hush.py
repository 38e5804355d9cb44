"""What is not urgent makes no sound in quiet hours, the house's or hers: she finds it when she looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from bot.care import reminders
from bot.db.models import Mother
from bot.db.session import Session
from bot.messages import Utterance


async def hushed(session: Session, mother: Mother, said: Iterable[Utterance], now: dt.datetime) -> list[Utterance]:
    """The same things, without a sound when they are put now and it is a quiet hour of her house or of hers."""
    quiet = reminders.after_quiet(now, await reminders.hours_of(session, mother.group_id), mother) != now
    return [replace(thing, silent=True) if quiet else thing for thing in said]
