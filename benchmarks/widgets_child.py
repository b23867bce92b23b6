"""The child that paints: one widget after the other in a window of its own, each repaint after a change of value."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.children import say, serve
from latentjockey.base.clock import SystemClock, now_ns
from latentjockey.control.bay import Bay
from latentjockey.control.catalogue import builtin
from latentjockey.control.layout import Layout
from latentjockey.control.source import HAND
from latentjockey.ui import theme
from latentjockey.ui.bar_row import BarRows
from latentjockey.ui.binder import Binder
from latentjockey.ui.crossfader import Crossfader
from latentjockey.ui.fader import Fader
from latentjockey.ui.kill_button import KillButton
from latentjockey.ui.knob import Knob
from latentjockey.ui.latent_strip import LatentStrip
from latentjockey.ui.sigma_meter import SigmaMeter
from latentjockey.ui.slider import Slider
from latentjockey.ui.xy_pad import XYPad

DIRECTIONS = 32
Make = Callable[[Binder], QWidget]


def _rows(binder: Binder) -> QWidget:
    rows = BarRows(binder, theme.DECK_A)
    rows.show_rows([(f"/deck/a/dir/{n}", f"direction {n}") for n in range(DIRECTIONS)])
    return rows


def _marked(binder: Binder) -> QWidget:
    knob = Knob(binder, "/deck/a/psi", theme.DECK_A)
    knob.show_waiting(0.2)
    for value in (0.5, 1.5):
        knob.show_effective(value)
    knob.show_loop((0.3, 4.0, False))
    return knob


WIDGETS: dict[str, tuple[Make, int, int]] = {
    "knob": (lambda binder: Knob(binder, "/deck/a/psi", theme.DECK_A), 66, 92),
    "knob, modulated, looping, waiting": (_marked, 66, 92),
    "knob, large": (lambda binder: Knob(binder, "/deck/a/psi", theme.DECK_A, large=True), 126, 156),
    "fader": (lambda binder: Fader(binder, "/deck/a/psi", theme.DECK_A), 58, 180),
    "slider": (lambda binder: Slider(binder, "/deck/a/psi", theme.DECK_A), 300, 26),
    "crossfader": (lambda binder: Crossfader(binder, "/mix/crossfade"), 546, 44),
    "kill": (lambda binder: KillButton(binder, "/deck/a/eq/fine", "fine"), 70, 26),
    "XY pad": (lambda binder: XYPad(binder, "/deck/a/dir/0", "/deck/a/dir/1", theme.DECK_A), 220, 240),
    "sigma meter": (lambda binder: SigmaMeter(theme.DECK_A), 84, 30),
    f"{DIRECTIONS} bar rows": (_rows, 320, 360),
    "latent strip, 32 bars": (lambda binder: LatentStrip(binder, "/deck/a/dir", theme.DECK_A), 313, 160),
    "latent strip, 512 bars": (lambda binder: LatentStrip(binder, "/deck/a/z", theme.DECK_A), 313, 160),
}
"""What is measured: how it is made, and its size in a window of 1280×800."""


def _changed(bay: Bay, rng: np.random.Generator) -> None:
    """Other values for everything, now and then far beyond."""
    far = 6.0 if rng.random() < 0.3 else 1.0
    numbers = [(address, float(rng.standard_normal()) * far) for address in ("/deck/a/psi", "/deck/a/eq/fine")]
    z, directions = rng.standard_normal(512) * far, rng.standard_normal(DIRECTIONS) * far
    bay.write([*numbers, ("/mix/crossfade", float(rng.random() * far)), ("/deck/a/z", z)], HAND)
    bay.write([("/deck/a/dir", directions)], HAND)


def _times(name: str, repaints: int, bay: Bay, binder: Binder) -> tuple[list[float], str]:
    make, width, height = WIDGETS[name]
    widget = make(binder)
    widget.resize(width, height)
    widget.show()
    QApplication.processEvents()
    rng = np.random.default_rng(1)
    times: list[float] = []
    for round_ in range(repaints + 10):
        _changed(bay, rng)
        binder.poll()
        if isinstance(widget, SigmaMeter):
            widget.show_distance(float(rng.random() * 8))
        begin = now_ns()
        widget.repaint()
        if round_ >= 10:  # the first ones fill the caches of letters
            times.append((now_ns() - begin) * 1e-6)
    widget.close()
    widget.deleteLater()
    QApplication.processEvents()
    return times, f"{width}×{height}"


def main() -> int:
    app = QApplication(sys.argv[:1])
    theme.install(app)
    bay = Bay(Layout(1, builtin(512, (256, 256), (), DIRECTIONS)), SystemClock())
    binder = Binder(bay)
    for request in serve():
        if request["ask"] == "names":
            say(names=list(WIDGETS))
        else:
            times, size = _times(str(request["ask"]), int(request["repaints"]), bay, binder)
            say(ms=times, size=size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
