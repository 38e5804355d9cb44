"""Jobs for the worker process that behave badly. They run there, so they must be importable."""

import os
import signal
import sys
import threading
from pathlib import Path


def where() -> int:
    return os.getpid()


def a_while() -> int:
    threading.Event().wait(0.5)
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: Path) -> int:
    if not mark.exists():
        mark.touch()
        die()
    return os.getpid()


def hang_once(mark: Path) -> int:
    if not mark.exists():
        mark.touch()
        threading.Event().wait(170)
    return os.getpid()


def hang(mark: Path) -> None:
    mark.touch()
    threading.Event().wait(170)


def loaded() -> set[str]:
    return {"numpy", "av"} & set(sys.modules)
