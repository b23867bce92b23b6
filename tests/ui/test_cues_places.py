"""Cue pads: whose picture they show, and where a cue is carried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QDrag, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, ENGINE, HAND, RECALL, Rank, Source
from latentjockey.session.conductor import Conductor, Outside
from latentjockey.ui.binder import Binder
from latentjockey.ui.cue_bank import CueBank, best_rows
from latentjockey.ui.cue_pad import LONG_PRESS_MS
from latentjockey.ui.cue_place import CUE, carried_cue, cue_key, cue_mime, place_writes
from latentjockey.ui.thumbnails import Thumbnails

Show = Callable[[QWidget, int, int], None]
OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
Z = 512


class Table:
    """Two banks over a bay with a conductor that runs when told; the stage shows one colour."""

    def __init__(self, binder: Binder, bay: Bay, clock: ManualClock, previews: Any, shown: Show) -> None:
        self.binder, self.bay, self.previews = binder, bay, previews
        self.stage = QColor(200, 10, 10)
        self.thumbnails = Thumbnails(previews)
        self.banks = {deck: CueBank(binder, deck, self.picture, self.thumbnails) for deck in "ab"}
        self.conductor = Conductor(bay, clock, Messages(), Outside(publish=lambda snapshot: None))
        for bank in self.banks.values():
            shown(bank, 320, 36)

    def picture(self) -> QImage:
        image = QImage(8, 8, QImage.Format.Format_RGB888)
        image.fill(self.stage)
        return image

    def settle(self) -> None:
        """Let presses be carried out and shown."""
        self.conductor.tick()
        self.binder.poll()

    def colour(self, deck: str, number: int) -> tuple[int, ...] | None:
        image = self.banks[deck].pads[number - 1].image
        return None if image is None else tuple(image.pixelColor(1, 1).getRgb()[:3])

    def place(self, deck: str, number: int) -> NDArray[np.float64]:
        value = self.bay.value(f"/deck/{deck}/cue/{number}/z")
        assert isinstance(value, np.ndarray)
        return value

    def fill(self, deck: str, number: int, seed: int, source: Source = RECALL) -> None:
        at = f"/deck/{deck}/cue/{number}"
        place = np.random.default_rng(seed).normal(size=Z)
        self.bay.write([(f"{at}/z", place), (f"{at}/filled", True)], source)
        self.binder.poll()


@pytest.fixture
def table(binder: Binder, bay: Bay, clock: ManualClock, previews: Any, shown: Show) -> Table:
    return Table(binder, bay, clock, previews, shown)


def test_a_stored_cue_shows_the_stage_as_it_was(table: Table, hand: Any) -> None:
    hand.click(table.banks["a"].pads[2])
    table.settle()
    assert table.bay.number("/deck/a/cue/3/filled") == 1.0
    assert table.colour("a", 3) == (200, 10, 10)
    table.stage = QColor(0, 0, 255)
    assert table.colour("a", 3) == (200, 10, 10)
    table.thumbnails.poll()
    assert table.previews.orders == []


def test_storing_again_by_long_press_takes_the_picture_of_now(table: Table, hand: Any, qtbot: Any) -> None:
    pad = table.banks["a"].pads[0]
    hand.click(pad)
    table.settle()
    table.stage = QColor(0, 0, 255)
    table.bay.write([("/deck/a/z", 0.25)], HAND)
    hand.press(pad, QPointF(pad.rect().center()))
    qtbot.waitUntil(lambda: table.bay.number("/deck/a/cue/1/store") == 2.0, timeout=LONG_PRESS_MS + 4000)
    hand.release(pad, QPointF(pad.rect().center()))
    table.settle()
    assert table.colour("a", 1) == (0, 0, 255)
    assert table.bay.number("/deck/a/cue/1/recall") == 0.0


@pytest.mark.parametrize("deck", ["a", "b"])
def test_a_cue_that_came_otherwise_is_pictured_by_the_engine(table: Table, deck: str) -> None:
    table.fill(deck, 4, 1)
    assert table.colour(deck, 4) is None
    table.thumbnails.poll()
    (key,) = table.previews.orders
    assert key == cue_key(deck, 4, "", table.place(deck, 4))
    asked = dict(table.previews.wanted[key])
    assert np.array_equal(asked[f"/deck/{deck}/z"], table.place(deck, 4))
    assert asked["/mix/crossfade"] == (0.0 if deck == "a" else 1.0)
    table.previews.make(77)
    table.thumbnails.poll()
    assert table.colour(deck, 4) == (77, 77, 77)


def test_the_picture_goes_when_a_message_changes_the_place(table: Table, hand: Any, qtbot: Any) -> None:
    pad = table.banks["a"].pads[0]
    hand.click(pad)
    table.settle()
    qtbot.waitUntil(lambda: not pad._storing.isActive(), timeout=30_000)
    table.bay.write([("/deck/a/cue/1/z/7", 4.0)], OSC)
    table.settle()
    assert table.colour("a", 1) is None
    table.thumbnails.poll()
    table.previews.make(90)
    table.thumbnails.poll()
    assert table.colour("a", 1) == (90, 90, 90)


def test_another_model_means_another_picture(table: Table) -> None:
    table.fill("a", 1, 1)
    table.thumbnails.poll()
    table.previews.make()
    table.thumbnails.poll()
    assert table.colour("a", 1) is not None
    table.bay.write([("/engine/model", "painted eyes")], ENGINE)
    table.binder.poll()
    assert table.colour("a", 1) is None
    table.thumbnails.poll()
    assert len(table.previews.orders) == 2


def test_pads_that_cannot_be_seen_ask_for_nothing(table: Table) -> None:
    table.banks["a"].hide()
    table.fill("a", 1, 1)
    table.thumbnails.poll()
    assert table.previews.orders == []
    table.banks["a"].show()
    table.thumbnails.poll()
    assert len(table.previews.orders) == 1


def test_an_emptied_cue_has_no_picture(table: Table, hand: Any) -> None:
    hand.click(table.banks["a"].pads[0])
    table.settle()
    table.bay.write([("/deck/a/cue/1/filled", False)], CONDUCTOR)
    table.settle()
    assert table.colour("a", 1) is None
    hand.click(table.banks["a"].pads[0])  # empty again: a click stores
    assert table.bay.number("/deck/a/cue/1/store") == 2.0


# -- carrying -------------------------------------------------------------------------------------------------------


def drop(widget: QWidget, data: QMimeData) -> bool:
    copy, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), copy, data, left, plain)
    enter.ignore()
    QApplication.sendEvent(widget, enter)
    if enter.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), copy, data, left, plain))
    return enter.isAccepted()


def test_a_pad_dropped_on_another_copies_the_place(table: Table) -> None:
    table.fill("a", 2, 5)
    assert drop(table.banks["b"].pads[6], cue_mime("a", 2))
    table.binder.poll()
    assert np.array_equal(table.place("b", 7), table.place("a", 2))
    assert table.bay.number("/deck/b/cue/7/filled") == 1.0
    assert table.bay.number("/deck/a/cue/2/filled") == 1.0


def test_a_pad_takes_neither_itself_nor_an_empty_one_nor_a_strangers_word(table: Table) -> None:
    table.fill("a", 2, 5)
    assert not drop(table.banks["a"].pads[1], cue_mime("a", 2))
    drop(table.banks["b"].pads[0], cue_mime("a", 3))
    for raw in (b"", b"c 1", b"a 9", b"a 1\n", b"a 1 2", b"\xff\xff"):
        data = QMimeData()
        data.setData(CUE, raw)
        assert carried_cue(data) is None, raw
        assert not drop(table.banks["b"].pads[0], data)
    table.binder.poll()
    assert table.bay.number("/deck/b/cue/1/filled") == 0.0


def test_dragging_a_pad_carries_it_and_recalls_nothing(
    table: Table, hand: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    carried: list[object] = []
    monkeypatch.setattr(QDrag, "exec", lambda drag, *actions: carried.append(carried_cue(drag.mimeData())))
    table.fill("a", 2, 5)
    pad = table.banks["a"].pads[1]
    hand.drag(pad, 90)
    assert carried == [("a", 2)]
    assert table.bay.number("/deck/a/cue/2/recall") == 0.0


# -- shape ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wide", "high", "rows"), [(316, 36, 1), (316, 150, 2), (900, 120, 1), (180, 400, 4), (640, 320, 2)]
)
def test_pads_take_the_rows_in_which_they_are_largest(wide: int, high: int, rows: int) -> None:
    assert best_rows(wide, high, 8, 5) == rows


@pytest.mark.parametrize(("wide", "high"), [(180, 30), (316, 36), (420, 180), (900, 500)])
def test_all_eight_pads_fit_without_overlap(table: Table, wide: int, high: int) -> None:
    bank = table.banks["a"]
    bank.resize(wide, high)
    boxes = [pad.geometry() for pad in bank.pads]
    for index, box in enumerate(boxes):
        assert bank.rect().contains(box)
        assert box.width() >= 16
        assert not any(box.intersects(other) for other in boxes[index + 1 :])


def test_every_write_of_a_places_picture_is_known_to_the_bay(bay: Bay) -> None:
    for deck in "ab":
        assert not bay.write(place_writes(deck, np.ones(Z)), RECALL).refused


def test_a_places_picture_takes_no_step_along_the_directions_of_now(table: Table) -> None:
    table.bay.install(Layout(2, builtin(Z, (256, 256), (), 4)))
    table.bay.write([("/deck/a/dir", [6.0, -5.0, 2.0, 1.0])], HAND)
    table.binder.poll()
    table.fill("a", 3, 1)
    table.thumbnails.poll()
    (key,) = table.previews.orders
    assert np.array_equal(dict(table.previews.wanted[key])["/deck/a/dir"], np.zeros(4))
    assert not table.bay.write(place_writes("a", np.ones(Z), 4), RECALL).refused
    assert not np.any(table.bay.value("/deck/a/dir"))
