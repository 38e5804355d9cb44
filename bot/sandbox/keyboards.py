"""Keyboards: what Telegram accepts under a message and under the text field."""

from __future__ import annotations

from typing import Any

from .rules import CALLBACK_DATA_MAX, bad

Json = dict[str, Any]
Rows = list[list[Json]]
ACTIONS = ("url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
           "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay")  # fmt: skip


def inline(markup: Any) -> Json | None:
    """The inline keyboard as it is shown in a Message, or None when there is none. Raises ApiError."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return None
    rows = [[_inline_button(b) for b in row] for row in _rows(markup["inline_keyboard"])]
    rows = [row for row in rows if row]
    return {"inline_keyboard": rows} if rows else None


def _rows(rows: Any) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad("can't parse inline keyboard markup JSON object: Field must be of type Array")
    return rows


def _inline_button(button: Any) -> Json:
    if not isinstance(button, dict):
        raise bad("can't parse inline keyboard button: Object expected")
    if not str(button.get("text") or "").strip():
        raise bad('can\'t parse inline keyboard button: Field "text" must be non-empty')
    if sum(name in button for name in ACTIONS) != 1:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= CALLBACK_DATA_MAX:
        raise bad("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and not str(url).startswith(("http://", "https://", "tg://", "tel:", "mailto:")):
        raise bad("inline keyboard button URL '" + str(url) + "' is invalid: Wrong HTTP URL")
    return {name: value for name, value in button.items() if value is not None}


def reply(markup: Any, private: bool) -> tuple[bool, Rows | None]:
    """(whether the keyboard of the person changes, its new rows or None when it goes away)."""
    if not isinstance(markup, dict):
        return False, None
    if markup.get("remove_keyboard"):
        return True, None
    if "keyboard" not in markup:
        return False, None
    rows = [[_reply_button(b, private) for b in row] for row in _rows(markup["keyboard"])]
    if not any(rows):
        raise bad("reply keyboard must be non-empty")
    once = {"once": True} if markup.get("one_time_keyboard") else {}
    return True, [[b | once for b in row] for row in rows if row]


def _reply_button(button: Any, private: bool) -> Json:
    button = {"text": button} if isinstance(button, str) else button
    if not isinstance(button, dict) or not str(button.get("text") or "").strip():
        raise bad('can\'t parse keyboard button: Field "text" must be non-empty')
    if not private and (button.get("request_location") or button.get("request_contact")):
        kind = "location" if button.get("request_location") else "phone number"
        raise bad(f"{kind} can be requested in private chats only")
    return {name: value for name, value in button.items() if value is not None}
