"""Sound is made in a process of its own that may die without anybody noticing."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from bot.speech.errors import BadSound, WorkerGone
from bot.speech.worker import Worker, load, note
from tests.given.waiting import until
from tests.speech import jobs


@pytest.fixture
async def mortal() -> AsyncIterator[Worker]:
    worker = Worker()
    yield worker
    await worker.close()


async def gone(pid: int) -> None:
    """Waits until there is no such process, or only what is left of one."""
    await until(lambda: not lives(pid))


def lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def test_nothing_is_started_before_the_first_job() -> None:
    before = psutil.Process().children()
    worker = Worker()
    try:
        assert [child for child in psutil.Process().children() if child not in before] == []
        assert await worker.run(jobs.where) in {child.pid for child in psutil.Process().children()}
    finally:
        await worker.close()


async def test_a_killed_worker_is_replaced_and_the_next_clip_is_made(mortal: Worker) -> None:
    pid = await mortal.run(jobs.where)
    os.kill(pid, signal.SIGKILL)
    again = await mortal.run(jobs.where)
    assert again not in (pid, os.getpid())


async def test_a_job_whose_worker_dies_is_done_again(mortal: Worker, tmp_path: Path) -> None:
    assert await mortal.run(jobs.die_once, tmp_path / "mark") != os.getpid()


async def test_a_job_that_hangs_is_ended_and_done_again(mortal: Worker, tmp_path: Path) -> None:
    first = await mortal.run(jobs.where)
    mortal.timeout = 2
    hanging = asyncio.gather(mortal.run(jobs.hang_once, tmp_path / "mark"))
    await asyncio.sleep(0)  # it is handed out, with two seconds to do it in
    mortal.timeout = 60  # a new process may need longer to begin
    assert (await hanging)[0] not in (first, os.getpid())


async def test_a_job_that_always_kills_its_worker_is_given_up_and_the_next_one_works(mortal: Worker) -> None:
    with pytest.raises(WorkerGone, match="3 times"):
        await mortal.run(jobs.die)
    assert await mortal.run(jobs.where) != os.getpid()


async def test_a_fault_in_the_sound_comes_back_as_a_sentence(mortal: Worker, tmp_path: Path) -> None:
    with pytest.raises(BadSound, match="no sound file"):
        await mortal.run(note, b"text", tmp_path / "out.ogg", 300.0)
    assert list(tmp_path.iterdir()) == []


async def test_warming_loads_everything_in_every_process() -> None:
    worker = Worker(processes=2)
    try:
        pids = await worker.warm()
        assert len(pids) == 2
        assert await worker.run(jobs.loaded) == {"numpy", "av"}
    finally:
        await worker.close()


async def test_closing_takes_no_longer_than_its_grace_even_when_a_job_hangs(tmp_path: Path) -> None:
    worker, mark = Worker(), tmp_path / "mark"
    pid = await worker.run(load)
    hanging = asyncio.gather(worker.run(jobs.hang, mark), return_exceptions=True)
    await until(mark.exists)
    hanging.cancel()
    async with asyncio.timeout(90):  # the job would hang for longer
        await worker.close()
    await gone(pid)


async def test_it_ends_when_nothing_was_asked_of_it_for_a_while_and_the_next_job_starts_it_again() -> None:
    worker = Worker(rest=0.1)
    try:
        first, second = await asyncio.gather(worker.run(jobs.where), worker.run(jobs.a_while))
        assert first == second, "it rested while somebody waited"
        await gone(first)
        assert await worker.run(jobs.where) != first
    finally:
        await worker.close()


async def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, threading\n"
        "from bot.speech.worker import Worker\n"
        "from tests.speech.jobs import where\n"
        "if __name__ == '__main__':\n"
        "    print(asyncio.run(Worker().run(where)), flush=True)\n"
        "    threading.Event().wait()\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    parent = await asyncio.create_subprocess_exec(sys.executable, str(script), stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert psutil.pid_exists(pid)
    parent.kill()
    await parent.wait()
    await gone(pid)


def test_the_process_that_answers_mothers_never_loads_the_sound_libraries() -> None:
    code = (
        "import sys, bot.speech.clips, bot.speech.speak, bot.speech.spoken; "
        "print({'numpy', 'av', 'gtts', 'requests'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
