"""Textures that come from outside: sound of the moment, and picture files that inputs name.

Owns OpenGL objects; on the thread of their context.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import moderngl
import numpy as np
from numpy.typing import NDArray

from latentjockey.stage.isf import pictures
from latentjockey.stage.isf.fault import ShaderError
from latentjockey.stage.isf.step import Moment

_MOST_FILES: Final = 16
_MOST_BINS: Final = 16384
_MOST_CHANNELS: Final = 16


class Sound:
    """Waveform and spectrum as R32F textures, a row a channel. ISF has silence of a waveform at 0.5."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._textures: dict[tuple[bool, int], moderngl.Texture] = {}
        self._fresh: set[tuple[bool, int]] = set()
        self._moment = Moment(0.0)

    def hear(self, moment: Moment) -> None:
        """From now on the textures are those of this moment."""
        self._moment = moment
        self._fresh.clear()

    def texture(self, spectrum: bool, most: int) -> moderngl.Texture:
        """The texture, of at most ``most`` samples across (0: as many as there are), uploaded once a moment."""
        key = (spectrum, most)
        if key not in self._fresh:
            self._fresh.add(key)
            self._upload(key)
        return self._textures[key]

    def _upload(self, key: tuple[bool, int]) -> None:
        spectrum, most = key
        heard = self._moment.spectrum if spectrum else self._moment.waveform
        rows = np.zeros((1, 1), np.float32) if heard is None or not heard.size else np.atleast_2d(heard)
        rows = _fewer(np.asarray(rows, np.float32)[:_MOST_CHANNELS], min(most or _MOST_BINS, _MOST_BINS))
        rows = np.nan_to_num(rows if spectrum else 0.5 + 0.5 * rows, posinf=1.0, neginf=0.0)
        size = (rows.shape[1], rows.shape[0])
        texture = self._textures.get(key)
        if texture is None or texture.size != size:
            if texture is not None:
                texture.release()
            texture = self._ctx.texture(size, 1, dtype="f4", alignment=1)
            texture.repeat_x = texture.repeat_y = False
            texture.swizzle = "RRR1"
            self._textures[key] = texture
        texture.write(np.ascontiguousarray(rows, np.float32).data)

    def release(self) -> None:
        for texture in self._textures.values():
            texture.release()
        self._textures.clear()
        self._fresh.clear()


def _fewer(rows: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """Means of neighbours where there are more than ``most`` samples across."""
    across = rows.shape[1]
    if across <= most:
        return rows
    edges = np.linspace(0, across, most + 1).astype(int)[:-1]
    counts = np.diff(np.append(edges, across))
    return (np.add.reduceat(rows, edges, axis=1) / counts).astype(np.float32)


class Files:
    """Picture files by path, read once; those that no input names any more go when there are many."""

    def __init__(self, ctx: moderngl.Context) -> None:
        self._ctx = ctx
        self._textures: dict[str, moderngl.Texture | None] = {}
        self._troubles: dict[str, str] = {}
        self._used: set[str] = set()

    def begin(self) -> None:
        """A new frame: nothing is used yet."""
        if len(self._textures) > _MOST_FILES:
            for path in [p for p in self._textures if p not in self._used]:
                texture = self._textures.pop(path)
                self._troubles.pop(path, None)
                if texture is not None:
                    texture.release()
        self._used.clear()

    def try_again(self) -> None:
        """Forget what could not be had: it may be there by now."""
        for path in self._troubles:
            del self._textures[path]
        self._troubles.clear()

    def texture(self, path: str) -> moderngl.Texture | None:
        """The picture at ``path``, or ``None`` when it cannot be had; :meth:`trouble` then says why."""
        self._used.add(path)
        if path not in self._textures:
            try:
                self._textures[path] = upload(self._ctx, pictures.load(Path(path)))
            except ShaderError as error:
                self._textures[path] = None
                self._troubles[path] = str(error)
        return self._textures[path]

    def trouble(self, path: str) -> str:
        """Why a path shows nothing, as one sentence; "" if it does."""
        return self._troubles.get(path, "")

    def release(self) -> None:
        for texture in self._textures.values():
            if texture is not None:
                texture.release()
        self._textures.clear()
        self._troubles.clear()


def upload(ctx: moderngl.Context, pixels: NDArray[np.uint8]) -> moderngl.Texture:
    """(H, W, 4) RGBA with the bottom row first as a texture."""
    texture = ctx.texture((pixels.shape[1], pixels.shape[0]), 4, np.ascontiguousarray(pixels).data, alignment=1)
    texture.repeat_x = texture.repeat_y = False
    return texture
