"""A latent diffusion of classes as a source of many pictures at once, as they play at the default controls. One thread,
on the CPU. For an evaluation it is what :class:`latentjockey.training.maker.Maker` is for a style model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.base.diagnostics import StageError
from latentjockey.generators.diffusion.networks import Mixed
from latentjockey.generators.diffusion.parts import network
from latentjockey.generators.diffusion.sampling import fresh_run, sampled
from latentjockey.generators.diffusion.schedule import Schedules
from latentjockey.generators.style import finish
from latentjockey.models.card import ModelCard
from latentjockey.models.diffusion_folder import read_folder
from latentjockey.models.diffusion_spec import CLASS, diffusion_spec
from latentjockey.training.gallery import Gallery, Pixels

_AT_ONCE = 16


class LatentMaker:
    """Pictures of the model in ``folder``, in as many steps as it is played in, or ``steps``. A place w (n, z_dim + K)
    is its noise, then its class weights. Raises StageError for models of another kind, or that cannot be played."""

    def __init__(self, folder: Path, steps: int = 0) -> None:
        spec, shape = diffusion_spec(folder, folder.name)
        if shape.family != CLASS or shape.reduced:
            raise StageError(f"{folder.name} is {shape.family}: of diffusion models those of classes can be judged.")
        held, device = read_folder(folder), torch.device("cpu")
        self._net: Any = network(folder, held.parts["transformer"], device, torch.float32)
        self._vae: Any = network(folder, held.parts["vae"], device, torch.float32)
        scheduler = held.parts["scheduler"]
        self._schedules = Schedules(scheduler.cls, scheduler.config)
        blocks: Any = self._net.transformer_blocks
        for block in blocks:
            block.norm1.emb.class_embedder = Mixed(block.norm1.emb.class_embedder.embedding_table.weight)
        self._noise, self._z_dim = shape.noise, spec.z_dim
        self._steps, self._cfg = steps or shape.steps, shape.cfg
        self.card: ModelCard = spec.card
        self.names, self.size = spec.classes, spec.size[0]
        self.classes, self.hears_classes = len(spec.classes), True

    def w(self, u: Tensor, c: Tensor) -> Tensor:
        """Noise u (n, z_dim) with class weights c (n, K) → places (n, z_dim + K)."""
        return torch.cat([u, c], 1)

    @torch.no_grad()
    def of_w(self, w: Tensor, told: Callable[[int, int], None] = lambda done, of: None) -> Pixels:
        """Places (n, z_dim + K) → pictures uint8 (n, 3, s, s)."""
        found: list[NDArray[np.uint8]] = []
        for part in torch.split(w, _AT_ONCE):
            noise, weights = part[:, : self._z_dim].reshape(-1, *self._noise), part[:, self._z_dim :]
            x = self._latents(noise, weights)
            config = self._vae.config
            made = self._vae.decode(x / float(config.scaling_factor) + float(config.shift_factor)).sample.float()
            found += [finish.planes(finish.held(picture[None], 1.0, 0.0)).numpy() for picture in made]
            told(len(found), len(w))
        return np.stack(found)

    def between(self, ends: Tensor, share: Tensor) -> Tensor:
        """Places on the way from the first of ``ends`` (2, z_dim + K) to the second at ``share`` (m, 1): noise turns,
        so that it stays as loud, and class weights go straight."""
        a, b = ends[:1, : self._z_dim], ends[1:, : self._z_dim]
        angle = torch.arccos(F.cosine_similarity(a, b)).clamp_min(1e-4)
        noise = (torch.sin((1.0 - share) * angle) * a + torch.sin(share * angle) * b) / torch.sin(angle)
        return self.w(noise, torch.lerp(ends[:1, self._z_dim :], ends[1:, self._z_dim :], share))

    def make(self, u: Tensor, c: Tensor) -> Pixels:
        """Noise u (n, z_dim) with class weights c (n, K) → pictures uint8 (n, 3, s, s)."""
        return self.of_w(self.w(u, c))

    def samples(self, n: int, seed: int, told: Callable[[int, int], None] = lambda done, of: None) -> Gallery:
        """``n`` pictures at random places, classes in turns; none is chosen."""
        labels = torch.arange(n) % self.classes
        return Gallery(self.of_w(self.w(self.places(n, seed), self.weights(labels)), told), labels.numpy())

    def places(self, n: int, seed: int) -> Tensor:
        """Random noise u (n, z_dim)."""
        return torch.randn(n, self._z_dim, generator=torch.Generator().manual_seed(seed))

    def weights(self, labels: Tensor | NDArray[np.int64]) -> Tensor:
        """Class weights (n, K) of one class each."""
        return F.one_hot(torch.as_tensor(labels), self.classes).float()

    def _latents(self, noise: Tensor, weights: Tensor) -> Tensor:
        """What unit noise (n, C, h, w) becomes, with class weights (n, K); no step draws any anew."""
        predict, none = self._predicting(weights), torch.zeros_like(noise)
        run = fresh_run(noise, self._schedules.at(self._steps))
        return sampled(run, self._schedules, lambda _: predict, lambda _: none, eta=0.0, jumps=False)

    def _predicting(self, weights: Tensor) -> Callable[[Tensor, float], Tensor]:
        """What is predicted of noisy latents of these class weights (n, K), led as the model is played."""
        n, cfg = len(weights), self._cfg
        none = F.one_hot(torch.full((n,), self.classes), self.classes + 1).float()
        rows = weights if cfg == 1.0 else torch.cat([F.pad(weights, (0, 1)), none])

        def predict(heard: Tensor, time: float) -> Tensor:
            both = heard if cfg == 1.0 else heard.repeat(2, 1, 1, 1)
            times = torch.full((len(both),), time)
            made: Tensor = self._net(both, timestep=times, class_labels=rows, return_dict=False)[0]
            if cfg == 1.0:
                return made
            with_, without = made.chunk(2)
            return without + cfg * (with_ - without)

        return predict
