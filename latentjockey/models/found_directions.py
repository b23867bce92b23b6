"""Directions that were found for a model that brings none: kept beside it by its content, and met as a stranger's file.

In the folder ``directions`` of the player's data, one container for each model, called by the SHA-256 and the size of
the model's file: presets mean directions by their numbers, so they are kept as long as the player's own things, and
not in the cache. Which content a path had when last looked at stands in the cache. ``told`` and ``load`` look at small
files only, and belong to any thread that may do that; ``told`` with ``wait`` may hash a whole model.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from latentjockey.base.diagnostics import StageError
from latentjockey.base.paths import cache_dir, data_dir, write_atomic
from latentjockey.models import foreign
from latentjockey.models.container import ContainerError, TensorInfo, read_header, read_tensor, write
from latentjockey.models.header import DIRECTIONS
from latentjockey.models.spec import ModelSpec
from latentjockey.navigation.arrays import F32
from latentjockey.navigation.layer_steps import LayerWays

KEY = "latentjockey-directions"
FORMAT = 1
MOST = 512
Z, W = "z", "w"
"""What directions are steps of: the place, or layer latents."""

_SUFFIX = ".safetensors"
_LONGEST_LABEL, _LONGEST_WORDS, _LONGEST_NOTE = 40, 1 << 16, 1 << 13
_LARGEST = 1e6
_CHUNK = 4 << 20
_Stamp = tuple[int, int, int]


class NotWholeError(StageError):
    """A file of found directions that cannot be used; ``str()`` is one sentence."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """``rows`` (k, z_dim or w_dim) float32: what a step of 1 adds, the most visible first. ``layers`` (k, 2) says to
    which layers, from first to end; of directions of z, to all. ``labels`` name them. ``effects`` (k,) is what 2 σ
    along each was seen to change before all were made alike, ``evened`` (k,) what a step of 1 is seen to change now,
    ``random`` what a random way of 2 σ changes (mean colour difference, 1 being black to white). ``alive`` (k,) are
    those that show."""

    space: str
    rows: F32
    layers: NDArray[np.int64]
    labels: tuple[str, ...]
    effects: F32
    evened: F32
    alive: NDArray[np.bool_]
    random: float = 0.0
    places: int = 0

    @property
    def ways(self) -> LayerWays:
        """Those of layer latents, for :func:`latentjockey.navigation.layer_steps.led`."""
        return LayerWays(self.rows, self.layers)


class _Words(msgspec.Struct, frozen=True):
    format: int
    space: str
    labels: list[str]
    random: float = 0.0
    places: int = 0


class _Seen(msgspec.Struct, frozen=True):
    """Which content the file at ``path`` had, in the state that its stamp tells."""

    path: str
    stamp: _Stamp
    sha256: str


# -- by model ---------------------------------------------------------------------------------------------------------


def folder() -> Path:
    """Where found directions lie. May be missing."""
    return data_dir() / "directions"


def kept_at(sha256: str, size: int) -> Path:
    """Where those of the model file with this hash and size lie, or would."""
    return folder() / f"{sha256}-{size}{_SUFFIX}"


def told(spec: ModelSpec, path: Path, source: Path | None = None, *, wait: bool = False) -> ModelSpec:
    """``spec``, the model in the file at ``path``, with what was found for it; one that brings its own directions stays
    as it is. ``source`` is the checkpoint that the file was made of, where it was.

    Without ``wait``, only what is known of the file's content counts, and this is quick.
    """
    if spec.directions or spec.file is None:
        return spec
    at = _of(source or path, spec.file, source is not None, wait=wait)
    found = None if at is None else _known(at, _stamp(at))
    if found is None or not fits(found, spec):
        return spec
    return replace(
        spec,
        directions=len(found.rows),
        direction_labels=found.labels,
        layer_directions=found.space == W,
        faint_directions=tuple(np.flatnonzero(~found.alive).tolist()),
    )


def of_model(spec: ModelSpec, path: Path, source: Path | None = None) -> Found | None:
    """What was found for the model in the file at ``path``, as :func:`told` told it; ``None`` for nothing."""
    if spec.file is None:
        return None
    at = _of(source or path, spec.file, source is not None, wait=False)
    found = None if at is None else _known(at, _stamp(at))
    return found if found is not None and fits(found, spec) else None


def brings_its_own(path: Path) -> bool:
    """Whether the model in the file at ``path`` has directions in it; those count, whatever was found."""
    return _brings(path, _stamp(path))


def identified(path: Path, source: Path | None = None) -> Path:
    """Where directions of the model in the file at ``path`` are to be kept. Waits for its hash.

    Raises StageError where it cannot be read.
    """
    whose = source or path
    stamp = _stamp(whose)
    sha256 = None if stamp is None else _sha256(whose, stamp, source is not None, wait=True)
    if stamp is None or sha256 is None:
        raise StageError(f"{whose} cannot be read: look whether it is still there.")
    return kept_at(sha256, stamp[1])


def fits(found: Found, spec: ModelSpec) -> bool:
    """Whether these can be directions of this model."""
    if found.space == Z:
        return bool(found.rows.shape[1] == spec.z_dim)
    return bool(found.rows.shape[1] == spec.w_dim and found.layers.max() <= spec.num_ws)


def _of(whose: Path, stamp: _Stamp, converted: bool, *, wait: bool) -> Path | None:
    """Where what was found for a file lies, where anything was for one of its size."""
    kept = folder()
    state = _stamp(kept)
    if state is None or not (candidates := _by_size(kept, state).get(stamp[1])):
        return None
    sha256 = _sha256(whose, stamp, converted, wait=wait)
    return candidates.get(sha256) if sha256 is not None else None


@lru_cache(maxsize=4)
def _by_size(kept: Path, state: _Stamp) -> Mapping[int, Mapping[str, Path]]:
    """What the folder holds: by the size of the model, by its hash."""
    found: dict[int, dict[str, Path]] = {}
    try:
        names = sorted(path.name for path in kept.iterdir() if path.suffix == _SUFFIX)
    except OSError:
        return found
    for name in names:
        sha256, _, size = name.removesuffix(_SUFFIX).partition("-")
        if len(sha256) == 64 and size.isdecimal() and len(size) < 20:
            found.setdefault(int(size), {})[sha256] = kept / name
    return found


@lru_cache(maxsize=64)
def _brings(path: Path, state: _Stamp | None) -> bool:
    try:
        return state is not None and DIRECTIONS in read_header(path)[0]
    except ContainerError:
        return False


# -- contents ---------------------------------------------------------------------------------------------------------


def _sha256(whose: Path, stamp: _Stamp, converted: bool, *, wait: bool) -> str | None:
    """The hash of a file in the state ``stamp``; ``None`` where it is not known and nobody waits, or it changed."""
    if converted:
        known = foreign.known(whose)
        return None if known is None else known.outcome.sha256
    note = _note_at(whose)
    seen = _noted(note, _stamp(note))
    if seen is not None and seen.stamp == stamp and seen.path == str(whose.absolute()):
        return seen.sha256
    if not wait:
        return None
    try:
        sha256 = _sum(whose)
        if _stamp(whose) != stamp:
            return None
        write_atomic(note, msgspec.json.encode(_Seen(str(whose.absolute()), stamp, sha256)))
    except OSError:
        return None
    return sha256


def _note_at(path: Path) -> Path:
    digest = hashlib.sha256(str(path.absolute()).encode(errors="surrogateescape")).hexdigest()
    return cache_dir() / "directions" / f"{digest[:40]}.json"


@lru_cache(maxsize=1024)
def _noted(note: Path, state: _Stamp | None) -> _Seen | None:
    try:
        if state is None or state[1] > _LONGEST_NOTE:
            return None
        return msgspec.json.decode(note.read_bytes(), type=_Seen)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _stamp(path: Path) -> _Stamp | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


# -- files ------------------------------------------------------------------------------------------------------------


def save(path: Path, found: Found) -> None:
    """Write a file, whole or not at all. Raises OSError as the file system does."""
    words = {
        "format": FORMAT, "space": found.space, "labels": list(found.labels), "random": found.random,
        "places": found.places,
    }  # fmt: skip
    tensors: dict[str, NDArray[Any]] = {
        "rows": np.ascontiguousarray(found.rows, np.float32),
        "layers": np.ascontiguousarray(found.layers, np.int64),
        "effects": np.ascontiguousarray(found.effects, np.float32),
        "evened": np.ascontiguousarray(found.evened, np.float32),
        "alive": np.ascontiguousarray(found.alive, np.uint8),
    }
    write(path, tensors, {KEY: json.dumps(words, ensure_ascii=False)})


def load(path: Path) -> Found:
    """Read a file as a stranger's. Raises NotWholeError or ContainerError, each one sentence."""
    tensors, metadata = read_header(path)
    text = metadata.get(KEY, "")
    if len(text) > _LONGEST_WORDS:
        raise NotWholeError(f"{path.name} says more of itself than directions need.")
    try:
        words = msgspec.json.decode(text, type=_Words)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotWholeError(f"{path.name} holds no directions that can be understood.") from error
    if words.format != FORMAT or words.space not in (Z, W):
        raise NotWholeError(f"{path.name} is of a format that this version does not read.")
    rows = tensors.get("rows")
    count = rows.shape[0] if rows is not None and len(rows.shape) == 2 else 0
    if rows is None or not 0 < count <= MOST or not 0 < rows.shape[1] <= 1 << 16 or len(words.labels) != count:
        raise NotWholeError(f"{path.name} does not hold 1 to {MOST} directions with their names.")
    wanted = {"rows": ("F32", rows.shape), "layers": ("I64", (count, 2)), "alive": ("U8", (count,))}
    wanted |= dict.fromkeys(("effects", "evened"), ("F32", (count,)))
    read = {name: _whole(path, name, tensors.get(name), *shape) for name, shape in wanted.items()}
    layers = read["layers"]
    if not ((layers[:, 0] >= 0) & (layers[:, 0] < layers[:, 1]) & (layers[:, 1] <= 1 << 12)).all():
        raise NotWholeError(f"{path.name} names layers that no network has.")
    if not math.isfinite(words.random):
        raise NotWholeError(f"{path.name} holds numbers that are none.")
    return Found(
        words.space, _still(read["rows"]), _still(layers), labelled(words.labels), _still(read["effects"]),
        _still(read["evened"]), _still(read["alive"] != 0), words.random, max(0, words.places),
    )  # fmt: skip


def labelled(words: Sequence[str]) -> tuple[str, ...]:
    """Labels as they may be shown anywhere: one short line each, no two the same."""
    labels: list[str] = []
    for index, word in enumerate(words):
        plain = " ".join("".join(c if c.isprintable() else " " for c in word[:200]).split())[:_LONGEST_LABEL]
        labels.append(plain if plain and plain not in labels else f"direction {index}")
    return tuple(labels)


@lru_cache(maxsize=64)
def _known(path: Path, state: _Stamp | None) -> Found | None:
    """What a file holds in this state; ``None`` where it cannot be used: what is wrong is found again by hand."""
    try:
        return load(path) if state is not None else None
    except StageError:
        return None


def _whole(path: Path, name: str, info: TensorInfo | None, dtype: str, shape: tuple[int, ...]) -> NDArray[Any]:
    if info is None or info.dtype != dtype or info.shape != shape:
        raise NotWholeError(f"{path.name} does not hold directions: {name} is missing, or of another shape.")
    values = read_tensor(path, info)
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and (np.abs(values) <= _LARGEST).all()):
        raise NotWholeError(f"{path.name} holds numbers in {name} that are none, or far too large.")
    return values


def _still(values: NDArray[Any]) -> NDArray[Any]:
    values.setflags(write=False)
    return values
