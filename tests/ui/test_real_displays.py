"""Displays that really come and go: the app on an X server of its own, whose monitors are set and taken away while it
plays, judged by what lies on the screen."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pythonosc.udp_client import SimpleUDPClient

from latentjockey.base.clock import SystemClock

WIDTH, HEIGHT = 1400, 860
ROWS = 200
"""As much of a screen is looked at, from its top."""

pytestmark = pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")


class Server:
    """An X server of one wide screen, and a client of it that sets monitors on it (RandR 1.5) and reads what is shown.

    Requests as in the X Window System Protocol, X11R7, appendix B, and in the RandR extension's randrproto.txt.
    """

    def __init__(self) -> None:
        read, write = os.pipe()
        screen = f"{2 * WIDTH}x{HEIGHT}x24"
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", screen, "-nolisten", "tcp"]
        self._process = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as told:
            self.name = f":{told.readline().strip()}"
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(f"/tmp/.X11-unix/X{self.name[1:]}")
        self._socket.sendall(struct.pack("<BxHHHH2x", ord("l"), 11, 0, 0, 0))
        accepted, length = struct.unpack("<B5xH", self._received(8))
        assert accepted == 1
        setup = self._received(4 * length)
        vendor, formats = struct.unpack_from("<H", setup, 16)[0], setup[21]
        self._root = struct.unpack_from("<I", setup, 32 + (vendor + 3) // 4 * 4 + 8 * formats)[0]
        self._send(98, 0, struct.pack("<H2x", 5) + b"RANDR\0\0\0")  # QueryExtension
        self._randr = self._reply()[9]
        self._send(self._randr, 0, struct.pack("<II", 1, 5))  # RRQueryVersion
        self._reply()

    def plug(self, name: str, x: int, *, primary: bool = False) -> None:
        """RRSetMonitor: a monitor of no output at ``x``, of 300 by 200 mm."""
        monitor = struct.pack(
            "<IIBBHhhHHII", self._root, self._atom(name), primary, 0, 0, x, 0, WIDTH, HEIGHT, 300, 200
        )
        self._send(self._randr, 43, monitor)

    def unplug(self, name: str) -> None:
        """RRDeleteMonitor."""
        self._send(self._randr, 44, struct.pack("<II", self._root, self._atom(name)))

    def screen(self, x: int) -> NDArray[np.uint8]:
        """What a monitor at ``x`` shows at its top: (ROWS, WIDTH, 3)."""
        self._send(73, 2, struct.pack("<IhhHHI", self._root, x, 0, WIDTH, ROWS, 0xFFFFFFFF))  # GetImage, Z pixmap
        data = self._reply()[32:]
        return np.frombuffer(data, np.uint8)[: 4 * WIDTH * ROWS].reshape(ROWS, WIDTH, 4)[..., 2::-1]

    def close(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait()

    def _atom(self, name: str) -> int:
        """InternAtom."""
        padded = name.encode().ljust((len(name) + 3) // 4 * 4, b"\0")
        self._send(16, 0, struct.pack("<H2x", len(name)) + padded)
        return int(struct.unpack_from("<I", self._reply(), 8)[0])

    def _send(self, major: int, minor: int, body: bytes) -> None:
        self._socket.sendall(struct.pack("<BBH", major, minor, 1 + len(body) // 4) + body)

    def _reply(self) -> bytes:
        """The next reply; an error fails, events are passed over."""
        while True:
            head = self._received(32)
            assert head[0] != 0, f"X error {head[1]}"
            if head[0] == 1:
                return head + self._received(4 * struct.unpack_from("<I", head, 4)[0])

    def _received(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            piece = self._socket.recv(size - len(data))
            assert piece, "the X server is gone"
            data += piece
        return bytes(data)


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def until(condition: Callable[[], object], seconds: float = 90.0) -> bool:
    clock, rest = SystemClock(), threading.Event()
    end = clock.now() + seconds
    while not (true := bool(condition())) and clock.now() < end:
        rest.wait(0.25)
    return true


def test_an_output_goes_with_its_display_and_comes_back_with_it(server: Server, tmp_path: Path) -> None:
    server.plug("desk", 0, primary=True)
    server.plug("beamer", WIDTH)
    empty = server.screen(WIDTH)
    env = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "WAYLAND", "XDG_"))}
    env |= {"DISPLAY": server.name, "LIBGL_ALWAYS_SOFTWARE": "1", "QT_QPA_PLATFORM": "xcb", "HOME": str(tmp_path)}
    port = 19000 + os.getpid() % 20000
    command = [sys.executable, "-m", "latentjockey", "--model", "testcard", "--no-standby"]
    log = (tmp_path / "log").open("wb")
    app = subprocess.Popen([*command, "--osc-in", f"127.0.0.1:{port}"], env=env, stdout=log, stderr=log)
    osc = SimpleUDPClient("127.0.0.1", port)

    def lights() -> float:
        """How much of the beamer is bright."""
        return float((server.screen(WIDTH).max(axis=2) > 60).mean())

    def switched_on() -> bool:
        osc.send_message("/output/1/display", "beamer")
        osc.send_message("/output/1/on", 1)
        return lights() > 0.1

    try:
        assert until(switched_on, 180), f"no picture; {(tmp_path / 'log').read_text()}"
        for _ in range(3):
            server.unplug("beamer")
            assert until(lambda: np.array_equal(server.screen(WIDTH), empty)), "nothing of it is left over"
            assert app.poll() is None
            assert server.screen(0).max() > 100, "the surface is where it was"
            server.plug("beamer", WIDTH)
            assert until(lambda: lights() > 0.1), "the picture is back with its display"
        assert app.poll() is None
    finally:
        app.terminate()
        assert app.wait(60) in (0, -15)
        log.close()
