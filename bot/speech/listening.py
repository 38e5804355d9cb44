"""What a machine can hear of a recording: whether it is clean speech of about the right length, and whether it may be another message.

It cannot hear whether the words are right: that is for a second person. Runs in the worker process only.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import av
import numpy as np
from numpy.typing import NDArray

from bot.speech import sound
from bot.speech.sound import Samples
from bot.speech.text import canon

RATE = 16_000
QUIET, CLIPPED = -42.0, 0.002  # LUFS and share of samples, before levelling
NOISE = 20.0  # dB between the loud and the soft moments: less is noise in the room, or no speech
EDGES = 0.33  # seconds of air that trimming leaves around the words
OFFERED = 3


def faults(data: bytes, said: str, speed: float) -> list[str]:
    """Names of what is wrong with a voice note of ours; empty = nothing. speed: characters a second of a calm voice.

    empty · quiet · clipped · hum (no speech) · noisy · gap (a hole of over 2 s) · cut_off · too_short · too_long (for these words).
    """
    x = sound.decode(data, RATE)
    count = len(x) // 160
    if count < 20:
        return ["empty"]
    was = sound.remark(data)
    level = 20 * np.log10(np.sqrt(np.mean(x[: count * 160].reshape(count, 160) ** 2, 1)) + 1e-7)
    loud, soft = np.percentile(level, 95), np.percentile(level, 10)
    spoken = np.flatnonzero(level > loud - 25)
    gap = np.diff(spoken).max() / 100 if len(spoken) > 1 else 0.0
    wanted = len(canon(said)) / speed
    seconds = len(x) / RATE - EDGES
    checks = {
        "quiet": was.get("lufs", 0.0) < QUIET,
        "clipped": was.get("clipped", 0.0) > CLIPPED,
        "hum": bool(np.maximum(level, loud - 40).std() < 4),
        "noisy": bool(loud - soft < NOISE),
        "gap": bool(gap > 2),
        "cut_off": bool(count - 1 - spoken[-1] < 5),
        "too_short": seconds < 0.4 * wanted - 0.3,
        "too_long": seconds > 2.2 * wanted + 1.2,
    }
    return [name for name, wrong in checks.items() if wrong]


def mixed_up(data: bytes, references: Sequence[Samples]) -> bool:
    """Whether it sounds more like three other messages than like the first of these. Measured: among 20, a right one is one in 85 to 100 %."""
    x = sound.decode(data, RATE)
    heard = _features(x)
    apart = np.array([distance(heard, reference) for reference in references])
    among = np.array([[0.0 if a is b else distance(a, b) for b in references] for a in references])
    usual = among.sum(1) / max(1, len(references) - 1)
    place = int(np.argsort(np.argsort(apart - usual))[0])
    return place >= OFFERED


def features(x: Samples, rate: int) -> Samples:
    """What is compared: the colour of the sound each 20 ms where there is speech, whoever speaks."""
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(x, np.float32)[None], format="fltp", layout="mono")
    frame.sample_rate = rate
    parts = [part.to_ndarray()[0] for part in [*resampler.resample(frame), *resampler.resample(None)]]
    return _features(np.concatenate(parts))


def _features(x: Samples, hop: int = 320, window: int = 400) -> Samples:
    x = np.pad(x, (0, max(0, window - len(x))))
    x = np.append(x[0], x[1:] - np.float32(0.97) * x[:-1])
    count = max(1, (len(x) - window) // hop + 1)
    frames = x[np.arange(window)[None] + hop * np.arange(count)[:, None]] * np.hamming(window)
    power = np.abs(np.fft.rfft(frames, 512)) ** 2
    energy = np.log(power @ _mel().T + 1e-6 * power.sum(1).max() / 26 + 1e-12)
    level = energy.mean(1)
    speech = level > np.percentile(level, 95) - 5
    f = energy - energy[speech].mean(0)
    f = (f - f.mean(1, keepdims=True) * 0.5)[speech]
    out: Samples = (f / (np.linalg.norm(f, axis=1, keepdims=True) + 1e-9)).astype(np.float32)
    return out


@cache
def _mel(size: int = 512, bands: int = 26, low: float = 100, high: float = 7000) -> NDArray[np.float64]:
    """Triangular filters, evenly spaced on the mel scale."""
    ends = 2595 * np.log10(1 + np.array([low, high]) / 700)
    hertz = 700 * (10 ** (np.linspace(ends[0], ends[1], bands + 2) / 2595) - 1)
    at = np.floor((size + 1) * hertz / RATE).astype(int)
    filters = np.zeros((bands, size // 2 + 1))
    for n in range(bands):
        a, b, c = at[n : n + 3]
        filters[n, a:b] = (np.arange(a, b) - a) / max(b - a, 1)
        filters[n, b:c] = (c - np.arange(b, c)) / max(c - b, 1)
    return filters


def distance(a: Samples, b: Samples, band: float = 0.3) -> float:
    """How far apart two sounds are when one may be slower than the other (dynamic time warping within a band), per step.

    A row at once: with c the costs of a row and s their running sum, D[j] = s[j] + min over k ≤ j of (best above k) - s[k-1].
    """
    n, m = len(a), len(b)
    width = max(int(band * max(n, m)), abs(n - m) + 2)
    cost = np.sqrt(np.maximum(0.0, (a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T)).astype(np.float64)
    above = np.full(m + 1, np.inf)
    above[0] = 0.0
    for i in range(1, n + 1):
        low, high = max(1, int(i * m / n) - width), min(m, int(i * m / n) + width)
        row = np.full(m + 1, np.inf)
        s = np.cumsum(cost[i - 1, low - 1 : high])
        best = np.minimum(above[low - 1 : high], above[low : high + 1])
        row[low : high + 1] = s + np.minimum.accumulate(best - (s - cost[i - 1, low - 1 : high]))
        above = row
    return float(above[m]) / (n + m)
