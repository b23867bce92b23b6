"""The tabs of the studio: made when wanted, folded by the hand or a key, and found as they were left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from latentjockey.ui.actions import Actions
from latentjockey.ui.tabs import Page, Tabs
from latentjockey.ui.window import MainWindow

Show = Callable[[QWidget, int, int], None]
Key = Qt.Key
NAMES = ("one", "two", "three")


class Rig:
    """Three pages that count how often they were made and looked anew."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.looked: list[str] = []
        self.shown: list[str] = []
        self.tabs = Tabs([Page(name, lambda name=name: self._make(name), self._look) for name in NAMES])  # type: ignore[misc]
        self.tabs.shown.connect(self.shown.append)

    def _make(self, name: str) -> QWidget:
        self.made.append(name)
        page = QWidget()
        page.setObjectName(name)
        return page

    def _look(self, page: QWidget) -> None:
        self.looked.append(page.objectName())

    def click(self, hand: Any, name: str) -> None:
        hand.click(self.tabs.heads, self.tabs.heads.box(NAMES.index(name)).center())
        QApplication.processEvents()

    def arrow(self, hand: Any) -> None:
        heads = self.tabs.heads
        hand.click(heads, QPointF(heads.width() - heads.height() / 2, heads.height() / 2))
        QApplication.processEvents()

    def front(self) -> str:
        """The page that can be seen."""
        pages = [self.tabs.page(name) for name in NAMES]
        (seen,) = [page.objectName() for page in pages if page is not None and page.isVisible()] or [""]
        return seen


@pytest.fixture
def rig(qapp: QApplication, shown: Show) -> Rig:
    made = Rig()
    shown(made.tabs, 600, 200)
    return made


def test_nothing_is_made_before_it_is_wanted(rig: Rig, hand: Any) -> None:
    assert rig.made == []
    rig.tabs.make()
    assert rig.made == ["one"]
    rig.click(hand, "three")
    assert rig.made == ["one", "three"]
    rig.click(hand, "one")
    assert rig.made == ["one", "three"]
    assert rig.front() == "one"


def test_a_click_on_the_open_one_folds_and_the_next_opens(rig: Rig, hand: Any) -> None:
    rig.tabs.make()
    high = rig.tabs.sizeHint().height()
    rig.click(hand, "one")
    assert not rig.tabs.open
    assert rig.front() == ""
    assert rig.tabs.sizeHint().height() < high / 3
    rig.click(hand, "one")
    assert rig.front() == "one"
    rig.click(hand, "one")
    rig.click(hand, "two")
    assert rig.front() == "two"
    assert rig.shown == ["", "one", "", "two"]


def test_the_arrow_folds_and_opens(rig: Rig, hand: Any) -> None:
    rig.tabs.make()
    rig.arrow(hand)
    assert rig.front() == ""
    rig.arrow(hand)
    assert rig.front() == "one"


@pytest.mark.parametrize("way", ["arrow", "key", "click"])
def test_what_began_folded_is_not_empty_when_it_opens(rig: Rig, hand: Any, way: str) -> None:
    rig.tabs.choose("two", folded=True)
    rig.tabs.make()
    assert rig.made == []
    if way == "arrow":
        rig.arrow(hand)
    elif way == "key":
        QTest.keyClick(rig.tabs.heads, Key.Key_Return)
    else:
        rig.click(hand, "two")
    assert rig.made == ["two"]
    assert rig.front() == "two"


def test_keys_go_along_and_fold(rig: Rig) -> None:
    rig.tabs.make()
    heads = rig.tabs.heads
    assert heads.focusPolicy() & Qt.FocusPolicy.TabFocus
    for key, front in (
        (Key.Key_Right, "two"),
        (Key.Key_Right, "three"),
        (Key.Key_Right, "one"),
        (Key.Key_Left, "three"),
        (Key.Key_Space, ""),
        (Key.Key_Enter, "three"),
    ):
        QTest.keyClick(heads, key)
        assert rig.front() == front


def test_only_the_page_in_sight_looks_anew(rig: Rig) -> None:
    rig.tabs.refresh()
    assert rig.looked == []
    rig.tabs.make()
    rig.looked.clear()
    rig.tabs.refresh()
    assert rig.looked == ["one"]
    rig.tabs.fold(True)
    rig.tabs.refresh()
    assert rig.looked == ["one"]


def test_what_is_no_page_is_said(rig: Rig) -> None:
    with pytest.raises(KeyError):
        rig.tabs.show_page("four")
    rig.tabs.choose("four", folded=False)  # as kept by a version that had it
    assert rig.tabs.current == "one"


# -- in the window ----------------------------------------------------------------------------------------------------


def test_only_the_tab_in_front_is_there_at_first(window: MainWindow) -> None:
    tabs = window.studio.tabs
    assert [name for name in tabs.heads.names if tabs.page(name) is not None] == ["presets"]
    for name in tabs.heads.names:
        tabs.show_page(name)
        page = tabs.page(name)
        assert page is not None
        assert page.isVisible()
        assert page.width() > window.width() * 0.9


def test_the_next_window_has_the_tab_of_the_last(
    open_window: Callable[..., MainWindow], hand: Any, qtbot: QtBot
) -> None:
    first = open_window()
    first.studio.tabs.show_page("messages")
    first.close()
    second = open_window()
    tabs = second.studio.tabs
    assert (tabs.current, tabs.open) == ("messages", True)
    qtbot.waitUntil(lambda: tabs.page("messages") is not None, timeout=30_000)
    assert tabs.page("presets") is None
    hand.click(tabs.heads, tabs.heads.box(tabs.heads.names.index("messages")).center())
    second.close()
    third = open_window()
    tabs = third.studio.tabs
    assert (tabs.current, tabs.open) == ("messages", False)
    assert not any(tabs.page(name) for name in tabs.heads.names)


def test_tabs_that_nothing_is_given_for_are_away(open_window: Callable[..., MainWindow], actions: Actions) -> None:
    names = open_window(asks=actions).studio.tabs.heads.names
    assert not {"presets", "mappings"} & set(names)
    assert {"messages", "plots", "help"} <= set(names)
