"""Plays an ONNX graph: a :class:`latentjockey.generators.protocol.Generator`. Used from one thread.

No graph tells which part of a latent does what, so where it hears one, the first third of its numbers is the coarse
band, the next the middle, the last the fine one. Where all layers are equal, the graph hears that latent itself.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.generators.onnx.session import OnnxError, OnnxSession
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers, Moment
from latentjockey.generators.squash import knobs, squashed
from latentjockey.generators.style import finish
from latentjockey.generators.style.model_file import ModelFileError, header_of
from latentjockey.models.container import read_header, read_tensor
from latentjockey.models.onnx_shape import RANGES, OnnxShape, Slot, shape_from_json
from latentjockey.models.onnx_spec import FILE, KIND, LABEL, NOISE, NOISE_SEED, RANGE
from latentjockey.models.spec import ModelSpec

LIMIT = 1e6
"""Latents reach so far; beyond, float32 sums would not stay finite, and no picture differs any more."""
_HALF_LIMIT = 6e4
_PROBES = 4
_PROBE_S = 120.0
_BELOW = -0.02
"""A picture with numbers below is of -1 to 1, else of 0 to 1,"""
_BYTES = 8.0
"""unless there are numbers beyond: then of 0 to 255."""
_COLOURS = (1, 3, 4)


class OnnxPlayer:
    """The graph in the file at ``path``, which ``spec`` describes, on ``device`` or the best there is.

    Raises ContainerError, ModelFileError or OnnxError when it cannot be played.
    """

    def __init__(self, path: Path, spec: ModelSpec, device: str | None = None) -> None:
        self.spec = spec
        self._shape, data = load(path)
        self._session = OnnxSession(spec.card.name, data, device)
        self._noise: tuple[int, dict[str, NDArray[np.float32]]] | None = None
        self._last: tuple[dict[str, NDArray[Any]], Tensor] | None = None
        self._image = self._shape.image
        self._range = self._shape.range
        self._probe()

    @property
    def device(self) -> str:
        return self._session.device

    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """z (n, z_dim), class weights (n, K) → (n, num_ws, z_dim + K): every layer is the same latent and weights."""
        count = len(self.spec.classes)
        weights = np.eye(1, count, dtype=np.float32).repeat(len(z), 0) if classes is None or not count else classes
        heard = np.clip(np.concatenate((z, weights[:, :count]), 1), -LIMIT, LIMIT).astype(np.float32)
        return heard[:, None].repeat(self.spec.num_ws, 1)

    def mean(self, classes: Classes | None = None) -> Layers:
        """The middle of z, with the class weights as they are."""
        z = np.zeros((1, self.spec.z_dim), np.float32)
        centre: Layers = self.embed(z, None if classes is None else classes[None])[0]
        return centre

    def close(self) -> None:
        self._last = None
        self._session.close()

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        moment = latch()
        raw = self._raw(self._feed(moment))
        finite = bool(torch.isfinite(raw).all())
        chosen = int(max(-1e9, min(1e9, float(moment.native.get(RANGE, 0.0)))))
        drive, fold = knobs(moment.native)
        picture = squashed(
            centred(raw, RANGES[chosen] if 0 < chosen < len(RANGES) else self._range), "linear", drive, fold
        )
        picture = finish.fitted(picture, request.width, request.height)
        return FrameResult(finish.planes(picture).numpy(), finite)

    # -- what the graph hears -----------------------------------------------------------------------------------------

    def _feed(self, moment: Moment) -> dict[str, NDArray[Any]]:
        """Each input of the graph at this moment."""
        shape, native = self._shape, moment.native
        rows = np.clip(moment.layers, -LIMIT, LIMIT).astype(np.float32)
        feed: dict[str, NDArray[Any]] = {}
        place = 0
        heard = rows[:, : shape.z_dim].reshape(-1) if shape.per_layer else by_thirds(rows[:, : shape.z_dim])
        for slot in shape.latents:
            feed[slot.name] = _given(slot, heard[place : place + slot.width])
            place += slot.width
        if shape.classes is not None:
            feed[shape.classes.name] = _given(shape.classes, rows[:, shape.z_dim :].mean(0, dtype=np.float64))
        if shape.label is not None:
            label = int(float(native.get(LABEL, 0.0))) % shape.labels
            feed[shape.label.name] = _given(shape.label, np.array([label]))
        for number in shape.numbers:
            value = float(native.get(f"/gen/{number.address}", number.default))
            feed[number.slot.name] = _given(number.slot, np.array([value]))
        if shape.noise:
            strength = max(-LIMIT, min(LIMIT, float(native.get(NOISE, 1.0))))
            for slot in shape.noise:
                feed[slot.name] = _given(
                    slot, strength * self._noise_of(int(float(native.get(NOISE_SEED, 0.0))))[slot.name]
                )
        return feed

    def _noise_of(self, seed: int) -> dict[str, NDArray[np.float32]]:
        """Standard normal numbers for every noise input, the same for the same seed."""
        if self._noise is None or self._noise[0] != seed:
            random = np.random.default_rng(seed % 2**63)
            drawn = {s.name: random.standard_normal(s.width, np.float32) for s in self._shape.noise}
            self._noise = seed, drawn
        return self._noise[1]

    # -- what it makes ------------------------------------------------------------------------------------------------

    def _raw(self, feed: dict[str, NDArray[Any]]) -> Tensor:
        """The graph's picture (1, 3, H, W) in its own numbers; the last one again where nothing has changed."""
        if self._last is not None and all(np.array_equal(self._last[0][name], held) for name, held in feed.items()):
            return self._last[1]
        (made,) = self._session.run([self._image], feed)
        raw = pictured(made)
        if raw is None:
            raise OnnxError(f"{self.spec.card.name} made no picture, but numbers of the shape {made.shape}.")
        self._last = feed, raw
        return raw

    def _probe(self) -> None:
        """Try some places: which output is the picture, and what its numbers mean."""
        names = [self._image] if self._image else self._session.output_names
        low, high = math.inf, -math.inf
        for seed in range(_PROBES):
            z = np.random.default_rng(seed).standard_normal((1, self.spec.z_dim)).astype(np.float32)
            made = self._session.run(names, self._feed(Moment(self.embed(z)[0], {})), _PROBE_S)
            found = [(name, raw) for name, each in zip(names, made, strict=True) if (raw := pictured(each)) is not None]
            if not found:
                shapes = ", ".join(str(getattr(each, "shape", "none"))[:40] for each in made[:4])
                raise OnnxError(f"{self.spec.card.name} makes no picture: its outputs have the shapes {shapes}.")
            self._image, raw = found[0]
            names = [self._image]
            sound = raw[torch.isfinite(raw)]
            if sound.numel():
                low, high = min(low, float(sound.min())), max(high, float(sound.max()))
        self._range = self._range or range_of(low, high)


def load(path: Path) -> tuple[OnnxShape, bytes]:
    """What the graph in the file at ``path`` hears and makes, and the graph itself. Raises ContainerError or
    ModelFileError."""
    infos, metadata = read_header(path)
    try:
        shape = shape_from_json(header_of(path, metadata, KIND).get("config", {}))
    except (ValueError, TypeError, KeyError) as error:
        raise ModelFileError(f"{path.name} does not say what its graph hears: {error}.") from error
    if FILE not in infos:
        raise ModelFileError(f"{path.name} holds no graph.")
    return shape, read_tensor(path, infos[FILE]).tobytes()


def by_thirds(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """One latent (d,) of three (3, d): the first third of the first, the next of the second, the last of the third."""
    ends = [rows.shape[1] * n // 3 for n in range(4)]
    return np.concatenate([rows[n, ends[n] : ends[n + 1]] for n in range(3)])


def pictured(made: Any) -> Tensor | None:
    """What a graph made as one picture (1, 3, H, W) in float32, ``None`` where it is none: (N, C, H, W), (N, H, W, C)
    or without N, of one, three or four colours. Grey becomes three; transparency is left out."""
    if not isinstance(made, np.ndarray) or made.dtype.kind not in "fu" or made.ndim not in (3, 4) or not made.size:
        return None
    one = made[0] if made.ndim == 4 else made
    if one.shape[0] not in _COLOURS:
        if one.shape[2] not in _COLOURS:
            return None
        one = one.transpose(2, 0, 1)
    with np.errstate(over="ignore"):
        picture = torch.from_numpy(np.ascontiguousarray(one, np.float32))
    return (picture.expand(3, -1, -1) if len(picture) == 1 else picture[:3])[None]


def range_of(low: float, high: float) -> str:
    """What numbers between ``low`` and ``high`` are as a picture: one of RANGES."""
    if high > _BYTES and low > -high / 8.0:
        return "byte"
    return "signed" if low < _BELOW else "unit"


def centred(picture: Tensor, range_: str) -> Tensor:
    """A picture whose numbers are of ``range_``, with black at -1 and white at 1."""
    if range_ == "byte":
        return picture / 127.5 - 1.0
    return picture * 2.0 - 1.0 if range_ == "unit" else picture


def _given(slot: Slot, values: NDArray[Any]) -> NDArray[Any]:
    """``values`` for one picture in the shape and type that ``slot`` has, once for each picture that it insists on."""
    if slot.type == "bool":
        held = np.asarray(values) >= 0.5
    elif slot.type in ("int64", "int32"):
        most = 2**31 - 1
        held = np.clip(np.nan_to_num(np.asarray(values, np.float64)), -most, most).astype(slot.type)
    else:
        limit = _HALF_LIMIT if slot.type == "float16" else LIMIT
        held = np.clip(values, -limit, limit).astype(slot.type)
    return np.ascontiguousarray(np.broadcast_to(held.reshape(1, -1), (slot.batch, slot.width)).reshape(slot.shape))
