"""Recording the stage: two threads of its own, at a constant frame rate, and never in the show's way.

*Grab* wakes at each 1/fps of the show's clock, copies the newest picture out of its lease and hands it over a bounded
queue; *encode* owns the files. Every slot of time becomes one video frame: when no new picture came, or the encoder
fell behind, the last one is repeated, so the file is always as long as the performance.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.base.libraries import map_libraries
from latentjockey.frames.frame import Frame, FrameSource
from latentjockey.outputs.track import Shown, TrackWriter
from latentjockey.outputs.video import Encoder, Size, VideoFile, encoders_for, even, picture_of, reason
from latentjockey.presets.preset import Preset

if TYPE_CHECKING:
    import av

_QUEUE_S = 1.0
_QUEUE_BYTES = 256 << 20
_NAP_S = 0.05
_FIRST_S = 0.005
_FINISH_S = 30.0

Take = Callable[[Frame], Mapping[str, float]]
"""The effective numbers of a frame by address, for the position track; called while the frame is leased."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What was recorded. ``repeats`` of the ``frames`` show the picture before; ``dropped`` pictures were grabbed but
    left out because the encoder was behind; ``error`` is one sentence, or empty."""

    path: Path
    track: Path
    seconds: float
    frames: int
    repeats: int
    dropped: int
    encoder: str
    error: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Slot:
    """The file is to reach frame ``index``; without a picture it repeats the last."""

    index: int
    picture: av.VideoFrame | None = None
    shown: Shown | None = None


class Recorder:
    """Records ``source`` to ``path`` (.mp4, .mov or .mkv) and its positions to a ``.jsonl`` of the same name.

    A file that exists is not overwritten: the name gets a number, see ``path`` and ``track``. ``size`` is the first
    frame's unless given; later sizes are scaled and letterboxed into it. ``preset`` goes into the track's header,
    ``words`` into what the video says of itself (title, comment).
    Recording starts with the first frame that there is.
    """

    def __init__(
        self,
        source: FrameSource,
        path: Path,
        fps: float = 60.0,
        size: Size | None = None,
        *,
        messages: Messages,
        clock: Clock,
        take: Take | None = None,
        preset: Preset | None = None,
        encoders: tuple[Encoder, ...] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> None:
        if not (math.isfinite(fps) and 0 < fps <= 1000):
            raise StageError(f"A recording has between 0 and 1000 frames a second, not {fps:g}.")
        self.path = _free(path)
        self.track = self.path.with_suffix(".jsonl")
        self._encoders = encoders or encoders_for(path)
        self._source = source
        self._fps = fps
        self._size = size
        self._messages = messages
        self._clock = clock
        self._take = take
        self._preset = preset
        self._words = dict(words or {})
        self._stop = threading.Event()
        self._slots: queue.Queue[_Slot | None] = queue.Queue()
        self._lock = threading.Lock()
        self._frames = self._repeats = self._dropped = 0
        self._encoder = ""
        self._error = ""
        self._writer: TrackWriter | None = None
        self._encode = threading.Thread(target=self._encode_loop, name="recorder encode", daemon=True)
        self._grab = threading.Thread(target=self._grab_loop, name="recorder grab", daemon=True)

    # -- from outside -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin. Raises StageError when the place cannot be written."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = TrackWriter(self.track, self.path.name, self._fps, self._preset)
        except OSError as error:
            raise StageError(f"Nothing can be recorded in {self.path.parent}: {reason(error)}.") from error
        self._grab.start()

    def stop(self) -> Summary:
        """End, finish the files and say what they hold. Calling it again gives the same."""
        self._stop.set()
        for thread in (self._grab, self._encode):
            if thread.ident is not None:
                thread.join(_FINISH_S)
        return self.summary()

    def summary(self) -> Summary:
        """What has been recorded until now."""
        with self._lock:
            return Summary(
                self.path,
                self.track,
                self._frames / self._fps,
                self._frames,
                self._repeats,
                self._dropped,
                self._encoder,
                self._error,
            )

    @property
    def running(self) -> bool:
        """Whether pictures are still being taken: false after ``stop`` and after an error."""
        return self._grab.is_alive() and not self._stop.is_set()

    # -- grab -------------------------------------------------------------------------------------------------------

    def _grab_loop(self) -> None:
        map_libraries("av")
        try:
            start = self._begin()
            if start is not None:
                self._encode.start()
                self._grab_slots(start)
        except StageError as error:
            self._fail(str(error))
        finally:
            # Also after an error of our own the file is to be finished.
            if self._encode.ident is not None:
                self._put(None)
            elif self._writer is not None:  # no picture ever came
                self._writer.close()
                self.track.unlink(missing_ok=True)

    def _begin(self) -> float | None:
        """Wait for the first frame; the moment of it, or ``None`` if ``stop`` came first."""
        while not self._stop.is_set():
            frame = self._source.acquire()
            if frame is not None:
                with frame:
                    self._size = even(self._size or frame.size)
                    weight = frame.size[0] * frame.size[1] * 4
                waiting = min(_QUEUE_S * self._fps, _QUEUE_BYTES / weight)
                self._slots = queue.Queue(max(2, math.ceil(waiting)))
                return self._clock.now()
            self._stop.wait(_FIRST_S)
        return None

    def _grab_slots(self, start: float) -> None:
        following = 0
        known: object = None
        while not self._stop.is_set():
            now = self._clock.now()
            index = math.floor((now - start) * self._fps + 1e-6)
            if index < following:
                self._stop.wait(min(_NAP_S, max(0.0, start + following / self._fps - now)))
                continue
            known = self._grab_one(index, known)
            following = index + 1
        last = math.floor((self._clock.now() - start) * self._fps + 1e-6)
        # The file is as long as the performance, also when its last pictures were dropped.
        self._put(_Slot(max(last, following - 1)))

    def _grab_one(self, index: int, known: object) -> object:
        """Hand slot ``index`` over; returns what tells its picture from the next."""
        frame = self._source.acquire()
        if frame is None:
            return self._hand_over(_Slot(index), known, known)
        with frame:
            identity = _identity(frame)
            if identity == known:
                return self._hand_over(_Slot(index), known, known)
            assert self._size is not None
            effective = {} if self._take is None else dict(self._take(frame))
            shown = Shown(frame.origin, effective, frame.position.copy(), frame.held)
            slot = _Slot(index, picture_of(frame, self._size), shown)
        return self._hand_over(slot, identity, None)

    def _put(self, slot: _Slot | None) -> None:
        """Hand over what must arrive: waits for room, as long as there is somebody to make it."""
        while self._encode.is_alive():
            with contextlib.suppress(queue.Full):
                self._slots.put(slot, timeout=_NAP_S)
                return

    def _hand_over(self, slot: _Slot, handed: object, dropped: object) -> object:
        try:
            self._slots.put_nowait(slot)
        except queue.Full:
            if slot.picture is not None:
                with self._lock:
                    self._dropped += 1
            return dropped
        return handed

    # -- encode -----------------------------------------------------------------------------------------------------

    def _encode_loop(self) -> None:
        assert self._size is not None
        video: VideoFile | None = None
        try:
            video = VideoFile(self.path, self._size, self._fps, self._encoders, self._words)
            with self._lock:
                self._encoder = video.encoder.name
            while (slot := self._slots.get()) is not None:
                self._encode_slot(video, slot)
        except StageError as error:
            self._fail(str(error))
        except OSError as error:
            self._fail(f"The recording stopped: {reason(error)}. {self.path} plays up to there.")
        finally:
            self._stop.set()
            self._close(video)

    def _encode_slot(self, video: VideoFile, slot: _Slot) -> None:
        if video.frames:
            self._fill(video, slot.index)
        if slot.picture is not None and slot.shown is not None:
            video.write(slot.picture)
            if self._writer is not None:
                self._writer.write(video.frames - 1, slot.shown)
            self._count(video.frames, repeats=0)
        if video.frames:
            self._fill(video, slot.index + 1)

    def _fill(self, video: VideoFile, frames: int) -> None:
        while video.frames < frames:
            video.repeat()
            self._count(video.frames, repeats=1)

    def _count(self, frames: int, repeats: int) -> None:
        with self._lock:
            self._frames = frames
            self._repeats += repeats

    def _close(self, video: VideoFile | None) -> None:
        with contextlib.suppress(OSError):
            if self._writer is not None:
                self._writer.close()
        try:
            if video is not None:
                video.close()
        except StageError as error:
            self._fail(str(error))

    def _fail(self, sentence: str) -> None:
        with self._lock:
            first, self._error = not self._error, self._error or sentence
        self._stop.set()
        if first:
            self._messages.post(self._clock.now(), "recorder", sentence, serious=True)


def _identity(frame: Frame) -> object:
    """What tells two pictures apart: the stamp, and where the pixels lie, for a black stage may keep the stamp."""
    address = frame.pixels.__array_interface__["data"][0]
    return frame.stamp.generation, frame.stamp.number, address, frame.pixels.shape


def _free(path: Path) -> Path:
    """``path``, or with a number after its name where a file of that name, or its track, exists."""
    for n in itertools.count(1):
        candidate = path if n == 1 else path.with_stem(f"{path.stem}-{n}")
        if not (candidate.exists() or candidate.with_suffix(".jsonl").exists()):
            return candidate
    raise AssertionError("unreachable")
