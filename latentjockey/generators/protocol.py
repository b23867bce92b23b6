"""The contract that every generator keeps; its conformance suite stands in ``tests/generators``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from latentjockey.frames.stages import NOTHING_KNOWN, Stages
from latentjockey.generators.beginning import Beginning
from latentjockey.generators.break_values import Breaks
from latentjockey.models.spec import ModelSpec

Layers = NDArray[np.float32]
Classes = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Moment:
    """What a frame shows: layer latents float32 (num_ws, w_dim), finite but of any size, and the values of the
    generator's own controls by address (numbers for FLOAT, INT, BOOL and CHOICE; VECTORs as float32 arrays). ``breaks``
    is what its feature maps go through, ``None`` where that is nothing; who has none ignores it. ``beat`` is the
    transport's at ``time``. ``words`` are the values of its own TEXT controls by address; one that is not there is at
    its default. ``begins`` is a picture to begin with, where there is one; who cannot ignores it."""

    layers: Layers
    native: Mapping[str, float | NDArray[np.float32]]
    time: float = 0.0
    breaks: Breaks | None = None
    beat: float = 0.0
    words: Mapping[str, str] = field(default_factory=dict)
    begins: Beginning | None = None


Latch = Callable[[], Moment]


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """Geometry of the wanted picture in pixels; ``draft`` asks for speed over quality (tiny pictures for measuring).
    Who makes a picture in steps makes it in no more than ``most_steps``, where that is above 0."""

    width: int
    height: int
    draft: bool = False
    most_steps: int = 0


@dataclass(frozen=True, slots=True)
class FrameResult:
    """``pixels`` uint8 on the CPU, planes (3, H, W) or packed (H, W, 4); ``finite`` is false when the network gave NaN
    or Inf (the picture is then not to be shown). ``stages`` is where its time went, where that is known. ``began`` is
    the :attr:`Moment.time` that the picture shows, where that is not of the last call of ``latch``. ``unsettled``: the
    next picture will differ from this one although nothing moves."""

    pixels: NDArray[np.uint8]
    finite: bool
    planar: bool = True
    stages: Stages = NOTHING_KNOWN
    began: float | None = None
    unsettled: bool = False


class Generator(Protocol):
    """A generator of pictures. One instance is used from one thread.

    ``frame`` calls ``latch()`` at least once, as late as it can: the position is read just before it is needed, so that
    a hand's move reaches the picture a frame earlier. Each further call reads newer values, for one who makes a picture
    in several steps. It may raise; the engine reports and restarts.
    """

    @property
    def spec(self) -> ModelSpec: ...

    @property
    def device(self) -> str:
        """Where it runs, in words: ``cpu``, ``cuda:0 NVIDIA H100``."""
        ...

    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """z (n, z_dim) → layer latents (n, num_ws, w_dim).

        ``classes`` (n, K) are the weights of the K classes of ``spec.classes`` for each row, of any sign and sum;
        ``None`` is the first class alone. A generator without classes ignores them.
        """
        ...

    def mean(self, classes: Classes | None = None) -> Layers:
        """The centre of the space as layer latents (num_ws, w_dim): w_avg, or zeros for spaces like z.

        With ``classes`` (K,) it is the centre of that mixture; ``None`` is the first class alone.
        """
        ...

    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult: ...

    def close(self) -> None:
        """Free what it holds. Calling it again does nothing."""
        ...
