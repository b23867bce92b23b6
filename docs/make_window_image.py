"""Makes docs/images/window.png: the window as it plays, eleven seconds in. Needs a display (Xvfb will do).

python docs/make_window_image.py [WIDTH HEIGHT]
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from latentjockey.app import Options, Show
from latentjockey.control.source import HAND
from latentjockey.ui.application import run_window
from latentjockey.ui.window import MainWindow
from latentjockey.window import actions

IMAGE = Path(__file__).parent / "images" / "window.png"
GLIDE = [("/deck/a/glide/time", 0.2), ("/deck/b/glide/time", 0.2)]
PLAYED = (
    (3000, [("/deck/a/seed", 5), ("/deck/b/seed", 17), *GLIDE]),
    (4500, [("/deck/a/cue/1/store", True), ("/deck/a/seed", 16)]),
    (5500, [("/deck/a/cue/2/store", True), ("/deck/a/seed", 7)]),
    (6500, [("/deck/a/cue/3/store", True), ("/deck/a/cue/1/recall", True), ("/mix/crossfade", 1.0)]),
    (7500, [("/deck/b/cue/1/store", True), ("/deck/b/seed", 20)]),
    (8500, [("/deck/b/cue/2/store", True), ("/deck/b/seed", 14)]),
    (9500, [("/mix/crossfade", 0.3), ("/deck/a/overdrive", 1.3), ("/deck/a/z/60-79", [4.2] * 20)]),
    (9600, [("/deck/b/eq/middle", -0.6), ("/mix/offset/fine", 0.3), ("/deck/a/drift/speed", 0.15)]),
)
GRABBED_MS = 11_000


def main(width: int = 1280, height: int = 800) -> int:
    """Play by itself for eleven seconds, keep the window's picture, and leave."""
    show = Show(Options(osc_in=None, midi=None, session=False, standby=False))

    def started(window: MainWindow) -> None:
        show.start()
        window.resize(width, height)
        for at, batch in PLAYED:
            QTimer.singleShot(at, lambda batch=batch: show.bay.write(batch, HAND))
        QTimer.singleShot(GRABBED_MS, lambda: finish(window))

    def finish(window: MainWindow) -> None:
        window.grab().save(str(IMAGE))
        QApplication.quit()

    try:
        return run_window(show.bay, show.feed, show.messages, actions(show), clock=show.clock, started=started)
    finally:
        show.close()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
