"""The show's one recording: begun and ended by a switch, with the position track beside it. Thread ``keeper``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from latentjockey import __version__
from latentjockey.base.clock import Clock, wall_clock
from latentjockey.base.diagnostics import Messages
from latentjockey.base.paths import videos_dir
from latentjockey.control.bay import Bay
from latentjockey.control.names import DECKS
from latentjockey.frames.frame import Frame, FrameSource
from latentjockey.options import Options
from latentjockey.presets.preset import Preset

_CLASSES = tuple(f"/deck/{deck}/class" for deck in DECKS)
_MOST_CLASSES = 64
"""Of a model with more, the position alone tells."""

if TYPE_CHECKING:
    from latentjockey.outputs.recorder import Recorder


class Recording:
    """``position`` gives the whole position of now under a name, ``credit`` what is asked for and was learned from, for
    what the video says of itself. ``summary`` says what the last recording became."""

    def __init__(
        self,
        options: Options,
        bay: Bay,
        frames: FrameSource,
        messages: Messages,
        clock: Clock,
        position: Callable[[str], Preset],
        credit: Callable[[], str] = lambda: "",
    ) -> None:
        self.summary = ""
        self._options = options
        self._bay = bay
        self._frames = frames
        self._messages = messages
        self._clock = clock
        self._position = position
        self._credit = credit
        self._recorder: Recorder | None = None

    @property
    def path(self) -> Path | None:
        """The file that is being written, if one is."""
        return None if self._recorder is None else self._recorder.path

    def switch(self, on: bool) -> None:
        """Begin, unless one runs, or end."""
        if on:
            self._start()
        else:
            self.stop()

    def _start(self) -> None:
        from latentjockey.outputs.recorder import Recorder

        if self._recorder is not None:
            return
        path = self._options.record or videos_dir() / f"latentjockey {wall_clock()}.mp4"
        recorder = Recorder(
            self._frames, path, self._options.fps, messages=self._messages, clock=self._clock,
            take=self._effective, preset=self._position(path.stem), words=self._words(path.stem),
        )  # fmt: skip
        recorder.start()
        self._recorder = recorder
        self._messages.post(self._clock.now(), "recorder", f"Recording {recorder.path}.")

    def stop(self) -> None:
        """End the recording, if one runs; the file is whole when this returns."""
        recorder, self._recorder = self._recorder, None
        if recorder is None:
            return
        done = recorder.stop()
        self.summary = (
            f"{done.path}: {done.seconds:.1f} s, {done.frames} frames, {done.repeats} repeated, {done.dropped} dropped."
        )
        self._messages.post(self._clock.now(), "recorder", done.error or self.summary, serious=bool(done.error))

    def _words(self, name: str) -> dict[str, str]:
        credit = self._credit()
        beginning = f"At its beginning: {credit} What was asked for later stands in the track beside it."
        return {"title": name, "comment": f"{beginning} Made with latentjockey {__version__}." if credit else ""}

    def _effective(self, frame: Frame) -> dict[str, float]:
        """The numbers behind a frame by address, and what it asked of classes; other vectors are summed up by its
        position."""
        layout = self._bay.layout
        if layout.epoch != frame.stamp.epoch:
            return {}
        numbers = {
            spec.address: float(frame.effective[offset])
            for spec, offset in zip(layout.specs, layout.offsets, strict=False)
            if spec.size == 1 and offset < frame.effective.size
        }
        for address in _CLASSES:
            target = layout.resolve(address)
            if target is not None and target.stop <= frame.effective.size:
                weights = frame.effective[target.start : target.stop]
                numbers |= {f"{address}/{i}": float(weight) for i, weight in enumerate(weights[:_MOST_CLASSES])}
        return numbers
