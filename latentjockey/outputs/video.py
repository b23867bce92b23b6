"""A video file at a constant frame rate that stays playable when its process is killed. PyAV; one thread at a time.

H.264 in fragmented MP4 or in Matroska: fragments of half a second are flushed as they are complete, and no B-frames
or look-ahead hold pictures back. Colours are BT.709, limited range, and tagged so (ITU-R BT.709-6, §3).
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.frames.frame import Frame

if TYPE_CHECKING:
    import av
    from av.video.reformatter import VideoReformatter

Size = tuple[int, int]

SUFFIXES = (".mp4", ".mov", ".mkv")
_FRAGMENT_S = 0.5
_BT709 = 1
_LIMITED = 1
_FULL = 2
_BLACK = (16, 128, 128)  # Y, Cb, Cr of limited range
_GBR = (1, 2, 0)  # PyAV's planar RGB has its planes in this order of ours

_NO_WORDS: Mapping[str, str] = MappingProxyType({})

# Pixels a second and core up to which veryfast leaves the generator most of the machine.
_CALM = 2.5e6


@dataclass(frozen=True, slots=True)
class Encoder:
    """An encoder of PyAV by name, with its options."""

    name: str
    options: tuple[tuple[str, str], ...]
    bits_per_pixel: float = 0.0
    intra: bool = False


X264 = Encoder("libx264", (("crf", "17"), ("rc-lookahead", "10"), ("x264-params", "open-gop=0:scenecut=0")))
MPEG4 = Encoder("mpeg4", (("qmin", "1"), ("qmax", "4")), bits_per_pixel=0.4)
FFV1 = Encoder("ffv1", (("level", "3"), ("slices", "4")), intra=True)


def encoders_for(path: Path) -> tuple[Encoder, ...]:
    """What to try for a file, best first. Raises StageError for a suffix that is none of ours."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise StageError(f"A recording is a file ending in {', '.join(SUFFIXES)}, and {path.name!r} is not.")
    return (X264, FFV1, MPEG4) if suffix == ".mkv" else (X264, MPEG4)


def even(size: Size) -> Size:
    """``size`` made even, as yuv420p asks, and at least 2 × 2."""
    return max(2, size[0] // 2 * 2), max(2, size[1] // 2 * 2)


def fitted(size: Size, target: Size) -> tuple[int, int, int, int]:
    """The largest even rectangle of ``size``'s shape within ``target`` (even): x, y, width, height, all even."""
    scale = min(target[0] / size[0], target[1] / size[1])
    width = min(target[0], max(2, round(size[0] * scale / 2) * 2))
    height = min(target[1], max(2, round(size[1] * scale / 2) * 2))
    return (target[0] - width) // 4 * 2, (target[1] - height) // 4 * 2, width, height


def picture_of(frame: Frame, target: Size) -> av.VideoFrame:
    """A copy of the frame's pixels as PyAV holds them: planes stay planes, which is 30 times cheaper than packing.

    A size odd by one pixel loses that row or column rather than being scaled.
    """
    import av

    width, height = (n - 1 if n - t == 1 else n for n, t in zip(frame.size, target, strict=True))
    if frame.planar:
        picture = av.VideoFrame(width, height, "gbrp")
        for plane, channel in zip(picture.planes, _GBR, strict=True):
            _rows(plane)[:, :width] = frame.pixels[channel, :height, :width]
        return picture
    picture = av.VideoFrame(width, height, "rgba")
    _rows(picture.planes[0])[:, : width * 4].reshape(height, width, 4)[:] = frame.pixels[:height, :width]
    return picture


class VideoFile:
    """Pictures in, one each 1/fps of a second. Opens an encoder for real before it settles on it.

    ``words`` are what the file says of itself, by the names that players know: title, comment, encoder.
    Raises StageError when nothing can be opened, and from ``write`` and ``repeat`` when the disk or the encoder
    refuses; call ``close`` also then: what was written plays.
    """

    def __init__(
        self,
        path: Path,
        size: Size,
        fps: float,
        encoders: tuple[Encoder, ...] | None = None,
        words: Mapping[str, str] = _NO_WORDS,
    ) -> None:
        self.path = path
        self.size = even(size)
        self.fps = Fraction(fps).limit_denominator(1001)
        self.frames = 0
        self._last: av.VideoFrame | None = None
        self._broken = False
        try:
            import av
            from av.video.reformatter import VideoReformatter

            self._refused: tuple[type[Exception], ...] = (OSError, av.error.FFmpegError)
            self._reformatter: VideoReformatter = VideoReformatter()
            self.encoder = self._choose(encoders or encoders_for(path))
            self._container = av.open(str(path), "w", options=_container_options(path))
            self._container.metadata.update(words)
            self._stream: Any = self._container.add_stream(self.encoder.name, self.fps)
            self._set_up(self._stream.codec_context)
            self._stream.codec_context.open()
        except ImportError as error:
            raise StageError("Recording needs the package av; install it with pip install av.") from error
        except self._refused as error:
            raise StageError(f"{path} cannot be recorded: {reason(error)}.") from error

    def write(self, picture: av.VideoFrame) -> None:
        """The next picture, from ``picture_of``; another size is scaled and letterboxed. Raises StageError."""
        self._last = self._converted(picture)
        self.repeat()

    def repeat(self) -> None:
        """The last picture once more. Raises StageError."""
        if self._last is None:
            raise ValueError("there is no picture to repeat yet")
        self._last.pts = self.frames
        self._last.time_base = 1 / self.fps
        try:
            for packet in self._stream.encode(self._last):
                self._container.mux(packet)
        except self._refused as error:
            raise StageError(self._stopped(error)) from error
        self.frames += 1

    def close(self) -> None:
        """Finish the file. Raises StageError if even that is refused; the file plays nevertheless."""
        try:
            with contextlib.ExitStack() as closing:
                closing.callback(self._container.close)
                if not self._broken:
                    for packet in self._stream.encode(None):
                        self._container.mux(packet)
        except self._refused as error:
            raise StageError(self._stopped(error)) from error
        finally:
            if self._broken and self.path.suffix.lower() != ".mkv":
                _cut_torn_fragment(self.path)

    def _stopped(self, error: Exception) -> str:
        self._broken = True
        return f"The recording stopped: {reason(error)}. {self.path} plays up to there."

    def _choose(self, encoders: tuple[Encoder, ...]) -> Encoder:
        """The first encoder that opens: being listed does not mean that it works on this machine."""
        import av

        failure: Exception | None = None
        refused: tuple[type[Exception], ...] = (*self._refused, ValueError)  # an unknown name is a ValueError
        for encoder in encoders:
            try:
                self.encoder = encoder
                context = av.CodecContext.create(encoder.name, "w")
                self._set_up(context)
                context.open()
            except refused as error:
                failure = error
            else:
                return encoder
        names = ", ".join(e.name for e in encoders)
        raise StageError(
            f"No video encoder works here (tried {names}): {reason(failure)}; install a build of PyAV with H.264."
        )

    def _set_up(self, context: Any) -> None:
        encoder = self.encoder
        context.width, context.height = self.size
        context.pix_fmt = "yuv420p"
        context.framerate = self.fps
        context.time_base = 1 / self.fps
        context.gop_size = 1 if encoder.intra else max(1, round(self.fps * Fraction(_FRAGMENT_S)))
        context.max_b_frames = 0
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED
        # The generator needs the cores more than the encoder does.
        context.thread_count = max(1, min(4, (os.cpu_count() or 1) // 2))
        if encoder.bits_per_pixel:
            context.bit_rate = int(encoder.bits_per_pixel * self.size[0] * self.size[1] * self.fps)
        options = dict(encoder.options)
        if encoder is X264:
            load = self.size[0] * self.size[1] * self.fps / (os.cpu_count() or 1)
            options["preset"] = "veryfast" if load <= _CALM else "ultrafast"
        context.options = options

    def _converted(self, picture: av.VideoFrame) -> av.VideoFrame:
        x, y, width, height = fitted((picture.width, picture.height), self.size)
        scaled = self._reformatter.reformat(
            picture,
            width,
            height,
            "yuv420p",
            dst_colorspace=_BT709,
            src_color_range=_FULL,
            dst_color_range=_LIMITED,
            dst_color_trc=_BT709,
            dst_color_primaries=_BT709,
            threads=1,
        )
        return scaled if (width, height) == self.size else _letterboxed(scaled, x, y, self.size)


def _cut_torn_fragment(path: Path) -> None:
    """Shorten an MP4 to its last whole fragment: a player would stumble over pictures that are told but missing.

    A file is a row of boxes, each a 32-bit big-endian size and a type (ISO/IEC 14496-12, §4.2); a fragment is a
    ``moof`` and the ``mdat`` after it.
    """
    with contextlib.suppress(OSError), path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        at = whole = 0
        while at + 8 <= end:
            file.seek(at)
            head = file.read(8)
            size = int.from_bytes(head[:4], "big")
            if size < 8 or at + size > end:
                break
            at += size
            if head[4:] in (b"moov", b"mdat"):
                whole = at
        if whole:
            file.truncate(whole)


def reason(error: Exception | None) -> str:
    """The system's words for an error, small, without our paths."""
    if error is None:
        return "nothing to try"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower().rstrip(".")


def _letterboxed(picture: av.VideoFrame, x: int, y: int, size: Size) -> av.VideoFrame:
    import av

    canvas = av.VideoFrame(*size, "yuv420p")
    canvas.color_range, canvas.colorspace = picture.color_range, picture.colorspace
    canvas.color_primaries, canvas.color_trc = picture.color_primaries, picture.color_trc
    for i, (to, source, black) in enumerate(zip(canvas.planes, picture.planes, _BLACK, strict=True)):
        half = 1 if i == 0 else 2
        rows = _rows(to)
        rows[:] = black
        top, left = y // half, x // half
        rows[top : top + source.height, left : left + source.width] = _rows(source)[:, : source.width]
    return canvas


def _rows(plane: Any) -> NDArray[np.uint8]:
    """A plane's memory as (height, bytes a row), padding included; writable."""
    return np.frombuffer(plane, dtype=np.uint8).reshape(plane.height, plane.line_size)


def _container_options(path: Path) -> dict[str, str]:
    if path.suffix.lower() == ".mkv":
        return {"cluster_time_limit": str(math.ceil(_FRAGMENT_S * 1000)), "flush_packets": "1"}
    return {
        "movflags": "frag_keyframe+empty_moov+default_base_moof",
        "frag_duration": str(math.ceil(_FRAGMENT_S * 1e6)),
        "flush_packets": "1",
    }
