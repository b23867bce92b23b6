"""The layers of a StyleGAN3 synthesis: Fourier features in a plane, modulated convolution, filtered rectifier. Pure.

Method: Karras et al., "Alias-Free Generative Adversarial Networks" (2021), section 3 and appendices C to F: the
features are waves with learned frequencies, turned and moved by w and by hand; each rectifier stands between a filter
that samples up and one that samples down, so that what it makes of the signal stays below the new Nyquist limit.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812 - as everybody calls it
from torch import Tensor, nn

from latentjockey.generators.style.layers import GAIN, SLOPE, ModulatedConv
from latentjockey.models.stylegan3_shape import InputShape, LayerShape

_BY_MATRIX_UP_TO = 128
"""Pixels a side up to which a product with a matrix samples up faster than a transposed convolution, on CPUs. Other
devices are made for such products, and have slow transposed convolutions of single channels."""
_LEAST = 1e-12


class FourierInput(nn.Module):
    """w (n, w_dim), the plane's place (3, 3) → waves (n, C, S, S), in float32."""

    transform: Tensor

    def __init__(self, shape: InputShape, w_dim: int) -> None:
        super().__init__()
        self.shape = shape
        c = shape.channels
        self.weight = nn.Parameter(torch.randn(c, c) / math.sqrt(c))
        self.affine = nn.Linear(w_dim, 4)
        nn.init.zeros_(self.affine.weight)
        with torch.no_grad():
            self.affine.bias.copy_(torch.tensor((1.0, 0.0, 0.0, 0.0)))
        far = torch.randn(c, 2)
        radii = far.norm(dim=1, keepdim=True)
        self.freqs = nn.Parameter(far / (radii * radii.square().exp().pow(0.25)) * shape.bandwidth)
        self.phases = nn.Parameter(torch.rand(c) - 0.5)
        self.register_buffer("transform", torch.eye(3))

    def forward(self, w: Tensor, place: Tensor | None = None) -> Tensor:
        """``place`` says where in the untouched picture each point of the new one is found: (x, y, 1) to (x, y, 1), the
        picture reaching from -0.5 to 0.5 rightwards and downwards."""
        theirs = self.transform if place is None else self.transform @ place
        transform = self._learned(w) @ theirs
        phases = self.phases + (self.freqs @ transform[:, :2, 2:]).squeeze(2)
        freqs = self.freqs @ transform[:, :2, :2]
        # Waves that became too fine for the pixels fade, as they would in a camera.
        room = self.shape.rate / 2.0 - self.shape.bandwidth
        heard = (1.0 - (freqs.norm(dim=2) - self.shape.bandwidth) / room).clamp(0.0, 1.0)
        side, half = self.shape.size, 0.5 * self.shape.size / self.shape.rate
        along = (torch.arange(side, device=w.device, dtype=torch.float32) * 2.0 + 1.0 - side) / side * half
        phase = along[None, :, None, None] * freqs[:, None, None, :, 1]
        phase = phase + along[None, None, :, None] * freqs[:, None, None, :, 0] + phases[:, None, None, :]
        waves = torch.sin(phase * (2.0 * math.pi)) * heard[:, None, None, :]
        features: Tensor = waves @ self.weight.t()
        return features.permute(0, 3, 1, 2)

    def _learned(self, w: Tensor) -> Tensor:
        """How w turns and moves the plane, as the inverse of what is seen: (n, 3, 3)."""
        t = self.affine(w)
        t = t / t[:, :2].norm(dim=1, keepdim=True).clamp_min(_LEAST)
        c, s, x, y = t.unbind(1)
        one, zero = torch.ones_like(c), torch.zeros_like(c)
        turn = torch.stack((c, -s, zero, s, c, zero, zero, zero, one), 1).view(-1, 3, 3)
        move = torch.stack((one, zero, -x, zero, one, -y, zero, zero, one), 1).view(-1, 3, 3)
        return turn @ move


class FilteredLayer(nn.Module):
    """x (n, in, S, S), w (n, w_dim) → (n, out, S', S'). ``gain`` brings what comes in to the loudness that the network
    saw when it learned; what leaves the rectifier lies within ±``clamp``, where that is not 0."""

    up: Tensor
    down: Tensor

    def __init__(self, shape: LayerShape, w_dim: int, clamp: float) -> None:
        super().__init__()
        self.shape, self.clamp = shape, clamp
        self.conv = ModulatedConv(shape.inputs, shape.outputs, w_dim, shape.kernel, demodulate=not shape.last)
        self.bias = nn.Parameter(torch.zeros(shape.outputs))
        self.gain = nn.Parameter(torch.ones(()))
        if shape.up_taps > 1:
            self.register_buffer("up", torch.full((shape.up_taps,), 1.0 / shape.up_taps))
        if shape.down_taps > 1:
            taps = torch.ones(shape.down_shape)
            self.register_buffer("down", taps / taps.sum())

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        s = self.shape
        style, norm = self.conv.scales(w)
        x = x * style.to(x.dtype)[:, :, None, None]
        x = F.conv2d(x, self.conv.weight.to(x.dtype), padding=s.kernel - 1)
        loud = self.gain.float() if norm is None else (norm * self.gain.float())[:, :, None, None]
        x = x * loud.to(x.dtype) + self.bias.to(x.dtype)[:, None, None]
        if s.up_taps > 1:
            # The rectifier bends at 0 only, so that its gain may be the filter's; here the maps are largest.
            x = sampled_up(x, self.up * math.sqrt(GAIN), s.up, s.before, s.after)
        else:
            x = _edged(x, s.before, s.after) * (1.0 if s.last else GAIN)
        if not s.last:
            x = F.leaky_relu_(x, SLOPE)
        if self.clamp:
            x = x.clamp_(-self.clamp, self.clamp)
        return sampled_down(x, self.down, s.down) if s.down_taps > 1 else x


def sampled_up(x: Tensor, taps: Tensor, factor: int, before: int, after: int) -> Tensor:
    """x (n, C, H, W) with ``factor`` - 1 zeros after each pixel and so many zeros (below 0: fewer pixels) around it,
    filtered along both axes by ``taps`` (k,), as loud as before."""
    height, width = x.shape[2:]
    taps = taps.float() * factor
    if x.device.type != "cpu" or max(height, width) <= _BY_MATRIX_UP_TO:
        rows, columns = (_spread(n, taps, factor, before, after).to(x.dtype) for n in (height, width))
        return rows @ (x @ columns.t())
    channels, k = x.shape[1], taps.shape[0]
    x = x.contiguous(memory_format=torch.channels_last)  # twice as fast as planes
    row = taps.to(x.dtype).view(1, 1, 1, k).expand(channels, 1, 1, k)
    x = F.conv_transpose2d(x, row, stride=(1, factor), groups=channels)
    x = F.conv_transpose2d(x, row.transpose(2, 3), stride=(factor, 1), groups=channels)
    return _edged(x, before - k + 1, after - k + factor)


def _spread(n: int, taps: Tensor, factor: int, before: int, after: int) -> Tensor:
    """The matrix (m, n) that does the same to ``n`` numbers."""
    k = taps.shape[0]
    full = F.conv_transpose1d(torch.eye(n, device=taps.device)[:, None], taps.view(1, 1, k), stride=factor)
    return F.pad(full[:, 0], (before - k + 1, after - k + factor)).t()


def sampled_down(x: Tensor, taps: Tensor, factor: int) -> Tensor:
    """x (n, C, H, W) filtered by ``taps``, (k,) along both axes or (k, k), without edges; each ``factor``-th pixel."""
    channels, k = x.shape[1], taps.shape[-1]
    taps = taps.to(x.dtype).flip(tuple(range(taps.dim())))
    if taps.dim() == 2:
        return F.conv2d(x, taps.view(1, 1, k, k).expand(channels, 1, k, k), stride=factor, groups=channels)
    row = taps.view(1, 1, 1, k).expand(channels, 1, 1, k)
    x = F.conv2d(x, row, stride=(1, factor), groups=channels)
    return F.conv2d(x, row.transpose(2, 3), stride=(factor, 1), groups=channels)


def _edged(x: Tensor, before: int, after: int) -> Tensor:
    """x (n, C, H, W) with so many rows and columns of zeros before and after, below 0 with fewer of its own."""
    return F.pad(x, (before, after, before, after)) if before or after else x
