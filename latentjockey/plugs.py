"""What the show is plugged into: OSC, MIDI, a sound input, and other programs that get its picture.

What cannot be opened says so; the show goes on without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.control.bay import Bay
from latentjockey.frames.frame import FrameSource
from latentjockey.mapping.own_maps import OwnMaps
from latentjockey.options import Options
from latentjockey.outputs.senders import Senders
from latentjockey.surfaces.audio_input import AudioInput
from latentjockey.surfaces.audio_ports import PortAudioBackend
from latentjockey.surfaces.map_desk import MapDesk
from latentjockey.surfaces.midi_clock_input import ClockInput

if TYPE_CHECKING:
    from latentjockey.surfaces.midi_input import MidiInput
    from latentjockey.surfaces.midi_output import MidiOutput
    from latentjockey.surfaces.osc_server import OscServer


class Plugs:
    """``open`` once, ``close`` once. ``maps`` is the folder of the maps that come with the program, ``own`` holds the
    player's; ``osc``, ``midi`` and ``midi_out`` are there once they are open."""

    def __init__(
        self,
        options: Options,
        bay: Bay,
        frames: FrameSource,
        messages: Messages,
        clock: Clock,
        maps: Path,
        own: OwnMaps,
        desk: MapDesk,
    ) -> None:
        self._options = options
        self._bay = bay
        self._messages = messages
        self._clock = clock
        self._maps = maps
        self._own = own
        self._desk = desk
        self.clocks = ClockInput(clock, bay.wake.set)
        self.audio = AudioInput(bay, messages, clock, PortAudioBackend())
        self.senders = Senders(bay, frames, clock, messages)
        self.osc: OscServer | None = None
        self.midi: MidiInput | None = None
        self.midi_out: MidiOutput | None = None

    def open(self) -> None:
        """Open everything that was not asked to stay away."""
        self._open_osc()
        self._open_midi()
        self.audio.start()
        self.senders.start()

    def close(self) -> None:
        """Close what is open; returns when that is done."""
        self.senders.close()
        for plug in (self.osc, self.audio):
            if plug is not None:
                plug.close()
        for port in (self.midi_out, self.midi):
            if port is not None:
                port.stop()

    @property
    def off_loopback(self) -> bool:
        """Whether other machines can play, or will be able to once started."""
        from latentjockey.surfaces.osc_peers import is_loopback

        if self.osc is not None:
            return self.osc.off_loopback
        return self._options.osc_in is not None and not is_loopback(self._options.osc_in[0])

    def osc_status(self) -> str:
        """Where OSC is heard and what came, in a few words."""
        if self.osc is None:
            return "off"
        stats = self.osc.stats
        return f"{self.osc.host}:{self.osc.port} · {stats.rate:.0f}/s"

    def midi_status(self) -> str:
        """What MIDI is plugged in and what came last, in a few words."""
        if self.midi is None:
            return "off"
        state = self.midi.state()
        if not state.available:
            return "no MIDI here"
        if state.armed:
            return "move a knob or press a pad"
        return " · ".join(part for part in (", ".join(state.connected) or "nothing plugged in", state.last) if part)

    def _open_osc(self) -> None:
        if self._options.osc_in is None:
            return
        from latentjockey.surfaces.osc_server import OscServer

        host, port = self._options.osc_in
        try:
            self.osc = OscServer(self._bay, self._messages, self._clock, host, port, self._options.osc_out)
            self.osc.start()
        except StageError as error:
            self.osc = None
            self._messages.post(self._clock.now(), "osc", str(error), serious=True)

    def _open_midi(self) -> None:
        from latentjockey.mapping.map_file import load as load_map
        from latentjockey.surfaces.midi_input import MidiInput
        from latentjockey.surfaces.midi_output import MidiOutput
        from latentjockey.surfaces.midi_ports import RtMidiBackend

        generic = self._maps / "generic.json"
        known = sorted((self._maps).glob("*.json"), key=lambda path: path != generic)
        try:
            tables = [load_map(path) for path in ([self._options.midi_map] if self._options.midi_map else known)]
        except StageError as error:
            self._messages.post(self._clock.now(), "midi", str(error), serious=True)
            return
        for trouble in self._own.read():
            self._messages.post(self._clock.now(), "midi", trouble, serious=True)
        names = () if self._options.midi is None else (self._options.midi,)
        maps = [*self._own.others, *tables]
        backend = RtMidiBackend(self._options.midi_api)
        self.midi = MidiInput(
            self._bay, self._messages, self._clock, backend, maps, names, desk=self._desk, clocks=self.clocks
        )
        self._desk.told = self.midi.use
        self.midi.start()
        outputs = RtMidiBackend(self._options.midi_api)
        self.midi_out = MidiOutput(self._bay, self._messages, self._clock, outputs, self._desk)
        self.midi_out.start()
