"""Outputs: which belongs to which input, plugging, ports that fail, loops and leaks; through the fake backend."""

from __future__ import annotations

import random
import threading

import pytest

from latentjockey.base.clock import ManualClock, SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import RECALL
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import MessageKind
from latentjockey.mapping.page import NEXT, SHIFT
from latentjockey.mapping.profile import ECHO, Light, Profile
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode, Takeover
from latentjockey.surfaces.midi_desk import MidiDesk
from latentjockey.surfaces.midi_fake import FakeBackend
from latentjockey.surfaces.midi_input import DevicePage, MidiInput
from latentjockey.surfaces.midi_output import MidiOutput
from latentjockey.surfaces.midi_ports import PortError, output_for

CC, NOTE = MessageKind.CC, MessageKind.NOTE
KNOBS = "Knobs:Knobs MIDI 1 20:0"
LABEL = "Knobs:Knobs MIDI 1"
MAP = MidiMap(
    "test",
    bindings=(
        MidiBinding(CC, "/deck/a/psi", 21, lo=0.0, hi=127.0, bank="A", feedback=(ECHO,)),
        MidiBinding(CC, "/deck/b/psi", 21, lo=0.0, hi=127.0, bank="B", feedback=(ECHO,)),
        MidiBinding(CC, "/mix/crossfade", 22, encoding=Encoding.TWOS_COMPLEMENT, feedback=(ECHO,)),
        MidiBinding(CC, "/echo/amount", 23, lo=0.0, hi=127.0, feedback=(Light(moves=True),)),
        MidiBinding(NOTE, "/stage/freeze", 60, mode=Mode.TOGGLE, feedback=(ECHO,)),
        MidiBinding(NOTE, NEXT, 61),
        MidiBinding(NOTE, SHIFT, 62),
    ),
    banks=("A", "B"),
    feedback=Profile(setup=(bytes.fromhex("f0012203f7"),), teardown=(bytes.fromhex("f0012204f7"),)),
)
TOLD = ("/deck/a/psi", "/deck/b/psi", "/mix/crossfade", "/echo/amount", "/stage/freeze")


class Rig:
    """Inputs and outputs of one fake system; the test makes the turns, the input's before the output's."""

    def __init__(self, backend: FakeBackend, *maps: MidiMap) -> None:
        self.clock = ManualClock(100.0)
        self.bay = Bay(Layout(1, builtin(4, (64, 64))), self.clock)
        self.bay.write([("/deck/a/psi", 50.0), ("/deck/b/psi", 90.0), ("/echo/amount", 30.0)], RECALL)
        self.messages = Messages()
        self.backend = backend
        self.desk = MidiDesk(self.bay, self.messages, self.clock)
        self.input = MidiInput(self.bay, self.messages, self.clock, backend, maps or (MAP,), desk=self.desk)
        self.output = MidiOutput(self.bay, self.messages, self.clock, backend, self.desk)
        self.wait(0.0)

    def wait(self, seconds: float = 1.0) -> None:
        """Let time go by in steps of ten milliseconds."""
        for _ in range(max(1, round(seconds * 100))):
            self.clock.advance(min(seconds, 0.01))
            self.input.turn()
            self.output.turn()
            self.bay.advance()

    def send(self, *data: str, to: str = KNOBS) -> None:
        for message in data:
            assert self.backend.send(to, bytes.fromhex(message))
            self.wait(0.01)

    def told(self, name: str = KNOBS) -> list[str]:
        """What went out since the last call."""
        return [message.hex() for message in self.backend.sent.pop(name, [])]

    def values(self) -> list[float]:
        return [self.bay.number(address) for address in TOLD]


@pytest.mark.parametrize(
    ("device", "names", "part", "found"),
    [
        ("Knobs:Knobs MIDI 1", ("Pads:Pads MIDI 1 24:0", "Knobs:Knobs MIDI 1 20:0"), "", 1),
        ("Knobs:Knobs MIDI 2", ("Knobs:Knobs MIDI 1 20:0", "Knobs:Knobs MIDI 2 20:1"), "", 1),
        ("Knobs MIDI 1 (2)", ("Knobs MIDI 1 20:0", "Knobs MIDI 1 24:0"), "", 1),
        ("Knobs MIDI 1 (2)", ("Knobs MIDI 1 20:0",), "", None),
        ("knobs:out", ("pads:in", "knobs:in"), "", 1),
        ("system:midi_capture_1", ("system:midi_playback_2", "system:midi_playback_1"), "", 1),
        ("MIDIIN2 (Knobs)", ("MIDIOUT1 (Knobs)", "MIDIOUT2 (Knobs)"), "", 1),
        ("Knobs:Knobs CTRL", ("Pads:Pads", "Knobs:Knobs DAW"), "", 1),
        ("Knobs out:Knobs", ("Pads in:Pads", "Knobs in:a port"), "", 1),
        ("Knobs", ("Pads", "Midi Through Port-0"), "", None),
        ("Knobs", ("Pads", "Surface Lights"), "lights", 1),
        ("Knobs", ("latentjockey out:Knobs",), "knobs", None),
    ],
)
def test_which_output_belongs_to_an_input(device: str, names: tuple[str, ...], part: str, found: int | None) -> None:
    assert output_for(device, names, part, "linux") == ("" if found is None else names[found])


def test_all_is_told_within_a_second_of_the_plug_setup_first() -> None:
    rig = Rig(FakeBackend())
    rig.backend.plug(KNOBS)
    rig.wait(1.02)
    assert rig.output.connected() == (LABEL,)
    told = rig.told()
    assert told[0] == "f0012203f7"
    assert sorted(told[1:]) == ["903c00", "b01532", "b01600", "b0171e"]


def test_a_recall_shows_and_what_the_knob_sent_does_not() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.wait(0.2)
    rig.told()
    rig.bay.write([("/deck/a/psi", 100.0), ("/stage/freeze", True)], RECALL)
    rig.wait(0.02)
    assert sorted(rig.told()) == ["903c7f", "b01564"]
    rig.send("b0 15 64", "b0 15 60", "b0 15 50")
    assert rig.bay.number("/deck/a/psi") == 80.0
    rig.wait(0.5)
    assert rig.told() == []


def test_a_knob_that_waits_is_told_where_its_control_stands() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.wait(0.2)
    rig.told()
    rig.send("b0 15 05")
    rig.wait(0.2)
    assert rig.told() == ["b01532"]


def test_a_motor_fader_goes_where_its_control_went_and_has_it_in_hand() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.wait(0.2)
    rig.bay.write([("/echo/amount", 90.0)], RECALL)
    rig.wait(0.05)
    assert rig.told()[-1] == "b0175a"
    assert "/echo/amount" not in rig.desk.waiting()
    rig.send("b0 17 5c")
    assert rig.bay.number("/echo/amount") == 92.0


def test_banks_are_in_the_state_and_on_the_lights() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.wait(0.2)
    assert rig.input.state().pages == (DevicePage(LABEL, "A", False),)
    rig.told()
    rig.send("90 3d 64", "90 3e 64")
    rig.wait(0.1)
    assert rig.input.state().pages == (DevicePage(LABEL, "B", True),)
    assert "b0155a" in rig.told()
    rig.desk.choose_bank(LABEL, "A")
    rig.wait(0.1)
    assert "b01532" in rig.told()


def test_nothing_is_opened_for_a_map_without_lights() -> None:
    rig = Rig(FakeBackend(KNOBS), MidiMap("plain", bindings=(MidiBinding(CC, "/deck/a/psi", 21),)))
    rig.wait()
    assert rig.output.connected() == ()
    assert rig.backend.outputs_open == 0


def test_a_port_that_fails_is_closed_said_once_tried_again_and_told_all() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.wait(0.2)
    rig.told()
    rig.backend.failing.add(KNOBS)
    rig.bay.write([("/deck/a/psi", 100.0)], RECALL)
    rig.wait(3.0)
    assert rig.output.connected() == ()
    serious = [m for m in rig.messages.recent() if m.serious]
    assert [m.count for m in serious] == [1]
    assert "lights" in serious[0].text
    rig.backend.failing.clear()
    rig.wait(1.1)
    told = rig.told()
    assert told[0] == "f0012203f7"
    assert "b01564" in told
    assert rig.backend.outputs_open == 1


def test_a_second_of_a_kind_has_an_output_of_its_own() -> None:
    rig = Rig(FakeBackend("Knobs MIDI 1 20:0", "Knobs MIDI 1 24:0"))
    rig.wait(0.2)
    assert len(rig.output.connected()) == 2
    assert rig.told("Knobs MIDI 1 20:0") == rig.told("Knobs MIDI 1 24:0") != []


def test_the_end_is_dark_and_closes_everything() -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.wait(0.2)
    rig.told()
    rig.output.stop()
    told = rig.told()
    assert told[-1] == "f0012204f7"
    assert "b01500" in told
    assert "b01700" not in told, "a fader stays where it is"
    assert rig.backend.outputs_open == 0


@pytest.mark.parametrize("later", [False, True])
def test_an_output_that_leads_into_its_own_input_makes_no_endless_loop_and_moves_nothing(later: bool) -> None:
    rig = Rig(FakeBackend(KNOBS))
    rig.bay.write([("/deck/a/psi", 50.4), ("/mix/crossfade", 0.503)], RECALL)  # values that seven bits cannot say
    if not later:
        rig.backend.looped.add(KNOBS)
    rig.wait(1.0)
    rig.backend.looped.add(KNOBS)
    rig.told()
    before = rig.values()
    rig.wait(3.0)
    assert rig.told() == []
    assert rig.values() == before
    rig.bay.write([("/deck/a/psi", 70.4), ("/mix/crossfade", 0.703), ("/echo/amount", 3.3)], RECALL)
    before = rig.values()
    rig.wait(3.0)
    assert len(rig.told()) == 3
    assert rig.values() == before
    for freeze in (True, False, True):
        rig.bay.write([("/stage/freeze", freeze)], RECALL)
        before = rig.values()
        rig.wait(1.0)
        assert len(rig.told()) == 1
        assert rig.values() == before


def test_replugging_two_hundred_times_moves_nothing_and_leaks_nothing() -> None:
    rig = Rig(FakeBackend())
    numbers = random.Random(7)
    rig.desk.meet(LABEL, MAP).pages.use(MAP.banks)
    for n in range(200):
        name = f"{LABEL} {numbers.randrange(16, 60)}:0"
        rig.bay.write([(address, float(numbers.randrange(1, 127))) for address in TOLD[:4]], RECALL)
        before = rig.values()
        rig.backend.sent.clear()
        rig.backend.plug(name)
        rig.wait(1.05)
        assert rig.output.connected() == (LABEL,)
        told = rig.told(name)
        assert told[0] == "f0012203f7"
        assert len(told) == 5
        rig.send("b0 15 00" if before[n % 2] > 63 else "b0 15 7f", to=name)  # far from where the control stands
        assert rig.values() == before
        rig.send("90 3d 64", "90 3d 00", to=name)
        assert rig.input.state().pages == (DevicePage(LABEL, "AB"[(n + 1) % 2], False),), "the bank is kept"
        rig.backend.unplug(name)
        rig.wait(1.05)
        assert rig.output.connected() == ()
        assert rig.values() == before
    assert rig.backend.outputs_open == 0


def test_its_thread_ends_and_leaves_no_port() -> None:
    clock = SystemClock()
    bay, messages = Bay(Layout(1, builtin(4, (64, 64))), clock), Messages()
    backend = FakeBackend(KNOBS)
    desk = MidiDesk(bay, messages, clock)
    jumping = MidiMap("m", bindings=(MidiBinding(CC, "/deck/a/psi", 21, takeover=Takeover.JUMP, feedback=(ECHO,)),))
    midi = MidiInput(bay, messages, clock, backend, [jumping], list_every=0.01, desk=desk)
    out = MidiOutput(bay, messages, clock, backend, desk, list_every=0.01)
    midi.start()
    out.start()
    never = threading.Event()
    assert any(out.connected() or never.wait(0.01) for _ in range(6000))
    assert any(backend.sent.get(KNOBS) or never.wait(0.01) for _ in range(6000))
    out.stop()
    midi.stop()
    assert backend.outputs_open == 0
    assert not [t for t in threading.enumerate() if t.name in ("midi", "midi out")]


def test_a_closed_port_takes_nothing() -> None:
    port = FakeBackend(KNOBS).open_output(KNOBS)
    port.close()
    port.close()
    with pytest.raises(PortError):
        port.send(b"\xb0\x01\x02")
