"""A film that comes in: it loops, its speed follows time, and it is never read faster than needed. Main thread.

Where it stands is a position in seconds that moves with time; what is given is the newest picture at or before it.
Backwards, and after a jump, it is read anew from the key picture before the position: what takes too long at once goes
on when it is next asked.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentjockey.base.clock import now_ns
from latentjockey.base.damage import DAMAGE
from latentjockey.inputs.source import LARGEST_SIDE, InputError, local_file, words_of

if TYPE_CHECKING:
    import av

_AHEAD_S = 1.5
_AT_ONCE_S = 0.2
_MOST_ERRORS = 64
_USUAL_RATE = 25.0
_RESTING_S, _SOONEST_S = 0.25, 0.001
_LOCAL = {"protocol_whitelist": "file"}
"""A film must not lead to other machines, as playlists do."""


class Film:
    """A :class:`latentjockey.inputs.source.Source`. It begins at its beginning."""

    live = False

    def __init__(self, text: str, speed: float = 1.0) -> None:
        import av

        path = local_file(text)
        self._name = path.name[:80]
        self._failures: tuple[type[BaseException], ...] = (av.error.FFmpegError, *DAMAGE)
        self._container, self._stream = self._opened(path)
        context = self._stream.codec_context
        if max(context.width, context.height) > LARGEST_SIDE:
            raise InputError(f"{self._name} is {context.width}×{context.height}, which is larger than is read.")
        self._start = float((self._stream.start_time or 0) * self._stream.time_base)
        self._step = 1.0 / float(self._stream.average_rate or _USUAL_RATE)
        self._length = self._told_length()
        self._speed, self._position = speed, 0.0
        self._then: float | None = None
        self._frames: Iterator[av.VideoFrame] = iter(())
        self._here: tuple[av.VideoFrame, float] | None = None
        self._ahead: tuple[av.VideoFrame, float] | None = None
        self._given: float | None = None
        self._first, self._sought = 0.0, 0.0
        self._count, self._errors = 0, 0
        self._ended = False
        self._rewind(0.0)
        rate = f" · {1.0 / self._step:.0f} fps" if self._stream.average_rate else ""
        self.words = f"{self._name} · {context.width}×{context.height}{rate}"

    def use_speed(self, speed: float) -> None:
        self._speed = speed

    def picture(self, now: float) -> tuple[av.VideoFrame | None, float]:
        self._go(now)
        caught_up = self._read()
        if self._here is None:
            if not caught_up:
                return None, _SOONEST_S
            raise InputError(f"{self._name} holds no pictures that can be read.")
        frame, at = self._here
        fresh = at != self._given
        self._given = at
        return (frame if fresh else None), (self._rest(at) if caught_up else _SOONEST_S)

    def close(self) -> None:
        self._frames, self._here, self._ahead = iter(()), None, None
        self._container.close()

    # -- time ---------------------------------------------------------------------------------------------------------

    def _go(self, now: float) -> None:
        """Let time pass."""
        passed = 0.0 if self._then is None else max(0.0, now - self._then)
        self._then = now
        self._position += passed * self._speed
        if self._length is not None and not 0.0 <= self._position < self._length:
            self._position = math.fmod(self._position, self._length) if math.isfinite(self._position) else 0.0
            self._position += self._length if self._position < 0.0 else 0.0

    def _rest(self, at: float) -> float:
        """How long what is shown at ``at`` stays the right picture."""
        alone = self._ended and self._count <= 1 and self._sought == 0.0  # one picture, and not only the last of many
        if self._speed == 0.0 or alone:
            return math.inf
        if self._speed < 0.0:
            left = self._position - at
        elif self._ahead is not None:
            left = self._ahead[1] - self._position
        else:
            left = (self._length or 0.0) - self._position
        return min(_RESTING_S, max(_SOONEST_S, left / abs(self._speed)))

    # -- reading ------------------------------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Read until the picture of the position is at hand, as far as can be done at once. Whether it is."""
        here = None if self._here is None else self._here[1]
        newest = self._ahead[1] if self._ahead is not None else here
        nearest = here == self._first and self._position >= self._sought  # there is none before it
        behind = here is not None and self._position < here and not nearest
        if behind or (newest is not None and not self._ended and self._position > newest + _AHEAD_S):
            self._rewind(self._position)
        until = now_ns() + int(_AT_ONCE_S * 1e9)
        while not self._ended and (self._ahead is None or self._ahead[1] <= self._position):
            if self._ahead is not None:
                self._here = self._ahead
            self._ahead = self._next()
            if self._here is None and self._ahead is not None:
                self._here, self._first = self._ahead, self._ahead[1]
            if now_ns() > until:
                return False
        if self._ahead is not None and self._ahead[1] <= self._position:
            self._here, self._ahead = self._ahead, None
        return True

    def _next(self) -> tuple[av.VideoFrame, float] | None:
        """The next picture and when it is due; ``None`` at the end, or for one that is damaged."""
        try:
            frame = next(self._frames, None)
        except self._failures as error:
            self._errors += 1
            if self._errors > _MOST_ERRORS:
                raise InputError(f"{self._name} is damaged and cannot be read any further.") from error
            self._frames = self._decoded()
            return None
        if frame is None:
            self._end()
            return None
        self._errors = 0
        self._count += 1
        last = self._here[1] + self._step if self._here is not None else 0.0
        return frame, last if frame.time is None else float(frame.time) - self._start

    def _end(self) -> None:
        self._ended = True
        last = self._ahead or self._here
        if last is not None:  # what the file says of its length need not be true
            self._length = last[1] + self._step
        elif self._count:
            self._rewind(0.0)

    def _rewind(self, position: float) -> None:
        """Read on from the key picture at or before ``position``."""
        try:
            offset = round((position + self._start) / self._stream.time_base)
            self._container.seek(offset, stream=self._stream, backward=True, any_frame=False)
        except self._failures as error:
            if position > 0.0 and self._here is not None:
                self._position = 0.0
            elif self._count:
                raise InputError(f"{self._name} cannot be wound back: {words_of(error)}.") from error
        self._frames = self._decoded()
        self._here = self._ahead = None
        self._sought, self._ended = position, False
        self._count = 0

    def _decoded(self) -> Iterator[av.VideoFrame]:
        frames: Iterator[av.VideoFrame] = self._container.decode(self._stream)
        return frames

    def _opened(self, path: Path) -> tuple[Any, Any]:
        import av

        try:
            container = av.open(
                f"file:{path}", options=_LOCAL, metadata_errors="replace", buffer_size=1 << 16, timeout=(10.0, 10.0)
            )
        except self._failures as error:
            raise InputError(f"{self._name} is no film that can be read: {words_of(error)}.") from error
        if not container.streams.video:
            container.close()
            raise InputError(f"{self._name} holds no pictures, only sound or data.")
        stream = container.streams.video[0]
        if stream.codec_context is None:
            container.close()
            raise InputError(f"{self._name} is coded in a way that is not read here: bring it as H.264, for instance.")
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        return container, stream

    def _told_length(self) -> float | None:
        if self._stream.duration:
            return float(self._stream.duration * self._stream.time_base) or None
        return self._container.duration / 1e6 if self._container.duration else None
