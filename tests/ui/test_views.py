"""PLAY and STUDIO over one state: what a hand, a key or a message does in either, judged by the bay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.names import BANDS, DECKS, EIGHT
from latentjockey.control.source import CONDUCTOR, ENGINE, HAND, Rank, Source
from latentjockey.ui.choice import Choice
from latentjockey.ui.dropping import preset_mime
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.panic_button import PanicButton
from latentjockey.ui.play_view import PlayView
from latentjockey.ui.preset_browser import PresetBrowser
from latentjockey.ui.window import MainWindow

OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
Key = Qt.Key
CTRL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
STUDIO, PLAY = 0.0, 1.0


def view(window: MainWindow, value: float) -> None:
    window.binder.bay.write([("/surface/view", value)], HAND)
    window.binder.poll()
    QApplication.processEvents()


def key(window: MainWindow, which: Qt.Key, modifiers: Qt.KeyboardModifier = NONE) -> None:
    """As the system does: to the window, which gives it to whoever has the keyboard."""
    QTest.keyClick(window.windowHandle(), which, modifiers)
    window.binder.poll()
    QApplication.processEvents()


@pytest.fixture
def play(window: MainWindow) -> PlayView:
    view(window, PLAY)
    assert window.play is not None
    return window.play


# -- two views of one state -------------------------------------------------------------------------------------------


def test_play_is_made_when_it_is_first_wanted(window: MainWindow) -> None:
    assert window.play is None
    assert not window.playing
    view(window, PLAY)
    assert window.playing
    assert window.play is not None
    assert window.play.isVisible()
    assert not window.studio.isVisible()


def test_within_a_window_play_is_made_a_part_at_a_time(open_in: Callable[[QWidget], MainWindow], qtbot: Any) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    window = open_in(holder)
    window.binder.write_now("/surface/view", 1.0)
    window.binder.poll()
    assert window.play is None  # the loop goes round meanwhile
    qtbot.waitUntil(lambda: window.playing, timeout=30_000)
    assert window.play is not None
    qtbot.waitUntil(lambda: all(part.updatesEnabled() for part in window.play.parts), timeout=30_000)


def test_who_changes_their_mind_while_play_is_made_stays(open_in: Callable[[QWidget], MainWindow], qtbot: Any) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    window = open_in(holder)
    for value in (1.0, 0.0):
        window.binder.write_now("/surface/view", value)
        window.binder.poll()
    qtbot.waitUntil(lambda: window.play is not None, timeout=30_000)
    assert not window.playing


def test_three_ways_lead_to_the_other_view_and_the_state_stays(window: MainWindow, bay: Bay, hand: Any) -> None:
    moved = [("/deck/a/psi", 7.5), ("/mix/crossfade", 0.25), ("/deck/b/eq/fine", 0.0), ("/surface/focus", 1)]
    bay.write(moved, OSC)
    window.binder.poll()
    before = bay.snapshot().values.copy()
    target = bay.layout.resolve("/surface/view")
    assert target is not None
    at = target.start

    def by_hand() -> None:
        front = window.play if window.playing else window.studio
        assert front is not None
        choice = next(c for c in front.findChildren(Choice) if c.address == "/surface/view")
        hand.click(choice, QPointF(4.0 if window.playing else choice.width() - 4.0, choice.height() / 2))
        QApplication.processEvents()
        window.binder.poll()

    ways: list[Callable[[], None]] = [
        lambda: view(window, STUDIO if window.playing else PLAY),
        lambda: key(window, Key.Key_P),
        by_hand,
    ]
    for way in ways:
        for playing in (True, False):
            way()
            assert window.playing is playing
            assert bay.number("/surface/view") == float(playing)
            now = bay.snapshot().values.copy()
            now[at] = before[at]
            assert np.array_equal(now, before)


def test_the_next_window_opens_in_the_view_of_the_last(open_window: Callable[..., MainWindow], make_bay: Any) -> None:
    for playing in (True, False, True):
        first = open_window(played=make_bay())
        view(first, PLAY if playing else STUDIO)
        first.close()
        bay = make_bay()
        again = open_window(played=bay)
        again.binder.poll()
        QApplication.processEvents()
        assert again.playing is playing
        assert bay.number("/surface/view") == float(playing)
        again.close()


def test_blackout_and_fit_are_the_same_in_both(window: MainWindow, bay: Bay, pictures: Any) -> None:
    bay.write([("/stage/blackout", True), ("/stage/fit", "stretch")], OSC)
    for value in (STUDIO, PLAY):
        view(window, value)
        stage = window.play.stage if window.play is not None else window.stage
        assert pixel(stage.canvas, 0.5, 0.1) == (0, 0, 0)
    bay.write([("/stage/blackout", False)], OSC)
    for value in (PLAY, STUDIO):
        view(window, value)
        stage = window.play.stage if window.playing and window.play is not None else window.stage
        assert pixel(stage.canvas, 0.01, 0.1)[0] > 200  # stretched: no black beside it


def pixel(widget: QWidget, across: float, down: float) -> tuple[int, int, int]:
    image = widget.grab().toImage()
    colour = image.pixelColor(round((image.width() - 1) * across), round((image.height() - 1) * down))
    return colour.red(), colour.green(), colour.blue()


def running(root: QWidget) -> list[QTimer]:
    return [timer for timer in root.findChildren(QTimer) if timer.isActive() and not timer.isSingleShot()]


def test_views_that_are_switched_leave_nothing_running(window: MainWindow, previews: Any) -> None:
    def everything() -> tuple[int, int]:
        return len(window.findChildren(QTimer)), len(running(window))

    view(window, PLAY)
    view(window, STUDIO)
    first = everything()
    assert window.play is not None
    for _ in range(10):
        view(window, PLAY)
        assert previews.solo_wanted
        assert not running(window.studio)
        view(window, STUDIO)
        assert previews.solo_wanted
        assert not running(window.play)
    assert everything() == first
    window.hide()
    QApplication.processEvents()
    assert not previews.solo_wanted
    window.show()
    QApplication.processEvents()
    assert previews.solo_wanted
    window.close()
    assert not previews.solo_wanted
    assert not running(window)


# -- decks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [STUDIO, PLAY])
def test_a_click_on_a_heading_gives_its_deck_the_focus(window: MainWindow, bay: Bay, hand: Any, value: float) -> None:
    view(window, value)
    front = window.play if window.playing else window.studio
    assert front is not None
    for deck in "bab":
        panel = front.deck_b if deck == "b" else front.deck_a
        other = front.deck_a if deck == "b" else front.deck_b
        hand.click(panel.heading)
        window.binder.poll()
        assert bay.number("/surface/focus") == DECKS.index(deck)
        assert panel.heading.focused
        assert not other.heading.focused


@pytest.mark.parametrize("value", [STUDIO, PLAY])
def test_a_kill_kills_and_brings_back_what_it_was(window: MainWindow, bay: Bay, hand: Any, value: float) -> None:
    view(window, value)
    if window.play is not None and window.playing:
        blocks = [window.play.deck_a.eq, window.play.deck_b.eq]
    else:
        blocks = window.studio.mix.eq
    for deck, block in zip(DECKS, blocks, strict=True):
        for band, kill in zip(BANDS, block.kills, strict=True):
            address = f"/deck/{deck}/eq/{band}"
            bay.write([(address, 0.6)], CONDUCTOR)
            window.binder.poll()
            for wanted in (0.0, 0.6):
                hand.click(kill)
                window.binder.poll()
                assert bay.number(address) == wanted
                assert kill.killed is (wanted == 0.0)


def test_what_was_killed_in_one_view_comes_back_in_the_other(window: MainWindow, bay: Bay, hand: Any) -> None:
    bay.write([("/deck/b/eq/middle", 1.75)], CONDUCTOR)
    window.binder.poll()
    hand.click(window.studio.mix.eq[1].kills[1])
    view(window, PLAY)
    assert window.play is not None
    assert bay.number("/deck/b/eq/middle") == 0.0
    hand.click(window.play.deck_b.eq.kills[1])
    window.binder.poll()
    assert bay.number("/deck/b/eq/middle") == 1.75


@pytest.mark.parametrize("value", [STUDIO, PLAY])
def test_what_falls_on_a_deck_goes_there(
    window: MainWindow, decked: list[tuple[str, str]], dropped: list[str], tmp_path: Any, value: float
) -> None:
    view(window, value)
    front = window.play if window.playing else window.studio
    assert front is not None
    still, song = tmp_path / "still.png", QMimeData()
    picture = QMimeData()
    picture.setUrls([QUrl.fromLocalFile(str(still))])
    song.setUrls([QUrl.fromLocalFile(str(tmp_path / "song.mp3"))])
    for panel, mime in (
        (front.deck_b, picture),
        (front.deck_a, song),
        (front.deck_a, preset_mime("Low tide", tmp_path / "Low tide.json")),
    ):
        inside = panel.solo  # whatever lies on the deck lets it through
        how = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, NONE
        QApplication.sendEvent(inside, QDragEnterEvent(QPoint(5, 5), *how))
        QApplication.sendEvent(inside, QDropEvent(QPointF(5, 5), *how))
        QApplication.processEvents()
    assert decked == [("b", str(still)), ("a", "Low tide")]
    assert dropped == []


# -- panic ------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[STUDIO, PLAY], ids=["studio", "play"])
def panic(request: pytest.FixtureRequest, window: MainWindow, bay: Bay) -> PanicButton:
    view(window, request.param)
    bay.drain_events()
    front = window.play.bar if window.playing and window.play is not None else window.studio.top
    return front.panic


def pressed(bay: Bay) -> list[str]:
    return [event.address for event in bay.drain_events()]


def test_panic_answers_the_touch_and_a_short_one_stays_here(panic: PanicButton, bay: Bay, hand: Any) -> None:
    at = QPointF(panic.rect().center())
    hand.press(panic, at)
    assert pressed(bay) == ["/panic"]
    hand.release(panic, at)
    assert not running(panic)  # nothing that could press more
    assert pressed(bay) == []


def test_panic_held_goes_home_once(panic: PanicButton, bay: Bay, hand: Any, qtbot: Any) -> None:
    told: list[str] = []
    at = QPointF(panic.rect().center())
    hand.press(panic, at)

    def home() -> bool:
        told.extend(pressed(bay))
        return "/panic/home" in told

    qtbot.waitUntil(home, timeout=60_000)
    assert not running(panic)
    hand.release(panic, at)
    assert told + pressed(bay) == ["/panic", "/panic/home"]


def test_panic_that_vanishes_under_the_finger_does_not_go_home(
    panic: PanicButton, window: MainWindow, bay: Bay, hand: Any
) -> None:
    hand.press(panic, QPointF(panic.rect().center()))
    assert running(panic)
    view(window, STUDIO if window.playing else PLAY)
    pressed(bay)
    assert not running(panic)
    assert pressed(bay) == []
    assert not panic.down


def test_panic_by_key_is_one_press(panic: PanicButton, bay: Bay) -> None:
    QTest.keyClick(panic, Key.Key_Space)
    assert pressed(bay) == ["/panic"]


# -- the dot ----------------------------------------------------------------------------------------------------------


def test_the_dot_says_in_a_word_how_the_show_goes(
    window: MainWindow, play: PlayView, bay: Bay, messages: Messages, clock: ManualClock, hand: Any
) -> None:
    health = play.bar.health

    def word() -> str:
        window.binder.poll()
        window.refresh()
        assert health.accessibleName() == f"health: {health.word}"
        assert health.well is (health.word == "well")
        return health.word

    assert word() == "starting"
    bay.write([("/engine/state", "playing"), ("/engine/fps", 58.0)], ENGINE)
    assert word() == "well"
    bay.write([("/engine/fps", 9.6)], ENGINE)
    assert word() == "slow · 10 fps"
    bay.write([("/engine/fps", 58.0)], ENGINE)
    messages.post(clock.now(), "record", "The disk is full.", serious=True)
    assert word() == "see record"
    clock.advance(30.0)
    assert word() == "well"
    bay.write([("/engine/state", "restarting")], ENGINE)
    assert word() == "restarting"
    hand.click(health)
    window.binder.poll()
    assert not window.playing
    assert window.studio.tabs.current == "messages"


# -- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [STUDIO, PLAY])
def test_f1_explains(window: MainWindow, value: float) -> None:
    view(window, value)
    key(window, Key.Key_F1)
    assert not window.playing
    assert window.studio.tabs.current == "help"
    page = window.studio.tabs.page("help")
    assert page is not None
    assert page.isVisible()


@pytest.mark.parametrize("value", [STUDIO, PLAY])
def test_ctrl_s_asks_for_a_name(window: MainWindow, bay: Bay, value: float) -> None:
    window.studio.tabs.show_page("plots")
    view(window, value)
    bay.drain_events()
    key(window, Key.Key_S, CTRL)
    browser = window.studio.tabs.page("presets")
    assert isinstance(browser, PresetBrowser)
    (line,) = browser.findChildren(LineEditor)
    assert line.isVisible()
    line.setText("Dusk")
    QTest.keyClick(line, Key.Key_Return)
    assert [(e.address, e.text) for e in bay.drain_events()] == [("/preset/save", "Dusk")]


def test_ctrl_s_without_presets_does_nothing(open_window: Callable[..., MainWindow], actions: Any) -> None:
    window = open_window(asks=actions)
    tab = window.studio.tabs.current
    key(window, Key.Key_S, CTRL)
    assert window.studio.tabs.current == tab


def over(widget: QWidget, qtbot: Any) -> None:
    QTest.mouseMove(widget, QPoint(2, 2))
    QTest.mouseMove(widget, widget.rect().center())
    qtbot.waitUntil(widget.underMouse, timeout=30_000)


def test_m_learns_the_control_under_the_mouse_and_esc_stops(
    window: MainWindow, play: PlayView, mappings: Any, messages: Messages, qtbot: Any
) -> None:
    reach = next(k for k, (label, _) in zip(play.eight.knobs, EIGHT, strict=True) if label == "reach")
    over(reach, qtbot)
    key(window, Key.Key_M)
    assert mappings.armed() == "/deck/@/reach"
    assert "/deck/@/reach" in messages.recent()[-1].text
    qtbot.waitUntil(lambda: reach.armed, timeout=30_000)
    over(play.crossfader, qtbot)
    key(window, Key.Key_M)
    assert mappings.armed() == "/mix/crossfade"
    qtbot.waitUntil(lambda: play.crossfader.armed and not reach.armed, timeout=30_000)
    key(window, Key.Key_Escape)
    assert mappings.armed() == ""
    key(window, Key.Key_M)
    key(window, Key.Key_M)
    assert mappings.armed() == ""
    assert window.isVisible()


def test_without_mappings_m_is_nobodys(
    open_window: Callable[..., MainWindow], actions: Any, messages: Messages
) -> None:
    window = open_window(asks=actions)
    before = messages.total
    key(window, Key.Key_M)
    assert messages.total == before


# -- the keyboard stays where it is -----------------------------------------------------------------------------------


def test_nothing_takes_the_keyboard_away(
    window: MainWindow, bay: Bay, messages: Messages, clock: ManualClock, qtbot: Any
) -> None:
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    tempo = window.studio.top.tempo
    tempo.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(tempo.hasFocus, timeout=30_000)
    for name in window.studio.tabs.heads.names:
        window.studio.tabs.show_page(name)
        QApplication.processEvents()
        assert QApplication.focusWidget() is tempo, name
    for serious in (False, True):
        messages.post(clock.now(), "engine", "Something was said.", serious=serious)
        window.refresh()
        QApplication.processEvents()
        assert QApplication.focusWidget() is tempo
    bay.write([("/engine/state", "restarting"), ("/stage/blackout", True)], ENGINE)
    window.binder.poll()
    bay.install(bay.layout.__class__(bay.layout.epoch + 1, bay.layout.specs))
    window.binder.poll()
    QApplication.processEvents()
    assert QApplication.focusWidget() is tempo
    assert QApplication.activeModalWidget() is None
    assert QApplication.activeWindow() is window


def test_a_name_that_is_being_typed_survives_everything_around_it(
    window: MainWindow, bay: Bay, messages: Messages, clock: ManualClock, qtbot: Any
) -> None:
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    key(window, Key.Key_S, CTRL)
    line = QApplication.focusWidget()
    assert isinstance(line, LineEditor)
    QTest.keyClicks(line, "Du")
    messages.post(clock.now(), "engine", "The engine was started again.", serious=True)
    bay.write([("/engine/state", "restarting")], ENGINE)
    window.binder.poll()
    window.refresh()
    QApplication.processEvents()
    assert QApplication.focusWidget() is line
    QTest.keyClicks(line, "sk")
    assert line.text() == "Dusk"
