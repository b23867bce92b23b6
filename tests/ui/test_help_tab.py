"""The help: it can be searched, and keys are changed in it, by mouse and by keyboard, and saved."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from latentjockey.control.names import EIGHT
from latentjockey.ui.binder import Binder
from latentjockey.ui.help_tab import KEYS, HelpTab
from latentjockey.ui.help_text import TOPICS, found, has_words
from latentjockey.ui.keys import Keys
from latentjockey.ui.shortcut_filter import ShortcutFilter
from latentjockey.ui.shortcut_rows import lines
from latentjockey.ui.shortcuts import SHORTCUTS, ShortcutMap

Show = Callable[[QWidget, int, int], None]
Key = Qt.Key
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


class Help:
    def __init__(self, shown: Show) -> None:
        self.map = ShortcutMap()
        self.saved: list[bytes] = []
        self.tab = HelpTab(self.map, lambda: self.saved.append(self.map.as_json()))
        shown(self.tab, 1100, 260)
        self.tab.activateWindow()
        QTest.qWaitForWindowActive(self.tab)
        self.editor = self.tab.editor

    def click(self, action: str, place: int = 0) -> None:
        self.click_at(self.editor.slot_box(action, place))

    def click_at(self, box: object) -> None:
        at = box.center().toPoint()  # type: ignore[attr-defined]
        QTest.mouseClick(self.editor, Qt.MouseButton.LeftButton, NONE, at)


@pytest.fixture
def help_(shown: Show, qapp: object) -> Help:
    return Help(shown)


@pytest.fixture
def playing(help_: Help, binder: Binder) -> Iterator[Keys]:
    """Keys play meanwhile."""
    made = Keys(binder, {})
    listening = ShortcutFilter(help_.map, made.perform, help_.tab)
    yield made
    listening.close()


def test_every_gesture_group_and_every_knob_is_explained() -> None:
    titles = {topic.title for topic in TOPICS}
    assert {
        "every control", "latent strip", "cues", "stage", "outputs", "learning", "looping", "panic", "the eight knobs",
        "shaders", "modulation", "tempo", "training", "models",
    } == titles  # fmt: skip
    knobs = next(topic for topic in TOPICS if topic.title == "the eight knobs")
    assert [entry.gesture for entry in knobs.entries][:8] == [word for word, _ in EIGHT]
    assert all(entry.does for topic in TOPICS for entry in topic.entries)


def test_every_shortcut_is_in_the_list() -> None:
    actions = {slot.action for line in lines(ShortcutMap()) for slot in line.slots}
    assert actions == {shortcut.action for shortcut in SHORTCUTS}


def test_words_are_found_at_their_beginning() -> None:
    assert has_words("recall cue 3", "cue rec")
    assert not has_words("rescue", "cue")
    assert [topic.title for topic in found("overdub")] == ["looping"]
    assert found("") == TOPICS
    assert found("qwertz") == ()


def test_searching_narrows_explanations_and_shortcuts(help_: Help) -> None:
    everything = help_.editor.found
    QTest.keyClicks(help_.tab.search, "undone")
    assert help_.editor.found == 1
    assert help_.tab.page.topics == ()
    QTest.keyClick(help_.tab.search, Key.Key_Escape)
    assert help_.tab.search.text() == ""
    assert help_.editor.found == everything
    help_.tab.show_topic("cues")
    assert [topic.title for topic in help_.tab.page.topics] == ["cues"]
    help_.tab.show_topic(KEYS)
    assert not help_.tab.page.isVisible()
    assert help_.editor.isVisible()


def test_a_click_and_a_key_change_a_shortcut(help_: Help) -> None:
    help_.click("ghost")
    assert help_.editor.waiting
    QTest.keyClick(help_.editor, Key.Key_H, SHIFT)
    assert help_.map.keys("ghost") == ("Shift+H",)
    assert not help_.editor.waiting
    help_.click("ghost", 1)
    QTest.keyClick(help_.editor, Key.Key_F9)
    assert help_.map.keys("ghost") == ("Shift+H", "F9")
    assert len(help_.saved) == 2
    other = ShortcutMap()
    other.take(help_.saved[-1])
    assert other.action("F9") == "ghost"


def test_escape_leaves_a_key_and_backspace_clears_it(help_: Help) -> None:
    help_.click("ghost")
    QTest.keyClick(help_.editor, Key.Key_Escape)
    assert help_.map.keys("ghost") == ("G",)
    assert help_.saved == []
    help_.click("ghost")
    QTest.keyClick(help_.editor, Key.Key_Backspace)
    assert help_.map.keys("ghost") == ()
    help_.click_at(help_.editor.reset_box("ghost"))
    assert help_.map.keys("ghost") == ("G",)
    assert help_.editor.reset_box("ghost").isEmpty()


def test_a_modifier_alone_is_no_key_yet(help_: Help) -> None:
    help_.click("ghost")
    QTest.keyPress(help_.editor, Key.Key_Control, CTRL)
    assert help_.editor.waiting
    QTest.keyClick(help_.editor, Key.Key_K, CTRL)
    assert help_.map.keys("ghost") == ("Ctrl+K",)


def test_the_pressed_key_does_not_play(help_: Help, playing: Keys, binder: Binder) -> None:
    other = QShortcut(QKeySequence("Ctrl+Z"), help_.tab)
    fired: list[int] = []
    other.activated.connect(lambda: fired.append(1))
    help_.click("ghost")
    QTest.keyClick(help_.tab.windowHandle(), Key.Key_Space)
    assert help_.map.action("Space") == "ghost"
    assert binder.bay.number("/ghost/playing") == 0
    help_.click("tap")
    QTest.keyClick(help_.tab.windowHandle(), Key.Key_Z, CTRL)
    assert help_.map.action("Ctrl+Z") == "tap"
    assert fired == []
    assert binder.bay.number("/transport/tap") == 0
    QTest.keyClick(help_.tab.windowHandle(), Key.Key_Space)
    assert binder.bay.number("/ghost/playing") == 1


def test_a_conflict_is_shown_and_not_forbidden(help_: Help) -> None:
    help_.click("ghost")
    QTest.keyClick(help_.editor, Key.Key_F)
    slots = {slot.action: slot for line in lines(help_.map) for slot in line.slots if slot.key == "F"}
    assert slots["focus"].taken_by == "the ghost plays, or stops"
    assert slots["ghost"].taken_by == ""
    assert help_.map.action("F") == "ghost"
    assert help_.tab.all_back.isVisible()
    QTest.mouseClick(help_.tab.all_back, Qt.MouseButton.LeftButton)
    assert help_.map.action("F") == "focus"
    assert not help_.tab.all_back.isVisible()


def test_the_eight_cues_share_a_line_and_have_a_key_each(help_: Help) -> None:
    help_.click("cue/3")
    QTest.keyClick(help_.editor, Key.Key_Q)
    assert help_.map.action("Q") == "cue/3"
    assert help_.map.action("4") == "cue/4"
    help_.click_at(help_.editor.reset_box("cue/3"))
    assert help_.map.action("3") == "cue/3"


def test_the_keyboard_alone_can_change_a_key(help_: Help) -> None:
    help_.editor.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(help_.editor, Key.Key_Down)
    QTest.keyClick(help_.editor, Key.Key_Return)
    assert help_.editor.waiting
    QTest.keyClick(help_.editor, Key.Key_U)
    assert help_.map.action("U") == "undo"


def test_leaving_the_list_leaves_the_key(help_: Help) -> None:
    help_.click("ghost")
    help_.tab.search.setFocus()
    assert not help_.editor.waiting
    QTest.keyClick(help_.tab.search, Key.Key_X)
    assert help_.map.keys("ghost") == ("G",)
