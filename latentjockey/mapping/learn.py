"""Which knob or pad was meant: finds the message that moves among those that merely come. Pure; no clock, one thread.

A key, a pad or a program change is meant at once. Anything that turns is meant when it has gone ``STEPS`` steps of 128
from where it was first heard, so that a worn knob which jitters by one step never wins; where it was first heard is
forgotten after ``FORGET`` seconds of silence. Of CC n and n+32 that always come together, the pair is meant and not a
half.

An endless encoder is known by sending single steps again and again, which nothing that has a place does: the same value
``AGAIN`` times in a row, each within ``RAPID`` seconds of the last, so that it is no button either. While all
values could be single steps, a knob is meant only when it goes on ``STRAIGHT``. Which of the three encodings it is, one
direction alone may not tell: then :func:`latentjockey.mapping.encoder.guess` guesses, and the first turn back settles
it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise

from latentjockey.control.layout import Layout
from latentjockey.control.names import on_deck
from latentjockey.control.spec import Kind
from latentjockey.mapping.encoder import Encoding, guess, steps
from latentjockey.mapping.event import NUMBERLESS_KINDS, Key, MessageKind, MidiEvent
from latentjockey.mapping.table import MidiBinding, Mode

STEPS = 3
FORGET = 2.0
AGAIN = 4
RAPID = 0.15
STRAIGHT = 5
_KNOB_PLACES = 3
_VALUES = 16
_SLOWLY = 2
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
    values: list[int] = field(default_factory=list)
    same: int = 0


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

    def encoding(self, key: Key) -> tuple[Encoding | None, bool]:
        """The encoding of an encoder that has won, and whether it can be no other."""
        track = self._tracks.get(key)
        return guess(track.values) if track is not None else (None, False)

    def _controller(self, event: MidiEvent) -> MidiEvent | None:
        channel, number = event.channel, event.number
        before = self._before.get(channel)
        self._before[channel] = number
        if number in _CHANNEL_MODES:
            return None
        if self._turned(event):
            encoding = self.encoding(event.key)[0]
            return replace(event, value=1 if encoding is None else steps(encoding, event.value), relative=True)
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
        track = self._track(event)
        track.heard = event.time
        if event.relative:
            track.steps += event.value
            return abs(track.steps) >= STEPS
        if len(track.places) < _KNOB_PLACES:
            track.places.add(event.value)
        if self._knobs_only and len(track.places) < _KNOB_PLACES:
            return False
        if event.kind is MessageKind.CC and guess(track.values, _SLOWLY)[0] is not None and not _straight(track.values):
            return False
        return abs(event.position - track.first) * 127 >= STEPS - 1e-6

    def _turned(self, event: MidiEvent) -> bool:
        """Whether a controller sends steps."""
        track = self._track(event)
        again = bool(track.values) and track.values[-1] == event.value and event.time - track.heard <= RAPID
        track.same = track.same + 1 if again else 1
        track.values = [*track.values[-(_VALUES - 1) :], event.value]
        track.heard = event.time
        return track.same >= AGAIN and guess(track.values)[0] is not None and guess([event.value], 1)[0] is not None

    def _track(self, event: MidiEvent) -> _Track:
        track = self._tracks.get(event.key)
        if track is None or event.time - track.heard > FORGET:
            first = 0.5 if event.kind is MessageKind.PITCHBEND else event.position  # where every wheel rests
            track = self._tracks[event.key] = _Track(first, event.time)
        return track


def _straight(values: list[int]) -> bool:
    last = values[-STRAIGHT:]
    ways = {(b > a) - (b < a) for a, b in pairwise(last)}
    return len(last) == STRAIGHT and len(ways) == 1 and 0 not in ways


def binding_for(event: MidiEvent, address: str, layout: Layout, encoding: Encoding | None = None) -> MidiBinding:
    """The binding by which the message of ``event`` plays ``address`` from now on, on this channel.

    A key or pad that is learnt for a switch or a choice goes to its other side with each press. ``encoding`` is that of
    an endless encoder.
    """
    number = None if event.kind in NUMBERLESS_KINDS else event.number
    target = layout.resolve(on_deck(address, "a"))
    kind = layout.specs[target.index].kind if target is not None else None
    mode = Mode.TOGGLE if event.kind is MessageKind.NOTE and kind in _TWO_SIDED else None
    return MidiBinding(event.kind, address, number, event.channel, mode=mode, encoding=encoding)


def in_place_of(new: MidiBinding, old: MidiBinding) -> MidiBinding:
    """A binding that was learnt in place of another: its message, with all that still makes sense of the old one."""
    same = new.kind is old.kind
    return replace(
        new,
        lo=old.lo,
        hi=old.hi,
        text=old.text,
        mode=old.mode if same else new.mode,
        takeover=old.takeover if same else None,
        extra=old.extra,
    )
