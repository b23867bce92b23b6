"""Outputs over a real bay and displays that come and go: what they show, and that nothing on them ends a show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage, QKeyEvent, QKeySequence, QScreen, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from latentjockey.base.clock import ManualClock
from latentjockey.control.source import Rank, Source
from latentjockey.ui.binder import Binder
from latentjockey.ui.displays import Display
from latentjockey.ui.output_scene import LEAVE_S, HeldKey
from latentjockey.ui.output_window import OutputWindow
from latentjockey.ui.outputs import Outputs
from latentjockey.ui.outputs_tab import OutputsTab
from latentjockey.ui.stage_view import StageView
from latentjockey.ui.test_card import sweep

OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
OWN = Display("eDP-1", 0, 0, 800, 800, 1.0, 60.0)
HALL = Display("HDMI-1", 800, 0, 800, 800, 1.0, 60.0)
WALL = Display("DP-2", 1600, 0, 800, 800, 1.0, 50.0)
RED, BLUE, BLACK = (250, 20, 30), (10, 40, 240), (0, 0, 0)


class Plugs:
    """Displays to plug in and pull out; Qt has one screen behind all of them."""

    def __init__(self, *present: Display) -> None:
        self.displays = present
        self.changed: Callable[[], None] = lambda: None

    def watch(self, changed: Callable[[], None]) -> None:
        self.changed = changed

    def present(self) -> tuple[Display, ...]:
        return self.displays

    def screen(self, name: str) -> QScreen | None:
        return QGuiApplication.primaryScreen() if name in [d.name for d in self.displays] else None

    def of(self, widget: QWidget) -> str:
        return "eDP-1"

    def plug(self, *present: Display) -> None:
        self.displays = present
        self.changed()


class Surface(QWidget):
    """Stands for the window: notes the keys that reach it."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[tuple[QEvent.Type, int]] = []

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self._note(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self._note(event)

    def _note(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Control:
            self.keys.append((event.type(), event.key()))


class Stage:
    """Everything that a test of outputs touches."""

    def __init__(self, binder: Binder, pictures: Any, clock: ManualClock, *present: Display) -> None:
        self.binder, self.bay, self.pictures, self.clock = binder, binder.bay, pictures, clock
        self.surface = Surface()
        self.said: list[str] = []
        self.plugs = Plugs(*present)
        self.backend = "painter"
        self.outputs = self.opened()

    def opened(self) -> Outputs:
        outputs = Outputs(
            self.binder, self.pictures, self.said.append, self.surface, self.backend, self.clock, screens=self.plugs
        )  # fmt: skip
        outputs.start()
        self.clock.advance(1.0)  # what it wrote is held no more
        return outputs

    def write(self, *batch: tuple[str, Any]) -> None:
        report = self.bay.write(batch, OSC)
        assert not report.refused
        self.settle()

    def settle(self) -> None:
        self.binder.poll()
        QApplication.processEvents()

    def window(self, number: int = 1) -> OutputWindow:
        window = self.outputs.window(number)
        assert window is not None
        return window

    def pixel(self, across: float, down: float, number: int = 1) -> tuple[int, ...]:
        return pixel(self.window(number).grab(), across, down)


def pixel(image: QImage, across: float, down: float) -> tuple[int, ...]:
    at = round(across * (image.width() - 1)), round(down * (image.height() - 1))
    return tuple(image.pixelColor(*at).getRgb()[:3])  # type: ignore[arg-type]


@pytest.fixture
def stage(binder: Binder, pictures: Any, clock: ManualClock, own_settings: None, qtbot: Any) -> Iterator[Stage]:
    made = Stage(binder, pictures, clock, OWN, HALL)
    yield made
    made.outputs.close()
    made.surface.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def own_settings(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("latentjockey.base.paths.state_dir", lambda: tmp_path)


# -- what it shows ----------------------------------------------------------------------------------------------------


def test_an_output_switched_on_from_anywhere_shows_the_stage_on_the_other_display(stage: Stage) -> None:
    assert stage.outputs.window(1) is None
    stage.write(("/output/1/on", True))
    window = stage.window()
    assert window.display == HALL
    assert window.view.isVisible()
    assert window.view.windowState() == Qt.WindowState.WindowFullScreen
    assert window.view.flags() & Qt.WindowType.FramelessWindowHint
    assert window.view.cursor().shape() == Qt.CursorShape.BlankCursor
    assert stage.pixel(0.5, 0.2) == RED
    assert stage.pixel(0.5, 0.8) == BLUE
    assert stage.pictures.out == 0
    stage.write(("/output/1/on", False))
    assert stage.outputs.window(1) is None
    assert not window.view.isVisible()


def test_preview_and_output_show_the_same_picture(stage: Stage, shown: Any) -> None:
    preview = StageView(stage.pictures, lambda _: None, lambda _: None, "painter")
    rng = np.random.default_rng(5)
    stage.pictures.show(rng.integers(0, 255, (200, 200, 3), np.uint8))
    stage.write(("/output/1/on", True))
    view = stage.window().view
    shown(preview, view.width(), view.height())
    preview.look()
    seen = preview.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert seen == stage.window().grab()
    stage.pictures.show(np.full((8, 8, 3), 77, np.uint8))
    stage.window().look()
    assert stage.pixel(0.5, 0.5) == (77, 77, 77)


def test_each_output_has_a_fit_of_its_own_and_blackout_reaches_all(stage: Stage) -> None:
    stage.plugs.plug(OWN, HALL, WALL)
    stage.pictures.show(np.full((8, 16, 3), (250, 20, 30), np.uint8))
    stage.write(("/output/1/on", True), ("/output/2/on", True), ("/output/2/fit", "stretch"))
    assert [stage.window(n).display.name for n in (1, 2)] == ["HDMI-1", "DP-2"]
    assert stage.pixel(0.5, 0.05, 1) == BLACK
    assert stage.pixel(0.5, 0.05, 2) == RED
    assert stage.pixel(0.5, 0.5, 1) == RED
    stage.write(("/output/1/fit", "crop"))
    assert stage.pixel(0.5, 0.05, 1) == RED
    stage.write(("/output/1/test", True), ("/stage/blackout", True))
    for number in (1, 2):
        assert {stage.pixel(x, y, number) for x in (0.1, 0.5) for y in (0.0, 0.4, 0.5)} == {BLACK}
    stage.write(("/stage/blackout", False), ("/output/1/test", False))
    assert stage.pixel(0.5, 0.5, 1) == RED


def test_the_test_card_covers_the_picture_and_its_line_moves(stage: Stage) -> None:
    stage.write(("/output/1/on", True))
    picture = stage.window().grab()
    stage.write(("/output/1/test", True))
    card = stage.window().grab()
    assert card != picture
    wide, high = card.width(), card.height()
    assert pixel(card, 0, 0) == (255, 255, 255)
    assert pixel(card, 1, 1) == (255, 255, 255)
    unit = min(wide, high) // 18
    bars = [card.pixelColor(round(wide / 2 + (i - 3.5) * 1.5 * unit), high // 2 - 2 * unit) for i in range(8)]
    assert [bar.name() for bar in bars] == [
        "#ffffff", "#ffff00", "#00ffff", "#00ff00", "#ff00ff", "#ff0000", "#0000ff", "#000000",
    ]  # fmt: skip
    stage.clock.advance(1.0)
    stage.window().look()
    assert stage.window().grab() != card
    stage.write(("/output/1/test", False))
    assert stage.window().grab() == picture


def test_the_moving_line_goes_from_side_to_side() -> None:
    places = [sweep(t / 10) for t in range(40)]
    assert places[0] == 0.0
    assert places == sorted(places)
    assert 0.9 < places[-1] < 1.0
    assert sweep(4.0) == 0.0


def test_nothing_is_painted_or_leased_while_nothing_is_new(stage: Stage) -> None:
    stage.write(("/output/1/on", True))
    assert QTest.qWaitForWindowExposed(stage.window().view)
    QApplication.processEvents()
    before = stage.pictures.taken
    assert before > 0
    for _ in range(10):
        stage.window().look()
        QApplication.processEvents()
    assert stage.pictures.taken == before


# -- leaving ----------------------------------------------------------------------------------------------------------


def test_esc_must_be_held_and_a_ring_shows_how_long(stage: Stage, qtbot: Any) -> None:
    stage.write(("/output/1/on", True))
    window = stage.window()
    plain = window.grab()
    QTest.keyPress(window.view, Qt.Key.Key_Escape)
    stage.clock.advance(LEAVE_S * 0.6)
    window.look()
    assert window.grab() != plain
    QTest.keyRelease(window.view, Qt.Key.Key_Escape)
    stage.clock.advance(LEAVE_S)
    window.look()
    stage.settle()
    assert stage.bay.number("/output/1/on") == 1.0
    assert window.grab() == plain
    QTest.keyPress(window.view, Qt.Key.Key_Escape)
    stage.clock.advance(LEAVE_S * 1.01)
    qtbot.waitUntil(lambda: stage.bay.number("/output/1/on") == 0.0, timeout=30_000)
    stage.settle()
    assert stage.outputs.window(1) is None
    assert stage.surface.keys == []


def test_esc_is_up_again_when_the_output_loses_the_keyboard(stage: Stage) -> None:
    stage.write(("/output/1/on", True))
    window = stage.window()
    QTest.keyPress(window.view, Qt.Key.Key_Escape)
    QApplication.sendEvent(window.view, QEvent(QEvent.Type.FocusOut))
    stage.clock.advance(LEAVE_S * 2)
    window.look()
    stage.settle()
    assert stage.bay.number("/output/1/on") == 1.0


def test_a_key_that_repeats_itself_was_pressed_once() -> None:
    key = HeldKey(2.0)
    key.press(1.0)
    key.press(1.9)
    assert key.share(2.0) == 0.5
    assert key.share(9.0) == 1.0
    key.release()
    assert key.share(9.0) == 0.0


def test_closing_is_refused(stage: Stage) -> None:
    stage.write(("/output/1/on", True))
    view = stage.window().view
    event = QCloseEvent()
    QApplication.sendEvent(view, event)
    assert not event.isAccepted()
    view.close()
    stage.settle()
    assert view.isVisible()
    assert stage.bay.number("/output/1/on") == 1.0


@pytest.mark.parametrize("keys", [Qt.Key.Key_F4, Qt.Key.Key_Q, Qt.Key.Key_W])
def test_no_key_ends_the_show(stage: Stage, keys: Qt.Key) -> None:
    stage.write(("/output/1/on", True))
    ended: list[str] = []
    for text in ("Alt+F4", "Ctrl+Q", "Ctrl+W"):
        QShortcut(QKeySequence(text), stage.surface, lambda: ended.append("ended"))
    modifier = Qt.KeyboardModifier.AltModifier if keys == Qt.Key.Key_F4 else Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(stage.window().view, keys, modifier)
    stage.settle()
    assert ended == []
    assert stage.window().view.isVisible()


def test_playing_goes_on_with_the_keys_of_the_surface(stage: Stage) -> None:
    stage.write(("/output/1/on", True))
    undone: list[int] = []
    QShortcut(QKeySequence("Ctrl+Z"), stage.surface, lambda: undone.append(1))
    view = stage.window().view
    QTest.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [1]
    assert stage.surface.keys == []
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert stage.surface.keys == [
        (QEvent.Type.KeyPress, Qt.Key.Key_Space),
        (QEvent.Type.KeyRelease, Qt.Key.Key_Space),
    ]


# -- displays that come and go ----------------------------------------------------------------------------------------


def test_a_display_pulled_out_hides_its_output_and_plugged_in_again_brings_it_back(stage: Stage) -> None:
    stage.write(("/output/1/on", True))
    before = stage.window().view
    stage.plugs.plug(OWN)
    assert stage.outputs.window(1) is None
    assert not before.isVisible()
    assert stage.said == ["The display HDMI-1 went away: output 1 is hidden and returns with it."]
    assert stage.outputs.spot(1).words == "waits for HDMI-1, which is not here"
    assert stage.bay.number("/output/1/on") == 1.0
    stage.plugs.plug(OWN, HALL)
    assert stage.window().view.isVisible()
    assert stage.window().display == HALL
    assert stage.pixel(0.5, 0.2) == RED
    assert stage.said[-1] == "Output 1 shows on HDMI-1 again."


def test_a_display_that_changes_its_size_is_filled_anew(stage: Stage) -> None:
    stage.write(("/output/1/on", True))
    window = stage.window()
    stage.plugs.plug(OWN, Display("HDMI-1", 800, 0, 1280, 720))
    assert stage.window() is window
    assert stage.window().display.pixels == (1280, 720)
    assert "1280×720" in stage.outputs.spot(1).words


def test_two_outputs_change_their_displays_by_name(stage: Stage) -> None:
    stage.plugs.plug(OWN, HALL, WALL)
    stage.write(("/output/1/on", True), ("/output/1/display", "DP-2"), ("/output/2/on", True))
    assert [stage.window(n).display.name for n in (1, 2)] == ["DP-2", "HDMI-1"]
    stage.write(("/output/1/display", "HDMI-1"))
    assert stage.outputs.window(1) is None
    stage.write(("/output/2/display", "DP-2"))
    assert [stage.window(n).display.name for n in (1, 2)] == ["HDMI-1", "DP-2"]


def test_with_one_display_the_surface_is_covered_and_esc_uncovers_it(
    binder: Binder, pictures: Any, clock: ManualClock, own_settings: None
) -> None:
    alone = Stage(binder, pictures, clock, OWN)
    alone.write(("/output/1/on", True))
    assert alone.window().display == OWN
    assert "held Esc leaves" in alone.outputs.spot(1).words
    QTest.keyPress(alone.window().view, Qt.Key.Key_Escape)
    clock.advance(LEAVE_S * 1.01)
    alone.window().look()
    alone.settle()
    alone.settle()
    assert alone.outputs.window(1) is None
    alone.outputs.close()


# -- this machine -----------------------------------------------------------------------------------------------------


def test_displays_and_fits_are_remembered_on_this_machine(stage: Stage) -> None:
    stage.write(("/output/2/on", True), ("/output/2/display", "HDMI-1"), ("/output/2/fit", "crop"))
    stage.outputs.close()
    blank: list[tuple[str, Any]] = [("/output/2/on", False), ("/output/2/display", ""), ("/output/2/fit", 0)]
    stage.write(*blank)
    stage.outputs = stage.opened()
    assert stage.bay.value("/output/2/display") == "HDMI-1"
    assert stage.bay.number("/output/2/fit") == 1.0
    assert stage.window(2).display == HALL
    stage.outputs.close()
    stage.write(*blank)
    stage.plugs.plug(OWN)
    stage.outputs = stage.opened()
    assert stage.bay.number("/output/2/on") == 0.0
    assert stage.said[-1] == "Output 2 stays off: there is no display but the surface's own."
    stage.outputs.close()
    stage.plugs.plug(OWN, HALL)
    stage.outputs = stage.opened()
    assert stage.window(2).display == HALL


def test_nothing_is_left_on_a_display_after_the_surface_closed(stage: Stage) -> None:
    stage.write(("/output/1/on", True))
    view = stage.window().view
    stage.outputs.close()
    assert not view.isVisible()
    stage.plugs.plug(OWN, HALL, WALL)
    stage.write(("/output/2/on", True))
    assert stage.outputs.window(2) is None


# -- OpenGL -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def gl(stage: Stage) -> Stage:
    if QGuiApplication.platformName() != "xcb":
        pytest.skip(f"a {QGuiApplication.platformName()} display has no OpenGL")
    probe = StageView(stage.pictures, lambda _: None, lambda _: None, "gl")
    if probe.backend != "gl":
        pytest.skip("there is no OpenGL here")
    stage.outputs.close()
    stage.backend = "gl"
    stage.outputs = stage.opened()
    return stage


def exposed(stage: Stage, number: int) -> OutputWindow:
    assert QTest.qWaitForWindowExposed(stage.window(number).view)
    return stage.window(number)


def test_opengl_shows_the_picture_and_the_card_and_only_one_output_waits_for_its_display(gl: Stage) -> None:
    gl.plugs.plug(OWN, HALL, WALL)
    gl.write(("/output/1/on", True), ("/output/2/on", True))
    intervals = [exposed(gl, n).view.format().swapInterval() for n in (1, 2)]
    assert intervals == [1, 0]
    assert gl.pixel(0.5, 0.2, 2) == RED
    assert gl.pixel(0.5, 0.8, 2) == BLUE
    gl.write(("/output/1/on", False))
    assert exposed(gl, 2).view.format().swapInterval() == 1
    assert gl.pixel(0.5, 0.2, 2) == RED
    gl.write(("/output/2/test", True))
    assert gl.pixel(0, 0, 2) == (255, 255, 255)
    gl.write(("/output/2/test", False))
    assert gl.pixel(0.5, 0.8, 2) == BLUE
    assert gl.pictures.out == 0
    assert gl.said == []


def test_where_opengl_fails_the_painter_takes_over_and_says_so(gl: Stage) -> None:
    gl.write(("/output/1/on", True))
    exposed(gl, 1)
    gl.pictures.show(np.zeros((4, 4, 3), np.uint8))
    gl.window().view._scene.show.frames = Broken(gl.pictures)  # type: ignore[attr-defined]
    gl.window().look()
    gl.window().grab()
    gl.settle()
    assert not gl.window().kind.gl
    assert "OpenGL cannot draw output 1" in gl.said[-1]
    assert gl.pixel(0.5, 0.5) == BLACK


class Broken:
    """Frames of a kind that no texture takes."""

    def __init__(self, pictures: Any) -> None:
        self._pictures = pictures

    def acquire(self) -> Any:
        frame = self._pictures.acquire()
        frame.pixels = frame.pixels.astype(np.float32)
        return frame

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        return True


# -- the tab ----------------------------------------------------------------------------------------------------------


def test_the_tab_plays_the_outputs_and_says_how_they_go(stage: Stage, shown: Any, hand: Any) -> None:
    tab = OutputsTab(stage.binder, stage.outputs)
    shown(tab, 1200, 190)
    row = tab.rows[0]
    assert row.state.spot.words == "off"
    hand.click(row.on)
    stage.settle()
    stage.settle()
    assert stage.bay.number("/output/1/on") == 1.0
    assert row.state.spot.words == "on HDMI-1 · 800×800 · 60 Hz"
    hand.click(row.test)
    stage.settle()
    assert stage.bay.number("/output/1/test") == 1.0
    hand.click(row.fit, QPointF(row.fit.width() - 8, 8))
    stage.settle()
    assert stage.bay.number("/output/1/fit") == 2.0
    stage.plugs.plug(OWN)
    assert row.state.spot.words == "waits for HDMI-1, which is not here"


def test_the_tab_offers_the_displays_that_are_here_and_keeps_the_one_that_is_not(
    stage: Stage, shown: Any, hand: Any
) -> None:
    stage.write(("/output/3/display", "DP-9"))
    tab = OutputsTab(stage.binder, stage.outputs)
    shown(tab, 1200, 190)
    choice = tab.rows[2].display
    assert choice.text == "DP-9 · not here now"
    hand.click(choice)
    menu = choice.findChild(QMenu)
    assert menu is not None
    words = [action.text().strip("● ") for action in menu.actions()]
    assert words == [
        "the first that is free",
        "eDP-1 · 800×800 · 60 Hz",
        "HDMI-1 · 800×800 · 60 Hz",
        "DP-9 · not here now",
    ]
    menu.actions()[2].trigger()
    menu.close()
    stage.settle()
    assert stage.bay.value("/output/3/display") == "HDMI-1"
    assert choice.text == HALL.text


@pytest.mark.parametrize("width", [300, 560, 900, 1600])
def test_every_part_of_a_row_is_inside_at_every_width(stage: Stage, shown: Any, width: int) -> None:
    tab = OutputsTab(stage.binder, stage.outputs)
    shown(tab, width, 400)
    for row in tab.rows:
        for part in (row.on, row.display, row.fit, row.test, row.state):
            assert row.rect().contains(part.geometry())
            assert part.width() > 40
