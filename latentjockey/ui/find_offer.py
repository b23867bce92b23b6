"""Offers to find directions where a deck's model has none, says how that goes, and stops it. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.control.names import own_address
from latentjockey.modulation.playhead import LENGTH
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.button import Button
from latentjockey.ui.painted import LEFT, Painted, Row, write

FIND, STOP = "/model/directions/find", "/model/directions/stop"
_STATE = "/model/directions/state"
_HIGH = 20


class _Words(Painted):
    """One quiet line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, text: str) -> None:
        if text != self.text:
            self.text = text
            self.setAccessibleName(text)
            self.setToolTip(text)
            self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(120), theme.px(_HIGH))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        write(self.painter(), QRectF(self.rect()), self.text, theme.QUIET, 11, theme.REGULAR, LEFT)


class _Quiet(Button):
    """A button no larger than its word, and no higher than the line that it stands in."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().sizeHint().width(), theme.px(_HIGH))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(super().minimumSizeHint().width(), theme.px(_HIGH))


class FindOffer(QWidget):
    """For ``deck``: a press of ``begin`` looks for directions, ``give_up`` ends that. Both press controls that OSC and
    MIDI have, too. Nothing is to be seen where the model has directions, or plays noise, in which none are sought."""

    def __init__(self, binder: Binder, deck: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._deck = deck
        self._at, self._z = f"/deck/{deck}/dir", f"/deck/{deck}/z"
        self._state = ""
        self.begin = _Quiet("find directions")
        self.begin.tip = "Looks for ways that show, beside the show: some minutes on a slow machine. It may be stopped."
        self.give_up = _Quiet("stop")
        self.give_up.tip = "Gives it up; nothing of it is kept."
        self.words = _Words()
        row = Row(gap=6)
        self.setLayout(row)
        row.addWidget(self.begin)
        row.addWidget(self.words, 1)
        row.addWidget(self.give_up)
        row.addStretch(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.begin.pressed.connect(lambda: binder.press(FIND))
        self.give_up.pressed.connect(lambda: binder.press(STOP))
        binder.watch(_STATE, self._say)
        binder.epoch_changed.connect(self._arrange)
        self._arrange()

    def _say(self, value: Shown) -> None:
        self._state = str(value)
        self._arrange()

    def _arrange(self) -> None:
        """Show what there is to do now."""
        layout = self._binder.bay.layout
        clip = layout.resolve(own_address(LENGTH, layout.own_deck(self._deck))) is not None
        noise = layout.resolve(self._z) is not None and bool(layout.spec(self._z).field)
        without = layout.resolve(self._at) is None and layout.resolve(FIND) is not None and not clip and not noise
        runs = bool(self._state)
        self.words.say(self._state)
        gone, comes = (self.begin, self.give_up) if runs else (self.give_up, self.begin)
        comes.setVisible(without)
        if gone.hasFocus() and without:  # the hand stays here
            comes.setFocus(Qt.FocusReason.OtherFocusReason)
        gone.setVisible(False)
        self.words.setVisible(without and runs)
        self.setVisible(without)
