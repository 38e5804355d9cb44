"""A process knows its neighbours that have ended, and never takes a living one for dead."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from bot.db import alive

ROOT = Path(__file__).parents[2]
SAYS = "import sys; from bot.db import alive; print(alive.me(), flush=True); sys.stdin.read()"
A_CONTAINER = (
    "unshare",
    *(() if os.geteuid() == 0 else ("--map-root-user",)),
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
)


async def somebody(*before: str) -> tuple[asyncio.subprocess.Process, str]:
    """Another process, and what it is called ("" when it could not be started)."""
    command = [*before, sys.executable, "-c", SAYS]
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, cwd=ROOT)
    assert process.stdout is not None
    return process, (await process.stdout.readline()).decode().strip()


async def end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()


async def test_a_neighbour_is_alive_until_it_has_ended() -> None:
    process, name = await somebody()
    assert not alive.has_ended(name)
    assert not alive.has_ended(f"{name}:7")
    await end(process)
    assert alive.has_ended(name)
    assert alive.has_ended(f"{name}:7")


def test_one_that_ended_and_was_not_yet_buried_is_dead() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert alive.has_ended(f"{alive.PLACE}:{child}:12345")
    os.waitpid(child, 0)


def test_a_later_process_with_the_same_number_is_another_one() -> None:
    place, number, began = alive.me().split(":")
    assert not alive.has_ended(alive.me())
    assert alive.has_ended(f"{place}:{number}:{int(began) - 1}")
    assert len(f"{place}:4194304:{began}:123456") <= 40


@pytest.mark.parametrize("who", ["", "x", "vm:1:abc:2", "vm:1:abcdef012345", "::", "000000000000:1:1"])
def test_of_another_place_we_cannot_know(who: str) -> None:
    assert not alive.has_ended(who)


async def test_two_containers_on_machines_of_one_name_do_not_take_each_other_for_dead(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In both the house is process 1, or in one of them there is no process with the other's number."""
    process, name = await somebody(*A_CONTAINER)
    if name:
        assert name.split(":")[1] == "1"
        assert not alive.here(name)
        assert not alive.has_ended(name)
        await end(process)
        assert not alive.has_ended(name), "Of another container we cannot know: its lease runs out."
    else:
        await end(process)
        with capsys.disabled():
            print("\nNo process namespaces are allowed here: two containers were not really tried.")
    place, number, began = alive.me().split(":")
    elsewhere = place[::-1] if place != place[::-1] else "0" * 12
    assert not alive.has_ended(f"{elsewhere}:{number}:{int(began) + 1}")
    assert not alive.has_ended(f"{elsewhere}:999999999:1")


def test_a_machine_that_does_not_tell_when_it_was_started_is_a_place_of_its_own() -> None:
    def untold() -> str:
        raise FileNotFoundError("a service may not look there")

    tells = (lambda: "debian", lambda: "boot")
    assert alive._place(tells) == alive._place(tells)
    assert alive._place((*tells, untold)) != alive._place((*tells, untold))
