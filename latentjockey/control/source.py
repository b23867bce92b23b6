"""Who writes: sources name themselves, hear no echo, and never snatch a control that somebody holds.

The stated precedence, highest first: SYSTEM (the conductor's own records), HAND (the surface), MIDI, OSC, SCRIPT, and
below them what plays by itself: a preset's MORPH, a LOOP, the GHOST performer.
A RECALL (preset, cue, panic) is a deliberate act: it passes everything but a control that a hand is touching.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Rank(enum.IntEnum):
    GHOST = 4
    LOOP = 6
    MORPH = 8
    SCRIPT = 10
    OSC = 20
    MIDI = 30
    HAND = 40
    RECALL = 50
    SYSTEM = 60


@dataclass(frozen=True, slots=True)
class Source:
    """``name`` is shown to people, e.g. ``osc 127.0.0.1:53211``; a ``streams`` source may repeat values for ever."""

    name: str
    rank: Rank
    streams: bool = False


HAND = Source("surface", Rank.HAND)
RECALL = Source("recall", Rank.RECALL)
CONDUCTOR = Source("conductor", Rank.SYSTEM)
ENGINE = Source("engine", Rank.SYSTEM)
MORPH = Source("morph", Rank.MORPH)
ARRIVAL = Source("arrival", Rank.RECALL)
"""What a morph sets at once: the records of its way, and, at its end, exactly the preset."""
LOOP = Source("loop", Rank.LOOP)
GHOST = Source("ghost", Rank.GHOST)
COMMAND_LINE = Source("command line", Rank.SCRIPT)
MODULATION = Source("modulation", Rank.LOOP)
"""What routes press; what they move is never written."""
AUDIO = Source("audio", Rank.SYSTEM)
"""What is heard of the sound input."""
