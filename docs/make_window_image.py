"""Makes docs/images/window.png: the window as it plays, a few seconds in. Needs a display (Xvfb will do).

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
PLAYED = (
    (1500, [("/deck/a/cue/1/store", True), ("/deck/b/cue/1/store", True)]),
    (2500, [("/deck/a/seed", 9), ("/deck/b/seed", 12), ("/deck/a/glide/time", 0.3), ("/deck/b/glide/time", 0.3)]),
    (4000, [("/deck/a/cue/2/store", True), ("/deck/b/cue/3/store", True), ("/deck/a/randomise", True)]),
    (5500, [("/deck/a/cue/3/store", True), ("/deck/a/cue/2/recall", True)]),
    (6500, [("/deck/a/drift/speed", 0.2), ("/deck/a/overdrive", 1.4), ("/deck/a/z/40-60", [4.5])]),
    (7000, [("/mix/crossfade", 0.36), ("/deck/b/eq/middle", -0.6), ("/mix/offset/fine", 0.25)]),
)
GRABBED_MS = 10_000


def main(width: int = 1280, height: int = 800) -> int:
    """Play by itself for ten seconds, keep the window's picture, and leave."""
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
