"""What each light of a controller shows: from maps and the bay's values to the numbers that it is told. Pure functions.

A lamp shows the base value of its control, whoever put it there: a hand, a recall, OSC, a loop. Modulation does not
show, for it never moves what a hand would take over.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass

from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.mapping.apply import Controls, current, ends_of, resolved
from latentjockey.mapping.event import FINE_KINDS, Key, MessageKind
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.page import Page, Pages, turns_page
from latentjockey.mapping.profile import Colours, Light, largest
from latentjockey.mapping.table import MidiBinding, Mode
from latentjockey.mapping.travel import find

_BUTTONS = frozenset({Kind.BOOL, Kind.CHOICE})
_STATUS = {
    MessageKind.NOTE: 0x90,
    MessageKind.POLYTOUCH: 0xA0,
    MessageKind.CC: 0xB0,
    MessageKind.PROGRAM: 0xC0,
    MessageKind.AFTERTOUCH: 0xD0,
    MessageKind.PITCHBEND: 0xE0,
}
_SELECTORS = {MessageKind.NRPN: (99, 98), MessageKind.RPN: (101, 100)}
_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light in use: ``spot`` is the message that it is told by, ``binding`` says what it shows and over which ends.

    ``own``: the spot is also what the binding hears. ``shows_itself``: and the controller shows what it sends there, as
    a knob or a fader does, whose place is what it sends.
    """

    spot: Key
    light: Light
    binding: MidiBinding
    own: bool

    @property
    def shows_itself(self) -> bool:
        return self.own and self.binding.is_knob

    @property
    def turned(self) -> bool:
        """Whether the binding hears a knob or an encoder."""
        return self.binding.is_knob or self.binding.encoding is not None

    @property
    def ends(self) -> tuple[int, int]:
        """The raw values at the ends of the travel."""
        low, high = self.light.values or (0, largest(self.spot[0]))
        return min(low, largest(self.spot[0])), min(high, largest(self.spot[0]))

    @property
    def dark(self) -> int:
        """What it is told when it shows nothing any more."""
        colours = self.light.colours or Colours()
        values = (colours.asleep, colours.off, self.ends[0])
        return min(next(v for v in values if v is not None), largest(self.spot[0]))


def lamps(layers: Layers, page: Page) -> tuple[Lamp, ...]:
    """The lights in use on a page. Of several on one spot the first has it: the player's bindings, then the map's."""
    found: dict[Key, Lamp] = {}
    for binding in layers.bindings:
        mine = (binding.kind, binding.channel or 1, binding.number or 0)
        if not binding.feedback or not layers.hears(binding, mine, page):
            continue
        for light in binding.feedback:
            number = mine[2] if light.number is None else light.number
            spot = (light.kind or binding.kind, light.channel or mine[1], number)
            found.setdefault(spot, Lamp(spot, light, binding, spot == mine))
    for light in layers.profile.lights:
        if light.kind is None or not page.shows(light.bank, light.shift):
            continue
        spot = (light.kind, light.channel or 1, light.number or 0)
        shown = MidiBinding(MessageKind.PROGRAM, light.address, lo=light.lo, hi=light.hi, mode=Mode.VALUE)
        found.setdefault(spot, Lamp(spot, light, shown, own=False))
    return tuple(found.values())


def told(lamp: Lamp, controls: Controls, pages: Pages, pressed: Container[str]) -> int | None:
    """What a lamp is told now; ``None`` for what moves and has nowhere to go.

    ``pressed`` are the addresses of recalls and the like that were pressed a moment ago.
    """
    address = resolved(lamp.binding.address, controls)
    beyond = False
    if turns_page(address):
        position = pages.value(address)
        button = True
    else:
        spec = _spec(address, controls)
        position = None if spec is None else _position(lamp, spec, address, controls, pressed)
        button = spec is not None and (spec.kind in _BUTTONS or spec.kind is Kind.TRIGGER or spec.textual)
        beyond = spec is not None and not (button or spec.kind is Kind.READOUT) and _is_beyond(address, controls)
    if position is None:
        return None if lamp.light.moves else lamp.dark
    button = button or lamp.binding.natural_mode is not Mode.VALUE
    colours = lamp.light.colours or Colours()
    on = position >= 0.5 if button else position > 0.5 / 127
    shown = colours.on if on else colours.off
    if beyond and colours.beyond is not None:
        shown = colours.beyond
    low, high = lamp.ends
    if shown is None:
        shown = round(low + min(1.0, max(0.0, position)) * (high - low))
    return min(shown, largest(lamp.spot[0]))


def encode(spot: Key, value: int) -> tuple[bytes, ...]:
    """The messages that tell ``value`` to a spot; fine kinds take several."""
    kind, channel, number = spot
    on = channel - 1
    if kind is MessageKind.PITCHBEND:
        return (bytes((0xE0 | on, value & 127, value >> 7)),)
    if kind in FINE_KINDS:
        halves = ((6, value >> 7), (38, value & 127))
        if kind is MessageKind.CC14:
            halves = ((number, value >> 7), (number + 32, value & 127))
        else:
            msb, lsb = _SELECTORS[kind]
            halves = ((msb, number >> 7), (lsb, number & 127), *halves)  # type: ignore[assignment]
        return tuple(bytes((0xB0 | on, controller, data)) for controller, data in halves)
    if kind in (MessageKind.PROGRAM, MessageKind.AFTERTOUCH):
        return (bytes((_STATUS[kind] | on, value)),)
    return (bytes((_STATUS[kind] | on, number, value)),)


def _spec(address: str, controls: Controls) -> ControlSpec | None:
    target = controls.layout.resolve(address)
    return None if target is None else controls.layout.specs[target.index]


def _position(lamp: Lamp, spec: ControlSpec, address: str, controls: Controls, pressed: Container[str]) -> float | None:
    if spec.kind is Kind.TRIGGER:
        return float(spec.address in pressed)
    if spec.textual:
        same = bool(lamp.binding.text) and controls.value(address) == lamp.binding.text
        return float(same and (spec.kind is not Kind.COMMAND or spec.address in pressed))
    return find(spec, current(address, controls), ends_of(lamp.binding, controls.range(address)))


def _is_beyond(address: str, controls: Controls) -> bool:
    lo, hi = controls.range(address)
    hair = _HAIR * max(abs(lo), abs(hi), hi - lo)
    return not lo - hair <= current(address, controls) <= hi + hair
