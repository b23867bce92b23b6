"""The window before there is anything in it, and what is put into it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QCloseEvent, QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from latentjockey.ui import theme, window_place
from latentjockey.ui.curtain import Curtain


class Content(QWidget):
    """Remembers that it was closed."""

    closed = False

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.closed = True
        super().closeEvent(event)


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr("latentjockey.base.paths.state_dir", lambda: tmp_path)
    before = theme.scale()
    yield
    theme.set_scale(before)


def test_the_last_picture_stands_in_the_middle_and_breathes(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    still = QImage(64, 64, QImage.Format.Format_RGB32)
    still.fill(QColor(200, 40, 40))
    assert still.save(str(tmp_path / "last.png"))
    curtain = Curtain(tmp_path / "last.png")
    qtbot.addWidget(curtain)
    curtain.show()
    seen = curtain.grab().toImage()
    middle = seen.pixelColor(seen.width() // 2, seen.height() // 2)
    assert middle.red() > 120 > middle.green()
    assert seen.pixelColor(4, 4) == theme.GROUND
    qtbot.waitUntil(lambda: curtain.grab().toImage() != seen, timeout=30_000)


@pytest.mark.parametrize("still", [None, "absent.png", "broken.png"])
def test_without_a_picture_there_is_a_calm_ground(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, still: str | None
) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    curtain = Curtain(None if still is None else tmp_path / still)
    qtbot.addWidget(curtain)
    curtain.show()
    seen = curtain.grab().toImage()
    assert all(seen.pixelColor(x, seen.height() // 2).lightness() < 60 for x in range(0, seen.width(), 40))


def test_what_is_revealed_fills_the_window_and_closes_with_it(qapp: QApplication, qtbot: QtBot) -> None:
    curtain = Curtain(None)
    qtbot.addWidget(curtain)
    curtain.resize(1100, 700)
    curtain.show()
    content = Content(curtain)
    curtain.reveal(content)
    qtbot.waitUntil(lambda: content.geometry() == QRect(0, 0, 1100, 700), timeout=30_000)
    assert content.isVisible()
    curtain.resize(1200, 720)
    qtbot.waitUntil(lambda: content.size() == QSize(1200, 720), timeout=30_000)
    curtain.close()
    assert content.closed


def test_the_size_is_kept_for_the_next_start(qapp: QApplication, qtbot: QtBot) -> None:
    curtain = Curtain(None)
    qtbot.addWidget(curtain)
    curtain.resize(1111, 666)
    window_place.keep(curtain)
    again = Curtain(None)
    qtbot.addWidget(again)
    assert again.size() == QSize(1111, 666).boundedTo(again.screen().availableSize()).expandedTo(QSize(1024, 640))
    assert again.windowState() == Qt.WindowState.WindowNoState


def test_a_show_that_cannot_be_made_says_why_and_leaves(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DISPLAY": ":0"}
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        environment[name] = str(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "latentjockey", "--preset", "there is none", "--osc-in", "127.0.0.1:0"],
        capture_output=True, text=True, timeout=240, env=environment,
    )  # fmt: skip
    assert done.returncode != 0
    assert "there is none" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_curtain_loads_nothing_but_qt() -> None:
    program = (
        "import sys; import latentjockey.window;"
        "print(sorted(set(sys.modules) & {'numpy','moderngl','msgspec','latentjockey.app','latentjockey.ui.window'}))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=240)
    assert done.stdout == "[]\n"


def test_what_stands_at_the_start_is_never_looked_through_for_garbage(tmp_path: Path) -> None:
    """Doing so kept Python from the surface for longer than a stall, again and again."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        environment[name] = str(tmp_path / name)
    program = """
import gc
from PySide6.QtCore import QTimer
from latentjockey import window
from latentjockey.options import Options

def opened(show, surface):
    def look():
        if gc.get_freeze_count() > 10_000:
            print("frozen")
            surface.window().close()
    timer = QTimer(surface, interval=20)
    timer.timeout.connect(look)
    timer.start()

window.play(Options(model="testcard", session=False, surfaces=False), opened)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=240, env=environment
    )  # fmt: skip
    assert done.stdout.startswith("frozen\n"), done.stderr
