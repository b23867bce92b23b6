"""The mappings tab: which knob plays what, what was heard last, and learning. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.mapping.apply import Controls
from latentjockey.mapping.rows import DeviceRow
from latentjockey.ui import mapping_paint, mapping_words, theme
from latentjockey.ui.actions import Mappings
from latentjockey.ui.button import Button
from latentjockey.ui.chips import ALL, Chips
from latentjockey.ui.dropping import DropTarget
from latentjockey.ui.mapping_list import MappingList
from latentjockey.ui.mapping_view import Line
from latentjockey.ui.mark_paint import paint_armed
from latentjockey.ui.painted import Column, Painted, Row, write
from latentjockey.ui.search_field import SearchField

_SIZE = 12.5
_SAID_MS = 4000
_GLANCE_MS = 100
_NO_DEVICE = (
    "Plug in a MIDI controller: it is found within a second, and known ones play at once.",
    "To map a knob or a pad: right-click anything on the surface, choose Learn MIDI, and move it.",
    "The first eight knobs that you move on an unknown controller take the eight knobs by themselves.",
)
_NOTHING = ("nothing like this is mapped",)


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


class _Heads(Painted):
    """The words over the columns of the table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        box = QRectF(self.rect()).adjusted(0, 0, -theme.px(4), 0)
        mapping_paint.paint_heads(self.painter(), box)


class MappingsTab(Painted):
    """``refresh`` asks for everything anew; the window calls it a few times a second while this is shown."""

    def __init__(self, mappings: Mappings, controls: Controls, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mappings = mappings
        self._controls = controls
        self._said = ""
        self._since = QElapsedTimer()
        self.heard = HeardLine()
        self.chips = Chips("of which device")
        self.search = SearchField("find a knob or a control")
        self.undo_button = Button("undo")
        self.undo_button.tip = "takes back what was last learnt, changed or deleted here (Ctrl-Z)"
        self.list = MappingList(mappings, controls, self.refresh, self.undo)
        self.heads = _Heads()
        column = Column((8, 6, 6, 4), 2)
        self.setLayout(column)
        top = Row(gap=8)
        top.addWidget(self.heard, 3)
        top.addWidget(self.chips, 2)
        top.addWidget(self.search, 1)
        top.addWidget(self.undo_button)
        column.addLayout(top)
        column.addWidget(self.heads)
        column.addWidget(self.list, 1)
        self.undo_button.pressed.connect(self.undo)
        self.search.changed.connect(self.refresh)
        self.search.left.connect(self.list.setFocus)
        self.chips.chosen.connect(self.refresh)
        self._glances = QTimer(self)
        self._glances.setInterval(_GLANCE_MS)
        self._glances.timeout.connect(self.list.glance)
        DropTarget(self, self._take_in, "play by this MIDI map")
        self.refresh()

    def refresh(self) -> None:
        """Show what there is now."""
        devices = self._mappings.device_rows()
        self.chips.setVisible(len(devices) > 1)
        self.chips.show_counts({ALL: None, **{device.name: None for device in devices}})
        self.list.empty = _NO_DEVICE if not devices else _NOTHING
        self.list.show_lines(self._lines(devices))
        self.heads.setVisible(bool(devices))
        self.list.glance()
        armed = self._mappings.armed()
        if armed:
            self.heard.say("", f"move a knob or press a pad for {armed} · Esc cancels", armed=True)
        elif self._said and self._since.elapsed() < _SAID_MS:
            self.heard.say("taken back:", self._said)
        else:
            self._said = ""
            last = self._mappings.last()
            self.heard.say("heard" if last else "", last or "nothing heard yet")

    def _lines(self, devices: Sequence[DeviceRow]) -> list[Line]:
        sought = self.search.line.text().casefold().split()
        rows = self._mappings.rows()
        lines: list[Line] = []
        for device in devices:
            if self.chips.choice not in (ALL, device.name):
                continue
            mine = [row for row in rows if row.device == device.name]
            if sought:
                mine = [r for r in mine if all(word in mapping_words.sought(r, self._controls) for word in sought)]
            if mine or not sought:
                lines += [device, *mine]
        return lines

    def _take_in(self, what: str) -> None:
        """A file was dropped: it is for the device whose row is chosen, or for the one that there is."""
        if Path(what).suffix.lower() != ".json" or not Path(what).is_absolute():
            return
        chosen, devices = self.list.chosen, self._mappings.device_rows()
        plugged = [device.name for device in devices if device.plugged]
        self._mappings.take_in(what, chosen.device if chosen is not None else plugged[0] if len(plugged) == 1 else "")
        self.refresh()

    def undo(self) -> None:
        """Take the newest change back, and say which."""
        self._said = self._mappings.undo_last() or "nothing is left to take back"
        self._since.start()
        self.refresh()

    def rescaled(self) -> None:
        super().rescaled()
        self.list.rescaled()

    def showEvent(self, event: object) -> None:  # noqa: N802
        self._glances.start()
        self.refresh()

    def hideEvent(self, event: object) -> None:  # noqa: N802
        self._glances.stop()
