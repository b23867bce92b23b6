"""Which OpenGL there is. Needs Qt alone at first, so that it can be asked before anything is loaded. GUI thread."""

from __future__ import annotations

import functools

from PySide6.QtGui import QOffscreenSurface, QOpenGLContext, QSurfaceFormat


@functools.cache
def open_surface() -> QOffscreenSurface:
    """A surface that nobody sees; the first one connects Qt with the system's OpenGL, which takes a while."""
    surface = QOffscreenSurface()
    surface.setFormat(QSurfaceFormat.defaultFormat())
    surface.create()
    return surface


@functools.cache
def find_driver() -> tuple[str, str]:
    """What would draw with OpenGL, in the driver's words, or nothing and the reason. Looks once, which takes a while:
    called before there is a surface to play on, nothing waits for it."""
    context, surface = QOpenGLContext(), open_surface()
    context.setFormat(QSurfaceFormat.defaultFormat())
    if not context.create() or not context.makeCurrent(surface):
        return "", "no context of OpenGL 3.3 could be made"
    import moderngl

    try:
        return str(moderngl.create_context(require=330).info["GL_RENDERER"]), ""
    except Exception as error:  # noqa: BLE001 - the loader raises bare Exception for every missing driver
        return "", str(error)
    finally:
        context.doneCurrent()
        open_surface.cache_clear()  # it must not outlive the application
