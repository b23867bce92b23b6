"""What may be dropped on a deck, and what happens then; and the small pictures' turns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.ui.dropping import PRESET, DropTarget, dropped, preset_mime
from latentjockey.ui.painted import Panel
from latentjockey.ui.thumbnails import AT_ONCE, Thumbnails, image_of

Show = Callable[[QWidget, int, int], None]
COPY, LEFT, PLAIN = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def named(raw: bytes) -> QMimeData:
    data = QMimeData()
    data.setData(PRESET, raw)
    return data


def elsewhere(url: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(url)])
    return data


def enter(widget: QWidget, data: QMimeData) -> bool:
    event = QDragEnterEvent(QPoint(5, 5), COPY, data, LEFT, PLAIN)
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def drop(widget: QWidget, data: QMimeData) -> None:
    QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), COPY, data, LEFT, PLAIN))


@pytest.fixture
def taken() -> list[str]:
    return []


@pytest.fixture
def target(qapp: QApplication, taken: list[str], shown: Show) -> tuple[Panel, DropTarget]:
    panel = Panel()
    made = DropTarget(panel, taken.append, "deck A goes there")
    shown(panel, 200, 100)
    return panel, made


def test_a_still_a_preset_file_and_a_tile_are_taken(
    target: tuple[Panel, DropTarget], taken: list[str], tmp_path: Path
) -> None:
    panel, made = target
    for data in (files(tmp_path / "a.PNG"), files(tmp_path / "b.json"), preset_mime("Dawn", tmp_path / "Dawn.json")):
        assert enter(panel, data)
        assert made.outline.isVisible()
        assert made.outline.geometry() == panel.rect()
        drop(panel, data)
        assert not made.outline.isVisible()
    assert [Path(what).name for what in taken] == ["a.PNG", "b.json", "Dawn"]
    assert Path(taken[0]).is_absolute()


def test_the_first_that_fits_of_several_files_is_taken(tmp_path: Path) -> None:
    assert dropped(files(tmp_path / "song.wav", tmp_path / "a.png", tmp_path / "b.png")).endswith("a.png")


def test_anything_else_is_left_to_others(target: tuple[Panel, DropTarget], taken: list[str], tmp_path: Path) -> None:
    panel, made = target
    text = QMimeData()
    text.setText("/etc/passwd")
    for data in (files(tmp_path / "x.exe"), elsewhere("https://example.org/a.png"), text, QMimeData(), named(b"")):
        assert not enter(panel, data)
        assert not made.outline.isVisible()
        drop(panel, data)
    assert taken == []


def test_a_name_from_another_program_is_bounded_text(qapp: QApplication) -> None:
    assert len(dropped(named(b"\xff" * 1_000_000))) == 4096


def test_leaving_takes_the_outline_away(target: tuple[Panel, DropTarget], tmp_path: Path) -> None:
    panel, made = target
    enter(panel, files(tmp_path / "a.png"))
    QApplication.sendEvent(panel, QDragLeaveEvent())
    assert not made.outline.isVisible()


# -- small pictures ---------------------------------------------------------------------------------------------------


def test_pictures_are_ordered_in_turn_and_told_when_they_come(qapp: QApplication, previews: Any) -> None:
    thumbnails = Thumbnails(previews)
    came: list[str] = []
    thumbnails.came.connect(came.append)
    for n in range(8):
        thumbnails.ask(str(n), [("/deck/a/psi", n)], thumbnails)
        thumbnails.ask(str(n), [("/deck/a/psi", 99)], thumbnails)
    for _ in range(10):
        thumbnails.poll()
    assert previews.orders == [str(n) for n in range(AT_ONCE)]
    thumbnails.drop("5", thumbnails)
    for _ in range(10):
        previews.make()
        thumbnails.poll()
    assert came == [str(n) for n in range(8) if n != 5]
    assert previews.wanted["7"] == [("/deck/a/psi", 7)]
    thumbnails.ask("7", [], thumbnails)
    thumbnails.poll()
    assert previews.orders.count("7") == 1


def test_what_does_not_come_holds_nobody_up_and_is_never_asked_for_twice(qapp: QApplication, previews: Any) -> None:
    thumbnails = Thumbnails(previews)
    for n in range(AT_ONCE + 1):
        thumbnails.ask(str(n), [], thumbnails)
    for _ in range(200):
        thumbnails.poll()
    thumbnails.drop("0", thumbnails)
    thumbnails.ask("0", [], thumbnails)
    thumbnails.poll()
    assert previews.orders == [str(n) for n in range(AT_ONCE + 1)]
    previews.make()
    thumbnails.poll()
    assert all(thumbnails.image(str(n)) is not None for n in range(AT_ONCE + 1))


def test_what_two_ask_for_is_made_once_and_while_one_of_them_looks(qapp: QApplication, previews: Any) -> None:
    thumbnails = Thumbnails(previews)
    one, other = object(), object()
    for by in (one, other):
        thumbnails.ask("a", [], by)
    thumbnails.drop("a", one)
    thumbnails.poll()
    assert previews.orders == ["a"]
    thumbnails.ask("b", [], one)
    thumbnails.drop("b", one)
    thumbnails.poll()
    assert previews.orders == ["a"]


def test_a_known_picture_is_never_ordered(qapp: QApplication, previews: Any) -> None:
    thumbnails = Thumbnails(previews)
    thumbnails.put("here", QImage(4, 4, QImage.Format.Format_RGB888))
    thumbnails.ask("here", [], thumbnails)
    thumbnails.poll()
    assert previews.orders == []
    assert thumbnails.image("here") is not None


def test_without_previews_nothing_is_waited_for(qapp: QApplication) -> None:
    thumbnails = Thumbnails(None)
    thumbnails.ask("a", [], thumbnails)
    thumbnails.poll()
    assert thumbnails.image("a") is None
    assert not thumbnails._timer.isActive()


def test_an_image_owns_its_pixels_also_of_a_slice(qapp: QApplication) -> None:
    pixels = np.zeros((10, 12, 3), np.uint8)
    pixels[2:8, 3:10] = (10, 200, 30)
    image = image_of(pixels[2:8, 3:10])
    pixels[:] = 255
    assert (image.width(), image.height()) == (7, 6)
    assert image.pixelColor(6, 5).getRgb()[:3] == (10, 200, 30)
