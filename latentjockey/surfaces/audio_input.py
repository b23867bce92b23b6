"""Sound into the bay: opens the wished input, listens, and writes what it hears to ``/audio`` as the source AUDIO.

Owns one thread, ``audio``, which waits without end while ``/audio/on`` is off. All calls to the driver are made on it;
the driver's own thread only copies samples into a ring. An input that goes is said once, and looked for each second.
"""

from __future__ import annotations

import threading
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages, StageError, logger
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue_modulation import HEARD
from latentjockey.control.source import AUDIO
from latentjockey.control.values import Value
from latentjockey.modulation.audio import HOP, SPECTRUM, WAVEFORM, Ear, Heard, Hearing, Settings
from latentjockey.surfaces.audio_ports import Block, MissingLibraryError, SoundBackend, SoundStream

F32 = NDArray[np.float32]

_LOG = logger("audio")

LOOK_EVERY = 0.005
"""Seconds between two looks into the ring: half a hop."""

TRY_EVERY = 1.0
_SILENT_S = 2.0
_FRAMES = 1 << 15
_DIGITS = 4
_CATEGORY = "audio"


class SampleRing:
    """Samples between the driver's thread, which puts, and one other, which takes. Neither waits for the other."""

    def __init__(self) -> None:
        self._samples = np.zeros(_FRAMES, np.float32)
        self._put = 0
        self._taken = 0

    @property
    def count(self) -> int:
        """How many were put so far."""
        return self._put

    def put(self, block: Block) -> None:
        """Copy a block (frames, channels), its channels mixed into one."""
        mono = block if block.ndim == 1 else block[:, 0] if block.shape[1] == 1 else block.mean(axis=1)
        mono = mono[-_FRAMES:]
        start = self._put % _FRAMES
        first = min(mono.size, _FRAMES - start)
        self._samples[start : start + first] = mono[:first]
        self._samples[: mono.size - first] = mono[first:]
        self._put += mono.size  # last, so that what is counted is there

    def take(self) -> F32 | None:
        """The next ``HOP`` samples; ``None`` while there are fewer. Who was away too long goes on with the newest."""
        waiting = self._put - self._taken
        if waiting < HOP:
            return None
        if waiting > _FRAMES // 2:
            self._taken = self._put - HOP
        places = (self._taken + np.arange(HOP)) % _FRAMES
        self._taken += HOP
        return self._samples[places]

    def skip(self) -> None:
        """Leave what lies there."""
        self._taken = self._put


class AudioInput:
    """``start`` once, ``close`` once; :meth:`look` after ``/audio/on`` or ``/audio/device`` changed."""

    def __init__(self, bay: Bay, messages: Messages, clock: Clock, backend: SoundBackend) -> None:
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._backend = backend
        self._ring = SampleRing()
        self._ear = Ear(48_000.0)
        self._stream: SoundStream | None = None
        self._opened_for = ""
        self._said = ""
        self._missing = ""
        self._in_vain = False  # somebody wished for sound, and something is missing
        self._heard = Heard()
        self._count = 0
        self._count_at = 0.0
        self._next_try = -1.0
        self._state = Hearing()
        self._devices: tuple[str, ...] = ()
        self._look_around = False
        self._picture: tuple[F32, F32] = (np.zeros(SPECTRUM, np.float32), np.zeros(WAVEFORM, np.float32))
        self._silence = self._picture
        self._stopping = False
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None

    # -- for other threads ------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin. A second call does nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="audio", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Close the input and end the thread; returns when that is done."""
        self._stopping = True
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
        self._leave()

    def look(self) -> None:
        """What is wished may have changed: see to it at once."""
        self._next_try = -1.0
        self._wake.set()

    def picture(self) -> tuple[F32, F32]:
        """What shaders see of the sound: spectrum (256,) of 0 … 1 and waveform (512,) of -1 … 1, zeros in silence."""
        return self._picture

    def state(self) -> Hearing:
        """How it goes; cheap enough for each frame."""
        return self._state

    def devices(self) -> tuple[str, ...]:
        """The inputs there were when somebody last asked; :meth:`look_around` asks."""
        return self._devices

    def look_around(self) -> None:
        """Have the inputs listed soon."""
        self._look_around = True
        self._wake.set()

    # -- the thread -------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping:
            try:
                rest = self.turn()
            except Exception as error:  # noqa: BLE001 - a driver may raise anything, and sound may come back
                _LOG.exception("listening stumbled and goes on")
                self._say(f"Listening stumbled and is tried again each second: {error!r}.")
                self._stream, rest = None, TRY_EVERY
            self._wake.wait(rest)
            self._wake.clear()

    def turn(self) -> float | None:
        """Once through; how many seconds to wait before the next turn, ``None`` until something is wished. The thread
        calls it; tests may instead."""
        if self._look_around:
            self._look_around = False
            self._list()
        if not self._bay.number("/audio/on"):
            self._said = ""
            self._leave()
            self._state = Hearing(self._missing, wrong=self._in_vain) if self._missing else Hearing()
            return None
        wish = str(self._bay.value("/audio/device"))
        if self._stream is not None and wish != self._opened_for:
            self._leave()
            self._next_try = -1.0
        if self._stream is None and not self._open(wish):
            return None if not self._bay.number("/audio/on") else max(0.05, self._next_try - self._clock.now())
        self._listen()
        return LOOK_EVERY

    def _open(self, wish: str) -> bool:
        now = self._clock.now()
        if now < self._next_try:
            return False
        self._next_try = now + TRY_EVERY
        self._ring = SampleRing()
        try:
            stream = self._backend.open(wish, self._ring.put)
        except MissingLibraryError as error:
            self._missing, self._in_vain = str(error), True
            self._say(self._missing)
            self._bay.write([("/audio/on", False)], AUDIO)
            self._state = Hearing(self._missing, wrong=True)
            return False
        except StageError as error:
            self._say(str(error))
            self._state = Hearing(str(error), wrong=True)
            return False
        self._stream, self._opened_for, self._missing, self._in_vain = stream, wish, "", False
        self._ear = Ear(stream.rate)
        self._count, self._count_at = 0, now
        if self._said:
            self._messages.post(now, _CATEGORY, f"Sound is heard again: {stream.name}.")
            self._said = ""
        self._state = Hearing(stream.name, listening=True)
        self._list()
        return True

    def _listen(self) -> None:
        stream, now = self._stream, self._clock.now()
        if stream is None:
            return
        if self._ring.count != self._count:
            self._count, self._count_at = self._ring.count, now
        elif not stream.alive or now - self._count_at > _SILENT_S:
            self._leave()
            self._say(f"The sound input {stream.name} is gone: it is looked for each second.")
            self._state = Hearing(f"{stream.name} is gone", wrong=True)
            self._next_try = now + TRY_EVERY
            return
        number = self._bay.number
        settings = Settings(*(number(f"/audio/{name}") for name in ("gain", "attack", "release", "threshold")))
        onset, latest = 0.0, None
        while (hop := self._ring.take()) is not None:
            latest = self._ear.hear(hop, settings)
            onset = max(onset, latest.onset)  # what began between two looks is not lost
        if latest is not None:
            self._picture = self._ear.spectrum(), self._ear.waveform()
            self._write(Heard(latest.level, latest.low, latest.middle, latest.high, onset))

    def _leave(self) -> None:
        """Close the input, if one is open: nothing is heard any more."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
        self._picture = self._silence
        self._write(Heard())

    def _write(self, heard: Heard) -> None:
        """Write what differs from what was written last."""
        old, new = asdict(self._heard), {name: round(x, _DIGITS) for name, x in asdict(heard).items()}
        writes: list[tuple[str, Value]] = [(f"/audio/{name}", new[name]) for name in HEARD if new[name] != old[name]]
        if writes:
            self._heard = Heard(**new)
            self._bay.write(writes, AUDIO)

    def _list(self) -> None:
        try:
            self._devices, self._missing = self._backend.devices(), ""
        except MissingLibraryError as error:
            self._devices, self._missing = (), str(error)
        except StageError:  # said when one is opened; until then nobody needs them
            self._devices = ()

    def _say(self, sentence: str) -> None:
        """What is wrong, once until it is over."""
        if not self._said:
            self._said = sentence
            self._messages.post(self._clock.now(), _CATEGORY, sentence, serious=True)
