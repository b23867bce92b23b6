"""What the deck buttons do, as write batches: go to a seed, mutate, breed, store and recall cues. Pure; any thread.

Every move starts where the picture is and arrives with the deck's glide: from, since and duration are records in the
bay, so that presets, restarts and takes continue the same movement.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.names import CUES, DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.values import Value
from latentjockey.navigation.breeding import average, breed, mutate, parse_centre
from latentjockey.navigation.deck import deck_z, glided_z
from latentjockey.navigation.movement import phase_at, reanchor
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.navigation.state import deck_state, drift_anchor

Writes = list[tuple[str, Value]]
Place = NDArray[np.float32]


def place(snapshot: Snapshot, deck: str, t: float) -> Place:
    """Where deck ``a`` or ``b`` is at ``t``, glide and drift included: z (n,)."""
    return deck_z(deck_state(snapshot, deck), t)


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


def bred(snapshot: Snapshot, deck: str, seed: int, t: float) -> Writes:
    """Glide to a child of both decks' places; ``seed`` decides which."""
    parents = [place(snapshot, parent, t) for parent in DECKS]
    amount = snapshot.number(f"/deck/{deck}/mutate/amount")
    return go(snapshot, deck, place(snapshot, deck, t), breed(parents[0], parents[1], seed, amount), t)


def store_cue(snapshot: Snapshot, deck: str, cue: int, t: float) -> Writes:
    """Keep the place of now as a cue."""
    at = f"/deck/{deck}/cue/{cue}"
    return [(f"{at}/z", place(snapshot, deck, t)), (f"{at}/filled", True)]


def recall_cue(snapshot: Snapshot, deck: str, cue: int, t: float) -> Writes:
    """Glide to a stored cue; nothing when it is empty."""
    at = f"/deck/{deck}/cue/{cue}"
    if not snapshot.number(f"{at}/filled"):
        return []
    return go(snapshot, deck, place(snapshot, deck, t), snapshot.vector(f"{at}/z").astype(np.float32), t)


def home(snapshot: Snapshot, t: float) -> Writes:
    """Glide both decks to their first cue; one that has none stays."""
    return [write for deck in DECKS for write in recall_cue(snapshot, deck, CUES[0], t)]


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
