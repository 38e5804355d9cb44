"""`python -m bot` and the command `stapsteen`."""

import contextlib
import os
import sys


def main() -> None:
    """Runs the command and ends the process at once: all is closed, and Python would take seconds to throw away what is loaded."""
    from bot.cli import app  # not above: every process that we start reads this file, too

    code: object = 0
    try:
        app(prog_name="stapsteen")
    except SystemExit as end:
        code = end.code
    if isinstance(code, str):
        sys.stderr.write(code + "\n")
        code = 1
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # whoever read it may be gone
            stream.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
