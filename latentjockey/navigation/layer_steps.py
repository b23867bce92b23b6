"""Steps along directions of layer latents: where they lead a deck, and how they glide. Pure; any thread.

A direction of z moves the place itself, before the network embeds it (:mod:`latentjockey.navigation.state`). One of
layer latents is added to what the network made of the place, in some of its layers or in all: w + step · row. Such
steps are no part of z, so that glides and cues carry them as they carry class weights: as what is left to go.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.snapshot import Snapshot
from latentjockey.navigation.arrays import F32, F64, to_float32, widen
from latentjockey.navigation.deck import glided_classes
from latentjockey.navigation.movement import glide_fraction
from latentjockey.navigation.state import deck_glide


@dataclass(frozen=True, slots=True, eq=False)
class LayerWays:
    """``rows`` (k, w_dim) float32: what a step of 1 along each direction adds. ``layers`` (k, 2): to which rows of the
    layer latents, from the first of the two to before the second."""

    rows: F32
    layers: NDArray[np.int64]


def steps_at(snapshot: Snapshot, deck: str, t: float) -> F64 | None:
    """The steps (k,) along a deck's directions at ``t``, those of layers that glide being on their way; ``None`` where
    its model knows none."""
    layout, values = snapshot.layout, snapshot.values
    target = layout.resolve(f"/deck/{deck}/dir")
    if target is None:
        return None
    steps = values[target.start : target.stop]
    left = layout.resolve(f"/deck/{deck}/glide/dir")
    if left is None:
        return steps
    return glided_classes(steps, values[left.start : left.stop], glide_fraction(deck_glide(snapshot, deck), t))


def led(layers: F32, snapshot: Snapshot, deck: str, t: float, ways: LayerWays | None) -> F32:
    """Layer latents (num_ws, w_dim), moved by the steps along the deck's ``ways`` at ``t``: exactly ``layers`` without
    steps, or where ways and snapshot are not of one model."""
    steps = None if ways is None else steps_at(snapshot, deck, t)
    if ways is None or steps is None or len(steps) != len(ways.rows) or ways.rows.shape[1] != layers.shape[1]:
        return layers
    return stepped(layers, steps, ways)


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
