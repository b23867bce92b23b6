"""The solo pictures: asked for only while they can be seen, and a click that gives the deck the knobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.ui.binder import Binder
from latentjockey.ui.solo_view import SoloView

Show = Callable[[QWidget, int, int], None]


def test_they_are_wanted_while_any_of_them_is_in_sight(binder: Binder, previews: Any, shown: Show) -> None:
    a, b = (SoloView(binder, deck, previews) for deck in "ab")
    assert not previews.solo_wanted
    shown(a, 112, 84)
    shown(b, 112, 84)
    assert previews.solo_wanted
    a.hide()
    assert previews.solo_wanted
    b.hide()
    assert not previews.solo_wanted
    a.show()
    assert previews.solo_wanted


def test_the_newest_picture_of_its_own_deck_is_shown(binder: Binder, previews: Any, shown: Show, qtbot: Any) -> None:
    view = SoloView(binder, "b", previews)
    shown(view, 112, 84)
    previews.solos["a"] = (7, np.full((9, 16, 3), 250, np.uint8))
    view.poll()
    assert view.image is None
    previews.solos["b"] = (1, np.full((9, 16, 3), 40, np.uint8))
    qtbot.waitUntil(lambda: view.image is not None, timeout=30_000)
    first = view.image
    view.poll()
    assert view.image is first
    previews.solos["b"] = (2, np.full((9, 16, 3), 90, np.uint8))
    view.poll()
    assert view.image is not None
    assert view.image.pixelColor(3, 3).red() == 90


def test_it_says_when_the_stage_shows_just_that(binder: Binder, bay: Bay, previews: Any, shown: Show) -> None:
    a, b = (SoloView(binder, deck, previews) for deck in "ab")

    def on_stage() -> tuple[bool, bool]:
        binder.poll()
        return a.on_stage, b.on_stage

    assert on_stage() == (True, False)
    bay.write([("/mix/crossfade", 0.4)], HAND)
    assert on_stage() == (False, False)
    bay.write([("/mix/crossfade", 1.0)], HAND)
    assert on_stage() == (False, True)
    bay.write([("/mix/offset/fine", -0.5)], HAND)
    assert on_stage() == (False, False)
    bay.write([("/mix/offset/fine", 0.0), ("/mix/crossfade", 1.5)], HAND)
    assert on_stage() == (False, False)


def test_a_click_or_a_key_gives_the_deck_the_knobs(binder: Binder, bay: Bay, shown: Show, hand: Any) -> None:
    a, b = (SoloView(binder, deck, None) for deck in "ab")
    shown(a, 112, 84)
    shown(b, 112, 84)
    hand.click(b)
    binder.poll()
    assert bay.number("/surface/focus") == 1.0
    assert (a.focused, b.focused) == (False, True)
    QTest.keyClick(a, Qt.Key.Key_Space)
    binder.poll()
    assert bay.number("/surface/focus") == 0.0
    assert not a.grab().isNull()
