"""Given: a port that stays ours, also while nobody listens on it."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator


@contextlib.contextmanager
def a_port() -> Iterator[int]:
    """A free port of 127.0.0.1 on which a server may be started, stopped and started again; whoever calls meanwhile is refused.

    It is held by a socket that never listens. The system gives it to nobody else, as it may do with a port that was looked up and let go,
    and a server that may use an address again (asyncio's and Python's own all do) can still have it.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])
