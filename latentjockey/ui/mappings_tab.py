"""The mappings tab: which knob plays what, what was heard last, and learning. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.mapping.apply import Controls
from latentjockey.ui import theme
from latentjockey.ui.actions import Mappings
from latentjockey.ui.button import Button
from latentjockey.ui.mapping_list import MappingList
from latentjockey.ui.mark_paint import paint_armed
from latentjockey.ui.painted import Column, Painted, Row, write

_SIZE = 12.5
_SAID_MS = 4000


class HeardLine(Painted):
    """A quiet name and words; with a dashed outline while something is being learnt."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = self.text = ""
        self.armed = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(160), theme.px(26))

    def say(self, name: str, text: str, *, armed: bool = False) -> None:
        """Say this from now on."""
        if (name, text, armed) != (self.name, self.text, self.armed):
            self.name, self.text, self.armed = name, text, armed
            self.setAccessibleName(f"{name} {text}".strip())
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        box = QRectF(self.rect())
        if self.armed:
            paint_armed(painter, box)
        inner = box.adjusted(theme.px(10), 0, -theme.px(8), 0)
        name = theme.text_width(self.name, _SIZE) + theme.px(7) if self.name else 0.0
        write(painter, inner, self.name, theme.QUIET, _SIZE)
        write(painter, inner.adjusted(name, 0, 0, 0), self.text, theme.TEXT, _SIZE, theme.MEDIUM)


class MappingsTab(Painted):
    """``refresh`` asks for everything anew; the window calls it a few times a second while this is shown."""

    def __init__(self, mappings: Mappings, controls: Controls, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mappings = mappings
        self._said = ""
        self._since = QElapsedTimer()
        self.heard = HeardLine()
        self.undo_button = Button("undo")
        self.undo_button.tip = "takes back what was last learnt, changed or deleted here (Ctrl-Z)"
        self.undo_button.pressed.connect(self.undo)
        self.list = MappingList(mappings, controls, self.refresh, self.undo)
        column = Column((8, 8, 6, 6), 4)
        self.setLayout(column)
        top = Row(gap=8)
        top.addWidget(self.heard, 1)
        top.addWidget(self.undo_button)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        self.refresh()

    def refresh(self) -> None:
        """Show what there is now."""
        self.list.show_rows(self._mappings.rows())
        armed = self._mappings.armed()
        if armed:
            self.heard.say("", f"move a knob or press a pad for {armed} · Esc cancels", armed=True)
        elif self._said and self._since.elapsed() < _SAID_MS:
            self.heard.say("taken back:", self._said)
        else:
            self._said = ""
            last = self._mappings.last()
            self.heard.say("heard" if last else "", last or "nothing heard yet")

    def undo(self) -> None:
        """Take the newest change back, and say which."""
        self._said = self._mappings.undo_last() or "nothing is left to take back"
        self._since.start()
        self.refresh()

    def rescaled(self) -> None:
        super().rescaled()
        self.list.rescaled()

    def showEvent(self, event: object) -> None:  # noqa: N802
        self.refresh()
