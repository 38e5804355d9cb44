"""What the log tells of an error: where it happened and of what kind it was, and not a word of what was in hand."""

from __future__ import annotations

import json
import subprocess
import sys

from bot.logs import without_words

BREAKS = """
import logging, structlog
from bot.logs import speak_plainly

speak_plainly("info")
try:
    try:
        int("zebra, my sister")
    except ValueError as error:
        raise KeyError("zebra") from error
except KeyError as error:
    structlog.get_logger().exception("it_broke", arrival=7)
    structlog.get_logger().error("it_broke_too", exc_info=error)
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
"""


def test_an_error_is_told_by_its_place_and_kind_and_never_in_its_own_words() -> None:
    said = subprocess.run([sys.executable, "-c", BREAKS], capture_output=True, text=True, check=True).stderr
    assert "zebra" not in said
    first, second = (json.loads(line) for line in said.splitlines()[:2])
    assert (first["event"], first["arrival"], second["event"]) == ("it_broke", 7, "it_broke_too")
    for told in (first["exception"], second["exception"]):
        assert told.index("builtins.ValueError") < told.index("builtins.KeyError")
        assert 'File "<string>", line 8' in told
    assert "ERROR uvicorn.error: Exception in ASGI application" in said
    assert said.count("builtins.KeyError") == 3


def test_a_full_disk_and_all_of_several_errors_are_told() -> None:
    disk, words = OSError(28, "No space left on device", "zebra.ogg"), ValueError("zebra")
    told = without_words(ExceptionGroup("zebra", [disk, words]))
    assert told == "builtins.OSError: No space left on device\nbuiltins.ValueError\nbuiltins.ExceptionGroup"
    words.__context__ = words
    assert without_words(words) == "builtins.ValueError"
