"""What a snapshot shows at a time: both decks, their reach and EQ, the mix, the break.

A pure function but for the embedding. Snapshots come here with effective numbers: whoever asks for a picture of now has
modulated them for its time (:func:`latentjockey.modulation.matrix.modulated`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.engine.evaluate_breaks import breaks_of
from latentjockey.generators.protocol import Classes, Generator, Layers, Moment
from latentjockey.models import directions
from latentjockey.modulation.matrix import swinging
from latentjockey.navigation.arrays import F64, to_float32
from latentjockey.navigation.bands import Bands
from latentjockey.navigation.breaking import torn
from latentjockey.navigation.deck import DeckState, deck_classes, equalise, reach
from latentjockey.navigation.mixer import How, band_positions, mix
from latentjockey.navigation.state import deck_state, full_place, mix_state, moves

_MOST_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The two ends of the crossfader as layer latents (num_ws, w_dim), after reach and EQ."""

    a: Layers
    b: Layers


class Evaluator:
    """Evaluates snapshots of one layout for one generator."""

    def __init__(self, generator: Generator, specs: tuple[ControlSpec, ...]) -> None:
        model = generator.spec
        coarse, middle = model.bands
        self._generator = generator
        self._bands = Bands((0, coarse), (coarse, middle), (middle, model.num_ws))
        self._native = tuple(s for s in specs if s.address.startswith("/gen/") and s.kind is not Kind.READOUT)
        self._means: dict[bytes, Layers] = {}
        self._directions = directions.load(model.name) if model.directions else None
        self._centres: dict[bytes, Layers] = {}

    @property
    def bands(self) -> Bands:
        return self._bands

    def moment(self, snapshot: Snapshot, t: float) -> Moment:
        """The picture of ``snapshot`` at ``t`` seconds."""
        ends = self.ends(snapshot, t)
        mixing = mix_state(snapshot)
        positions = band_positions(mixing.crossfade, mixing.offsets, self._bands, mixing.curve)
        layers = torn(
            self.between(ends, positions), snapshot.number("/break/amount"), int(snapshot.number("/break/seed"))
        )
        return Moment(layers, self._native_values(snapshot), t, breaks_of(snapshot))

    def between(self, ends: Ends, positions: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Layers:
        """The layers at ``positions`` (num_ws,), 0 at A and 1 at B."""
        how: How = "lerp" if self._generator.spec.mix == "lerp" else "slerp"
        return mix(ends.a, ends.b, positions, how)

    def ends(self, snapshot: Snapshot, t: float) -> Ends:
        states = [deck_state(snapshot, deck) for deck in DECKS]
        places = np.stack([full_place(snapshot, deck, t, self._directions) for deck in DECKS])
        classes = [self._known(deck_classes(state, t)) for state in states]
        a, b = classes
        layers = self._generator.embed(places, None if a is None or b is None else np.stack([a, b]))
        return Ends(*(self._shaped(*one) for one in zip(states, layers, classes, strict=True)))

    def moving(self, snapshot: Snapshot, t: float) -> bool:
        """Whether the next picture differs from this one although nobody touches anything."""
        breaks = breaks_of(snapshot)
        if breaks is not None and breaks.moving:
            return True
        return any(moves(snapshot, deck, t) for deck in DECKS) or bool(swinging(snapshot))

    def _known(self, classes: F64 | None) -> Classes | None:
        """Weights (K,) for this generator: of another model than this, or of none, they mean nothing here."""
        if classes is None or classes.size != len(self._generator.spec.classes):
            return None
        return to_float32(classes)

    def _shaped(self, deck: DeckState, layers: Layers, classes: Classes | None) -> Layers:
        if deck.psi * deck.overdrive == 1.0 and deck.eq == (1.0, 1.0, 1.0):
            return layers  # what is about a centre leaves all as it is: the centre need not be known
        centre = self._centre(deck, classes)
        return equalise(reach(layers, centre, deck.psi, deck.overdrive), centre, self._bands, deck.eq)

    def _centre(self, deck: DeckState, classes: Classes | None) -> Layers:
        """What reach and EQ are about: the mean of the classes that the deck asks for, or the place that was chosen,
        with the classes it has, else the deck's. While classes move it is one call a frame."""
        own = deck.centre_classes
        if own is not None and own.any() and classes is not None:
            classes = to_float32(own)
        elif not deck.centre.any():
            key = b"" if classes is None else classes.tobytes()
            return _kept(self._means, key, lambda: self._generator.mean(classes))
        row = None if classes is None else classes[None]
        key = deck.centre.tobytes() + (b"" if classes is None else classes.tobytes())
        return _kept(self._centres, key, lambda: self._generator.embed(deck.centre[None], row)[0])

    def _native_values(self, snapshot: Snapshot) -> dict[str, float | np.ndarray[tuple[int], np.dtype[np.float32]]]:
        native: dict[str, float | np.ndarray[tuple[int], np.dtype[np.float32]]] = {}
        for spec in self._native:
            if spec.kind is Kind.VECTOR:
                largest = np.finfo(np.float32).max
                native[spec.address] = np.clip(snapshot.vector(spec.address), -largest, largest).astype(np.float32)
            else:
                native[spec.address] = snapshot.number(spec.address)
        return native


def _kept(known: dict[bytes, Layers], key: bytes, make: Callable[[], Layers]) -> Layers:
    """What ``known`` has under ``key``, made where it is not there; what was not used for long is forgotten."""
    found = known.pop(key, None)
    known[key] = here = make() if found is None else found
    if len(known) > _MOST_KEPT:
        del known[next(iter(known))]
    return here
