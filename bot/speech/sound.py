"""Sound: from any bytes to samples, trimmed, at one loudness, and into an OGG/Opus voice note. Runs in the worker process only.

Samples are float32 mono between -1 and 1. Uploads are only ever read from bytes, never from a path or an address, so that a
playlist in disguise can fetch nothing.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.filter import Graph
from numpy.typing import NDArray

from bot.speech import ogg
from bot.speech.errors import BadSound, TooLong

Samples = NDArray[np.float32]
RATE = 48_000
LOUDNESS = -18.0  # LUFS, EBU R128
CEILING = 10 ** (-3 / 20)  # -3 dBFS: Opus overshoots what it is given
KBPS = 22  # in frames of 20 ms and at complexity 6: nearer to what went in than 24 in frames of 60 ms at 10, in two thirds of the time
PAUSE = 0.25  # seconds between two parts
MOST_BYTES = 20_000_000  # what Telegram gives a bot
MOST_SECONDS = 300.0
DEMUXERS = "ogg,matroska,webm,mov,mp4,m4a,3gp,mp3,wav,aac,flac,amr,caf,aiff"  # no playlists
NO_SOUND = "This is no sound file, or it is damaged."


def decode(data: bytes, rate: int = RATE, most_seconds: float = MOST_SECONDS) -> Samples:
    """Any recording as samples; a file cut short gives the part that is there. Raises BadSound, TooLong."""
    if len(data) > MOST_BYTES:
        raise TooLong(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    try:
        with av.open(io.BytesIO(data), options={"format_whitelist": DEMUXERS}) as container:
            return _samples(container, rate, most_seconds)
    except (av.error.FFmpegError, ValueError, EOFError) as fault:
        raise BadSound(NO_SOUND) from fault


def _samples(container: Any, rate: int, most_seconds: float) -> Samples:
    stream = next((s for s in container.streams if s.type == "audio"), None)
    if stream is None:
        raise BadSound("There is no sound in this file.")
    stream.thread_type = "NONE"
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
    out: list[Samples] = []
    room = most_seconds * rate
    try:
        for frame in container.decode(stream):
            out += (piece := [part.to_ndarray()[0] for part in resampler.resample(frame)])
            room -= sum(map(len, piece))
            if room < 0:
                raise TooLong(f"The recording is longer than {most_seconds:.0f} seconds.")
    except (av.error.FFmpegError, ValueError):
        if not out:  # nothing before the damage
            raise
    out += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.nan_to_num(np.concatenate(out)) if out else np.zeros(0, np.float32)


def from_int16(data: bytes, rate: int) -> Samples:
    """Raw 16-bit samples of an engine at our own rate."""
    samples: Samples = np.frombuffer(data, "<i2").astype(np.float32) / np.float32(32768)
    if rate == RATE or not len(samples):
        return samples
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=RATE)
    pieces = resampler.resample(_frame(samples, rate)) + resampler.resample(None)
    return np.concatenate([piece.to_ndarray()[0] for piece in pieces])


def trim(x: Samples, lead: float = 0.08, tail: float = 0.25, floor_db: float = -42.0) -> Samples:
    """Without the silence around it, with 10 ms fades; the threshold is relative to the clip's own 95th-percentile level.

    Returns no samples at all when nothing in it is louder than -60 dBFS.
    """
    window = RATE // 100
    count = len(x) // window
    if not count:
        return x[:0]
    level = np.sqrt(np.mean(x[: count * window].reshape(count, window) ** 2, 1) + 1e-12)
    if level.max() < 1e-3:
        return x[:0]
    loud = np.flatnonzero(level > np.percentile(level, 95) * 10 ** (floor_db / 20))
    start, end = loud[0] * window - int(lead * RATE), (loud[-1] + 1) * window + int(tail * RATE)
    y = x[max(0, start) : end].copy()
    fade = min(window, len(y) // 2)
    y[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    y[len(y) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return y


def loudness(x: Samples, rate: int = RATE) -> float:
    """Integrated loudness in LUFS by EBU R128; -inf for silence. One gating block is 400 ms, so shorter sound is padded."""
    x = np.pad(x, (0, max(0, int(0.4 * rate) - len(x) + 1)))
    seen = [-math.inf]

    def note(frame: Any) -> None:
        seen[0] = float(frame.metadata.get("lavfi.r128.I", seen[0]))

    _filter(x, rate, [("ebur128", "metadata=1:framelog=quiet")], note)
    return seen[0]


def level(x: Samples, target: float = LOUDNESS) -> Samples:
    """The same sound at our loudness: one constant gain, then a look-ahead limiter; a second time where the limiter took much."""
    for _ in range(2):
        measured = loudness(x)
        if math.isfinite(measured) and measured > -60 and abs(target - measured) >= 0.7:
            x = x * np.float32(10 ** ((target - measured) / 20))
        if np.max(np.abs(x), initial=0) <= CEILING:
            break
        before, x = x, _limit(x)
        if float(np.vdot(x, x)) > 0.86 * float(np.vdot(before, before)):  # it took less than 0.65 dB: well
            break
    return x


def splice(parts: Sequence[Samples], pause: float = PAUSE, one_voice: bool = False) -> Samples:
    """Part after part, each trimmed and levelled, with `pause` seconds between; `one_voice` is even already and saves the levelling."""
    gap = np.zeros(int(pause * RATE), np.float32)
    joined: list[Samples] = []
    for part in parts:
        tight = trim(part, lead=0.02, tail=0.06)
        if len(tight):
            even = tight if one_voice else level(tight)
            joined += [gap, even] if joined else [even]
    return np.concatenate(joined) if joined else np.zeros(0, np.float32)


def join(x: Samples, y: Samples) -> Samples:
    """Two pieces of one sentence: as loud as each other, 50 ms from the last sound of one to the first of the next."""
    first, then = trim(x, lead=0.01, tail=0.02), trim(y, lead=0.01, tail=0.02)
    if not len(first) or not len(then):
        return first if len(first) else then
    then = then * np.float32(min(speech_level(first) / speech_level(then), 0.99 / np.max(np.abs(then))))
    return np.concatenate([first, np.zeros(int(0.02 * RATE), np.float32), then])


def speech_level(x: Samples) -> float:
    """Root mean square of what is spoken: the 10 ms windows less than 25 dB below the loudest. A word of 0.2 s counts as a sentence does."""
    window = RATE // 100
    power = np.mean(x[: len(x) // window * window].reshape(-1, window) ** 2, 1) + 1e-12
    return float(np.sqrt(np.mean(power[power > power.max() * 10**-2.5])))


def encode(x: Samples, kbps: int = KBPS, remark: str = "") -> bytes:
    """OGG/Opus, mono, tuned for speech, 20 ms frames; the same samples give the same bytes. `remark` travels in the file."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg", container_options={"fflags": "+bitexact"}) as container:
        container.metadata.update({"comment": remark} if remark else {})
        options = {"application": "voip", "frame_duration": "20", "vbr": "on", "compression_level": "6"}
        stream: Any = container.add_stream("libopus", rate=RATE, options=options)
        stream.layout, stream.bit_rate = "mono", kbps * 1000
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=RATE)
        for frame in [*resampler.resample(_frame(x, RATE)), *resampler.resample(None), None]:
            for packet in stream.encode(frame):
                container.mux(packet)
    return buffer.getvalue()


def finish(x: Samples, remark: str = "") -> tuple[bytes, ogg.Info]:
    """A finished clip: trimmed, levelled, encoded, and never clipping on the phone. Raises BadSound when only silence is left."""
    x = trim(x)
    if not len(x):
        raise BadSound("There is only silence in it.")
    x = level(x)
    data = encode(x, remark=remark)
    for _ in range(3):
        if np.max(np.abs(decode(data, most_seconds=math.inf)), initial=0) <= 0.99:
            break
        x = x * np.float32(0.84)  # -1.5 dB: what the phone decodes may be louder than what we gave
        data = encode(x, remark=remark)
    return data, ogg.info(data)


def voice_note(data: bytes, most_seconds: float = MOST_SECONDS) -> tuple[bytes, ogg.Info]:
    """Any recording as an OGG/Opus voice note of ours, with a remark on how it was before levelling. Raises BadSound, TooLong."""
    x = decode(data, most_seconds=most_seconds)
    clipped = float(np.mean(np.abs(x) > 0.985)) if len(x) else 0.0
    return finish(x, f"lufs={loudness(x):.1f} clipped={clipped:.4f}")


def remark(data: bytes) -> dict[str, float]:
    """How a voice note of ours was before levelling: its loudness (lufs) and the share of clipped samples; empty when unknown."""
    with av.open(io.BytesIO(data)) as container:
        found: Any = {**container.metadata, **container.streams[0].metadata}
    pairs = (pair.partition("=") for pair in str(found.get("comment", "")).split())
    return {name: float(value) for name, _, value in pairs if name in ("lufs", "clipped")}


def _limit(x: Samples) -> Samples:
    out: list[Samples] = []
    shape = ("aformat", f"sample_fmts=fltp:sample_rates={RATE}:channel_layouts=mono")
    limiter = ("alimiter", f"limit={CEILING:.4f}:attack=5:release=50:level=0")
    _filter(x, RATE, [limiter, shape], lambda frame: out.append(frame.to_ndarray()[0]))
    return np.concatenate(out)


def _filter(x: Samples, rate: int, chain: list[tuple[str, str]], each: Callable[[Any], None]) -> None:
    """Push samples through FFmpeg filters and hand every frame that comes out to `each`."""
    graph = Graph()
    first = last = graph.add_abuffer(format="fltp", sample_rate=rate, layout="mono", time_base=Fraction(1, rate))
    for name, arguments in [*chain, ("abuffersink", None)]:
        node = graph.add(name, arguments) if arguments else graph.add(name)
        last.link_to(node)
        last = node
    graph.configure()
    for start in range(0, len(x), rate):
        frame = _frame(x[start : start + rate], rate)
        frame.pts = start
        first.push(frame)
        _drain(last, each)
    first.push(None)
    _drain(last, each)


def _drain(sink: Any, each: Callable[[Any], None]) -> None:
    while True:
        try:
            each(sink.pull())
        except (av.error.BlockingIOError, av.error.EOFError):
            return


def _frame(x: Samples, rate: int) -> Any:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(x, np.float32)[None], format="fltp", layout="mono")
    frame.sample_rate = rate
    return frame
