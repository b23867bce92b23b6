"""A display for what opens windows."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def own_display() -> Iterator[str]:
    """A display of our own where Xvfb is installed; otherwise the one there is, or none. What it is, in words."""
    server = shutil.which("Xvfb")
    if server is None:
        if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            yield "on this machine's display"
            return
        os.environ["DISPLAY"], os.environ["QT_QPA_PLATFORM"] = ":none", "offscreen"
        yield "no display: Qt's offscreen platform"
        return
    reading, writing = os.pipe()
    arguments = [server, "-displayfd", str(writing), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
    process = subprocess.Popen(arguments, pass_fds=(writing,), stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        os.environ["DISPLAY"] = f":{number}"
        os.environ.pop("QT_QPA_PLATFORM", None)
        os.environ.pop("WAYLAND_DISPLAY", None)
        yield "Xvfb"
    finally:
        process.terminate()
        process.wait()
