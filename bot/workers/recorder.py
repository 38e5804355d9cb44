"""The recorder: serves people who lend their voice. Files and sound outside any transaction; then one that says what comes next.

What a person wants stands in her place (`care/desk/voice_page.py` writes it): state next · check · keep · yes · no · forget is for us,
any other state waits for her. Served twice, it says nothing twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import String, cast, or_, select

from bot.care import outbox, privacy, tell, voices
from bot.care.content import Content
from bot.care.desk.here import MENU, to
from bot.care.desk.voice_page import LISTENING, SPEAKING
from bot.clock import Clock
from bot.db.models import Media, Staff
from bot.db.session import Database
from bot.media import Store, StoreAway
from bot.messages import Utterance
from bot.speech.clips import Clips
from bot.speech.errors import BadSound, WorkerGone
from bot.workers.life import SAFETY, growing, rest, wake_at_the_end

log = structlog.get_logger()
OURS = ("next", "check", "keep", "yes", "no", "forget")
OPEN = ("missing", "changed", "stale", "refused")
LISTEN = "luister-"  # copies of recordings for listeners, in the media folder


@dataclass(frozen=True)
class Wish:
    """What one person wants, as it stood when we looked; busy: what others of the same language are at."""

    staff_id: int
    chat_id: int
    speaker: str
    place: dict[str, Any]
    busy: frozenset[str] = frozenset()

    @property
    def lang(self) -> str:
        return str(self.place.get("lang", ""))


@dataclass
class Reply:
    """What is said, the place where she stands then, and a draft that has become superfluous."""

    say: list[Utterance]
    place: dict[str, Any]
    drop: str | None = None
    gone: list[str] = field(default_factory=list)


class Recorder:
    """media = where files lie that people sent."""

    def __init__(self, db: Database, content: Content, clips: Clips, clock: Clock, media: Store) -> None:
        self.db, self.content, self.clips, self.clock, self.media = db, content, clips, clock, media
        self.woken = asyncio.Event()
        db.on_commit(lambda names: self.woken.set() if "recorder" in names else None)
        self._serve: dict[str, Callable[[Wish], Awaitable[Reply]]] = {
            "check": self._check,
            "keep": self._keep,
            "yes": self._judge,
            "no": self._judge,
            "forget": self._forget,
        }

    async def serve_one(self) -> bool:
        """True: somebody was served; False: nobody waits for us."""
        wish = await self._wish()
        if wish is None:
            return False
        try:
            reply = await self._serve.get(str(wish.place["state"]), self._next)(wish)
        except (OSError, KeyError, ValueError, BadSound, WorkerGone, StoreAway) as fault:
            log.warning("recorder_failed", state=wish.place.get("state"), why=str(fault))
            again = [to("▶️ Verder doen", _go(wish), lang=wish.lang)]
            reply = Reply([tell.line("Dat is niet gelukt. Probeer het nog eens.", (tuple(again), (MENU,)))], {})
        await self._tell(wish, reply)
        return True

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until told to stop."""
        failures = 0
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(wake_at_the_end(stop, self.woken))
            while not stop.is_set():
                self.woken.clear()
                try:
                    served = await self.serve_one()
                    failures = 0
                except Exception:
                    failures += 1
                    log.exception("recorder_away", failures=failures)
                    await rest(stop, growing(failures, most=30))
                    continue
                if not served:
                    await rest(self.woken, 2 * SAFETY)

    # ------------------------------------------------------------ who wants what

    async def _wish(self) -> Wish | None:
        async with self.db.begin() as session:
            place = cast(Staff.place, String)
            lending = or_(*(place.contains(f'"{doing}"') for doing in (SPEAKING, LISTENING)))
            people = list(
                await session.scalars(select(Staff).where(Staff.chat_id.is_not(None), lending).order_by(Staff.id))
            )
            for person in people:
                if person.place.get("doing") in (SPEAKING, LISTENING) and person.place.get("state") in OURS:
                    others = (p.place for p in people if p is not person)
                    busy = {str(p["key"]) for p in others if p.get("key") and _at(p) == _at(person.place)}
                    return Wish(
                        person.id, person.chat_id or 0, voices.pseudonym(person), dict(person.place), frozenset(busy)
                    )
        return None

    async def _tell(self, wish: Wish, reply: Reply) -> None:
        """One transaction: what is said and where she stands; nothing when she went on meanwhile."""
        async with self.db.begin() as session:
            person = await session.get(Staff, wish.staff_id, with_for_update=True)
            if person is None or person.place != wish.place:
                return
            person.place = reply.place
            for n, said in enumerate(reply.say):
                key = f"voice:{wish.staff_id}:{wish.place.get('n')}:{wish.place['state']}:{n}"
                await outbox.put(session, wish.chat_id, said, key=key, now=self.clock.now())
            if reply.drop:
                drafts = select(Media).where(Media.name == reply.drop, Media.staff_id == wish.staff_id)
                await privacy.drop_media(session, (await session.scalars(drafts)).first())
        for name in reply.gone:
            try:
                await self.media.drop(name)
            except StoreAway as away:  # a copy that nobody's row names: it is swept away
                log.warning("copy_left_behind", why=str(away))

    # ------------------------------------------------------------ speaking

    async def _next(self, wish: Wish) -> Reply:
        if wish.place["doing"] == LISTENING:
            return await self._next_to_hear(wish)
        wanted = voices.texts(self.content, wish.lang)
        states = await asyncio.to_thread(self._states, wish.lang, wanted)
        skipped = set(wish.place.get("skipped", []))
        key = next((k for k, s in states.items() if s in OPEN and k not in skipped | wish.busy), None)
        done = sum(state not in OPEN for state in states.values())
        language = tell.language(wish.lang)
        if key is None:
            left = len(states) - done
            text = f"{done} van {len(states)} in het {language}. " + (
                f"Er blijven er {left} over, die je oversloeg of waar iemand anders mee bezig is."
                if left
                else "Alles is ingesproken. Dank je wel!"
            )
            listen = to("👂 Beluisteren", "listen_in", lang=wish.lang)
            return Reply([tell.line(text, ((listen,), (MENU,)))], {})
        about = voices.line(self.content, wish.lang, key)
        how = (
            f"Zeg dit in het {language}:"
            if about.translated
            else f"Zeg dit in het {language}, in je eigen gewone woorden:"
        )
        buttons: tell.Rows = (
            (to("⏭ Overslaan", "voice_skip"), to("⏸ Stoppen", "voice_stop")),
            *([(to("🇬🇧 English", "voice_english"),)] if about.english else []),
        )
        head = f"{done + 1} van {len(states)} · {how}"
        said = voices.shown(self.content, wish.lang, about, head, buttons, voices.meaning(about))
        place = {"doing": SPEAKING, "lang": wish.lang, "state": "waiting", "key": key, "said": about.words}
        return Reply(said, place | {"skipped": sorted(skipped), "n": wish.place.get("n")})

    def _states(self, lang: str, wanted: dict[str, str]) -> dict[str, str]:
        return {key: self.clips.recordings.state(lang, key, words) for key, words in wanted.items()}

    async def _check(self, wish: Wish) -> Reply:
        """She hears herself, levelled and trimmed; what is doubtful is said, what is no use is asked again."""
        draft, said = await self.media.get(str(wish.place["media"])), str(wish.place["said"])
        others = voices.texts(self.content, wish.lang).values()
        doubts = await self.clips.doubts(draft, wish.lang, said, others)
        again, skip = to("🔁 Opnieuw", "voice_again"), to("⏭ Overslaan", "voice_skip")
        stop = to("⏸ Stoppen", "voice_stop")
        if voices.HOPELESS & set(doubts):
            text = f"Dit kunnen we niet gebruiken: {voices.because(doubts)}. Spreek het nog eens in. 🎤"
            place = {k: v for k, v in wish.place.items() if k != "media"}
            return Reply([tell.line(text, ((skip, stop),))], place | {"state": "waiting"}, drop=wish.place["media"])
        text = f"Zo klinkt het.{f' Let op: {voices.because(doubts)}.' if doubts else ''} Goed?"
        buttons = ((to("✅ Bewaren", "voice_keep"), again), (skip, stop))
        heard = Utterance(kind="voice", lang="nl", text=text, media=draft.name, buttons=buttons)
        return Reply([heard], {**wish.place, "state": "heard", "doubts": doubts})

    async def _keep(self, wish: Wish) -> Reply:
        """Into the recordings, and on to the next."""
        place = wish.place
        data = await asyncio.to_thread((await self.media.get(str(place["media"]))).read_bytes)
        add = self.clips.recordings.add
        doubts = place.get("doubts", [])
        await asyncio.to_thread(add, wish.lang, place["key"], data, place["said"], wish.speaker, (), doubts)
        reply = await self._next(wish)
        reply.drop = place["media"]
        return reply

    async def _forget(self, wish: Wish) -> Reply:
        count = await asyncio.to_thread(self.clips.recordings.forget, wish.speaker)
        return Reply([tell.line(f"{count} opnames gewist. Je stem is nergens meer te horen.", ((MENU,),))], {})

    # ------------------------------------------------------------ listening

    async def _next_to_hear(self, wish: Wish) -> Reply:
        wanted = voices.texts(self.content, wish.lang)
        found = await asyncio.to_thread(self._unheard, wish, wanted)
        old = [Path(str(wish.place["old"])).name] if wish.place.get("old") else []
        if not found:
            text = f"Er is nu niets te beluisteren in het {tell.language(wish.lang)}. Dank je wel!"
            return Reply([tell.line(text, ((MENU,),))], {}, gone=old)
        key = found[0]
        entry = self.clips.recordings.entries(wish.lang)[key]
        name = f"{LISTEN}{entry['audio']}.ogg"
        await self.media.put(name, await asyncio.to_thread(self.clips.recordings.path(wish.lang, key).read_bytes))
        buttons = (
            (to("👍 Goed", "voice_good", key=key), to("👎 Niet goed", "voice_bad", key=key)),
            (to("⏭ Overslaan", "voice_skip"), to("⏸ Stoppen", "voice_stop")),
        )
        doubt = f" Let op: {voices.because(entry['doubts'])}." if entry.get("doubts") else ""
        head = f"Nog {len(found)}. Hoor je precies deze woorden, duidelijk en rustig?{doubt}"
        about = voices.line(self.content, wish.lang, key)
        said = voices.shown(self.content, wish.lang, about, head, buttons, Utterance(kind="voice", media=name))
        place = {"doing": LISTENING, "lang": wish.lang, "state": "waiting", "key": key, "media": name}
        kept = {"audio": entry["audio"], "skipped": wish.place.get("skipped", []), "n": wish.place.get("n")}
        return Reply(said, place | kept, gone=[before for before in old if before != name])

    def _unheard(self, wish: Wish, wanted: dict[str, str]) -> list[str]:
        """Recordings of others that nobody has said yes or no to."""
        entries, aside = self.clips.recordings.entries(wish.lang), {*wish.place.get("skipped", []), *wish.busy}
        mine = {key for key, entry in entries.items() if entry["speaker"] == wish.speaker}
        states = self._states(wish.lang, {key: words for key, words in wanted.items() if key in entries})
        return [key for key, state in states.items() if state == "unheard" and key not in aside | mine]

    async def _judge(self, wish: Wish) -> Reply:
        """Her yes makes it heard by mothers at once; her no asks for another. Not when it was recorded anew meanwhile."""
        place, recordings = wish.place, self.clips.recordings
        entry = recordings.entries(wish.lang).get(place["key"])
        if entry and entry["audio"] == place["audio"]:
            act = recordings.approve if place["state"] == "yes" else recordings.refuse
            await asyncio.to_thread(act, wish.lang, place["key"], wish.speaker)
        there = {**place, "old": place["media"]}
        return await self._next_to_hear(Wish(wish.staff_id, wish.chat_id, wish.speaker, there, wish.busy))


def _at(place: dict[str, Any]) -> tuple[Any, Any]:
    return place.get("doing"), place.get("lang")


def _go(wish: Wish) -> str:
    return "voice_go" if wish.place.get("doing") == SPEAKING else "listen_in"
