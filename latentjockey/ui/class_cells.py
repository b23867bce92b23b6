"""The classes of a deck in large type, for two metres away: a cell with name, weight and bar for each. GUI thread only.

There is room for eight. Of more, those that are asked for come first. Prompts go by what they say, on lines of their
own.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from latentjockey.control.prompts import texts_of
from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme
from latentjockey.ui.bar_row import BarRow
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.class_list import CLASSES, Deeds, deeds
from latentjockey.ui.editor import LineEditor
from latentjockey.ui.painted import RIGHT, Painted, fill, write
from latentjockey.ui.prompt_rows import EMPTY
from latentjockey.ui.text_link import TextLink

MOST = 8
_COLUMNS = 2
_HIGH, _WORDY = 34, 42
_GAP = 8
_SIZE, _SMALL = 14.0, 12.0
_SMALLER = (14.0, 13.0, 12.0)
"""Sizes of the names: the first at which all of them fit."""


class ClassCell(BarRow):
    """Name and weight in one line, the bar below; of a prompt the text, weight and bar below. The hand plays the whole
    cell; F2 and the menu write a prompt."""

    def __init__(self, binder: Binder, address: str, colour: QColor, name: str, parent: ClassCells) -> None:
        self._cells = parent
        super().__init__(binder, address, colour, name, 0, parent)
        self.words = TextLink(binder, "", self._said)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(126), theme.px(self.high))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(80), theme.px(self.high))

    @property
    def high(self) -> float:
        """Its height, in px of the 1280×800 drawing."""
        return _WORDY if self.words.address else _HIGH

    def call(self, name: str, text: str) -> None:
        """Go by a class's name, or by what the prompt at the address ``text`` says."""
        self.words.retarget(text)
        self.rename((self.words.text or EMPTY) if text else name)

    def _said(self) -> None:
        if self.words.address:
            self.rename(self.words.text or EMPTY)

    def begin_writing(self) -> LineEditor | None:
        """Open the line in which a prompt is written; a class has none."""
        return self.words.begin_typing(self, self.rect())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_F2 and self.words.address:
            self.begin_writing()
        else:
            super().keyPressEvent(event)

    # -- geometry ---------------------------------------------------------------------------------------------------

    def number_box(self) -> QRect:
        if self.words.address:
            # at least as wide as every weight of one digit, so that no bar grows or shrinks while it is played
            texts = ("−0.00", "+0.00", self._signed())
            wide = round(max(theme.text_width(text, _SMALL, theme.MEDIUM) for text in texts)) + theme.px(2)
            return QRect(self.width() - wide - theme.px(3), theme.px(21), wide, theme.px(18))
        wide = min(round(theme.text_width(self._signed(), _SIZE, theme.MEDIUM)) + theme.px(2), self.width() // 2)
        return QRect(self.width() - wide - theme.px(3), 0, wide, theme.px(24))

    def bar(self) -> QRectF:
        inset, thick = theme.px(3), theme.px(4)
        if self.words.address:
            return QRectF(inset, theme.px(28), max(12.0, self.number_box().left() - theme.px(8.0) - inset), thick)
        return QRectF(inset, theme.px(26), max(12.0, self.width() - 2.0 * inset), thick)

    def loop_box(self) -> QRectF:
        side = theme.px(11)
        return QRectF(self.number_box().left() - side - theme.px(2), theme.px(6), side, side)

    # -- painting ---------------------------------------------------------------------------------------------------

    @property
    def name_ink(self) -> QColor:
        return theme.TEXT if self.value or self.held else theme.QUIET

    @property
    def ink(self) -> QColor:
        return super().ink if self.value else theme.QUIET

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        if self.busy:
            fill(painter, QRectF(self.rect()), theme.faded(theme.RAISED, 0.9), theme.px(5))
        number, wordy = QRectF(self.number_box()), bool(self.words.address)
        name = QRectF(theme.px(3), number.top(), number.left() - theme.px(6), number.height())
        if wordy:
            name = QRectF(theme.px(3), 0, self.width() - theme.px(6), theme.px(24))
        if self.armed:
            write(painter, name, self.caption, theme.TEXT, 12)
        else:
            write(painter, name, self.label, self.name_ink, _SIZE if wordy else self._cells.name_size, theme.MEDIUM)
        write(painter, number, self._signed(), self.ink, _SMALL if wordy else _SIZE, theme.MEDIUM, RIGHT)
        self._paint_bar(painter, self.bar())
        self.paint_over(painter)

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        fill(painter, bar, theme.TRACK, bar.height() / 2)
        middle = QRectF(bar.center().x() - theme.scale() / 2, bar.top() - theme.px(2), theme.scale(), theme.px(8))
        painter.fillRect(middle, theme.ASLEEP)
        if self.spec is not None:
            self._paint_value(painter, bar)

    def menu(self) -> QMenu:
        menu = super().menu()
        menu.addSeparator()
        for words, action in self._cells.deeds(self.address):
            menu.addAction(words).triggered.connect(action)
        if self.words.address:
            menu.addSeparator()
            menu.addAction("Write the prompt…\tF2").triggered.connect(self.begin_writing)
        return menu

    def tip(self) -> str:
        return f"{html.escape(self.words.text)}<br>{super().tip()}" if self.words.text else super().tip()


class ClassCells(Painted):
    """Bound to a deck's class weights; away where the model knows no classes."""

    def __init__(self, binder: Binder, address: str, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = address
        self.names: tuple[str, ...] = ()
        self.values: NDArray[np.float64] = np.zeros(0)
        self.cells: list[ClassCell] = []
        self._resting: list[ClassCell] = []  # kept for the next model that has more classes: making them takes long
        self.name_size = _SIZE
        self._binder = binder
        self._colour = colour
        self._order: Sequence[int] = ()
        self._texts: tuple[str, ...] = ()
        # the binder is in the middle of telling the cells: that they play others waits until it is done
        self._stale = QTimer(self)
        self._stale.setSingleShot(True)
        self._stale.setInterval(0)
        self._stale.timeout.connect(self._sort)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("classes")
        self.hide()
        binder.bind(address, self)
        binder.epoch_changed.connect(self._sort)
        self._sort()

    def sizeHint(self) -> QSize:  # noqa: N802
        rows = -(-min(MOST, max(1, len(self.names))) // _COLUMNS)
        return QSize(theme.px(2 * 126 + _GAP), rows * theme.px(_WORDY if self._texts else _HIGH))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(170), self.sizeHint().height())

    # -- from the binder ----------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        if spec.elements != self.names:
            self.names, self.values = spec.elements, np.zeros(0)
            self._stale.start()

    def show_value(self, value: Shown) -> None:
        if isinstance(value, np.ndarray):
            self.values = value
            if len(self.names) > MOST and not self.underMouse():  # what a hand plays stays under that hand
                self._stale.start()

    def show_asleep(self) -> None:
        self.names, self.values = (), np.zeros(0)
        self._stale.start()

    # -- which cells --------------------------------------------------------------------------------------------------

    def _sort(self) -> None:
        self._stale.stop()
        texts = texts_of(self._binder.bay.layout, self.address.split("/")[2])
        again, self._texts = texts != self._texts, texts
        order: list[int] = list(range(len(self.names)))
        if len(order) > MOST:
            asked = np.abs(self.values) if len(self.values) == len(order) else np.zeros(len(order))
            strongest = sorted(order, key=lambda index: -asked[index])[:MOST]
            # they change places only when another one comes in: weights cross all the time
            order = [i for i in self._order if i in strongest]
            order += [i for i in strongest if i not in order]
        if again or order != list(self._order) or len(self.cells) != len(order) or self._renamed(order):
            self._order = order
            self._show_cells()
        self.setVisible(bool(self.names))

    def _renamed(self, order: Sequence[int]) -> bool:
        return not self._texts and [cell.label for cell in self.cells] != [self.names[index] for index in order]

    def _show_cells(self) -> None:
        for cell, index in zip(self.cells, self._order, strict=False):
            cell.retarget(f"{self.address}/{index}")
            self._name(cell, index)
        for index in self._order[len(self.cells) :]:
            cell = self._another(index)
            self._name(cell, index)
            self.cells.append(cell)
            cell.show()
        while len(self.cells) > len(self._order):
            rest = self.cells.pop()
            rest.hide()
            rest.retarget("")
            rest.words.retarget("")
            self._resting.append(rest)
        self.updateGeometry()
        self._arrange()

    def _another(self, index: int) -> ClassCell:
        """A cell that rests, or a new one."""
        address = f"{self.address}/{index}"
        if not self._resting:
            return ClassCell(self._binder, address, self._colour, self.names[index], self)
        cell = self._resting.pop()
        cell.retarget(address)
        return cell

    def _name(self, cell: ClassCell, index: int) -> None:
        """Call a cell what its class is called, or what its prompt says."""
        cell.call(self.names[index], self._texts[index] if self._texts else "")

    def _arrange(self) -> None:
        gap, high = theme.px(_GAP), theme.px(_WORDY if self._texts else _HIGH)
        wide = (self.width() - gap * (_COLUMNS - 1)) // _COLUMNS
        rows = -(-len(self.cells) // _COLUMNS)
        for number, cell in enumerate(self.cells):  # column by column: neighbours in the list stay neighbours
            column, row = divmod(number, rows)
            cell.setGeometry(column * (wide + gap), row * high, wide, high)
        # beside every weight of one digit, so that no name grows or shrinks while it is played
        room = wide - theme.text_width("−0.00", _SIZE, theme.MEDIUM) - theme.px(12)
        self.name_size = next((size for size in _SMALLER if self._widest(size) <= room), _SMALLER[-1])

    def _widest(self, size: float) -> float:
        return max((theme.text_width(cell.label, size, theme.MEDIUM) for cell in self.cells), default=0.0)

    def deeds(self, address: str) -> Deeds:
        """What the menu of a cell offers for all classes."""
        index = int(address.rsplit("/", 1)[1])
        return deeds(self._binder, self.address, CLASSES, self.names, self.values, index)

    # -- Qt -----------------------------------------------------------------------------------------------------------

    def rescaled(self) -> None:
        super().rescaled()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._arrange()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._stale.start()
