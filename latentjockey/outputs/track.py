"""The position track beside a recording: what every video frame showed, as JSON lines. One thread writes.

The first line is the header; then one line for each video frame at which anything changed, telling only what changed.
``docs/presets.md`` describes it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.frames.frame import Stamp
from latentjockey.presets.preset import Preset
from latentjockey.presets.schema import to_data

FORMAT = "latentjockey-track"
VERSION = 1
LARGEST_POSITION = 256 * 1024
"""Bytes beyond which a position is named by its hash instead of told."""

Position = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What one video frame shows: the frame's stamp, the effective numbers by address, and its position, float32
    (num_ws, w_dim); ``held`` as in :class:`latentjockey.frames.frame.Frame`."""

    stamp: Stamp
    effective: Mapping[str, float]
    position: Position
    held: bool = False


class TrackWriter:
    """Writes ``path``, which must not exist. Raises OSError as the file system does."""

    def __init__(self, path: Path, video: str, fps: float, preset: Preset | None = None) -> None:
        self.path = path
        self._file = path.open("xb", buffering=0)
        self._last: dict[str, object] = {}
        self._effective: dict[str, float] = {}
        self._position = b""
        header: dict[str, object] = {"format": FORMAT, "version": VERSION, "video": video, "fps": fps}
        if preset is not None:
            header["preset"] = to_data(preset)
        self._write(header)

    def write(self, frame: int, shown: Shown) -> None:
        """Tell what video frame ``frame`` (from 0) shows; nothing is written when nothing changed."""
        stamp = shown.stamp
        now: dict[str, object] = {
            "time": stamp.time,
            "generation": stamp.generation,
            "number": stamp.number,
            "epoch": stamp.epoch,
            "revision": stamp.revision,
            "held": shown.held,
        }
        line = {key: value for key, value in now.items() if self._last.get(key) != value}
        if "epoch" in line:  # another layout has other addresses
            self._effective = {}
        changed = {a: x for a, x in shown.effective.items() if self._effective.get(a) != x}
        position = shown.position.tobytes()
        if changed:
            line["set"] = changed
        if position != self._position:
            line["position"] = _position_data(shown.position)
        self._last, self._position = now, position
        self._effective.update(changed)
        if line:
            self._write({"frame": frame, **line})

    def close(self) -> None:
        self._file.close()

    def _write(self, line: dict[str, object]) -> None:
        rest = memoryview(msgspec.json.encode(line) + b"\n")
        while rest:
            rest = rest[self._file.write(rest) or 0 :]


@dataclass(slots=True, eq=False)
class Told:
    """One line of a track with everything that still holds. ``position`` is ``None`` where only its hash is told."""

    frame: int = 0
    time: float = 0.0
    generation: int = 0
    number: int = 0
    epoch: int = 0
    revision: int = 0
    held: bool = False
    effective: dict[str, float] = field(default_factory=dict)
    position: Position | None = None


class _Line(msgspec.Struct):
    frame: int
    time: float | msgspec.UnsetType = msgspec.UNSET
    generation: int | msgspec.UnsetType = msgspec.UNSET
    number: int | msgspec.UnsetType = msgspec.UNSET
    epoch: int | msgspec.UnsetType = msgspec.UNSET
    revision: int | msgspec.UnsetType = msgspec.UNSET
    held: bool | msgspec.UnsetType = msgspec.UNSET
    set: dict[str, float] = msgspec.field(default_factory=dict)
    position: dict[str, Any] | None = None


def read_track(path: Path) -> Iterator[Told]:
    """Every told frame of a track in order, up to its first damaged line: a kill tears the last one.

    A video frame that has no line shows what the line before it told. Raises StageError for a file that is no track.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise StageError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from error
    try:
        header = msgspec.json.decode(lines[0], type=dict[str, Any])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        header = {}
    if header.get("format") != FORMAT or header.get("version") != VERSION:
        raise StageError(f"{path} is not a position track that this version can read.")
    return _told(lines[1:-1])


def _told(lines: list[bytes]) -> Iterator[Told]:
    now = Told()
    for text in lines:
        try:
            line = msgspec.json.decode(text, type=_Line)
            position = now.position if line.position is None else _position_from(line.position)
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError, RecursionError, binascii.Error):
            return
        known = {f: getattr(line, f) for f in ("time", "generation", "number", "revision", "held")}
        told = {f: getattr(now, f) if value is msgspec.UNSET else value for f, value in known.items()}
        epoch = now.epoch if line.epoch is msgspec.UNSET else line.epoch
        effective = {**({} if epoch != now.epoch else now.effective), **line.set}
        now = Told(line.frame, epoch=epoch, effective=effective, position=position, **told)
        yield now


def _position_data(position: Position) -> dict[str, object]:
    """Equal rows are told once: the layers of a band usually share one latent."""
    shape = list(position.shape)
    if position.nbytes > LARGEST_POSITION or position.ndim != 2:
        return {"shape": shape, "sha256": hashlib.sha256(position.astype("<f4").tobytes()).hexdigest()}
    seen: dict[bytes, int] = {}
    rows = [seen.setdefault(row.astype("<f4").tobytes(), len(seen)) for row in position]
    data: dict[str, object] = {"shape": shape, "f32": base64.b64encode(b"".join(seen)).decode("ascii")}
    return data if len(seen) == len(rows) else {**data, "rows": rows}


def _position_from(data: dict[str, Any]) -> Position | None:
    if "sha256" in data:
        return None
    layers, width = data["shape"]
    distinct = np.frombuffer(base64.b64decode(data["f32"], validate=True), dtype="<f4").reshape(-1, width)
    rows = data.get("rows", list(range(layers)))
    if len(rows) != layers or not all(0 <= r < len(distinct) for r in rows):
        raise ValueError("rows")
    return np.ascontiguousarray(distinct[rows], dtype=np.float32)
