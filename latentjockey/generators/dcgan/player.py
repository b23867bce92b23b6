"""Plays a DCGAN-like model: a :class:`latentjockey.generators.protocol.Generator`. Used from one thread.

In float32 everywhere: such networks are small, and positions far out overflow half precision.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.base.clock import now_ns
from latentjockey.generators.breaks import Rack
from latentjockey.generators.dcgan.network import DcganNet, paths_of
from latentjockey.generators.hands import Hands
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers
from latentjockey.generators.squash import knobs, squashed
from latentjockey.generators.style import finish
from latentjockey.generators.style.model_file import network_in
from latentjockey.generators.style.playing import best_device
from latentjockey.models.dcgan_shape import shape_from_json
from latentjockey.models.dcgan_spec import KIND
from latentjockey.models.spec import ModelSpec

LIMIT = 1e6
"""Latents reach so far; beyond, float32 sums would not stay finite, and no picture differs any more."""


class DcganPlayer:
    """The model in the file at ``path``, which ``spec`` describes, on ``device`` or the best there is.

    Raises ContainerError or ModelFileError when the file cannot be played.
    """

    def __init__(self, path: Path, spec: ModelSpec, device: str | None = None) -> None:
        self.spec = spec
        self._net = load(path)
        self._device = torch.device(device) if device else best_device()
        self._net.to(self._device)
        self._net.prepare()
        self._rack = Rack(spec.bands, spec.num_ws - 1)
        self._hands = Hands(self._device.type == "cpu")

    @property
    def device(self) -> str:
        if self._device.type == "cuda":
            return f"{self._device} {torch.cuda.get_device_name(self._device)}, float32"
        threads = f", {self._hands}" if self._device.type == "cpu" else ""
        return f"{self._device}{threads}, float32"

    @torch.inference_mode()
    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """z (n, z_dim), class weights (n, K) → (n, num_ws, w_dim): every stage hears the same latent."""
        u = torch.from_numpy(np.clip(z, -LIMIT, LIMIT).astype(np.float32)).to(self._device)
        heard = self._net.hear(u, self._weights(len(u), classes)).clamp(-LIMIT, LIMIT)
        layers: Layers = heard[:, None].repeat(1, self.spec.num_ws, 1).cpu().numpy()
        return layers

    def mean(self, classes: Classes | None = None) -> Layers:
        """The middle of z, with the class weights as they are."""
        z = np.zeros((1, self.spec.z_dim), np.float32)
        centre: Layers = self.embed(z, None if classes is None else classes[None])[0]
        return centre

    def close(self) -> None:
        self._rack.clear()

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        with self._hands:
            return self._frame(request, latch)

    def _frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        moment = latch()
        paths = paths_of(torch.from_numpy(np.clip(moment.layers, -LIMIT, LIMIT).astype(np.float32)))
        drive, fold = knobs(moment.native)
        self._rack.begin(moment.breaks, moment.time, keep=not request.draft)
        tap = self._rack.tap if self._rack.active else None
        start = now_ns()
        picture = self._net.play(paths.to(self._device), tap)
        if tap is None and len(paths.rows) == 1:
            self._hands.took((now_ns() - start) * 1e-9)
        finite = bool(torch.isfinite(picture).all())
        picture = squashed(picture, self._net.shape.output, drive, fold)
        picture = finish.fitted(picture, request.width, request.height)
        if self._device.type == "cpu":
            return FrameResult(finish.planes(picture).numpy(), finite)
        return FrameResult(finish.packed(picture).cpu().numpy(), finite, planar=False)

    def _weights(self, n: int, classes: Classes | None) -> Tensor | None:
        count = len(self.spec.classes)
        if not count:
            return None
        if classes is None:
            return torch.eye(1, count, device=self._device).repeat(n, 1)
        return torch.from_numpy(np.clip(classes, -LIMIT, LIMIT).astype(np.float32)).to(self._device)


def load(path: Path) -> DcganNet:
    """The network in the file at ``path``, on the CPU. Raises ContainerError or ModelFileError."""
    return network_in(path, KIND, lambda config: DcganNet(shape_from_json(config)), lambda net: net.state_dict())
