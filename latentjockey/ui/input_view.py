"""What comes in, small and live, and what it is: a picture's or film's file, a camera, an NDI source. GUI thread only.

It takes a picture a few times a second, and only while it can be seen; the output waits for none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
    QPen,
    QPolygonF,
    QShowEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.control.names import COMING_IN, INPUTS
from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.context_menu import empty_menu
from latentjockey.ui.dropping import PICTURE_FILES, dropped_file
from latentjockey.ui.painted import CENTRE, Painted, fill, write
from latentjockey.ui.path_dialog import choose_path
from latentjockey.ui.thumbnails import draw_filling, image_of

Newest = Callable[[], tuple[int, NDArray[np.uint8]] | None]
"""The newest picture that came in (3, H, W), and its number."""

FILM_FILES = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".ogv", ".gif")
POLL_MS = 150
_SIDE = 320
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_STATE = "/input/state"
_AT = {"image": "/input/file", "video": "/input/file", "camera": "/input/device", "ndi": "/input/ndi"}
_NOTHING = {
    "image": "choose a picture, or drop one here",
    "video": "choose a film, or drop one here",
    "camera": "choose a camera",
    "ndi": "the first that is found",
}
_TEST = ("test", "test picture")


def dropped_input(data: QMimeData) -> str:
    """The absolute path of a picture or film on this machine; empty for anything else."""
    return dropped_file(data, (*PICTURE_FILES, *FILM_FILES))


def take_file(binder: Binder, path: str) -> None:
    """Let a file come in, as a picture or a film by its name."""
    suffix = PurePath(path).suffix.lower()
    still = suffix in PICTURE_FILES and suffix not in FILM_FILES
    binder.write("/input/file", path)
    binder.write("/input/source", INPUTS.index("image" if still else "video"))


def source_now(binder: Binder) -> str:
    """Where the picture comes from, by its word."""
    index = int(binder.bay.number("/input/source"))
    return INPUTS[index] if 0 <= index < len(INPUTS) else INPUTS[0]


class InputView(Painted):
    """The picture itself. A click asks for a file or a list of devices."""

    pressed = Signal()

    def __init__(self, binder: Binder, newest: Newest | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image: QImage | None = None
        self.state = ""
        self._binder = binder
        self._newest = newest
        self._number = 0
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.poll)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("the picture that comes in")
        binder.watch(_STATE, self._told)
        binder.watch("/input/mirror", lambda _: self.update())

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(176), theme.px(112))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(110), theme.px(72))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._timer.start()
        self.poll()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
        super().hideEvent(event)

    def poll(self) -> None:
        """Take the newest picture, if there is another. The timer calls it; tests may."""
        newest = self._newest() if self._newest is not None else None
        if newest is None:
            if self.image is not None:
                self.image, self._number = None, 0
                self.update()
        elif newest[0] != self._number:
            self._number = newest[0]
            step = max(1, -(-max(newest[1].shape[1:]) // _SIDE))
            self.image = image_of(newest[1][:, ::step, ::step].transpose(1, 2, 0))
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def _told(self, value: Shown) -> None:
        self.state = str(value)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box, radius = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), theme.px(5)
        if self.image is not None:
            mirrored = bool(self._binder.bay.number("/input/mirror"))
            image = self.image.flipped(Qt.Orientation.Horizontal) if mirrored else self.image
            painter.setOpacity(1.0 if self.state.startswith(COMING_IN) else 0.35)
            draw_filling(painter, box, image, radius)
            painter.setOpacity(1.0)
        else:
            fill(painter, box, theme.mixed(theme.PANEL, theme.GROUND, 0.65), radius)
            back = source_now(self._binder) == "feedback"
            write(painter, box, "the last picture" if back else "nothing comes in", theme.ASLEEP, 12, align=CENTRE)
        painter.setPen(QPen(theme.TRACK, theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, radius, radius)


class InputWhat(Painted):
    """What comes in by its name; a press chooses another: a file, a camera or an NDI source."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.list: QMenu | None = None
        self._binder = binder
        self._found = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("/input/what")
        self.setAccessibleName("what comes in")
        for address in ("/input/source", "/input/file", "/input/device", "/input/ndi"):
            binder.bind(address, self)
        binder.watch("/input/found", self._told)

    # -- from the binder ----------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        """It is in every layout."""

    def show_value(self, value: Shown) -> None:
        self.setEnabled(self.address != "")
        self.update()

    def show_asleep(self) -> None:
        """It is in every layout."""

    def _told(self, value: Shown) -> None:
        self._found = str(value)
        if self.list is not None:
            self._fill(self.list)

    # -- choosing -----------------------------------------------------------------------------------------------------

    @property
    def address(self) -> str:
        """Where what comes in is named; empty where it has no name."""
        return _AT.get(source_now(self._binder), "")

    @property
    def text(self) -> str:
        """What is chosen, in words."""
        source, at = source_now(self._binder), self.address
        if not at:
            return "the picture before comes back" if source == "feedback" else ""
        name = str(self._binder.bay.value(at))
        if not name:
            return _NOTHING[source]
        return PurePath(name).name if at == "/input/file" else dict(self._entries()).get(name, name)

    def choose(self, name: str) -> None:
        """Let this come in, by what it is called in its control."""
        if self.address:
            self._binder.write(self.address, name)

    def ask(self) -> None:
        """Open what is to be chosen from."""
        if self.address == "/input/file":
            still = source_now(self._binder) == "image"
            kinds = PICTURE_FILES if still else FILM_FILES
            words = "Pictures" if still else "Films"
            title = "A picture to begin with" if still else "A film to begin with"
            choose_path(self, title, self.choose, f"{words} ({' '.join('*' + each for each in kinds)});;All files (*)")
        elif self.address:
            self.open_list()

    def open_list(self) -> QMenu:
        """The cameras or NDI sources that were found; they are looked for meanwhile, and it follows."""
        self._binder.press("/input/look")
        menu = empty_menu(self)
        self.list = menu
        menu.aboutToHide.connect(self._closed)
        self._fill(menu)
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        return menu

    def _closed(self) -> None:
        self.list = None

    def _entries(self) -> list[tuple[str, str]]:
        """What can be chosen now: how it is called in its control, and in words."""
        kind = source_now(self._binder)
        lines = (line.split("\t") for line in self._found.splitlines())
        found = [(line[1], line[2] or line[1]) for line in lines if len(line) == 3 and line[0] == kind]
        return [*found, _TEST] if kind == "camera" else [("", _NOTHING["ndi"]), *found] if kind == "ndi" else found

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        now = str(self._binder.bay.value(self.address)) if self.address else ""
        for name, words in self._entries():
            action = menu.addAction(("●  " if name == now else "    ") + words)
            action.triggered.connect(lambda _=False, name=name: self.choose(name))
        source = source_now(self._binder)
        if not any(line.startswith(source) for line in self._found.splitlines()):
            menu.addAction("    none was found" if self._found else "    looking …").setEnabled(False)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.ask()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS:
            self.ask()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.choose("")
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.address:
            name = str(self._binder.bay.value(self.address))
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), f"<b>{self.address}</b><br>{name}", self)
            return True
        return super().event(event)

    # -- painting -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(240), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(theme.ROW))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box, at = QRectF(self.rect()), self.address
        if at:
            fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
            side, x, y = theme.px(3.5), box.right() - theme.px(12), box.center().y()
            painter.setPen(QPen(theme.QUIET, 1.4 * theme.scale()))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            points = [QPointF(x - side, y - side / 2), QPointF(x, y + side / 2), QPointF(x + side, y - side / 2)]
            painter.drawPolyline(QPolygonF(points))
        chosen = bool(at) and bool(self._binder.bay.value(at))
        ink = theme.TEXT if chosen else theme.QUIET
        write(painter, box.adjusted(theme.px(9), 0, -theme.px(22), 0), self.text, ink, 12.5)
        self.draw_ring(painter)


class InputState(Painted):
    """How the input goes: a full dot while pictures come in, a ring while they cannot, and the words."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = "off"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        binder.watch(_STATE, self._told)

    def _told(self, value: Shown) -> None:
        self.words = str(value)
        self.setAccessibleName(self.words)
        self.setToolTip("" if self.words == "off" else self.words)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(240), theme.px(theme.ROW))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        comes, off = self.words.startswith(COMING_IN), self.words == "off"
        calm = off or self.words.startswith(("opening", "waiting"))
        ink = theme.TEXT if comes else theme.QUIET if calm else theme.WARNING
        side = theme.px(8)
        dot = QRectF(theme.px(5), (self.height() - side) / 2, side, side)
        if comes:
            fill(painter, dot, theme.TEXT, side / 2)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.ASLEEP if off else ink, 1.5 * theme.scale()))
            painter.drawEllipse(dot)
        write(painter, QRectF(self.rect()).adjusted(theme.px(21), 0, 0, 0), self.words, ink, 12.5)
