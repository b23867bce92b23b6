"""The messages tab: newest on top, filtered by kind, copied by a click, quiet while somebody reads."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from latentjockey.base.clock import ManualClock, time_of_day
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.source import Rank, Source
from latentjockey.ui import theme
from latentjockey.ui.chips import Chips
from latentjockey.ui.message_list import MessageList
from latentjockey.ui.messages_tab import MessagesTab

Show = Callable[[QWidget, int, int], None]
OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
NOON = 1_700_000_000.0


@pytest.fixture
def tab(messages: Messages, bay: Bay, clock: ManualClock, shown: Show, qapp: object) -> MessagesTab:
    messages.post(1.0, "midi", "Nano is plugged in.")
    messages.post(2.0, "engine", "The engine was killed; the next one plays.", serious=True)
    messages.post(3.0, "osc", "There is no control /x.")
    messages.post(4.0, "osc", "There is no control /x.")
    clock.advance(9.0)
    made = MessagesTab(messages, bay, clock, wall=lambda: NOON)
    shown(made, 900, 220)
    return made


def texts(tab: MessagesTab) -> list[str]:
    return [message.text for message in tab.list.shown]


def click(tab: MessagesTab, index: int) -> None:
    at = tab.list.row_box(index).center().toPoint()
    QTest.mouseClick(tab.list.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def choose(chips: Chips, word: str) -> None:
    at = chips.boxes()[word].center().toPoint()
    QTest.mouseClick(chips, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def test_newest_on_top_and_repeats_counted(tab: MessagesTab) -> None:
    assert texts(tab) == [
        "There is no control /x.", "The engine was killed; the next one plays.", "Nano is plugged in.",
    ]  # fmt: skip
    assert tab.list.shown[0].count == 2
    assert tab.chips.counts == {"all": 3, "trouble": 1, "engine": 1, "midi": 1, "osc": 1}


def test_kinds_filter(tab: MessagesTab, messages: Messages) -> None:
    choose(tab.chips, "midi")
    assert texts(tab) == ["Nano is plugged in."]
    choose(tab.chips, "trouble")
    assert texts(tab) == ["The engine was killed; the next one plays."]
    choose(tab.chips, "trouble")
    assert len(texts(tab)) == 3
    choose(tab.chips, "osc")
    messages.post(6.0, "midi", "Nano was unplugged.")
    messages.post(6.0, "osc", "Somebody else listens.")
    tab.refresh()
    assert texts(tab) == ["Somebody else listens.", "There is no control /x."]


def test_a_click_copies_a_line(tab: MessagesTab) -> None:
    click(tab, 0)
    copied = QGuiApplication.clipboard().text()
    assert copied.endswith("osc  There is no control /x. (×2)")
    assert copied.startswith(time_of_day(NOON - 6.0))
    tab.list.setFocus()
    QTest.keyClick(tab.list, Qt.Key.Key_Down)
    QTest.keyClick(tab.list, Qt.Key.Key_Down)
    QTest.keyClick(tab.list, Qt.Key.Key_Return)
    assert "engine  The engine was killed" in QGuiApplication.clipboard().text()


def test_a_serious_line_has_the_word_and_the_colour(tab: MessagesTab) -> None:
    def colours(index: int) -> set[str]:
        box = tab.list.row_box(index).toRect()
        image = tab.list.viewport().grab(box).toImage()
        return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}

    assert theme.WARNING.name() in colours(1)
    assert theme.WARNING.name() not in colours(0)
    assert theme.BEYOND.name() not in colours(1)


def test_a_thousand_messages_paint_only_what_is_seen(
    tab: MessagesTab, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(1000):
        messages.post(float(i), "osc", f"message {i}")
    tab.refresh()
    assert len(tab.list.shown) == 1000
    painted: list[int] = []
    paint = MessageList._paint_row
    monkeypatch.setattr(MessageList, "_paint_row", lambda self, p, i: (painted.append(i), paint(self, p, i)))
    tab.list.viewport().grab()
    assert 0 < len(set(painted)) < 20
    assert tab.list.verticalScrollBar().maximum() > 20_000


def test_who_reads_further_down_is_left_there(tab: MessagesTab, messages: Messages) -> None:
    for i in range(100):
        messages.post(float(i), "osc", f"message {i}")
    tab.refresh()
    bar = tab.list.verticalScrollBar()
    bar.setValue(round(tab.list.row_box(50).top()) + 3)
    where = tab.list.row_box(50).top()
    reading = tab.list.shown[50].text
    for i in range(7):
        messages.post(200.0, "midi", f"new {i}")
    tab.refresh()
    assert tab.list.shown[57].text == reading
    assert tab.list.row_box(57).top() == where
    bar.setValue(0)
    messages.post(201.0, "midi", "the newest")
    tab.refresh()
    assert bar.value() == 0
    assert tab.list.shown[0].text == "the newest"


def test_what_was_refused_is_counted_by_source(tab: MessagesTab, bay: Bay) -> None:
    assert tab.refusals.text == ""
    bay.write([("/nowhere", 1), ("/deck/a/psi", float("nan")), ("/deck/a/psi", float("inf"))], OSC)
    bay.write([("/gen/palette", "purple")], Source("midi Nano", Rank.MIDI))
    tab.refresh()
    assert tab.refusals.text == (
        "osc 127.0.0.1:5000: 2 not a number, 1 no such address   midi Nano: 1 does not fit"
    )  # fmt: skip


def test_nothing_here_takes_the_keyboard_by_itself(tab: MessagesTab, messages: Messages, qtbot: QtBot) -> None:
    other = QWidget(tab)
    other.show()
    tab.window().activateWindow()  # an X server without a window manager gives the keyboard to nobody unasked
    other.setFocus()
    qtbot.waitUntil(other.hasFocus, timeout=30_000)
    messages.post(9.0, "engine", "Out of memory.", serious=True)
    tab.refresh()
    click(tab, 0)
    choose(tab.chips, "engine")
    QTest.mouseMove(tab.list.viewport(), QPoint(5, 5))
    assert not tab.list.hasFocus()
    assert not tab.chips.hasFocus()
