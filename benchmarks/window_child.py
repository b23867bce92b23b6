"""The child that opens the real window by the real command line, and tells when it was painted.

Everything is as it is but that somebody listens: for the first paint, for the surface and for the first frame.
"""

from __future__ import annotations

import sys
import threading
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from benchmarks.children import say
from latentjockey import window
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import die_with_parent

if TYPE_CHECKING:
    from latentjockey.app import Show
    from latentjockey.ui.window import MainWindow


class FirstPaint(QObject):
    """Tells, once, when ``watched`` has been painted and the event loop has gone round after it."""

    def __init__(self, watched: QWidget, name: str) -> None:
        super().__init__(watched)
        self._name = name
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, lambda: say(**{self._name: now_ns(), "torch": "torch" in sys.modules}))
        return False


class Curtain(window.Curtain):
    """The window, listened to."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._heard = FirstPaint(self, "painted")


def _opened(show: Show, surface: MainWindow) -> None:
    FirstPaint(surface, "surface")

    def first_frame() -> None:
        if show.feed.wait_newer((-1, -1), 120.0):
            frame = show.feed.acquire()
            if frame is not None:
                with frame:
                    say(frame=frame.stamp.published_ns)

    threading.Thread(target=first_frame, daemon=True).start()


def main() -> int:
    die_with_parent(int(sys.argv[1]))
    window.Curtain = Curtain  # type: ignore[misc]
    window.play = partial(window.play, opened=_opened)
    from latentjockey.cli import main as command

    return command(["--osc-in", "127.0.0.1:0", "--midi", "no input has this name"])


if __name__ == "__main__":
    sys.exit(main())
