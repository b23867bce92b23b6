"""The input tab: what comes in is chosen, dropped, seen and said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from latentjockey.control.bay import Bay
from latentjockey.control.names import INPUTS
from latentjockey.control.source import ENGINE, HAND
from latentjockey.ui.binder import Binder
from latentjockey.ui.input_tab import InputTab

Shown = Callable[[Any, int, int], None]


class Camera:
    """What comes in, as a test says."""

    def __init__(self) -> None:
        self.now: tuple[int, NDArray[np.uint8]] | None = None

    def __call__(self) -> tuple[int, NDArray[np.uint8]] | None:
        return self.now


@pytest.fixture
def camera() -> Camera:
    return Camera()


@pytest.fixture
def tab(binder: Binder, shown: Shown, camera: Camera) -> InputTab:
    made = InputTab(binder, camera)
    shown(made, 1000, 160)
    binder.poll()
    return made


def source(bay: Bay) -> str:
    return INPUTS[int(bay.number("/input/source"))]


def put(bay: Bay, binder: Binder, **values: Any) -> None:
    bay.write([(f"/input/{name}", value) for name, value in values.items()], HAND)
    binder.poll()


def say(bay: Bay, binder: Binder, **values: str) -> None:
    bay.write([(f"/input/{name}", value) for name, value in values.items()], ENGINE)
    binder.poll()


def drop(tab: InputTab, data: QMimeData) -> None:
    at, copy = tab.rect().center(), Qt.DropAction.CopyAction
    left, no = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(tab, QDragEnterEvent(at, copy, data, left, no))
    QApplication.sendEvent(tab, QDropEvent(QPointF(at), copy, data, left, no))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.png", "image"), ("b.JPG", "image"), ("c.mp4", "video"), ("d.webm", "video"), ("e.gif", "video")],
)
def test_a_file_that_is_dropped_comes_in(
    tab: InputTab, bay: Bay, binder: Binder, tmp_path: Path, name: str, kind: str
) -> None:
    path = tmp_path / name
    path.touch()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop(tab, data)
    binder.flush()
    assert (source(bay), bay.value("/input/file")) == (kind, str(path))
    binder.poll()
    assert tab.what.text == name


def test_what_is_no_picture_is_not_taken(tab: InputTab, bay: Bay, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "song.mp3")), QUrl("http://example.org/a.png")])
    drop(tab, data)
    assert source(bay) == "none"


def test_cameras_are_looked_for_and_chosen_from_the_list(tab: InputTab, bay: Bay, binder: Binder) -> None:
    put(bay, binder, source="camera")
    presses = bay.number("/input/look")
    tab.what.setFocus()
    QTest.keyClick(tab.what, Qt.Key.Key_Return)
    binder.flush()
    assert bay.number("/input/look") == presses + 1
    menu = tab.what.list
    assert menu is not None
    assert [action.text().strip() for action in menu.actions()] == ["test picture", "looking …"]
    say(bay, binder, found="camera\t/dev/video2\tFront\nndi\tA (b)\tA (b)")
    assert [action.text().strip() for action in menu.actions()] == ["Front", "test picture"]
    menu.actions()[0].trigger()
    binder.flush()
    assert bay.value("/input/device") == "/dev/video2"
    binder.poll()
    assert tab.what.text == "Front"
    menu.close()


def test_a_press_on_the_picture_asks_for_a_file(tab: InputTab, bay: Bay, binder: Binder, tmp_path: Path) -> None:
    put(bay, binder, source="video")
    QTest.mouseClick(tab.view, Qt.MouseButton.LeftButton)
    (dialog,) = tab.window().findChildren(QFileDialog)
    assert not dialog.isModal()
    path = tmp_path / "film.mp4"
    path.touch()
    dialog.fileSelected.emit(str(path))
    dialog.close()
    binder.flush()
    assert bay.value("/input/file") == str(path)


def test_sources_without_a_name_ask_for_nothing(tab: InputTab, bay: Bay, binder: Binder) -> None:
    for kind in ("none", "feedback"):
        put(bay, binder, source=kind)
        QTest.mouseClick(tab.view, Qt.MouseButton.LeftButton)
        assert tab.what.list is None
        assert not tab.window().findChildren(QFileDialog)
        assert not tab.what.isEnabled()


def test_the_picture_is_shown_small_and_goes_with_its_source(tab: InputTab, camera: Camera) -> None:
    pixels = np.zeros((3, 900, 1600), np.uint8)
    pixels[0] = 200
    camera.now = 5, pixels
    tab.view.poll()
    image = tab.view.image
    assert image is not None
    assert image.width() <= 320
    assert image.pixelColor(3, 3).red() == 200
    tab.view.poll()
    assert tab.view.image is image, "the same picture is not taken twice"
    camera.now = None
    tab.view.poll()
    assert tab.view.image is None


def test_how_it_goes_is_said(tab: InputTab, bay: Bay, binder: Binder) -> None:
    for words in ("coming in: a.mp4 · 20×10", "not heard: night garden begins with no picture, a diffusion model does"):
        say(bay, binder, state=words)
        assert tab.state.words == words
        assert tab.state.accessibleName() == words


def test_strength_goes_beyond_its_range(tab: InputTab, bay: Bay, binder: Binder) -> None:
    strength = tab.knobs[0]
    strength.set_value(-3.5)
    binder.flush()
    assert bay.number("/input/strength") == -3.5
