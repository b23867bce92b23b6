"""Every widget in every state, in one window: python docs/widget_gallery.py [--save FILE] [--scale 1|2].

Nothing here is a show: a bay of its own holds the values, and the marks (a loop, a waiting knob, modulation, what is
being learnt) are made up. With --save the picture is kept and the window closes. Needs a display or
QT_QPA_PLATFORM=offscreen.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QEnterEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QSizePolicy, QWidget

from latentjockey.base.clock import SystemClock
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.control.spec import ControlSpec, Kind
from latentjockey.ui import theme
from latentjockey.ui.bar_row import BarRow, BarRows
from latentjockey.ui.binder import Binder
from latentjockey.ui.button import Button, ControlButton, Toggle
from latentjockey.ui.choice import Choice
from latentjockey.ui.control_widget import ControlWidget
from latentjockey.ui.crossfader import Crossfader
from latentjockey.ui.fader import Fader
from latentjockey.ui.field import Field
from latentjockey.ui.kill_button import KillButton
from latentjockey.ui.knob import Knob
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.painted import RIGHT, Caption, Painted, Panel, fill, write
from latentjockey.ui.sigma_meter import SigmaMeter
from latentjockey.ui.slider import Slider
from latentjockey.ui.xy_pad import XYPad

WIDTH = 1680
STATES = ("normal", "hovered", "focused by key", "held", "far beyond", "asleep", "knob waits", "modulated", "loops",
          "records", "being learnt")  # fmt: skip
FAR = 40.0
_TOP = Qt.AlignmentFlag.AlignTop

Make = Callable[[Binder, str], ControlWidget]


def sample(kind: str, state: int) -> ControlSpec:
    """A control of its own for each cell, so that each may stand elsewhere."""
    address = f"/gallery/{kind}/{state}"
    if kind == "choice":
        return ControlSpec(address, Kind.CHOICE, 1, 0, 2, choices=("smooth", "linear", "ease"), label="curve")
    if kind == "field":
        return ControlSpec(address, Kind.FLOAT, 120.0, 40.0, 240.0, label="tempo")
    if kind == "kill":
        return ControlSpec(address, Kind.FLOAT, 1.0, 0.0, 2.0, label="middle")
    if kind == "bar":
        return ControlSpec(address, Kind.FLOAT, 0.0, 0.0, 1.0, label="amber")
    if kind == "crossfader":
        return ControlSpec(address, Kind.FLOAT, 0.0, 0.0, 1.0, label="crossfade")
    if kind == "knob":
        return ControlSpec(address, Kind.FLOAT, 0.0, 0.0, 2.0, label="wander", unit="/s")
    return ControlSpec(address, Kind.FLOAT, 1.0, -1.0, 2.0, label="reach")


KINDS: dict[str, tuple[str, Make, float]] = {
    "knob": ("knob", lambda b, a: Knob(b, a, theme.DECK_A, "wander"), 1.2),
    "bipolar": ("knob, bipolar", lambda b, a: Knob(b, a, theme.DECK_B, "lead"), -0.55),
    "fader": ("fader", lambda b, a: Fader(b, a, theme.DECK_A, "reach"), 1.4),
    "slider": ("slider, stacked", lambda b, a: Slider(b, a, theme.DECK_B, "psi", stacked=True), 1.4),
    "bar": ("bar row", lambda b, a: BarRow(b, a, theme.DECK_A, "amber", 44), 0.62),
    "kill": ("kill", lambda b, a: KillButton(b, a, "middle", theme.TEXT), 1.0),
    "choice": ("choice", lambda b, a: Choice(b, a, label_width=0), 1.0),
    "field": ("field", lambda b, a: Field(b, a, label="tempo", width=112), 124.0),
}


class Word(Painted):
    """A quiet word beside a row or above a column."""

    def __init__(self, text: str, *, right: bool = False) -> None:
        super().__init__()
        self._text, self._right = text, right
        self.setSizePolicy(QSizePolicy.Policy.Fixed if right else QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(theme.px(104), theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        align = RIGHT if self._right else Qt.AlignmentFlag.AlignCenter
        box = QRectF(self.rect()).adjusted(0, 0, -theme.px(8) if self._right else 0, 0)
        write(self.painter(), box, self._text, theme.QUIET, 11.5, align=align)


class Ground(Painted):
    """The window's own ground."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        fill(self.painter(), QRectF(self.rect()), theme.GROUND)


def put_into(widget: ControlWidget, state: str, bay: Bay) -> None:
    """Bring a widget into a state, by the ways a show does it."""
    lo, hi = widget.lo, widget.hi
    if state == "hovered":
        middle = QPointF(widget.rect().center())
        QApplication.sendEvent(widget, QEnterEvent(middle, middle, middle))
    elif state == "focused by key":
        widget.ring = True  # one window has one focus; here every kind shows it
    elif state == "held":
        widget._held = True
    elif state == "far beyond" and not isinstance(widget, Choice):
        down = isinstance(widget, BarRow)
        bay.write([(widget.address, lo - 2.4 if down else hi + FAR * (hi - lo))], HAND)
        widget.binder.poll()
    elif state == "knob waits":
        widget.show_waiting(lo + 0.88 * (hi - lo))
    elif state == "modulated":
        for share in (0.42, 0.92, 0.8):
            widget.show_effective(lo + share * (hi - lo))
    elif state == "loops":
        widget.show_loop((0.7, 4.0, False))
    elif state == "records":
        widget.show_loop((0.3, 4.0, True))
    elif state == "being learnt":
        widget.show_armed(True)
    widget.update()


def states_panel(binder: Binder, bay: Bay) -> tuple[Panel, list[tuple[ControlWidget, str]]]:
    """The table: a row for each kind, a column for each state."""
    panel = Panel(None)
    grid = QGridLayout(panel)
    grid.setContentsMargins(theme.px(8), theme.px(10), theme.px(12), theme.px(12))
    grid.setHorizontalSpacing(theme.px(6))
    grid.setVerticalSpacing(theme.px(10))
    placed: list[tuple[ControlWidget, str]] = []
    for column, state in enumerate(STATES):
        grid.addWidget(Word(state), 0, column + 1)
        grid.setColumnStretch(column + 1, 1)
    for row, (kind, (name, make, value)) in enumerate(KINDS.items(), 1):
        grid.addWidget(Word(name, right=True), row, 0)
        for column, state in enumerate(STATES):
            address = f"/gallery/{kind}/{column}" if state != "asleep" else f"/gallery/{kind}/nowhere"
            bay.write([(address, value if not (kind == "kill" and state == "held") else 0.0)], HAND)
            widget = make(binder, address)
            if kind == "fader":
                widget.setFixedHeight(theme.px(150))
            centred = Qt.AlignmentFlag.AlignHCenter if kind in ("fader", "kill") else Qt.AlignmentFlag(0)
            grid.addWidget(widget, row, column + 1, Qt.AlignmentFlag.AlignVCenter | centred)
            placed.append((widget, state))
    return panel, placed


def large_panel(binder: Binder, bay: Bay) -> Panel:
    """What is larger than a cell: large knobs, pads, the crossfader, meters, buttons, the strip."""
    panel = Panel(theme.DECK_A)
    grid = QGridLayout(panel)
    grid.setContentsMargins(*(theme.px(12),) * 4)
    grid.setSpacing(theme.px(10))
    rng = np.random.default_rng(7)
    z = rng.standard_normal(512)
    z[60:74] = 5.2
    bay.write([("/deck/a/z", z), ("/deck/a/dir", rng.standard_normal(8) * 3), ("/deck/a/dir/1", 7.5)], HAND)
    bay.write([("/deck/a/reach", 1.35), ("/deck/b/reach", 31.0), ("/mix/crossfade", 0.3), ("/echo/amount", -0.4)], HAND)
    knobs = QWidget()
    row = QGridLayout(knobs)
    row.setContentsMargins(0, 0, 0, 0)
    for n, (address, label, colour) in enumerate(
        (
            ("/deck/a/reach", "reach", theme.DECK_A),
            ("/deck/b/reach", "reach", theme.DECK_B),
            ("/echo/amount", "echo", theme.MIDDLE),
        )
    ):
        row.addWidget(Knob(binder, address, colour, label, large=True), 0, n)
    waiting = knobs.findChildren(Knob)[0]
    waiting.show_waiting(0.5)
    waiting.show_effective(1.2)
    waiting.show_effective(1.6)
    grid.addWidget(Caption("large, for two metres"), 0, 0)
    grid.addWidget(knobs, 1, 0)
    grid.addWidget(Caption("crossfader, within and beyond"), 2, 0)
    first = Crossfader(binder, "/mix/crossfade")
    first.show_waiting(0.75)
    first.show_loop((0.4, 2.0, False))
    beyond = Crossfader(binder, "/gallery/crossfader/4")
    bay.write([("/gallery/crossfader/4", 1.8)], HAND)
    grid.addWidget(first, 3, 0)
    grid.addWidget(beyond, 4, 0)
    grid.addWidget(Caption("buttons"), 5, 0)
    grid.addWidget(buttons(binder, bay), 6, 0, _TOP)
    grid.addWidget(Caption("sigma meter"), 7, 0)
    grid.addWidget(meters(), 8, 0, _TOP)
    grid.addWidget(Caption("xy pad"), 0, 1, 1, 2)
    pads = (
        XYPad(binder, "/deck/a/dir/2", "/deck/a/dir/3", theme.DECK_A, ("lead", "second")),
        XYPad(binder, "/deck/a/dir/1", "/deck/a/dir/4", theme.DECK_A, ("lead", "second")),
    )
    for axis in pads[0].axes:
        axis.show_effective(axis.value + 1.0)
        axis.show_loop((0.6, 8.0, False))
    pads[1].up.show_waiting(2.0)
    for column, pad in enumerate(pads, 1):
        grid.addWidget(pad, 1, column, 4, 1)
    grid.addWidget(Caption("weights"), 5, 1, 1, 2)
    grid.addWidget(weights(binder), 6, 1, 3, 2, _TOP)
    grid.addWidget(Caption("latent strip, 512 bars"), 9, 0)
    strip = LatentStrip(binder, "/deck/a/z", theme.DECK_A)
    strip.setFixedHeight(theme.px(110))
    grid.addWidget(strip, 10, 0, 1, 3)
    grid.setRowStretch(1, 1)
    for column, stretch in enumerate((10, 6, 6)):
        grid.setColumnStretch(column, stretch)
    return panel


def buttons(binder: Binder, bay: Bay) -> QWidget:
    """Buttons, toggles and kills."""
    box = QWidget()
    row = QGridLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    bay.write([("/stage/freeze", True), ("/deck/a/eq/fine", 0.0)], HAND)
    even = Toggle(binder, "/mix/even", "even travel")
    even.calm = True
    learnt = ControlButton(binder, "/deck/b/breed", "breed", theme.DECK_B)
    learnt.armed = True
    made: list[QWidget] = [
        ControlButton(binder, "/deck/a/randomise", "randomise", theme.DECK_A),
        Toggle(binder, "/stage/blackout", "blackout"),
        Toggle(binder, "/stage/freeze", "freeze"),
        even,
        learnt,
        Choice(binder, "/stage/fit", segmented=True),
        Button("offer", theme.WARNING, outlined=True),
        KillButton(binder, "/deck/a/eq/coarse", "coarse", theme.DECK_A),
        KillButton(binder, "/deck/a/eq/fine", "fine", theme.DECK_A),
    ]
    for n, widget in enumerate(made):
        row.addWidget(widget, 0, n)
    row.setColumnStretch(len(made), 1)
    return box


def meters() -> QWidget:
    """How far out, five times."""
    box = QWidget()
    row = QGridLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setHorizontalSpacing(theme.px(22))
    for n, distance in enumerate((0.0, 1.04, 3.4, 7.4, 2.5e6)):
        meter = SigmaMeter(theme.DECK_A)
        meter.show_distance(distance)
        row.addWidget(meter, 0, n)
    row.setColumnStretch(5, 1)
    return box


def weights(binder: Binder) -> QWidget:
    """Rows of directions."""
    rows = BarRows(binder, theme.DECK_A)
    names = ("lead", "second", "blue", "green", "red", "width", "moss", "night")
    rows.show_rows([(f"/deck/a/dir/{n}", name) for n, name in enumerate(names)])
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Show the gallery, or keep its picture and leave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--save", type=Path, metavar="FILE", help="keep the picture as PNG and leave")
    parser.add_argument("--scale", type=int, choices=(1, 2), default=1, help="device pixels for a pixel of the drawing")
    options = parser.parse_args(arguments)
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    app = QApplication(sys.argv[:1])
    theme.install(app)
    samples = [sample(kind, n) for kind in (*KINDS, "crossfader") for n in range(len(STATES))]
    bay = Bay(Layout(1, [*builtin(512, (256, 256), samples, 8)]), SystemClock())
    binder = Binder(bay)
    window = Ground()
    window.setWindowTitle("latentjockey: widgets")
    whole = QGridLayout(window)
    whole.setContentsMargins(*(theme.px(10),) * 4)
    whole.setSpacing(theme.px(10))
    states, placed = states_panel(binder, bay)
    whole.addWidget(states, 0, 0)
    whole.addWidget(large_panel(binder, bay), 1, 0)
    window.resize(WIDTH, whole.sizeHint().height())
    binder.poll()
    for widget, state in placed:
        put_into(widget, state, bay)
    window.show()
    if options.save is None:
        binder.start()
        return app.exec()
    path: Path = options.save

    def keep() -> None:
        binder.poll()
        if not window.grab().save(str(path)):
            sys.stderr.write(f"{path} cannot be written\n")
        app.quit()

    QTimer.singleShot(300, keep)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
