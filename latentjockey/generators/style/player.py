"""Plays a style-based model: a :class:`latentjockey.generators.protocol.Generator`. Used from one thread."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from torch import Tensor

from latentjockey.generators.style.blending import like
from latentjockey.generators.style.deep import DeepMapping
from latentjockey.generators.style.model_file import load
from latentjockey.generators.style.noise import NoiseMaps
from latentjockey.generators.style.playing import LIMIT, LayeredPlayer, Played
from latentjockey.generators.style.segments import cut
from latentjockey.models.spec import ModelSpec

__all__ = ["LIMIT", "StylePlayer"]


class StylePlayer(LayeredPlayer):
    """The model in the file at ``path``, which ``spec`` describes, on ``device`` or the best there is.

    Raises ContainerError or ModelFileError when the file cannot be played.
    """

    def __init__(self, path: Path, spec: ModelSpec, device: str | None = None) -> None:
        model = load(path)
        config, mapping, prior = model.net.config, model.net.mapping, model.prior

        def embed(u: Tensor, c: Tensor | None) -> Tensor:
            w: Tensor = mapping(prior(u, c), c)
            return w

        played = Played(
            path=path,
            classes=config.classes,
            bands=config.bands,
            embed=embed,
            w_avg=mapping.w_avg if isinstance(mapping, DeepMapping) else None,
            synthesis=model.net.synthesis,
            cut=cut,
            maps=NoiseMaps,
            other=partial(like, config, path),
        )
        super().__init__(played, spec, device)
