"""Which knobs stand elsewhere than their controls: for the open circles of the surface. Pure; any thread may ask."""

from __future__ import annotations

from latentjockey.control.spec import Kind
from latentjockey.mapping.apply import Controls, current, ends_of, resolved
from latentjockey.mapping.event import NUMBERLESS_KINDS, Key, MessageKind
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.page import Page
from latentjockey.mapping.table import MidiBinding
from latentjockey.mapping.takeover import Knobs, here
from latentjockey.mapping.travel import place

_CONTINUED = frozenset({Kind.FLOAT, Kind.INT, Kind.CHOICE, Kind.VECTOR})
"""What a knob can wait for: a switch has no way between its two sides."""


def apart(
    layers: Layers, knobs: Knobs, controls: Controls, now: float, page: Page
) -> list[tuple[MidiBinding, str, float]]:
    """The bindings of a page whose knob stands elsewhere than the control.

    With each the address that it means now, and the value at which its knob stands.
    """
    by_number: dict[tuple[MessageKind, int | None], list[Key]] = {}
    for key in knobs.heard():
        by_number.setdefault((key[0], None if key[0] in NUMBERLESS_KINDS else key[2]), []).append(key)
    found: list[tuple[MidiBinding, str, float]] = []
    for binding in layers.bindings:
        keys = [k for k in by_number.get((binding.kind, binding.number), ()) if layers.hears(binding, k, page)]
        if not keys or not (binding.picks_up or binding.scales):
            continue
        address = resolved(binding.address, controls)
        target = controls.layout.resolve(address)
        if target is None or controls.layout.specs[target.index].kind not in _CONTINUED:
            continue
        spec, ends = controls.layout.specs[target.index], ends_of(binding, controls.range(address))
        at, last = here(spec, current(address, controls), ends), controls.last_change(address)
        places = [knobs.waits(key, binding.address, address, at, now, last) for key in keys]
        waits = [position for position in places if position is not None]
        if len(waits) == len(places):
            found.append((binding, address, place(spec, waits[-1], ends)))
    return found
