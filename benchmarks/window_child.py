"""The child that opens the real window by the real command line, and tells when it was painted.

Only ``run_window`` is wrapped, to be told of the first paint and of the first frame; everything else is as it is.
"""

from __future__ import annotations

import sys
import threading
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.children import say
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import die_with_parent
from latentjockey.frames.frame import FrameSource
from latentjockey.ui import application

_original = application.run_window


class _FirstPaint(QObject):
    """Tells, once, when a window has been painted and the event loop has gone round after it."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            app = QApplication.instance()
            if app is not None:
                app.removeEventFilter(self)
            QTimer.singleShot(0, lambda: say(painted=now_ns(), torch="torch" in sys.modules))
        return False


def _wrapped(bay: Any, frames: FrameSource, *arguments: Any, **options: Any) -> int:
    app = application.application()
    watcher = _FirstPaint(app)
    app.installEventFilter(watcher)

    def first_frame() -> None:
        if frames.wait_newer((-1, -1), 120.0):
            frame = frames.acquire()
            if frame is not None:
                with frame:
                    say(frame=frame.stamp.published_ns)

    threading.Thread(target=first_frame, daemon=True).start()
    return _original(bay, frames, *arguments, **options)


def main() -> int:
    die_with_parent(int(sys.argv[1]))
    application.run_window = _wrapped
    from latentjockey.cli import main as command

    return command(["--osc-in", "127.0.0.1:0", "--midi", "no input has this name"])


if __name__ == "__main__":
    sys.exit(main())
