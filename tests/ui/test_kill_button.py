"""The kill: click, hold and key, judged by what the bay holds afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.control.bay import Bay
from latentjockey.control.source import HAND
from latentjockey.ui.binder import Binder
from latentjockey.ui.kill_button import HOLD_MS, KillButton

EQ = "/deck/a/eq/middle"
Show = Callable[[QWidget, int, int], None]


@pytest.fixture
def kill(binder: Binder, bay: Bay, shown: Show) -> KillButton:
    bay.write([(EQ, 1.4)], HAND)
    made = KillButton(binder, EQ, "middle")
    shown(made, 80, 26)
    return made


def test_a_click_kills_and_the_next_brings_back(kill: KillButton, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(kill)
    binder.poll()
    assert bay.number(EQ) == 0.0
    assert kill.killed
    hand.click(kill)
    binder.poll()
    assert bay.number(EQ) == 1.4
    assert not kill.killed


def test_two_fast_clicks_are_two_clicks(kill: KillButton, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.double_click(kill, QPointF(40, 13))
    binder.poll()
    assert bay.number(EQ) == 1.4
    assert bay.range(EQ) == (0.0, 2.0)


def test_what_was_0_from_the_start_comes_back_as_1(binder: Binder, bay: Bay, shown: Show, hand: Any) -> None:
    bay.write([(EQ, 0.0)], HAND)
    kill = KillButton(binder, EQ, "middle")
    shown(kill, 80, 26)
    hand.click(kill)
    binder.poll()
    assert bay.number(EQ) == 1.0


def test_what_was_turned_to_0_since_comes_back_as_1(kill: KillButton, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.click(kill)
    binder.poll()
    for value in (0.7, 0.0):
        bay.write([(EQ, value)], HAND)
        binder.poll()
    hand.click(kill)
    binder.poll()
    assert bay.number(EQ) == 1.0


def test_held_it_kills_only_as_long(kill: KillButton, binder: Binder, bay: Bay, hand: Any, qtbot: Any) -> None:
    hand.press(kill, QPointF(40, 13))
    binder.poll()
    assert bay.number(EQ) == 0.0
    qtbot.waitUntil(lambda: kill.momentary, timeout=HOLD_MS * 100)
    hand.release(kill, QPointF(40, 13))
    binder.poll()
    assert bay.number(EQ) == 1.4


def test_the_space_key_kills_and_held_only_as_long(kill: KillButton, binder: Binder, bay: Bay, qtbot: Any) -> None:
    QTest.keyClick(kill, Qt.Key.Key_Space)
    binder.poll()
    assert bay.number(EQ) == 0.0
    QTest.keyClick(kill, Qt.Key.Key_Space)
    binder.poll()
    assert bay.number(EQ) == 1.4
    QTest.keyPress(kill, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: kill.momentary, timeout=HOLD_MS * 100)
    QTest.keyRelease(kill, Qt.Key.Key_Space)
    binder.poll()
    assert bay.number(EQ) == 1.4


def test_another_button_for_the_same_gain_brings_it_back(
    kill: KillButton, binder: Binder, bay: Bay, shown: Show, hand: Any
) -> None:
    second = KillButton(binder, EQ, "middle", large=True)
    shown(second, 120, 36)
    hand.click(kill)
    binder.poll()
    assert second.killed
    hand.click(second)
    binder.poll()
    assert bay.number(EQ) == 1.4


def test_a_negative_gain_comes_back_negative(kill: KillButton, binder: Binder, bay: Bay, hand: Any) -> None:
    bay.write([(EQ, -0.6)], HAND)
    binder.poll()
    hand.click(kill)
    hand.click(kill)
    binder.poll()
    assert bay.number(EQ) == -0.6


def test_following_another_deck_while_held_lets_the_first_one_ring(
    kill: KillButton, binder: Binder, bay: Bay, hand: Any
) -> None:
    hand.press(kill, QPointF(40, 13))
    kill.retarget("/deck/b/eq/middle")
    hand.release(kill, QPointF(40, 13))
    binder.poll()
    assert bay.number("/deck/b/eq/middle") == 1.0
    hand.click(kill)
    binder.poll()
    assert bay.number("/deck/b/eq/middle") == 0.0
    assert bay.number(EQ) == 0.0  # a short press: the kill stays


def test_alt_click_and_wheel_are_those_of_every_control(kill: KillButton, binder: Binder, bay: Bay, hand: Any) -> None:
    hand.wheel(kill, 1)
    binder.poll()
    assert bay.number(EQ) == pytest.approx(1.44)
    hand.click(kill, modifiers=hand.alt)
    binder.poll()
    assert bay.number(EQ) == 1.0


def test_killed_is_seen_without_colour(kill: KillButton, binder: Binder, bay: Bay, hand: Any) -> None:
    """The word is struck through: a line of ink where the living button has its ground."""

    def ink_beside_the_word() -> int:
        image = kill.grab().toImage()
        y, ground = image.height() // 2 + 1, image.pixelColor(2, 5).lightness()
        return sum(abs(image.pixelColor(x, y).lightness() - ground) > 60 for x in range(4, image.width() - 4))

    alive = ink_beside_the_word()
    hand.click(kill)
    binder.poll()
    assert ink_beside_the_word() > 1.5 * alive
