"""The mappings tab: each gesture, asserted against what MIDI then does to the bay."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.mapping import map_file
from latentjockey.mapping.event import MessageKind
from latentjockey.mapping.rows import Row, RowState
from latentjockey.mapping.table import MidiBinding, MidiMap
from latentjockey.surfaces.midi_desk import MidiDesk
from latentjockey.surfaces.midi_input import MidiInput
from latentjockey.surfaces.midi_ports import FakeBackend
from latentjockey.ui import mapping_words
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.mappings_tab import MappingsTab

KNOBS = "Knobs 20:0"
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
Show = Callable[[QWidget, int, int], None]


class Rig:
    def __init__(self, bay: Bay, clock: ManualClock, midi_map: MidiMap) -> None:
        self.bay, self.clock = bay, clock
        self.desk = MidiDesk(bay, Messages(), clock)
        self.backend = FakeBackend(KNOBS)
        self.input = MidiInput(bay, Messages(), clock, self.backend, [midi_map], desk=self.desk)
        self.input.turn()
        self.tab = MappingsTab(self.desk, bay)

    def send(self, *data: str) -> None:
        for message in data:
            self.backend.send(KNOBS, bytes.fromhex(message))
            self.clock.advance(0.01)
            self.input.turn()
        self.clock.advance(1.0)
        self.tab.refresh()

    def turn(self, number: int, *values: int) -> None:
        self.send(*(f"b0 {number:02x} {value:02x}" for value in values))

    def index(self, address: str) -> int:
        return next(
            i for i, line in enumerate(self.tab.list.lines) if isinstance(line, Row) and line.binding.address == address
        )

    def row(self, address: str) -> Row:
        found = self.tab.list.row(self.index(address))
        assert found is not None
        return found

    def point(self, address: str, column: str) -> QPoint:
        return self.tab.list.columns(self.index(address))[column].center().toPoint()

    def click(self, address: str, column: str = "plays") -> None:
        viewport = self.tab.list.viewport()
        QTest.mouseMove(viewport, self.point(address, column))
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=self.point(address, column))

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


@pytest.fixture
def rig(qapp: QApplication, bay: Bay, clock: ManualClock, shown: Show) -> Rig:
    made = Rig(bay, clock, MAP)
    shown(made.tab, 700, 300)
    return made


def test_a_range_is_typed_and_played(rig: Rig) -> None:
    viewport = rig.tab.list.viewport()
    QTest.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=rig.point("/mix/crossfade", "range"))
    rig.type("-2 … 3")
    rig.turn(1, 0, 127)
    rig.turn(1, *range(127, -1, -3), 0, 127)
    assert rig.bay.number("/mix/crossfade") == 3.0
    rig.click("/mix/crossfade")
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
    rig.click("/mix/crossfade")
    rig.key(Qt.Key.Key_Return)
    line = rig.type("far")
    assert line.property("refused")
    assert rig.row("/mix/crossfade").binding.lo is None


def test_a_press_has_no_range_to_type(rig: Rig) -> None:
    rig.click("/deck/a/randomise")
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
    assert rig.tab.list.row(1) is not None
    assert rig.tab.list.row(1).own  # type: ignore[union-attr]


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


def test_a_row_jumps_or_picks_up(rig: Rig) -> None:
    rig.click("/mix/crossfade")
    rig.key(Qt.Key.Key_J)
    rig.turn(1, 100)
    assert rig.bay.number("/mix/crossfade") == pytest.approx(100 / 127)
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
    for key in (Qt.Key.Key_Space, Qt.Key.Key_1, Qt.Key.Key_Left, Qt.Key.Key_Escape):
        rig.key(key)
    assert heard == [Qt.Key.Key_Space, Qt.Key.Key_1, Qt.Key.Key_Left, Qt.Key.Key_Escape]
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
    assert rig.tab.list.lines[0] == "Knobs · unplugged"


def test_the_menu_offers_what_fits(rig: Rig) -> None:
    def texts(address: str) -> list[str]:
        menu = rig.tab.list.menu(rig.index(address))
        found = [action.text().split("\t")[0] for action in menu.actions()]
        menu.close()
        return found

    assert texts("/mix/crossfade") == [
        "Learn: then move a knob", "Type the range…", "Let it jump", "Copy OSC address", "Delete",
    ]  # fmt: skip
    assert texts("/deck/a/randomise") == ["Learn: then move a knob", "Copy OSC address", "Delete"]


def test_the_chosen_row_stays_chosen_when_others_come_and_go(rig: Rig) -> None:
    rig.click("/deck/@/reach")
    rig.desk.arm("/echo/amount")
    rig.turn(70, 0, 10, 20)
    assert rig.tab.list.chosen is not None
    assert rig.tab.list.chosen.binding.address == "/deck/@/reach"


@pytest.mark.parametrize("width", [320, 480, 900])
def test_nothing_overlaps_at_any_width(rig: Rig, width: int) -> None:
    rig.tab.resize(width, 300)
    QApplication.processEvents()
    at = rig.tab.list.columns(1)
    order = [at[name] for name in ("message", "plays", "range", "how", "state") if at[name].width()]
    assert all(left.right() <= right.left() for left, right in pairwise(order))
    assert order[-1].right() <= rig.tab.list.viewport().width()
    assert at["plays"].width() > 30


def test_only_what_is_visible_is_painted(qapp: QApplication, bay: Bay, clock: ManualClock, shown: Show) -> None:
    asked: list[str] = []

    class Counting:
        layout = bay.layout
        value = staticmethod(bay.value)
        holder = staticmethod(bay.holder)

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
    assert mapping_words.parse_range(text) == ends


@pytest.mark.parametrize("text", ["3", "1 2 3", "a b", "nan 1", "0 inf", "…………"])
def test_what_is_no_range(text: str) -> None:
    with pytest.raises(ValueError, match="range"):
        mapping_words.parse_range(text)


def test_hands_read_the_eight(bay: Bay, clock: ManualClock, qapp: QApplication) -> None:
    rig = Rig(bay, clock, GENERIC)
    assert rig.row("/deck/a/drift/speed").hand == "wander A"
    assert mapping_words.how_text(rig.row("/stage/freeze"), bay) == "while down"
    assert mapping_words.how_text(rig.row("/stage/blackout"), bay) == "toggles"
    assert mapping_words.how_text(rig.row("/panic"), bay) == "presses"
    assert mapping_words.range_text(rig.row("/panic"), bay) == ""
