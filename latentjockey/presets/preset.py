"""A preset: the base values of one moment, as data, and the ways between it and the control bay. Pure, any thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from latentjockey.control.layout import Layout
from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.control.values import Value
from latentjockey.models.card import ModelCard
from latentjockey.models.spec import ModelSpec
from latentjockey.navigation.travel import resampled
from latentjockey.presets.class_values import carried, names_of

Kept: TypeAlias = bool | int | float | str | NDArray[np.float64]
"""A value at rest: BOOL as bool, INT as int, FLOAT as float, CHOICE by name, TEXT, VECTOR as float64 (n,)."""

Range: TypeAlias = tuple[float, float]

_NEVER = frozenset({Kind.TRIGGER, Kind.COMMAND, Kind.READOUT})


@dataclass(frozen=True, slots=True, eq=False)
class Resolved:
    """What one picture showed: ``position`` float32 (num_ws, w_dim), the ``time`` in seconds on the show's clock for
    which it was made, and the ``effective`` numbers by address where the caller knows them."""

    position: NDArray[np.float32]
    time: float
    effective: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Preset:
    """``values`` by address, ``ranges`` that differ from the catalogue's, and for which model.

    ``saved_at`` is the moment on the show's clock to which every ``…/since`` in ``values`` refers. ``extra`` holds what
    a file said that this version does not know, by path; it is kept when the preset is saved again. ``classes`` are
    the names of the classes whose weights are among the values, in their order.
    """

    name: str
    model: str
    card: ModelCard
    values: Mapping[str, Kept]
    ranges: Mapping[str, Range] = field(default_factory=dict)
    saved_at: float = 0.0
    resolved: Resolved | None = None
    extra: Mapping[tuple[str, ...], object] = field(default_factory=dict)
    classes: tuple[str, ...] = ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """The keys that this version does not know, for the message on loading."""
        return tuple(" › ".join(path) for path in self.extra)


@dataclass(frozen=True, slots=True, eq=False)
class Recall:
    """A preset as a batch for the bay; ``missing`` are addresses that this layout has no place for, ``note`` is a
    sentence about what is known here by other names, or empty."""

    writes: tuple[tuple[str, Value], ...]
    ranges: Mapping[str, Range]
    missing: tuple[str, ...]
    note: str = ""


def capture(
    snapshot: Snapshot,
    ranges: Mapping[str, Range],
    model: ModelSpec | tuple[str, ModelCard],
    name: str,
    *,
    now: float,
    resolved: Resolved | None = None,
) -> Preset:
    """Everything worth keeping of a whole snapshot (not an engine's prefix): bases and records, never effective values.

    ``now`` is the moment of the snapshot in seconds on the show's clock.
    """
    model_name, card = (model.name, model.card) if isinstance(model, ModelSpec) else model
    values = {s.address: _kept(snapshot, s) for s in snapshot.layout.specs if recallable(s)}
    return Preset(name, model_name, card, values, dict(ranges), now, resolved, classes=class_names(snapshot.layout))


def class_names(layout: Layout) -> tuple[str, ...]:
    """How the classes are called whose weights the decks of a layout have; none where its model has none."""
    target = layout.resolve(f"/deck/{DECKS[0]}/class")
    return () if target is None else layout.specs[target.index].elements


def batch(preset: Preset, layout: Layout) -> Recall:
    """What recalling ``preset`` writes into a bay with ``layout``, ranges included.

    Nothing that acts is ever written: triggers, commands and what is not saved (record, blackout) are ``missing``, for
    a preset may come from anywhere. A vector of a wider model is cut to this one's width: a shorter latent is the
    beginning of a longer one. Class weights go by their names, see :mod:`latentjockey.presets.class_values`;
    without any that mean something here the classes stay as they are, and glides leave them alone.
    """
    writes: list[tuple[str, Value]] = []
    weights = carried(preset.values, preset.classes, layout)
    missing: list[str] = []
    for address, value in preset.values.items():
        target = layout.resolve(address)
        if target is None or not recallable(layout.specs[target.index]):
            missing.append(address)
        elif isinstance(value, np.ndarray) and names_of(layout, address):
            continue
        elif isinstance(value, np.ndarray):
            width = target.stop - target.start
            curve = address == "/mix/travel"
            writes.append((address, resampled(value, width) if curve else value[:width]))
        else:
            writes.append((address, value))
    known = {a: r for a, r in preset.ranges.items() if layout.resolve(a) is not None}
    missing += [a for a in preset.ranges if a not in known and a not in missing]
    return Recall((*writes, *weights.writes), known, tuple(missing), weights.note)


def recallable(spec: ControlSpec) -> bool:
    """Whether presets keep this control."""
    return spec.saved and spec.kind not in _NEVER


def _kept(snapshot: Snapshot, spec: ControlSpec) -> Kept:
    if spec.textual:
        return snapshot.text(spec.address)
    if spec.kind is Kind.VECTOR:
        return snapshot.vector(spec.address)
    number = snapshot.number(spec.address)
    if spec.kind is Kind.BOOL:
        return bool(number)
    if spec.kind is Kind.FLOAT:
        return number
    if spec.kind is Kind.CHOICE and 0 <= number < len(spec.choices):
        return spec.choices[int(number)]
    return int(number)
