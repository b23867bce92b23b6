"""A sheet of samples as it grows: read elsewhere, shown small, and large over the window when it is clicked.

GUI thread; the file is read and made small on a thread of its own (``sheet``).
"""

from __future__ import annotations

import threading
from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.ui import theme
from latentjockey.ui.painted import CENTRE, Painted, fill, write

MOST_SIDE: Final = 16_384
MOST_PIXELS: Final = 96_000_000
WIDE: Final = 1600
"""A sheet is kept this wide at most."""


def read_sheet(path: str) -> QImage:
    """The picture at ``path``, at most ``WIDE`` wide; null for what is no picture or beyond all measure."""
    reader = QImageReader(path)
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > MOST_SIDE:
        return QImage()
    if size.width() * size.height() > MOST_PIXELS:
        return QImage()
    image = reader.read()
    if image.width() > WIDE:
        image = image.scaledToWidth(WIDE, Qt.TransformationMode.SmoothTransformation)
    return image.convertToFormat(QImage.Format.Format_RGB32)


class SheetReader(QObject):
    """Reads one sheet at a time; of those asked for meanwhile, the last. ``came`` has it, null where it is none."""

    came = Signal(QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._next: str | None = None
        self._busy = False
        self._lock = threading.Lock()

    def ask(self, path: str) -> None:
        """Read this soon."""
        with self._lock:
            self._next = path
            if self._busy:
                return
            self._busy = True
        threading.Thread(target=self._work, name="sheet", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                path, self._next = self._next, None
                if path is None:
                    self._busy = False
                    return
            image = read_sheet(path)
            try:
                self.came.emit(image)
            except RuntimeError:  # the page is gone
                return


class Sheet(Painted):
    """The newest sheet, as wide as there is room; the wheel goes down it, a click shows it large."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = QImage()
        self.words = ""
        self.large: LargeSheet | None = None
        self._path: tuple[str, int] = ("", 0)
        self._top = 0.0
        self._reader = SheetReader(self)
        self._reader.came.connect(self._show)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("samples")

    def show_file(self, path: str, version: int, words: str) -> None:
        """Show the sheet at ``path``; ``version`` tells one from the next, ``words`` stand there until it has come."""
        self.words = words
        if (path, version) != self._path:
            self._path = (path, version)
            if path:
                self._reader.ask(path)
            else:
                self.image, self._top = QImage(), 0.0
        self.update()

    def _show(self, image: QImage) -> None:
        if self._path[0] and not image.isNull():
            self.image = image
            self._scroll(0.0)
            self.setToolTip("wheel: further down · click: large")
            if self.large is not None:
                self.large.show_image(image)

    def enlarge(self) -> None:
        """Show it large, over the whole window; again makes it small."""
        if self.large is not None:
            self.large.close()
        elif not self.image.isNull():
            self.large = LargeSheet(self.window(), self.image)
            self.large.destroyed.connect(self._small)

    def _small(self) -> None:
        self.large = None

    def hideEvent(self, event: QEvent) -> None:  # noqa: N802
        if self.large is not None:
            self.large.close()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.enlarge()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.enlarge()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._scroll(0.5 if event.key() == Qt.Key.Key_Down else -0.5)
        else:
            event.ignore()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self.image.isNull():
            event.ignore()
        else:
            self._scroll(-event.angleDelta().y() / 480)

    def _scroll(self, pages: float) -> None:
        high = self.image.height() * self.width() / max(1, self.image.width())
        self._top = max(0.0, min(self._top + pages * self.height(), high - self.height()))
        self.update()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        self._scroll(0.0)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(380), theme.px(140))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(150), theme.px(80))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.GROUND, theme.px(5))
        if self.image.isNull():
            write(painter, box, self.words, theme.QUIET, 12, theme.REGULAR, CENTRE)
        else:
            _paint(painter, box, self.image, self._top)
        self.draw_ring(painter)


class LargeSheet(QWidget):
    """A sheet over the whole window, on the dimmed show; a click or a key puts it away. Takes no focus by itself."""

    def __init__(self, window: QWidget, image: QImage) -> None:
        super().__init__(window)
        self._image = image
        self._top = 0.0
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()

    def show_image(self, image: QImage) -> None:
        """Show this one instead."""
        self._image = image
        self._scroll(0.0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
            self._scroll(0.0)
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        self.close()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        self._scroll(-event.angleDelta().y() / 480)

    def _box(self) -> QRectF:
        """As wide as the window allows and the picture is, in its middle."""
        room = self.rect().adjusted(theme.px(40), theme.px(24), -theme.px(40), -theme.px(24))
        wide = min(room.width(), self._image.width())
        high = min(room.height(), round(wide * self._image.height() / max(1, self._image.width())))
        box = QRectF(0, 0, wide, high)
        box.moveCenter(QRectF(room).center())
        return box

    def _scroll(self, pages: float) -> None:
        box = self._box()
        high = self._image.height() * box.width() / max(1, self._image.width())
        self._top = max(0.0, min(self._top + pages * box.height(), high - box.height()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), theme.faded(theme.GROUND, 0.86))
        _paint(painter, self._box(), self._image, self._top)


def _paint(painter: QPainter, box: QRectF, image: QImage, top: float) -> None:
    """The part of ``image`` that begins ``top`` below its upper edge, as wide as ``box``."""
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    scale = box.width() / max(1, image.width())
    seen = min(box.height(), image.height() * scale - top)
    source = QRectF(0, top / scale, image.width(), seen / scale)
    painter.drawImage(QRectF(box.left(), box.top(), box.width(), seen), image, source)
