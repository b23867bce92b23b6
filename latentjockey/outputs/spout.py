"""Spout: the picture for other programs on this Windows machine, by SpoutGL (extra ``spout``).

On the thread ``send spout``: the library's own hidden OpenGL context is current there, and nowhere else. Written after
SpoutGL 0.1.1 and the Spout SDK's documentation, tested against a double, not run on Windows.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

from latentjockey.base.diagnostics import StageError
from latentjockey.frames.frame import Pixels
from latentjockey.frames.sink import checked

_GL_RGBA = 0x1908
_LONGEST = 255  # the SDK keeps names in 256 bytes


class SpoutSink:
    """A :class:`latentjockey.frames.sink.VideoSink`. ``library`` is the package ``SpoutGL``, for tests another."""

    def __init__(self, library: str = "SpoutGL", platform: str = sys.platform) -> None:
        self._library = library
        self._platform = platform
        self._sender: Any = None
        self._size: tuple[int, int] | None = None
        self._last: Pixels | None = None

    @property
    def name(self) -> str:
        return "Spout"

    def why_not(self) -> str:
        if self._platform != "win32":
            return "not on this system: Spout is for Windows"
        return "" if importlib.util.find_spec(self._library) else "no library: pip install latentjockey[spout]"

    def open(self, title: str, width: int, height: int, fps: float) -> None:
        try:
            library = importlib.import_module(self._library)
        except (ImportError, OSError) as error:
            raise StageError(f"Spout does not load ({error}): pip install --force-reinstall SpoutGL.") from error
        sender = library.SpoutSender()
        if not sender.createOpenGL():
            raise StageError("Spout gets no OpenGL from this machine: update the graphics driver.")
        sender.setSenderName(title.encode()[:_LONGEST].decode(errors="ignore"))
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
            sender.releaseSender()
            sender.closeOpenGL()

    def receivers(self) -> int | None:
        return None  # shared textures are looked at without telling

    def _write(self) -> None:
        assert self._size is not None
        width, height = self._size
        # Row 0 at the top is what Spout shares, so nothing is turned over; there is no framebuffer of a host.
        if not self._sender.sendImage(self._last, width, height, _GL_RGBA, False, 0):
            raise StageError("Spout does not take the picture: the graphics driver shares no textures.")
