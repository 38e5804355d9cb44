"""Telegram in a box: a local Bot API server, with a side for people and a phone page. Imports nothing else of ours.

`stapsteen sandbox` starts it alone, `stapsteen demo` with the bot; in Python: `sandbox = Sandbox(); url = await sandbox.start()`.
A bot talks to it as to Telegram: `/bot<token>/<method>` and `/file/bot<token>/<path>`. The page for people is at `/`.

The people's side. Any positive number is a person; a new number is a new person; her private chat has her number. U=http://127.0.0.1:8000

    curl $U/client/101/send --json '{"start": "klimop-1"}'                     # opens t.me/<bot>?start=klimop-1 ("" = plain Start)
    curl $U/client/101/send --json '{"text": "Hallo", "person": {"first_name": "Amina", "language_code": "ar"}}'
    curl $U/client/101/send --json '{"callback": "x1:0"}'                      # taps the newest button that carries this
    curl $U/client/101/send --json '{"callback": {"message_id": 12, "data": "x1:0"}}'
    curl $U/client/101/send --json '{"callback": "forged", "force": true}'     # … or one that is not shown
    curl $U/client/101/send --json '{"button": "Ja"}'                          # taps what reads so, inline or on the keyboard
    curl $U/client/101/send -F voice=@vraag.ogg -F duration=4                  # or {"voice": "<base64>"}; so photo, document, audio,
    curl $U/client/101/send -F photo=@kaart.jpg -F caption='Wat is dit?'       #   video, sticker; {"size": 30000000} pretends a size
    curl $U/client/101/send --json '{"location": {"latitude": 51.05, "longitude": 3.72}, "reply_to": 12}'
    curl $U/client/101/send --json '{"contact": {"phone_number": "+32470000000", "first_name": "Amina"}}'
    curl $U/client/101/send --json '{"edit": {"message_id": 12, "text": "Dag"}}'    # also {"delete": 12}
    curl $U/client/101/send --json '{"forward": {"text": "Lees dit!", "from": "Fatou"}}'
    curl $U/client/101/send --json '{"reaction": {"message_id": 12, "emoji": "👍"}}'    # also {"vote": {"message_id": 12, "options": [0]}}
    curl $U/client/101/send --json '{"block": true}'                           # also unblock, deactivate; {"voice_forbidden": true}
        -> {"ok": true, "message_id": 12, "update_id": 34}, or 4xx {"ok": false, "error": "A sentence."}

    curl "$U/client/101/messages?after=0&wait=5"      # what she sees; changes=<seq> instead: all that is new, edited or deleted since
        -> {"messages": [{"id", "from": "me|bot|other", "kind": "text|voice|audio|photo|venue|location|contact|document|poll|…|service",
            "text", "caption", "buttons": [[{"text", "data" | "url"}]], "keyboard", "file": "/client/file/<id>", "duration", "waveform",
            "mime", "size", "date", "edited", "deleted", "reply_to", "latitude", "longitude", "title", "address", "phone", "album",
            "reactions", "poll", "protected", "silent", "forwarded", "seq"}], "seq": 56, "blocked": false,
            "voice_forbidden": false, "keyboard": [[{"text"}]], "commands": [{"command", "description"}], "action": "record_voice",
            "answers": [{"text", "alert", "seq"}]}   (absent = has none; answers = what answerCallbackQuery said since `changes`)
    curl -N $U/client/101/events                      # server-sent events: "changed" with the newest seq
    curl $U/client/people                             # {"people": [{"id", "first_name", "language_code", …}], "bot": {…}}

Groups (negative numbers) in which people write with {"chat": -7} and look with messages?chat=-7. As in Telegram the bot hears there
only commands, its name and replies to it, unless it is "admin" or the group is "open":

    curl $U/client/groups --json '{"title": "Moedergroep", "members": [101, 102], "admin": true}'      # "type": "supergroup", "forum": true
    curl $U/client/groups/-7 --json '{"join": 103}'    # also leave, remove_bot, add_bot, upgrade (a new id: migrate_to_chat_id)

The box itself:

    curl $U/client/clock                               # {"now": "2026-11-22T18:30:00+00:00", "moves": [{"id", "label"}]}
    curl $U/client/clock --json '{"seconds": 86400}'   # or {"move": "evening"}
    curl $U/client/faults --json '{"fault": "429", "method": "sendVoice", "chat": 101, "times": 2, "retry_after": 3}'    # or {"clear": true}
        faults: 429 5xx 502 503 html slow(seconds) cut_before cut_after file_gone unreadable garbage again mixed refuse(code, description)
        (see faults.py; no method = every send and edit, "*" = every method; "times": 0 = until cleared)
    curl $U/client/updates                             # {"waiting": 3, "too_old": [{"update_id", "kind"}]}: dropped, as Telegram does
    curl "$U/client/log?after=0"                       # {"calls": [{"n", "at", "method", "chat_id", "status", "error", "ms", "params"}]}
"""

from .server import Sandbox

__all__ = ["Sandbox"]
