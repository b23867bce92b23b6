"""NDI: the picture on this machine's network, by cyndilib (extra ``ndi``), which brings the NDI library along.

On the thread ``send ndi``. NDI® is a registered trademark of Vizrt NDI AB.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from latentjockey.base.diagnostics import StageError
from latentjockey.base.libraries import map_libraries
from latentjockey.frames.frame import Pixels
from latentjockey.frames.sink import checked

_AVAHI = Path("/run/avahi-daemon/socket")
_NO_LIBRARY = "no library: pip install latentjockey[ndi]"


class NdiSink:
    """A :class:`latentjockey.frames.sink.VideoSink`. ``library`` is the package ``cyndilib``, for tests another."""

    def __init__(self, library: str = "cyndilib") -> None:
        self._library = library
        self._sender: Any = None
        self._size: tuple[int, int] | None = None
        self._last: Pixels | None = None

    @property
    def name(self) -> str:
        return "NDI"

    def why_not(self) -> str:
        return "" if importlib.util.find_spec(self._library) else _NO_LIBRARY

    def open(self, title: str, width: int, height: int, fps: float) -> None:
        sending, frames, wrapper = self._modules()
        frame = frames.VideoSendFrame()
        frame.set_resolution(width, height)
        frame.set_fourcc(wrapper.FourCC.RGBX)
        frame.set_frame_rate(Fraction(fps).limit_denominator(1001))
        # NDI's own clock would hold the thread up between pictures; ours sets the rate.
        sender = sending.Sender(title, clock_video=False, clock_audio=False)
        sender.set_video_frame(frame)
        try:
            sender.open()
        except Exception as error:  # whatever cyndilib makes of NDI's refusal
            raise StageError(f"NDI does not begin to send as {title!r}: {error!r}.") from error
        self._sender, self._size, self._last = sender, (width, height), None

    def send(self, picture: Pixels) -> None:
        checked(picture, self._size, self.name)
        self._last = picture
        self._write()

    def keep_alive(self) -> None:
        if self._last is not None:
            self._write()

    def close(self) -> None:
        sender, self._sender = self._sender, None
        self._size = self._last = None
        if sender is not None:
            sender.close()

    def receivers(self) -> int | None:
        return None if self._sender is None else max(0, int(self._sender.get_num_connections(0.0)))

    def _write(self) -> None:
        assert self._last is not None
        # Asynchronous: cyndilib copies into one of its own frames and holds that until NDI has the next.
        if not self._sender.write_video_async(self._last.reshape(-1)):
            raise StageError("NDI takes no more pictures.")

    def _modules(self) -> tuple[Any, Any, Any]:
        map_libraries(self._library)
        try:
            sending, frames, wrapper = (
                importlib.import_module(f"{self._library}.{part}") for part in ("sender", "video_frame", "wrapper")
            )
        except (ImportError, OSError) as error:
            raise StageError(
                f"The NDI library does not load ({error}): pip install --force-reinstall cyndilib."
            ) from error
        return sending, frames, wrapper


def unfindable() -> str:
    """Why receivers may not find what NDI sends from this machine, and what to do about it, or nothing."""
    if sys.platform.startswith("linux") and not _AVAHI.exists():
        return "avahi-daemon does not run, so receivers may not find this machine: install and start avahi-daemon"
    return ""
