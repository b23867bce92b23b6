"""The preset browser: what a hand does there, judged by the commands in the bay and by what the shelf was told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction, QDrag, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import RECALL
from latentjockey.presets.store import StoredPreset
from latentjockey.session.shelf import PresetContent
from latentjockey.ui.binder import Binder
from latentjockey.ui.dropping import dropped
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.preset_browser import PresetBrowser
from latentjockey.ui.thumbnails import AT_ONCE, Thumbnails

Show = Callable[[QWidget, int, int], None]
NAMES = ("Blown glass", "Dawn", "Evening at sea", "Furnace", "Porthole", "Reef")
OWN = ("Dawn", "Reef")


class FakeShelf:
    """A shelf whose files are there at once, unless they are ``unread``."""

    def __init__(self, names: tuple[str, ...] = NAMES) -> None:
        self._presets = tuple(StoredPreset(n, Path(f"/p/{n}.json").absolute(), n in OWN, 1) for n in names)
        self.told: list[tuple[str, str]] = []
        self.looks = 0
        self.unread: set[str] = set()
        self.contents: dict[str, PresetContent] = {}
        self.model = "cppn"

    def presets(self) -> tuple[StoredPreset, ...]:
        return self._presets

    def look(self) -> None:
        self.looks += 1

    def playing(self) -> str:
        return self.model

    def content(self, preset: StoredPreset) -> PresetContent | None:
        if preset.name in self.unread:
            return None
        return self.contents.get(preset.name, PresetContent("cppn", (("/deck/a/psi", float(preset.stamp)),)))

    def delete(self, name: str) -> None:
        self.told.append(("delete", name))
        self._presets = tuple(p for p in self._presets if p.name != name)

    def undelete(self, name: str) -> None:
        self.told.append(("undelete", name))

    def replace(self, name: str, stamp: int) -> None:
        self._presets = tuple(
            StoredPreset(p.name, p.path, p.own, stamp) if p.name == name else p for p in self._presets
        )


@pytest.fixture
def shelf() -> FakeShelf:
    return FakeShelf()


@pytest.fixture
def thumbnails(previews: Any) -> Thumbnails:
    return Thumbnails(previews)


@pytest.fixture
def browser(binder: Binder, shelf: FakeShelf, thumbnails: Thumbnails, shown: Show) -> PresetBrowser:
    made = PresetBrowser(binder, shelf, thumbnails)
    shown(made, 980, 200)
    return made


def tile(browser: PresetBrowser, name: str) -> QPointF:
    box = browser.grid.box_of(name)
    assert box.isValid(), name
    return QPointF(box.center())


def type_into(widget: QWidget, text: str) -> None:
    editor = widget.findChild(LineEditor)
    assert editor is not None
    editor.setText(text)
    QTest.keyClick(editor, Qt.Key.Key_Return)


def names(browser: PresetBrowser) -> list[str]:
    return [preset.name for preset in browser.grid.presets]


def pick(menu: QMenu, words: str) -> QAction:
    (action,) = (action for action in menu.actions() if action.text().startswith(words))
    return action


def test_presets_of_what_plays_come_first(browser: PresetBrowser, shelf: FakeShelf) -> None:
    models = {"Dawn": "moths", "Furnace": "moths+eyes", "Porthole": "eyes"}
    shelf._presets = tuple(replace(p, model=models.get(p.name, "cppn")) for p in shelf._presets)
    browser.refresh()
    assert names(browser)[0] == "Blown glass"
    shelf.model = "moths+eyes"
    browser.refresh()
    assert names(browser) == ["Furnace", "Dawn", "Porthole", "Blown glass", "Evening at sea", "Reef"]


# -- recalling ------------------------------------------------------------------------------------------------------


def test_a_click_recalls_and_the_tile_is_marked(browser: PresetBrowser, bay: Bay, binder: Binder, hand: Any) -> None:
    hand.click(browser.grid, tile(browser, "Furnace"))
    assert bay.value("/preset/recall") == "Furnace"
    binder.poll()
    assert browser.grid.current == "Furnace"


def test_whoever_recalls_marks_the_tile(browser: PresetBrowser, bay: Bay, binder: Binder) -> None:
    bay.write([("/preset/recall", "Reef")], RECALL)
    binder.poll()
    assert browser.grid.current == "Reef"


def test_arrows_and_enter_recall(browser: PresetBrowser, bay: Bay) -> None:
    QTest.keyClick(browser.grid, Qt.Key.Key_Right)
    QTest.keyClick(browser.grid, Qt.Key.Key_Right)
    QTest.keyClick(browser.grid, Qt.Key.Key_Left)
    QTest.keyClick(browser.grid, Qt.Key.Key_Return)
    assert bay.value("/preset/recall") == "Dawn"


def test_a_press_that_leaves_the_tile_recalls_nothing(browser: PresetBrowser, bay: Bay, hand: Any) -> None:
    hand.press(browser.grid, tile(browser, "Furnace"))
    hand.release(browser.grid, tile(browser, "Reef"))
    assert bay.value("/preset/recall") == ""


def test_the_morph_time_is_typed_beyond_its_range(browser: PresetBrowser, bay: Bay, hand: Any) -> None:
    hand.click(browser.morph)
    type_into(browser.morph, "42,5")
    assert bay.number("/preset/morph") == 42.5


# -- searching ------------------------------------------------------------------------------------------------------


def test_every_letter_narrows_and_escape_brings_all_back(browser: PresetBrowser) -> None:
    QTest.keyClicks(browser.search.line, "e")
    assert names(browser) == ["Evening at sea", "Furnace", "Porthole", "Reef"]
    QTest.keyClicks(browser.search.line, "ve")
    assert names(browser) == ["Evening at sea"]
    browser.search.line.setText("SEA eve")
    assert names(browser) == ["Evening at sea"]
    QTest.keyClicks(browser.search.line, "zz")
    assert names(browser) == []
    QTest.keyClick(browser.search.line, Qt.Key.Key_Escape)
    assert names(browser) == list(NAMES)


def test_enter_in_the_search_then_enter_recalls_the_first_found(browser: PresetBrowser, bay: Bay) -> None:
    QTest.keyClicks(browser.search.line, "port")
    QTest.keyClick(browser.search.line, Qt.Key.Key_Return)
    QTest.keyClick(browser.grid, Qt.Key.Key_Return)
    assert bay.value("/preset/recall") == "Porthole"


# -- saving and deleting --------------------------------------------------------------------------------------------


def test_save_as_sends_the_name_and_marks_it(browser: PresetBrowser, bay: Bay, hand: Any) -> None:
    hand.click(browser.name)
    type_into(browser.name, "  Night/market ")
    assert bay.value("/preset/save") == "Night_market"
    assert browser.grid.current == "Night_market"
    assert not browser.note.isVisible()


def test_an_empty_name_is_refused_where_it_was_typed(browser: PresetBrowser, bay: Bay, hand: Any) -> None:
    hand.click(browser.name)
    type_into(browser.name, "   ")
    assert bay.value("/preset/save") == ""
    assert browser.name.findChild(LineEditor) is not None


def test_saving_over_ones_own_can_be_undone(browser: PresetBrowser, shelf: FakeShelf, hand: Any) -> None:
    hand.click(browser.name)
    type_into(browser.name, "Dawn")
    assert "saved over" in browser.note.text
    hand.click(browser.note, QPointF(browser.note.width() - 8, 13))
    assert shelf.told == [("undelete", "Dawn")]
    assert not browser.note.isVisible()


def test_delete_and_undo_on_one_line(browser: PresetBrowser, shelf: FakeShelf, hand: Any) -> None:
    hand.press(browser.grid, tile(browser, "Dawn"))
    hand.release(browser.grid, QPointF(-5, -5))  # only the keys are there now
    QTest.keyClick(browser.grid, Qt.Key.Key_Delete)
    assert shelf.told == [("delete", "Dawn")]
    browser.refresh()
    assert "Dawn" not in names(browser)
    assert browser.note.isVisible()
    hand.click(browser.note, QPointF(4, 13))  # beside the word: nothing
    QTest.keyClick(browser.note, Qt.Key.Key_Return)
    assert shelf.told == [("delete", "Dawn"), ("undelete", "Dawn")]
    assert not browser.note.isVisible()


def test_what_is_bundled_cannot_be_deleted(browser: PresetBrowser, shelf: FakeShelf) -> None:
    index = NAMES.index("Furnace")
    for _ in range(index):
        QTest.keyClick(browser.grid, Qt.Key.Key_Right)
    QTest.keyClick(browser.grid, Qt.Key.Key_Delete)
    menu = browser.grid.menu(index)
    assert not pick(menu, "bundled").isEnabled()
    assert not any(action.text().startswith("Delete") for action in menu.actions())
    menu.close()
    assert shelf.told == []


def test_the_menu_recalls_copies_and_deletes(browser: PresetBrowser, bay: Bay, shelf: FakeShelf) -> None:
    menu = browser.grid.menu(NAMES.index("Dawn"))
    clipboard = QGuiApplication.clipboard()
    pick(menu, "Recall").trigger()
    assert bay.value("/preset/recall") == "Dawn"
    pick(menu, "Copy name").trigger()
    assert clipboard.text() == "Dawn"
    pick(menu, "Copy OSC message").trigger()
    assert clipboard.text() == '/preset/recall "Dawn"'
    pick(menu, "Delete").trigger()
    assert shelf.told == [("delete", "Dawn")]
    menu.close()


# -- pictures -------------------------------------------------------------------------------------------------------


def test_tiles_in_sight_get_their_pictures_a_few_at_a_time(
    browser: PresetBrowser, thumbnails: Thumbnails, previews: Any
) -> None:
    browser.grid.ask_pictures()
    thumbnails.poll()
    assert len(previews.orders) == AT_ONCE
    for _ in range(6):
        previews.make()
        thumbnails.poll()
    assert sorted(previews.orders) == sorted(f"preset {name} 1" for name in NAMES)
    assert previews.wanted["preset Dawn 1"] == (("/deck/a/psi", 1.0),)
    assert thumbnails.image("preset Dawn 1") is not None


def test_only_what_can_be_seen_is_asked_for(binder: Binder, thumbnails: Thumbnails, previews: Any, shown: Show) -> None:
    many = FakeShelf(tuple(f"Place {n:03d}" for n in range(400)))
    browser = PresetBrowser(binder, many, thumbnails)
    shown(browser, 640, 200)
    for _ in range(100):
        browser.grid.ask_pictures()
        thumbnails.poll()
        previews.make()
    assert 0 < len(previews.orders) <= 12
    assert "preset Place 000 1" in previews.orders
    before = len(previews.orders)
    browser.grid.reveal("Place 399")
    QApplication.processEvents()
    for _ in range(20):
        browser.grid.ask_pictures()
        thumbnails.poll()
        previews.make()
    assert "preset Place 399 1" in previews.orders
    assert len(previews.orders) <= before + 12
    browser.hide()
    waits = len(previews.orders)
    thumbnails.poll()
    assert len(previews.orders) == waits


def test_another_version_of_the_file_gets_another_picture(
    browser: PresetBrowser, shelf: FakeShelf, thumbnails: Thumbnails, previews: Any
) -> None:
    for _ in range(4):
        browser.grid.ask_pictures()
        thumbnails.poll()
        previews.make()
    shelf.replace("Dawn", 2)
    browser.refresh()
    browser.grid.ask_pictures()
    thumbnails.poll()
    assert previews.orders[-1] == "preset Dawn 2"
    assert previews.wanted["preset Dawn 2"] == (("/deck/a/psi", 2.0),)


def test_files_of_another_model_damaged_and_unread_ones_ask_for_nothing(
    binder: Binder, shelf: FakeShelf, thumbnails: Thumbnails, previews: Any, shown: Show
) -> None:
    shelf.contents["Dawn"] = PresetContent("painted eyes")
    shelf.contents["Reef"] = PresetContent("", trouble="Reef.json is damaged.")
    shelf.unread.add("Furnace")
    browser = PresetBrowser(binder, shelf, thumbnails)
    shown(browser, 980, 200)
    for _ in range(8):
        browser.grid.ask_pictures()
        thumbnails.poll()
        previews.make()
    assert sorted(previews.orders) == [f"preset {name} 1" for name in ("Blown glass", "Evening at sea", "Porthole")]
    assert "painted eyes" in browser.grid.tip(NAMES.index("Dawn"))
    assert "damaged" in browser.grid.tip(NAMES.index("Reef"))
    shelf.unread.clear()
    browser.grid.ask_pictures()
    thumbnails.poll()
    assert previews.orders[-1] == "preset Furnace 1"


def test_without_previews_the_tiles_show_and_recall_all_the_same(
    binder: Binder, bay: Bay, shelf: FakeShelf, shown: Show, hand: Any
) -> None:
    browser = PresetBrowser(binder, shelf, Thumbnails(None))
    shown(browser, 980, 200)
    browser.grid.ask_pictures()
    assert not browser.grab().isNull()
    hand.click(browser.grid, tile(browser, "Porthole"))
    assert bay.value("/preset/recall") == "Porthole"


def test_it_looks_at_the_shelf_only_while_it_is_in_sight(browser: PresetBrowser, shelf: FakeShelf, qtbot: Any) -> None:
    seen = shelf.looks
    qtbot.waitUntil(lambda: shelf.looks > seen, timeout=30_000)
    browser.hide()
    assert not browser._timer.isActive()


# -- shape ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wide", "high"), [(480, 150), (1260, 200), (1900, 260), (3000, 620)])
def test_no_tile_lies_over_another_or_outside(browser: PresetBrowser, wide: int, high: int) -> None:
    browser.resize(wide, high)
    QApplication.processEvents()
    boxes = [browser.grid.box_of(name) for name in NAMES]
    for index, box in enumerate(boxes):
        assert browser.grid.rect().contains(box)
        assert not any(box.intersects(other) for other in boxes[index + 1 :])


def test_a_dragged_tile_carries_its_name_and_its_file_and_recalls_nothing(
    browser: PresetBrowser, bay: Bay, hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: list[tuple[str, list[str]]] = []

    def carry(drag: QDrag, *actions: Qt.DropAction) -> Qt.DropAction:
        assert actions == (Qt.DropAction.CopyAction,)  # the file stays where it is
        carried.append((dropped(drag.mimeData()), [url.toLocalFile() for url in drag.mimeData().urls()]))
        return Qt.DropAction.IgnoreAction

    monkeypatch.setattr(QDrag, "exec", carry)
    start = tile(browser, "Dawn")
    hand.press(browser.grid, start)
    hand.move(browser.grid, start + QPointF(40, 8))
    hand.release(browser.grid, start + QPointF(40, 8))
    assert carried == [("Dawn", [Path("/p/Dawn.json").absolute().as_posix()])]
    assert bay.value("/preset/recall") == ""


def test_the_tooltip_says_what_a_tile_is(browser: PresetBrowser) -> None:
    tip = browser.grid.tip(NAMES.index("Dawn"))
    assert "yours" in tip
    assert "cppn" in tip
    assert "bundled" in browser.grid.tip(0)


def test_those_of_the_model_that_plays_stand_first(shelf: FakeShelf, browser: PresetBrowser) -> None:
    models = dict.fromkeys(("Dawn", "Porthole"), "night-garden")
    shelf._presets = tuple(replace(p, model=models.get(p.name, "cppn")) for p in shelf._presets)
    browser.refresh()
    assert [p.name for p in browser.grid.presets] == [
        "Blown glass",
        "Evening at sea",
        "Furnace",
        "Reef",
        "Dawn",
        "Porthole",
    ]
    shelf.model = "night-garden"
    browser.refresh()
    assert [p.name for p in browser.grid.presets][:3] == ["Dawn", "Porthole", "Blown glass"]
