"""Photos of letters: she may take one again when a number stood on it that is hers alone; the first one is let go."""

from __future__ import annotations

from sqlalchemy import select

from bot.care import at_staff, privacy
from bot.care.turn import Effect, Outcome, Turn
from bot.db.models import Delivery, Media, Question, QuestionPart
from bot.db.session import wake
from bot.flow.model import Slots


async def photo_again(turn: Turn, args: Slots) -> Outcome:
    """Forgets the last photo of her open question: a better one comes. It goes from the chats of staff too."""
    mine = select(QuestionPart).join(Question, Question.id == QuestionPart.question_id)
    sent = mine.where(Question.mother_id == turn.mother.id, Question.state == "open", QuestionPart.by == "mother")
    photos = sent.where(QuestionPart.kind == "photo", QuestionPart.media_id.is_not(None))
    part = (await turn.session.scalars(photos.order_by(QuestionPart.id.desc()).limit(1))).first()
    media = await turn.session.get(Media, part.media_id) if part is not None else None
    if part is not None and media is not None:
        told = select(Delivery).where(Delivery.about == "question", Delivery.about_id == part.question_id)
        shown = told.where(Delivery.utterance["picture"]["name"].as_string() == media.name)
        rows = list(await turn.session.scalars(shown))
        await at_staff.unsay(turn.session, rows, turn.now)
        for row in rows:
            row.state, row.utterance = "cancelled" if row.state == "open" else row.state, {"kind": "text", "text": "📷"}
        await turn.session.flush()
        await privacy.forget_media(turn.session, [media.id])
        await turn.session.refresh(part)
        wake(turn.session, "inbox")
    return Outcome("ok")


STEPS: dict[str, Effect] = {"photo_again": photo_again}
