"""One MIDI device at play: its port, its decoder, and from its messages to writes, by way of the desk. Thread ``midi``.

While something may be learnt, a second pair of ears hears every message as what it might be: which controllers belong
together only the map knows, and there is none yet for what is being learnt.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from latentjockey.control.bay import Bay
from latentjockey.control.source import Rank, Source
from latentjockey.mapping.apply import Applier
from latentjockey.mapping.event import MessageKind, MidiEvent
from latentjockey.mapping.feedback import Heard
from latentjockey.mapping.layers import Layers
from latentjockey.mapping.table import CHANNELS, PARAMETER_CCS, Listening
from latentjockey.surfaces.desk_device import DeskDevice, source_name
from latentjockey.surfaces.midi_decode import MidiDecoder
from latentjockey.surfaces.midi_desk import MidiDesk
from latentjockey.surfaces.midi_ports import MidiPort

_EVERY_PARAMETER = Listening(parameters=frozenset(CHANNELS))
_SELECTORS = PARAMETER_CCS & frozenset(range(98, 102))


@dataclass(slots=True)
class _Ears:
    """All that a stream of bytes may mean: (N)RPN where parameters are sent, and their controllers as knobs."""

    parameters: MidiDecoder = field(default_factory=lambda: MidiDecoder(_EVERY_PARAMETER))
    plain: MidiDecoder = field(default_factory=lambda: MidiDecoder(Listening()))

    def hear(self, messages: list[bytes], now: float) -> list[MidiEvent]:
        heard = self.parameters.due(now)
        for message in messages:
            heard += self.parameters.feed(message, now)
            swallowed = [e for e in self.plain.feed(message, now) if e.kind is MessageKind.CC]
            heard += [e for e in swallowed if e.number in _SELECTORS]
        return heard


class MidiDevice:
    """Outlives unplugging, so that what it plays by and its memory are kept. ``port`` is ``None`` while it is away."""

    def __init__(self, known: DeskDevice, desk: MidiDesk) -> None:
        self.name = known.name
        self.port: MidiPort | None = None
        self.system_name = ""
        self.refused = False
        self._known = known
        self._desk = desk
        self._source = Source(source_name(known.name), Rank.MIDI)
        self._ears: _Ears | None = None
        self._swallowed: tuple[int, int] | None = None
        self._layers = known.layers
        self._decoder = MidiDecoder(known.layers.listening())
        self._applier = Applier(known.layers.front, known.layers.back, knobs=known.knobs, pages=known.pages)

    @property
    def plays_by(self) -> str:
        """The name of the map behind, and whether the player has put something in front."""
        learnt = len(self._known.layers.front.bindings)
        return f"the map {self._known.layers.back.name}" + (f" and {learnt} learnt bindings" if learnt else "")

    def plugged(self, port: MidiPort, system_name: str) -> None:
        """It is there: nothing is down, and nobody knows where its knobs stand."""
        self.port = port
        self.system_name = system_name
        self.refused = False
        self._applier.forget()
        self._known.plugged = True

    def unplugged(self) -> None:
        """Let go of the port; a message cut in half is forgotten."""
        self._known.plugged = False
        if self.port is not None:
            self.port.close()
            self.port = None
        self._decoder = MidiDecoder(self._layers.listening())
        self._ears = None

    def deadline(self) -> float | None:
        """When there is something to carry even if nothing comes."""
        times = [self._decoder.deadline(), self._ears.parameters.deadline() if self._ears is not None else None]
        return min((time for time in times if time is not None), default=None)

    def carry(self, bay: Bay, now: float) -> tuple[int, MidiEvent | None]:
        """Write what has come; how many messages that were, and the newest."""
        if self._known.layers is not self._layers:
            self._adopt(self._known.layers)
        taken = self.port.take() if self.port is not None else []
        events = self._decoder.due(now)
        for message in taken:
            events += self._decoder.feed(message, now)
        last = events[-1] if events else None
        echoes: list[MidiEvent] = []  # what it was told itself, and no hand
        played: list[MidiEvent] = []
        for event in events:
            heard = self._known.teller.hear(event)
            (played if heard is Heard.HAND else echoes).append(event)
            if heard is Heard.PLACE:
                self._known.knobs.stand(event.key, event.position)
        learnt = self._learn(taken, echoes, now)
        if learnt is None and self._known.layers is not self._layers:  # an encoder's encoding was settled just now
            self._adopt(self._known.layers)
        if learnt is not None:
            played = self._without(played, learnt)
        played = [event for event in played if self._is_played(event)]
        batch = self._applier.batch(played, bay) if played else []
        if batch:
            bay.write(batch, self._source)
        if last is not None:
            self._desk.note(self._known, last)
        return len(taken), last

    def _adopt(self, layers: Layers) -> None:
        if layers.listening() != self._decoder.listening:  # else it goes on in the middle of a message
            self._decoder = MidiDecoder(layers.listening())
        self._layers = layers
        self._applier.use(layers.front, layers.back)

    def _learn(self, taken: list[bytes], echoes: list[MidiEvent], now: float) -> MidiEvent | None:
        if not self._desk.listens(self._known):
            self._ears = None
            return None
        if self._ears is None:
            self._ears = _Ears()
        heard = [event for event in self._ears.hear(taken, now) if event not in echoes]
        return self._desk.hear(self._known, heard) if heard else None

    def _without(self, events: list[MidiEvent], learnt: MidiEvent) -> list[MidiEvent]:
        """What else came along: the message that was just learnt meant itself, and so does letting it go."""
        self._adopt(self._known.layers)
        if learnt.kind is MessageKind.NOTE:
            self._swallowed = (learnt.channel, learnt.number)
        return [e for e in events if (e.channel, e.number, e.value) != (learnt.channel, learnt.number, learnt.value)]

    def _is_played(self, event: MidiEvent) -> bool:
        if event.kind is MessageKind.NOTE and (event.channel, event.number) == self._swallowed:
            if event.value == 0:
                self._swallowed = None
                return False
            self._swallowed = None
        return not self._desk.mutes(self._known, event)
