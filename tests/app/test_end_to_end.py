"""The whole instrument as somebody plays it: a headless show, a real OSC program, a real MIDI port, files at the end.

The MIDI part goes through JACK's dummy driver and is left out, not the rest, where jackd or python-rtmidi is missing.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from latentjockey.base.clock import SystemClock
from latentjockey.generators.testcard import BLOCKS, level, read_layers
from latentjockey.navigation.seeds import z_from_seed
from latentjockey.outputs.track import read_track
from latentjockey.presets.still import read_still

rtmidi: Any
try:
    import rtmidi
except ImportError:
    rtmidi = None

PATIENCE_S = 90.0
FPS = 30
WIDTH, HEIGHT = 256, 192
KNOBS = "end to end knobs"

PLAYER = r"""
import json, socket, sys, threading, time
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

port, faults = int(sys.argv[1]), sys.argv[2] == "faults"
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.settimeout(0.5)
rest = threading.Event()

def send(address, *values):
    message = OscMessageBuilder(address)
    for value in values:
        message.add_arg(value)
    line.sendto(message.build().dgram, ("127.0.0.1", port))

def ask(*addresses):
    send("/lj/get", *addresses)
    said = {}
    try:
        while len(said) < len(addresses):
            message = OscMessage(line.recv(65536))
            said[message.address] = message.params[0] if message.params else None
    except TimeoutError:
        pass
    return said

def place(k):
    return [((k * 37) % 200 - 100) / 50.0] * 32

while ask("/engine/state").get("/engine/state") != "playing":
    rest.wait(0.05)
begin, asked, k = time.monotonic(), 0, 0
while not sys.stdin.closed:
    since = time.monotonic() - begin
    if since >= asked:
        said = ask("/engine/latency_ms", "/engine/latency_p99_ms", "/engine/frames", "/engine/fps", "/engine/restarts",
                   "/engine/pid", "/engine/state", "/engine/render_ms")
        if len(said) == 8:  # and not where the show has not begun, or is at its end
            print(json.dumps({"k": k, "said": said}), flush=True)
        asked += 1
    send("/deck/a/z/0-31", *place(k))
    if not faults:
        send("/mix/crossfade", min(1.0, max(0.0, since - 9.0)))
    k += 1
    rest.wait(0.04)
"""


def place(k: int) -> np.float32:
    """What the player sends as its k-th move."""
    return np.float32(((k * 37) % 200 - 100) / 50.0)


PLACES = {float(place(k)) for k in range(200)}


@pytest.fixture(scope="module")
def jack(jack_trouble: str) -> bool:
    """Whether there is JACK to carry MIDI."""
    return not jack_trouble


class Knobs:
    """A MIDI controller whose third knob is turned all the time."""

    def __init__(self) -> None:
        self._out: Any = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=KNOBS)
        self._out.open_virtual_port("out")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._turn, daemon=True)
        self._thread.start()

    def _turn(self) -> None:
        n = 0
        while not self._stop.wait(0.05):
            self._out.send_message([0xB0, 3, n % 128])
            n += 3

    def unplug(self) -> None:
        self._stop.set()
        self._thread.join()
        self._out.close_port()
        self._out.delete()


@dataclass
class Played:
    """What a performance left behind."""

    folder: Path
    said: list[dict[str, Any]]
    errors: str

    @property
    def video(self) -> Path:
        return self.folder / "out.mp4"

    def stills(self) -> list[Path]:
        return sorted((self.folder / "stills").glob("*.png"))


class Performance:
    """A headless show and a program that plays it by OSC."""

    def __init__(self, folder: Path, seconds: float, *extra: str, faults: bool = False) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._folder = folder
        self.said: list[dict[str, Any]] = []
        command = [
            *(sys.executable, "-m", "latentjockey", "headless", "--model", "testcard"),
            *("--size", f"{WIDTH}x{HEIGHT}", "--fps", str(FPS), "--seconds", str(seconds)),
            *("--record", str(folder / "out.mp4"), "--stills", str(folder / "stills"), "--every", "0.5"),
            *("--osc-in", f"127.0.0.1:{port}", *extra),
        ]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        self.show = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=environment, cwd=folder,
        )  # fmt: skip
        kind = "faults" if faults else "plain"
        self.player = subprocess.Popen(
            [sys.executable, "-c", PLAYER, str(port), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self.player.stdout is not None
        for line in self.player.stdout:
            self.said.append(json.loads(line)["said"])

    def last(self, address: str) -> Any:
        """What the show last answered about a control."""
        return next((s[address] for s in reversed(self.said) if address in s), None)

    def end(self) -> Played:
        """Have the show end before its time, as Ctrl-C does."""
        self.show.send_signal(signal.SIGINT)
        return self.finish()

    def finish(self) -> Played:
        _, errors = self.show.communicate(timeout=180)
        self.stop()
        assert self.show.returncode == 0, errors
        return Played(self._folder, self.said, errors)

    def stop(self) -> None:
        for process in (self.show, self.player):
            process.kill()
            process.wait(60)
        self._listener.join(60)


@pytest.fixture
def perform(tmp_path: Path) -> Iterator[Any]:
    performances: list[Performance] = []

    def begin(seconds: float, *extra: str, faults: bool = False) -> Performance:
        performances.append(Performance(tmp_path, seconds, *extra, faults=faults))
        return performances[-1]

    yield begin
    for performance in performances:
        performance.stop()


def recorded(path: Path) -> tuple[list[float], list[np.ndarray]]:
    """The times of all video frames in seconds, and every fifth picture."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == FPS
        times, pictures = [], []
        for n, frame in enumerate(container.decode(stream)):
            times.append(float(frame.time))
            if n % 5 == 0:
                pictures.append(frame.to_ndarray(format="rgb24"))
    return times, pictures


def check_stills(played: Played) -> list[dict[str, Any]]:
    """Each still shows, in its pixels, the position that it carries. Returns their values."""
    values = []
    for path in played.stills():
        preset = read_still(path)
        assert preset.resolved is not None
        rgb = np.asarray(Image.open(path).convert("RGB"))
        assert rgb.shape == (HEIGHT, WIDTH, 3)
        position = preset.resolved.position
        assert np.array_equal(read_layers(rgb, 3), level(position[:, :BLOCKS])), path.name
        values.append({**preset.values, "position": position})
    return values


def check_recording(played: Played, least: float, most: float) -> list[np.ndarray]:
    """The recording is as long as the performance, in seconds, and runs evenly. Returns some of its pictures."""
    times, pictures = recorded(played.video)
    assert (least - 1.5) * FPS <= len(times) <= (most + 1.5) * FPS
    assert np.allclose(np.diff(times), 1 / FPS, atol=1e-4)
    found = re.search(r"(\d+) frames", played.errors)
    assert found is not None, played.errors
    assert int(found[1]) == len(times)
    return pictures


def test_twenty_seconds_by_osc_and_midi(perform: Any, jack: bool) -> None:
    midi = ("--midi", KNOBS, "--midi-api", "jack") if jack else ()
    knobs = Knobs() if jack else None
    try:
        played = perform(20, *midi).finish()
    finally:
        if knobs is not None:
            knobs.unplug()

    values = check_stills(played)
    assert len(values) >= 30
    at_a = [v for v in values if v["/mix/crossfade"] == 0.0]
    at_b = [v for v in values if v["/mix/crossfade"] == 1.0]
    assert len(at_a) >= 8
    assert len(at_b) >= 8
    for v in at_a:
        assert np.allclose(v["position"][0], np.asarray(v["/deck/a/z"]) * v["/deck/a/psi"], atol=1e-5)
    moved = {float(np.float32(v["/deck/a/z"][0])) for v in values}
    assert len(moved) > 15, "the picture follows the hand"
    assert len(moved - PLACES) <= 1, "and every place but the first is one that was sent"
    if jack:
        psi = [float(v["/deck/b/psi"]) for v in at_b]
        assert len(set(psi)) > 5, "and the knob"
        z = z_from_seed(2, 512)
        for v in at_b:
            assert np.allclose(v["position"][0], z * v["/deck/b/psi"], atol=1e-4)

    latencies = [s["/engine/latency_ms"] for s in played.said if s.get("/engine/latency_ms")]
    assert len(latencies) > 10
    assert all(0.0 < each < 1000.0 for each in latencies)
    assert all(s["/engine/latency_p99_ms"] >= s["/engine/latency_ms"] for s in played.said)
    frames = [s["/engine/frames"] for s in played.said]
    assert frames == sorted(frames)
    assert frames[-1] > 200
    assert played.said[-1]["/engine/restarts"] == 0

    pictures = check_recording(played, 20, 20)
    track = list(read_track(played.video.with_suffix(".jsonl")))
    assert len(track) > 200
    assert [t.frame for t in track] == sorted({t.frame for t in track})
    held = sum(t.held for t in track)
    assert held <= len(track) // 5, "nothing fails: only an engine without a processor is bridged for a moment"
    shown = {t.frame: t for t in track}
    known = track[0]
    compared = 0
    for n, picture in enumerate(pictures):
        for frame in range(5 * n - 4, 5 * n + 1):
            known = shown.get(frame, known)
        assert known.position is not None
        blocks = read_layers(picture, 3).astype(int)
        wanted = level(known.position[:, :BLOCKS]).astype(int)
        inner = np.abs(blocks - wanted)[1, 1:-1]  # coded pictures bleed at edges
        compared += float(np.median(inner)) <= 8
    assert compared >= 0.95 * len(pictures), "the track says what the video shows"
    assert {float(np.float32(t.effective["/mix/crossfade"])) for t in track} >= {0.0, 1.0}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="stops processes")
def test_the_engine_is_killed_and_stopped_under_a_recording(perform: Any, until: Any) -> None:
    clock = SystemClock()
    started = clock.now()
    performance = perform(600, faults=True)
    assert until(lambda: performance.last("/engine/pid"), PATIENCE_S)
    assert until(lambda: performance.last("/engine/frames") > 30, PATIENCE_S)
    begin = clock.now()
    for n, number in ((1, signal.SIGKILL), (2, signal.SIGSTOP)):
        os.kill(int(performance.last("/engine/pid")), number)
        assert until(lambda n=n: performance.last("/engine/restarts") == n, PATIENCE_S)
        assert until(lambda: performance.last("/engine/state") == "playing", PATIENCE_S)
        frames = performance.last("/engine/frames")
        assert until(lambda f=frames: performance.last("/engine/frames") > f + 20, PATIENCE_S)
    until(lambda: clock.now() - begin > 11.0)
    end = clock.now()
    played = performance.end()
    assert played.said[-1]["/engine/state"] == "playing"

    pictures = check_recording(played, end - begin, clock.now() - started)
    assert min(float(picture.mean()) for picture in pictures) > 20.0, "never black"
    track = list(read_track(played.video.with_suffix(".jsonl")))
    assert len({t.generation for t in track}) >= 3
    assert any(t.held for t in track), "the last seconds played while the engine was away"
    assert not track[-1].held
    values = check_stills(played)
    moved = [float(np.float32(v["/deck/a/z"][0])) for v in values]
    assert len(set(moved)) > 10
    assert len(set(moved) - PLACES) <= 1
