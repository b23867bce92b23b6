"""The layers of a style-based synthesis: modulated convolution, doubling with a filter, noise. Pure modules.

Method: Karras et al., "Analyzing and Improving the Image Quality of StyleGAN" (2020), section 2.2. There each sample's
style scales the *weights* and is demodulated; here the same product is taken by scaling what goes into and what comes
out of one constant convolution (equation 1 and 3 rearranged), which is equal but for rounding: the weight can be
packed once, serves a batch of different styles, and never overflows half precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

Tap = Callable[[Tensor, int], Tensor]
"""Called with the activations (n, C, H, W) of a layer and the index of its w; gives those to go on with."""

SLOPE, GAIN = 0.2, math.sqrt(2.0)
_EPSILON = 1e-8


def drawn(*shape: int, std: float = 1.0) -> Tensor:
    """Normal numbers with this ``std``. Where only shapes are wanted (``torch.device("meta")``) nothing is computed:
    for sums of shapes torch loads its compiler, which takes longer than reading a model."""
    made = torch.empty(shape)
    return made if made.is_meta else made.normal_().mul_(std)


def filter_taps(resample: Sequence[float]) -> Tensor:
    """The taps (k,) of the separable filter, of sum 2: doubling by zeros leaves half the light in each direction."""
    whole = math.fsum(resample)
    return torch.tensor([2.0 * tap / whole for tap in resample], dtype=torch.float32)


def blurred(x: Tensor, taps: Tensor, before: int, after: int) -> Tensor:
    """x (n, C, H, W) filtered by ``taps`` (k,) along both axes, with so many rows and columns of zeros around it: by
    columns, then by rows, which on CPUs is up to eight times as fast as by the square of the taps."""
    channels, k = x.shape[1], taps.shape[0]
    if before != after:
        x, before = F.pad(x, (before, after, before, after)), 0
    row = taps.to(x.dtype).view(1, 1, 1, k).expand(channels, 1, 1, k)
    x = F.conv2d(x, row, padding=(0, before), groups=channels)
    return F.conv2d(x, row.transpose(2, 3), padding=(before, 0), groups=channels)


class Doubling(nn.Module):
    """Twice the width and height: (n, C, H, W) → (n, C, 2H, 2W), zeros between the pixels and the filter over them."""

    taps: Tensor

    def __init__(self, resample: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("taps", filter_taps(resample), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        channels, k = x.shape[1], self.taps.shape[0]
        taps = self.taps.to(x.dtype)
        weight = (taps[:, None] * taps[None, :]).expand(channels, 1, k, k)
        full = F.conv_transpose2d(x, weight, stride=2, groups=channels)
        before = max(k // 2 - 1, 0)  # of the k - 2 rows too many, as many before as after, or one fewer
        return full[:, :, before : before + 2 * x.shape[2], before : before + 2 * x.shape[3]]


class ModulatedConv(nn.Module):
    """A convolution whose input channels are scaled by a style: (n, in, H, W), w (n, w_dim) → (n, out, H, W), or
    doubled in size with ``resample``. ``demodulate`` divides each output channel by the norm of its scaled weight."""

    taps: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        w_dim: int,
        kernel: int = 3,
        *,
        resample: Sequence[float] | None = None,
        demodulate: bool = True,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(
            drawn(outputs, inputs, kernel, kernel, std=1.0 / math.sqrt(inputs * kernel * kernel))
        )
        self.affine = nn.Linear(w_dim, inputs)
        self.affine.weight = nn.Parameter(drawn(inputs, w_dim, std=1.0 / math.sqrt(w_dim)))
        nn.init.ones_(self.affine.bias)
        self.demodulate = demodulate
        self.doubles = resample is not None
        self.register_buffer("taps", filter_taps(resample or (1.0,)), persistent=False)

    def scales(self, w: Tensor) -> tuple[Tensor, Tensor | None]:
        """What the inputs (n, in) and the outputs (n, out) are multiplied with, in float32."""
        style = F.linear(w.float(), self.affine.weight.float(), self.affine.bias.float())
        if not self.demodulate:
            return style, None
        style = style * torch.rsqrt(style.square().mean(1, keepdim=True) + _EPSILON)  # cancels, but keeps half in range
        power = self.weight.float().square().sum((2, 3))
        return style, torch.rsqrt(style.square() @ power.t() + _EPSILON)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        style, norm = self.scales(w)
        x = x * style.to(x.dtype)[:, :, None, None]
        weight = self.weight.to(x.dtype)
        if self.doubles:
            spare = self.taps.shape[0] - 2  # a transposed 3×3 gives 2H + 1, the filter takes k - 1, 2H are wanted
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = blurred(x, self.taps, (spare + 1) // 2, spare // 2)
        else:
            x = F.conv2d(x, weight, padding=weight.shape[2] // 2)
        return x if norm is None else x * norm.to(x.dtype)[:, :, None, None]


class StyleLayer(nn.Module):
    """A modulated 3×3 convolution with noise, bias and leaky rectifier, at ``resolution`` px. What leaves it is within
    ±``clamp``, where that is not 0."""

    noise: Tensor

    def __init__(
        self,
        inputs: int,
        outputs: int,
        w_dim: int,
        resolution: int,
        *,
        resample: Sequence[float] | None = None,
        noise: bool = True,
        clamp: float = 0.0,
    ) -> None:
        super().__init__()
        self.conv = ModulatedConv(inputs, outputs, w_dim, resample=resample)
        self.clamp = clamp
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.strength: nn.Parameter | None = nn.Parameter(torch.zeros(())) if noise else None
        if noise:
            self.register_buffer("noise", drawn(resolution, resolution))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor | None, gain: float = 1.0) -> Tensor:
        """``noise`` (H, W) or (n, 1, H, W) is multiplied with the learned strength; ``None`` is silence."""
        x = self.conv(x, w)
        if noise is not None and self.strength is not None:
            x = x + (noise.float() * self.strength.float()).to(x.dtype)
        x = F.leaky_relu(x + self.bias.to(x.dtype)[:, None, None], SLOPE) * (GAIN * gain)
        return x.clamp(-self.clamp * gain, self.clamp * gain) if self.clamp else x


class ToRGB(nn.Module):
    """The picture (n, 3, H, W) that a layer's activations show under a style: linear but for a ``clamp``,
    not demodulated."""

    def __init__(self, inputs: int, w_dim: int, clamp: float = 0.0) -> None:
        super().__init__()
        self.clamp = clamp
        self.conv = ModulatedConv(inputs, 3, w_dim, 1, demodulate=False)
        self.bias = nn.Parameter(torch.zeros(3))

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        rgb: Tensor = self.conv(x, w)
        rgb = rgb + self.bias.to(x.dtype)[:, None, None]
        return rgb.clamp(-self.clamp, self.clamp) if self.clamp else rgb
