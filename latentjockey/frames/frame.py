"""What a frame is: pixels, stamps and the position it shows.

Pixels come in one of two layouts: planes (3, H, W) from the CPU, because packing them costs more than drawing
them, or packed (H, W, 4) RGBA from CUDA. Both are uint8, display-referred sRGB, row 0 at the top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.frames.stages import NOTHING_KNOWN, Stages

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Stamp:
    """When and from what a frame was made. Times in ns of :func:`latentjockey.base.clock.now_ns`.

    ``generation`` counts the turns of engines (a restart and a change of model begin one), ``number`` frames within it;
    ``time`` is the moment in seconds for which movement was evaluated; ``epoch`` and ``revision`` name the snapshot the
    frame shows; ``changed_ns`` is when the newest control change in that snapshot entered the bay. A picture that was
    begun some pictures ago has time, epoch, revision and ``snapshot_ns`` of then. ``stages`` is where its time went.
    """

    generation: int
    number: int
    epoch: int
    revision: int
    time: float
    changed_ns: int
    snapshot_ns: int
    render_start_ns: int
    render_end_ns: int
    published_ns: int
    stages: Stages = NOTHING_KNOWN


@dataclass(slots=True)
class Frame:
    """One picture. The arrays may lie in shared memory: use them only until ``release`` is called.

    ``pixels`` uint8, (3, H, W) planes or (H, W, 4) RGBA; ``effective`` float64 (n,) scalars as the engine used them, in
    layout order; ``position`` float32 (num_ws, w_dim): the resolved layer latents that the picture shows.
    ``planar`` tells the layouts apart;
    ``held`` is true for a picture replayed while no engine delivers. Where effects were drawn over an engine's picture,
    ``source`` is the stamp of that, and ``stamp`` differs from it in generation, number and publishing time: the same
    picture may be drawn over many times.
    """

    pixels: Pixels
    stamp: Stamp
    effective: NDArray[np.float64]
    position: NDArray[np.float32]
    planar: bool = True
    held: bool = False
    _release: Callable[[], None] | None = field(default=None, repr=False)
    source: Stamp | None = None

    @property
    def origin(self) -> Stamp:
        """The stamp of the engine's picture that is shown, with effects over it or without."""
        return self.stamp if self.source is None else self.source

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        if self.planar:
            return int(self.pixels.shape[2]), int(self.pixels.shape[1])
        return int(self.pixels.shape[1]), int(self.pixels.shape[0])

    def rgb(self) -> Pixels:
        """A contiguous (H, W, 3) copy of the pixels."""
        if self.planar:
            return np.ascontiguousarray(self.pixels.transpose(1, 2, 0))
        return np.ascontiguousarray(self.pixels[..., :3])

    def copy(self) -> Frame:
        """The same frame in memory of its own; needs no release."""
        return Frame(
            self.pixels.copy(),
            self.stamp,
            self.effective.copy(),
            self.position.copy(),
            self.planar,
            self.held,
            source=self.source,
        )

    def release(self) -> None:
        """Give the slot back. Calling it again does nothing."""
        if self._release is not None:
            give, self._release = self._release, None
            give()

    def __enter__(self) -> Frame:
        return self

    def __exit__(self, *exc: object) -> None:
        self.release()


class FrameSource(Protocol):
    """Where anything that shows or keeps pictures gets them. Callable from any thread."""

    def acquire(self) -> Frame | None:
        """Lease the newest frame (or a held one while the engine is away); ``None`` only before the first ever.

        The caller must ``release`` it, soon: a leased slot is not written.
        """
        ...

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        """Wait up to ``timeout`` seconds for a frame other than ``after`` = (generation, number)."""
        ...
