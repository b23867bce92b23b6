"""Which knob or pad was meant: finds the message that moves among those that merely come. Pure; no clock, one thread.

A key, a pad or a program change is meant at once. Anything that turns is meant when it has gone ``STEPS`` steps of 128
from where it was first heard, so that a worn knob which jitters by one step never wins; where it was first heard is
forgotten after ``FORGET`` seconds of silence. Of CC n and n+32 that always come together, the pair is meant and not a
half.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from latentjockey.control.layout import Layout
from latentjockey.control.names import on_deck
from latentjockey.control.spec import Kind
from latentjockey.mapping.event import NUMBERLESS_KINDS, Key, MessageKind, MidiEvent
from latentjockey.mapping.table import MidiBinding, Mode

STEPS = 3
FORGET = 2.0
_KNOB_PLACES = 3
_CHANNEL_MODES = range(120, 128)
_PRESSES = frozenset({MessageKind.NOTE, MessageKind.PROGRAM})
_TURNS = frozenset({MessageKind.CC, MessageKind.NRPN, MessageKind.RPN, MessageKind.PITCHBEND})
_TWO_SIDED = (Kind.BOOL, Kind.CHOICE)


@dataclass(slots=True)
class _Track:
    """What is known of one knob: where it was first heard, how often it stepped, and a few of its places."""

    first: float
    heard: float
    steps: int = 0
    places: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Pair:
    """What speaks for CC n being the coarse half of a pair: how often it came, and how often n+32 came right after."""

    coarse: int = 0
    coarses: int = 0
    fines: int = 0
    sure: bool = False

    @property
    def open(self) -> bool:
        """Whether the fine half of the newest coarse one may yet come."""
        return self.fines > 0 and self.fines == self.coarses - 1


class Mover:
    """Feed it events until one wins. With ``knobs_only``, keys, pads and two-valued buttons never do."""

    def __init__(self, *, knobs_only: bool = False) -> None:
        self._knobs_only = knobs_only
        self._tracks: dict[Key, _Track] = {}
        self._pairs: dict[tuple[int, int], _Pair] = {}
        self._before: dict[int, int] = {}

    def hear(self, event: MidiEvent) -> MidiEvent | None:
        """The event with which a message has won (a pair as CC14), or ``None``."""
        if event.kind in _PRESSES:
            pressed = event.kind is MessageKind.PROGRAM or event.value > 0
            return event if pressed and not self._knobs_only else None
        if event.kind is MessageKind.CC:
            return self._controller(event)
        return event if event.kind in _TURNS and self._moved(event) else None

    def forget(self, key: Key) -> None:
        """Begin anew with one message."""
        self._tracks.pop(key, None)

    def _controller(self, event: MidiEvent) -> MidiEvent | None:
        channel, number = event.channel, event.number
        before = self._before.get(channel)
        self._before[channel] = number
        if number in _CHANNEL_MODES:
            return None
        if number < 32:
            pair = self._pairs.setdefault((channel, number), _Pair())
            pair.coarse = event.value
            pair.coarses += 1
            if pair.sure:
                return None  # its fine half completes it
            moved = self._moved(event)
            return event if moved and not pair.open else None
        known = self._pairs.get((channel, number - 32))
        if known is not None and (known.sure or before == number - 32):
            return self._fine(event, known, follows=before == number - 32)
        return event if self._moved(event) else None

    def _fine(self, event: MidiEvent, pair: _Pair, *, follows: bool) -> MidiEvent | None:
        pair.fines += follows
        pair.sure = pair.sure or (pair.fines >= 2 and pair.fines == pair.coarses)
        if not pair.sure:
            return None
        value = pair.coarse << 7 | event.value
        whole = MidiEvent(MessageKind.CC14, event.channel, event.number - 32, value, event.time)
        return whole if self._moved(whole) else None

    def _moved(self, event: MidiEvent) -> bool:
        track = self._tracks.get(event.key)
        if track is None or event.time - track.heard > FORGET:
            first = 0.5 if event.kind is MessageKind.PITCHBEND else event.position  # where every wheel rests
            track = self._tracks[event.key] = _Track(first, event.time)
        track.heard = event.time
        if event.relative:
            track.steps += event.value
            return abs(track.steps) >= STEPS
        if len(track.places) < _KNOB_PLACES:
            track.places.add(event.value)
        if self._knobs_only and len(track.places) < _KNOB_PLACES:
            return False
        return abs(event.position - track.first) * 127 >= STEPS - 1e-6


def binding_for(event: MidiEvent, address: str, layout: Layout) -> MidiBinding:
    """The binding by which the message of ``event`` plays ``address`` from now on, on this channel.

    A key or pad that is learnt for a switch or a choice goes to its other side with each press.
    """
    number = None if event.kind in NUMBERLESS_KINDS else event.number
    target = layout.resolve(on_deck(address, "a"))
    kind = layout.specs[target.index].kind if target is not None else None
    mode = Mode.TOGGLE if event.kind is MessageKind.NOTE and kind in _TWO_SIDED else None
    return MidiBinding(event.kind, address, number, event.channel, mode=mode)
