"""What is heard: level, three bands and the onset's lamp; the input and how it goes. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from latentjockey.control.catalogue_modulation import HEARD
from latentjockey.control.snapshot import Snapshot
from latentjockey.modulation.audio import Hearing
from latentjockey.ui import theme
from latentjockey.ui.actions import Sound
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Toggle
from latentjockey.ui.context_menu import copy, empty_menu
from latentjockey.ui.painted import Column, Painted, Row, fill, write
from latentjockey.ui.slider import Slider

_BARS = HEARD[:-1]
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_HANDS = (("gain", "gain"), ("release", "fall"), ("threshold", "onset"))
_WORDS = 50
_OWN = "the system's input"


class SoundMeter(Painted):
    """Four bars and a lamp, which lights when a sound begins; or the sentence that says what is wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.levels: tuple[float, ...] = (0.0,) * len(HEARD)
        self.on = False
        self.trouble = ""
        self.wrong = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("sound")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(180), theme.px(66))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(90), theme.px(52))

    def show_heard(self, snapshot: Snapshot, hearing: Hearing) -> None:
        levels = tuple(snapshot.number(f"/audio/{name}") for name in HEARD)
        trouble = "" if hearing.listening or hearing.words == Hearing().words else hearing.words
        if (levels, hearing.listening, trouble, hearing.wrong) != (self.levels, self.on, self.trouble, self.wrong):
            self.levels, self.on, self.trouble, self.wrong = levels, hearing.listening, trouble, hearing.wrong
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.GROUND, theme.px(5))
        inset, words, lamp = theme.px(7), theme.px(_WORDS), theme.px(54)
        if self.trouble:
            painter.setFont(theme.font(11.5))
            painter.setPen(theme.WARNING if self.wrong else theme.QUIET)
            room = box.adjusted(theme.px(9), theme.px(6), -theme.px(9), -theme.px(4))
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self.trouble)
            return
        field = box.adjusted(inset, theme.px(4), -inset, -theme.px(4))
        high = field.height() / len(_BARS)
        for i, (name, level) in enumerate(zip(_BARS, self.levels, strict=False)):
            row = QRectF(field.left(), field.top() + i * high, field.width() - lamp, high)
            write(painter, row, name, theme.QUIET if self.on else theme.ASLEEP, 11)
            track = QRectF(row.left() + words, row.center().y() - theme.px(2), row.width() - words, theme.px(4))
            fill(painter, track, theme.TRACK, theme.px(2))
            reached = track.width() * min(max(level, 0.0), 1.0)
            if reached > 0.5:
                bar = QRectF(track.left(), track.top(), reached, track.height())
                fill(painter, bar, theme.mixed(theme.TRACK, theme.TEXT, 0.8), theme.px(2))
        self._paint_lamp(QRectF(field.right() - lamp, field.top(), lamp, field.height()))

    def _paint_lamp(self, box: QRectF) -> None:
        painter, onset = self.painter(), min(max(self.levels[-1], 0.0), 1.0)
        side = theme.px(16)
        lamp = QRectF(box.center().x() - side / 2, box.center().y() - side / 2 - theme.px(6), side, side)
        painter.setBrush(theme.mixed(theme.PANEL, theme.TEXT, onset))
        painter.setPen(QPen(theme.mixed(theme.TRACK, theme.TEXT, 0.3 + 0.7 * onset), 1.4 * theme.scale()))
        painter.drawEllipse(lamp)
        word = QRectF(box.left(), lamp.bottom() + theme.px(1), box.width(), theme.px(15))
        ink = theme.mixed(theme.QUIET, theme.TEXT, onset) if self.on else theme.ASLEEP
        write(painter, word, HEARD[-1], ink, 11, theme.REGULAR, Qt.AlignmentFlag.AlignCenter)


class InputChoice(Painted):
    """Bound to the name of the wished input; a press opens the list of those that are here."""

    def __init__(self, binder: Binder, sound: Sound | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = "/audio/device"
        self.name = ""
        self.hearing = Hearing()
        self._binder = binder
        self._sound = sound
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName(self.address)
        self.setAccessibleName("sound input")
        binder.watch(self.address, self._named)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(160), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(90), theme.px(theme.ROW))

    def _named(self, name: Shown) -> None:
        self.name = str(name)
        self.update()

    def show_hearing(self, hearing: Hearing) -> None:
        if hearing != self.hearing:
            self.hearing = hearing
            self.update()

    @property
    def text(self) -> str:
        """What is heard, else what is wished."""
        return self.hearing.words if self.hearing.listening else self.name or _OWN

    def open_list(self) -> QMenu:
        """The inputs that are here, and the one that is wished for."""
        menu = empty_menu(self)
        names = list(self._sound.devices()) if self._sound is not None else []
        if self.name and self.name not in names:
            names.append(self.name)
        for name in ("", *names):
            action = menu.addAction(("●  " if name == self.name else "    ") + (name or _OWN))
            action.triggered.connect(lambda _=False, name=name: self._binder.write(self.address, name))
        menu.popup(self.mapToGlobal(QPoint(0, self.height())))
        return menu

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.open_list()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _KEYS:
            self.open_list()
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        menu = empty_menu(self)
        menu.addAction("Copy OSC address").triggered.connect(lambda: copy(self.address))
        menu.popup(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        fill(painter, box, theme.HOVERED if self.hovered else theme.RAISED, theme.px(5))
        ink = theme.TEXT if self.hearing.listening else theme.QUIET
        write(painter, box.adjusted(theme.px(9), 0, -theme.px(22), 0), self.text, ink, 12)
        side, x, y = theme.px(3.5), box.right() - theme.px(12), box.center().y()
        painter.setPen(QPen(theme.QUIET, 1.4 * theme.scale()))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(
            [QPointF(x - side, y - side / 2), QPointF(x, y + side / 2), QPointF(x + side, y - side / 2)]
        )
        self.draw_ring(painter)


class SoundView(QWidget):
    """The meter above, the switch and the input below, then gain and how fast it follows."""

    def __init__(self, binder: Binder, sound: Sound | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sound = sound
        self.meter = SoundMeter()
        self.on = Toggle(binder, "/audio/on", "listen", theme.TEXT)
        self.input = InputChoice(binder, sound)
        self.hands = [Slider(binder, f"/audio/{name}", label=word, stacked=True) for name, word in _HANDS]
        column = Column((0, 0, 0, 0), 3)
        self.setLayout(column)
        column.addWidget(self.meter, 1)
        line = Row(gap=4)
        line.addWidget(self.on)
        line.addWidget(self.input, 1)
        column.addLayout(line)
        row = Row(gap=4)
        for hand in self.hands:
            row.addWidget(hand, 1)
        column.addLayout(row)
        if sound is not None:
            sound.look_around()

    def show_now(self, snapshot: Snapshot) -> None:
        """Show what is heard, and how it goes."""
        hearing = self._sound.state() if self._sound is not None else Hearing("no sound input here", wrong=True)
        self.meter.show_heard(snapshot, hearing)
        self.input.show_hearing(hearing)
