"""The ways out to other programs, on the outputs tab: one card for each that this system has. GUI thread only."""

from __future__ import annotations

import re
import sys

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolTip, QWidget

from latentjockey.control.cables import CABLES, Cable
from latentjockey.control.spec import ControlSpec
from latentjockey.stage.fitting import FITS
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Toggle
from latentjockey.ui.context_menu import empty_menu
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.field import Field
from latentjockey.ui.lines_row import Lines, LinesRow
from latentjockey.ui.painted import Caption, Column, Painted, fill, write

SIZES = ((0, 0), (1280, 720), (1920, 1080))
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_TRADEMARK = "NDI® is a registered trademark of Vizrt NDI AB."
_CAN_WAIT = ("starting", "waiting", "ending")


class SizeChoice(Painted):
    """Bound to width, height and fit: a press opens the list, where a size can also be typed."""

    def __init__(self, binder: Binder, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._at = f"/send/{kind}"
        self._binder = binder
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName(f"{self._at}/size")
        self.setAccessibleName(f"size of what is sent by {kind}")
        for part in ("width", "height", "fit"):
            binder.bind(f"{self._at}/{part}", self)

    # -- from the binder --------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        self.setEnabled(True)

    def show_value(self, value: Shown) -> None:
        self.update()

    def show_asleep(self) -> None:
        self.setEnabled(False)

    # -- choosing ---------------------------------------------------------------------------------------------------

    @property
    def size_now(self) -> tuple[int, int]:
        """Width and height that are wished for; 0 is the stage's."""
        number = self._binder.bay.number
        return int(number(f"{self._at}/width")), int(number(f"{self._at}/height"))

    @property
    def fit_now(self) -> int:
        """The index of the fit."""
        return int(self._binder.bay.number(f"{self._at}/fit"))

    @property
    def text(self) -> str:
        """What is chosen, in words."""
        words = size_words(self.size_now)
        return f"{words} · {FITS[self.fit_now % len(FITS)]}" if all(self.size_now) and self.fit_now else words

    def choose(self, size: tuple[int, int]) -> None:
        """Send at this size; 0 is the stage's."""
        self._binder.write(f"{self._at}/width", size[0])
        self._binder.write(f"{self._at}/height", size[1])

    def open_list(self) -> QMenu:
        """Sizes, a line to type one, and how a picture of another shape meets it."""
        menu = empty_menu(self)
        sizes = [*SIZES, *([self.size_now] if self.size_now not in SIZES else [])]
        for size in sizes:
            action = menu.addAction(_marked(size == self.size_now, size_words(size)))
            action.triggered.connect(lambda _=False, size=size: self.choose(size))
        menu.addAction(_marked(False, "type a size …")).triggered.connect(self.begin_typing)
        menu.addSeparator()
        for index, word in enumerate(FITS):
            action = menu.addAction(_marked(index == self.fit_now, word))
            action.triggered.connect(lambda _=False, index=index: self._binder.write(f"{self._at}/fit", index))
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        return menu

    def begin_typing(self) -> LineEditor:
        """A line for a size such as 800x600."""
        width, height = self.size_now
        return LineEditor(self, self.rect(), f"{width}x{height}" if width or height else "", self._typed)

    def _typed(self, text: str) -> str:
        size = parsed_size(text)
        if size is None:
            return "a size is width x height, such as 800x600"
        self.choose(size)
        return ""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.open_list()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS:
            self.open_list()
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = f"<b>{self._at}/width</b>, <b>{self._at}/height</b>, <b>{self._at}/fit</b><br>{self.text}"
            QToolTip.showText(event.globalPos() + QPoint(0, theme.px(10)), words, self)
            return True
        return super().event(event)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(118), theme.px(theme.ROW))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        ink = theme.TEXT if any(self.size_now) else theme.QUIET
        write(painter, box.adjusted(theme.px(9), 0, -theme.px(20), 0), self.text, ink, 12.5)
        side, x, y = theme.px(3.5), box.right() - theme.px(12), box.center().y()
        painter.setPen(QPen(theme.QUIET, 1.4 * theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            QPolygonF([QPointF(x - side, y - side / 2), QPointF(x, y + side / 2), QPointF(x + side, y - side / 2)])
        )
        self.draw_ring(painter)


class _State(Painted):
    """How it goes: a full dot while pictures go out, a ring while they cannot, and the words."""

    def __init__(self, binder: Binder, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = "off"
        binder.bind(f"/send/{kind}/state", self)

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        """A readout of words has no range."""

    def show_asleep(self) -> None:
        """It is in every layout."""

    def show_value(self, value: Shown) -> None:
        if isinstance(value, str) and value != self.words:
            self.words = value
            self.setAccessibleName(value)
            self.setToolTip("" if value == "off" else value)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        sends, off = self.words.startswith("sending"), self.words.startswith("off")
        calm = off or self.words.startswith(_CAN_WAIT)
        ink = theme.TEXT if sends else theme.QUIET if calm else theme.WARNING
        side = theme.px(8)
        dot = QRectF(theme.px(5), (self.height() - side) / 2, side, side)
        if sends:
            fill(painter, dot, theme.TEXT, side / 2)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.ASLEEP if off else ink, 1.5 * theme.scale()))
            painter.drawEllipse(dot)
        write(painter, QRectF(self.rect()).adjusted(theme.px(21), 0, 0, 0), self.words, ink, 12.5)


class _Title(Field):
    """A name; an empty one says, quietly, what is taken instead."""

    @property
    def ink(self) -> QColor:
        return super().ink if self.shown_text else theme.QUIET

    @property
    def text(self) -> str:
        return self.shown_text or ("first device" if "v4l2" in self.address else "latentjockey")


class SendRow(LinesRow):
    """One way out, on as many lines as its width asks for."""

    between, after = 2, 4

    def __init__(self, binder: Binder, cable: Cable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        at = f"/send/{cable.kind}"
        self.cable = cable
        self.on = Toggle(binder, f"{at}/on", cable.name, theme.TEXT, parent=self)
        self.title = _Title(binder, f"{at}/name", label="as" if cable.kind != "v4l2" else "to", parent=self)
        self.size_choice = SizeChoice(binder, cable.kind, self)
        self.fps = Field(binder, f"{at}/fps", label="≤", parent=self)
        self.state = _State(binder, cable.kind, self)

    def lines(self, width: int) -> Lines:
        on, fps = (self.on, theme.px(72)), (self.fps, theme.px(98))
        if width >= theme.px(700):
            return [[on, (self.title, theme.px(180)), (self.size_choice, theme.px(150)), fps, (self.state, 0)]]
        if width >= theme.px(360):
            return [[on, (self.title, 0), (self.size_choice, theme.px(108)), fps], [(self.state, 0)]]
        return [[on, (self.title, 0)], [(self.size_choice, 0), fps], [(self.state, 0)]]

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(380), self.high())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(270), theme.px(theme.ROW))


class _Line(Painted):
    """One quiet line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self.setAccessibleName(text)
        self.setToolTip(text)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(18))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        write(self.painter(), QRectF(self.rect()).adjusted(theme.px(2), 0, 0, 0), self._text, theme.QUIET, 11.5)


class SendSection(QWidget):
    """All ways that this system has, what the others are for, and whose mark NDI is."""

    def __init__(self, binder: Binder, platform: str = sys.platform, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = Column((0, 0, 4, 0), 4)
        self.setLayout(column)
        column.addWidget(Caption("to other programs"))
        self.rows = [SendRow(binder, cable) for cable in CABLES if cable.is_for(platform)]
        for row in self.rows:
            column.addWidget(row)
        self.elsewhere = elsewhere_words(platform)
        column.addWidget(_Line(self.elsewhere))
        column.addWidget(_Line(_TRADEMARK))
        column.addStretch(1)


def elsewhere_words(platform: str) -> str:
    """The ways that only other systems have, in one sentence."""
    others = [f"{c.name} is for {c.where}" for c in CABLES if not c.is_for(platform)]
    return f"Not on this system: {', '.join(others)}."


def size_words(size: tuple[int, int]) -> str:
    """A size to send as the surface says it."""
    if not any(size):
        return "stage size"
    known = {(1280, 720): "720p", (1920, 1080): "1080p"}
    return known.get(size) or "×".join(str(side) if side else "auto" for side in size)


def parsed_size(text: str) -> tuple[int, int] | None:
    """``800x600``, ``800×600``, ``800 600`` or ``0`` for the stage's; None for anything else."""
    if text.strip() in ("", "0", "stage"):
        return 0, 0
    found = re.fullmatch(r"\s*(\d{1,5})\s*[x×*, ]\s*(\d{1,5})\s*", text.lower())
    return (int(found[1]), int(found[2])) if found else None


def _marked(chosen: bool, words: str) -> str:
    return ("●  " if chosen else "    ") + words
