"""What the house tells whoever looks after it: lines about what happened, without a word, a name or a number of anybody."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog


def speak_plainly(level: str) -> None:
    """Logs: JSON lines when nobody looks, coloured lines on a terminal; never the text of a message."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shown = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # wherever standard error is now
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _where,
            shown,
        ],
    )
    libraries = logging.StreamHandler()
    libraries.setFormatter(_Libraries("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[libraries])  # unless somebody else has seen to it
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def without_words(error: BaseException | None) -> str:
    """Where it happened and of what kind it was, its causes first; not what it says, which may be what a mother wrote."""
    told, seen = list[str](), set[int]()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        why = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
        parts = [without_words(one) for one in error.exceptions] if isinstance(error, BaseExceptionGroup) else []
        here = "".join(
            ["Traceback (most recent call last):\n", *found]
            if (found := traceback.format_tb(error.__traceback__))
            else []
        )
        told.append("\n".join([*parts, f"{here}{type(error).__module__}.{type(error).__qualname__}{why}"]))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join(reversed(told))


def _where(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    info = event.pop("exc_info", None)
    if info:
        error = info if isinstance(info, BaseException) else sys.exc_info()[1]
        event["exception"] = without_words(error)
    return event


class _Libraries(logging.Formatter):
    """The same for what libraries log."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the library's name
        return without_words(ei[1])
