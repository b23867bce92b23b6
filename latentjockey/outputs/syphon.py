"""Syphon: the picture for other programs on this Mac, by syphon-python and Metal (extra ``syphon``).

On the thread ``send syphon``. Written after syphon-python 0.2.0 and the framework's headers, tested against a double,
not run on macOS.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from latentjockey.base.diagnostics import StageError
from latentjockey.frames.frame import Pixels
from latentjockey.frames.sink import checked


class SyphonSink:
    """A :class:`latentjockey.frames.sink.VideoSink`. ``library`` is the package ``syphon``, for tests another."""

    def __init__(self, library: str = "syphon", platform: str = sys.platform) -> None:
        self._library = library
        self._platform = platform
        self._pool: Callable[[], AbstractContextManager[object]] = nullcontext
        self._copy: Callable[[Pixels, Any], None] | None = None
        self._server: Any = None
        self._textures: list[Any] = []
        self._size: tuple[int, int] | None = None
        self._last: Pixels | None = None

    @property
    def name(self) -> str:
        return "Syphon"

    def why_not(self) -> str:
        if self._platform != "darwin":
            return "not on this system: Syphon is for macOS"
        return "" if importlib.util.find_spec(self._library) else "no library: pip install latentjockey[syphon]"

    def open(self, title: str, width: int, height: int, fps: float) -> None:
        try:
            library = importlib.import_module(self._library)
            raw = importlib.import_module(f"{self._library}.utils.raw")
            arrays = importlib.import_module(f"{self._library}.utils.numpy")
            # A thread that Python started has no pool of its own; what Metal leaves for one would pile up.
            self._pool = importlib.import_module("objc").autorelease_pool
        except (ImportError, OSError) as error:
            raise StageError(f"Syphon does not load ({error}): pip install --force-reinstall syphon-python.") from error
        with self._pool():
            try:
                self._server = library.SyphonMetalServer(title)
            except RuntimeError as error:
                raise StageError(f"Syphon does not begin to send as {title!r}: {error}.") from error
            # Two in turn: one may still be copied by the GPU while the next is filled.
            self._textures = [raw.create_mtl_texture(self._server.device, width, height) for _ in range(2)]
        self._copy, self._size, self._last = arrays.copy_image_to_mtl_texture, (width, height), None

    def send(self, picture: Pixels) -> None:
        checked(picture, self._size, self.name)
        self._last = picture
        self._publish()

    def keep_alive(self) -> None:
        if self._last is not None:
            self._publish()

    def close(self) -> None:
        server, self._server = self._server, None
        self._size = self._last = None
        if server is not None:
            with self._pool():
                self._textures = []
                server.stop()

    def receivers(self) -> int | None:
        """0 while nobody looks; Syphon does not tell how many do."""
        return None if self._server is None or self._server.has_clients else 0

    def _publish(self) -> None:
        assert self._copy is not None
        assert self._last is not None
        with self._pool():
            self._textures.reverse()
            self._copy(self._last, self._textures[0])
            # Syphon's rows go upwards, ours down.
            self._server.publish_frame_texture(self._textures[0], is_flipped=True)
