"""Random updates as Telegram could send them, and as nobody should: a seed gives the same life again."""

from __future__ import annotations

import random
from typing import Any

TEXTS = (
    "hallo", "Wat kost de opvang?", "", " ", "\u200b\u200f\u202e", "😀" * 50, "x" * 4096, "مرحبا كيف حالك", "እንታይ", "112",
    "<script>alert(1)</script>", "'; DROP TABLE mothers; --", "{name} {0} %s %(x)s", "\x00\x01\x7f", "\ud83d", "null", "True",
    "/", "/start", "/start@bot x", "/stop", "/sos", "/desk", "/start staff-x", "/start " + "A" * 64, "/start ../../etc", "/\u0000",
    "=1+1", "@home", "-1", "0:0", "mijn kind ademt niet", "ja", "nee", "stop", "1", "99999999999999999999",
)  # fmt: skip
THINGS = (
    "sticker",
    "video",
    "video_note",
    "animation",
    "document",
    "audio",
    "voice",
    "contact",
    "poll",
    "dice",
    "story",
    "game",
)
ODD: tuple[Any, ...] = (None, True, -1, 0, 2**63, 1.5, "x", [], {}, [None], {"id": "x"}, "\ud800")


class Strangers:
    """`update(n, shown)` is the nth update; shown: chat → buttons that were really shown there ("<token>:<index>")."""

    def __init__(self, seed: int, chats: list[int], codes: list[str]) -> None:
        self.random, self.chats, self.codes = random.Random(seed), chats, codes

    def update(self, number: int, shown: dict[int, list[str]]) -> dict[str, Any]:
        pick = self.random.random()
        chat = self.random.choice(self.chats)
        if pick < 0.45 and shown.get(chat):
            return self._press(number, chat, self.random.choice(shown[chat][-12:]))
        if pick < 0.52:
            others = [data for other in shown.values() for data in other] or ["x:0"]
            return self._press(number, chat, self._bent(self.random.choice(others)))
        if pick < 0.57:
            return {"update_id": number, "my_chat_member": self._member(chat)}
        if pick < 0.62:
            return {"update_id": number, "edited_message": self._message(number, chat)}
        if pick < 0.66:
            return {
                "update_id": number,
                self.random.choice(("message", "callback_query", "poll")): self.random.choice(ODD),
            }
        message = self._message(number, chat)
        if pick > 0.95:
            message[self.random.choice(list(message))] = self.random.choice(ODD)
        return {"update_id": number, "message": message}

    def _press(self, number: int, chat: int, data: str) -> dict[str, Any]:
        message: dict[str, Any] = {"message_id": number, "chat": {"id": chat, "type": "private"}, "date": 0}
        press = {"id": str(number), "from": self._person(chat), "chat_instance": "1", "data": data, "message": message}
        if self.random.random() < 0.1:
            press.pop("message")
        return {"update_id": number, "callback_query": press}

    def _bent(self, data: str) -> str:
        token, _, index = data.partition(":")
        return self.random.choice(
            (
                data,
                f"{token}:99",
                f"{token}:-1",
                f"{token}:{index}:0",
                token,
                f":{index}",
                f"{token}:²",
                "\x00",
                data * 9,
                "",
            )
        )

    def _message(self, number: int, chat: int) -> dict[str, Any]:
        message: dict[str, Any] = {
            "message_id": number, "date": 0, "chat": {"id": chat, "type": "private"}, "from": self._person(chat),
        }  # fmt: skip
        pick = self.random.random()
        if pick < 0.15:
            message["text"] = "/start " + self.random.choice([*self.codes, "", "x", "staff-"])
        elif pick < 0.6:
            message["text"] = self.random.choice(TEXTS)
        elif pick < 0.7:
            message["photo"] = [self._file(), {"width": 9}] if self.random.random() < 0.7 else []
        elif pick < 0.78:
            message["location"] = {"latitude": self.random.choice((51.0, 1e9, "x")), "longitude": 4.4}
        elif pick < 0.95:
            message[self.random.choice(THINGS)] = self._file()
        else:
            message["something_new"] = {"a": 1}
        if self.random.random() < 0.1:
            message["forward_origin"] = {"type": "user"}
        if self.random.random() < 0.1:
            message["reply_to_message"] = {"message_id": self.random.choice((1, number - 3, -5))}
        return message

    def _file(self) -> dict[str, Any]:
        size = self.random.choice((0, 500, 10**7, 10**12, -4, "x", None))
        name = self.random.choice(("a.ogg", "../../etc/passwd", "<b>.jpg", "x" * 300))
        return {"file_id": f"f{self.random.random()}", "file_unique_id": "u", "file_size": size, "file_name": name,
                "duration": self.random.choice((0, 3, 9999, -1)), "width": 90, "height": 90, "mime_type": "x/y"}  # fmt: skip

    def _person(self, chat: int) -> dict[str, Any]:
        name = self.random.choice(("Amina", "", "<b>Fatou</b>", "\u202eSelam", "x" * 300, "🦋", "=cmd|' /C calc'!A0"))
        return {
            "id": chat,
            "is_bot": False,
            "first_name": name,
            "language_code": self.random.choice(("ar", "nl", "xx", "")),
        }

    def _member(self, chat: int) -> dict[str, Any]:
        status = self.random.choice(("kicked", "member", "left", "odd"))
        return {
            "chat": {"id": chat, "type": "private"},
            "from": self._person(chat),
            "new_chat_member": {"status": status},
        }
