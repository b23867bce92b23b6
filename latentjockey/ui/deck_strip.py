"""A deck's place in bars: the model's directions, most visible first, or the raw vector behind a switch. GUI thread
only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base import paths
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.painted import CENTRE, Column, Painted, Row, fill, write

DIRECTIONS, RAW = "directions", "z"


class StripSwitch(Painted):
    """Two words, the chosen one lit; a press on the other, or space, changes over."""

    chosen = Signal(str)

    def __init__(self, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.word = DIRECTIONS
        self._colour = colour
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("directions or z")
        self.setToolTip("the model's directions, the most visible first, or every component of z")

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(round(sum(self._widths())), theme.px(18))

    def _widths(self) -> list[float]:
        return [theme.text_width(word, 11, theme.MEDIUM) + theme.px(14) for word in (DIRECTIONS, RAW)]

    def show_word(self, word: str) -> None:
        self.word = word
        self.update()

    def box_of(self, word: str) -> QRectF:
        """Where a word stands."""
        first, second = self._widths()
        return QRectF(0, 0, first, self.height()) if word == DIRECTIONS else QRectF(first, 0, second, self.height())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            at = QPointF(event.position())
            self.chosen.emit(next((w for w in (DIRECTIONS, RAW) if self.box_of(w).contains(at)), self.word))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.chosen.emit(RAW if self.word == DIRECTIONS else DIRECTIONS)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        for word in (DIRECTIONS, RAW):
            box, lit = self.box_of(word), word == self.word
            if lit:
                fill(painter, box, theme.mixed(theme.RAISED, self._colour, 0.16), theme.px(4))
            write(painter, box, word, theme.TEXT if lit else theme.QUIET, 11, theme.MEDIUM, CENTRE)
        self.draw_ring(painter, 4)


class DeckStrip(Painted):
    """Shows the directions where the model has them and nobody chose z; without directions it shows z and no switch.

    The choice is kept in ``settings``, the window's own when not given, and holds for both decks' next start.
    """

    def __init__(
        self,
        binder: Binder,
        deck: str,
        colour: QColor,
        parent: QWidget | None = None,
        settings: QSettings | None = None,
    ) -> None:
        super().__init__(parent)
        self._binder = binder
        self._address = f"/deck/{deck}/dir"
        self._key = f"strip/{deck}"
        self._settings = settings
        self.switch = StripSwitch(colour)
        self.directions = LatentStrip(binder, self._address, colour)
        self.raw = LatentStrip(binder, f"/deck/{deck}/z", colour)
        column = Column(gap=4)
        self.setLayout(column)
        head = Row()
        head.addWidget(self.switch)
        head.addStretch(1)
        self._head = head
        column.addLayout(head)
        column.addWidget(self.directions, 1)
        column.addWidget(self.raw, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.switch.chosen.connect(self.choose)
        binder.epoch_changed.connect(self._arrange)
        self._choice = RAW if self._kept().value(self._key) == RAW else DIRECTIONS
        self._arrange()

    def add_beside(self, widget: QWidget) -> None:
        """Put something small at the right of the switch."""
        self._head.addWidget(widget)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(280), theme.px(118))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(60))

    @property
    def strip(self) -> LatentStrip:
        """The strip that is in sight."""
        return self.raw if self._shown() == RAW else self.directions

    def choose(self, word: str) -> None:
        """Show ``directions`` or ``z`` from now on."""
        if word != self._choice:
            self._choice = word
            self._kept().setValue(self._key, word)
            self._arrange()

    def _shown(self) -> str:
        return self._choice if self._has_directions() else RAW

    def _has_directions(self) -> bool:
        return self._binder.bay.layout.resolve(self._address) is not None

    def _arrange(self) -> None:
        shown = self._shown()
        self.switch.show_word(shown)
        self.switch.setVisible(self._has_directions())
        self.directions.setVisible(shown == DIRECTIONS)
        self.raw.setVisible(shown == RAW)

    def _kept(self) -> QSettings:
        return self._settings or QSettings(str(paths.state_dir() / "window.ini"), QSettings.Format.IniFormat)
