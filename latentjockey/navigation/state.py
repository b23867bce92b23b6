"""From a snapshot to the states that the pure functions take. Any thread."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentjockey.control.names import BANDS, GLIDE_CURVES
from latentjockey.control.snapshot import Snapshot
from latentjockey.navigation.arrays import F32, F64
from latentjockey.navigation.deck import DeckState, deck_classes, deck_z, shifted
from latentjockey.navigation.movement import Anchor, Glide


@dataclass(frozen=True, slots=True, eq=False)
class MixState:
    """The mixer's part of a snapshot; ``curve`` is the measured travel or ``None`` for plain travel."""

    crossfade: float
    offsets: tuple[float, float, float]
    curve: F64 | None


def deck_state(snapshot: Snapshot, deck: str) -> DeckState:
    """What deck ``a`` or ``b`` is doing. Raises KeyError for a layout without that deck."""
    at = f"/deck/{deck}"
    number = snapshot.number
    coarse, middle, fine = (number(f"{at}/eq/{band}") for band in BANDS)
    return DeckState(
        z=_narrow(snapshot, f"{at}/z"),
        glide_from=_narrow(snapshot, f"{at}/glide/from"),
        glide=deck_glide(snapshot, deck),
        drift_seed=int(number(f"{at}/drift/seed")),
        drift_anchor=drift_anchor(snapshot, deck),
        drift_origin=number(f"{at}/drift/origin"),
        drift_spread=number(f"{at}/drift/spread"),
        centre=_narrow(snapshot, f"{at}/centre/z"),
        psi=number(f"{at}/psi"),
        overdrive=number(f"{at}/overdrive"),
        eq=(coarse, middle, fine),
        classes=_wide(snapshot, f"{at}/class"),
        classes_left=_wide(snapshot, f"{at}/glide/class"),
        centre_classes=_wide(snapshot, f"{at}/centre/class"),
    )


def deck_glide(snapshot: Snapshot, deck: str) -> Glide:
    """The record of a deck's glide."""
    at = f"/deck/{deck}/glide"
    curve = GLIDE_CURVES[int(snapshot.number(f"{at}/shape")) % len(GLIDE_CURVES)]
    return Glide(snapshot.number(f"{at}/since"), snapshot.number(f"{at}/duration"), curve)


def drift_anchor(snapshot: Snapshot, deck: str) -> Anchor:
    """The record of a deck's walk."""
    at = f"/deck/{deck}/drift"
    return Anchor(snapshot.number(f"{at}/phase"), snapshot.number(f"{at}/since"), snapshot.number(f"{at}/speed"))


def base_place(snapshot: Snapshot, deck: str, t: float) -> F32:
    """Where glide and drift have brought a deck at t, without its directions: z (n,)."""
    return deck_z(deck_state(snapshot, deck), t)


def class_weights(snapshot: Snapshot, deck: str, t: float) -> F64 | None:
    """The classes that a deck asks for at t: (K,), or ``None`` where its model has none."""
    return deck_classes(deck_state(snapshot, deck), t)


def full_place(snapshot: Snapshot, deck: str, t: float, directions: F32 | None) -> F32:
    """Where a deck is at t, what is dialled along its ``directions`` (k, n) included: z (n,).

    Directions of another model than the snapshot's, or none, move nothing.
    """
    return along(snapshot, deck, base_place(snapshot, deck, t), directions)


def along(snapshot: Snapshot, deck: str, z: F32, directions: F32 | None) -> F32:
    """z (n,) moved by what is dialled along the deck's ``directions`` (k, n)."""
    target = snapshot.layout.resolve(f"/deck/{deck}/dir")
    if directions is None or target is None or directions.shape != (target.stop - target.start, z.size):
        return z
    return shifted(z, snapshot.values[target.start : target.stop], directions)


def moves(snapshot: Snapshot, deck: str, t: float) -> bool:
    """Whether the deck's place is different a moment after time t, by itself."""
    at = f"/deck/{deck}"
    number = snapshot.number
    if number(f"{at}/drift/speed") != 0.0 and number(f"{at}/drift/spread") != 0.0:
        return True
    return t < number(f"{at}/glide/since") + number(f"{at}/glide/duration")


def mix_state(snapshot: Snapshot) -> MixState:
    """What the mixer is doing."""
    coarse, middle, fine = (snapshot.number(f"/mix/offset/{band}") for band in BANDS)
    curve = snapshot.vector("/mix/travel") if snapshot.number("/mix/even") else None
    return MixState(snapshot.number("/mix/crossfade"), (coarse, middle, fine), curve)


def _wide(snapshot: Snapshot, address: str) -> F64 | None:
    target = snapshot.layout.resolve(address)
    return None if target is None else snapshot.values[target.start : target.stop]


def _narrow(snapshot: Snapshot, address: str) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    largest = np.finfo(np.float32).max
    return np.clip(snapshot.vector(address), -largest, largest).astype(np.float32)
