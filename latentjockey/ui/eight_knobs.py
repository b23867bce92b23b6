"""The eight knobs: they play the focused deck, and the other one while Shift is held. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QSizePolicy, QWidget

from latentjockey.control.names import DECKS, EIGHT, FOCUSED, on_deck
from latentjockey.ui import theme
from latentjockey.ui.binder import Binder, Shown
from latentjockey.ui.knob import Knob
from latentjockey.ui.painted import Painted, Row


class EightKnob(Knob):
    """One of the eight. While Shift chooses the deck it does not also mean fine."""

    by_shift = False

    def __init__(
        self,
        binder: Binder,
        template: str,
        deck: str,
        label: str,
        large: bool,
        parent: QWidget | None = None,
    ) -> None:
        self._template = template
        super().__init__(binder, on_deck(template, deck), self._ink_of(deck), label, large, parent)

    def lead(self, deck: str, *, by_shift: bool) -> None:
        """Play this deck from now on."""
        self.by_shift = by_shift
        if FOCUSED in self._template:
            self.colour = self._ink_of(deck)
            self.retarget(on_deck(self._template, deck))

    def _ink_of(self, deck: str) -> QColor:
        return theme.deck_colour(deck) if FOCUSED in self._template else theme.MIDDLE

    def learns(self) -> str:
        return self._template

    def fine(self, modifiers: Qt.KeyboardModifier) -> float:
        return 1.0 if self.by_shift else super().fine(modifiers)


class EightKnobs(Painted):
    """``large`` is for what is read at two metres. Each knob wears the colour of the deck it plays."""

    def __init__(self, binder: Binder, large: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._binder = binder
        self._focus = 0
        self._shift = False
        self.knobs = [EightKnob(binder, template, self.deck, label, large) for label, template in EIGHT]
        row = Row(gap=6)
        self.setLayout(row)
        for knob in self.knobs:
            row.addWidget(knob, 1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        binder.watch("/surface/focus", self._focused)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(640), self.knobs[0].sizeHint().height())

    @property
    def deck(self) -> str:
        """The deck that the knobs play now."""
        return DECKS[self._focus ^ self._shift]

    def _focused(self, value: Shown) -> None:
        self._focus = int(bool(value))
        self._turn()

    def _turn(self) -> None:
        """Lead the knobs to the deck of now."""
        for knob in self.knobs:
            knob.lead(self.deck, by_shift=self._shift)

    # -- Shift, wherever the keyboard is ----------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
        for knob in self.knobs:
            knob.let_go()
        self._shifted(False)
        super().hideEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        kind = event.type()
        if kind == QEvent.Type.ApplicationDeactivate:
            self._shifted(False)
        elif kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease) and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Shift and not event.isAutoRepeat():
                # A capital letter chooses no deck; the window hears of the key before the line that is typed into.
                typing = isinstance(QApplication.focusWidget(), QLineEdit)
                self._shifted(kind == QEvent.Type.KeyPress and not typing)
        elif self._shift and kind == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            held = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)  # or let go during the drag
            QTimer.singleShot(0, self, lambda: self._shifted(self._shift and held))
        return False

    def _shifted(self, on: bool) -> None:
        # In the middle of a drag Shift means fine, and letting it go must not change the deck under the hand.
        if on == self._shift or any(knob.held for knob in self.knobs):
            return
        self._shift = on
        self._turn()
