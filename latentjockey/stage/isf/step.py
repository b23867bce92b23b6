"""What the chain is told for one frame, as data. Pure, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from latentjockey.stage.isf.header import Value


@dataclass(frozen=True, slots=True)
class Step:
    """One shader at its place in the chain. ``mix`` is wet against dry, 0..1 nominal, any finite number.

    ``values`` go by the shader's own input names: numbers for float and long (the value of a choice, not its place in
    the list), truth for bool and event (true for one frame), four or two numbers for color and point2D, a path for
    image ("" for the running picture). What is left out has its default.
    """

    slot: int
    mix: float = 1.0
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is. ``time`` and ``delta`` in seconds, ``index`` counts frames, ``date`` is (year, month, day, seconds of
    the day). ``spectrum`` (0..1) and ``waveform`` (−1..1) are float32 (bins,) or (channels, bins); ``None`` is silence.
    """

    time: float
    delta: float = 1 / 60
    index: int = 0
    date: tuple[float, float, float, float] = (2000.0, 1.0, 1.0, 0.0)
    spectrum: NDArray[np.float32] | None = None
    waveform: NDArray[np.float32] | None = None
