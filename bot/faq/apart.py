"""Work that takes seconds and much memory, done in a process of its own: the house goes on, and all of it is given back."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable

NICENESS = 10
LONGEST = 600  # seconds


def in_a_process(work: Callable[..., object], *given: object) -> bool:
    """Does it there and waits for the end; whether it came to a good one. Both have to be picklable; what it returns is dropped."""
    process = multiprocessing.get_context("spawn").Process(target=_kindly, args=(work, *given), daemon=True)
    try:
        process.start()
    except OSError:  # no memory, no more processes
        return False
    process.join(LONGEST)
    if process.is_alive():
        process.kill()
    return process.exitcode == 0


def _kindly(work: Callable[..., object], *given: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the house
    threading.Thread(target=_end_with_the_house, daemon=True).start()
    with contextlib.suppress(OSError, AttributeError):  # not everywhere
        os.nice(NICENESS)
    work(*given)


def _end_with_the_house() -> None:
    """A house that is killed takes this process along: nobody waits for its work, and it would hold the house's output open."""
    if (house := multiprocessing.parent_process()) is not None:
        house.join()
        os._exit(1)
