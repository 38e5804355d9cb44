"""Methods that say something without a file: text, places, contacts, polls, dice-free life."""

from __future__ import annotations

import secrets
from typing import Any

from .call import Call
from .chats import World
from .rules import ACTIONS, bad
from .sending import Extras, deliver, extras, known_chat, open_chat, text_content

Json = dict[str, Any]


def _say(world: World, call: Call, content: Json) -> Json:
    chat = open_chat(world, call)
    return deliver(world, chat, content, extras(call, world, chat)).data


def send_message(world: World, call: Call) -> Json:
    return _say(world, call, text_content(call))


def _location(call: Call) -> Json:
    latitude, longitude = call.real("latitude"), call.real("longitude")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad("wrong location specified")
    return {"latitude": latitude, "longitude": longitude}


def send_location(world: World, call: Call) -> Json:
    return _say(world, call, {"location": _location(call)})


def send_venue(world: World, call: Call) -> Json:
    place = _location(call)
    for name in ("title", "address"):
        if not call.has(name):
            raise bad(f"{name} is empty" if name == "address" else "venue title must be non-empty")
    more = {
        n: call.text(n)
        for n in ("foursquare_id", "foursquare_type", "google_place_id", "google_place_type")
        if call.has(n)
    }
    venue = {"location": place, "title": call.text("title"), "address": call.text("address")} | more
    return _say(world, call, {"location": place, "venue": venue})


def send_contact(world: World, call: Call) -> Json:
    for name in ("phone_number", "first_name"):
        if not call.has(name):
            raise bad("phone number must be non-empty" if name == "phone_number" else "first name must be non-empty")
    names = ("phone_number", "first_name", "last_name", "vcard")
    return _say(world, call, {"contact": {n: call.text(n) for n in names if call.has(n)}})


def send_chat_action(world: World, call: Call) -> bool:
    if call.text("action") not in ACTIONS:
        raise bad("wrong parameter action in request")
    chat = open_chat(world, call)
    chat.action = (call.text("action"), world.now() + 5)
    world.ring(chat)
    return True


def send_poll(world: World, call: Call) -> Json:
    return _say(world, call, {"poll": _poll(call)})


def _poll(call: Call) -> Json:
    question = call.text("question").strip()
    if not 1 <= len(question) <= 300:
        raise bad("poll question must be non-empty" if not question else "poll question length must not exceed 300")
    quiz = call.text("type", "regular") == "quiz"
    correct = call.thing("correct_option_ids")
    if correct is None and call.has("correct_option_id"):
        correct = [call.number("correct_option_id")]
    poll: Json = {
        "id": str(secrets.randbits(62)),
        "question": question,
        "options": _options(call),
        "total_voter_count": 0,
        "is_closed": call.flag("is_closed"),
        "is_anonymous": call.flag("is_anonymous") if call.has("is_anonymous") else True,
        "type": "quiz" if quiz else "regular",
        "allows_multiple_answers": call.flag("allows_multiple_answers"),
        "allows_revoting": call.flag("allows_revoting") if call.has("allows_revoting") else not quiz,
        "members_only": call.flag("members_only"),
    }
    return poll | ({"correct_option_ids": correct} if quiz and correct else {})


def _options(call: Call) -> list[Json]:
    given = call.thing("options", "poll options")
    texts = [str(o.get("text", "") if isinstance(o, dict) else o) for o in given or []]
    if not 1 <= len(texts) <= 12:
        raise bad("poll must have at least 1 option" if not texts else "poll can't have more than 12 options")
    if not all(1 <= len(text) <= 100 for text in texts):
        raise bad("poll options length must not exceed 100" if all(texts) else "poll options must be non-empty")
    return [{"persistent_id": str(n), "text": text, "voter_count": 0} for n, text in enumerate(texts)]


def stop_poll(world: World, call: Call) -> Json:
    chat = known_chat(world, call)
    message = world.find(chat, call.number("message_id"))
    if message is None or "poll" not in message.data or not message.by_bot:
        raise bad("message with poll to stop not found")
    if message.data["poll"]["is_closed"]:
        raise bad("poll has already been closed")
    poll: Json = message.data["poll"] | {"is_closed": True}
    message.data = {k: v for k, v in message.data.items() if k != "reply_markup"} | {"poll": poll}
    world.touch(chat, message)
    return poll


def create_forum_topic(world: World, call: Call) -> Json:
    chat = open_chat(world, call)
    if not chat.forum:
        raise bad("the chat is not a forum")
    name = call.text("name").strip()
    if not 1 <= len(name) <= 128:
        raise bad("TOPIC_TITLE_EMPTY" if not name else "TOPIC_TITLE_INVALID")
    topic = {"name": name, "icon_color": call.number("icon_color", 7322096)}
    message = deliver(world, chat, {"forum_topic_created": topic}, Extras())
    message.data |= {"message_thread_id": message.id, "is_topic_message": True}
    chat.topics[message.id] = {"name": name}
    world.keep_chat(chat)
    return {"message_thread_id": message.id} | topic


def _topic_changed(world: World, call: Call, change: Json | None) -> bool:
    chat, thread = open_chat(world, call), call.number("message_thread_id")
    if thread not in chat.topics:
        raise bad("TOPIC_ID_INVALID")
    if change is None:
        del chat.topics[thread]
    else:
        chat.topics[thread] |= change
    world.keep_chat(chat)
    return True


def edit_forum_topic(world: World, call: Call) -> bool:
    return _topic_changed(world, call, {"name": call.text("name")} if call.has("name") else {})


def close_forum_topic(world: World, call: Call) -> bool:
    return _topic_changed(world, call, {"closed": True})


def reopen_forum_topic(world: World, call: Call) -> bool:
    return _topic_changed(world, call, {"closed": False})


def delete_forum_topic(world: World, call: Call) -> bool:
    return _topic_changed(world, call, None)


METHODS = {
    "sendMessage": send_message,
    "sendLocation": send_location,
    "sendVenue": send_venue,
    "sendContact": send_contact,
    "sendChatAction": send_chat_action,
    "sendPoll": send_poll,
    "stopPoll": stop_poll,
    "createForumTopic": create_forum_topic,
    "editForumTopic": edit_forum_topic,
    "closeForumTopic": close_forum_topic,
    "reopenForumTopic": reopen_forum_topic,
    "deleteForumTopic": delete_forum_topic,
}
