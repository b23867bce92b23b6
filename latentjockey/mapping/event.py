"""A decoded MIDI message, as data. Pure; numbers as on the wire, channels as printed on the gear (1..16)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

BEND_CENTRE = 8192


class MessageKind(enum.StrEnum):
    """What kind of message; the names are those of the map file.

    CC14 is a pair of controllers (n and n+32) read as one 14-bit number. NRPN and RPN are (non-)registered parameters.
    AFTERTOUCH is the pressure of a whole channel, POLYTOUCH that of one key.
    """

    CC = "cc"
    CC14 = "cc14"
    NRPN = "nrpn"
    RPN = "rpn"
    NOTE = "note"
    PITCHBEND = "pitchbend"
    PROGRAM = "program"
    AFTERTOUCH = "aftertouch"
    POLYTOUCH = "polytouch"


FINE_KINDS = frozenset({MessageKind.CC14, MessageKind.NRPN, MessageKind.RPN, MessageKind.PITCHBEND})
"""Those whose values have 14 bits (0..16383); all others have 7 (0..127)."""

NUMBERLESS_KINDS = frozenset({MessageKind.PITCHBEND, MessageKind.AFTERTOUCH})
"""Those that a channel has only one of."""

LABELS = {
    MessageKind.CC: "CC",
    MessageKind.CC14: "14-bit CC",
    MessageKind.NRPN: "NRPN",
    MessageKind.RPN: "RPN",
    MessageKind.NOTE: "note",
    MessageKind.PITCHBEND: "pitch bend",
    MessageKind.PROGRAM: "program",
    MessageKind.AFTERTOUCH: "aftertouch",
    MessageKind.POLYTOUCH: "key aftertouch",
}
"""How people call them."""


Key = tuple[MessageKind, int, int]
"""Which knob, key or pad it is: kind, channel 1..16, number (0 for kinds that have none)."""


@dataclass(frozen=True, slots=True)
class MidiEvent:
    """``channel`` 1..16; ``number`` 0 for kinds that have none; ``time`` in seconds of the caller's clock.

    ``value`` is 0..127 or, for the fine kinds, 0..16383; the velocity of a NOTE with 0 for off; the number again for
    PROGRAM. With ``relative`` it is a count of steps, up or down.
    """

    kind: MessageKind
    channel: int
    number: int
    value: int
    time: float
    relative: bool = False

    @property
    def key(self) -> Key:
        """Which knob, key or pad this came from."""
        return self.kind, self.channel, self.number

    @property
    def span(self) -> int:
        """The largest value that this kind can carry."""
        return 16383 if self.kind in FINE_KINDS else 127

    @property
    def position(self) -> float:
        """The value as 0..1. A pitch bend at rest is exactly 0.5, although its two sides differ by one step."""
        if self.kind is MessageKind.PITCHBEND:
            side = self.value - BEND_CENTRE
            return 0.5 + side / (2 * BEND_CENTRE if side < 0 else 2 * (BEND_CENTRE - 1))
        return self.value / self.span

    def words(self) -> str:
        """For people, e.g. ``CC 21 ch 1 = 64``."""
        number = "" if self.kind in NUMBERLESS_KINDS else f" {self.number}"
        value = (
            "" if self.kind is MessageKind.PROGRAM else f" = {self.value:+d}" if self.relative else f" = {self.value}"
        )
        return f"{LABELS[self.kind]}{number} ch {self.channel}{value}"
