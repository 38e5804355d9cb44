"""All that can go wrong with sound, as one tree. Every message is a sentence a coordinator could read.

SpeechFailure
├── CannotSpeak       no voice says this text in this language: it goes out as text
├── GttsUnavailable   Google's voice is away: espeak speaks instead
├── BadSound          what came in is no sound that we can use: ask for another recording
│   └── TooLong
└── WorkerGone        the worker process died twice over one job: try again later
"""


class SpeechFailure(Exception):
    """Sound could not be made; the subclass says what to do next."""


class CannotSpeak(SpeechFailure):
    """No voice we have can say this text."""


class GttsUnavailable(SpeechFailure):
    """Google's voice did not answer as it should."""


class BadSound(SpeechFailure):
    """What came in is no sound that we can use."""


class TooLong(BadSound):
    """The recording is longer or larger than we take."""


class WorkerGone(SpeechFailure):
    """The speech worker was killed twice over the same job."""
