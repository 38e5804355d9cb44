"""The world in the box: people, chats and their messages, exactly as one bot and its people see them."""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .bells import Bell
from .files import Files
from .keep import Keep
from .numbers import Counter
from .pace import Pace
from .updates import Updates

HISTORY = 1000
Json = dict[str, Any]


@dataclass
class Person:
    """Someone with a phone. `about` is what the caller wants the phone page to know (role, colour …)."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    voice_forbidden: bool = False
    deactivated: bool = False
    about: Json = field(default_factory=dict)

    def user(self) -> Json:
        """Telegram's User."""
        said: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if value := getattr(self, name):
                said[name] = value
        return said


@dataclass
class Message:
    """data is Telegram's Message as the bot sees it; the rest is what only phones know."""

    id: int
    chat_id: int
    by_bot: bool
    data: Json
    seq: int = 0
    deleted: bool = False
    keyboard: list[list[Json]] | None = None
    votes: dict[str, list[int]] = field(default_factory=dict)
    reactions: dict[str, list[Json]] = field(default_factory=dict)
    silent: bool = False


@dataclass
class Chat:
    """status is the bot's own: member, kicked (blocked), left or administrator. keyboard is the one a person now sees."""

    id: int
    kind: str
    title: str = ""
    members: list[int] = field(default_factory=list)
    status: str = "member"
    instance: str = ""
    keyboard: list[list[Json]] | None = None
    moved_to: int | None = None
    forum: bool = False
    topics: dict[int, Json] = field(default_factory=dict)
    open: bool = False
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    changed: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    action: tuple[str, float] | None = None

    ROW = ("id", "kind", "title", "members", "status", "instance", "keyboard", "moved_to", "forum", "topics", "open")

    @property
    def group(self) -> bool:
        return self.kind != "private"


class World:
    """State and the few moves that everything else is made of. now() in seconds since 1970, by the sandbox's clock."""

    def __init__(self, token: str, now: Callable[[], float], keep: Keep, first: int, rate_limits: bool = True) -> None:
        self.token = token
        self.bot_id = int(token.split(":", 1)[0])
        self.about: Json = {"name": "Stapsteen", "username": "stapsteen_sandbox_bot"}
        self.now = now
        self.keep = keep
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files = Files(self.bot_id, keep)
        self.updates = Updates(now, keep, first)
        self.pace = Pace(rate_limits)
        self.seqs = Counter(keep, "seq", first)
        self.seq = first
        self.message_ids = Counter(keep, "message", first)
        self.presses: dict[str, tuple[int, float]] = {}
        self.toasts: deque[Json] = deque(maxlen=200)
        self.bells: dict[int, Bell] = {}
        self.on_message: list[Callable[[Message], None]] = []

    # ---------------------------------------------------------------- who

    def bot(self) -> Json:
        return {"id": self.bot_id, "is_bot": True, "first_name": self.about["name"], "username": self.about["username"]}

    def person(self, user_id: int) -> Person:
        """The person with this id; an unknown id is a new person."""
        someone = self.people.get(user_id)
        if someone is None:
            someone = self.people[user_id] = Person(user_id, f"Persoon {user_id}")
        return someone

    def know(self, people: Iterable[Mapping[str, Any]]) -> None:
        """Takes in the people the caller made up; anything beyond Telegram's own fields is kept for the phone page."""
        own = {"first_name", "last_name", "username", "language_code"}
        for row in people:
            someone = self.person(int(row["id"]))
            for name in own & row.keys():
                setattr(someone, name, str(row[name]))
            someone.about = {k: v for k, v in row.items() if k not in own}

    def keep_person(self, who: Person) -> None:
        row = {k: v for k, v in vars(who).items() if k != "about"}
        self.keep.put("person", who.id, row)

    # ---------------------------------------------------------------- where

    def private(self, user_id: int) -> Chat:
        """The private chat of a person with the bot; it exists from the moment she opens it."""
        chat = self.chats.get(user_id)
        if chat is None:
            chat = self.chats[user_id] = Chat(user_id, "private", members=[user_id], instance=new_instance())
        return chat

    def keep_chat(self, chat: Chat) -> None:
        self.keep.put("chat", chat.id, {name: getattr(chat, name) for name in Chat.ROW})

    def chat_data(self, chat: Chat) -> Json:
        """Telegram's Chat."""
        if chat.kind == "private":
            who = self.person(chat.id)
            said: Json = {"id": chat.id, "type": "private", "first_name": who.first_name}
            for name in ("last_name", "username"):
                if value := getattr(who, name):
                    said[name] = value
            return said
        return {"id": chat.id, "type": chat.kind, "title": chat.title} | ({"is_forum": True} if chat.forum else {})

    # ---------------------------------------------------------------- what was said

    def new_message(self, chat: Chat, sender: Json, content: Json, **phone: Any) -> Message:
        """Puts a message in a chat and tells every phone."""
        number = self.message_ids.take()
        data: Json = {
            "message_id": number,
            "from": sender,
            "chat": self.chat_data(chat),
            "date": int(self.now()),
        } | content
        message = Message(number, chat.id, sender["is_bot"], data, **phone)
        chat.messages[number] = message
        if len(chat.messages) > HISTORY:
            self._forget(chat, next(iter(chat.messages)))
        self.touch(chat, message)
        for listener in self.on_message:
            listener(message)
        return message

    def _forget(self, chat: Chat, number: int) -> None:
        del chat.messages[number]
        chat.changed.pop(number, None)
        self.keep.put("message", f"{chat.id}:{number}", None)

    def touch(self, chat: Chat, message: Message) -> None:
        """This message is new or changed: it gets the next seq, goes to the end of what changed, and the phones hear it."""
        self.seq = self.seqs.take()
        message.seq = self.seq
        chat.changed[message.id] = message
        chat.changed.move_to_end(message.id)
        if self.keep.folder is not None:
            row = {k: v for k, v in vars(message).items() if v not in (None, False, {})}
            self.keep.put("message", f"{chat.id}:{message.id}", row)
        self.ring(chat)

    def ring(self, chat: Chat) -> None:
        """Something that phones show has changed in this chat."""
        for user_id in chat.members:
            if bell := self.bells.get(user_id):
                bell.ring()

    def bell(self, user_id: int) -> Bell:
        return self.bells.setdefault(user_id, Bell())

    def toast(self, user_id: int, text: str, alert: bool) -> None:
        """The short notice that answerCallbackQuery shows."""
        self.seq = self.seqs.take()
        self.toasts.append({"seq": self.seq, "user": user_id, "text": text, "alert": alert})
        self.bell(user_id).ring()

    def find(self, chat: Chat, number: int) -> Message | None:
        """A message that is still there."""
        message = chat.messages.get(number)
        return None if message is None or message.deleted else message

    def delete(self, chat: Chat, message: Message) -> None:
        """Gone for everybody; what it said is forgotten, only its place is kept."""
        message.deleted = True
        message.data = {k: message.data[k] for k in ("message_id", "from", "chat", "date") if k in message.data}
        message.keyboard = None
        message.reactions, message.votes = {}, {}
        self.touch(chat, message)


def new_instance() -> str:
    return str(secrets.randbits(62) - 2**61)
