"""Where the window was and how large, kept from one start to the next. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSettings, QSize, Qt
from PySide6.QtWidgets import QWidget

from latentjockey.base import paths

SMALLEST = (1024, 640)
FIRST = (1280, 800)


def settings() -> QSettings:
    """What the surface remembers on this machine."""
    return QSettings(str(paths.state_dir() / "window.ini"), QSettings.Format.IniFormat)


def restore(window: QWidget) -> None:
    """Make ``window`` as large as the last one was, or ``FIRST``."""
    kept = settings()
    size = kept.value("window/size")
    wanted = size if isinstance(size, QSize) else QSize(*FIRST)
    window.setWindowTitle("latentjockey")
    window.setMinimumSize(*SMALLEST)
    window.resize(wanted.boundedTo(window.screen().availableSize()).expandedTo(QSize(*SMALLEST)))
    if kept.value("window/maximised", False, bool):
        window.setWindowState(Qt.WindowState.WindowMaximized)


def keep(window: QWidget) -> None:
    """Remember how large ``window`` is."""
    kept = settings()
    kept.setValue("window/size", window.normalGeometry().size() if window.isMaximized() else window.size())
    kept.setValue("window/maximised", window.isMaximized())
