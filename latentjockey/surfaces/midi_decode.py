"""MIDI bytes to events: a state machine without ports and without a clock; one per port, one thread.

Sources: MIDI 1.0 Detailed Specification 4.2.1 (running status, 14-bit controllers, registered parameters) and RP-018
(data increment). Two things the wire leaves open are decided here:

* Which controllers are pairs or parameters only the map knows, so it is told (:class:`Listening`): CC 6 is a plain
  knob on many controllers.
* A coarse byte (MSB) waits ``PAIR_WAIT`` seconds for its fine byte (LSB). When none comes the sender has 7 bits, which
  are spread over all 14, so that its knob reaches both ends.
"""

from __future__ import annotations

from dataclasses import dataclass

from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.table import PARAMETER_CCS, Listening

PAIR_WAIT = 0.005

_NULL = 127
_DATA_MSB, _DATA_LSB, _INCREMENT, _DECREMENT = 6, 38, 96, 97
_SELECTORS = {
    99: (MessageKind.NRPN, True),
    98: (MessageKind.NRPN, False),
    101: (MessageKind.RPN, True),
    100: (MessageKind.RPN, False),
}
_NOTE_OFF, _NOTE_ON, _POLYTOUCH, _CC, _PROGRAM, _AFTERTOUCH, _BEND = range(0x80, 0xF0, 0x10)
_DATA_BYTES = {_NOTE_OFF: 2, _NOTE_ON: 2, _POLYTOUCH: 2, _CC: 2, _PROGRAM: 1, _AFTERTOUCH: 1, _BEND: 2}
_FIRST_SYSTEM, _FIRST_REAL_TIME = 0xF0, 0xF8

_Key = tuple[MessageKind, int, int]
"""Kind, channel, number."""


@dataclass(slots=True)
class _Selection:
    """The parameter that data entry on one channel means."""

    kind: MessageKind
    msb: int | None = None
    lsb: int | None = None

    @property
    def number(self) -> int | None:
        if self.msb is None or self.lsb is None or (self.msb == _NULL and self.lsb == _NULL):
            return None
        return self.msb << 7 | self.lsb


class MidiDecoder:
    """Feed it bytes in any portions; it never raises for what they are."""

    def __init__(self, listening: Listening) -> None:
        self.listening = listening
        self._status = 0
        self._data: list[int] = []
        self._coarse: dict[_Key, int] = {}
        self._waiting: dict[_Key, float] = {}
        self._selected: dict[int, _Selection] = {}

    def feed(self, data: bytes, time: float) -> list[MidiEvent]:
        """The events that ``data``, arrived at ``time`` (seconds), completes, led by those that were due."""
        events = self.due(time)
        for byte in data:
            if byte >= _FIRST_REAL_TIME:  # may stand anywhere, even inside another message
                continue
            if byte & 0x80:
                # System exclusive and common messages end running status: their data is then nobody's and skipped.
                self._status = byte if byte < _FIRST_SYSTEM else 0
                self._data.clear()
            elif self._status:
                self._data.append(byte)
                if len(self._data) == _DATA_BYTES[self._status & 0xF0]:
                    first, second = self._data[0], self._data[-1]
                    self._data.clear()
                    events += self._message(first, second, time)
        return events

    def due(self, time: float) -> list[MidiEvent]:
        """The events of coarse bytes that have waited long enough by ``time``."""
        over = [key for key, since in self._waiting.items() if time >= since + PAIR_WAIT]
        return [self._without_fine(key) for key in over]

    def deadline(self) -> float | None:
        """When :meth:`due` has something to say, or ``None``."""
        return min(self._waiting.values()) + PAIR_WAIT if self._waiting else None

    def _message(self, first: int, second: int, time: float) -> list[MidiEvent]:
        channel = (self._status & 0x0F) + 1
        status = self._status & 0xF0
        if status == _CC:
            return self._controller(channel, first, second, time)
        if status == _BEND:
            return [MidiEvent(MessageKind.PITCHBEND, channel, 0, second << 7 | first, time)]
        if status == _AFTERTOUCH:
            return [MidiEvent(MessageKind.AFTERTOUCH, channel, 0, first, time)]
        if status == _PROGRAM:
            return [MidiEvent(MessageKind.PROGRAM, channel, first, first, time)]
        kind = MessageKind.POLYTOUCH if status == _POLYTOUCH else MessageKind.NOTE
        return [MidiEvent(kind, channel, first, 0 if status == _NOTE_OFF else second, time)]

    def _controller(self, channel: int, number: int, value: int, time: float) -> list[MidiEvent]:
        if number in PARAMETER_CCS and channel in self.listening.parameters:
            events = self._parameter(channel, number, value, time)
            if events is not None:
                return events
        if (channel, number) in self.listening.pairs:
            return self._take_coarse((MessageKind.CC14, channel, number), value, time)
        if (channel, number - 32) in self.listening.pairs:
            return self._take_fine((MessageKind.CC14, channel, number - 32), value, time)
        return [MidiEvent(MessageKind.CC, channel, number, value, time)]

    # -- coarse and fine --------------------------------------------------------------------------------------------

    def _take_coarse(self, key: _Key, value: int, time: float) -> list[MidiEvent]:
        events = [self._without_fine(key)] if key in self._waiting else []
        self._coarse[key] = value
        self._waiting[key] = time
        return events

    def _take_fine(self, key: _Key, value: int, time: float) -> list[MidiEvent]:
        coarse = self._coarse.get(key)
        if coarse is None:  # half a number, of which the larger half is unknown
            return []
        self._waiting.pop(key, None)
        return [MidiEvent(*key, coarse << 7 | value, time)]

    def _without_fine(self, key: _Key) -> MidiEvent:
        since = self._waiting.pop(key)
        coarse = self._coarse[key]
        return MidiEvent(*key, coarse << 7 | coarse, since)

    # -- parameters -------------------------------------------------------------------------------------------------

    def _parameter(self, channel: int, number: int, value: int, time: float) -> list[MidiEvent] | None:
        """``None`` when it is data entry while no parameter is selected: then it is a controller like any other."""
        key = self._selected_key(channel)
        if number in _SELECTORS:
            return self._select(channel, key, number, value)
        if key is None:
            return None
        if number == _DATA_MSB:
            return self._take_coarse(key, value, time)
        if number == _DATA_LSB:
            return self._take_fine(key, value, time)
        events = [self._without_fine(key)] if key in self._waiting else []
        step = 1 if number == _INCREMENT else -1
        return [*events, MidiEvent(*key, step, time, relative=True)]

    def _select(self, channel: int, key: _Key | None, number: int, value: int) -> list[MidiEvent]:
        kind, is_msb = _SELECTORS[number]
        selection = self._selected.get(channel)
        if selection is None or selection.kind is not kind:
            selection = self._selected[channel] = _Selection(kind)
        if is_msb:
            selection.msb = value
        else:
            selection.lsb = value
        if key is None or key == self._selected_key(channel):
            return []
        events = [self._without_fine(key)] if key in self._waiting else []
        self._coarse.pop(key, None)  # of parameters only the selected one is remembered: there are 16384 a channel
        return events

    def _selected_key(self, channel: int) -> _Key | None:
        selection = self._selected.get(channel)
        if selection is None or selection.number is None:
            return None
        return selection.kind, channel, selection.number
