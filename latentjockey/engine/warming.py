"""The first pictures of a model are slow: they are made before anybody waits for one. Main thread of the engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentjockey.base.clock import now_ns
from latentjockey.control.layout import Layout
from latentjockey.control.spec import ControlSpec
from latentjockey.engine.memory import out_of_memory
from latentjockey.engine.previews import small_size
from latentjockey.engine.travel import DRAFT
from latentjockey.generators.protocol import FrameRequest, Generator, Moment

_LARGEST, _SMALL = 2048, 128
_AWAY = 1e-3


@dataclass(frozen=True, slots=True)
class Costs:
    """What a picture took once warm: nanoseconds a pixel of a frame, seconds for a small one."""

    ns_per_pixel: float
    small_s: float


def warm_up(generator: Generator, width: int, height: int) -> Costs:
    """Make a picture of each size that will be asked for, and see how long the next one takes."""
    mean = generator.mean()
    native = _defaults(generator.spec.controls)
    away = 0.0

    def latch() -> Moment:
        moved = mean.copy()
        moved[:, : moved.shape[1] - generator.spec.straight] += np.float32(away)
        return Moment(moved, native)

    size = FrameRequest(min(width, _LARGEST), min(height, _LARGEST))
    small = FrameRequest(*small_size(width, height), draft=True)
    try:
        generator.frame(size, latch)
    except (MemoryError, RuntimeError) as error:
        if not out_of_memory(error):
            raise
        size = FrameRequest(min(size.width, _SMALL), min(size.height, _SMALL))
        generator.frame(size, latch)
    generator.frame(DRAFT, latch)
    generator.frame(small, latch)
    away = _AWAY  # a picture that is kept would cost nothing
    start = now_ns()
    generator.frame(small, latch)
    away = 2.0 * _AWAY
    between = now_ns()
    generator.frame(size, latch)
    return Costs((now_ns() - between) / (size.width * size.height), (between - start) * 1e-9)


def _defaults(specs: tuple[ControlSpec, ...]) -> dict[str, float | np.ndarray[tuple[int], np.dtype[np.float32]]]:
    layout = Layout(0, specs)
    values = layout.defaults()
    return {
        s.address: float(values[o]) if s.size == 1 else values[o : o + s.size].astype(np.float32)
        for s, o in zip(layout.specs, layout.offsets, strict=False)
        if not s.textual
    }
