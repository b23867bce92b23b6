"""Plays a style-based model: a :class:`latentjockey.generators.protocol.Generator`. Used from one thread."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers
from latentjockey.generators.style.eager import EagerRunner
from latentjockey.generators.style.model_file import load
from latentjockey.models.spec import ModelSpec

LIMIT = 1e6
"""Latents reach so far; beyond, float32 sums would not stay finite, and no picture differs any more."""
_LOUDEST = 1.2
_KEPT_NOISE = 4


class StylePlayer:
    """The model in the file at ``path``, which ``spec`` describes, on ``device`` or the best there is.

    Raises ContainerError or ModelFileError when the file cannot be played.
    """

    def __init__(self, path: Path, spec: ModelSpec, device: str | None = None) -> None:
        model = load(path)
        self.spec = spec
        self._device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._prior = model.prior
        self._mapping = model.net.mapping
        self._config = model.net.config
        self._synthesis = model.net.synthesis.to(self._device)
        self._synthesis.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._runner = EagerRunner(self._synthesis)
        self._noise: dict[int, list[Tensor]] = {}

    @property
    def device(self) -> str:
        if self._device.type == "cuda":
            return f"{self._device} {torch.cuda.get_device_name(self._device)}"
        return f"cpu, {torch.get_num_threads()} threads" if self._device.type == "cpu" else str(self._device)

    @torch.inference_mode()
    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """z (n, z_dim), class weights (n, K) → (n, num_ws, w_dim): every layer hears the same w."""
        u = torch.from_numpy(np.clip(z, -LIMIT, LIMIT).astype(np.float32))
        c = self._weights(len(u), classes)
        w = self._mapping(self._prior(u, c), c).clamp(-LIMIT, LIMIT)
        layers: Layers = w[:, None].repeat(1, self.spec.num_ws, 1).numpy()
        return layers

    def mean(self, classes: Classes | None = None) -> Layers:
        """The w of the middle of the classes' latents."""
        z = np.zeros((1, self.spec.z_dim), np.float32)
        return self.embed(z, None if classes is None else classes[None])[0]

    def close(self) -> None:
        self._runner.forget()
        self._noise.clear()

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        moment = latch()
        ws = torch.from_numpy(np.clip(moment.layers, -LIMIT, LIMIT)[None]).to(self._device)
        strength, seed = _number(moment.native, "noise", 1.0), int(_number(moment.native, "noise_seed", 0.0))
        maps = self._maps(seed, strength)
        picture = self._runner.run(ws, maps, (seed, strength))
        finite = bool(torch.isfinite(picture).all())
        picture = _held(picture, _number(moment.native, "limit", 1.0), _number(moment.native, "fold", 0.0))
        return self._result(_fitted(picture, request.width, request.height), finite)

    def _weights(self, n: int, classes: Classes | None) -> Tensor | None:
        k = self._config.classes
        if not k:
            return None
        if classes is None:
            return F.one_hot(torch.zeros(n, dtype=torch.long), k).float()
        return torch.from_numpy(np.clip(classes, -LIMIT, LIMIT).astype(np.float32))

    def _maps(self, seed: int, strength: float) -> list[Tensor | None]:
        """The noise of each layer: at seed 0 the one it learned with, otherwise drawn; times ``strength``."""
        learned = self._synthesis.noise_maps("const", 1)
        maps: list[Tensor | None] = learned if seed == 0 else list(self._drawn(seed, learned))
        return maps if strength == 1.0 else [None if m is None else m * strength for m in maps]

    def _drawn(self, seed: int, learned: list[Tensor | None]) -> list[Tensor]:
        found = self._noise.pop(seed, None)
        if found is None:
            source = torch.Generator().manual_seed(seed)
            found = [torch.randn(m.shape, generator=source).to(m) for m in learned if m is not None]
        self._noise[seed] = found  # those used last stand last
        if len(self._noise) > _KEPT_NOISE:
            del self._noise[next(iter(self._noise))]
        return found

    def _result(self, picture: Tensor, finite: bool) -> FrameResult:
        bytes_ = ((picture[0] + 1.0) * 127.5).round_().clamp_(0.0, 255.0).to(torch.uint8)
        if self._device.type == "cpu":
            return FrameResult(bytes_.contiguous().numpy(), finite)
        opaque = torch.full_like(bytes_[:1], 255)
        packed = torch.cat((bytes_, opaque)).permute(1, 2, 0).contiguous()
        return FrameResult(packed.cpu().numpy(), finite, planar=False)


def _held(picture: Tensor, limit: float, fold: float) -> Tensor:
    """A picture far out, brought back into sight: ``limit`` is how much of its loudness beyond 1.2 (root mean square)
    is taken away, ``fold`` how much of what lies beyond black and white comes back mirrored instead of cut."""
    if limit:
        loud = float(picture.square().mean().sqrt())
        if math.isfinite(loud) and loud > _LOUDEST:
            picture = picture * (1.0 + limit * (_LOUDEST / loud - 1.0))
    if fold:
        mirrored = ((picture - 1.0).remainder(4.0) - 2.0).abs() - 1.0
        picture = picture.clamp(-1.0, 1.0).lerp(mirrored, fold)
    return picture


def _fitted(picture: Tensor, width: int, height: int) -> Tensor:
    """The whole picture as large as fits, black beside it."""
    side = min(width, height)
    if picture.shape[-1] != side:
        smaller = side < picture.shape[-1]
        picture = F.interpolate(picture, (side, side), mode="area" if smaller else "bicubic")
    if width != height:
        left, top = (width - side) // 2, (height - side) // 2
        picture = F.pad(picture, (left, width - side - left, top, height - side - top), value=-1.0)
    return picture


def _number(native: Mapping[str, float | NDArray[np.float32]], name: str, default: float) -> float:
    """A control's number, within what float32 sums bear."""
    return max(-LIMIT, min(LIMIT, float(native.get(f"/gen/{name}", default))))
