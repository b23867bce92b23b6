"""v4l2 loopback: the picture as a camera of this Linux machine, written straight to the device. No library needed.

On the thread ``send v4l2``. The structures are those of the kernel's ``linux/videodev2.h``, the calls those of its
"Video for Linux API", chapter "Video Output Interface". Pictures go as YUYV, which whatever takes a camera can take, in
BT.601 and limited range, which is what v4l2 assumes of YUYV in sRGB.
"""

from __future__ import annotations

import ctypes
import errno
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from latentjockey.base.diagnostics import StageError
from latentjockey.frames.frame import Pixels
from latentjockey.frames.sink import checked

if TYPE_CHECKING:
    from av.video.reformatter import VideoReformatter

_OUTPUT = 2  # V4L2_BUF_TYPE_VIDEO_OUTPUT
_CAN_OUTPUT = 0x00000002  # V4L2_CAP_VIDEO_OUTPUT
_HAS_DEVICE_CAPS = 0x80000000  # V4L2_CAP_DEVICE_CAPS
_PROGRESSIVE = 1  # V4L2_FIELD_NONE
_SRGB = 8  # V4L2_COLORSPACE_SRGB
_YUYV = int.from_bytes(b"YUYV", "little")
_BT601, _LIMITED, _FULL = 5, 1, 2  # as PyAV numbers them
_NO_DEVICE = "no device: modprobe v4l2loopback (Debian: apt install v4l2loopback-dkms)"

_U32 = ctypes.c_uint32


class _Capability(ctypes.Structure):
    _fields_ = (
        ("driver", ctypes.c_char * 16), ("card", ctypes.c_char * 32), ("bus_info", ctypes.c_char * 32),
        ("version", _U32), ("capabilities", _U32), ("device_caps", _U32), ("reserved", _U32 * 3),
    )  # fmt: skip


class _Pixel(ctypes.Structure):
    _fields_ = tuple(
        (name, _U32)
        for name in (
            "width", "height", "pixelformat", "field", "bytesperline", "sizeimage", "colorspace", "priv", "flags",
            "ycbcr_enc", "quantization", "xfer_func",
        )
    )  # fmt: skip


class _FormatUnion(ctypes.Union):
    _fields_ = (("pix", _Pixel), ("raw", ctypes.c_uint8 * 200), ("align", ctypes.c_void_p))


class _Format(ctypes.Structure):
    _fields_ = (("type", _U32), ("fmt", _FormatUnion))


class _Parameters(ctypes.Structure):
    _fields_ = (
        ("type", _U32), ("capability", _U32), ("mode", _U32), ("numerator", _U32), ("denominator", _U32),
        ("rest", ctypes.c_uint8 * 184),
    )  # fmt: skip


def _request(direction: int, number: int, structure: type[ctypes.Structure]) -> int:
    """An ioctl number as ``asm-generic/ioctl.h`` makes it: 1 writes to the kernel, 2 reads from it."""
    return direction << 30 | ctypes.sizeof(structure) << 16 | ord("V") << 8 | number


QUERYCAP = _request(2, 0, _Capability)
S_FMT = _request(3, 5, _Format)
S_PARM = _request(3, 22, _Parameters)


class Kernel(Protocol):
    """The few calls that are needed of Linux. All raise OSError."""

    def devices(self) -> list[str]: ...

    def open(self, path: str) -> int: ...

    def ioctl(self, fd: int, request: int, argument: ctypes.Structure) -> None:
        """Carry out ``request``; the kernel may change ``argument``."""
        ...

    def write(self, fd: int, data: memoryview) -> int: ...

    def close(self, fd: int) -> None: ...


class Linux:
    """The real one."""

    def devices(self) -> list[str]:
        found = [str(path) for path in Path("/dev").glob("video*") if re.fullmatch(r"video\d+", path.name)]
        return sorted(found, key=lambda path: int(path.removeprefix("/dev/video")))

    def open(self, path: str) -> int:
        # Not blocking: a driver without room for a picture is to say so, not to wait.
        return os.open(path, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))

    def ioctl(self, fd: int, request: int, argument: ctypes.Structure) -> None:
        import fcntl  # not on Windows

        fcntl.ioctl(fd, request, argument)

    def write(self, fd: int, data: memoryview) -> int:
        return os.write(fd, data)

    def close(self, fd: int) -> None:
        os.close(fd)


class V4l2Sink:
    """A :class:`latentjockey.frames.sink.VideoSink`. Its title is the path of a device; an empty one, or one that is
    no path, means the first device that takes pictures. YUYV has even widths: of an odd one the last column is left
    out."""

    def __init__(self, kernel: Kernel | None = None, platform: str = sys.platform) -> None:
        self._kernel = kernel or Linux()
        self._platform = platform
        self._reformatter: VideoReformatter | None = None
        self._fd: int | None = None
        self._path = ""
        self._size: tuple[int, int] | None = None
        self._stride = 0
        self._last: Pixels | None = None

    @property
    def name(self) -> str:
        return "camera"

    def why_not(self) -> str:
        if not self._platform.startswith("linux"):
            return "not on this system: loopback cameras are for Linux"
        return "" if self._takers() else _NO_DEVICE

    def open(self, title: str, width: int, height: int, fps: float) -> None:
        self.close()
        if width < 2:
            raise StageError("A camera's picture is at least 2 pixels wide.")
        takers = [title] if title.startswith("/") else self._takers()
        if not takers:
            raise StageError(f"There is {_NO_DEVICE}.")
        self._path = takers[0]
        try:
            self._fd = self._kernel.open(self._path)
            if not self._takes_pictures(self._fd):
                raise StageError(f"{self._path} takes no pictures: it is no loopback device.")
            self._agree(self._fd, width // 2 * 2, height, fps)
        except OSError as error:
            raise StageError(self._sentence(error)) from error
        self._size = (width, height)

    def send(self, picture: Pixels) -> None:
        checked(picture, self._size, self.name)
        self._last = self._yuyv(picture)
        self._write()

    def keep_alive(self) -> None:
        if self._last is not None:
            self._write()

    def close(self) -> None:
        fd, self._fd = self._fd, None
        self._size = self._last = None
        if fd is not None:
            self._kernel.close(fd)

    def receivers(self) -> int | None:
        return None  # the driver does not tell the writer

    # -- the device ---------------------------------------------------------------------------------------------------

    def _takers(self) -> list[str]:
        """The devices that take pictures, by number."""
        found = []
        for path in self._kernel.devices():
            try:
                fd = self._kernel.open(path)
            except OSError:
                continue
            try:
                if self._takes_pictures(fd):
                    found.append(path)
            except OSError:
                continue
            finally:
                self._kernel.close(fd)
        return found

    def _takes_pictures(self, fd: int) -> bool:
        told = _Capability()
        self._kernel.ioctl(fd, QUERYCAP, told)
        able = told.device_caps if told.capabilities & _HAS_DEVICE_CAPS else told.capabilities
        return bool(able & _CAN_OUTPUT)

    def _agree(self, fd: int, width: int, height: int, fps: float) -> None:
        """Settle the format with the driver, which may want another. Raises StageError where it does."""
        wanted = _Format(type=_OUTPUT)
        pixel = wanted.fmt.pix
        pixel.width, pixel.height, pixel.pixelformat = width, height, _YUYV
        pixel.field, pixel.colorspace = _PROGRESSIVE, _SRGB
        pixel.bytesperline, pixel.sizeimage = width * 2, width * 2 * height
        self._kernel.ioctl(fd, S_FMT, wanted)
        if (pixel.width, pixel.height, pixel.pixelformat) != (width, height, _YUYV):
            raise StageError(
                f"{self._path} stays at {pixel.width}×{pixel.height}: close the programs that look at it, or send that "
                "size."
            )
        self._stride = max(pixel.bytesperline, width * 2)
        rate = _Parameters(type=_OUTPUT, numerator=1000, denominator=max(1, round(fps * 1000)))
        try:
            self._kernel.ioctl(fd, S_PARM, rate)
        except OSError as error:  # a hint only, and older drivers do not take it
            if error.errno not in (errno.EINVAL, errno.ENOTTY):
                raise

    def _write(self) -> None:
        assert self._fd is not None
        assert self._last is not None
        try:
            self._kernel.write(self._fd, self._last.data.cast("B"))
        except BlockingIOError:
            return  # the driver has no room: this picture is left out
        except OSError as error:
            raise StageError(self._sentence(error)) from error

    def _sentence(self, error: OSError) -> str:
        why = {
            errno.ENOENT: "there is no such device",
            errno.ENODEV: "the device is gone",
            errno.EBUSY: "another program writes to it",
            errno.EACCES: "this user may not write to it (Debian: add the user to the group video)",
            errno.ENOTTY: "it is no video device",
            errno.EINVAL: "it does not take this size",
        }.get(error.errno or 0, error.strerror or repr(error))
        return f"{self._path} cannot be written: {why}."

    # -- the pixels ---------------------------------------------------------------------------------------------------

    def _yuyv(self, picture: Pixels) -> Pixels:
        """(height, stride) bytes of the device's rows."""
        import av
        from av.video.reformatter import VideoReformatter

        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        high, wide = picture.shape[0], picture.shape[1] // 2 * 2
        source = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:, :wide]), format="rgba")
        made = self._reformatter.reformat(
            source,
            format="yuyv422",
            dst_colorspace=_BT601,
            src_color_range=_FULL,
            dst_color_range=_LIMITED,
            threads=1,
        )
        plane: Any = made.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:high, : wide * 2]
        packed = np.zeros((high, self._stride), np.uint8)
        packed[:, : wide * 2] = rows
        return packed
