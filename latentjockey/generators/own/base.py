"""What a generator that its player wrote is made of: the class that its ``generator.py`` extends. Engine process.

Only ``synthesize`` has to be written. Tensors come and go on ``self.device``, in float32, and nothing is remembered for
gradients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import torch
from torch import Tensor, nn

from latentjockey.models.spec import ModelSpec

Net = TypeVar("Net", bound=nn.Module)


class OwnGenerator:
    """``tensors`` are those of all safetensors files of the folder, by name; ``spec`` is what ``model.json`` says."""

    def __init__(self, spec: ModelSpec, tensors: Mapping[str, Tensor], device: torch.device) -> None:
        self.spec = spec
        self.tensors = tensors
        self.device = device
        self.setup()

    def setup(self) -> None:
        """Make what the pictures need, once. May take a while."""

    def ready(self, net: Net) -> Net:
        """``net`` filled with ``tensors``, which are all of its own by name and shape, on the device, for playing.

        Raises RuntimeError as torch does where they are not.
        """
        net.load_state_dict(dict(self.tensors))
        return net.to(self.device).eval().requires_grad_(False)

    def embed(self, z: Tensor, classes: Tensor) -> Tensor:
        """z (n, z_dim) and class weights (n, K), of any sign and sum → layer latents (n, num_ws, w_dim).

        Unless it is written anew: every layer hears z, and the class weights behind it where there are any.
        """
        return torch.cat((z, classes), 1)[:, None].repeat(1, self.spec.num_ws, 1)

    def mean(self, classes: Tensor) -> Tensor:
        """The middle of the space for class weights (K,), as layer latents (num_ws, w_dim); that of z = 0 unless it is
        written anew."""
        return self.embed(torch.zeros(1, self.spec.z_dim, device=self.device), classes[None])[0]

    def synthesize(self, layers: Tensor, controls: Mapping[str, float], size: tuple[int, int]) -> Tensor:
        """Layer latents (num_ws, w_dim) → a picture (3, H, W) or (1, H, W), black at -1 and white at 1, of any size.

        ``controls`` are the values of its own controls, by name, each any finite number; ``size`` is the width and
        height that are wanted. A picture of another size is fitted.
        """
        raise NotImplementedError("synthesize is not written")
