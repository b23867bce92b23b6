"""The classes in large type: played by hand, away without classes, the strongest of many; judged by the bay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.class_cells import MOST, ClassCell, ClassCells
from latentjockey.ui.window import MainWindow

Show = Callable[[QWidget, int, int], None]
KINDS = ("bloom", "moth", "marbled ink", "mask", "eye")
MANY = tuple(f"kind {n}" for n in range(40))


def layout(epoch: int, classes: tuple[str, ...]) -> Layout:
    return Layout(epoch, catalogue.builtin(8, (64, 64), (), 4, classes))


@pytest.fixture
def bay(clock: ManualClock) -> Bay:
    return Bay(layout(1, KINDS), clock)


@pytest.fixture
def cells(binder: Binder, shown: Show) -> ClassCells:
    made = ClassCells(binder, "/deck/a/class", theme.DECK_A)
    shown(made, 270, made.sizeHint().height())
    told(binder)
    return made


def told(binder: Binder) -> None:
    binder.poll()
    QApplication.processEvents()


def names(cells: ClassCells) -> list[str]:
    return [cell.label for cell in cells.cells]


def cell_of(cells: ClassCells, name: str) -> ClassCell:
    return next(cell for cell in cells.cells if cell.label == name)


def held(bay: Bay) -> list[float]:
    return np.asarray(bay.value("/deck/a/class")).tolist()


def test_each_class_has_a_cell_and_a_drag_plays_it_beyond_its_range(
    cells: ClassCells, bay: Bay, binder: Binder, hand: Any
) -> None:
    assert names(cells) == list(KINDS)
    assert all(cells.rect().contains(cell.geometry()) for cell in cells.cells)
    hand.drag(cell_of(cells, "mask"), 400)
    told(binder)
    assert held(bay)[3] > 2.0
    assert held(bay)[:3] == [1.0, 0.0, 0.0]
    hand.drag(cell_of(cells, "mask"), -900)
    told(binder)
    assert held(bay)[3] < 0


def test_its_menu_gives_the_deck_to_one_class(cells: ClassCells, bay: Bay, binder: Binder) -> None:
    menu = cell_of(cells, "marbled ink").menu()
    next(action for action in menu.actions() if action.text() == "Only marbled ink").trigger()
    told(binder)
    assert held(bay) == [0.0, 0.0, 1.0, 0.0, 0.0]


def test_it_is_away_without_classes_and_comes_back(cells: ClassCells, bay: Bay, binder: Binder) -> None:
    bay.install(layout(2, ()))
    told(binder)
    assert not cells.isVisible()
    bay.install(layout(3, KINDS[:2]))
    told(binder)
    assert cells.isVisible()
    assert names(cells) == ["bloom", "moth"]


def test_cells_that_are_not_needed_rest_until_they_are(cells: ClassCells, bay: Bay, binder: Binder) -> None:
    before = set(cells.cells)
    bay.install(layout(2, KINDS[:2]))
    told(binder)
    assert names(cells) == list(KINDS[:2])
    assert all(not cell.isVisible() and cell.spec is None for cell in before - set(cells.cells))
    bay.install(layout(3, KINDS))
    told(binder)
    assert set(cells.cells) == before
    assert names(cells) == list(KINDS)
    binder.write(cell_of(cells, "eye").address, 2.0)
    told(binder)
    assert held(bay)[4] == 2.0 == cell_of(cells, "eye").value


def test_other_classes_of_equal_number_are_played_by_their_own_names(
    cells: ClassCells, bay: Bay, binder: Binder, hand: Any
) -> None:
    bay.install(layout(2, KINDS[::-1]))
    told(binder)
    assert names(cells) == list(KINDS[::-1])
    hand.drag(cell_of(cells, "bloom"), -40)
    told(binder)
    assert held(bay)[4] < 1.0, "bloom is the last one now"
    assert cell_of(cells, "bloom").address == "/deck/a/class/4"


def test_of_many_the_strongest_are_there_and_stay_where_they_are(
    binder: Binder, bay: Bay, shown: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClassCells, "underMouse", lambda self: False)
    bay.install(layout(2, MANY))
    told(binder)
    made = ClassCells(binder, "/deck/a/class", theme.DECK_A)
    shown(made, 270, 200)
    told(binder)
    bay.write([("/deck/a/class/30", -2.0), ("/deck/a/class/20", 0.5)], RECALL)
    told(binder)
    before = names(made)
    assert len(before) == MOST
    assert {"kind 0", "kind 20", "kind 30"} <= set(before)
    bay.write([("/deck/a/class/20", 3.0)], HAND)
    told(binder)
    assert names(made) == before, "who is stronger than whom changes all the time"


def test_names_become_smaller_together_before_any_is_cut(cells: ClassCells, shown: Show) -> None:
    large = cells.name_size
    cells.resize(190, cells.height())
    QApplication.processEvents()
    assert cells.name_size < large


def test_both_decks_have_their_classes_in_the_large_view(window: MainWindow, bay: Bay, binder: Binder) -> None:
    bay.write([("/surface/view", 1)], HAND)
    window.binder.poll()
    QApplication.processEvents()
    found = [view for view in window.findChildren(ClassCells) if view.isVisible()]
    assert sorted(view.address for view in found) == ["/deck/a/class", "/deck/b/class"]
    for view in found:
        panel = view.parentWidget()
        assert panel is not None
        assert panel.rect().contains(view.geometry())
