"""Learning, the eight knobs of an unknown controller, undo and what waits: a fake controller, a real bay."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.names import EIGHT
from latentjockey.control.source import HAND
from latentjockey.mapping import map_file
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import MessageKind
from latentjockey.mapping.own_maps import OwnMaps
from latentjockey.mapping.rows import Row, RowState
from latentjockey.mapping.table import MidiBinding, MidiMap, Takeover
from latentjockey.surfaces.midi_desk import MidiDesk
from latentjockey.surfaces.midi_fake import FakeBackend
from latentjockey.surfaces.midi_input import MidiInput

GENERIC = map_file.load(Path(__file__).parents[2] / "presets" / "midi" / "generic.json")
KNOBS = "Knobs 20:0"
ADDRESSES = tuple(address for _, address in EIGHT)


class Rig:
    """A controller, a desk that keeps its maps in ``folder``, and a bay. The test makes the turns."""

    def __init__(self, folder: Path | None = None, *maps: MidiMap, take_eight: bool = True, names: str = KNOBS) -> None:
        self.clock = ManualClock(100.0)
        self.bay = Bay(Layout(1, builtin(8, (64, 64), (), 8)), self.clock)
        self.messages = Messages()
        own = None if folder is None else OwnMaps(folder, lambda job: job())
        if own is not None:
            own.read()
        self.desk = MidiDesk(self.bay, self.messages, self.clock, own, take_eight=take_eight)
        self.backend = FakeBackend(*names.split("|"))
        others = own.others if own is not None else ()
        self.input = MidiInput(
            self.bay, self.messages, self.clock, self.backend, (*others, *(maps or (GENERIC,))), desk=self.desk
        )
        self.input.turn()

    def send(self, *data: str, to: str = KNOBS) -> None:
        for message in data:
            assert self.backend.send(to, bytes.fromhex(message))
            self.clock.advance(0.01)
            self.input.turn()

    def knob(self, number: int, *values: int, to: str = KNOBS) -> None:
        self.send(*(f"b0 {number:02x} {value:02x}" for value in values), to=to)

    def learn(self, address: str, *data: str) -> None:
        self.desk.arm(address)
        self.send(*data)

    def learnt(self) -> list[tuple[str, str]]:
        return [(r.binding.words(), r.binding.address) for r in self.desk.rows() if r.own]

    def row(self, address: str) -> Row:
        return next(r for r in self.desk.rows() if r.binding.address == address)

    def texts(self) -> list[str]:
        return [m.text for m in self.messages.recent()]


SWEEP = tuple(range(0, 128, 4)) + tuple(range(127, -1, -4))


def test_a_knob_is_learnt_and_plays_at_once() -> None:
    rig = Rig(take_eight=False)
    rig.desk.arm("/deck/b/psi")
    assert rig.input.state().armed == rig.desk.armed() == "/deck/b/psi"
    rig.knob(50, 10, 11, 12)
    assert rig.desk.armed(), "one that only jitters is not meant"
    rig.knob(50, 14)
    assert rig.desk.armed() == ""
    assert rig.learnt() == [("CC 50 ch 1", "/deck/b/psi")]
    assert "CC 50 ch 1 plays /deck/b/psi" in rig.texts()[-1]
    rig.knob(50, *SWEEP)
    assert rig.bay.number("/deck/b/psi") == pytest.approx(rig.bay.range("/deck/b/psi")[0], abs=0.2)
    assert rig.input.state().learnt == 1


def test_what_is_learnt_takes_the_message_from_the_map_behind_on_its_channel_alone() -> None:
    rig = Rig(take_eight=False)
    rig.learn("/echo/amount", *(f"b0 02 {v:02x}" for v in (10, 20)))
    before = rig.bay.number("/deck/a/psi")
    rig.knob(2, *SWEEP, 30)
    assert rig.bay.number("/deck/a/psi") == before
    assert rig.bay.number("/echo/amount") == pytest.approx(30 / 127)
    rig.send(*(f"b3 02 {v:02x}" for v in SWEEP))
    assert rig.bay.number("/deck/a/psi") != before


def test_a_pad_is_learnt_by_its_press_which_plays_nothing_and_so_does_its_release() -> None:
    rig = Rig(take_eight=False)
    rig.learn("/stage/freeze", "90 24 64")
    rig.send("90 24 00")
    assert rig.bay.number("/deck/a/cue/1/recall") == 0.0
    assert rig.bay.number("/stage/freeze") == 0.0
    rig.send("90 24 64", "90 24 00")
    assert rig.bay.number("/stage/freeze") == 1.0
    rig.send("90 24 64", "90 24 00")
    assert rig.bay.number("/stage/freeze") == 0.0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (("e0 00 40", "e0 00 50"), "pitch bend ch 1"),
        (("c4 07",), "program 7 ch 5"),
        (tuple(f"b0 03 {v:02x}|b0 23 11" for v in (40, 45, 50, 60)), "14-bit CC 3 ch 1"),
        (("b0 63 02", "b0 62 2c", *(f"b0 06 {v:02x}|b0 26 00" for v in (10, 12, 20))), "NRPN 300 ch 1"),
        (tuple(f"b0 62 {v:02x}" for v in (10, 12, 20)), "CC 98 ch 1"),
        (tuple(f"b0 06 {v:02x}" for v in (10, 12, 20)), "CC 6 ch 1"),
    ],
)
def test_every_kind_is_learnt_and_then_plays(data: tuple[str, ...], words: str) -> None:
    rig = Rig(take_eight=False)
    flat = [part for message in data for part in message.split("|")]
    rig.learn("/echo/turn", *flat)
    assert rig.learnt() == [(words, "/echo/turn")]
    row = rig.row("/echo/turn")
    rig.desk.change(row, replace(row.binding, takeover=Takeover.JUMP))
    revision = rig.bay.revision
    rig.send(*flat)
    assert rig.bay.changes_since(revision)[1][-1].spec.address == "/echo/turn"


def test_several_knobs_may_play_one_control_and_one_knob_only_one() -> None:
    rig = Rig(take_eight=False)
    for number in (50, 51):
        rig.learn("/echo/turn", *(f"b0 {number:02x} {v:02x}" for v in (10, 20)))
    rig.learn("/echo/zoom", "b0 32 40", "b0 32 50")
    assert rig.learnt() == [("CC 51 ch 1", "/echo/turn"), ("CC 50 ch 1", "/echo/zoom")]
    assert rig.desk.mapped("/echo/turn") == "CC 51 ch 1"


def test_disarming_learns_nothing() -> None:
    rig = Rig(take_eight=False)
    rig.desk.arm("/echo/turn")
    rig.desk.disarm()
    rig.knob(50, *SWEEP)
    assert rig.learnt() == []


def test_what_is_learnt_is_there_again_the_next_day(tmp_path: Path) -> None:
    rig = Rig(tmp_path, take_eight=False)
    rig.learn("/deck/@/reach", "b0 32 10", "b0 32 20")
    assert [path.name for path in tmp_path.iterdir()] == ["Knobs.json"]
    again = Rig(tmp_path)
    assert again.learnt() == [("CC 50 ch 1", "/deck/@/reach")]
    assert "1 learnt" in again.texts()[0]
    again.desk.undo_last()
    again.desk.forget("/deck/@/reach")
    assert again.learnt() == []
    assert list(tmp_path.iterdir()) == []
    assert again.desk.undo_last()
    assert again.learnt() == [("CC 50 ch 1", "/deck/@/reach")]
    assert [path.name for path in tmp_path.iterdir()] == ["Knobs.json"]


def test_the_first_eight_knobs_of_an_unknown_controller_take_the_eight_in_order() -> None:
    rig = Rig()
    numbers = (1, 2, 7, 14, 20, 74, 16, 40)
    for number in numbers:
        rig.knob(number, 60, 61, 66)
    assert rig.learnt() == [(f"CC {n} ch 1", a) for n, a in zip(numbers, ADDRESSES, strict=True)]
    told = [t for t in rig.texts() if " plays " in t and "Ctrl-Z" in t]
    assert len(told) == 8
    assert "CC 1 ch 1 plays wander" in told[0]
    assert "CC 40 ch 1 plays echo" in told[7]
    rig.knob(41, *SWEEP)
    assert len(rig.learnt()) == 8, "a ninth takes none"
    before = rig.bay.number("/deck/a/overdrive")
    rig.knob(4, *SWEEP, 99)
    assert rig.bay.number("/deck/a/overdrive") != before, "it plays the map behind"


def test_a_taken_knob_follows_the_focus() -> None:
    rig = Rig()
    for number in (1, 2):
        rig.knob(number, *SWEEP)
    rig.knob(2, *SWEEP, 100)
    reach = rig.bay.range("/deck/a/reach")[1] * 100 / 127
    assert rig.bay.number("/deck/a/reach") == pytest.approx(reach)
    rig.bay.write([("/surface/focus", "b")], HAND)
    assert rig.bay.number("/deck/b/reach") == 1.0
    rig.clock.advance(1.0)
    assert rig.desk.waiting()["/deck/b/reach"] == pytest.approx(reach)
    rig.knob(2, 60, 30)
    assert rig.bay.number("/deck/b/reach") == pytest.approx(rig.bay.range("/deck/b/reach")[1] * 30 / 127)
    assert rig.bay.number("/deck/a/reach") == pytest.approx(reach)


def test_no_knob_plays_the_map_behind_while_it_may_take_one_of_the_eight() -> None:
    rig = Rig()
    rig.knob(1, 0, 1, 2)
    assert rig.bay.number("/mix/crossfade") == 0.0
    rig.send("90 24 64")
    assert rig.bay.number("/deck/a/cue/1/recall") == 1.0, "pads do"


def test_what_is_taken_back_is_not_taken_again_and_its_place_is_open() -> None:
    rig = Rig()
    rig.knob(1, 60, 61, 66)
    assert "wander" in rig.desk.undo_last()
    rig.knob(1, *SWEEP, 127)
    assert rig.learnt() == []
    assert rig.bay.number("/mix/crossfade") == 1.0, "it plays the map behind again"
    rig.knob(30, 60, 61, 66)
    assert rig.learnt() == [("CC 30 ch 1", ADDRESSES[0])]


def test_a_controller_with_a_map_of_its_own_or_with_something_learnt_is_not_unknown() -> None:
    rig = Rig(None, MidiMap("mine", "knobs"), GENERIC)
    rig.knob(50, *SWEEP)
    assert rig.learnt() == []
    rig = Rig()
    rig.learn("/echo/turn", "90 24 64")
    rig.knob(50, *SWEEP)
    assert rig.learnt() == [("note 36 ch 1", "/echo/turn")]


def test_taking_goes_on_the_next_day_where_it_was_left(tmp_path: Path) -> None:
    Rig(tmp_path).knob(50, 60, 61, 66)
    rig = Rig(tmp_path)
    rig.knob(51, 60, 61, 66)
    assert rig.learnt() == [("CC 50 ch 1", ADDRESSES[0]), ("CC 51 ch 1", ADDRESSES[1])]


def test_each_device_learns_for_itself() -> None:
    rig = Rig(take_eight=False, names="Knobs 20:0|Pads 24:0")
    rig.desk.arm("/echo/turn")
    rig.knob(50, 10, 20, to="Pads 24:0")
    assert [r.device for r in rig.desk.rows() if r.own] == ["Pads"]
    rig.desk.arm("/echo/turn")
    rig.knob(50, 10, to=KNOBS)
    rig.knob(50, 30, to="Pads 24:0")
    assert rig.desk.armed(), "two halves of a movement on two devices are none"


def test_rows_are_changed_deleted_and_brought_back() -> None:
    rig = Rig(take_eight=False)
    before = [(r.binding, r.own) for r in rig.desk.rows()]
    row = rig.row("/mix/crossfade")
    rig.desk.change(row, replace(row.binding, lo=-1.0, hi=2.0))
    rig.knob(1, 0, 60, 127)
    assert rig.bay.number("/mix/crossfade") == 2.0
    assert rig.row("/mix/crossfade").own
    rig.desk.delete(rig.row("/deck/a/drift/speed"))
    assert "/deck/a/drift/speed" not in [r.binding.address for r in rig.desk.rows()]
    speed = rig.bay.number("/deck/a/drift/speed")
    rig.knob(6, *SWEEP)
    assert rig.bay.number("/deck/a/drift/speed") == speed
    assert rig.desk.undo_last()
    assert rig.desk.undo_last()
    assert rig.desk.undo_last() == ""
    assert [(r.binding, r.own) for r in rig.desk.rows()] == before


def test_a_row_that_is_gone_is_not_changed() -> None:
    rig = Rig(take_eight=False)
    row = rig.row("/mix/crossfade")
    rig.desk.delete(row)
    rig.desk.change(row, replace(row.binding, lo=0.0, hi=5.0))
    rig.desk.delete(row)
    assert rig.desk.undo_last()
    assert rig.desk.undo_last() == ""
    assert rig.row("/mix/crossfade").binding == row.binding


def test_rows_tell_what_waits_and_unplugged_devices_stay() -> None:
    rig = Rig(take_eight=False)
    rig.knob(2, *SWEEP)
    rig.clock.advance(1.0)
    assert rig.row("/deck/a/psi").state is RowState.LIVE
    rig.bay.write([("/deck/a/psi", 1.5)], HAND)
    rig.clock.advance(1.0)
    assert rig.row("/deck/a/psi").state is RowState.WAITING
    assert list(rig.desk.waiting()) == ["/deck/a/psi"]
    assert rig.input.state().waiting == 1
    rig.backend.unplug(KNOBS)
    rig.clock.advance(1.0)
    rig.input.turn()
    assert rig.desk.waiting() == {}
    assert not rig.row("/deck/a/psi").plugged


def test_the_newest_message_is_told_with_its_device() -> None:
    rig = Rig(take_eight=False)
    rig.knob(2, 64)
    assert rig.desk.last() == "Knobs · CC 2 ch 1 = 64"


def test_learning_while_messages_pour_loses_no_binding() -> None:
    """The desk is used from a window's thread while the port's thread plays."""
    rig = Rig(take_eight=False)
    stop = threading.Event()

    def pour() -> None:
        n = 0
        while not stop.is_set():
            rig.backend.send(KNOBS, bytes((0xB0, 50 + n % 3, n * 5 % 128)))
            rig.input.turn()
            n += 1

    pouring = threading.Thread(target=pour)
    pouring.start()
    try:
        for address in ("/echo/turn", "/echo/zoom", "/echo/amount") * 5:
            rig.desk.arm(address)
            for _ in range(20_000):
                if not rig.desk.armed():
                    break
                rig.desk.rows()
            assert rig.desk.armed() == ""
    finally:
        stop.set()
        pouring.join()
    for _ in range(15):
        assert rig.desk.undo_last()
    assert rig.learnt() == []


def test_a_map_by_hand_beside_what_was_learnt_is_used(tmp_path: Path) -> None:
    by_hand = MidiMap("stage", "knobs", (MidiBinding(MessageKind.CC, "/deck/b/psi", 9),))
    map_file.save(tmp_path / "stage.json", by_hand)
    rig = Rig(tmp_path)
    assert [r.binding for r in rig.desk.rows()] == list(by_hand.bindings)


@pytest.mark.parametrize(
    ("one_way", "back", "encoding"),
    [
        (0x01, 0x7F, Encoding.TWOS_COMPLEMENT),
        (0x01, 0x41, Encoding.SIGNED_BIT),
        (0x41, 0x3F, Encoding.BINARY_OFFSET),
        (0x41, 0x01, Encoding.SIGNED_BIT),
    ],
)
def test_an_encoder_learnt_one_way_is_understood_when_it_turns_back(
    one_way: int, back: int, encoding: Encoding
) -> None:
    rig = Rig(take_eight=False)
    rig.learn("/deck/b/psi", *[f"b0 32 {one_way:02x}"] * 4)
    row = rig.row("/deck/b/psi")
    rig.desk.change(row, replace(row.binding, lo=0.0, hi=127.0))
    rig.bay.write([("/deck/b/psi", 50.0)], HAND)
    rig.clock.advance(1.0)
    before = rig.bay.number("/deck/b/psi")
    rig.send(f"b0 32 {back:02x}")
    assert rig.row("/deck/b/psi").binding.encoding is encoding
    rig.clock.advance(1.0)
    rig.bay.advance()
    assert abs(rig.bay.number("/deck/b/psi") - before) == pytest.approx(1.0), "one step, and no leap"


def test_shift_is_not_learnt_by_holding_it_and_what_is_learnt_is_for_it() -> None:
    shift = MidiBinding(MessageKind.NOTE, "/midi/shift", 90)
    knob = MidiBinding(MessageKind.CC, "/deck/a/psi", 21)
    rig = Rig(None, MidiMap("s", bindings=(shift, knob)), take_eight=False)
    rig.desk.arm("/deck/b/psi")
    rig.send("90 5a 64")
    assert rig.desk.armed()
    rig.knob(21, 10, 20)
    assert rig.desk.armed() == ""
    assert rig.row("/deck/b/psi").binding.shift is True
    assert rig.row("/deck/a/psi").binding == knob
    rig.learn("/midi/bank/next", "90 5b 64")
    assert rig.row("/midi/bank/next").binding.shift is None
