"""The messages tab: what was said, by whom, how often; and what was refused. GUI thread only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentjockey.base.clock import Clock, time_of_day, wall_seconds
from latentjockey.base.diagnostics import Message, Messages
from latentjockey.control.bay import Bay, Counts
from latentjockey.ui import theme
from latentjockey.ui.chips import ALL, Chips
from latentjockey.ui.message_list import SERIOUS, MessageList
from latentjockey.ui.painted import Column, Painted, Row, write

_REFUSED = (("not_finite", "not a number"), ("unknown", "no such address"), ("unfit", "does not fit"))


class Refusals(Painted):
    """What was refused since the start, by the source it came from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(22))

    def show_counts(self, counts: Counts) -> None:
        text = refusals(counts)
        if text != self.text:
            self.text = text
            self.setToolTip(text.replace("   ", "\n"))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = self.painter()
        painter.fillRect(QRectF(theme.px(8), 0, self.width() - theme.px(16), 1), theme.TRACK)
        box = QRectF(self.rect()).adjusted(theme.px(8), theme.px(2), -theme.px(8), 0)
        write(painter, box, "refused writes", theme.QUIET, 12, theme.MEDIUM)
        left = theme.text_width("refused writes", 12, theme.MEDIUM) + theme.px(12)
        write(painter, box.adjusted(left, 0, 0, 0), self.text or "none", theme.TEXT if self.text else theme.QUIET, 12)


def refusals(counts: Counts) -> str:
    """Each source with what was refused of it, the worst first; empty where nothing was."""
    by: dict[str, list[str]] = {}
    total: Counter[str] = Counter()
    for name, words in _REFUSED:
        for source, count in dict(getattr(counts, name)).items():
            by.setdefault(source, []).append(f"{count} {words}")
            total[source] += count
    return "   ".join(f"{source}: {', '.join(by[source])}" for source, _ in total.most_common())


class MessagesTab(Painted):
    """``refresh`` looks whether something was said; the window calls it a few times a second while this is shown.

    ``wall`` says how late it is, in seconds since 1970, for the time beside each message.
    """

    def __init__(
        self,
        messages: Messages,
        bay: Bay,
        clock: Clock,
        wall: Callable[[], float] = wall_seconds,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._messages = messages
        self._bay = bay
        self._clock = clock
        self._wall = wall
        self._offset = wall() - clock.now()
        self._seen = -1
        self.chips = Chips("which messages are shown", loud=SERIOUS)
        self.list = MessageList(self._moment)
        self.refusals = Refusals()
        self.chips.chosen.connect(self._filter)
        column = Column((10, 8, 8, 4), 6)
        self.setLayout(column)
        top = Row(gap=8)
        top.addWidget(self.chips)
        column.addLayout(top)
        column.addWidget(self.list, 1)
        column.addWidget(self.refusals)

    def refresh(self) -> None:
        """Show what there is now."""
        offset = self._wall() - self._clock.now()
        if abs(offset - self._offset) > 1.0:  # the machine slept, or its calendar was set
            self._offset = offset
        self.refusals.show_counts(self._bay.counts)
        if self._messages.total != self._seen:
            self._seen = self._messages.total
            self._filter(self.chips.choice)

    def rescaled(self) -> None:
        super().rescaled()
        self.list.rescaled()

    def showEvent(self, event: object) -> None:  # noqa: N802
        self.refresh()

    def _filter(self, choice: str) -> None:
        recent = self._messages.recent()[::-1]
        counts: dict[str, int | None] = {ALL: len(recent), SERIOUS: sum(m.serious for m in recent)}
        for category in sorted({m.category for m in recent}):
            counts[category] = sum(m.category == category for m in recent)
        self.chips.show_counts(counts)
        chosen = [m for m in recent if choice == ALL or m.category == choice or (choice == SERIOUS and m.serious)]
        self.list.show_messages(chosen, "nothing was said yet" if choice == ALL else f"nothing of this kind: {choice}")

    def _moment(self, message: Message) -> str:
        return time_of_day(self._offset + message.time)
