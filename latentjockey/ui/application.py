"""The Qt application: made once, before any window, with the surface's look. Main thread only.

Importing this loads Qt and nothing of ours that is large: the window is painted before anything else is loaded.
"""

from __future__ import annotations

import signal
import socket
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtWidgets import QApplication, QWidget

from latentjockey.ui import theme

if TYPE_CHECKING:
    from latentjockey.base.clock import Clock
    from latentjockey.base.diagnostics import Messages
    from latentjockey.control.bay import Bay
    from latentjockey.frames.frame import FrameSource
    from latentjockey.ui.actions import Actions
    from latentjockey.ui.stage_view import Backend
    from latentjockey.ui.window import MainWindow

_HEARTBEAT_MS = 200
_PAINTED_MS = 2000


def application(arguments: list[str] | None = None) -> QApplication:
    """The one QApplication, themed; the present one where there is one."""
    present = QApplication.instance()
    if isinstance(present, QApplication):
        theme.install(present)
        return present
    wanted = QSurfaceFormat()
    wanted.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setVersion(3, 3)
    wanted.setSwapInterval(0)  # the preview never waits for a display; outputs do
    QSurfaceFormat.setDefaultFormat(wanted)
    QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication(arguments or ["latentjockey"])
    app.setApplicationName("latentjockey")
    app.setDesktopFileName("latentjockey")
    theme.install(app)
    return app


def run_window(
    bay: Bay,
    frames: FrameSource,
    messages: Messages,
    actions: Actions,
    *,
    clock: Clock | None = None,
    started: Callable[[MainWindow], None] | None = None,
    backend: Backend = "auto",
) -> int:
    """Show the whole surface until it is closed or Ctrl-C comes; the exit code.

    ``started`` is called once the window was painted: the time to load whatever is heavy.
    """
    from latentjockey.ui.window import MainWindow

    app = application()
    window = MainWindow(bay, frames, messages, actions, clock, backend)
    return run(app, window, lambda: started(window) if started is not None else None)


def run(app: QApplication, window: QWidget, painted: Callable[[], None]) -> int:
    """Show a window until it is closed or Ctrl-C comes; the exit code. ``painted`` is called after its first paint."""
    interrupts = _Interrupts(app)
    after_first_paint(window, painted)
    window.show()
    try:
        return app.exec()
    finally:
        interrupts.close()
        window.close()
        window.deleteLater()
        app.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # a repaint would find no window any more


def after_first_paint(window: QWidget, then: Callable[[], None]) -> None:
    """Call ``then`` once, when ``window`` has been painted; where nothing is ever painted, after two seconds."""
    _AfterFirstPaint(window, then)


class _AfterFirstPaint(QObject):
    """Calls back once, when the window has been painted; where nothing is ever painted, after two seconds."""

    def __init__(self, window: QObject, then: Callable[[], None]) -> None:
        super().__init__(window)
        self._then: Callable[[], None] | None = then
        window.installEventFilter(self)
        QTimer.singleShot(_PAINTED_MS, self, self._call)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self, self._call)
        return False

    def _call(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()


class _Interrupts(QObject):
    """Turns Ctrl-C into an orderly end.

    Python runs signal handlers between bytecodes, and Qt's loop has none while nothing happens: so a signal also
    writes a byte into a socket that the loop watches. Windows has no such sockets for Qt; there a slow timer does.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)
        self._old_wake = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._old = {name: signal.signal(name, lambda *_: app.quit()) for name in (signal.SIGINT, signal.SIGTERM)}
        self._notifier: QSocketNotifier | None = None
        self._timer = QTimer(self)
        if sys.platform == "win32":
            self._timer.timeout.connect(lambda: None)
            self._timer.start(_HEARTBEAT_MS)
        else:
            self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
            self._notifier.activated.connect(self._woken)

    def _woken(self) -> None:
        self._read.recv(64)

    def close(self) -> None:
        """Give the signals back."""
        self._timer.stop()
        if self._notifier is not None:
            self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_wake)
        for name, handler in self._old.items():
            signal.signal(name, handler)
        self._read.close()
        self._write.close()
