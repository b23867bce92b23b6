"""A whole show plays, and another process receives its pictures by NDI, for real.

Nothing of it reaches beyond this machine: discovery asks 127.0.0.1 alone (``networks.ips`` of NDI's configuration, so
that neither mDNS nor avahi is needed), only the loopback adapter is allowed, and multicast is off.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from latentjockey.base.clock import SystemClock
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.generators.protocol import FrameRequest, Moment
from latentjockey.generators.testcard import Testcard
from latentjockey.models.builtin import TESTCARD
from latentjockey.outputs.packing import Fitter, take

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or importlib.util.find_spec("cyndilib") is None,
    reason="NDI is tried on Linux, with cyndilib installed (extra ndi)",
)

SIZE = (480, 270)
STAGE = (256, 256)
WANTED = 12

RECEIVER = """
import sys, threading, time
import numpy as np
from cyndilib.finder import Finder
from cyndilib.receiver import Receiver
from cyndilib.video_frame import VideoFrameSync
from cyndilib.wrapper import RecvBandwidth, RecvColorFormat

name, path, wanted, end = sys.argv[1], sys.argv[2], int(sys.argv[3]), time.monotonic() + float(sys.argv[4])
nap = threading.Event()
finder = Finder()
finder.open()
source = None
while source is None and time.monotonic() < end:
    finder.wait_for_sources(0.25)
    source = next((s for s in finder if name in s.name), None)
if source is None:
    sys.exit("not found")
receiver = Receiver(color_format=RecvColorFormat.RGBX_RGBA, bandwidth=RecvBandwidth.highest)
frame = VideoFrameSync()
receiver.frame_sync.set_video_frame(frame)
receiver.set_source(source)
print("found", source.name, flush=True)
got = []
while len(got) < wanted and time.monotonic() < end:
    if receiver.is_connected():
        receiver.frame_sync.capture_video()
        if frame.xres:
            picture = frame.get_array().copy().reshape(frame.yres, frame.xres, 4)
            if not got or not np.array_equal(got[-1], picture):
                got.append(picture)
    nap.wait(0.01)
np.save(path, np.array(got))
print("received", len(got), flush=True)
sys.stdin.readline()  # stay a receiver until told
"""


class Rig:
    """A headless show with its OSC port, and questions to it."""

    def __init__(self, folder: Path, environment: dict[str, str], name: str) -> None:
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind(("127.0.0.1", 0))
        self.line.settimeout(0.25)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "latentjockey", "headless", "--model", "testcard", "--no-standby"]
        command += ["--size", f"{STAGE[0]}x{STAGE[1]}", "--osc-in", f"127.0.0.1:{self.port}", "--seconds", "600"]
        command += [
            "--send",
            f"ndi={name}",
            "--set",
            f"/send/ndi/width={SIZE[0]}",
            "--set",
            f"/send/ndi/height={SIZE[1]}",
        ]
        command += ["--set", "/deck/a/drift/speed=2", "--set", "/deck/a/drift/spread=1"]
        with (folder / "show.log").open("wb") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)

    def tell(self, address: str, *arguments: object) -> None:
        builder = OscMessageBuilder(address)
        for argument in arguments:
            builder.add_arg(argument)
        self.line.sendto(builder.build().dgram, ("127.0.0.1", self.port))

    def state(self) -> str:
        """What ``/send/ndi/state`` says; nothing while the show does not answer."""
        try:
            self.tell("/lj/get", "/send/ndi/state")
            return str(OscMessage(self.line.recv(65536)).params[0])
        except OSError:
            return ""

    def until(self, word: str, seconds: float = 120.0) -> str:
        """Ask until the state has ``word`` in it."""
        clock = SystemClock()
        end, said = clock.now() + seconds, ""
        while clock.now() < end:
            said = self.state() or said
            if word in said:
                return said
        raise AssertionError(f"{word!r} was never said; the last was {said!r}")

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.line.close()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """NDI kept to this machine, and the show to folders of its own."""
    here = {
        "ndi": {
            "machinename": f"lj{uuid.uuid4().hex[:6]}",
            "networks": {"ips": "127.0.0.1,", "discovery": ""},
            "adapters": {"allowed": ["127.0.0.1"]},
            "multicast": {"send": {"enable": False}, "recv": {"enable": False}},
        }
    }
    (tmp_path / "ndi-config.v1.json").write_text(json.dumps(here))
    folders = {f"XDG_{kind}_HOME": str(tmp_path / kind) for kind in ("DATA", "STATE", "CONFIG")}
    return {**os.environ, **folders, "NDI_CONFIG_DIR": str(tmp_path)}


@pytest.fixture
def name() -> str:
    return f"night set {uuid.uuid4().hex[:8]}"


@pytest.fixture
def rig(tmp_path: Path, environment: dict[str, str], name: str) -> Iterator[Rig]:
    made = Rig(tmp_path, environment, name)
    yield made
    made.close()


def expected() -> NDArray[np.uint8]:
    """The card as it has to arrive, (H, W, 3), but for the blocks at the top, which move."""
    layers = np.zeros((TESTCARD.num_ws, TESTCARD.w_dim), np.float32)
    card = Testcard().frame(FrameRequest(*STAGE), lambda: Moment(layers, {})).pixels
    frame = Frame(card, Stamp(1, 0, 1, 0, 0.0, 0, 0, 0, 0, 0), np.zeros(1), layers)
    return Fitter().packed(take(frame, SIZE, "letterbox"))[..., :3]


def test_another_process_receives_what_the_show_plays(
    rig: Rig, tmp_path: Path, environment: dict[str, str], name: str
) -> None:
    assert "no receiver yet" in rig.until(f"sending {SIZE[0]}×{SIZE[1]} at")
    path = tmp_path / "received.npy"
    receiver = subprocess.Popen(
        [sys.executable, "-c", RECEIVER, name, str(path), str(WANTED), "120"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert receiver.stdout is not None
        said = receiver.stdout.readline()
        assert said.startswith("found "), said
        assert name in said
        assert receiver.stdout.readline() == f"received {WANTED}\n"
        assert "1 receiver" in rig.until("1 receiver")
    finally:
        receiver.kill()
        receiver.wait()
    pictures = np.load(path)
    assert pictures.shape == (WANTED, SIZE[1], SIZE[0], 4)
    _same_card(pictures)
    rig.until("no receiver yet")
    rig.tell("/send/ndi/on", 0)
    assert rig.until("off") == "off"


def _same_card(pictures: NDArray[np.uint8]) -> None:
    """The still part is the card, within what NDI's compression loses; the moving part differs each time."""
    card = expected()
    band = SIZE[1] // 8
    still, moving = pictures[:, band + 4 :, :, :3].astype(int), pictures[:, : band - 2, :, :3].astype(int)
    difference = np.abs(still - card[band + 4 :])
    assert difference.mean() < 2.0
    assert np.percentile(difference, 95) < 16
    beside = (SIZE[0] - SIZE[1]) // 2 - 8  # the letterbox, but for the edge, where colour of half the width bleeds
    assert not card[:, :beside].any()
    assert still[:, :, :beside].max() < 8
    steps = np.abs(np.diff(moving, axis=0)).mean(axis=(1, 2, 3))
    assert (steps > 0.1).all()
