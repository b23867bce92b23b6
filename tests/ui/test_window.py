"""The whole window over a real bay: it paints, follows the bay, is reachable by key, and holds nothing of Qt's look."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFrame,
    QGroupBox,
    QLabel,
    QProgressBar,
    QScrollBar,
    QTabBar,
    QWidget,
)

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.control.source import CONDUCTOR, ENGINE, Rank, Source
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.ui import theme
from latentjockey.ui.actions import Actions
from latentjockey.ui.button import Button, ControlButton
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.controls_tab import ControlsTab
from latentjockey.ui.cue_pad import CuePad
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.preset_browser import PresetBrowser
from latentjockey.ui.stage_canvas import image_of
from latentjockey.ui.stage_view import StageView
from latentjockey.ui.window import MainWindow

OSC = Source("osc 127.0.0.1:5000", Rank.OSC)
Show = Callable[[QWidget, int, int], None]
RED, BLUE = (250, 20, 30), (10, 40, 240)


def near(colour: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(colour.getRgb()[:3], wanted, strict=True))


def stage_pixel(window: MainWindow, down: float) -> Any:
    image = window.grab().toImage()
    ratio = image.devicePixelRatio()
    canvas = window.stage.canvas
    at = canvas.mapTo(window, QPoint(canvas.width() // 2, round(canvas.height() * down)))
    return image.pixelColor(round(at.x() * ratio), round(at.y() * ratio))


def test_the_picture_is_on_the_stage_the_right_way_up(window: MainWindow, pictures: Any) -> None:
    assert near(stage_pixel(window, 0.2), RED)
    assert near(stage_pixel(window, 0.8), BLUE)
    assert pictures.out == 0


def test_blackout_fit_and_newer_pictures(window: MainWindow, bay: Bay, pictures: Any) -> None:
    bay.write([("/stage/blackout", True)], OSC)
    window.binder.poll()
    assert near(stage_pixel(window, 0.2), (0, 0, 0))
    bay.write([("/stage/blackout", False), ("/stage/fit", "stretch")], OSC)
    window.binder.poll()
    image = window.grab().toImage()
    corner = window.stage.canvas.mapTo(window, QPoint(3, 3)) * image.devicePixelRatio()
    assert near(image.pixelColor(corner), RED)
    pictures.show(np.full((8, 8, 3), (20, 200, 60), np.uint8))
    window.stage.look()
    assert near(stage_pixel(window, 0.5), (20, 200, 60))


def test_a_still_picture_costs_nothing(window: MainWindow, pictures: Any) -> None:
    QApplication.processEvents()
    before = pictures.taken
    for _ in range(20):
        window.stage.look()
        QApplication.processEvents()
    assert pictures.taken == before


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (1920, 1080), (3840, 2160)])
def test_every_size_shows_everything_inside(window: MainWindow, size: tuple[int, int]) -> None:
    window.resize(*size)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size
    for widget in window.findChildren(ControlWidget):
        if widget.isVisible():
            corner = widget.mapTo(window, widget.rect().bottomRight())
            assert widget.width() > 20
            assert corner.x() < size[0]
    studio = window.studio
    ends = [panel.mapTo(window, panel.rect().bottomRight()) for panel in (studio.deck_a, studio.mix, studio.deck_b)]
    assert len({end.y() for end in ends}) == 1
    assert window.stage.height() > size[1] * 0.3
    assert not window.grab().isNull()


def test_nothing_has_qts_own_look(window: MainWindow) -> None:
    looks = (QAbstractButton, QAbstractSpinBox, QComboBox, QLabel, QProgressBar, QGroupBox, QTabBar, QDialog)
    for widget in window.findChildren(QWidget):
        assert not isinstance(widget, looks), widget
        assert not isinstance(widget, QAbstractSlider) or isinstance(widget, QScrollBar), widget
        assert not isinstance(widget, QFrame) or widget.frameShape() == QFrame.Shape.NoFrame, widget


def test_the_tab_key_reaches_every_control(window: MainWindow) -> None:
    wanted = {
        widget
        for kind in (ControlWidget, Button, CuePad, LatentStrip)
        for widget in window.findChildren(kind)
        if widget.isEnabled() and widget.isVisible()
    }
    assert len(wanted) > 50
    seen: set[QWidget] = set()
    widget: QWidget | None = window
    while widget is not None and widget not in seen:
        seen.add(widget)
        widget = widget.nextInFocusChain()
    for control in wanted:
        assert control in seen
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert control.accessibleName()


def test_the_ring_shows_after_a_key_and_not_after_a_click(window: MainWindow) -> None:
    slider = next(w for w in window.findChildren(ControlWidget) if w.address == "/deck/a/psi")
    slider.setFocus(Qt.FocusReason.MouseFocusReason)
    assert not slider.ring
    slider.clearFocus()
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    assert slider.ring or not window.isActiveWindow()


def test_every_control_a_hand_may_want_is_there(window: MainWindow, bay: Bay) -> None:
    window.show_page("model")
    bound = {w.address for w in window.findChildren(ControlWidget)}
    bound |= {w.address for w in window.findChildren(ControlButton)}
    bound |= {w.address for w in window.findChildren(LatentStrip)}
    assert {s.address for s in bay.layout.specs if s.address.startswith("/gen/")} <= bound
    for deck in "ab":
        for name in (
            "psi",
            "overdrive",
            "drift/speed",
            "drift/spread",
            "glide/time",
            "eq/coarse",
            "seed",
            "breed",
            "z",
        ):
            assert f"/deck/{deck}/{name}" in bound
    for address in ("/panic", "/mix/crossfade", "/mix/offset/fine", "/record/running", "/stage/freeze"):
        assert address in bound


def test_readouts_say_how_it_goes(window: MainWindow, bay: Bay) -> None:
    bay.write(
        [
            ("/engine/state", "playing"),
            ("/engine/device", "cpu"),
            ("/engine/fps", 57.6),
            ("/engine/latency_ms", 11.42),
            ("/engine/latency_p99_ms", 19.0),
        ],
        ENGINE,
    )
    window.binder.poll()
    top = window.studio.top
    assert [top.engine.value, top.fps.value] == ["playing · cpu", "58"]
    assert [top.latency.value, top.tail.value] == ["11.4 ms", "19.0 ms"]
    assert top.engine.dot == theme.DECK_A
    bay.write([("/engine/state", "restarting")], ENGINE)
    window.binder.poll()
    assert top.engine.value.startswith("restarting")
    assert top.engine.dot == theme.WARNING


def test_reachable_from_elsewhere_is_said(open_window: Callable[..., MainWindow]) -> None:
    open_ = Actions(lambda _: None, list, lambda: "0.0.0.0:9000", lambda: "none", off_loopback=True)
    top = open_window(asks=open_).studio.top
    assert top.osc.badge
    assert top.osc.isVisible()


def test_another_model_brings_its_own_controls(window: MainWindow, bay: Bay) -> None:
    window.show_page("model")
    model = window.studio.tabs.page("model")
    assert isinstance(model, ControlsTab)
    specs = [s for s in bay.layout.specs if not s.address.startswith("/gen/")]
    bay.install(Layout(2, [*specs, ControlSpec("/gen/grain", Kind.FLOAT, 0.5)]))
    window.binder.poll()
    QApplication.processEvents()
    assert [w.address for w in model.controls if isinstance(w, ControlWidget)] == ["/gen/grain"]
    bay.write([("/gen/grain", 0.25)], OSC)
    window.binder.poll()
    grain = model.controls[0]
    assert isinstance(grain, ControlWidget)
    assert grain.value == 0.25


def test_presets_are_recalled_by_click_and_saved_by_name(window: MainWindow, bay: Bay, hand: Any) -> None:
    bay.drain_events()
    browser = window.studio.tabs.page("presets")
    assert isinstance(browser, PresetBrowser)
    hand.click(browser.grid, QPointF(20, 20))
    assert [(e.address, e.text) for e in bay.drain_events()] == [("/preset/recall", "Low tide")]
    browser.name.begin_typing()
    editor = browser.name.findChild(LineEditor)
    assert editor is not None
    editor.setText("Morning")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert [(e.address, e.text) for e in bay.drain_events()] == [("/preset/save", "Morning")]


def test_still_is_a_command(window: MainWindow, bay: Bay, hand: Any) -> None:
    hand.click(window.studio.mix.still)
    assert [(e.address, e.text) for e in bay.drain_events()] == [("/still/save", "")]


def test_a_dropped_picture_or_preset_is_handed_on_and_other_files_are_not(
    window: MainWindow, dropped: list[str], tmp_path: Any
) -> None:
    for name in ("still.png", "preset.JSON", "song.mp3"):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        event = QDropEvent(
            QPointF(50, 50),
            Qt.DropAction.CopyAction,
            mime,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        window.stage.dropEvent(event)
    assert dropped == [str(tmp_path / "still.png"), str(tmp_path / "preset.JSON")]


def test_what_is_refused_stands_in_the_last_line(window: MainWindow, messages: Messages) -> None:
    window.binder.write_now("/deck/a/psi", float("nan"))
    window.refresh()
    assert window.studio.status.message is not None
    assert "no position" in window.studio.status.message.text


def test_a_cue_stored_from_anywhere_shows_the_stage(window: MainWindow, bay: Bay) -> None:
    bay.write([("/deck/b/cue/4/filled", True)], CONDUCTOR)
    window.binder.poll()
    pad = window.studio.deck_b.cues.pads[3]
    before = pad.grab().toImage()
    bay.write([("/deck/b/cue/4/store", 1)], OSC)
    window.binder.poll()
    after = pad.grab().toImage()
    assert near(after.pixelColor(after.width() // 2, 4), RED)
    assert not near(before.pixelColor(before.width() // 2, 4), RED)


def test_before_the_first_picture_the_stage_says_what_it_waits_for(
    qapp: QApplication, shown: Show, pictures: Any
) -> None:
    empty = type(pictures)()
    stage = StageView(empty, lambda _: None, lambda _: None, "painter")
    stage.say("the engine is loading")
    shown(stage, 300, 200)
    assert stage.picture() is None
    assert near(stage.grab().toImage().pixelColor(5, 5), (0, 0, 0))
    empty.show(np.full((4, 4, 3), 200, np.uint8))
    stage.look()
    assert near(stage.grab().toImage().pixelColor(150, 50), (200, 200, 200))


def test_packed_pictures_keep_their_colours(pictures: Any) -> None:
    frame = pictures.acquire()
    packed = np.dstack([frame.rgb(), np.zeros(frame.rgb().shape[:2], np.uint8)])
    planar = image_of(frame)
    frame.pixels, frame.planar = packed, False
    assert image_of(frame) == planar
    assert near(planar.pixelColor(3, 3), RED)


def test_the_window_opens_where_it_was_left(open_window: Callable[..., MainWindow], bay: Bay, pictures: Any) -> None:
    for wanted in ((1100, 700), (1280, 760)):
        first = open_window()
        room = first.screen().availableSize()
        first.resize(QSize(*wanted).boundedTo(room).expandedTo(first.minimumSize()))
        size = first.size()
        QApplication.processEvents()
        first.close()
        again = MainWindow(bay, pictures, first.messages, first.asks, None, "painter")
        assert again.size() == size
        again.deleteLater()


def test_closing_stops_asking(window: MainWindow, bay: Bay, pictures: Any) -> None:
    window.close()
    before = pictures.taken
    QApplication.processEvents()
    assert pictures.taken == before


@pytest.fixture
def gl_stage(qapp: QApplication, pictures: Any, shown: Show, qtbot: Any) -> StageView:
    if QGuiApplication.platformName() != "xcb":
        pytest.skip(f"a {QGuiApplication.platformName()} display has no OpenGL")
    said: list[str] = []
    stage = StageView(pictures, said.append, lambda _: None, "gl")
    if stage.backend != "gl":
        pytest.skip(said[0])
    shown(stage, 320, 160)
    qtbot.waitUntil(lambda: pictures.taken > 0, timeout=30_000)
    return stage


def test_opengl_draws_the_same_picture(gl_stage: StageView, pictures: Any, qtbot: Any) -> None:
    canvas = gl_stage.canvas
    assert isinstance(canvas, QOpenGLWidget)
    image = canvas.grabFramebuffer()
    wide, high = image.width(), image.height()
    assert near(image.pixelColor(wide // 2, high // 5), RED)
    assert near(image.pixelColor(wide // 2, high * 4 // 5), BLUE)
    assert near(image.pixelColor(3, high // 2), (0, 0, 0))
    assert pictures.out == 0
    gl_stage.set_blackout(True)
    assert near(canvas.grabFramebuffer().pixelColor(wide // 2, high // 5), (0, 0, 0))


def test_a_failing_driver_falls_back_to_the_painter_and_says_so(
    gl_stage: StageView, pictures: Any, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(gl_stage, "_report", said.append)
    gl_stage._gl_failed("the context was lost")
    qtbot.waitUntil(lambda: gl_stage.backend == "painter", timeout=30_000)
    assert "the context was lost" in said[0]
    assert near(gl_stage.grab().toImage().pixelColor(160, 30), RED)


PROGRAM = """
import sys
from latentjockey.base.clock import SystemClock
from latentjockey.base.diagnostics import Messages
from latentjockey.control import catalogue
from latentjockey.control.bay import Bay
from latentjockey.control.layout import Layout
from latentjockey.ui.actions import Actions
from latentjockey.ui.application import run_window

HEAVY = {"torch", "torchvision", "transformers", "diffusers", "av", "pyqtgraph", "PIL", "scipy", "rich"}
OUTSIDE = {"pythonosc", "rtmidi", "mido"}

def loaded():
    return sorted((HEAVY | OUTSIDE) & set(sys.modules))

class Nothing:
    def acquire(self): return None
    def wait_newer(self, after, timeout): return False

class Shelf:
    def presets(self): return ()
    def look(self): pass
    def playing(self): return ""
    def content(self, preset): return None

def started(window):
    print("painted", loaded(), flush=True)
    window.binder.write_now("/surface/view", 1.0)
    window.binder.poll()
    print("play", window.playing, loaded(), flush=True)

bay = Bay(Layout(1, catalogue.builtin(8, (64, 64))), SystemClock())
actions = Actions(lambda path: None, list, lambda: "off", lambda: "none", shelf=Shelf())
print("imported", loaded(), flush=True)
code = run_window(bay, Nothing(), Messages(), actions, started=started)
print("left", code, flush=True)
sys.exit(code)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="another kind of Ctrl-C there")
def test_nothing_heavy_is_loaded_for_the_window_and_ctrl_c_ends_it_in_order() -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True, env=environment) as child:
        guard = threading.Timer(240, child.kill)
        guard.start()
        assert child.stdout is not None
        for line in ("imported []", "painted []", "play True []"):
            assert child.stdout.readline() == f"{line}\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.readline() == "left 0\n"
        assert child.wait(60) == 0
        guard.cancel()


@pytest.mark.parametrize(("key", "address"), [(Qt.Key.Key_Z, "/session/undo"), (Qt.Key.Key_Y, "/session/redo")])
def test_undo_and_redo_are_a_key_away(window: MainWindow, bay: Bay, key: Qt.Key, address: str) -> None:
    bay.drain_events()
    QTest.keyClick(window.windowHandle(), key, Qt.KeyboardModifier.ControlModifier)
    assert [event.address for event in bay.drain_events()] == [address]


def test_opengl_lets_the_last_still_breathe_by_a_shader(
    pictures: Any, clock: ManualClock, qtbot: Any, shown: Show, tmp_path: Path
) -> None:
    if QGuiApplication.platformName() != "xcb":
        pytest.skip(f"a {QGuiApplication.platformName()} display has no OpenGL")
    path, said = tmp_path / "last.png", list[str]()
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(0xFFC83214)
    assert image.save(str(path))
    empty = type(pictures)()
    stage = StageView(empty, said.append, lambda _: None, "gl", clock=clock, last_still=path)
    if stage.backend != "gl":
        pytest.skip(said[0])
    shown(stage, 160, 160)
    canvas = stage.canvas
    assert isinstance(canvas, QOpenGLWidget)
    stage.look()
    assert near(canvas.grabFramebuffer().pixelColor(80, 80), (200, 50, 20))
    clock.advance(2.5)
    stage.look()
    assert canvas.grabFramebuffer().pixelColor(80, 80).red() < 170
    empty.show(np.full((8, 8, 3), (10, 200, 90), np.uint8))
    stage.look()
    clock.advance(1.0)
    stage.look()
    assert near(canvas.grabFramebuffer().pixelColor(80, 80), (10, 200, 90))
