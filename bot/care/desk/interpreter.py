"""A colleague who was asked to say an announcement in her language, and replies."""

from __future__ import annotations

from bot.care import announcement_voices, outbox, tell
from bot.care.desk.here import MENU, Here
from bot.db.inbox_models import Interpreting

SAID = {
    "ok": "🙏 Dank je! De mama's horen jouw stem in het {lang}.",
    "already": "Dank je! Een collega was je voor in het {lang}.",
    "changed": "Dank je! Het bericht is intussen veranderd. Als het in het {lang} nog nodig is, krijg je de nieuwe vraag.",
    "late": "Dank je! Dit bericht is al vertrokken, dus het is niet meer nodig.",
}


async def replied_to(here: Here) -> Interpreting | None:
    """The announcement that the message belongs to which was replied to; None when it is something else."""
    if here.heard.reply_to is None:
        return None
    found = await outbox.by_message(here.session, here.heard.chat_id, here.heard.reply_to)
    if found is None or found.about != announcement_voices.ABOUT:
        return None
    row = await here.session.get(Interpreting, found.about_id)
    return row if row is not None and row.lang in here.me.langs else None


async def reply(here: Here, row: Interpreting) -> None:
    """Her words become the voice of her language."""
    if here.heard.kind == "photo" or here.unsendable() is not None:
        await here.say("Spreek het in, of typ het in jouw taal.", [MENU])
        return
    text = here.heard.text.strip()
    if not text and here.media is None:
        await here.say("Spreek het in, of typ het in jouw taal.", [MENU])
        return
    done = await announcement_voices.receive(here.session, row, here.me, text, here.media, here.now)
    await here.say(SAID[done].format(lang=tell.language(row.lang)), [MENU])
