"""What the desk knows of one MIDI device. The desk's lock guards what is exchanged; see :mod:`.midi_desk`."""

from __future__ import annotations

from dataclasses import dataclass, field

from latentjockey.control.layout import Layout
from latentjockey.mapping import rows as row_table
from latentjockey.mapping.event import Key
from latentjockey.mapping.feedback import Teller
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.learn import Mover
from latentjockey.mapping.page import Pages
from latentjockey.mapping.rows import Row
from latentjockey.mapping.table import MidiMap
from latentjockey.mapping.takeover import Knobs


def source_name(device: str) -> str:
    """The name under which a device writes."""
    return f"midi {device}"


@dataclass(slots=True)
class DeskDevice:
    """What is known of one device by its name; outlives unplugging.

    ``left_alone`` are knobs that were taken back; ``unsure`` encoders whose encoding was guessed, with their values;
    ``suits`` is the map for its name, which plays behind unless the player chose another.
    """

    name: str
    layers: Layers
    knobs: Knobs
    pages: Pages = field(default_factory=Pages)
    teller: Teller = field(default_factory=Teller)
    plugged: bool = False
    mover: Mover | None = None
    taker: Mover | None = None
    left_alone: set[Key] = field(default_factory=set)
    unsure: dict[Key, list[int]] = field(default_factory=dict)
    suits: MidiMap = field(default_factory=lambda: MidiMap("nothing"))
    table: tuple[tuple[Layers, Layout, bool] | None, tuple[Row, ...]] = (None, ())

    def rows(self, layout: Layout) -> tuple[Row, ...]:
        """Its bindings as if no knob waited; made anew when something changed."""
        now = (self.layers, layout, self.plugged)
        made, found = self.table
        if made is None or made[0] is not now[0] or made[1:] != now[1:]:
            found = row_table.rows(self.name, self.plugged, self.layers, layout)
            self.table = (now, found)
        return found
