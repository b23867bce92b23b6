"""Steps along directions of layer latents, and where they lead a deck. Pure; any thread.

A direction of z moves the place itself, before the network embeds it (:mod:`latentjockey.navigation.state`). One of
layer latents is added to what the network made of the place, in some of its layers or in all: w + step · row. Such
steps are no part of the place: like reach, they stay as they are dialled whatever the deck glides to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.snapshot import Snapshot
from latentjockey.navigation.arrays import F32, F64, to_float32, widen


@dataclass(frozen=True, slots=True, eq=False)
class LayerWays:
    """``rows`` (k, w_dim) float32: what a step of 1 along each direction adds. ``layers`` (k, 2): to which rows of the
    layer latents, from the first of the two to before the second."""

    rows: F32
    layers: NDArray[np.int64]


def led(layers: F32, snapshot: Snapshot, deck: str, ways: LayerWays | None) -> F32:
    """Layer latents (num_ws, w_dim), moved by what is dialled along the deck's ``ways``: exactly ``layers`` without
    steps, or where ways and snapshot are not of one model."""
    target = snapshot.layout.resolve(f"/deck/{deck}/dir")
    if ways is None or target is None:
        return layers
    if len(ways.rows) != target.stop - target.start or ways.rows.shape[1] != layers.shape[1]:
        return layers
    return stepped(layers, snapshot.values[target.start : target.stop], ways)


def stepped(layers: F32, steps: F64, ways: LayerWays) -> F32:
    """Layer latents (num_ws, w_dim) with ``steps`` (k,) along ``ways``; of any size, none is clamped."""
    moving = np.flatnonzero(steps)
    if not moving.size:
        return layers
    moved = widen(layers)
    for index in moving:
        first, end = ways.layers[index]
        moved[first:end] += widen(steps[index : index + 1]) * widen(ways.rows[index])
    return to_float32(moved)
