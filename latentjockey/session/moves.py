"""What the deck buttons do, as write batches: go to a seed, mutate, breed, store and recall cues. Pure; any thread.

Every move starts where the picture is and arrives with the deck's glide: from, since and duration are records in the
bay, so that presets, restarts and takes continue the same movement.

``directions`` (k, z_dim) are those of the model that plays, or ``None``. What is dialled along them lies on top of the
deck's place: seeds, mutation and breeding leave it there, a cue keeps it and takes it along.
"""

from __future__ import annotations

import sys

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.names import CUES, DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec
from latentjockey.control.values import Value
from latentjockey.navigation.breeding import average, breed, mutate, parse_centre
from latentjockey.navigation.deck import glided_z, shifted
from latentjockey.navigation.movement import phase_at, reanchor
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.state import base_place, deck_state, drift_anchor, full_place

Writes = list[tuple[str, Value]]
Place = NDArray[np.float32]

_AT_ONCE_S = 1e-3


def place(snapshot: Snapshot, deck: str, t: float) -> Place:
    """Where deck ``a`` or ``b`` is at ``t``, glide and drift included, directions not: z (n,)."""
    return base_place(snapshot, deck, t)


def go(snapshot: Snapshot, deck: str, start: Place, end: Place, t: float) -> Writes:
    """Glide a deck from ``start`` (where it is now) to ``end``; the walk starts anew from there."""
    at = f"/deck/{deck}"
    duration = snapshot.number(f"{at}/glide/time")
    return [
        (f"{at}/z", end),
        (f"{at}/glide/from", start),
        (f"{at}/glide/since", t),
        (f"{at}/glide/duration", duration),
        (f"{at}/glide/shape", snapshot.number(f"{at}/glide/curve")),
        (f"{at}/drift/origin", phase_at(drift_anchor(snapshot, deck), t + duration)),
    ]


def not_before(writes: Writes) -> Writes:
    """A move that is told ahead of its moment: without a glide it would be done at any time, so it gets a very short
    one, and shows where it comes from until then."""
    return [
        (address, max(float(value), _AT_ONCE_S))
        if address.endswith("/glide/duration") and isinstance(value, int | float)
        else (address, value)
        for address, value in writes
    ]


def arrive(
    snapshot: Snapshot, deck: str, end: Place, steps: NDArray[np.float64], t: float, directions: Place | None
) -> Writes:
    """Glide a deck from what it shows now to ``end`` with ``steps`` (k,) along its directions on top: the steps are
    written at once, and the glide begins as much to the side, so that nothing jumps."""
    start = full_place(snapshot, deck, t, directions)
    if directions is not None and directions.shape == (steps.size, start.size):
        start = shifted(start, -steps, directions)
    writes = go(snapshot, deck, start, end, t)
    return [*writes, (f"/deck/{deck}/dir", steps)] if steps.size else writes


def dialled(snapshot: Snapshot, deck: str) -> NDArray[np.float64]:
    """What is dialled along a deck's directions, in σ: (k,), empty where its model knows none."""
    address = f"/deck/{deck}/dir"
    return np.zeros(0) if snapshot.layout.resolve(address) is None else snapshot.vector(address)


def to_seed(snapshot: Snapshot, deck: str, seed: int, t: float) -> Writes:
    """Glide to the place of a seed."""
    size = snapshot.vector(f"/deck/{deck}/z").size
    move = go(snapshot, deck, place(snapshot, deck, t), z_from_seed(seed, size), t)
    return [*move, (f"/deck/{deck}/seed", seed)]


def mutated(snapshot: Snapshot, deck: str, seed: int, t: float) -> Writes:
    """Glide to a mutation of the place of now; ``seed`` decides which."""
    here = place(snapshot, deck, t)
    amount = snapshot.number(f"/deck/{deck}/mutate/amount")
    return go(snapshot, deck, here, mutate(here, amount, seed), t)


def bred(snapshot: Snapshot, deck: str, seed: int, t: float, directions: Place | None = None) -> Writes:
    """Glide to a child of this deck's place and what the other shows; ``seed`` decides which."""
    parents = [
        place(snapshot, parent, t) if parent == deck else full_place(snapshot, parent, t, directions)
        for parent in DECKS
    ]
    amount = snapshot.number(f"/deck/{deck}/mutate/amount")
    return go(snapshot, deck, place(snapshot, deck, t), breed(parents[0], parents[1], seed, amount), t)


def store_cue(snapshot: Snapshot, deck: str, cue: int, t: float, directions: Place | None = None) -> Writes:
    """Keep the place of now as a cue, what is dialled along the directions included."""
    at = f"/deck/{deck}/cue/{cue}"
    return [(f"{at}/z", full_place(snapshot, deck, t, directions)), (f"{at}/filled", True)]


def recall_cue(snapshot: Snapshot, deck: str, cue: int, t: float, directions: Place | None = None) -> Writes:
    """Glide to a stored cue, nothing on top of it; no writes when it is empty."""
    at = f"/deck/{deck}/cue/{cue}"
    if not snapshot.number(f"{at}/filled"):
        return []
    end = snapshot.vector(f"{at}/z").astype(np.float32)
    return arrive(snapshot, deck, end, np.zeros_like(dialled(snapshot, deck)), t, directions)


def home(snapshot: Snapshot, t: float, directions: Place | None = None) -> Writes:
    """Glide both decks to their first cue; one that has none stays."""
    return [write for deck in DECKS for write in recall_cue(snapshot, deck, CUES[0], t, directions)]


def reached(spec: ControlSpec, number: float) -> Writes:
    """What ``/deck/x/reach`` stands for when somebody moves it: psi up to 1, overdrive beyond, psi alone below 0."""
    at = spec.address.removesuffix("/reach")
    return [(f"{at}/psi", min(number, 1.0)), (f"{at}/overdrive", max(number, 1.0))]


def reach_of(snapshot: Snapshot, deck: str) -> float:
    """The reach that a deck's psi and overdrive make; finite."""
    product = snapshot.number(f"/deck/{deck}/psi") * snapshot.number(f"/deck/{deck}/overdrive")
    return min(max(product, -sys.float_info.max), sys.float_info.max)


def centre(snapshot: Snapshot, deck: str) -> Writes:
    """The centre that the deck's centre text names. Raises ValueError with a sentence for a text that names none."""
    at = f"/deck/{deck}"
    cues = parse_centre(snapshot.text(f"{at}/centre"))
    empty = [n for n in cues if not snapshot.number(f"{at}/cue/{n}/filled")]
    if empty:
        raise ValueError(f"cue {empty[0]} of deck {deck.upper()} is empty: store it first, then centre on it")
    size = snapshot.vector(f"{at}/z").size
    places = [snapshot.vector(f"{at}/cue/{n}/z").astype(np.float32) for n in cues]
    return [(f"{at}/centre/z", average(places) if places else np.zeros(size, np.float32))]


def taken_by_hand(before: Snapshot, after: Snapshot, deck: str, t: float) -> Writes:
    """A hand wrote components of z while a glide was under way: the rest stays where the glide had brought it."""
    at = f"/deck/{deck}"
    if t >= before.number(f"{at}/glide/since") + before.number(f"{at}/glide/duration"):
        return []
    here = glided_z(deck_state(before, deck), t).astype(np.float64)
    new = after.vector(f"{at}/z")
    written = new != before.vector(f"{at}/z")
    phase = phase_at(drift_anchor(before, deck), t)
    return [(f"{at}/z", np.where(written, new, here)), (f"{at}/glide/duration", 0.0), (f"{at}/drift/origin", phase)]


def drift_changed(before: Snapshot, after: Snapshot, deck: str, t: float) -> Writes:
    """Another drift speed from ``t`` on: the walk goes on from where it is, or, under a glide, from the glide's end."""
    at = f"/deck/{deck}"
    anchor = reanchor(drift_anchor(before, deck), t, after.number(f"{at}/drift/speed"))
    writes: Writes = [(f"{at}/drift/phase", anchor.phase), (f"{at}/drift/since", anchor.time)]
    end = before.number(f"{at}/glide/since") + before.number(f"{at}/glide/duration")
    if t < end:
        writes.append((f"{at}/drift/origin", phase_at(anchor, end)))
    return writes
