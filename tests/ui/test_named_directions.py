"""Directions that have words: rows to read, names in tooltips and lists; judged by the bay and by what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSettings
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.class_list import ClassRow
from latentjockey.ui.deck_strip import DIRECTIONS, DeckStrip
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.pads_tab import PadsTab
from latentjockey.ui.route_rows import target_words

Show = Callable[[QWidget, int, int], None]
KINDS = ("moth", "mask", "marbled ink")
WORDS = ("hue", "", "eye size", "")


def layout(epoch: int, words: tuple[str, ...], count: int = 4) -> Layout:
    return Layout(epoch, catalogue.builtin(8, (64, 64), (), count, KINDS, words))


@pytest.fixture
def bay(clock: ManualClock) -> Bay:
    return Bay(layout(1, WORDS), clock)


@pytest.fixture
def deck(binder: Binder, tmp_path: Path, shown: Show, hand: Any) -> DeckStrip:
    made = DeckStrip(binder, "a", theme.DECK_A, settings=QSettings(str(tmp_path / "i"), QSettings.Format.IniFormat))
    shown(made, 320, 180)
    hand.click(made.switch, made.switch.box_of(DIRECTIONS).center())
    return made


def told(binder: Binder) -> None:
    binder.poll()
    QApplication.processEvents()


def row_of(deck: DeckStrip, name: str) -> ClassRow:
    return next(row for row in deck.named.rows if row.label == name)


def test_rows_have_the_words_and_numbers_where_there_are_none(deck: DeckStrip) -> None:
    assert deck.strip is deck.named
    assert [row.label for row in deck.named.rows] == ["hue", "direction 1", "eye size", "direction 3"]
    assert not deck.directions.isVisible()


def test_a_row_plays_its_direction(deck: DeckStrip, bay: Bay, binder: Binder, hand: Any) -> None:
    hand.drag(row_of(deck, "eye size"), 60)
    told(binder)
    moved = np.asarray(bay.value("/deck/a/dir"))
    assert moved[2] > 0.3
    assert moved[[0, 1, 3]].tolist() == [0.0, 0.0, 0.0]


def test_its_menu_speaks_of_names_and_offers_no_even_share(deck: DeckStrip, bay: Bay, binder: Binder) -> None:
    words = {action.text(): action for action in row_of(deck, "hue").menu().actions()}
    assert "Copy /deck/a/dir/hue" in words
    assert "All alike" not in words
    assert "Only hue" in words
    plain = [action.text() for action in row_of(deck, "direction 1").menu().actions()]
    assert not any("direction_1" in text for text in plain), "what has no word has no address by one"


def test_of_many_those_with_words_come_first(deck: DeckStrip, bay: Bay, binder: Binder) -> None:
    bay.install(layout(2, tuple("skew" if n == 17 else "" for n in range(24)), 24))
    told(binder)
    assert deck.named.shown()[:2] == ["skew", "direction 0"]


def test_without_words_directions_are_bars_again(deck: DeckStrip, bay: Bay, binder: Binder) -> None:
    bay.install(layout(2, ()))
    told(binder)
    assert deck.strip is deck.directions
    assert not deck.named.isVisible()


def test_tooltips_and_routes_say_the_name(deck: DeckStrip, bay: Bay, binder: Binder, shown: Show) -> None:
    assert "eye size" in row_of(deck, "eye size").tip()
    deck.choose("classes")
    told(binder)
    assert "moth" in deck.classes.rows[0].tip()
    there = bay.snapshot()
    assert target_words(there, "/deck/a/class/2") == "A marbled ink"
    assert target_words(there, "/deck/b/dir/hue") == "B hue"
    assert target_words(there, "/deck/b/dir/1") == "B dir 1"


def test_pads_read_the_words(bay: Bay, binder: Binder, shown: Show) -> None:
    tab = PadsTab(binder)
    shown(tab, 1200, 180)
    assert [row.label for row in tab.rows[0].rows] == ["hue", "dir 1", "eye size", "dir 3"]
    assert "hue" in tab.leads[0].tip()
    narrow = tab.rows[0].rows[0].bar().left()
    bay.install(layout(2, ()))
    told(binder)
    assert [row.label for row in tab.rows[0].rows] == ["dir 0", "dir 1", "dir 2", "dir 3"]
    assert tab.rows[0].rows[0].bar().left() < narrow, "numbers need less room than words"


def test_bars_beside_each_other_name_what_is_under_the_pointer(
    bay: Bay, binder: Binder, shown: Show, hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        "latentjockey.ui.latent_strip.paint_pointer", lambda p, box, count, index, text, ink: said.append(text)
    )
    strip = LatentStrip(binder, "/deck/a/dir", theme.DECK_A)
    shown(strip, 320, 120)
    hand.move(strip, QPointF(320 * 2.5 / 4, 30))
    strip.grab()
    assert said[-1].startswith("eye size")
