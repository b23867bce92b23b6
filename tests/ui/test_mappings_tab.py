"""The mappings tab: each gesture, asserted against what MIDI then does to the bay."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.mapping import map_file
from latentjockey.mapping.encoder import Encoding
from latentjockey.mapping.event import MessageKind
from latentjockey.mapping.own_maps import OwnMaps
from latentjockey.mapping.rows import DeviceRow, Row, RowState
from latentjockey.mapping.table import MidiBinding, MidiMap, Mode, Takeover
from latentjockey.surfaces.map_desk import MapDesk
from latentjockey.surfaces.midi_fake import FakeBackend
from latentjockey.surfaces.midi_input import MidiInput
from latentjockey.ui import mapping_cells, mapping_words
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.mapping_columns import ORDER
from latentjockey.ui.mappings_tab import MappingsTab

KNOBS = "Knobs 20:0"
OTHER = "Pads 24:0"
GENERIC = map_file.load(Path(__file__).parents[2] / "presets" / "midi" / "generic.json")
MAP = MidiMap(
    "test",
    bindings=(
        MidiBinding(MessageKind.CC, "/mix/crossfade", 1),
        MidiBinding(MessageKind.CC, "/deck/@/reach", 2),
        MidiBinding(MessageKind.CC, "/gen/gone", 3),
        MidiBinding(MessageKind.NOTE, "/deck/a/randomise", 36),
    ),
)
BANKED = MidiMap(
    "banked",
    bindings=(
        MidiBinding(MessageKind.CC, "/mix/crossfade", 1, bank="one"),
        MidiBinding(MessageKind.CC, "/echo/amount", 1, bank="two"),
        MidiBinding(MessageKind.NOTE, "/midi/shift", 40),
        MidiBinding(MessageKind.NOTE, "/stage/freeze", 41, mode=Mode.TOGGLE),
    ),
    banks=("one", "two"),
)
Show = Callable[[QWidget, int, int], None]


class Rig:
    """``own`` is where the player's maps are kept; nothing is kept without."""

    def __init__(self, bay: Bay, clock: ManualClock, *maps: MidiMap, own: Path | None = None) -> None:
        self.bay, self.clock, self.messages = bay, clock, Messages()
        kept = None if own is None else OwnMaps(own, lambda job: job())
        self.desk = MapDesk(bay, self.messages, clock, kept)
        self.backend = FakeBackend(KNOBS)
        self.input = MidiInput(bay, self.messages, clock, self.backend, maps, desk=self.desk)
        self.desk.told = self.input.use
        self.input.turn()
        self.tab = MappingsTab(self.desk, bay)

    def plug(self, port: str) -> None:
        self.backend.plug(port)
        self.clock.advance(1.0)
        self.input.turn()
        self.tab.refresh()

    def send(self, *data: str, port: str = KNOBS) -> None:
        for message in data:
            self.backend.send(port, bytes.fromhex(message))
            self.clock.advance(0.01)
            self.input.turn()
        self.clock.advance(1.0)
        self.bay.advance()
        self.tab.refresh()

    def turn(self, number: int, *values: int) -> None:
        self.send(*(f"b0 {number:02x} {value:02x}" for value in values))

    def sweep(self, number: int) -> None:
        """From one end to the other and back again, so that every knob has met its control."""
        self.turn(number, *range(127, -1, -3), 0, *range(0, 128, 3), 127)

    def index(self, address: str, n: int = 0) -> int:
        lines = self.tab.list.lines
        return [i for i, line in enumerate(lines) if isinstance(line, Row) and line.binding.address == address][n]

    def row(self, address: str, n: int = 0) -> Row:
        found = self.tab.list.row(self.index(address, n))
        assert found is not None
        return found

    def addresses(self) -> list[str]:
        return [line.binding.address for line in self.tab.list.lines if isinstance(line, Row)]

    def point(self, address: str, column: str, n: int = 0) -> QPoint:
        return self.tab.list.parts(self.index(address, n))[column].center().toPoint()

    def click(self, address: str, column: str = "plays", n: int = 0) -> None:
        viewport, at = self.tab.list.viewport(), self.point(address, column, n)
        QTest.mouseMove(viewport, at)
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=at)

    def double_click(self, address: str, column: str, n: int = 0) -> None:
        at = self.point(address, column, n)
        QTest.mouseDClick(self.tab.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
        QTest.mouseRelease(self.tab.list.viewport(), Qt.MouseButton.LeftButton, pos=at)

    def press_device(self, part: str, n: int = 0) -> None:
        heads = [i for i, line in enumerate(self.tab.list.lines) if isinstance(line, DeviceRow)]
        at = self.tab.list.parts(heads[n])[part].center().toPoint()
        QTest.mouseClick(self.tab.list.viewport(), Qt.MouseButton.LeftButton, pos=at)

    def key(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.tab.list, key, modifier)

    def lines(self) -> list[LineEditor]:
        return [line for line in self.tab.findChildren(LineEditor) if line.isVisible()]

    def type(self, text: str) -> LineEditor:
        (line,) = self.lines()
        line.setText(text)
        QTest.keyClick(line, Qt.Key.Key_Return)
        QApplication.processEvents()
        return line

    def open_menu(self) -> QMenu:
        """The menu that is open; there must be one."""
        (menu,) = [m for m in self.tab.findChildren(QMenu) if m.isVisible()]
        return menu

    def pick(self, words: str) -> None:
        """Choose what begins with these words from the menu that is open, with the arrows."""
        menu = self.open_menu()
        for _ in menu.actions():
            active = menu.activeAction()
            if active is not None and active.text().strip("● ").startswith(words):
                break
            QTest.keyClick(menu, Qt.Key.Key_Down)
        active = menu.activeAction()
        assert active is not None
        assert active.text().strip("● ").startswith(words)
        QTest.keyClick(menu, Qt.Key.Key_Return)
        QApplication.processEvents()

    def drop(self, path: Path) -> None:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        none, left, copied = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton, Qt.DropAction.CopyAction
        QApplication.sendEvent(self.tab, QDragEnterEvent(QPoint(20, 20), copied, data, left, none))
        QApplication.sendEvent(self.tab, QDropEvent(QPointF(20, 20), copied, data, left, none))
        self.clock.advance(1.0)
        self.input.turn()
        self.tab.refresh()


@pytest.fixture
def rig(qapp: QApplication, bay: Bay, clock: ManualClock, shown: Show) -> Rig:
    made = Rig(bay, clock, MAP)
    shown(made.tab, 1200, 300)
    return made


@pytest.fixture
def banked(qapp: QApplication, bay: Bay, clock: ManualClock, shown: Show) -> Rig:
    made = Rig(bay, clock, BANKED)
    shown(made.tab, 1200, 300)
    return made


@pytest.fixture
def kept(qapp: QApplication, bay: Bay, clock: ManualClock, shown: Show, tmp_path: Path) -> Rig:
    """A rig that keeps the player's maps, with a second map to choose."""
    made = Rig(bay, clock, MAP, BANKED, own=tmp_path / "midi")
    shown(made.tab, 1200, 300)
    return made


def test_a_range_is_typed_and_played(rig: Rig) -> None:
    rig.double_click("/mix/crossfade", "range")
    rig.type("-2 … 3")
    rig.sweep(1)
    assert rig.bay.number("/mix/crossfade") == 3.0
    rig.key(Qt.Key.Key_Return)
    rig.type("")
    rig.bay.write([("/mix/crossfade", 0.0)], HAND)
    rig.clock.advance(1.0)
    rig.turn(1, 0, 127)
    rig.bay.advance()
    rig.clock.advance(1.0)
    rig.bay.advance()
    assert rig.bay.number("/mix/crossfade") == 1.0
    assert (rig.row("/mix/crossfade").binding.lo, rig.row("/mix/crossfade").binding.hi) == (None, None)


def test_what_is_no_range_is_refused_with_the_reason(rig: Rig) -> None:
    rig.click("/mix/crossfade", "range")
    rig.key(Qt.Key.Key_Return)
    line = rig.type("far")
    assert line.property("refused")
    assert rig.row("/mix/crossfade").binding.lo is None


def test_a_press_has_no_range_to_type(rig: Rig) -> None:
    rig.click("/deck/a/randomise", "range")
    rig.key(Qt.Key.Key_Return)
    assert rig.lines() == []


@pytest.mark.parametrize("by", ["button", "key"])
def test_learning_by_row(rig: Rig, by: str) -> None:
    rig.click("/mix/crossfade", "learn" if by == "button" else "plays")
    if by == "key":
        rig.key(Qt.Key.Key_M)
    assert rig.tab.heard.text == "move a knob or press a pad for /mix/crossfade · Esc cancels"
    rig.turn(70, 60, 50, 40, 30, 20, 10, 0, 64)
    assert rig.bay.number("/mix/crossfade") == pytest.approx(64 / 127)
    assert "CC 70 ch 1 = 64" in rig.tab.heard.text
    assert rig.row("/mix/crossfade").own
    rig.turn(1, 0)
    assert rig.bay.number("/mix/crossfade") == pytest.approx(64 / 127)
    assert rig.addresses().count("/mix/crossfade") == 1


def test_escape_cancels_learning(rig: Rig) -> None:
    rig.click("/mix/crossfade", "learn")
    rig.key(Qt.Key.Key_Escape)
    assert "Esc" not in rig.tab.heard.text
    rig.turn(70, *range(60, -1, -4), 64)
    assert rig.bay.number("/mix/crossfade") == 0.0


@pytest.mark.parametrize("by", ["button", "Delete"])
def test_a_row_is_deleted_and_undone(rig: Rig, by: str) -> None:
    rig.click("/mix/crossfade", "delete" if by == "button" else "plays")
    if by == "Delete":
        rig.key(Qt.Key.Key_Delete)
    assert "/mix/crossfade" not in [line.binding.address for line in rig.tab.list.lines if isinstance(line, Row)]
    rig.turn(1, 0, 127)
    assert rig.bay.number("/mix/crossfade") == 0.0
    if by == "button":
        QTest.mouseClick(rig.tab.undo_button, Qt.MouseButton.LeftButton)
    else:
        rig.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert rig.tab.heard.name == "taken back:"
    rig.turn(1, 0, 127)
    assert rig.bay.number("/mix/crossfade") == 1.0


def test_nothing_is_left_to_take_back(rig: Rig) -> None:
    QTest.mouseClick(rig.tab.undo_button, Qt.MouseButton.LeftButton)
    assert rig.tab.heard.text == "nothing is left to take back"


def test_a_row_jumps_scales_or_picks_up(rig: Rig) -> None:
    rig.click("/mix/crossfade")
    rig.key(Qt.Key.Key_J)
    rig.turn(1, 100)
    assert rig.bay.number("/mix/crossfade") == pytest.approx(100 / 127)
    rig.key(Qt.Key.Key_J)
    assert rig.row("/mix/crossfade").binding.takeover is Takeover.SCALE
    rig.key(Qt.Key.Key_J)
    rig.bay.write([("/mix/crossfade", 0.0)], HAND)
    rig.clock.advance(1.0)
    rig.turn(1, 90)
    assert rig.bay.number("/mix/crossfade") == 0.0


def test_arrows_go_from_binding_to_binding(rig: Rig) -> None:
    rig.tab.list.setFocus(Qt.FocusReason.TabFocusReason)
    for key, address in (
        (Qt.Key.Key_Up, "/mix/crossfade"),
        (Qt.Key.Key_Down, "/deck/@/reach"),
        (Qt.Key.Key_PageDown, "/deck/a/randomise"),
        (Qt.Key.Key_Down, "/deck/a/randomise"),
        (Qt.Key.Key_PageUp, "/mix/crossfade"),
    ):
        rig.key(key)
        assert rig.tab.list.chosen is not None
        assert rig.tab.list.chosen.binding.address == address


def test_keys_that_are_not_the_lists_play_on(rig: Rig) -> None:
    heard: list[int] = []

    class Outer(QWidget):
        def keyPressEvent(self, event: object) -> None:  # noqa: N802
            heard.append(event.key())  # type: ignore[attr-defined]

    outer = Outer()
    rig.tab.setParent(outer)
    outer.show()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_1, Qt.Key.Key_Escape):
        rig.key(key)
    assert heard == [Qt.Key.Key_Space, Qt.Key.Key_1, Qt.Key.Key_Escape]
    rig.tab.setParent(None)
    outer.deleteLater()


def test_states_are_told_and_follow(rig: Rig) -> None:
    assert rig.row("/gen/gone").state is RowState.ASLEEP
    assert "there is no control" in mapping_words.state_text(rig.row("/gen/gone"), short=False)
    rig.turn(2, 64)
    assert rig.row("/deck/@/reach").state is RowState.LIVE
    rig.bay.write([("/deck/a/reach", 2.0)], HAND)
    rig.clock.advance(1.0)
    rig.tab.refresh()
    assert rig.row("/deck/@/reach").state is RowState.WAITING
    assert rig.row("/deck/@/reach").hand == "reach"
    rig.backend.unplug(KNOBS)
    rig.clock.advance(1.0)
    rig.input.turn()
    rig.tab.refresh()
    head = rig.tab.list.lines[0]
    assert isinstance(head, DeviceRow)
    assert not head.plugged


def test_the_menu_offers_what_fits(rig: Rig) -> None:
    def texts(address: str) -> list[str]:
        menu = rig.tab.list.menu(rig.index(address))
        found = [action.text().split("\t")[0] for action in menu.actions()]
        menu.close()
        return found

    assert texts("/mix/crossfade") == [
        "Learn again: then move a knob", "Type the range…", "Type the message…", "Type the address…", "",
        "Plays as", "When it stands elsewhere", "Encoder", "Shift", "Light", "",
        "Duplicate", "Copy OSC address", "Delete", "", "The map of Knobs…",
    ]  # fmt: skip
    pad = texts("/deck/a/randomise")
    assert "Type the range…" not in pad
    assert "Encoder" not in pad
    assert "When it stands elsewhere" not in pad


def test_the_chosen_row_stays_chosen_when_others_come_and_go(rig: Rig) -> None:
    rig.click("/deck/@/reach")
    rig.desk.arm("/echo/amount")
    rig.turn(70, 0, 10, 20)
    assert rig.tab.list.chosen is not None
    assert rig.tab.list.chosen.binding.address == "/deck/@/reach"


@pytest.mark.parametrize("width", [400, 480, 640, 900, 1200, 1900])
def test_nothing_overlaps_at_any_width(rig: Rig, width: int) -> None:
    rig.tab.resize(width, 300)
    QApplication.processEvents()
    at = rig.tab.list.parts(1)
    order = [at[name] for name in ORDER if at[name].width()]
    assert (len(order) == len(ORDER)) is (width >= 1200)
    assert all(left.right() <= right.left() for left, right in pairwise(order))
    assert order[-1].right() <= rig.tab.list.viewport().width()
    assert at["plays"].width() > 30


def test_only_what_is_visible_is_painted(qapp: QApplication, bay: Bay, clock: ManualClock, shown: Show) -> None:
    asked: list[str] = []

    class Counting:
        layout = bay.layout
        value = staticmethod(bay.value)
        holder = staticmethod(bay.holder)
        last_change = staticmethod(bay.last_change)

        def range(self, address: str) -> tuple[float, float]:
            asked.append(address)
            return bay.range(address)

    many = MidiMap(
        "many", bindings=tuple(MidiBinding(MessageKind.CC, f"/deck/a/z/{n}", n % 128, 1 + n // 128) for n in range(200))
    )
    rig = Rig(bay, clock, many)
    tab = MappingsTab(rig.desk, Counting())
    shown(tab, 700, 240)
    asked.clear()
    tab.list.grab()
    assert 0 < len(set(asked)) < 20


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("", (None, None)),
        ("-2 … 3", (-2.0, 3.0)),
        ("−2 3", (-2.0, 3.0)),
        ("1,5..0", (1.5, 0.0)),
        ("0.5 to 1e3", (0.5, 1000.0)),
        ("… 4", (None, 4.0)),
        ("4 …", (4.0, None)),
    ],
)
def test_ranges_as_people_type_them(text: str, ends: tuple[float | None, float | None]) -> None:
    assert mapping_cells.parse_range(text) == ends


@pytest.mark.parametrize("text", ["3", "1 2 3", "a b", "nan 1", "0 inf", "…………"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match="range"):
        mapping_cells.parse_range(text)


def test_hands_read_the_eight(bay: Bay, clock: ManualClock, qapp: QApplication) -> None:
    rig = Rig(bay, clock, GENERIC)
    assert rig.row("/deck/a/drift/speed").hand == "wander A"
    assert mapping_words.mode_text(rig.row("/stage/freeze"), bay) == "while down"
    assert mapping_words.mode_text(rig.row("/stage/blackout"), bay) == "toggles"
    assert mapping_words.mode_text(rig.row("/panic"), bay) == "presses"
    assert mapping_words.range_text(rig.row("/panic"), bay) == ""


def test_arrows_go_through_the_cells_of_a_row(rig: Rig) -> None:
    rig.click("/mix/crossfade", "message")
    for _ in range(3):
        rig.key(Qt.Key.Key_Right)
    assert rig.tab.list.cell == "mode"
    rig.key(Qt.Key.Key_Return)
    rig.pick("toggles")
    rig.turn(1, 0, 127, 0)
    assert rig.bay.number("/mix/crossfade") == 1.0
    rig.turn(1, 127, 0)
    assert rig.bay.number("/mix/crossfade") == 0.0
    rig.key(Qt.Key.Key_Left)
    assert rig.tab.list.cell == "range"


@pytest.mark.parametrize("by", ["click again", "double-click", "Enter"])
def test_a_cell_is_changed_in_place(rig: Rig, by: str) -> None:
    if by == "double-click":
        rig.double_click("/mix/crossfade", "takeover")
    else:
        rig.click("/mix/crossfade", "takeover")
        assert not [m for m in rig.tab.findChildren(QMenu) if m.isVisible()]  # the first click only chooses
        if by == "Enter":
            rig.key(Qt.Key.Key_Return)
        else:
            rig.click("/mix/crossfade", "takeover")
    rig.pick("jumps")
    rig.turn(1, 100)
    assert rig.bay.number("/mix/crossfade") == pytest.approx(100 / 127)
    assert rig.tab.list.chosen == rig.row("/mix/crossfade")


def test_a_message_is_typed(rig: Rig) -> None:
    rig.double_click("/mix/crossfade", "message")
    rig.type("CC 9 ch 3")
    rig.send("b2 09 00", "b2 09 7f")
    assert rig.bay.number("/mix/crossfade") == 1.0
    rig.turn(1, 127, 0)
    assert rig.bay.number("/mix/crossfade") == 1.0
    assert rig.tab.list.chosen is not None
    assert rig.tab.list.chosen.binding.words() == "CC 9 ch 3"


@pytest.mark.parametrize("text", ["", "knob", "cc", "cc 200", "cc 3 ch 17", "pitch bend 3", "note -1"])
def test_what_is_no_message_is_refused_with_the_reason(rig: Rig, text: str) -> None:
    rig.double_click("/mix/crossfade", "message")
    assert rig.type(text).property("refused")
    assert rig.row("/mix/crossfade").binding.number == 1


def test_an_address_is_typed_also_one_that_sleeps(rig: Rig) -> None:
    rig.double_click("/mix/crossfade", "plays")
    rig.type("/echo/amount")
    rig.turn(1, 0, 127)
    assert (rig.bay.number("/echo/amount"), rig.bay.number("/mix/crossfade")) == (1.0, 0.0)
    rig.key(Qt.Key.Key_Return)
    rig.type("/gen/nowhere")
    assert rig.row("/gen/nowhere").state is RowState.ASLEEP
    rig.key(Qt.Key.Key_Return)
    assert rig.type("echo").property("refused")


def test_an_encoder_is_told_and_sped_up(rig: Rig) -> None:
    rig.double_click("/mix/crossfade", "turns")
    rig.pick("steps, offset 64")
    rig.turn(1, 74)
    assert rig.bay.number("/mix/crossfade") == pytest.approx(10 / 127)
    rig.turn(1, 54)
    assert rig.bay.number("/mix/crossfade") == pytest.approx(0.0)
    rig.key(Qt.Key.Key_Return)
    rig.pick("fast turns count ×4")
    assert rig.row("/mix/crossfade").binding.accelerate == 3.0
    rig.key(Qt.Key.Key_Return)
    rig.pick("positions")
    binding = rig.row("/mix/crossfade").binding
    assert (binding.encoding, binding.accelerate) == (None, None)


def test_a_light_is_switched_off_and_on(rig: Rig) -> None:
    rig.double_click("/mix/crossfade", "light")
    assert rig.row("/mix/crossfade").binding.feedback
    rig.click("/mix/crossfade", "light")
    assert not rig.row("/mix/crossfade").binding.feedback


def test_banks_are_shown_and_turned(banked: Rig) -> None:
    banked.press_device("bank two")
    banked.turn(1, 0, 127)
    assert (banked.bay.number("/echo/amount"), banked.bay.number("/mix/crossfade")) == (1.0, 0.0)
    head = banked.tab.list.lines[0]
    assert isinstance(head, DeviceRow)
    assert (head.banks, head.bank, head.shift) == (("one", "two"), "two", False)
    banked.send("90 28 7f")
    head = banked.tab.list.lines[0]
    assert isinstance(head, DeviceRow)
    assert head.shift


def test_a_binding_goes_to_another_bank(banked: Rig) -> None:
    banked.double_click("/stage/freeze", "bank")
    banked.pick("two")
    banked.send("90 29 7f", "80 29 00")
    assert banked.bay.number("/stage/freeze") == 0.0
    banked.press_device("bank two")
    banked.send("90 29 7f", "80 29 00")
    assert banked.bay.number("/stage/freeze") == 1.0


def test_a_binding_plays_with_shift_only(banked: Rig) -> None:
    banked.double_click("/stage/freeze", "shift")
    banked.pick("with shift")
    banked.send("90 29 7f", "80 29 00")
    assert banked.bay.number("/stage/freeze") == 0.0
    banked.send("90 28 7f", "90 29 7f", "80 29 00", "80 28 00")
    assert banked.bay.number("/stage/freeze") == 1.0


def test_a_device_gets_banks_of_its_own(rig: Rig) -> None:
    rig.press_device("map")
    rig.pick("Add a bank")
    head = rig.tab.list.lines[0]
    assert isinstance(head, DeviceRow)
    assert head.banks == ("1", "2")
    rig.press_device("map")
    rig.pick("Learn: next bank")
    rig.send("90 50 7f", "80 50 00")
    rig.send("90 50 7f", "80 50 00")
    head = rig.tab.list.lines[0]
    assert isinstance(head, DeviceRow)
    assert head.bank == "2"
    assert mapping_words.label(rig.row("/midi/bank/next"), rig.bay) == "next bank"


def test_a_row_is_duplicated_and_its_copy_changed(rig: Rig) -> None:
    rig.click("/mix/crossfade", "plays")
    rig.key(Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert rig.addresses().count("/mix/crossfade") == 2
    assert RowState.CONFLICT in {rig.row("/mix/crossfade", n).state for n in (0, 1)}
    rig.click("/mix/crossfade", "plays", 1)
    rig.key(Qt.Key.Key_Return)
    rig.type("/echo/amount")
    rig.turn(1, 0, 127)
    assert (rig.bay.number("/echo/amount"), rig.bay.number("/mix/crossfade")) == (1.0, 1.0)
    for _ in range(2):
        rig.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert rig.addresses().count("/mix/crossfade") == 1


def test_learning_again_keeps_the_range(rig: Rig) -> None:
    rig.double_click("/mix/crossfade", "range")
    rig.type("0 … 5")
    rig.key(Qt.Key.Key_M)
    rig.turn(70, 60, 50, 40, 30, 20, 10, 0)
    rig.turn(70, 0, 127)
    assert rig.bay.number("/mix/crossfade") == 5.0
    assert rig.desk.armed_row() is None
    rig.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert rig.row("/mix/crossfade").binding.words() == "CC 1 any channel"


def test_a_message_is_marked_as_it_comes(rig: Rig) -> None:
    viewport = rig.tab.list.viewport()
    before = viewport.grab().toImage()
    rig.backend.send(KNOBS, bytes((0xB0, 1, 64)))
    rig.input.turn()
    rig.tab.list.glance()
    marked = viewport.grab().toImage()
    assert marked != before
    rig.clock.advance(1.0)
    rig.tab.list.glance()
    box = rig.tab.list.parts(rig.index("/mix/crossfade"))["message"].toRect()
    assert viewport.grab().toImage().copy(box) == before.copy(box)


def test_a_waiting_knob_says_where_it_stands(rig: Rig) -> None:
    rig.turn(2, 64)
    rig.bay.write([("/deck/a/reach", 2.0)], HAND)
    rig.clock.advance(1.0)
    rig.tab.refresh()
    row = rig.row("/deck/@/reach")
    assert row.stands == pytest.approx(2 * 64 / 127)
    assert mapping_words.state_text(row, short=False) == "waits at 1.01"


def test_rows_are_found_by_what_they_play_and_by_their_device(rig: Rig) -> None:
    rig.plug(OTHER)
    QTest.keyClicks(rig.tab.search.line, "reach pads")
    assert rig.addresses() == ["/deck/@/reach"]
    assert rig.row("/deck/@/reach").device == "Pads"
    QTest.keyClick(rig.tab.search.line, Qt.Key.Key_Escape)
    assert len(rig.addresses()) == 8
    QTest.keyClicks(rig.tab.search.line, "no such thing")
    assert rig.tab.list.lines == ()


def test_one_device_is_shown_alone(rig: Rig) -> None:
    assert not rig.tab.chips.isVisible()
    rig.plug(OTHER)
    assert rig.tab.chips.isVisible()
    at = rig.tab.chips.boxes()["Pads"].center().toPoint()
    QTest.mouseClick(rig.tab.chips, Qt.MouseButton.LeftButton, pos=at)
    assert {row.device for row in rig.tab.list.lines if isinstance(row, Row)} == {"Pads"}


def test_nothing_plugged_in_says_how_to_begin(qapp: QApplication, bay: Bay, clock: ManualClock, shown: Show) -> None:
    tab = MappingsTab(MapDesk(bay, Messages(), clock), bay)
    shown(tab, 900, 200)
    assert tab.list.lines == ()
    assert any("Learn MIDI" in line for line in tab.list.empty)


def test_a_map_is_chosen_and_kept_for_the_device(kept: Rig, bay: Bay, clock: ManualClock, tmp_path: Path) -> None:
    kept.press_device("map")
    kept.pick("banked")
    assert "/stage/freeze" in kept.addresses()
    kept.send("90 29 7f", "80 29 00")
    assert kept.bay.number("/stage/freeze") == 1.0
    again = OwnMaps(tmp_path / "midi", lambda job: job())
    assert again.read() == []
    desk = MapDesk(bay, Messages(), clock, again)
    MidiInput(bay, Messages(), clock, FakeBackend(KNOBS), [MAP, BANKED], desk=desk).turn()
    assert [device.behind for device in desk.device_rows()] == ["banked"]
    kept.press_device("map")
    kept.pick("what its name asks for")
    assert kept.addresses() == [binding.address for binding in MAP.bindings]


def test_choosing_a_map_is_taken_back(kept: Rig) -> None:
    kept.press_device("map")
    kept.pick("banked")
    kept.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert kept.addresses() == [binding.address for binding in MAP.bindings]


def test_all_changes_of_a_device_are_taken_back(kept: Rig, tmp_path: Path) -> None:
    kept.click("/mix/crossfade", "delete")
    kept.double_click("/deck/@/reach", "range")
    kept.type("0 9")
    kept.press_device("map")
    kept.pick("Take all of my changes back")
    assert [line.binding for line in kept.tab.list.lines if isinstance(line, Row)] == list(MAP.bindings)
    assert list((tmp_path / "midi").glob("*.json")) == []
    kept.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "/mix/crossfade" not in kept.addresses()


def test_a_dropped_map_is_kept_and_played(kept: Rig, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    map_file.save(path, MidiMap("mine", bindings=(MidiBinding(MessageKind.CC, "/echo/amount", 1),)))
    kept.drop(path)
    kept.turn(1, 0, 127)
    assert kept.bay.number("/echo/amount") == 1.0
    assert "mine" in kept.desk.maps()
    again = OwnMaps(tmp_path / "midi", lambda job: job())
    again.read()
    assert [midi_map.name for midi_map in again.others] == ["mine"]


def test_what_is_no_map_is_refused_in_a_sentence(kept: Rig, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text("{}")
    kept.drop(path)
    assert kept.addresses() == [binding.address for binding in MAP.bindings]
    assert [m.text for m in kept.messages.recent() if m.serious] == [
        'odd.json is no MIDI map: it lacks "format": "latentjockey-midi-map".'
    ]


def test_a_map_is_typed_by_its_path(kept: Rig, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    map_file.save(path, MidiMap("mine", bindings=(MidiBinding(MessageKind.CC, "/echo/amount", 1),)))
    kept.press_device("map")
    kept.pick("Take in a map file")
    kept.type(str(path))
    kept.turn(1, 0, 127)
    assert kept.bay.number("/echo/amount") == 1.0


def test_what_is_played_is_written_as_one_map(kept: Rig) -> None:
    kept.double_click("/mix/crossfade", "range")
    kept.type("0 … 5")
    kept.click("/gen/gone", "delete")
    kept.press_device("map")
    kept.pick("Write this map to a file")
    written = map_file.load(Path(QGuiApplication.clipboard().text()))
    assert {(b.address, b.hi) for b in written.bindings} == {
        ("/mix/crossfade", 5.0), ("/deck/@/reach", None), ("/deck/a/randomise", None),
    }  # fmt: skip
    assert written.conflicts() == ()


def test_changes_are_saved_at_once(kept: Rig, tmp_path: Path) -> None:
    kept.double_click("/mix/crossfade", "turns")
    kept.pick("steps, sign bit")
    (path,) = (tmp_path / "midi").glob("*.json")
    (binding,) = map_file.load(path).bindings
    assert binding.encoding is Encoding.SIGNED_BIT


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cc 21", "CC 21 any channel"),
        ("CC 21 any channel", "CC 21 any channel"),
        ("note 36 ch10", "note 36 ch 10"),
        ("14-bit CC 3 channel 2", "14-bit CC 3 ch 2"),
        ("nrpn 300", "NRPN 300 any channel"),
        ("pitch bend ch 2", "pitch bend ch 2"),
        ("pitchbend", "pitch bend any channel"),
    ],
)
def test_messages_as_people_type_them(text: str, words: str) -> None:
    old = MidiBinding(MessageKind.CC, "/mix/crossfade", 1, encoding=Encoding.SIGNED_BIT, accelerate=1.0)
    new = mapping_cells.with_message(old, text)
    assert new.words() == words
    assert mapping_cells.with_message(new, new.words()) == new
    if new.kind is not MessageKind.CC:
        assert (new.encoding, new.accelerate) == (None, None)


def test_every_choice_of_a_cell_makes_another_binding(rig: Rig) -> None:
    for address in rig.addresses():
        binding = rig.row(address).binding
        for column in ORDER:
            found = mapping_cells.options(binding, column, ("one", "two"))
            assert sum(option.chosen for option in found if "fast" not in option.words) <= 1
            assert all(option.binding == binding for option in found if option.chosen)
            assert all(option.binding != binding for option in found if not option.chosen)
