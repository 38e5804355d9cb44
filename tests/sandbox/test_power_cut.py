"""kill -9 of the sandbox: what it acknowledged is there after the restart."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import aiohttp

from bot.sandbox import Sandbox
from tests.given.sandbox import Person

PROGRAM = """
import asyncio, sys
from pathlib import Path
from bot.sandbox import Sandbox
async def main():
    print(await Sandbox(state=Path(sys.argv[1])).start(), flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().strip()
    async with Person(url, 101, "Amina", "ar") as amina, aiohttp.ClientSession() as session:
        await amina.start("klimop")
        for n in range(5):
            async with session.post(
                f"{url}/bot42:SANDBOX/sendMessage", json={"chat_id": 101, "text": str(n)}
            ) as answer:
                assert answer.status == 200
        await amina.block()
    process.send_signal(signal.SIGKILL)
    await process.wait()
    box = Sandbox(state=tmp_path)
    await box.start()
    assert [m.data["text"] for m in box.messages(101)] == ["/start klimop", "0", "1", "2", "3", "4"]
    assert [p.kind for p in box.world.updates.pending.values()] == ["message", "my_chat_member"]
    assert box.world.chats[101].status == "kicked"
    await box.stop()
