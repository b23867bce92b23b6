"""What a snapshot shows at a time, of one generator: the decks that play it, their reach and EQ, the mix, the break.

A pure function but for the embedding. Snapshots come here with effective numbers: whoever asks for a picture of now has
modulated them for its time (:func:`latentjockey.modulation.matrix.modulated`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from latentjockey.control.names import DECKS, OWN, own_address
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.engine.evaluate_breaks import breaks_of
from latentjockey.generators.beginning import Beginning
from latentjockey.generators.protocol import Classes, Generator, Layers, Moment
from latentjockey.models import directions
from latentjockey.modulation.matrix import swinging
from latentjockey.modulation.playhead import playhead_on
from latentjockey.modulation.transport import transport_of
from latentjockey.navigation.arrays import F64, to_float32
from latentjockey.navigation.bands import Bands
from latentjockey.navigation.breaking import torn
from latentjockey.navigation.deck import DeckState, deck_classes, equalise, reach
from latentjockey.navigation.layer_steps import led
from latentjockey.navigation.mixer import How, band_positions, mix
from latentjockey.navigation.state import deck_state, full_place, mix_state, moves

Begins = Callable[[Snapshot], Beginning | None]
"""The picture that one of a snapshot begins with, where there is one."""
_MOST_KEPT = 16


def nothing_seen(snapshot: Snapshot) -> Beginning | None:
    """A :data:`Begins` of somebody who sees nothing."""
    return None


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The two ends of the crossfader as layer latents (num_ws, w_dim), after reach and EQ."""

    a: Layers
    b: Layers


class Evaluator:
    """Evaluates snapshots of one layout for one generator: of both decks, or of those ``decks`` that play it."""

    def __init__(
        self,
        generator: Generator,
        specs: tuple[ControlSpec, ...],
        decks: tuple[str, ...] = DECKS,
        begins: Begins = nothing_seen,
    ) -> None:
        model = generator.spec
        self._begins = begins
        coarse, middle = model.bands
        self._generator = generator
        self._decks = decks
        self._bands = Bands((0, coarse), (coarse, middle), (middle, model.num_ws))
        self._own = own = own_address(OWN, decks[0])
        kinds = (Kind.READOUT, Kind.TEXT)
        mine = (spec for spec in specs if spec.address.startswith(own) and spec.kind not in kinds)
        self._native = tuple((OWN + spec.address.removeprefix(own), spec) for spec in mine)
        self._means: dict[bytes, Layers] = {}
        self._directions = directions.load(model.name) if model.directions else None
        self._ways = directions.ways(model.name) if model.layer_directions else None
        self._centres: dict[bytes, Layers] = {}

    @property
    def bands(self) -> Bands:
        return self._bands

    def moment(self, snapshot: Snapshot, t: float) -> Moment:
        """The picture of ``snapshot`` at ``t`` seconds."""
        layers = torn(self._mixed(snapshot, t), snapshot.number("/break/amount"), int(snapshot.number("/break/seed")))
        beat = transport_of(snapshot).beat_at(t)
        own = self._native_values(snapshot)
        begins = self._begins(snapshot)
        return Moment(layers, own, t, breaks_of(snapshot), beat, self._words(snapshot), begins)

    def _mixed(self, snapshot: Snapshot, t: float) -> Layers:
        """What the crossfader makes of the decks; the layers of the only one as they are."""
        if len(self._decks) == 1:
            return self._shown(snapshot, t)[0]
        mixing = mix_state(snapshot)
        positions = band_positions(mixing.crossfade, mixing.offsets, self._bands, mixing.curve)
        return self.between(self.ends(snapshot, t), positions)

    def between(self, ends: Ends, positions: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Layers:
        """The layers at ``positions`` (num_ws,), 0 at A and 1 at B."""
        how: How = "lerp" if self._generator.spec.mix == "lerp" else "slerp"
        return mix(ends.a, ends.b, positions, how, self._generator.spec.straight)

    def ends(self, snapshot: Snapshot, t: float) -> Ends:
        """Both ends of the crossfader, where both decks play this generator."""
        return Ends(*self._shown(snapshot, t))

    def _shown(self, snapshot: Snapshot, t: float) -> list[Layers]:
        """The layers of each deck, after reach and EQ."""
        states = [deck_state(snapshot, deck) for deck in self._decks]
        places = np.stack([full_place(snapshot, deck, t, self._directions) for deck in self._decks])
        classes = [self._known(deck_classes(state, t)) for state in states]
        known = [one for one in classes if one is not None]
        layers = self._generator.embed(places, np.stack(known) if len(known) == len(classes) else None)
        there = [led(one, snapshot, deck, self._ways) for one, deck in zip(layers, self._decks, strict=True)]
        return [self._shaped(*one) for one in zip(states, there, classes, strict=True)]

    def moving(self, snapshot: Snapshot, t: float) -> bool:
        """Whether the next picture differs from this one although nobody touches anything."""
        breaks = breaks_of(snapshot)
        if breaks is not None and breaks.moving:
            return True
        if any(moves(snapshot, deck, t) for deck in self._decks) or swinging(snapshot):
            return True
        clip = playhead_on(snapshot, self._decks[0])
        return clip is not None and clip.moving(t, transport_of(snapshot))

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
        for address, spec in self._native:
            if spec.kind is Kind.VECTOR:
                largest = np.finfo(np.float32).max
                native[address] = np.clip(snapshot.vector(spec.address), -largest, largest).astype(np.float32)
            else:
                native[address] = snapshot.number(spec.address)
        return native

    def _words(self, snapshot: Snapshot) -> dict[str, str]:
        """The generator's own texts, by the addresses that it knows them by."""
        own = self._own
        return {OWN + a.removeprefix(own): text for a, text in snapshot.texts.items() if a.startswith(own)}


def _kept(known: dict[bytes, Layers], key: bytes, make: Callable[[], Layers]) -> Layers:
    """What ``known`` has under ``key``, made where it is not there; what was not used for long is forgotten."""
    found = known.pop(key, None)
    known[key] = here = make() if found is None else found
    if len(known) > _MOST_KEPT:
        del known[next(iter(known))]
    return here
