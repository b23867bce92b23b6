"""The routes as a list: source, target, how far, where it is now, and a way out. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.catalogue_modulation import ROUTES
from latentjockey.control.names import DECKS
from latentjockey.control.snapshot import Snapshot
from latentjockey.control.spec import Kind
from latentjockey.modulation.routes import Route, ended, route, why_not
from latentjockey.ui import theme, wording
from latentjockey.ui.bar_row import BarRow
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Button, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.painted import RIGHT, Column, Painted, Row, write
from latentjockey.ui.scroll import Scroll

_TARGET = 84
_NOTHING = (
    "No route yet. Right-click any control, choose Modulate,",
    "and a source moves it about where your hand leaves it.",
)


def target_words(snapshot: Snapshot, address: str) -> str:
    """A target as people call it: ``A reach``, ``B z 12``, ``echo``; the address where there is no such control."""
    target = snapshot.layout.resolve(address)
    if target is None:
        return address
    spec = snapshot.layout.specs[target.index]
    parts = address.strip("/").split("/")
    words = spec.label if spec.kind is not Kind.VECTOR else parts[-2]
    words = words or " ".join(parts[2:] if parts[0] == "deck" else parts[-1:])
    if spec.kind is Kind.VECTOR:
        words = snapshot.layout.element(address) or f"{words} {parts[-1]}"
    if parts[0] == "deck" and parts[1] in DECKS:
        return f"{parts[1].upper()} {words}"
    return f"fx {parts[1]} {words}" if parts[0] == "fx" else words


class _Now(Painted):
    """The effective value of a route's target, or why there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self._ink = theme.TEXT
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(62), theme.px(22))

    def say(self, text: str, *, beyond: bool = False, quiet: bool = False, tip: str = "") -> None:
        ink = theme.BEYOND if beyond else theme.QUIET if quiet else theme.TEXT
        if (text, ink) != (self.text, self._ink):
            self.text, self._ink = text, ink
            self.update()
        if tip != self.toolTip():
            self.setToolTip(tip)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        write(self.painter(), QRectF(self.rect()), self.text, self._ink, 12, theme.REGULAR, RIGHT)


class _End(Button):
    """A cross: ends the route."""

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(22), theme.px(22))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, half, middle = self.painter(), theme.px(3.5), QRectF(self.rect()).center()
        painter.setPen(
            QPen(theme.TEXT if self.hovered else theme.QUIET, 1.5 * theme.scale(), c=Qt.PenCapStyle.RoundCap)
        )
        for way in (1, -1):
            reach = QPointF(half, way * half)
            painter.drawLine(middle - reach, middle + reach)
        self.draw_ring(painter)


class _Source(Choice):
    """As wide as its longest word."""

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(92), theme.px(theme.ROW))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    def rescaled(self) -> None:
        self.setFixedWidth(self.sizeHint().width())
        super().rescaled()


class _Hint(Painted):
    """What to do where there is no route yet."""

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(20) * len(_NOTHING))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter, high = self.painter(), theme.px(20)
        for i, words in enumerate(_NOTHING):
            box = QRectF(theme.px(4), i * high, self.width() - theme.px(8), high)
            write(painter, box, words, theme.QUIET, 12.5)


class RouteRow(QWidget):
    """One route, from left to right as it works."""

    def __init__(self, binder: Binder, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number = number
        self._binder = binder
        at = f"/mod/{number}"
        self.on = Toggle(binder, f"{at}/on", str(number))
        self.on.calm = True
        self.source = _Source(binder, f"{at}/source", label_width=0)
        self.amount = BarRow(binder, f"{at}/amount", label_width=_TARGET)
        self.now = _Now()
        self.end = _End("end")
        self.end.tip = "End this route"
        self.end.pressed.connect(self._end)
        row = Row(gap=4)
        self.setLayout(row)
        row.addWidget(self.on)
        row.addWidget(self.source)
        row.addWidget(self.amount, 1)
        row.addWidget(self.now)
        row.addWidget(self.end)

    def _end(self) -> None:
        for address, value in ended(self.number):
            self._binder.write(address, value)
        self._binder.flush()

    def show_route(self, base: Snapshot, now: Snapshot) -> None:
        """Show where the target is, and what it is called."""
        known = route(base, self.number)
        words = target_words(base, known.target)
        if words != self.amount.label:
            self.amount.rename(words)
        text, beyond, tip = self._words(known, base, now)
        self.now.say(text, beyond=beyond, quiet=not known.plays, tip=tip)

    def _words(self, known: Route, base: Snapshot, now: Snapshot) -> tuple[str, bool, str]:
        if why := why_not(base.layout, known.target):
            return "waits" if base.layout.resolve(known.target) is None else "cannot", False, why
        if not known.on:
            return "off", False, "Switched off, by hand or by a panic."
        spec = base.layout.spec(known.target)
        if spec.kind is Kind.TRIGGER:
            return "presses", False, f"{known.target} is pressed when the source rises through a half."
        value = now.number(known.target)
        lo, hi = self._binder.bay.range(known.target)
        beyond = spec.kind in (Kind.FLOAT, Kind.INT, Kind.VECTOR) and spec.unit != "seed" and not lo <= value <= hi
        return wording.value_text(spec, value), beyond, known.target


class RouteRows(QWidget):
    """Those that have a target. Follows the bay."""

    def __init__(self, binder: Binder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self.rows: dict[int, RouteRow] = {}
        self._content = QWidget()
        self._inner = Column((0, 0, 4, 0), 2)
        self._content.setLayout(self._inner)
        self._hint = _Hint()
        self._inner.addWidget(self._hint)
        self._inner.addStretch(1)
        column = Column()
        self.setLayout(column)
        column.addWidget(Scroll(self._content), 1)
        for n in ROUTES:
            binder.watch(f"/mod/{n}/target", self._targets_changed)

    def _targets_changed(self, value: Shown) -> None:
        texts = self._binder.bay.snapshot().texts
        wanted = [n for n in ROUTES if texts.get(f"/mod/{n}/target")]
        for n in [n for n in self.rows if n not in wanted]:
            gone = self.rows.pop(n)
            self._inner.removeWidget(gone)
            gone.hide()
            gone.deleteLater()  # not at once: its cross may be in the middle of a press
        for place, n in enumerate(wanted):
            if n not in self.rows:
                self.rows[n] = RouteRow(self._binder, n)
                self._inner.insertWidget(place, self.rows[n])
        self._hint.setVisible(not self.rows)

    def show_now(self, base: Snapshot, now: Snapshot) -> None:
        for n, row in self.rows.items():
            if base.texts.get(f"/mod/{n}/target"):
                row.show_route(base, now)
