"""Keys play: each shortcut against the bay, who gets a key first, and keys of one's own that survive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from latentjockey.base import paths
from latentjockey.ui import keys, shortcut_file
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import ControlButton
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.key_names import shown as shown_key
from latentjockey.ui.keys import Keys, control_at_hand
from latentjockey.ui.shortcut_filter import ShortcutFilter
from latentjockey.ui.shortcuts import SHORTCUTS, ShortcutMap
from latentjockey.ui.slider import Slider

Key = Qt.Key
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


class Stage:
    """A window with a slider and a button, whose keys play."""

    def __init__(self, binder: Binder) -> None:
        self.binder = binder
        self.bay = binder.bay
        self.root = QWidget()
        self.root.resize(400, 300)
        self.slider = Slider(binder, "/deck/a/psi", parent=self.root)
        self.slider.setGeometry(10, 10, 200, 40)
        self.button = ControlButton(binder, "/deck/a/randomise", "randomise", parent=self.root)
        self.button.setGeometry(10, 60, 100, 26)
        self.called: list[str] = []
        self.armed = False
        self.map = ShortcutMap()
        self.keys = Keys(
            binder,
            {
                "learn": lambda: self._call("learn"),
                "help": lambda: self._call("help"),
                "save": lambda: self._call("save"),
                "escape": self._escape,
            },
            parent=self.root,
        )
        self.filter = ShortcutFilter(self.map, self.keys.perform, self.root)
        self.root.show()
        self.root.activateWindow()
        QTest.qWaitForWindowActive(self.root)
        self.root.setFocus()

    def _call(self, name: str) -> bool:
        self.called.append(name)
        return True

    def _escape(self) -> bool:
        armed, self.armed = self.armed, False
        return armed

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        """As the system does: to the window, which gives it to whoever has the keyboard."""
        QTest.keyClick(self.root.windowHandle(), key, modifiers)

    def down(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyPress(self.root.windowHandle(), key, modifiers)

    def up(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
        QTest.keyRelease(self.root.windowHandle(), key, modifiers)

    def count(self, address: str) -> float:
        """How often a TRIGGER was pressed."""
        return self.bay.number(address)

    def events(self) -> list[tuple[str, str]]:
        return [(event.address, event.text) for event in self.bay.drain_events()]


@pytest.fixture
def stage(binder: Binder) -> Iterator[Stage]:
    made = Stage(binder)
    yield made
    made.filter.close()
    made.root.close()
    made.root.deleteLater()
    QApplication.processEvents()


# -- what the keys do -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "modifiers", "address"),
    [
        (Key.Key_Space, NONE, "/transport/tap"),
        (Key.Key_Z, CTRL, "/session/undo"),
        (Key.Key_Z, CTRL | SHIFT, "/session/redo"),
        (Key.Key_Y, CTRL, "/session/redo"),
        (Key.Key_Pause, NONE, "/panic"),
        (Key.Key_P, CTRL, "/panic"),
    ],
)
def test_keys_press(stage: Stage, key: Qt.Key, modifiers: Qt.KeyboardModifier, address: str) -> None:
    stage.press(key, modifiers)
    assert stage.events() == [(address, "")]


@pytest.mark.parametrize(
    ("key", "modifiers", "address"),
    [
        (Key.Key_F, NONE, "/surface/focus"),
        (Key.Key_QuoteLeft, NONE, "/surface/focus"),
        (Key.Key_P, NONE, "/surface/view"),
        (Key.Key_F5, NONE, "/surface/view"),
        (Key.Key_B, SHIFT, "/stage/blackout"),
        (Key.Key_Z, SHIFT, "/stage/freeze"),
        (Key.Key_R, SHIFT, "/record/running"),
        (Key.Key_G, NONE, "/ghost/playing"),
        (Key.Key_O, NONE, "/output/1/on"),
    ],
)
def test_keys_toggle(stage: Stage, key: Qt.Key, modifiers: Qt.KeyboardModifier, address: str) -> None:
    stage.press(key, modifiers)
    assert stage.bay.number(address) == 1
    stage.press(key, modifiers)
    assert stage.bay.number(address) == 0


@pytest.mark.parametrize("key", [Key.Key_B, Key.Key_R, Key.Key_Z])
def test_a_stray_letter_neither_blacks_nor_freezes_nor_records(stage: Stage, key: Qt.Key) -> None:
    before = stage.bay.revision
    stage.press(key)
    assert stage.bay.revision == before


@pytest.mark.parametrize("number", range(1, 9))
def test_number_keys_play_the_cues_of_both_decks(stage: Stage, number: int) -> None:
    key = Qt.Key(Key.Key_0.value + number)
    stage.press(key)
    stage.press(key, SHIFT)
    stage.press(key, CTRL)
    assert stage.events() == [
        (f"/deck/a/cue/{number}/recall", ""),
        (f"/deck/b/cue/{number}/recall", ""),
        (f"/deck/a/cue/{number}/store", ""),
    ]
    stage.press(Key.Key_F)
    stage.press(key)
    stage.press(key, SHIFT)
    stage.press(key, CTRL)
    assert stage.events() == [
        (f"/deck/b/cue/{number}/recall", ""),
        (f"/deck/a/cue/{number}/recall", ""),
        (f"/deck/b/cue/{number}/store", ""),
    ]


def test_shift_may_make_another_sign_of_a_figure(stage: Stage) -> None:
    stage.press(Key.Key_Exclam, SHIFT)
    stage.press(Key.Key_Asterisk, SHIFT)
    assert stage.events() == [("/deck/b/cue/1/recall", ""), ("/deck/b/cue/8/recall", "")]


def test_arrows_crossfade_without_ends(stage: Stage) -> None:
    for _ in range(3):
        stage.press(Key.Key_Right)
    stage.press(Key.Key_Right, SHIFT)
    assert stage.bay.number("/mix/crossfade") == pytest.approx(0.062)
    stage.press(Key.Key_Right, CTRL)
    stage.press(Key.Key_Right)
    assert stage.bay.number("/mix/crossfade") == pytest.approx(1.02)
    stage.press(Key.Key_Left, CTRL)
    stage.press(Key.Key_Left)
    assert stage.bay.number("/mix/crossfade") == pytest.approx(-0.02)


def test_a_still_and_what_the_window_does(stage: Stage) -> None:
    stage.press(Key.Key_S)
    assert stage.events() == [("/still/save", "")]
    stage.press(Key.Key_M)
    stage.press(Key.Key_F1)
    stage.press(Key.Key_S, CTRL)
    assert stage.called == ["learn", "help", "save"]


def test_panic_held_goes_home(stage: Stage, qtbot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.keys._home.setInterval(1)
    stage.down(Key.Key_Pause)
    qtbot.waitUntil(lambda: stage.count("/panic/home") == 1, timeout=30_000)
    stage.up(Key.Key_Pause)
    stage.keys._home.setInterval(keys.HOME_MS)
    stage.down(Key.Key_P, CTRL)
    stage.up(Key.Key_P)  # Ctrl went up before it
    assert not stage.keys._home.isActive()
    assert (stage.count("/panic"), stage.count("/panic/home")) == (2, 1)


def test_a_loop_is_recorded_of_the_control_at_hand_while_held(stage: Stage) -> None:
    stage.slider.setFocus()
    stage.down(Key.Key_L)
    assert stage.events() == [("/loop/hold", "/deck/a/psi")]
    stage.button.setFocus()
    stage.up(Key.Key_L)
    assert stage.events() == [("/loop/release", "/deck/a/psi")]


def test_a_loop_of_nothing_is_no_loop(stage: Stage) -> None:
    stage.root.setFocus()
    if not control_at_hand(stage.binder):  # where the test machine's mouse is, is not ours to say
        stage.press(Key.Key_L)
        assert stage.events() == []


def test_held_keys_are_let_go_when_the_window_is(stage: Stage) -> None:
    stage.slider.setFocus()
    stage.down(Key.Key_L)
    stage.filter.close()
    assert stage.events() == [("/loop/hold", "/deck/a/psi"), ("/loop/release", "/deck/a/psi")]


# -- who gets a key ---------------------------------------------------------------------------------------------------


def test_the_control_with_the_ring_gets_its_arrows_and_leaves_the_rest(stage: Stage) -> None:
    stage.slider.setFocus(Qt.FocusReason.TabFocusReason)
    stage.press(Key.Key_Right)
    stage.binder.flush()
    assert stage.bay.number("/mix/crossfade") == 0
    assert stage.bay.number("/deck/a/psi") > 1
    stage.press(Key.Key_Space)  # a slider has no use for it
    assert stage.count("/transport/tap") == 1
    stage.press(Key.Key_Escape)
    assert not stage.slider.hasFocus()


def test_a_clicked_button_is_not_pressed_again_by_space(stage: Stage) -> None:
    QTest.mouseClick(stage.button, Qt.MouseButton.LeftButton, NONE, QPoint(20, 10))
    assert stage.button.hasFocus()
    stage.press(Key.Key_Space)
    assert (stage.count("/deck/a/randomise"), stage.count("/transport/tap")) == (1, 1)
    stage.button.clearFocus()
    stage.button.setFocus(Qt.FocusReason.TabFocusReason)
    stage.press(Key.Key_Space)
    assert (stage.count("/deck/a/randomise"), stage.count("/transport/tap")) == (2, 1)


def test_a_key_that_ends_at_the_surface_plays(stage: Stage) -> None:
    QTest.keyClick(stage.root, Key.Key_Space)  # as an output hands its keys over
    assert stage.count("/transport/tap") == 1


def test_a_held_arrow_goes_on_and_a_held_letter_does_not(stage: Stage) -> None:
    for key in (Key.Key_Right, Key.Key_F):
        for again in (False, True, True):
            event = QKeyEvent(QEvent.Type.KeyPress, key, NONE, "", again)
            QApplication.sendEvent(stage.root.windowHandle(), event)
    assert stage.bay.number("/mix/crossfade") == pytest.approx(0.06)
    assert stage.bay.number("/surface/focus") == 1


def test_an_open_menu_keeps_its_keys(stage: Stage) -> None:
    menu = QMenu(stage.root)
    menu.addAction("one")
    menu.popup(stage.root.mapToGlobal(QPoint(5, 5)))
    before = stage.bay.revision
    stage.press(Key.Key_Right)
    stage.press(Key.Key_Space)
    assert stage.bay.revision == before
    menu.close()


def test_typing_is_left_alone_but_panic_is_not(stage: Stage) -> None:
    typed: list[str] = []

    def accept(text: str) -> str:
        typed.append(text)
        return ""

    line = LineEditor(stage.slider, QRect(0, 0, 100, 22), "", accept)
    assert line.hasFocus()
    for key in (Key.Key_1, Key.Key_P, Key.Key_Space, Key.Key_F):
        stage.press(key)
    stage.press(Key.Key_Pause)
    assert stage.events() == [("/panic", "")]
    stage.press(Key.Key_Return)
    assert typed == ["1p f"]
    assert stage.bay.number("/surface/view") == 0


def test_escape_stops_learning_and_closes_nothing(stage: Stage) -> None:
    stage.armed = True
    stage.press(Key.Key_Escape)
    stage.press(Key.Key_Escape)
    assert not stage.armed
    assert stage.root.isVisible()


# -- one's own keys ---------------------------------------------------------------------------------------------------


def test_no_two_actions_begin_with_the_same_key() -> None:
    wanted = [key for shortcut in SHORTCUTS for key in shortcut.keys]
    assert len(wanted) == len(set(wanted))
    assert len({shortcut.action for shortcut in SHORTCUTS}) == len(SHORTCUTS)
    assert all(shown_key(key) for key in wanted)


def test_own_keys_play_at_once_and_the_last_one_given_wins(stage: Stage) -> None:
    stage.map.give("ghost", ("F",))
    stage.press(Key.Key_F)
    assert (stage.bay.number("/ghost/playing"), stage.bay.number("/surface/focus")) == (1, 0)
    assert stage.map.loses("focus", "F") == "ghost"
    assert stage.map.loses("ghost", "F") is None
    assert stage.map.wanting("F") == ("focus", "ghost")
    stage.press(Key.Key_G)
    assert stage.bay.number("/ghost/playing") == 1
    stage.map.give("focus", ("F", "`"))  # its own keys, asked for anew
    stage.press(Key.Key_F)
    assert stage.bay.number("/surface/focus") == 1
    stage.map.reset()
    assert not any(stage.map.changed(shortcut.action) for shortcut in SHORTCUTS)


def test_they_are_saved_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "shortcuts.json"
    mine = ShortcutMap()
    mine.give("ghost", ("F", "Ctrl+G"))
    mine.give("tap", ())
    shortcut_file.save(mine, lambda job: job(), pytest.fail, path)
    other = ShortcutMap()
    assert shortcut_file.load(other, path) == ""
    assert other.given == mine.given
    assert other.action("F") == "ghost"
    assert other.action("Space") is None


def test_without_a_place_named_they_lie_beside_the_windows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcut_file, "state_dir", lambda: tmp_path)
    mine = ShortcutMap()
    mine.give("view", ("V",))
    shortcut_file.save(mine, lambda job: job(), pytest.fail)
    assert (tmp_path / "shortcuts.json").is_file()
    other = ShortcutMap()
    assert shortcut_file.load(other) == ""
    assert other.keys("view") == ("V",)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"shortcuts": 3}', b'{"shortcuts": [{"action": 1, "keys": []}]}', b"[" * 100_000,
     b'{"shortcuts": [{"action": "tap", "keys": "Space"}]}', b"\xff\xfe\x00"],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence_and_the_usual_keys(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "shortcuts.json"
    path.write_bytes(content)
    shortcuts = ShortcutMap()
    said = shortcut_file.load(shortcuts, path)
    assert said.startswith("shortcuts.json cannot be used")
    assert shortcuts.action("Space") == "tap"


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    said: list[str] = []
    shortcut_file.save(ShortcutMap(), lambda job: job(), said.append, tmp_path / "file" / "shortcuts.json")
    assert len(said) == 1
    assert paths.state_dir().is_dir()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([shortcut.action for shortcut in SHORTCUTS]),
            st.lists(st.sampled_from(["F", "G", "Space", "Ctrl+9", "Left"]), max_size=3),
        ),
        max_size=12,
    )
)
def test_a_key_has_one_action_and_the_file_keeps_which(given_keys: list[tuple[str, list[str]]]) -> None:
    mine = ShortcutMap()
    for action, wanted in given_keys:
        mine.give(action, wanted)
        assert mine.keys(action) == tuple(dict.fromkeys(wanted))
        for key in wanted:
            assert mine.action(key) == action
    other = ShortcutMap()
    other.take(mine.as_json())
    for key in ("F", "G", "Space", "Ctrl+9", "Left", "`"):
        assert other.action(key) == mine.action(key)
