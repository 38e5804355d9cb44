"""The steps that no other step leads to, because the rooms of care/ say them themselves."""

from __future__ import annotations

SAID_BY_ROOMS = (  # steps that the rooms say themselves; from these and home everything else is reached
    *(
        "welcome.language",
        "welcome.join_more",
        "home.menu",
        "faq.nood",
        "ask.start",
        "ask.answer",
        "event.ask",
        "event.online",
        "event.soon",
        "ask.changed",
    ),
    *("reminder.evening", "reminder.evening_other", "reminder.morning", "reminder.morning_other", "reminder.count"),
    *("stay.missed", "stay.trial", "stay.left", "stay.phone_new", "stay.phone_old", "partner.has", "partner.hello"),
    *("partner.bye", "partner.expired", "partner.event", "partner.talk", "partner.off"),
    *("appointment.talk", "appointment.home", "appointment.called_off"),
    *(
        "heard.typed",
        "heard.words",
        "heard.told",
        "faq.nearest",
        "settings.voice",
        "settings.menu",
        "school_start.soon",
        "sorry.blurred",
        "sorry.many",
    ),
    *(
        "poll.welcome",
        "poll.themes",
        "poll.times",
        "poll.goals",
        "poll.goals_end",
        "poll.trust",
        "poll.next",
        "poll.own",
    ),
    *(
        "poll.result",
        "poll.reunion",
        "stone.here",
        "stone.begin",
        "story.ask",
        "example.ask",
        "registration.opens",
        "registration.closes",
    ),
    *("sorry.sticker", "sorry.video", "sorry.contact", "sorry.place", "sorry.document", "sorry.big", "sorry.long"),
    *("sorry.unclear", "sorry.empty", "sorry.other", "sorry.button", "sorry.first", "sorry.broken", "sorry.group_chat"),
)

LAST_WORDS = (
    "partner.bye",
    "partner.expired",
    "stay.phone_old",
)  # said in a chat that is over: no way leads on from there
