"""Recordings, encoded and decoded for real: rate, length, pixels, kills and full disks."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages, StageError
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.outputs import recorder as recorder_module
from latentjockey.outputs.recorder import Recorder
from latentjockey.outputs.track import read_track
from latentjockey.outputs.video import FFV1, MPEG4, Encoder, VideoFile

FPS = 50.0
NAP = threading.Event()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clocks here move faster than time: look at them more often."""
    monkeypatch.setattr(recorder_module, "_NAP_S", 0.001)


def frame_of(pixels: NDArray[np.uint8], number: int, *, planar: bool = True, held: bool = False) -> Frame:
    stamp = Stamp(1, number, 1, number * 2, number / FPS, 0, 0, 0, 0, 0)
    position = np.full((3, 4), number, np.float32)
    return Frame(pixels, stamp, np.array([number / 10, 5.0]), position, planar=planar, held=held)


def plain(rgb: tuple[int, int, int], number: int, size: tuple[int, int] = (64, 48), *, planar: bool = True) -> Frame:
    if planar:
        return frame_of(np.tile(np.array(rgb, np.uint8)[:, None, None], (1, size[1], size[0])), number)
    return frame_of(np.tile(np.array((*rgb, 255), np.uint8), (size[1], size[0], 1)), number, planar=False)


class FakeSource:
    """The newest frame is the one that was put last; counts leases that were not given back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._newest: Frame | None = None
        self.leased = 0
        self.acquired = 0

    def put(self, frame: Frame) -> None:
        with self._lock:
            self._newest = frame

    def acquire(self) -> Frame | None:
        with self._lock:
            self.acquired += 1
            newest = self._newest
            if newest is None:
                return None
            self.leased += 1
            return Frame(
                newest.pixels, newest.stamp, newest.effective, newest.position, newest.planar, newest.held, self._give
            )

    def _give(self) -> None:
        with self._lock:
            self.leased -= 1

    def wait_newer(self, after: tuple[int, int], timeout: float) -> bool:
        return True


def until(condition: Callable[[], bool]) -> None:
    for _ in range(24_000):
        if condition():
            return
        NAP.wait(0.0025)
    raise AssertionError("waited 60 s in vain")


class Studio:
    """A recorder on a clock that the test moves, slot by slot."""

    def __init__(self, path: Path, **options: object) -> None:
        self.clock, self.source, self.messages = ManualClock(100.0), FakeSource(), Messages()
        self.recorder = Recorder(
            self.source,
            path,
            FPS,
            messages=self.messages,
            clock=self.clock,
            **options,  # type: ignore[arg-type]
        )

    def play(self, *frames: Frame | None) -> None:
        """One slot for each frame; ``None`` is a slot without a new picture."""
        for frame in frames:
            if frame is not None:
                self.source.put(frame)
            done = self.recorder.summary().frames
            if done:
                self.clock.advance(1 / FPS)
            elif not self.recorder.running:
                self.recorder.start()
            until(lambda done=done: self.recorder.summary().frames > done)  # type: ignore[misc]


def decode(path: Path, *, torn: bool = False) -> tuple[list[NDArray[np.uint8]], av.VideoStream]:
    """All pictures, and the stream; of a ``torn`` file up to where it broke off, as players do."""
    pictures: list[NDArray[np.uint8]] = []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        with contextlib.suppress(*((av.error.InvalidDataError,) if torn else ())):
            pictures.extend(f.to_ndarray(format="rgb24") for f in container.decode(stream))
    return pictures, stream


COLOURS = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (250, 250, 250), (5, 5, 5), (77, 150, 200)]


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
@pytest.mark.parametrize("planar", [True, False])
def test_what_was_shown_is_what_plays(tmp_path: Path, suffix: str, planar: bool) -> None:
    studio = Studio(tmp_path / f"take{suffix}")
    colours = COLOURS * 3
    studio.play(*(plain(c, i, planar=planar) for i, c in enumerate(colours)))
    summary = studio.recorder.stop()
    assert (summary.frames, summary.repeats, summary.dropped, summary.error) == (len(colours), 0, 0, "")
    assert summary.seconds == pytest.approx(len(colours) / FPS)
    assert summary.encoder == "libx264"
    pictures, stream = decode(summary.path)
    assert len(pictures) == len(colours)
    assert stream.average_rate == FPS
    assert (stream.width, stream.height) == (64, 48)
    context = stream.codec_context
    assert (context.color_primaries, context.color_trc, context.colorspace, context.color_range) == (1, 1, 1, 1)
    for picture, colour in zip(pictures, colours, strict=True):
        assert np.abs(picture.astype(int) - colour).max() <= 6
    assert studio.source.leased == 0
    assert studio.recorder.stop() == summary


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_the_file_says_what_it_is(tmp_path: Path, suffix: str) -> None:
    words = {"title": "moths", "comment": "asked for +0.61 Lorelei −0.40 Pixel Art · learned from: nobody’s pictures"}
    studio = Studio(tmp_path / f"take{suffix}", words=words)
    studio.play(plain(COLOURS[0], 0), plain(COLOURS[1], 1))
    with av.open(str(studio.recorder.stop().path)) as container:
        said = {key.lower(): text for key, text in container.metadata.items()}
    assert words.items() <= said.items()


def test_details_survive(tmp_path: Path) -> None:
    ramp = np.linspace(0, 255, 64, dtype=np.uint8)
    pixels = np.stack([np.tile(ramp, (48, 1)), np.tile(ramp[:48, None], (1, 64)), np.full((48, 64), 128, np.uint8)])
    studio = Studio(tmp_path / "ramp.mp4")
    studio.play(*(frame_of(pixels, i) for i in range(5)))
    pictures, _ = decode(studio.recorder.stop().path)
    assert np.abs(pictures[-1].astype(int) - pixels.transpose(1, 2, 0)).mean() < 3


def test_a_slow_engine_is_filled_with_repeats(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "slow.mp4")
    studio.play(plain(COLOURS[0], 0), None, None, plain(COLOURS[1], 1), None)
    studio.clock.advance(10 / FPS)  # and then the grabber itself is late
    until(lambda: studio.recorder.summary().frames == 15)
    summary = studio.recorder.stop()
    assert (summary.frames, summary.repeats, summary.dropped) == (15, 13, 0)
    pictures, _ = decode(summary.path)
    nearest = [min(range(6), key=lambda c: np.abs(p.astype(int) - COLOURS[c]).sum()) for p in pictures]
    assert nearest == [0, 0, 0] + [1] * 12


def test_a_slow_encoder_costs_pictures_but_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()

    class Slow(VideoFile):
        def write(self, picture: av.VideoFrame) -> None:
            gate.wait(60)
            super().write(picture)

    monkeypatch.setattr(recorder_module, "VideoFile", Slow)
    studio = Studio(tmp_path / "slow.mp4")
    studio.source.put(plain(COLOURS[0], 0))
    studio.recorder.start()
    until(lambda: studio.source.acquired >= 2)
    for i in range(1, 120):
        seen = studio.source.acquired
        studio.source.put(plain(COLOURS[i % 6], i))
        studio.clock.advance(1 / FPS)
        until(lambda seen=seen: studio.source.acquired > seen)  # type: ignore[misc]
    until(lambda: studio.recorder.summary().dropped > 60)
    gate.set()
    summary = studio.recorder.stop()
    assert summary.frames == 120
    assert summary.repeats == summary.dropped
    assert summary.error == ""
    assert len(decode(summary.path)[0]) == 120


def test_a_black_stage_with_the_same_stamp_is_a_new_picture(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "black.mp4")
    studio.play(plain((250, 250, 250), 7), plain((0, 0, 0), 7), None)
    pictures, _ = decode(studio.recorder.stop().path)
    assert [p.mean() > 128 for p in pictures] == [True, False, False]


@pytest.mark.parametrize("planar", [True, False])
def test_another_size_is_letterboxed_into_the_first(tmp_path: Path, planar: bool) -> None:
    studio = Studio(tmp_path / "sizes.mp4")
    white = (250, 250, 250)
    sizes = [(64, 48), (48, 64), (128, 24), (63, 47), (1, 1), (640, 480)]
    studio.play(*(plain(white, i, s, planar=planar) for i, s in enumerate(sizes)))
    pictures, stream = decode(studio.recorder.stop().path)
    assert (stream.width, stream.height) == (64, 48)
    assert pictures[0].min() > 240
    assert pictures[5].min() > 240
    tall, wide = pictures[1], pictures[2]
    assert tall[:, 32].min() > 240
    assert max(tall[:, :12].max(), tall[:, 52:].max()) < 12
    assert wide[24, :].min() > 240
    assert max(wide[:16].max(), wide[32:].max()) < 12


@pytest.mark.parametrize(("first", "file"), [((65, 49), (64, 48)), ((1, 1), (2, 2)), ((33, 600), (32, 600))])
def test_an_odd_first_size_becomes_even(tmp_path: Path, first: tuple[int, int], file: tuple[int, int]) -> None:
    studio = Studio(tmp_path / "odd.mp4")
    studio.play(plain((250, 250, 250), 0, first), plain((250, 250, 250), 1, first))
    pictures, stream = decode(studio.recorder.stop().path)
    assert (stream.width, stream.height) == file
    assert pictures[-1].min() > 240


@pytest.mark.parametrize(("suffix", "encoder"), [(".mp4", MPEG4), (".mkv", FFV1)])
def test_another_encoder_steps_in(tmp_path: Path, suffix: str, encoder: Encoder) -> None:
    unknown, broken = Encoder("no_such_encoder", ()), Encoder("libx264", (("preset", "no such preset"),))
    studio = Studio(tmp_path / f"x{suffix}", encoders=(unknown, broken, encoder))
    studio.play(*(plain(COLOURS[i], i) for i in range(6)))
    summary = studio.recorder.stop()
    assert (summary.encoder, summary.error) == (encoder.name, "")
    pictures, _ = decode(summary.path)
    assert [int(np.abs(p.astype(int) - c).max() <= 10) for p, c in zip(pictures, COLOURS, strict=True)] == [1] * 6


def test_without_any_encoder_one_sentence_says_so(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "x.mp4", encoders=(Encoder("no_such_encoder", ()),))
    studio.source.put(plain(COLOURS[0], 0))
    studio.recorder.start()
    until(lambda: bool(studio.messages.recent()))
    assert "No video encoder works" in studio.recorder.stop().error
    assert not studio.recorder.running


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "take.mp4").write_bytes(b"precious")
    (tmp_path / "take-2.jsonl").write_bytes(b"precious")
    studio = Studio(tmp_path / "take.mp4")
    studio.play(plain(COLOURS[0], 0))
    assert studio.recorder.stop().path == tmp_path / "take-3.mp4"
    assert (tmp_path / "take.mp4").read_bytes() == b"precious"


def test_what_cannot_be_recorded_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(StageError, match=r"\.mp4, \.mov, \.mkv"):
        Studio(tmp_path / "x.gif")
    with pytest.raises(StageError, match="between 0 and 1000"):
        Recorder(FakeSource(), tmp_path / "x.mp4", 0.0, messages=Messages(), clock=ManualClock())
    (tmp_path / "file").write_text("")
    with pytest.raises(StageError, match="Nothing can be recorded"):
        Studio(tmp_path / "file" / "x.mp4").recorder.start()


def test_stopping_before_any_picture_leaves_nothing(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "none.mp4")
    studio.recorder.start()
    until(lambda: studio.source.acquired > 2)
    assert studio.recorder.stop().frames == 0
    assert list(tmp_path.iterdir()) == []


def test_the_track_tells_every_frame(tmp_path: Path) -> None:
    def take(frame: Frame) -> dict[str, float]:
        return {"/mix/crossfade": float(frame.effective[0]), "/deck/a/psi": float(frame.effective[1])}

    studio = Studio(tmp_path / "t.mkv", take=take)
    studio.play(plain(COLOURS[0], 0), None, plain(COLOURS[1], 1), plain(COLOURS[2], 5))
    summary = studio.recorder.stop()
    told = list(read_track(summary.track))
    assert [t.frame for t in told] == [0, 2, 3]
    assert [t.number for t in told] == [0, 1, 5]
    assert [t.revision for t in told] == [0, 2, 10]
    assert [t.effective["/mix/crossfade"] for t in told] == [0.0, 0.1, 0.5]
    assert all(t.effective["/deck/a/psi"] == 5.0 for t in told)
    for t in told:
        assert t.position is not None
        np.testing.assert_array_equal(t.position, np.full((3, 4), t.number, np.float32))
    assert summary.track.read_text().count("/deck/a/psi") == 1


CHILD = """
import resource, sys, threading
from pathlib import Path
import numpy as np
from latentjockey.base.clock import ManualClock
from latentjockey.base.diagnostics import Messages
from latentjockey.frames.frame import Frame, Stamp
from latentjockey.outputs import recorder as module
from latentjockey.outputs.recorder import Recorder

module._NAP_S = 0.001  # the clock below runs faster than time
path, limit = Path(sys.argv[1]), int(sys.argv[2])
rng, clock, messages = np.random.default_rng(0), ManualClock(), Messages()

class Source:
    n = 0
    def acquire(self):
        Source.n += 1
        pixels = rng.integers(0, 256, (3, 64, 96), dtype=np.uint8)
        return Frame(pixels, Stamp(1, Source.n, 1, 1, 0.0, 0, 0, 0, 0, 0), np.zeros(1), np.zeros((2, 2), np.float32))
    def wait_newer(self, after, timeout):
        return True

recorder = Recorder(Source(), path, 60.0, messages=messages, clock=clock)
recorder.start()
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
nap = threading.Event()
told = False
for slot in range(100_000):
    while recorder.summary().frames <= slot and not recorder.summary().error:
        nap.wait(0.001)
    if slot == 240 and not limit:
        print(slot, flush=True)
    if recorder.summary().error:
        break
    clock.advance(1 / 60)
summary = recorder.stop()
print(summary.frames, summary.error, [m.text for m in messages.recent()] == [summary.error], flush=True)
"""


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_killed_recording_plays_up_to_the_last_second(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"killed{suffix}"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path), "0"], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "240\n"
    child.send_signal(signal.SIGKILL)
    child.wait(30)
    child.stdout.close()
    pictures, stream = decode(path, torn=True)
    assert len(pictures) >= 240 - 60
    assert stream.width == 96
    told = list(read_track(path.with_suffix(".jsonl")))
    assert told[-1].frame >= 239


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE is POSIX")
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_full_disk_leaves_a_file_that_plays(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"full{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), "600000"], stdout=subprocess.PIPE, text=True, timeout=300, check=True
    )
    frames, rest = done.stdout.strip().split(" ", 1)
    assert "The recording stopped: file too large." in rest
    assert rest.endswith("True")
    assert path.stat().st_size <= 600_000
    pictures, _ = decode(path)
    assert len(pictures) >= int(frames) - 60
    assert len(pictures) > 10
