"""The shaders tab under a hand: what gestures do to the bay, and what the bay does to the cards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue_fx import shader_played
from latentjockey.control.source import HAND, Rank, Source
from latentjockey.frames.chain import SlotStatus
from latentjockey.session.rack import Rack, Seat
from latentjockey.session.shader_files import ShaderFiles
from latentjockey.session.shader_shelf import ShaderEntry
from latentjockey.ui.actions import Actions
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.colour_bars import ColourBars
from latentjockey.ui.dropping import shader_mime
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.fx_card import SLOT, FxCard
from latentjockey.ui.fx_inputs import columns
from latentjockey.ui.image_field import ImageField
from latentjockey.ui.shaders_tab import ShadersTab
from latentjockey.ui.slider import Slider
from latentjockey.ui.xy_pad import XYPad

OSC = Source("osc", Rank.OSC)
EVERYTHING = """/*{ "DESCRIPTION": "one of each", "CATEGORIES": ["Light"], "INPUTS": [
  {"NAME": "inputImage", "TYPE": "image"},
  {"NAME": "amount", "TYPE": "float", "MIN": 0.0, "MAX": 2.0, "DEFAULT": 0.5},
  {"NAME": "tint", "TYPE": "color", "DEFAULT": [1.0, 0.5, 0.25, 1.0]},
  {"NAME": "centre", "TYPE": "point2D", "DEFAULT": [0.5, 0.5]},
  {"NAME": "style", "TYPE": "long", "VALUES": [3, 7], "LABELS": ["soft", "hard"], "DEFAULT": 3},
  {"NAME": "flash", "TYPE": "event"},
  {"NAME": "invert", "TYPE": "bool"},
  {"NAME": "mask", "TYPE": "image"}
] }*/ void main() { gl_FragColor = vec4(amount); }"""
PLAIN = '/*{"DESCRIPTION": "nothing but %s", "INPUTS": [{"NAME": "amount", "TYPE": "float"}]}*/ void main() {}'


class Room:
    """A rack over real files whose keeper works at once, and the commands that a conductor would carry out."""

    def __init__(self, bay: Bay, folder: Path) -> None:
        self.bay = bay
        self.brought: list[tuple[Path, int]] = []
        self.states: dict[int, SlotStatus] = {}
        self.looks = 0
        folder.mkdir()
        for name in ("mirror", "grade", "bloom"):
            (folder / f"{name}.fs").write_text(PLAIN % name)
        (folder / "each.fs").write_text(EVERYTHING)
        self._folder = folder
        files = ShaderFiles(folder, folder / "none")
        messages = Messages()
        self.rack = Rack(bay, files, lambda job: job(), lambda chain: None, lambda text: messages.post(0, "fx", text))
        self._entries = tuple(
            ShaderEntry(file, f"nothing but {file.name}", ("Light",) if file.name == "bloom" else ("Blur",), inputs=1)
            for file in files.stored()
        )

    def shaders(self) -> tuple[ShaderEntry, ...]:
        return self._entries

    def look(self) -> None:
        self.looks += 1

    def folder(self) -> Path:
        return self._folder

    def seats(self) -> Mapping[int, Seat]:
        return self.rack.seats()

    def status(self) -> Mapping[int, SlotStatus]:
        return self.states

    def bring(self, path: Path, slot: int = 0) -> None:
        self.brought.append((path, slot))

    def act(self) -> None:
        """What the conductor does with presses and new shaders."""
        for event in self.bay.drain_events():
            if event.address == "/fx/add":
                self.rack.add(event)
            elif event.address.endswith("/clear"):
                self.rack.clear(int(event.address.split("/")[2]), event)
        for slot in range(1, 9):
            self.rack.follow(slot)


class Table:
    """The tab in a window of its own."""

    def __init__(self, bay: Bay, binder: Binder, room: Room) -> None:
        self.bay, self.binder, self.room = bay, binder, room
        self.tab = ShadersTab(binder, room)

    def settle(self) -> None:
        """Hands and shaders arrive in the bay and come back."""
        for _ in range(2):
            self.binder.flush()
            self.room.act()
            self.binder.poll()
            QApplication.processEvents()
        self.tab.refresh()

    def put(self, *names: str) -> None:
        """Shaders come in from elsewhere."""
        for name in names:
            self.bay.write([("/fx/add", name)], OSC)
            self.settle()

    def order(self) -> list[str]:
        """The shaders in the order in which the chain runs, by the bay."""
        here = [n for n in range(1, 9) if self.bay.value(f"/fx/{n}/shader")]
        here.sort(key=lambda n: self.bay.number(f"/fx/{n}/place"))
        return [str(self.bay.value(f"/fx/{n}/shader")) for n in here]

    def card(self, slot: int) -> FxCard:
        return self.tab.chain.cards[slot]

    def one(self, kind: type[QWidget], slot: int = 1) -> QWidget:
        """The only widget of a kind among the inputs of a slot."""
        (found,) = [widget for widget in self.card(slot).inputs if type(widget) is kind]
        return found

    def drop(self, data: QMimeData, at: QPointF, on: QWidget | None = None) -> None:
        """A drag that ends there."""
        target = on or self.tab.chain
        action, button, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(at.toPoint(), action | Qt.DropAction.MoveAction, data, button, none)
        QApplication.sendEvent(target, enter)
        if enter.isAccepted():
            QApplication.sendEvent(target, QDropEvent(at, action | Qt.DropAction.MoveAction, data, button, none))
        self.settle()


@pytest.fixture
def bay(bay: Bay, clock: ManualClock) -> Bay:
    """As the application makes it: a shader that is put in plays."""
    rules = {f"/fx/{n}/shader": shader_played for n in range(1, 9)}
    return Bay(bay.layout, clock, seed_from=len, text_companions=rules)


@pytest.fixture
def table(bay: Bay, binder: Binder, tmp_path: Path, shown: object) -> Table:
    made = Table(bay, binder, Room(bay, tmp_path / "shaders"))
    shown(made.tab, 1240, 160)  # type: ignore[operator]
    made.settle()
    return made


# -- putting in -------------------------------------------------------------------------------------------------------


def test_enter_puts_the_chosen_shader_into_the_chain(table: Table) -> None:
    shaders = table.tab.library.list
    QTest.keyClick(shaders, Qt.Key.Key_Down)
    QTest.keyClick(shaders, Qt.Key.Key_Return)
    table.settle()
    assert table.order() == ["each"]
    assert table.bay.number("/fx/1/on") == 1.0


def test_a_double_click_and_the_plus_put_in(table: Table, hand: object) -> None:
    shaders = table.tab.library.list
    hand.double_click(shaders, QPointF(30, shaders.row_box(0).center().y()))  # type: ignore[attr-defined]
    table.settle()
    assert table.order() == ["bloom"]
    hand.click(shaders, shaders.plus_box(3).center())  # type: ignore[attr-defined]
    table.settle()
    assert table.order() == ["bloom", "mirror"]


def test_searching_by_name_category_and_description(table: Table) -> None:
    shown = table.tab.library
    QTest.keyClicks(shown.search.line, "light")
    assert [entry.name for entry in shown.list.entries] == ["bloom"]
    shown.search.line.clear()
    QTest.keyClicks(shown.search.line, "but mirr")
    QTest.keyClick(shown.search.line, Qt.Key.Key_Return)
    QTest.keyClick(shown.list, Qt.Key.Key_Return)
    table.settle()
    assert table.order() == ["mirror"]


def test_a_shader_dropped_between_two_stands_there(table: Table) -> None:
    table.put("mirror", "grade")
    first = table.card(1).geometry()
    table.drop(shader_mime("bloom", Path("/x/bloom.fs")), QPointF(first.right() - 2, 40))
    assert table.order() == ["mirror", "bloom", "grade"]


def test_a_shader_dropped_on_a_card_takes_its_place(table: Table) -> None:
    table.put("mirror", "grade")
    table.drop(shader_mime("bloom", Path("/x/bloom.fs")), QPointF(table.card(1).geometry().center()))
    assert table.order() == ["bloom", "grade"]
    assert table.bay.value("/fx/1/shader") == "bloom"


def test_a_file_from_the_desktop_is_brought_in(table: Table, tmp_path: Path) -> None:
    table.put("mirror")
    path = tmp_path / "ripple.fs"
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    table.drop(data, QPointF(table.tab.chain.end.geometry().center()))
    table.drop(data, QPointF(table.card(1).geometry().center()))
    table.drop(data, QPointF(40, 60), table.tab.library)
    assert table.room.brought == [(path, 0), (path, 1), (path, 0)]


def test_what_is_no_shader_is_not_taken(table: Table) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/x/notes.txt")])
    table.drop(data, QPointF(20, 20))
    assert (table.order(), table.room.brought) == ([], [])


# -- cards ------------------------------------------------------------------------------------------------------------


def test_cards_stand_in_the_order_of_their_places(table: Table) -> None:
    table.put("mirror", "grade", "bloom")
    table.bay.write([("/fx/1/place", 2.5)], OSC)
    table.settle()
    assert table.tab.chain.order == [2, 1, 3]
    lefts = [table.card(slot).x() for slot in table.tab.chain.order]
    assert lefts == sorted(lefts)
    assert [table.card(slot).head.number for slot in (2, 1, 3)] == [1, 2, 3]


def test_a_card_dragged_behind_the_last_runs_last(table: Table) -> None:
    table.put("mirror", "grade", "bloom")
    data = QMimeData()
    data.setData(SLOT, b"1")
    table.drop(data, QPointF(table.tab.chain.end.geometry().center()))
    assert table.order() == ["grade", "bloom", "mirror"]
    data.setData(SLOT, b"3")
    table.drop(data, QPointF(2, 40))
    assert table.order() == ["bloom", "grade", "mirror"]


def test_arrows_move_a_card_and_stop_at_the_ends(table: Table) -> None:
    table.put("mirror", "grade")
    head = table.card(1).head
    QTest.keyClick(head, Qt.Key.Key_Left)
    table.settle()
    assert table.order() == ["mirror", "grade"]
    QTest.keyClick(head, Qt.Key.Key_Right)
    table.settle()
    assert table.order() == ["grade", "mirror"]


def test_bypass_by_switch_and_by_key(table: Table, hand: object) -> None:
    table.put("mirror")
    hand.click(table.card(1).on)  # type: ignore[attr-defined]
    table.settle()
    assert table.bay.number("/fx/1/on") == 0.0
    QTest.keyClick(table.card(1).head, Qt.Key.Key_Return)
    table.settle()
    assert table.bay.number("/fx/1/on") == 1.0


def test_the_cross_and_delete_take_a_shader_out(table: Table, hand: object) -> None:
    table.put("mirror", "grade")
    head = table.card(1).head
    hand.click(head, head.cross().center())  # type: ignore[attr-defined]
    table.settle()
    assert table.order() == ["grade"]
    QTest.keyClick(table.card(2).head, Qt.Key.Key_Delete)
    table.settle()
    assert table.order() == []
    assert table.tab.chain.cards == {}


def test_the_mix_goes_beyond(table: Table, hand: object) -> None:
    table.put("mirror")
    hand.drag(table.card(1).mix, 200)  # type: ignore[attr-defined]
    table.settle()
    assert table.bay.number("/fx/1/mix") > 1.0


# -- inputs -----------------------------------------------------------------------------------------------------------


def test_every_kind_of_input_has_its_widget(table: Table) -> None:
    table.put("each")
    kinds = [type(widget) for widget in table.card(1).inputs]
    assert kinds == [Slider, ColourBars, XYPad, Choice, ControlButton, Toggle, ImageField]
    for widget in table.card(1).inputs:
        assert table.card(1).rect().contains(widget.geometry())


def test_inputs_are_played_like_any_control(table: Table, hand: object) -> None:
    table.put("each")
    hand.wheel(table.one(Slider), 5)  # type: ignore[attr-defined]
    hand.click(table.one(Toggle))  # type: ignore[attr-defined]
    hand.click(table.one(ControlButton))  # type: ignore[attr-defined]
    QTest.keyClick(table.one(Choice), Qt.Key.Key_Right)
    QTest.keyClick(table.one(XYPad), Qt.Key.Key_PageUp)
    table.settle()
    bay = table.bay
    assert bay.number("/fx/1/amount") > 0.5
    assert [bay.number(f"/fx/1/{end}") for end in ("invert", "flash", "style")] == [1.0, 1.0, 1.0]
    np.testing.assert_allclose(bay.value("/fx/1/centre"), [0.5, 0.6])


def test_a_bar_of_a_colour_is_dragged_beyond_and_put_back(table: Table, hand: object) -> None:
    table.put("each")
    bars = table.one(ColourBars)
    assert isinstance(bars, ColourBars)
    green = bars.track(1).center()
    hand.press(bars, green)  # type: ignore[attr-defined]
    hand.move(bars, green + QPointF(150, 0))  # type: ignore[attr-defined]
    assert table.binder.holder("/fx/1/tint/1") == HAND.name
    hand.release(bars, green + QPointF(150, 0))  # type: ignore[attr-defined]
    table.settle()
    red, green_now, blue, alpha = np.asarray(table.bay.value("/fx/1/tint")).tolist()
    assert (red, blue, alpha) == (1.0, 0.25, 1.0)
    assert green_now > 1.0
    hand.click(bars, green, hand.alt)  # type: ignore[attr-defined]
    table.settle()
    np.testing.assert_array_equal(table.bay.value("/fx/1/tint"), [1.0, 0.5, 0.25, 1.0])


def test_a_colour_by_keys(table: Table) -> None:
    table.put("each")
    bars = table.one(ColourBars)
    QTest.keyClick(bars, Qt.Key.Key_Down)
    QTest.keyClick(bars, Qt.Key.Key_Down)
    QTest.keyClick(bars, Qt.Key.Key_PageUp)
    QTest.keyClick(bars, Qt.Key.Key_Return)
    line = bars.findChild(LineEditor)
    assert isinstance(line, LineEditor)
    QTest.keyClicks(line, "-4.5")
    QTest.keyClick(line, Qt.Key.Key_Return)
    table.settle()
    np.testing.assert_array_equal(table.bay.value("/fx/1/tint"), [1.0, 0.5, -4.5, 1.0])


def test_a_picture_dropped_on_an_image_input(table: Table) -> None:
    table.put("each")
    field = table.one(ImageField)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/somewhere/moon.png")])
    table.drop(data, QPointF(20, 20), field)
    assert table.bay.value("/fx/1/mask") == "/somewhere/moon.png"
    QTest.keyClick(field, Qt.Key.Key_Delete)
    table.settle()
    assert table.bay.value("/fx/1/mask") == ""


def test_another_shader_brings_other_widgets_and_the_neighbour_keeps_its_own(table: Table) -> None:
    table.put("each", "mirror")
    kept = table.card(2).inputs
    table.bay.write([("/fx/1/shader", "grade")], OSC)
    table.settle()
    assert [type(widget) for widget in table.card(1).inputs] == [Slider]
    assert table.card(2).inputs == kept
    table.bay.write([("/fx/1/amount", 0.875)], OSC)
    table.settle()
    slider = table.one(Slider)
    assert isinstance(slider, Slider)
    assert slider.value == 0.875


def test_the_right_click_menu_copies_the_address(table: Table) -> None:
    table.put("each")
    slider = table.one(Slider)
    assert isinstance(slider, Slider)
    menu = slider.menu()
    next(action for action in menu.actions() if action.text() == "Copy OSC address").trigger()
    assert QApplication.clipboard().text() == "/fx/1/amount"
    menu.close()


# -- what is wrong ----------------------------------------------------------------------------------------------------


def test_what_is_wrong_stands_on_the_card(table: Table) -> None:
    table.put("mirror", "never heard of")
    table.room.states[1] = SlotStatus(1, "failed", "no function vec5", 12, 2.0)
    table.settle()
    assert table.card(1).trouble == "line 12: no function vec5"
    assert table.card(2).trouble == "missing: never heard of"
    table.room.states[1] = SlotStatus(1, "playing", "", None, 2.0)
    table.settle()
    assert table.card(1).trouble == ""
    assert table.tab.chain.end.ms == "2.0 ms"


# -- the window -------------------------------------------------------------------------------------------------------


def test_the_tab_stands_behind_the_presets(open_window: object, everything: Actions, bay: Bay, tmp_path: Path) -> None:
    room = Room(bay, tmp_path / "shaders")
    window = open_window(asks=replace(everything, shaders=room))  # type: ignore[operator]
    assert [page.name for page in window.pages.all()][:2] == ["presets", "shaders"]
    window.show_page("shaders")
    assert isinstance(window.studio.tabs.page("shaders"), ShadersTab)
    assert room.looks > 0


@pytest.mark.parametrize(
    ("spans", "rows", "places"),
    [
        ([1, 1, 1, 1], 3, [(0, 0, 1), (0, 1, 1), (0, 2, 1), (1, 0, 1)]),
        ([2, 2, 1], 3, [(0, 0, 2), (1, 0, 2), (1, 2, 1)]),
        ([3, 1], 2, [(0, 0, 2), (1, 0, 1)]),
        ([], 3, []),
    ],
)
def test_inputs_fill_column_by_column(spans: list[int], rows: int, places: list[tuple[int, int, int]]) -> None:
    assert columns(spans, rows) == places
