"""The bar after a crash: one press brings the session back, another lets it rest, and it never takes the focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import Rank, Source
from latentjockey.ui.binder import Binder
from latentjockey.ui.offer_bar import OfferBar

Show = Callable[[QWidget, int, int], None]
OSC = Source("osc 127.0.0.1:5000", Rank.OSC)


@pytest.fixture
def window(qapp: QApplication, shown: Show) -> QWidget:
    made = QWidget()
    QVBoxLayout(made)
    shown(made, 600, 300)
    return made


def bar(window: QWidget, binder: Binder, offered: bool = True) -> OfferBar:
    made = OfferBar(binder, offered)
    layout = window.layout()
    assert layout is not None
    layout.addWidget(made)
    QApplication.processEvents()
    return made


def test_one_press_brings_the_session_back(window: QWidget, binder: Binder, bay: Bay, hand: Any) -> None:
    made = bar(window, binder)
    assert made.isVisible()
    hand.click(made.back)
    assert bay.number("/session/restore") == 1.0
    assert not made.isVisible()


def test_it_may_be_let_to_rest(window: QWidget, binder: Binder, bay: Bay) -> None:
    made = bar(window, binder)
    QTest.keyClick(made.rest, Qt.Key.Key_Return)
    assert bay.number("/session/restore") == 0.0
    assert not made.isVisible()


def test_after_a_clean_end_nothing_is_offered(window: QWidget, binder: Binder) -> None:
    made = bar(window, binder, offered=False)
    assert not made.isVisible()


def test_it_goes_when_anybody_brings_the_session_back(window: QWidget, binder: Binder, bay: Bay) -> None:
    made = bar(window, binder)
    bay.write([("/session/restore", 1)], OSC)
    binder.poll()
    assert not made.isVisible()


def test_it_takes_no_focus(window: QWidget, binder: Binder) -> None:
    before = QApplication.focusWidget()
    made = bar(window, binder)
    assert QApplication.focusWidget() is before
    assert made.window() is window
