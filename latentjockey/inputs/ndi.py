"""An NDI source that comes in, by cyndilib (extra ``ndi``). Inputs process, main thread.

NDI® is a registered trademark of Vizrt NDI AB.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

import numpy as np

from latentjockey.base.clock import now_ns
from latentjockey.inputs.source import LARGEST_SIDE, InputError

if TYPE_CHECKING:
    import av

_LOOKING_S = 5.0
_RESTING_S = 0.008
_SILENT_S = 5.0
_NO_LIBRARY = "NDI comes in by a library that is not installed: pip install latentjockey[ndi]."


class NdiSource:
    """A :class:`latentjockey.inputs.source.Source`: the first whose name has ``wanted`` in it. ``library`` is the
    package ``cyndilib``, for tests another."""

    live = False  # NDI keeps the newest picture for us, and drops the others

    def __init__(self, wanted: str, library: str = "cyndilib") -> None:
        receiving, frames, wrapper, finding = _modules(library, "receiver", "video_frame", "wrapper", "finder")
        self._finder = finding.Finder()
        self._finder.open()
        try:
            name = _chosen(wanted.strip(), self._finder)
            self._receiver: Any = receiving.Receiver(
                color_format=wrapper.RecvColorFormat.RGBX_RGBA, bandwidth=wrapper.RecvBandwidth.highest
            )
            self._frame: Any = frames.VideoFrameSync()
            self._receiver.frame_sync.set_video_frame(self._frame)
            self._receiver.set_source(self._finder.get_source(name))
        except BaseException:
            self._finder.close()
            raise
        self._name = name
        self._heard = now_ns()
        self._stamp: float | None = None
        self.words = name[:80]

    def picture(self, now: float) -> tuple[av.VideoFrame | None, float]:
        import av

        self._receiver.frame_sync.capture_video()
        width, height = self._frame.get_resolution()
        stamp = self._frame.get_timestamp_posix() if width else None
        if stamp is None or stamp == self._stamp:
            if (now_ns() - self._heard) * 1e-9 > _SILENT_S:
                raise InputError(f"The NDI source {self._name[:60]} sends no pictures any more.")
            return None, _RESTING_S
        self._heard, self._stamp = now_ns(), stamp
        if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
            raise InputError(f"The NDI source {self._name[:60]} sends {width}×{height}, which is not read.")
        rows = np.asarray(self._frame.get_array(), np.uint8).reshape(height, -1)[:, : 4 * width]
        pixels = np.ascontiguousarray(rows.reshape(height, width, 4))
        return av.VideoFrame.from_ndarray(pixels, "rgba"), _RESTING_S

    def use_speed(self, speed: float) -> None:
        """It comes as it comes."""

    def close(self) -> None:
        self._receiver.disconnect()
        self._finder.close()


def ndi_names(library: str = "cyndilib") -> tuple[str, ...]:
    """The NDI sources that are heard of within a few seconds. Raises InputError where nothing can be heard."""
    (finding,) = _modules(library, "finder")
    finder = finding.Finder()
    finder.open()
    try:
        finder.wait_for_sources(_LOOKING_S)
        return _names(finder)
    finally:
        finder.close()


def _names(finder: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in finder.get_source_names())


def _chosen(wanted: str, finder: Any) -> str:
    """The source that is called so, as soon as it is heard of."""
    until = now_ns() + int(_LOOKING_S * 1e9)
    while True:
        names = _names(finder)
        found = next((name for name in names if name == wanted), None)
        found = found or next((name for name in names if wanted.lower() in name.lower()), None)
        if found is not None:
            return found
        if now_ns() > until:
            called = f"called {wanted[:60]} " if wanted else ""
            raise InputError(f"No NDI source {called}is heard of on this network: start it, or choose another.")
        finder.wait_for_sources(0.25)


def _modules(library: str, *parts: str) -> tuple[Any, ...]:
    if importlib.util.find_spec(library) is None:
        raise InputError(_NO_LIBRARY)
    try:
        return tuple(importlib.import_module(f"{library}.{part}") for part in parts)
    except (ImportError, OSError) as error:
        raise InputError(f"The NDI library does not load ({error}): pip install --force-reinstall cyndilib.") from error
