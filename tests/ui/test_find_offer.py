"""The offer to find directions beside a deck's strip, judged by the bay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR
from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.deck_strip import DeckStrip
from latentjockey.ui.find_offer import FIND, STOP

Show = Callable[[QWidget, int, int], None]
STATE = "/model/directions/state"
WORDS = tuple(f"PCA {i + 1}" for i in range(6))


def controls(directions: int, faint: tuple[int, ...] = ()) -> tuple[ControlSpec, ...]:
    return catalogue.builtin(32, (64, 64), (), directions, (), WORDS[:directions], faint=faint)


@pytest.fixture
def bay(clock: ManualClock) -> Bay:
    return Bay(Layout(1, controls(0)), clock)


@pytest.fixture
def deck(binder: Binder, tmp_path: Path, shown: Show) -> DeckStrip:
    settings = QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)
    made = DeckStrip(binder, "a", theme.DECK_A, settings=settings)
    shown(made, 320, 200)
    return made


def goes(bay: Bay, binder: Binder, words: str) -> None:
    bay.write([(STATE, words)], CONDUCTOR)
    binder.poll()


def presses(bay: Bay, binder: Binder, address: str) -> float:
    binder.flush()
    return bay.number(address)


def test_a_press_finds_and_another_gives_it_up(deck: DeckStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    offer = deck.offer
    assert offer.begin.isVisible()
    assert not offer.give_up.isVisible()
    before = presses(bay, binder, FIND)
    hand.click(offer.begin)
    assert presses(bay, binder, FIND) == before + 1
    goes(bay, binder, "finding 34% · 2 min left")
    assert not offer.begin.isVisible()
    assert offer.words.isVisible()
    assert offer.words.text == "finding 34% · 2 min left"
    before = presses(bay, binder, STOP)
    hand.click(offer.give_up)
    assert presses(bay, binder, STOP) == before + 1
    goes(bay, binder, "")
    assert offer.begin.isVisible()
    assert not offer.words.isVisible()


def test_the_keys_stay_where_they_are(deck: DeckStrip, bay: Bay, binder: Binder, hand: Any, qtbot: Any) -> None:
    deck.window().activateWindow()
    deck.offer.begin.setFocus()
    qtbot.waitUntil(deck.offer.begin.hasFocus, timeout=30_000)
    before = presses(bay, binder, FIND), presses(bay, binder, STOP)
    QTest.keyClick(deck.offer.begin, Qt.Key.Key_Space)
    goes(bay, binder, "finding 1%")
    assert deck.offer.give_up.hasFocus()
    QTest.keyClick(deck.offer.give_up, Qt.Key.Key_Space)
    goes(bay, binder, "")
    assert deck.offer.begin.hasFocus()
    assert (presses(bay, binder, FIND), presses(bay, binder, STOP)) == (before[0] + 1, before[1] + 1)


def test_a_model_with_directions_is_offered_none_and_shows_them(deck: DeckStrip, bay: Bay, binder: Binder) -> None:
    bay.begin_epoch(controls(6, (4, 5)))
    binder.poll()
    assert not deck.offer.isVisible()
    assert deck.strip is deck.named


def test_those_that_hardly_show_are_dimmed_and_play_all_the_same(
    deck: DeckStrip, bay: Bay, binder: Binder, hand: Any, qtbot: Any
) -> None:
    bay.begin_epoch(controls(6, (4, 5)))
    binder.poll()
    qtbot.waitUntil(lambda: deck.named.shown() == list(WORDS), timeout=30_000)
    rows = {row.label: row for row in deck.named.rows}
    assert [name for name, row in rows.items() if row.faint] == ["PCA 5", "PCA 6"]
    bright, dim = rows["PCA 1"], rows["PCA 5"]
    assert dim.name_ink.lightness() < bright.name_ink.lightness()
    assert dim.bar().height() < bright.bar().height(), "colour is not the only sign"
    assert "little is seen of it" in dim.tip()
    assert "little is seen of it" not in bright.tip()
    dim.setFocus()
    QTest.keyClick(dim, Qt.Key.Key_Up)
    binder.flush()
    assert bay.value("/deck/a/dir")[4] > 0  # type: ignore[index]


def test_another_model_dims_others(deck: DeckStrip, bay: Bay, binder: Binder, qtbot: Any) -> None:
    for faint in ((4, 5), (0,), ()):
        bay.begin_epoch(controls(6, faint))
        binder.poll()
        qtbot.waitUntil(
            lambda faint=faint: tuple(i for i, row in enumerate(deck.named.rows) if row.faint) == faint  # type: ignore[misc]
        )
