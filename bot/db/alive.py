"""What a process is called where several share a database, and whether it has ended.

A process number alone says little: containers count from 1, and two of them may be on machines of the same name. So it goes with the
place where that number counts (this start of this machine, this container) and with the moment at which that process began.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from collections.abc import Callable, Iterable
from pathlib import Path

LIFE = secrets.token_hex(4)  # where the machine does not tell when a process began


def _place(known: Iterable[Callable[[], str]] | None = None) -> str:
    """12 hexadecimal digits: the name of the machine, its start, and the space in which its processes are numbered.

    Where a machine does not tell all three (only Linux does, and not to a service that may not look), it is a place that nobody
    shares: two machines of one name would each take the other's processes for dead.
    """
    try:
        found = "|".join(one() for one in known or (socket.gethostname, _start, _numbers))
    except OSError:
        found = f"{LIFE}{secrets.token_hex(8)}"
    return hashlib.sha256(found.encode()).hexdigest()[:12]


def _start() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _numbers() -> str:
    return str(Path("/proc/self/ns/pid").readlink())


PLACE = _place()


def me() -> str:
    """ "place:number:beginning" of this process; at most 33 characters."""
    return f"{PLACE}:{os.getpid()}:{_began(os.getpid()) or LIFE}"


def here(who: str) -> bool:
    """Whether it was said here, where we can see which processes there are."""
    return who.partition(":")[0] == PLACE


def has_ended(who: str) -> bool:
    """Whether the process of this name has surely ended; of another place we cannot know. More after the beginning is no matter."""
    place, number, began = [*who.split(":"), "", ""][:3]
    if place != PLACE or not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    now = _began(int(number))
    if now is None:  # no machine of ours to tell, or it ended this instant: then the next look will see it
        return int(number) == os.getpid() and began != LIFE
    return now != began


def _began(number: int) -> str | None:
    """When that process began, in ticks since the machine did; "0" for one that has ended and was not yet buried; None: unknown."""
    try:
        words = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return "0" if words[0] in "ZX" else words[19]
