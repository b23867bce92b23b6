"""The matrix: what the routes make of a snapshot at a time. Pure; any thread.

Base (hands) + offset (modulation) = effective. The snapshot that comes back holds effective numbers where routes point
and is otherwise the one that was given; without a playing route it is that very object, and nothing was computed.
"""

from __future__ import annotations

import math
import sys
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.catalogue_modulation import HEARD, LFOS, ROUTES, SOURCES
from latentjockey.control.layout import Layout
from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec, Kind, Taper
from latentjockey.modulation.lfo import lfo_of
from latentjockey.modulation.transport import Transport, transport_of

_FARTHEST = sys.float_info.max
_LFO_SOURCES = {SOURCES.index(f"lfo {n}"): n for n in LFOS}
_HEARD_SOURCES = {SOURCES.index(name): f"/audio/{name}" for name in HEARD}
_WHOLE_MOST = 2.0**53


@dataclass(frozen=True, slots=True)
class Playing:
    """Route ``number`` plays: it moves the snapshot's number at ``component``, from a source, by an amount."""

    number: int
    component: int
    source: int
    amount: float


@dataclass(frozen=True, slots=True, eq=False)
class _Places:
    """Where the routes' own numbers lie in one layout, and what is ``heard``; ``reaches`` leads from a deck's reach to
    its psi and overdrive."""

    on: NDArray[np.intp]
    heard: NDArray[np.intp]
    source: tuple[int, ...]
    amount: tuple[int, ...]
    index: tuple[int, ...]
    reaches: Mapping[int, tuple[int, int]]


def modulated(snapshot: Snapshot, t: float) -> Snapshot:
    """``snapshot`` (whole, or an engine's prefix) with effective numbers for ``t`` seconds. Call it once a picture:
    modulating what is modulated adds twice.

    Guards hold after modulation, whole numbers and switches are rounded, and nothing that is not finite comes out.
    """
    playing = routes_playing(snapshot)
    if not playing:
        return snapshot
    transport = transport_of(snapshot)
    levels: dict[int, float] = {}
    offsets: dict[int, float] = {}
    for route in playing:
        if route.source not in levels:
            levels[route.source] = source_level(snapshot, route.source, t, transport)
        offsets[route.component] = offsets.get(route.component, 0.0) + route.amount * levels[route.source]
    values = snapshot.values.copy()
    layout = snapshot.layout
    for component, offset in offsets.items():
        values[component] = shifted(spec_at(layout, component), float(values[component]), offset)
    _split_reach(_places(layout), snapshot.values, values)
    values.setflags(write=False)
    return replace(snapshot, values=values)


def routes_playing(snapshot: Snapshot) -> tuple[Playing, ...]:
    """The routes that move a number of this snapshot: switched on, with an amount, a source and a target that is
    here. Presses of triggers are not among them."""
    places = _places(snapshot.layout)
    if places is None or not snapshot.values[places.on].any():
        return ()
    found = []
    values = snapshot.values
    for n, on, source, amount, index in zip(
        ROUTES, places.on.tolist(), places.source, places.amount, places.index, strict=True
    ):
        if values[on] and values[amount] and 0 < values[source] < len(SOURCES):
            component = _component(snapshot, n, index)
            if component is not None:
                found.append(Playing(n, component, int(values[source]), float(values[amount])))
    return tuple(found)


def swinging(snapshot: Snapshot) -> frozenset[int]:
    """The numbers of the snapshot that an LFO moves by itself just now: a picture that depends on one of them differs
    a moment later. What is heard moves by being written."""
    playing = [route for route in routes_playing(snapshot) if route.source in _LFO_SOURCES]
    if not playing:
        return frozenset()
    transport = transport_of(snapshot)
    moving = {source for source, n in _LFO_SOURCES.items() if lfo_of(snapshot, n).moving(transport)}
    components = {route.component for route in playing if route.source in moving}
    places = _places(snapshot.layout)
    if places is not None:
        components |= {own for reach in components & places.reaches.keys() for own in places.reaches[reach]}
    return frozenset(components)


def for_engine(snapshot: Snapshot) -> NDArray[np.float64]:
    """What travels of a whole snapshot, float64 (engine_size,). What is heard goes along only where a route leads it
    into the picture: otherwise a sound would wake an engine that has nothing to draw."""
    values = snapshot.values[: snapshot.layout.engine_size]
    places = _places(snapshot.layout)
    if places is None or not snapshot.values[places.heard].any():
        return values
    if any(r.source in _HEARD_SOURCES and r.component < values.size for r in routes_playing(snapshot)):
        return values
    values = values.copy()
    values[places.heard] = 0.0
    return values


def source_level(snapshot: Snapshot, source: int, t: float, transport: Transport) -> float:
    """What a source gives at ``t`` seconds: -1 … 1 for an LFO, from 0 up for what is heard; 0 for an unknown one."""
    if source in _LFO_SOURCES:
        return lfo_of(snapshot, _LFO_SOURCES[source]).value(t, transport)
    return snapshot.number(_HEARD_SOURCES[source]) if source in _HEARD_SOURCES else 0.0


def shifted(spec: ControlSpec, base: float, offset: float) -> float:
    """The value ``offset`` nominal ranges along the taper from ``base``: guarded, whole where the kind is, finite.

    An offset of 0 is the base itself. On a LOG control values from 0 down have no place; they are shifted evenly.
    """
    if offset == 0.0 or math.isnan(offset):
        return base
    if spec.kind is Kind.BOOL:
        return 1.0 if base + offset >= 0.5 else 0.0
    moved = _along(spec, base, offset)
    moved = min(max(moved, -_FARTHEST), _FARTHEST) if not math.isnan(moved) else base
    if spec.kind is Kind.CHOICE:
        return float(round(min(max(moved, 0.0), len(spec.choices) - 1.0)))
    if spec.kind is Kind.INT:
        moved = float(round(min(max(moved, -_WHOLE_MOST), _WHOLE_MOST)))
    return spec.guarded(moved)


def _along(spec: ControlSpec, base: float, offset: float) -> float:
    span = spec.hi - spec.lo
    if spec.taper is Taper.LOG and spec.lo > 0 and base > 0:
        return base * math.exp(min(max(offset * math.log(spec.hi / spec.lo), -700.0), 700.0))
    if spec.taper is Taper.SQUARE:
        x = (base - spec.lo) / span
        place = math.copysign(math.sqrt(abs(x)), x) + offset
        return spec.lo + span * math.copysign(place * place, place)
    return base + span * offset


def spec_at(layout: Layout, component: int) -> ControlSpec:
    """The control whose number lies at ``component`` of the values."""
    return layout.specs[bisect_right(layout.offsets, component) - 1]


def component_of(layout: Layout, address: str) -> int | None:
    """Where the one number behind an address lies, if it can be modulated there and is no press."""
    target = layout.resolve(address)
    if target is None or target.stop - target.start != 1:
        return None
    spec = layout.specs[target.index]
    return target.start if spec.modulatable and spec.kind is not Kind.TRIGGER else None


def _component(snapshot: Snapshot, n: int, index: int) -> int | None:
    """The show knows the target by its address; the engine, which sees no texts, by its place."""
    target = snapshot.texts.get(f"/mod/{n}/target")
    if target is not None:
        return component_of(snapshot.layout, target)
    place = int(snapshot.values[index])
    if not 0 <= place < snapshot.values.size:
        return None
    spec = spec_at(snapshot.layout, place)
    return place if spec.modulatable and spec.kind is not Kind.TRIGGER else None


def _split_reach(places: _Places | None, base: NDArray[np.float64], values: NDArray[np.float64]) -> None:
    """A deck's reach is psi times overdrive: where it was modulated, both are made anew from it."""
    for reach, (psi, overdrive) in () if places is None else places.reaches.items():
        offset = float(values[reach] - base[reach])
        if offset:
            whole = float(values[psi]) * float(values[overdrive]) + offset
            whole = min(max(whole, -_FARTHEST), _FARTHEST)
            values[psi], values[overdrive] = min(whole, 1.0), max(whole, 1.0)


@lru_cache(maxsize=8)
def _places(layout: Layout) -> _Places | None:
    """``None`` for a layout that has no routes."""

    def at(address: str) -> int | None:
        target = layout.resolve(address)
        return None if target is None else target.start

    rows = [[at(f"/mod/{n}/{name}") for n in ROUTES] for name in ("on", "source", "amount", "index")]
    on, source, amount, index = ([place for place in row if place is not None] for row in rows)
    if not len(on) == len(source) == len(amount) == len(index) == len(ROUTES):
        return None
    heard = [place for place in map(at, _HEARD_SOURCES.values()) if place is not None]
    reaches = {}
    for deck in DECKS:
        reach, psi, overdrive = (at(f"/deck/{deck}/{name}") for name in ("reach", "psi", "overdrive"))
        if reach is not None and psi is not None and overdrive is not None:
            reaches[reach] = (psi, overdrive)
    return _Places(np.array(on, np.intp), np.array(heard, np.intp), tuple(source), tuple(amount), tuple(index), reaches)
