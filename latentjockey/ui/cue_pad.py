"""A hot cue: click glides there, a long press or the right button keeps the present place. GUI thread only.

Its picture is what was on stage when a hand stored it. For a place that came otherwise, with a session, a preset or a
message, the engine is asked for a picture of the place.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import (
    QColor,
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QHelpEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from latentjockey.models.pair import part
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.cue_paint import CueLook, paint_cue
from latentjockey.ui.cue_place import CUE, carried_cue, copied, cue_key, cue_mime, cue_place, place_writes
from latentjockey.ui.painted import Painted
from latentjockey.ui.thumbnails import Thumbnails

LONG_PRESS_MS = 500
_STORED_MS = 400


class CuePad(Painted):
    """Cue ``number`` of a deck. ``picture`` gives what is on stage when the cue is stored, by whomever; ``thumbnails``
    makes pictures of places that nobody stored here. The pad takes whatever size it is given."""

    def __init__(
        self,
        binder: Binder,
        deck: str,
        number: int,
        colour: QColor,
        picture: Callable[[], QImage | None],
        parent: QWidget | None = None,
        thumbnails: Thumbnails | None = None,
    ) -> None:
        super().__init__(parent)
        self.binder = binder
        self.deck = deck
        self.number = number
        self.colour = colour
        self.filled = False
        self.current = False
        self.left: float | None = None
        self.base = f"/deck/{deck}/cue/{number}"
        self._picture = picture
        self._thumbnails = thumbnails
        self._key = ""
        self._taken: tuple[str, QImage] | None = None
        self._fresh: QImage | None = None
        self._stores: float | None = None
        self._down: QPointF | None = None
        self._over = False
        self._long = _once(self, LONG_PRESS_MS, self._pressed_long)
        self._storing = _once(self, _STORED_MS, self._stored)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAcceptDrops(True)
        self.setObjectName(f"{self.base}/recall")
        self.setAccessibleName(f"cue {number}")
        if thumbnails is not None:
            thumbnails.came.connect(self._came)
        binder.watch(f"{self.base}/filled", self._show_filled)
        binder.watch(f"{self.base}/z", self._show_place)
        binder.watch(f"{self.base}/class", self._show_place)
        binder.watch("/engine/model", self._show_place)
        binder.watch(f"{self.base}/store", self._show_store)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(34), theme.px(34))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(18), theme.px(28))

    def playable(self) -> str:
        return f"{self.base}/recall"

    # -- from the binder --------------------------------------------------------------------------------------------

    def _show_filled(self, value: Shown) -> None:
        self.filled = bool(value) if isinstance(value, float) else False
        self._look()

    def _show_place(self, value: Shown) -> None:
        self._look()

    def _show_store(self, value: Shown) -> None:
        count = value if isinstance(value, float) else 0.0
        if self._stores is not None and count > self._stores:
            # The place itself follows within a tick or two of the conductor: the picture is kept for it.
            self._fresh = self._picture()
            self._storing.start()
        self._stores = count
        self._look()

    def _stored(self) -> None:
        """What follows now was not stored by the press."""
        self._fresh = None
        self._look()

    def _look(self) -> None:
        """Find out which place this is, and have a picture of it."""
        bay = self.binder.bay
        place = cue_place(bay, self.base) if self.filled else None
        key = ""
        if place is not None:
            model = part(str(bay.value("/engine/model")), self.deck)
            key = cue_key(self.deck, self.number, model, place.z, place.classes)
            if self._fresh is not None:
                self._taken = (key, self._fresh)
        if key != self._key:
            self._forget()
            self._key = key
        known = self._taken is not None and self._taken[0] == key
        wanted = not known and not self._storing.isActive() and self.isVisible()
        if place is not None and wanted and self._thumbnails is not None:
            directions = bay.layout.width(f"/deck/{self.deck}/dir")
            self._thumbnails.ask(key, place_writes(self.deck, place.z, directions, place.classes), self)
        self.update()

    def _forget(self) -> None:
        if self._key and self._thumbnails is not None:
            self._thumbnails.drop(self._key, self)

    def _came(self, key: str) -> None:
        if key == self._key:
            self.update()

    @property
    def image(self) -> QImage | None:
        """The picture of the place that is stored now, if there is one yet."""
        if not self._key:
            return None
        if self._taken is not None and self._taken[0] == self._key:
            return self._taken[1]
        return self._thumbnails.image(self._key) if self._thumbnails is not None else None

    def showEvent(self, event: object) -> None:  # noqa: N802
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._forget()
        super().hideEvent(event)

    def show_current(self, current: bool) -> None:
        """Whether the deck stands on this cue."""
        if current != self.current:
            self.current = current
            self.update()

    def show_left(self, beats: float | None) -> None:
        """How many beats it waits yet, or that it does not."""
        if beats != self.left:
            self.left = beats
            self.update()

    # -- gestures ---------------------------------------------------------------------------------------------------

    def recall(self) -> None:
        """Glide to the cue; an empty one keeps the present place instead, since there is nowhere to go."""
        self.binder.press(f"{self.base}/{'recall' if self.filled else 'store'}")

    def store(self) -> None:
        self.binder.press(f"{self.base}/store")

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.RightButton:
            self.store()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._down = event.position()
            self._long.start()
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._down is None or not self.filled:
            return
        if (event.position() - self._down).manhattanLength() >= 2 * QApplication.startDragDistance():
            self._let_go()
            self._carry()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._down is not None:
            short = self._long.isActive()
            self._let_go()
            if short and self.rect().contains(event.position().toPoint()):
                self.recall()

    def _let_go(self) -> None:
        self._down = None
        self._long.stop()
        self.update()

    def _pressed_long(self) -> None:
        if self._down is not None:
            self._let_go()
            self.store()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.store()
            else:
                self.recall()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            does = "click recalls, right or long press stores" if self.filled else "empty: click stores this place"
            does += "; drag copies it to another pad" if self.filled else ""
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), f"<b>{self.base}</b><br>{does}", self)
            return True
        return super().event(event)

    # -- carrying a cue to another pad --------------------------------------------------------------------------------

    def _carry(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(cue_mime(self.deck, self.number))
        drag.setPixmap(self.grab())
        drag.setHotSpot(self.rect().center())
        drag.exec(Qt.DropAction.CopyAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        cue = carried_cue(event.mimeData())
        if cue is not None and cue != (self.deck, self.number):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._hover(True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        self._hover(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        self._hover(False)
        cue = carried_cue(event.mimeData())
        if cue is None or not event.mimeData().hasFormat(CUE):
            event.ignore()
            return
        place = cue_place(self.binder.bay, f"/deck/{cue[0]}/cue/{cue[1]}")
        if place is not None:
            for address, value in copied(place, self.base, self.binder.bay.layout):
                self.binder.write(address, value)
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def _hover(self, over: bool) -> None:
        self._over = over
        self.update()

    # -- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        look = CueLook(self.number, self.colour, self.image, self.filled, self.current or self._over,
                       self.hovered, self._down is not None, self.left)  # fmt: skip
        paint_cue(painter, QRectF(self.rect()), look)
        self.draw_ring(painter)


def _once(pad: CuePad, after: int, call: Callable[[], None]) -> QTimer:
    timer = QTimer(pad)
    timer.setSingleShot(True)
    timer.setInterval(after)
    timer.timeout.connect(call)
    return timer
