"""What every way out does alike, checked for each: the double, NDI, Spout and Syphon on doubles of their libraries, and
v4l2 on a double of the kernel. The doubles refuse what the real ones refuse."""

from __future__ import annotations

import contextlib
import errno
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.control.cables import CABLES
from latentjockey.control.names import SENDS
from latentjockey.frames.sink import MemorySink, VideoSink
from latentjockey.outputs.ndi import NdiSink
from latentjockey.outputs.senders import MAKERS
from latentjockey.outputs.spout import SpoutSink
from latentjockey.outputs.syphon import SyphonSink
from latentjockey.outputs.v4l2 import QUERYCAP, S_FMT, S_PARM, V4l2Sink

Picture = NDArray[np.uint8]


class World:
    """What is on the other side: the pictures that arrived as RGB, and the name they came under."""

    def __init__(self) -> None:
        self.arrived: list[Picture] = []
        self.title = ""
        self.open = False
        self.broken = False

    def take(self, rgb: Picture) -> None:
        self.arrived.append(rgb.copy())


# -- doubles of the libraries -----------------------------------------------------------------------------------------


def _module(patch: pytest.MonkeyPatch, name: str, **parts: Any) -> None:
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    vars(module).update(parts)
    patch.setitem(sys.modules, name, module)


def fake_ndi(patch: pytest.MonkeyPatch, world: World) -> VideoSink:
    """cyndilib: the frame is settled before the sender opens, and its size does not change afterwards."""

    class VideoSendFrame:
        def __init__(self) -> None:
            self.size, self.fourcc, self.attached = (0, 0), "", False

        def set_resolution(self, width: int, height: int) -> None:
            assert not self.attached
            self.size = width, height

        def set_fourcc(self, fourcc: str) -> None:
            self.fourcc = fourcc

        def set_frame_rate(self, rate: Fraction) -> None:
            assert isinstance(rate, Fraction)

    class Sender:
        def __init__(
            self, ndi_name: str, ndi_groups: str = "", clock_video: bool = True, clock_audio: bool = True
        ) -> None:
            assert not clock_video  # it would hold the thread up
            self.ndi_name, self.frame, self.running = ndi_name, None, False

        def set_video_frame(self, frame: VideoSendFrame) -> None:
            assert not self.running
            self.frame = frame

        def open(self) -> None:
            if world.broken:
                raise MemoryError
            assert self.frame is not None
            self.running = self.frame.attached = world.open = True
            world.title = self.ndi_name

        def close(self) -> None:
            self.running = world.open = False

        def get_num_connections(self, timeout: float) -> int:
            assert timeout == 0.0
            return 2

        def write_video_async(self, data: Picture) -> bool:
            if not self.running or world.broken:
                return False
            width, height = self.frame.size
            assert (data.dtype, data.ndim, data.size) == (np.uint8, 1, width * height * 4)
            assert self.frame.fourcc == "RGBX"
            world.take(data.reshape(height, width, 4)[..., :3])
            return True

    _module(patch, "fake_ndi")
    _module(patch, "fake_ndi.sender", Sender=Sender)
    _module(patch, "fake_ndi.video_frame", VideoSendFrame=VideoSendFrame)
    _module(patch, "fake_ndi.wrapper", FourCC=SimpleNamespace(RGBX="RGBX"))
    return NdiSink("fake_ndi")


def fake_spout(patch: pytest.MonkeyPatch, world: World) -> VideoSink:
    """SpoutGL: nothing goes without a current OpenGL context, and a refusal is a False."""

    class SpoutSender:
        def __init__(self) -> None:
            self.context, self.sender_name = False, ""

        def createOpenGL(self) -> bool:  # noqa: N802
            self.context = not world.broken
            return self.context

        def setSenderName(self, name: str) -> None:  # noqa: N802
            assert len(name.encode()) < 256
            world.title = name

        def sendImage(  # noqa: N802
            self, buffer: Picture, width: int, height: int, gl_format: int, invert: bool, host_fbo: int
        ) -> bool:
            assert self.context
            assert (gl_format, invert, host_fbo) == (0x1908, False, 0)
            pixels = np.frombuffer(memoryview(buffer).cast("B"), np.uint8)
            assert pixels.size >= width * height * 4
            if world.broken:
                return False
            world.open = True
            world.take(pixels.reshape(height, width, 4)[..., :3])
            return True

        def releaseSender(self) -> None:  # noqa: N802
            assert self.context
            world.open = False

        def closeOpenGL(self) -> bool:  # noqa: N802
            self.context = False
            return True

    _module(patch, "fake_spout", SpoutSender=SpoutSender)
    return SpoutSink("fake_spout", "win32")


def fake_syphon(patch: pytest.MonkeyPatch, world: World) -> VideoSink:
    """syphon-python: Metal textures belong to the server's device, work happens inside a pool, rows go upwards."""
    pools: list[int] = []

    class Texture:
        def __init__(self, width: int, height: int) -> None:
            self.bytes: Picture = np.zeros((height, width, 4), np.uint8)

    class SyphonMetalServer:
        def __init__(self, name: str) -> None:
            assert pools
            if world.broken:
                raise RuntimeError("No Metal device is available")
            self.device, self.has_clients = "metal", False
            world.title, world.open = name, True

        def publish_frame_texture(self, texture: Texture, *, is_flipped: bool = False) -> None:
            assert pools
            if world.broken:
                raise StageError("the server is stopped")
            upwards = texture.bytes if is_flipped else texture.bytes[::-1]
            world.take(upwards[..., :3])

        def stop(self) -> None:
            assert pools
            world.open = False

    def create(device: str, width: int, height: int) -> Texture:
        assert device == "metal"
        return Texture(width, height)

    def copy(image: Picture, texture: Texture) -> None:
        assert image.shape == texture.bytes.shape
        texture.bytes[:] = image

    @contextlib.contextmanager
    def pool() -> Iterator[None]:
        pools.append(1)
        yield
        pools.pop()

    _module(patch, "fake_syphon", SyphonMetalServer=SyphonMetalServer)
    _module(patch, "fake_syphon.utils")
    _module(patch, "fake_syphon.utils.raw", create_mtl_texture=create)
    _module(patch, "fake_syphon.utils.numpy", copy_image_to_mtl_texture=copy)
    _module(patch, "objc", autorelease_pool=pool)
    return SyphonSink("fake_syphon", "darwin")


@dataclass
class FakeKernel:
    """Linux with a webcam at /dev/video0 and a loopback device at /dev/video7, as bytes: it knows nothing of ctypes.

    ``fixed`` is the size that the driver insists on, ``padding`` what it adds to each row."""

    world: World
    fixed: tuple[int, int] | None = None
    padding: int = 0
    can: dict[str, int] = field(default_factory=lambda: {"/dev/video0": 0x1, "/dev/video7": 0x2})
    open_now: dict[int, str] = field(default_factory=dict)
    formats: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    rate: float = 0.0
    full: bool = False
    gone: bool = False

    def devices(self) -> list[str]:
        return list(self.can)

    def open(self, path: str) -> int:
        if path not in self.can:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        fd = 3 + len(self.open_now) + sum(self.open_now)
        self.open_now[fd] = path
        return fd

    def close(self, fd: int) -> None:
        del self.open_now[fd]
        self.world.open = False

    def ioctl(self, fd: int, request: int, argument: Any) -> None:
        path, memory = self.open_now[fd], memoryview(argument).cast("B")
        if request == 0x80685600:  # VIDIOC_QUERYCAP
            assert len(memory) == 104
            struct.pack_into("<II", memory, 84, 0x80000000 | 0x3, self.can[path])
        elif request == 0xC0D05605:  # VIDIOC_S_FMT
            kind, width, height, pixels, scan = struct.unpack_from("<I4xIIII", memory, 0)
            assert (kind, scan, pixels) == (2, 1, struct.unpack("<I", b"YUYV")[0])
            if self.world.broken:
                raise OSError(errno.EBUSY, "Device or resource busy")
            width, height = self.fixed or (width, height)
            stride = width * 2 + self.padding
            struct.pack_into("<II", memory, 8, width, height)
            struct.pack_into("<II", memory, 24, stride, stride * height)
            self.formats[fd] = width, height, stride
            self.world.open, self.world.title = True, path
        elif request == 0xC0CC5616:  # VIDIOC_S_PARM
            numerator, denominator = struct.unpack_from("<II", memory, 12)
            self.rate = denominator / numerator
        else:
            raise OSError(errno.ENOTTY, "Inappropriate ioctl for device")

    def write(self, fd: int, data: memoryview) -> int:
        if self.gone or self.world.broken:
            raise OSError(errno.ENODEV, "No such device")
        if self.full:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        width, height, stride = self.formats[fd]
        assert len(data) == stride * height
        rows = np.frombuffer(data, np.uint8).reshape(height, stride)[:, : width * 2]
        self.world.take(rgb_of_yuyv(rows))
        return len(data)


def rgb_of_yuyv(rows: Picture) -> Picture:
    """BT.601 limited range by its definition (ITU-R BT.601-7, §2.5)."""
    quads = rows.reshape(rows.shape[0], -1, 4).astype(np.float64)
    luma = quads[..., [0, 2]].reshape(rows.shape[0], -1)
    cb, cr = (np.repeat(quads[..., i], 2, axis=1) - 128 for i in (1, 3))
    y = (luma - 16) * 255 / 219
    red, blue = y + 1.402 * cr * 255 / 224, y + 1.772 * cb * 255 / 224
    green = (y - 0.299 * red - 0.114 * blue) / 0.587
    return np.clip(np.rint(np.stack([red, green, blue], axis=-1)), 0, 255).astype(np.uint8)


def fake_v4l2(patch: pytest.MonkeyPatch, world: World) -> VideoSink:
    return V4l2Sink(FakeKernel(world), "linux")


class _Watched(MemorySink):
    """The shipped double, telling the world."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    def open(self, title: str, width: int, height: int, fps: float) -> None:
        self.trouble = "It is broken." if self.world.broken else ""
        super().open(title, width, height, fps)
        self.world.open, self.world.title = True, title

    def _take(self) -> None:
        super()._take()
        if self.world.broken:
            raise StageError("It broke.")
        self.world.take(self.pictures[-1][..., :3])

    def close(self) -> None:
        super().close()
        self.world.open = False


DOUBLES = {
    "memory": lambda patch, world: _Watched(world),
    "ndi": fake_ndi,
    "spout": fake_spout,
    "syphon": fake_syphon,
    "v4l2": fake_v4l2,
}


@dataclass
class End:
    sink: VideoSink
    world: World
    kind: str

    @property
    def title(self) -> str:
        return "/dev/video7" if self.kind == "v4l2" else "night set"

    def begin(self, width: int = 64, height: int = 48) -> None:
        self.sink.open(self.title, width, height, 60.0)


@pytest.fixture(params=DOUBLES)
def end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[End]:
    world = World()
    made = End(DOUBLES[request.param](monkeypatch, world), world, request.param)
    yield made
    world.broken = False
    made.sink.close()


def picture(width: int = 64, height: int = 48, shade: int = 0) -> Picture:
    """Broad stripes, so that halved colour resolution harms nothing; dark above, bright below, red to the left."""
    made = np.zeros((height, width, 4), np.uint8)
    made[: height // 2, : width // 2, :3] = 200, 30, 40
    made[: height // 2, width // 2 :, :3] = 30, 60, 90
    made[height // 2 :, :, :3] = 220, 225, 215 - shade
    made[..., 3] = 255
    return made


def assert_same(got: Picture, sent: Picture, kind: str) -> None:
    assert got.shape == (*sent.shape[:2], 3)
    worst = np.abs(got.astype(int) - sent[..., :3]).max()
    assert worst <= (3 if kind == "v4l2" else 0)


# -- what all do ------------------------------------------------------------------------------------------------------


def test_it_has_a_name_and_nothing_against_it(end: End) -> None:
    assert end.sink.name
    assert end.sink.why_not() == ""


def test_pictures_arrive_as_they_are_under_the_name_given(end: End) -> None:
    end.begin()
    for shade in range(3):
        end.sink.send(picture(shade=shade * 40))
    assert end.world.title == end.title
    assert len(end.world.arrived) == 3
    for shade, got in enumerate(end.world.arrived):
        assert_same(got, picture(shade=shade * 40), end.kind)


def test_keeping_alive_shows_the_last_one_again(end: End) -> None:
    end.begin()
    end.sink.keep_alive()  # nothing yet
    assert end.world.arrived == []
    end.sink.send(picture(shade=10))
    end.sink.send(picture(shade=90))
    end.sink.keep_alive()
    assert len(end.world.arrived) == 3
    assert_same(end.world.arrived[-1], picture(shade=90), end.kind)


def test_it_closes_at_any_time_and_opens_again_in_another_size(end: End) -> None:
    end.sink.close()
    end.begin()
    end.sink.send(picture())
    end.sink.close()
    end.sink.close()
    assert not end.world.open
    assert end.sink.receivers() is None
    end.begin(96, 32)
    end.sink.keep_alive()  # what another opening showed is not its own
    end.sink.send(picture(96, 32))
    assert end.world.open
    assert [got.shape for got in end.world.arrived] == [(48, 64, 3), (32, 96, 3)]


def test_closed_it_takes_nothing(end: End) -> None:
    with pytest.raises(StageError):
        end.sink.send(picture())
    end.begin()
    end.sink.close()
    with pytest.raises(StageError):
        end.sink.send(picture())
    assert end.world.arrived == []


@pytest.mark.parametrize(
    "wrong",
    [picture(48, 64), picture()[..., :3].copy(), picture().astype(np.float32), picture()[:, ::-1]],
    ids=["size", "rgb", "float", "strides"],
)
def test_other_pictures_are_a_mistake_of_ours(end: End, wrong: Picture) -> None:
    end.begin()
    with pytest.raises(ValueError, match="takes contiguous uint8"):
        end.sink.send(wrong)


def test_what_goes_wrong_is_one_sentence_and_can_be_tried_again(end: End) -> None:
    end.world.broken = True
    if end.kind != "spout":  # it notices with the first picture
        with pytest.raises(StageError) as told:
            end.begin()
        assert str(told.value).endswith(".")
        assert "\n" not in str(told.value)
        end.sink.close()
    end.world.broken = False
    end.begin()
    end.sink.send(picture())
    end.world.broken = True
    with pytest.raises(StageError):
        end.sink.send(picture())
    end.sink.close()
    end.world.broken = False
    end.begin()
    end.sink.send(picture())
    assert_same(end.world.arrived[-1], picture(), end.kind)


def test_receivers_are_a_number_or_unknown(end: End) -> None:
    end.begin()
    expected = {"memory": 1, "ndi": 2, "spout": None, "syphon": 0, "v4l2": None}
    assert end.sink.receivers() == expected[end.kind]


# -- what some do -----------------------------------------------------------------------------------------------------


def test_every_way_has_controls_words_and_a_sink() -> None:
    assert tuple(way.kind for way in CABLES) == SENDS == tuple(MAKERS)


@pytest.mark.parametrize(
    ("sink", "sentence"),
    [
        (NdiSink("no_such_library"), "no library: pip install latentjockey[ndi]"),
        (SpoutSink("no_such_library", "win32"), "no library: pip install latentjockey[spout]"),
        (SpoutSink("no_such_library", "linux"), "not on this system: Spout is for Windows"),
        (SyphonSink("no_such_library", "darwin"), "no library: pip install latentjockey[syphon]"),
        (SyphonSink("no_such_library", "win32"), "not on this system: Syphon is for macOS"),
        (V4l2Sink(FakeKernel(World()), "darwin"), "not on this system: loopback cameras are for Linux"),
        (V4l2Sink(FakeKernel(World(), can={"/dev/video0": 1}), "linux"), "no device: modprobe v4l2loopback"),
    ],
)
def test_what_is_missing_is_said_with_what_to_do(sink: VideoSink, sentence: str) -> None:
    assert sink.why_not().startswith(sentence)


@pytest.mark.parametrize("sink", [NdiSink("no_such_library"), SpoutSink("no_such_library"), SyphonSink("no_such")])
def test_a_library_that_is_not_there_is_a_sentence_also_when_opened(sink: VideoSink) -> None:
    with pytest.raises(StageError, match="pip install"):
        sink.open("x", 8, 8, 60.0)


def test_ndi_tells_the_rate_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    world, told = World(), []
    sink = fake_ndi(monkeypatch, world)
    frames = sys.modules["fake_ndi.video_frame"].VideoSendFrame
    monkeypatch.setattr(frames, "set_frame_rate", lambda self, rate: told.append(rate))
    for fps in (60.0, 29.97, 0.5):
        sink.open("x", 8, 8, fps)
        sink.close()
    assert told == [Fraction(60), Fraction(2997, 100), Fraction(1, 2)]


def test_a_long_spout_name_is_cut_between_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    fake_spout(monkeypatch, world).open("ä" * 200, 8, 8, 60.0)
    assert world.title == "ä" * 127


def test_spout_without_opengl_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.broken = True
    with pytest.raises(StageError, match="OpenGL"):
        fake_spout(monkeypatch, world).open("x", 8, 8, 60.0)


# -- the camera -------------------------------------------------------------------------------------------------------


def test_the_ioctl_numbers_are_those_of_the_kernel() -> None:
    assert (QUERYCAP, S_FMT, S_PARM) == (0x80685600, 0xC0D05605, 0xC0CC5616)


def test_no_path_means_the_first_device_that_takes_pictures() -> None:
    kernel = FakeKernel(World())
    sink = V4l2Sink(kernel, "linux")
    sink.open("", 64, 48, 29.97)
    assert list(kernel.open_now.values()) == ["/dev/video7"]
    assert kernel.rate == pytest.approx(29.97)
    sink.close()
    assert kernel.open_now == {}


@pytest.mark.parametrize(
    ("path", "options", "why"),
    [
        ("/dev/video9", {}, "there is no such device"),
        ("/dev/video0", {}, "it is no loopback device"),
        ("/dev/video7", {"fixed": (640, 480)}, "stays at 640×480"),
    ],
)
def test_a_device_that_will_not_is_named_with_the_reason(path: str, options: dict[str, Any], why: str) -> None:
    kernel = FakeKernel(World(), **options)
    sink = V4l2Sink(kernel, "linux")
    with pytest.raises(StageError, match=why) as told:
        sink.open(path, 64, 48, 60.0)
    assert path in str(told.value)
    sink.close()
    assert kernel.open_now == {}


def test_a_full_driver_costs_a_picture_and_a_lost_device_the_sending() -> None:
    kernel = FakeKernel(World())
    sink = V4l2Sink(kernel, "linux")
    sink.open("", 64, 48, 60.0)
    kernel.full = True
    sink.send(picture())
    assert kernel.world.arrived == []
    kernel.full = False
    sink.send(picture())
    assert len(kernel.world.arrived) == 1
    kernel.gone = True
    with pytest.raises(StageError, match="the device is gone"):
        sink.send(picture())


@given(
    width=st.integers(2, 70),
    height=st.integers(1, 40),
    padding=st.sampled_from([0, 6, 64]),
    colour=st.tuples(*[st.integers(0, 255)] * 3),
)
def test_the_camera_has_the_colour_in_every_size(
    width: int, height: int, padding: int, colour: tuple[int, int, int]
) -> None:
    kernel = FakeKernel(World(), padding=padding)
    sink = V4l2Sink(kernel, "linux")
    sink.open("", width, height, 60.0)
    sent = np.empty((height, width, 4), np.uint8)
    sent[...] = (*colour, 17)
    sink.send(sent)
    got = kernel.world.arrived[-1]
    assert got.shape == (height, width // 2 * 2, 3)
    assert np.abs(got.astype(int) - colour).max() <= 4
