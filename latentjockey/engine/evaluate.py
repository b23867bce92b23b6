"""What a snapshot shows at a time: both decks, their reach and EQ, the mix, the break.

A pure function but for the embedding. Snapshots come here with effective numbers: whoever asks for a picture of now has
modulated them for its time (:func:`latentjockey.modulation.matrix.modulated`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.generators.protocol import Generator, Layers, Moment
from latentjockey.models import directions
from latentjockey.modulation.matrix import swinging
from latentjockey.navigation.bands import Bands
from latentjockey.navigation.breaking import torn
from latentjockey.navigation.deck import DeckState, equalise, reach
from latentjockey.navigation.mixer import How, band_positions, mix
from latentjockey.navigation.state import deck_state, full_place, mix_state, moves


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
        self._mean = generator.mean()
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
        return Moment(layers, self._native_values(snapshot), t)

    def between(self, ends: Ends, positions: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Layers:
        """The layers at ``positions`` (num_ws,), 0 at A and 1 at B."""
        how: How = "lerp" if self._generator.spec.mix == "lerp" else "slerp"
        return mix(ends.a, ends.b, positions, how)

    def ends(self, snapshot: Snapshot, t: float) -> Ends:
        layers = self._generator.embed(np.stack([full_place(snapshot, deck, t, self._directions) for deck in DECKS]))
        a, b = (self._shaped(deck_state(snapshot, deck), layers[i]) for i, deck in enumerate(DECKS))
        return Ends(a, b)

    def moving(self, snapshot: Snapshot, t: float) -> bool:
        """Whether the next picture differs from this one although nobody touches anything."""
        return any(moves(snapshot, deck, t) for deck in DECKS) or bool(swinging(snapshot))

    def _shaped(self, deck: DeckState, layers: Layers) -> Layers:
        centre = self._centre(deck)
        return equalise(reach(layers, centre, deck.psi, deck.overdrive), centre, self._bands, deck.eq)

    def _centre(self, deck: DeckState) -> Layers:
        if not deck.centre.any():
            return self._mean
        key = deck.centre.tobytes()
        if key not in self._centres:
            if len(self._centres) > 16:
                self._centres.clear()
            self._centres[key] = self._generator.embed(deck.centre[None])[0]
        return self._centres[key]

    def _native_values(self, snapshot: Snapshot) -> dict[str, float | np.ndarray[tuple[int], np.dtype[np.float32]]]:
        native: dict[str, float | np.ndarray[tuple[int], np.dtype[np.float32]]] = {}
        for spec in self._native:
            if spec.kind is Kind.VECTOR:
                largest = np.finfo(np.float32).max
                native[spec.address] = np.clip(snapshot.vector(spec.address), -largest, largest).astype(np.float32)
            else:
                native[spec.address] = snapshot.number(spec.address)
        return native
