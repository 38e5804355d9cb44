"""The town: the sandbox with a crowd of people in it, as one process that is told what to do in JSON lines on standard input.

`python -m tests.bench.town TOKEN` prints {"url": …} and answers each line {"do": …} with one line. People live inside the sandbox's own
process, so that what is measured is the bot on the other side of the wire and not the people.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter, deque
from time import perf_counter
from typing import Any

from bot.sandbox import Sandbox
from bot.sandbox.chats import Message

Json = dict[str, Any]
PATIENCE = 120.0


class Crowd:
    """People with numbers, who tap or talk at once and wait for the answer."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.buttons: dict[int, list[list[Json]]] = {}  # what each person can tap now
        self.taps: Counter[int] = Counter()
        self.began: dict[int, float] = {}
        self.first: dict[int, float] = {}
        self.last: dict[int, float] = {}
        self.want_buttons = True
        self.missing: set[int] = set()
        self.all_there = asyncio.Event()
        self.sends: list[float] = []
        box.world.on_message.append(self.seen)

    def seen(self, message: Message) -> None:
        """The bot said something to somebody."""
        if not message.by_bot:
            return
        at, who = perf_counter(), message.chat_id
        self.sends.append(at)
        shown = (message.data.get("reply_markup") or {}).get("inline_keyboard")
        if shown:
            self.buttons[who] = shown
        if who not in self.missing:
            return
        self.first.setdefault(who, at - self.began[who])
        if shown or not self.want_buttons:
            self.last[who] = at - self.began[who]
            self.missing.discard(who)
            if not self.missing:
                self.all_there.set()

    def act(self, who: int, script: str) -> None:
        """echo: a text · start: the Start button · taps: in turn the first choice and home."""
        if script in ("echo", "start"):
            self.box.say(who, "/start" if script == "start" else "dag")
            return
        rows = self.buttons[who]
        button = rows[0][0] if self.taps[who] % 2 == 0 else rows[-1][-1]
        self.taps[who] += 1
        self.box.press(who, button["callback_data"])

    async def round(self, people: list[int], script: str) -> Json:
        """All of them at once; answers with the seconds to each one's first and last message, and the calls it took."""
        self.first, self.last, self.missing = {}, {}, set(people)
        self.want_buttons, self.sends = script != "echo", []
        self.all_there.clear()
        calls, began = self.box.api.calls, perf_counter()
        for who in people:
            self.began[who] = perf_counter()
            self.act(who, script)
            if len(people) > 100:
                await asyncio.sleep(0)  # a crowd this size does not tap within one millisecond either
        try:
            async with asyncio.timeout(PATIENCE):
                await self.all_there.wait()
        except TimeoutError:
            return {"error": f"{len(self.missing)} of {len(people)} people were never answered."}
        seconds = perf_counter() - began
        taken = [row for row in self.box.api.since(calls) if row["method"].startswith(("send", "answer"))]
        return {
            "first": list(self.first.values()),
            "last": list(self.last.values()),
            "seconds": seconds,
            "calls": len(taken),
            "refused": sum(row["status"] == 429 for row in taken),
        }


async def obey(box: Sandbox, crowd: Crowd, told: Json) -> Json:
    """One order, one answer."""
    match told.pop("do"):
        case "round":
            first, number = told["first"], told["number"]
            return await crowd.round(list(range(first, first + number)), told["script"])
        case "network":
            box.faults.clear()
            if told["seconds"]:
                box.fault("slow", method="*", times=None, seconds=told["seconds"])
            return {}
        case "limits":
            box.world.pace.on = told["on"]
            return {}
        case "sends":  # since the last time that was asked
            found, crowd.sends = crowd.sends, []
            refused = sum(row["status"] == 429 for row in box.api.log)
            box.api.log.clear()
            return {"at": found, "now": perf_counter(), "refused": refused}
        case "uploads":
            rows = [r for r in box.api.log if "bytes>" in str(r["params"])]
            return {"uploads": len(rows)}
        case "meet":  # people who pressed Start some day: to a stranger Telegram lets no bot speak
            for who in range(told["first"], told["first"] + told["number"]):
                box.world.private(who)
            return {}
        case "forget":  # what people have on their phones: a crowd of ten thousand would fill the memory of the box
            box.world.chats.clear()
            crowd.buttons.clear()
            crowd.taps.clear()
            return {}
    raise ValueError(f"The town does not know {told!r}.")


async def live(token: str) -> None:
    box = Sandbox(token=token, rate_limits=False)
    box.api.log = deque(maxlen=400_000)
    crowd = Crowd(box)
    say({"url": await box.start()})
    lines = asyncio.StreamReader(limit=2**24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        say(await obey(box, crowd, json.loads(line)))
    await box.stop()


def say(words: Json) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(live(sys.argv[1]))
