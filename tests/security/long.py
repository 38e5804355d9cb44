"""`make random`: the long form of what `make test` tries shortly: random updates through the whole bot, anything at all on every route of the desk
and for every reader of foreign data, with examples that differ from run to run.

Prints what pytest prints; ends with 0 when nothing broke and everything was answered. The same seed gives the same updates.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser

import pytest


def main(argv: list[str]) -> int:
    """Runs both with these numbers; pytest's own exit code."""
    asked = ArgumentParser(prog="make random", description=__doc__)
    asked.add_argument("--number", type=int, default=10_000, help="updates")
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--cases", type=int, default=40, help="requests for each route of the desk in each manner")
    said = asked.parse_args(argv)
    os.environ |= {
        "RANDOM_UPDATES": str(said.number),
        "SEED": str(said.seed),
        "DESK_CASES": str(said.cases),
        "CHANCE": "yes",
    }
    tried = [
        "tests/security/test_random_updates.py",
        "tests/security/test_desk.py::test_anything_at_all_on_every_route_is_never_a_server_error",
        "tests/security/test_readers.py",
        "tests/security/test_more_readers.py",
    ]
    return int(pytest.main([*tried, "-n", "0", "--durations=5"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
