"""A camera that comes in, by what the system calls it, through PyAV's devices. Inputs process, main thread.

Linux: v4l2; macOS: avfoundation; Windows: dshow. The last two follow FFmpeg's documentation and have not been run. The
device ``test`` is a test picture, for trying everything out without a camera.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from latentjockey.inputs.source import InputError, Size, words_of

if TYPE_CHECKING:
    import av

TEST = "test"
_FORMATS = {"linux": "v4l2", "darwin": "avfoundation", "win32": "dshow"}
_RATE = 30
_SYSTEM_NAMES = Path("/sys/class/video4linux")


class Camera:
    """A :class:`latentjockey.inputs.source.Source`. A real one is waited for at its own pace."""

    def __init__(self, device: str, wanted: Size, platform: str = sys.platform) -> None:
        import av

        self._failures: tuple[type[BaseException], ...] = (av.error.FFmpegError, OSError, ValueError, MemoryError)
        self._device = device.strip()
        if not self._device:
            raise InputError("No camera is chosen: choose one on the input, or write its name into /input/device.")
        self.live = self._device != TEST
        self._begun: float | None = None
        self._next: tuple[av.VideoFrame, float] | None = None
        self._container: Any = self._opened(wanted, platform)
        stream = self._container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        self._frames: Iterator[av.VideoFrame] = self._container.decode(stream)
        context = stream.codec_context
        self.words = f"{self._device[:60]} · {context.width}×{context.height}"

    def picture(self, now: float) -> tuple[av.VideoFrame | None, float]:
        if self.live:
            return self._read(), 0.0
        if self._begun is None:
            self._begun = now
        if self._next is None:
            frame = self._read()
            self._next = frame, float(frame.time or 0.0)
        left = self._next[1] - (now - self._begun)
        if left > 0.0:
            return None, left
        given, self._next = self._next[0], None
        if left < -1.0:  # it was not asked for long: from here on as if it had been
            self._begun = now - float(given.time or 0.0)
        return given, 0.0

    def use_speed(self, speed: float) -> None:
        """A camera has none."""

    def close(self) -> None:
        self._frames, self._next = iter(()), None
        self._container.close()

    def _read(self) -> av.VideoFrame:
        try:
            frame = next(self._frames, None)
        except self._failures as error:
            raise InputError(
                f"The camera {self._device[:60]} gives no pictures any more: {words_of(error)}."
            ) from error
        if frame is None:
            raise InputError(f"The camera {self._device[:60]} gives no pictures any more.")
        return frame

    def _opened(self, wanted: Size, platform: str) -> Any:
        import av

        if not self.live:
            side = f"{max(16, wanted[0])}x{max(16, wanted[1])}"
            try:
                return av.open(f"testsrc2=size={side}:rate={_RATE}", format="lavfi")
            except self._failures as error:
                raise InputError(f"There is no test picture here: {words_of(error)}.") from error
        kind = _FORMATS.get("linux" if platform.startswith("linux") else platform)
        if kind is None:
            raise InputError(f"Cameras are not read on {platform}.")
        at = device_of(self._device, cameras(platform)) if kind == "v4l2" else self._device
        if kind == "v4l2" and not Path(at).exists():
            raise InputError(f"There is no camera {self._device[:60]}: plug it in, or choose another.")
        name = f"video={at}" if kind == "dshow" else f"{at}:none" if kind == "avfoundation" else at
        try:
            return av.open(name, format=kind, timeout=(10.0, 10.0))
        except self._failures as error:
            raise InputError(f"The camera {self._device[:60]} cannot be opened: {words_of(error)}.") from error


def cameras(platform: str = sys.platform, names: Path = _SYSTEM_NAMES) -> tuple[tuple[str, str], ...]:
    """The cameras that there are, as (device, name). Raises InputError where they cannot be looked for."""
    if platform.startswith("linux"):
        try:
            found = sorted(names.iterdir(), key=lambda each: (len(each.name), each.name)) if names.is_dir() else []
            return tuple((f"/dev/{each.name}", (each / "name").read_text(errors="replace").strip()) for each in found)
        except OSError as error:
            raise InputError(f"Cameras cannot be looked for: {words_of(error)}.") from error
    import av

    kind = _FORMATS.get(platform)
    if kind is None:
        raise InputError(f"Cameras are not read on {platform}.")
    try:
        return tuple((str(each.name), str(each.description)) for each in av.enumerate_input_devices(kind))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise InputError(f"Cameras cannot be looked for: {words_of(error)}.") from error


def device_of(text: str, known: tuple[tuple[str, str], ...]) -> str:
    """The device that is meant by its own name, by a number or by how it is called; the text itself for none."""
    for device, name in known:
        if text in (device, device.removeprefix("/dev/video"), name):
            return device
    return next((device for device, name in known if text.lower() in name.lower()), text)
