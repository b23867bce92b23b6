"""What the deck buttons do, as write batches: go to a seed, mutate, breed, store and recall cues. Pure; any thread.

Every move starts where the picture is and arrives with the deck's glide: from, since and duration are records in the
bay, so that presets, restarts and takes continue the same movement.

``directions`` (k, z_dim) are those of the model on the deck, or ``None``. What is dialled along them lies on top of the
deck's place: seeds, mutation and breeding leave it there, a cue keeps it and takes it along. What is dialled along
directions of layer latents, for which there are no such rows, is no part of a place, and stays there also under cues.

Class weights belong to the place, where the model has classes: a glide turns them by the same clock, cues keep them,
children inherit them; a seed and a mutation leave them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.names import CUES, DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec
from latentjockey.control.values import Value
from latentjockey.navigation.arrays import widen
from latentjockey.navigation.breeding import average, breed, crossed, mutate, parse_centre
from latentjockey.navigation.deck import glided_z, shifted
from latentjockey.navigation.movement import phase_at, reanchor
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.state import base_place, class_weights, deck_state, drift_anchor, full_place

Writes = list[tuple[str, Value]]
Place = NDArray[np.float32]

_AT_ONCE_S = 1e-3
_NEXT_TO_NONE = 1e-30
_WILD_CLASS = 6.0


def place(snapshot: Snapshot, deck: str, t: float) -> Place:
    """Where deck ``a`` or ``b`` is at ``t``, glide and drift included, directions not: z (n,)."""
    return base_place(snapshot, deck, t)


def go(
    snapshot: Snapshot, deck: str, start: Place, end: Place, t: float, classes: NDArray[np.floating] | None = None
) -> Writes:
    """Glide a deck from ``start`` (where it is now) to ``end``; the walk starts anew from there. Its class weights go
    along to ``classes`` (K,), or on to where they were going."""
    at = f"/deck/{deck}"
    duration = snapshot.number(f"{at}/glide/time")
    return [
        (f"{at}/z", end),
        (f"{at}/glide/from", start),
        (f"{at}/glide/since", t),
        (f"{at}/glide/duration", duration),
        (f"{at}/glide/shape", snapshot.number(f"{at}/glide/curve")),
        (f"{at}/drift/origin", phase_at(drift_anchor(snapshot, deck), t + duration)),
        *_turn(snapshot, deck, t, classes),
    ]


def _turn(snapshot: Snapshot, deck: str, t: float, end: NDArray[np.floating] | None) -> Writes:
    """The class weights from where they are to ``end``, as the glide that begins at ``t`` takes them."""
    here = class_weights(snapshot, deck, t)
    if here is None:
        return []
    at = f"/deck/{deck}"
    there = snapshot.vector(f"{at}/class") if end is None else np.asarray(end, np.float64)
    turned: Writes = [] if end is None else [(f"{at}/class", there)]
    return [*turned, (f"{at}/glide/class", widen(here) - widen(there))]


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
    snapshot: Snapshot,
    deck: str,
    end: Place,
    steps: NDArray[np.float64],
    t: float,
    directions: Place | None,
    classes: NDArray[np.floating] | None = None,
) -> Writes:
    """Glide a deck from what it shows now to ``end`` with ``steps`` (k,) along its directions on top: the steps are
    written at once, and the glide begins as much to the side, so that nothing jumps. ``classes`` as for :func:`go`."""
    start = full_place(snapshot, deck, t, directions)
    if directions is not None and directions.shape == (steps.size, start.size):
        start = shifted(start, -steps, directions)
    writes = go(snapshot, deck, start, end, t, classes)
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
    """Glide to a child of this deck's place and what the other shows, and of their classes; ``seed`` decides which."""
    parents = [
        place(snapshot, parent, t) if parent == deck else full_place(snapshot, parent, t, directions)
        for parent in DECKS
    ]
    amount = snapshot.number(f"/deck/{deck}/mutate/amount")
    a, b = (class_weights(snapshot, parent, t) for parent in DECKS)
    classes = None if a is None or b is None else crossed(a, b, seed)
    return go(snapshot, deck, place(snapshot, deck, t), breed(parents[0], parents[1], seed, amount), t, classes)


def store_cue(snapshot: Snapshot, deck: str, cue: int, t: float, directions: Place | None = None) -> Writes:
    """Keep the place and the classes of now as a cue, what is dialled along the directions included."""
    at = f"/deck/{deck}/cue/{cue}"
    classes = class_weights(snapshot, deck, t)
    return [
        (f"{at}/z", full_place(snapshot, deck, t, directions)),
        *([] if classes is None else [(f"{at}/class", some(classes))]),
        (f"{at}/filled", True),
    ]


def some(classes: NDArray[np.floating]) -> NDArray[np.float64]:
    """Class weights (K,) as a cue keeps them: since all 0 says that it keeps none, none of any is next to none."""
    kept = np.array(classes, np.float64)
    if not kept.any():
        kept[0] = _NEXT_TO_NONE
    return kept


def recall_cue(snapshot: Snapshot, deck: str, cue: int, t: float, directions: Place | None = None) -> Writes:
    """Glide to a stored cue, nothing on top of it; no writes when it is empty."""
    at = f"/deck/{deck}/cue/{cue}"
    if not snapshot.number(f"{at}/filled"):
        return []
    end = snapshot.vector(f"{at}/z").astype(np.float32)
    classes = cue_classes(snapshot, deck, cue)
    steps = dialled(snapshot, deck)
    # without rows the steps are none of the place, and the cue does not hold them: they stay on top
    return arrive(snapshot, deck, end, steps if directions is None else np.zeros_like(steps), t, directions, classes)


def calmed(snapshot: Snapshot, deck: str) -> Writes:
    """Class weights thrown so far out that nothing of a picture is left go back to the strongest of them alone."""
    address = f"/deck/{deck}/class"
    if snapshot.layout.resolve(address) is None:
        return []
    classes = snapshot.vector(address)
    if np.max(np.abs(classes)) <= _WILD_CLASS:
        return []
    return [
        (address, np.eye(1, classes.size, int(np.argmax(classes)))[0]),
        (f"/deck/{deck}/glide/class", np.zeros(classes.size)),
    ]


def cue_classes(snapshot: Snapshot, deck: str, cue: int) -> NDArray[np.float64] | None:
    """The class weights (K,) that a cue keeps, or ``None`` where it keeps none."""
    address = f"/deck/{deck}/cue/{cue}/class"
    classes = np.zeros(0) if snapshot.layout.resolve(address) is None else snapshot.vector(address)
    return classes if classes.any() else None


def home(snapshot: Snapshot, t: float, directions: Callable[[str], Place | None] = lambda deck: None) -> Writes:
    """Glide both decks to their first cue; one that has none stays. ``directions`` tells those of a deck's model."""
    return [write for deck in DECKS for write in recall_cue(snapshot, deck, CUES[0], t, directions(deck))]


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
    writes: Writes = [(f"{at}/centre/z", average(places) if places else np.zeros(size, np.float32))]
    if snapshot.layout.resolve(f"{at}/centre/class") is not None:
        kept = [classes for n in cues if (classes := cue_classes(snapshot, deck, n)) is not None]
        width = snapshot.layout.width(f"{at}/centre/class")
        writes.append(
            (f"{at}/centre/class", np.mean([widen(one) for one in kept], axis=0) if kept else np.zeros(width))
        )
    return writes


def taken_by_hand(before: Snapshot, after: Snapshot, deck: str, t: float) -> Writes:
    """A hand wrote components of z while a glide was under way: the rest stays where the glide had brought it."""
    at = f"/deck/{deck}"
    if t >= before.number(f"{at}/glide/since") + before.number(f"{at}/glide/duration"):
        return []
    here = glided_z(deck_state(before, deck), t).astype(np.float64)
    new = after.vector(f"{at}/z")
    written = new != before.vector(f"{at}/z")
    phase = phase_at(drift_anchor(before, deck), t)
    return [
        (f"{at}/z", np.where(written, new, here)),
        (f"{at}/glide/duration", 0.0),
        (f"{at}/drift/origin", phase),
        *_stay(before, after, deck, t),
    ]


def _stay(before: Snapshot, after: Snapshot, deck: str, t: float) -> Writes:
    """The class weights where a glide that ends at ``t`` had brought them, but for those that were written."""
    here = class_weights(before, deck, t)
    if here is None:
        return []
    at = f"/deck/{deck}"
    new = after.vector(f"{at}/class")
    written = new != before.vector(f"{at}/class")
    return [(f"{at}/class", np.where(written, new, here)), (f"{at}/glide/class", np.zeros(new.size))]


def classes_by_hand(before: Snapshot, after: Snapshot, deck: str) -> Writes:
    """A hand wrote class weights, maybe while a glide was under way: those are there at once, the rest arrives."""
    at = f"/deck/{deck}"
    left = after.vector(f"{at}/glide/class")
    written = after.vector(f"{at}/class") != before.vector(f"{at}/class")
    return [(f"{at}/glide/class", np.where(written, 0.0, left))] if left[written].any() else []


def drift_changed(before: Snapshot, deck: str, t: float, speed: float) -> Writes:
    """Another drift speed from ``t`` on: the walk goes on from where it is, or, under a glide, from the glide's end."""
    at = f"/deck/{deck}"
    anchor = reanchor(drift_anchor(before, deck), t, speed)
    writes: Writes = [(f"{at}/drift/phase", anchor.phase), (f"{at}/drift/since", anchor.time)]
    end = before.number(f"{at}/glide/since") + before.number(f"{at}/glide/duration")
    if t < end:
        writes.append((f"{at}/drift/origin", phase_at(anchor, end)))
    return writes
