"""How much of each class a deck asks for, or how far it goes along each direction: a row with a bar for each, by name.
GUI thread only.

There may be thousand classes, so rows are made for what is in sight alone, and play other classes when it scrolls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSignalBlocker, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QMenu, QScrollBar, QSizePolicy, QWidget

from latentjockey.control.elements import places, slug
from latentjockey.control.spec import ControlSpec
from latentjockey.ui import theme
from latentjockey.ui.bar_row import BarRow
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.context_menu import copy
from latentjockey.ui.painted import LEFT, Painted, write
from latentjockey.ui.search_field import SearchField

FEW = 12
"""So many stand as the model has them; of more, those that are asked for come first, then what has a name, and the rest
is sought."""

Deeds = list[tuple[str, Callable[[], None]]]
"""Words and what they do."""

CLASSES, DIRECTIONS = ("class", "classes"), ("direction", "directions")
"""What may be listed: the word for one, and for many."""

_ROW = 22
_LABEL, _WIDER = 92, 124
"""How wide names are, and where there are many, which are longer: in px of the 1280×800 drawing."""
_NOTCH = 120.0


class ClassRow(BarRow):
    """One class. Its menu knows what concerns the others, too; the wheel over its name scrolls the list."""

    def __init__(self, binder: Binder, address: str, colour: QColor, name: str, parent: ClassList) -> None:
        self._list = parent
        self.faint = False
        super().__init__(binder, address, colour, name, parent.label_width, parent)

    def show_faint(self, faint: bool) -> None:
        """Whether little is seen of it: then it is dimmed, and its track is thin. It plays like all others."""
        if faint != self.faint:
            self.faint = faint
            self.update()

    @property
    def name_ink(self) -> QColor:
        if self.faint:
            return theme.QUIET if self.value or self.held else theme.ASLEEP
        return theme.TEXT if self.value or self.held else theme.QUIET  # what is asked for stands out

    @property
    def ink(self) -> QColor:
        return super().ink if self.value else theme.ASLEEP if self.faint else theme.QUIET

    def bar(self) -> QRectF:
        bar = super().bar()
        return bar.adjusted(0, bar.height() * 0.3, 0, -bar.height() * 0.3) if self.faint else bar

    def tip(self) -> str:
        return f"{super().tip()}<br>little is seen of it" if self.faint else super().tip()

    def menu(self) -> QMenu:
        menu = super().menu()
        menu.addSeparator()
        for words, action in self._list.deeds(self.address):
            menu.addAction(words).triggered.connect(action)
        return menu

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        if self._list.scrolls and event.position().x() < self.bar().left():
            self._list.wheelEvent(event)
        else:
            super().wheelEvent(event)


class ClassList(Painted):
    """Bound to a VECTOR whose components have names, such as ``/deck/a/class``: weights of one ``kind`` of thing. What
    has no name goes by its number."""

    def __init__(
        self,
        binder: Binder,
        address: str,
        colour: QColor = theme.MIDDLE,
        kind: tuple[str, str] = CLASSES,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.kind = kind
        self.binder = binder
        self.address = address
        self.names: tuple[str, ...] = ()
        self.values: NDArray[np.float64] = np.zeros(0)
        self.rows: list[ClassRow] = []
        self._resting: list[ClassRow] = []  # kept for the next model that has more classes: making them takes long
        self._colour = colour
        self._called: tuple[str, ...] = ()
        self._faint: tuple[int, ...] = ()
        self._order: Sequence[int] = ()
        self._asked: frozenset[int] = frozenset()
        self._rest = 0.0
        # the binder is in the middle of telling the rows: that they play others waits until it is done
        self._stale = QTimer(self)
        self._stale.setSingleShot(True)
        self._stale.setInterval(0)
        self._stale.timeout.connect(self._sort)
        self.search = SearchField(f"search {kind[1]}", self)
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        theme.dress(self.bar)
        self.bar.valueChanged.connect(self._show_rows)
        self.search.changed.connect(self._sought)
        self.search.entered.connect(self._add_found)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setObjectName(address)
        self.setAccessibleName(kind[1])
        binder.bind(address, self)
        self._sort()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(280), theme.px(_ROW * min(8, max(3, len(self.names)))))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(2 * _ROW))

    # -- from the binder ----------------------------------------------------------------------------------------------

    def show_spec(self, spec: ControlSpec, lo: float, hi: float) -> None:
        names = tuple(name or f"{self.kind[0]} {index}" for index, name in enumerate(spec.called))
        if (names, spec.faint) != (self.names, self._faint):
            self._faint = spec.faint
            self.names, self.values, self._order = names, np.zeros(0), ()
            self._called = spec.called
            with QSignalBlocker(self.search.line):
                self.search.line.clear()
            self._stale.start()

    def show_value(self, value: Shown) -> None:
        if isinstance(value, np.ndarray):
            self.values = value
            asked = frozenset(np.flatnonzero(value).tolist())
            # a class that is given weight by hand stays under that hand; what comes from elsewhere is put first
            if asked != self._asked and not self.underMouse():
                self._stale.start()

    def show_asleep(self) -> None:
        self.names, self.values, self._order = (), np.zeros(0), ()
        self._stale.start()

    # -- which rows ---------------------------------------------------------------------------------------------------

    @property
    def scrolls(self) -> bool:
        """Whether there are more rows than room."""
        return self.bar.maximum() > 0

    @property
    def label_width(self) -> float:
        """How wide names are, in px of the 1280×800 drawing: many are longer."""
        return _WIDER if len(self.names) > FEW else _LABEL

    def shown(self) -> list[str]:
        """The names in the list as it is sought and sorted now."""
        return [self.names[index] for index in self._order]

    def _sought(self, text: str) -> None:
        self.bar.setValue(0)
        self._sort()

    def _sort(self) -> None:
        self._stale.stop()
        self._asked = frozenset(np.flatnonzero(self.values).tolist())
        words = self.search.line.text().casefold().split()
        found = [i for i, name in enumerate(self.names) if all(word in name.casefold() for word in words)]
        if len(self.names) > FEW:
            self._order = sorted(found, key=lambda index: self._rank(index, words))
        else:
            self._order = found
        self.search.setVisible(len(self.names) > FEW)
        self._arrange()

    def _rank(self, index: int, words: Sequence[str]) -> tuple[bool, bool, bool, int]:
        """What is asked for first, then what is called so by a whole word, then what has a name at all."""
        parts = self.names[index].casefold().replace("-", " ").split()
        return (index not in self._asked, not all(w in parts for w in words), not self._called[index], index)

    def _add_found(self) -> None:
        """Enter: the first that was found and is not asked for yet is asked for, beside the others."""
        if not self.search.line.text().strip():
            return
        new = next((index for index in self._order if not self.values[index]), None)
        if new is not None:
            self.binder.write(f"{self.address}/{new}", 1.0)
            self.search.line.clear()

    def _arrange(self) -> None:
        """Search line, rows and bar to their places."""
        seeks, wide = len(self.names) > FEW, self.width()
        top = theme.px(30) if seeks else 0
        self.search.setGeometry(0, 0, wide, theme.px(26))
        high = theme.px(_ROW)
        room = max(1, (self.height() - top) // high)
        self.bar.setRange(0, max(0, len(self._order) - room))
        self.bar.setPageStep(room)
        self.bar.setVisible(self.scrolls)
        thick = theme.px(8) if self.scrolls else 0
        self.bar.setGeometry(wide - thick, top, thick, room * high)
        self._show_rows()
        for number, row in enumerate(self.rows):
            row.setGeometry(0, top + number * high, wide - thick, high)
        self.update()

    def _show_rows(self) -> None:
        """Let the rows in sight play the classes that are to be seen there."""
        first = self.bar.value()
        seen = self._order[first : first + self.bar.pageStep()]
        for row, index in zip(self.rows, seen, strict=False):
            row.widen_label(self.label_width)
            row.retarget(f"{self.address}/{index}")
            row.rename(self.names[index])
            row.show_faint(index in self._faint)
        for index in seen[len(self.rows) :]:
            row = self._another(index)
            row.show_faint(index in self._faint)
            self.rows.append(row)
            row.show()
        while len(self.rows) > len(seen):
            rest = self.rows.pop()
            rest.hide()
            rest.retarget("")
            self._resting.append(rest)

    def _another(self, index: int) -> ClassRow:
        """A row that rests, or a new one."""
        address, name = f"{self.address}/{index}", self.names[index]
        if not self._resting:
            return ClassRow(self.binder, address, self._colour, name, self)
        row = self._resting.pop()
        row.widen_label(self.label_width)
        row.retarget(address)
        row.rename(name)
        return row

    # -- deeds that concern all of them -------------------------------------------------------------------------------

    def deeds(self, address: str) -> Deeds:
        """What the menu of the class at ``address`` offers for the whole vector."""
        index = int(address.rsplit("/", 1)[1])
        return deeds(self.binder, self.address, self.kind, self._called, self.values, index)

    # -- Qt -----------------------------------------------------------------------------------------------------------

    def rescaled(self) -> None:
        theme.dress(self.bar)
        super().rescaled()
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        self._arrange()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        super().leaveEvent(event)
        if frozenset(np.flatnonzero(self.values).tolist()) != self._asked:
            self._sort()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        self._rest += (event.angleDelta().y() or event.angleDelta().x()) / _NOTCH * 3
        rows = int(self._rest)
        self._rest -= rows
        self.bar.setValue(self.bar.value() - rows)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        if self.names and not self._order:
            box = QRectF(self.rect()).adjusted(theme.px(6), theme.px(34), 0, 0)
            box.setHeight(theme.px(_ROW))
            write(self.painter(), box, f"no {self.kind[0]} is called that", theme.QUIET, 12, theme.REGULAR, LEFT)


def deeds(
    binder: Binder, address: str, kind: tuple[str, str], called: Sequence[str], values: NDArray[np.float64], index: int
) -> Deeds:
    """What the menu of component ``index`` offers for the whole VECTOR at ``address``, which is ``values`` now."""
    count = len(called)
    if index >= count or count != len(values):
        return []
    name, word = called[index], slug(called[index])

    def give(new: NDArray[np.float64]) -> None:
        binder.write(address, np.array(new))

    named = [(f"Copy {address}/{word}", partial(copy, f"{address}/{word}"))]
    alike = [("All alike", partial(give, np.full(count, 1.0 / count)))]
    return [
        (f"Only {name or f'{kind[0]} {index}'}", partial(give, np.eye(1, count, index)[0])),
        *(alike if kind == CLASSES else []),
        ("Turn all signs", partial(give, -values)),
        ("Default for all", partial(binder.reset, address)),
        *(named if places(tuple(called)).get(word) == index else []),
    ]
