"""The modulation tab: both LFOs, what is heard, and the routes from them to controls. GUI thread only."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from latentjockey.base.clock import Clock
from latentjockey.control.catalogue_modulation import LFOS
from latentjockey.ui import theme
from latentjockey.ui.actions import Sound
from latentjockey.ui.binder import Binder
from latentjockey.ui.lfo_view import LfoView
from latentjockey.ui.modulating import Effective
from latentjockey.ui.painted import Painted, Row
from latentjockey.ui.route_rows import RouteRows
from latentjockey.ui.sound_view import SoundView

EVERY_MS: Final = 33


class ModulationTab(Painted):
    """Looks about thirty times a second while it is in sight. It has no ground of its own: it stands in a panel."""

    def __init__(
        self, binder: Binder, effective: Effective, sound: Sound | None, clock: Clock, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._binder = binder
        self._effective = effective
        self._clock = clock
        self.lfos = [LfoView(binder, n) for n in LFOS]
        self.sound = SoundView(binder, sound)
        self.routes = RouteRows(binder)
        row = Row((10, 4, 10, 8), 12)
        self.setLayout(row)
        for lfo in self.lfos:
            row.addWidget(lfo, 20)
        row.addWidget(self.sound, 22)
        row.addWidget(self.routes, 42)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.refresh)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(900), theme.px(156))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(400), theme.px(110))

    def refresh(self) -> None:
        """Show everything as it is now. The timer calls it; tests may."""
        base, now = self._binder.bay.snapshot(), self._effective.now()
        if now.layout is not base.layout:
            return
        t = self._clock.now()
        for lfo in self.lfos:
            lfo.curve.show_lfo(base, t)
        self.sound.show_now(base)
        self.routes.show_now(base, now)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        self._timer.stop()
