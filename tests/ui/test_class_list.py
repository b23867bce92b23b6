"""The classes of a deck as rows: found, played and seen by name, judged by the bay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND, RECALL, Rank, Source
from latentjockey.models.imagenet import imagenet_names
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.class_list import ClassList, ClassRow
from latentjockey.ui.cue_place import copied, cue_key, cue_place, place_writes
from latentjockey.ui.deck_strip import CLASSES, DIRECTIONS, RAW, DeckStrip
from latentjockey.ui.editor import LineEditor

Show = Callable[[QWidget, int, int], None]
OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
KINDS = ("bloom", "moth", "marbled ink", "mask")
MANY = tuple(f"kind {n}" for n in range(1000))
WIDE, HIGH = 320, 180


def layout(epoch: int, classes: tuple[str, ...], directions: int = 4) -> Layout:
    return Layout(epoch, catalogue.builtin(8, (64, 64), (), directions, classes))


@pytest.fixture
def bay(clock: ManualClock) -> Bay:
    return Bay(layout(1, KINDS), clock)


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "kept.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def kinds(binder: Binder, shown: Show) -> ClassList:
    made = ClassList(binder, "/deck/a/class", theme.DECK_A)
    shown(made, WIDE, HIGH)
    return made


@pytest.fixture
def many(bay: Bay, binder: Binder, shown: Show) -> ClassList:
    bay.install(layout(2, MANY))
    told(binder)
    made = ClassList(binder, "/deck/a/class", theme.DECK_A)
    shown(made, WIDE, HIGH)
    return made


def told(binder: Binder) -> None:
    """The surface hears of what changed."""
    binder.poll()
    QApplication.processEvents()


def held(bay: Bay) -> list[float]:
    return np.asarray(bay.value("/deck/a/class")).tolist()


def names(classes: ClassList) -> list[str]:
    """What can be read in the rows in sight."""
    return [row.label for row in classes.rows]


def row_of(classes: ClassList, name: str) -> ClassRow:
    (found,) = (row for row in classes.rows if row.label == name)
    return found


# -- few classes ----------------------------------------------------------------------------------------------------


def test_every_class_has_its_row_by_name(kinds: ClassList) -> None:
    assert names(kinds) == list(KINDS)
    assert [row.address for row in kinds.rows] == [f"/deck/a/class/{n}" for n in range(4)]
    assert not kinds.search.isVisible()
    assert not kinds.bar.isVisible()


def test_a_drag_goes_beyond_the_range_and_is_pink_there(kinds: ClassList, bay: Bay, binder: Binder, hand: Any) -> None:
    row = row_of(kinds, "moth")
    hand.drag(row, 400)
    told(binder)
    assert held(bay)[1] > 2.0
    assert row.beyond
    assert row.ink == theme.BEYOND
    hand.drag(row, -900)
    told(binder)
    assert held(bay)[1] < -1.0
    assert held(bay)[0] == 1.0, "the others stay"


def test_any_number_can_be_typed(kinds: ClassList, bay: Bay, binder: Binder, hand: Any) -> None:
    row = row_of(kinds, "mask")
    hand.double_click(row, QPointF(row.number_box().center()))
    editor = row.findChild(LineEditor)
    assert editor is not None
    editor.setText("−12,5")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert held(bay)[3] == -12.5


def test_the_menu_plays_all_classes_at_once(kinds: ClassList, bay: Bay, binder: Binder) -> None:
    def pick(words: str) -> list[float]:
        menu = row_of(kinds, "marbled ink").menu()
        (action,) = (action for action in menu.actions() if action.text() == words)
        action.trigger()
        menu.close()
        told(binder)
        return held(bay)

    assert pick("Only marbled ink") == [0.0, 0.0, 1.0, 0.0]
    assert pick("Turn all signs") == [0.0, 0.0, -1.0, 0.0]
    assert pick("All alike") == [0.25] * 4
    assert pick("Default for all") == [1.0, 0.0, 0.0, 0.0]
    pick("Copy /deck/a/class/marbled_ink")
    assert QGuiApplication.clipboard().text() == "/deck/a/class/marbled_ink"


def test_a_class_is_learnt_and_looped_by_its_number(kinds: ClassList, bay: Bay, hand: Any) -> None:
    assert row_of(kinds, "moth").playable() == "/deck/a/class/1"
    hand.drag(row_of(kinds, "moth"), 60, Qt.KeyboardModifier.ControlModifier)
    assert bay.value("/loop/hold") == "/deck/a/class/1"


def test_another_model_brings_other_rows_and_none_brings_none(kinds: ClassList, bay: Bay, binder: Binder) -> None:
    bay.install(layout(2, ("wolf", "moth")))
    told(binder)
    assert names(kinds) == ["wolf", "moth"]
    bay.write([("/deck/a/class/1", -0.5)], OSC)
    told(binder)
    assert row_of(kinds, "moth").value == -0.5
    bay.install(layout(3, ()))
    told(binder)
    assert names(kinds) == []


# -- many classes ---------------------------------------------------------------------------------------------------


def test_of_a_thousand_classes_only_those_in_sight_have_rows(many: ClassList) -> None:
    assert len(many.shown()) == 1000
    assert 3 <= len(many.rows) <= 12
    assert many.search.isVisible()
    assert many.bar.isVisible()


def test_rows_show_what_their_class_has_when_another_model_comes(
    binder: Binder, bay: Bay, shown: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ClassList, "underMouse", lambda self: False)
    made = ClassList(binder, "/deck/b/class", theme.DECK_B)
    shown(made, WIDE, HIGH)
    bay.install(layout(2, tuple(f"sort {n}" for n in range(40))))
    bay.write([("/deck/b/class/3", -2.0)], OSC)
    told(binder)
    QTest.keyClicks(made.search.line, "sort 3")
    bay.install(layout(3, MANY))
    told(binder)
    assert [(row.label, row.value) for row in made.rows[:3]] == [("kind 1", 1.0), ("kind 0", 0.0), ("kind 2", 0.0)]
    bay.write([("/deck/b/class/0", 7.0)], OSC)
    told(binder)
    assert {row.label: row.value for row in made.rows}["kind 0"] == 7.0
    assert {row.label: row.value for row in made.rows}["kind 1"] == 1.0


def test_scrolling_plays_other_classes_in_the_same_rows(many: ClassList, bay: Bay, binder: Binder, hand: Any) -> None:
    rows = list(many.rows)
    many.bar.setValue(500)
    assert many.rows == rows
    assert names(many)[0] == many.shown()[500]
    hand.drag(many.rows[0], 80)
    told(binder)
    assert held(bay)[500] > 0.0
    assert held(bay)[0] == 1.0
    many.bar.setValue(many.bar.maximum())
    assert names(many)[-1] == "kind 999"


def test_the_wheel_scrolls_over_names_and_plays_over_bars(many: ClassList, bay: Bay, binder: Binder, hand: Any) -> None:
    row = many.rows[2]
    hand.wheel(row, -1, at=QPointF(8, 8))
    assert many.bar.value() == 3
    told(binder)
    assert held(bay) == [1.0, *[0.0] * 999]
    first = many.bar.value()
    hand.wheel(many.rows[2], 1, at=many.rows[2].bar().center())
    told(binder)
    assert many.bar.value() == first
    assert np.count_nonzero(held(bay)) == 2


def test_a_search_finds_by_any_part_and_what_is_asked_for_comes_first(
    many: ClassList, bay: Bay, binder: Binder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "underMouse", lambda: False)
    QTest.keyClicks(many.search.line, "KIND 77")
    assert many.shown()[:3] == ["kind 77", "kind 177", "kind 277"]
    assert len(many.shown()) == 19
    QTest.keyClicks(many.search.line, "7 x")
    assert many.shown() == []
    QTest.keyClick(many.search.line, Qt.Key.Key_Escape)
    bay.write([("/deck/a/class/640", -2.0)], OSC)
    told(binder)
    assert many.shown()[:3] == ["kind 0", "kind 640", "kind 1"]
    assert [(row.label, row.value) for row in many.rows[:3]] == [("kind 0", 1.0), ("kind 640", -2.0), ("kind 1", 0.0)]


@pytest.fixture
def imagenet(bay: Bay, binder: Binder, shown: Show) -> ClassList:
    bay.install(layout(2, imagenet_names()))
    told(binder)
    made = ClassList(binder, "/deck/a/class", theme.DECK_A)
    shown(made, WIDE, HIGH)
    return made


def test_whole_words_come_before_parts_and_what_is_asked_for_before_both(
    imagenet: ClassList, bay: Bay, binder: Binder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imagenet, "underMouse", lambda: False)
    QTest.keyClicks(imagenet.search.line, "cat")
    assert imagenet.shown()[:3] == ["tiger cat", "Persian cat", "Siamese cat"]
    assert "catamaran" in imagenet.shown()
    bay.write([(f"/deck/a/class/{imagenet.names.index('catamaran')}", -0.5)], HAND)
    told(binder)
    assert imagenet.shown()[0] == "catamaran"


def test_enter_asks_for_the_first_that_was_found_beside_the_others(
    imagenet: ClassList, bay: Bay, binder: Binder
) -> None:
    wanted = ["volcano", "siamese", "volcano"]
    for words in wanted:
        QTest.keyClicks(imagenet.search.line, words)
        QTest.keyClick(imagenet.search.line, Qt.Key.Key_Return)
        binder.flush()
        told(binder)
        imagenet.search.line.clear()
    asked = {name: held(bay)[imagenet.names.index(name)] for name in ("tench", "volcano", "Siamese cat")}
    assert asked == {"tench": 1.0, "volcano": 1.0, "Siamese cat": 1.0}
    assert sum(map(bool, held(bay))) == 3
    assert imagenet.shown()[:3] == ["tench", "Siamese cat", "volcano"]


def test_enter_in_an_empty_line_asks_for_nothing(imagenet: ClassList, bay: Bay, binder: Binder) -> None:
    before = held(bay)
    QTest.keyClick(imagenet.search.line, Qt.Key.Key_Return)
    QTest.keyClicks(imagenet.search.line, "no such class")
    QTest.keyClick(imagenet.search.line, Qt.Key.Key_Return)
    binder.flush()
    assert held(bay) == before


def test_a_class_stays_under_the_hand_that_gives_it_weight(
    many: ClassList, bay: Bay, binder: Binder, monkeypatch: pytest.MonkeyPatch, hand: Any
) -> None:
    monkeypatch.setattr(many, "underMouse", lambda: True)
    hand.drag(row_of(many, "kind 3"), 40)
    told(binder)
    assert many.shown()[:4] == ["kind 0", "kind 1", "kind 2", "kind 3"]
    monkeypatch.setattr(many, "underMouse", lambda: False)
    QApplication.sendEvent(many, _leave())
    assert many.shown()[:3] == ["kind 0", "kind 3", "kind 1"]


def _leave() -> Any:
    from PySide6.QtCore import QEvent

    return QEvent(QEvent.Type.Leave)


# -- the switch -----------------------------------------------------------------------------------------------------


def test_classes_come_first_where_there_are_any_and_a_choice_is_kept(
    binder: Binder, bay: Bay, settings: QSettings, shown: Show, hand: Any
) -> None:
    deck = DeckStrip(binder, "a", theme.DECK_A, settings=settings)
    shown(deck, WIDE, HIGH)
    assert deck.strip.address == "/deck/a/class"
    assert deck.classes.isVisible()
    for word, part in ((DIRECTIONS, "dir"), (RAW, "z"), (CLASSES, "class"), (DIRECTIONS, "dir")):
        hand.click(deck.switch, deck.switch.box_of(word).center())
        assert deck.strip.address == f"/deck/a/{part}"
        assert deck.strip.isVisible()
    again = DeckStrip(binder, "a", theme.DECK_A, settings=settings)
    assert again.strip.address == "/deck/a/dir"
    QTest.keyClick(deck.switch, Qt.Key.Key_Space)
    assert deck.strip.address == "/deck/a/z"
    bay.install(layout(2, (), 0))
    told(binder)
    assert deck.strip.address == "/deck/a/z"
    assert not deck.switch.isVisible()


def test_what_comes_first_is_no_choice(binder: Binder, bay: Bay, settings: QSettings, shown: Show, hand: Any) -> None:
    bay.install(layout(2, ()))
    told(binder)
    deck = DeckStrip(binder, "a", theme.DECK_A, settings=settings)
    shown(deck, WIDE, HIGH)
    hand.click(deck.switch, deck.switch.box_of(RAW).center())
    hand.click(deck.switch, deck.switch.box_of(DIRECTIONS).center())
    bay.install(layout(3, KINDS))
    told(binder)
    assert deck.strip.address == "/deck/a/class"


# -- cues -----------------------------------------------------------------------------------------------------------


def test_a_cues_classes_are_part_of_its_picture_and_of_its_copy(bay: Bay) -> None:
    bay.write([("/deck/a/cue/1/z", np.ones(8)), ("/deck/a/cue/1/filled", True)], HAND)
    plain = cue_place(bay, "/deck/a/cue/1")
    assert plain is not None
    assert not plain.classes.size
    bay.write([("/deck/a/cue/1/class", [0.0, -1.0, 2.0, 0.0])], HAND)
    place = cue_place(bay, "/deck/a/cue/1")
    assert place is not None
    assert cue_key("a", 1, "m", place.z, place.classes) != cue_key("a", 1, "m", plain.z, plain.classes)
    bay.write(place_writes("b", place.z, 4, place.classes), RECALL)
    assert np.asarray(bay.value("/deck/b/class")).tolist() == [0.0, -1.0, 2.0, 0.0]
    assert not bay.write(copied(place, "/deck/b/cue/7", bay.layout), HAND).refused
    assert np.asarray(bay.value("/deck/b/cue/7/class")).tolist() == [0.0, -1.0, 2.0, 0.0]
    assert not bay.write(copied(plain, "/deck/b/cue/7", bay.layout), HAND).refused
    assert not np.asarray(bay.value("/deck/b/cue/7/class")).any(), "a copy keeps no more than the cue did"
    assert cue_place(bay, "/deck/b/cue/2") is None
