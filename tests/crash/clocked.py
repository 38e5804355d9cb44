"""`stapsteen` on a machine whose clock can be moved: `python -m tests.crash.clocked run --data DIR`.

Every line on standard input is a number of seconds by which the machine's clock jumps, on or back; when it has, a line on standard
error says so. Durations (time.monotonic) go on as they do on a real machine.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import time_machine

from bot.clock import Clock

JUMPED = "the clock has jumped"


def main() -> None:
    # an instance of the C clock is asked for now: what jumps is Python's clock, and with it everybody who looks at it
    away = float(os.environ.get("CLOCK_IS_OFF_BY", "0"))
    now = Clock().now().timestamp()
    with time_machine.travel(now + away, tick=True) as hands:

        def listen() -> None:
            for line in sys.stdin:
                hands.shift(float(line))
                os.write(2, f"{JUMPED}\n".encode())  # whole, whatever else is being written there

        threading.Thread(target=listen, daemon=True).start()
        from bot.__main__ import main as command
        from bot.speech.clips import Clips

        # the kernel's clock has not jumped: by ours a sound that was made just now may be months old, and thrown away while it is said
        clips: Any = Clips
        clips.sweep = lambda *_: 0
        command()


if __name__ == "__main__":
    main()
