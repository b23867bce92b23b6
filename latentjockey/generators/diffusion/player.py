"""Plays a diffusion model: a :class:`latentjockey.generators.protocol.Generator`. Engine process, used from one thread.

The noise of a picture is its position, and is held: where nothing moves, every picture is the same, and is not even
made again. What the hand says of prompts, classes and guidance is read anew before each step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.control.prompts import NEGATIVE, PROMPTS, prompt_address
from latentjockey.generators.beginning import Beginning
from latentjockey.generators.diffusion.beginning import Beginnings, begun, blended, left
from latentjockey.generators.diffusion.networks import ClassNet, Network, PixelNet, TextNet, Wanted
from latentjockey.generators.diffusion.noise import layers_of, noise_between, noise_of
from latentjockey.generators.diffusion.parts import DiffusionError, network, number_format
from latentjockey.generators.diffusion.prompts import Prompts
from latentjockey.generators.diffusion.sampling import Denoise, sampled
from latentjockey.generators.diffusion.schedule import Schedule, Schedules
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers, Moment
from latentjockey.generators.squash import knobs, squashed
from latentjockey.generators.style import finish
from latentjockey.generators.style.playing import best_device
from latentjockey.models.diffusion_folder import TASTER, DiffusionFolder, read_folder
from latentjockey.models.diffusion_spec import (
    AUTOENCODER,
    CFG,
    CLASS,
    DECODER,
    END,
    ETA,
    GRAIN,
    MOST_STEPS,
    START,
    STEPS,
    TEXT,
    WORDS,
    diffusion_spec,
)
from latentjockey.models.spec import ModelSpec

LIMIT = 1e6
"""Numbers of controls and weights reach so far; beyond, float32 sums would not stay finite."""
_KEPT_NOISE = MOST_STEPS


@dataclass(frozen=True, slots=True)
class _Asked:
    """All that a picture depends on, but for its size and how it is driven."""

    position: bytes
    grain: int
    steps: int
    eta: float
    start: float
    end: float
    decoder: int
    wanted: Wanted
    begins: tuple[object, float] | None = None


class DiffusionPlayer:
    """The model in ``folder``, which ``spec`` describes, on ``device`` or the best there is.

    Raises StageError, in one sentence, when it cannot be played.
    """

    def __init__(self, folder: Path, spec: ModelSpec, device: str | None = None) -> None:
        self.spec, self._shape = diffusion_spec(folder, spec.name)
        held = read_folder(folder)
        self._device = torch.device(device) if device else best_device()
        self._dtype = number_format(self._device)
        self._schedules = None if self._shape.family == AUTOENCODER else _schedules(folder, held)
        self._net, self.prompts = self._network(folder, held)
        vaes = self._vaes(folder, held)
        self._decoders = tuple(_decode(vae) for vae in vaes)
        self.beginnings = Beginnings(self._shape.noise, self._shape.scale, vaes, self._device)
        self._noise: tuple[tuple[bytes, int], Tensor] | None = None
        self._between: dict[tuple[int, int], Tensor] = {}
        self._last: tuple[_Asked | None, Tensor] | None = None

    @property
    def device(self) -> str:
        format_ = str(self._dtype).removeprefix("torch.")
        if self._device.type == "cuda":
            return f"{self._device} {torch.cuda.get_device_name(self._device)}, {format_}"
        threads = f", {torch.get_num_threads()} threads" if self._device.type == "cpu" else ""
        return f"{self._device}{threads}, {format_}"

    @property
    def asked(self) -> int:
        """How often the network was asked since the model was loaded."""
        return 0 if self._net is None else self._net.calls

    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """z (n, z_dim), weights of classes or prompts (n, K) → (n, 3, band + K)."""
        count = len(self.spec.classes)
        weights = np.eye(1, count, dtype=np.float32).repeat(len(z), 0) if classes is None else classes[:, :count]
        return layers_of(self._shape, z, weights.astype(np.float32))

    def mean(self, classes: Classes | None = None) -> Layers:
        """No noise at all, with the weights as they are."""
        z = np.zeros((1, self.spec.z_dim), np.float32)
        centre: Layers = self.embed(z, None if classes is None else classes[None])[0]
        return centre

    def close(self) -> None:
        self._last = self._noise = self._net = self.prompts = None
        self._decoders, self._between = (), {}

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        moment = latch()
        asked = self._asked(moment)
        if self._last is None or self._last[0] != asked:
            self._last = self._drawn(asked, moment, latch)
        raw = self._last[1]
        finite = bool(torch.isfinite(raw).all())
        picture = squashed(raw, "linear", *knobs(moment.native))
        picture = finish.fitted(picture, request.width, request.height)
        if picture.device.type == "cpu":
            return FrameResult(finish.planes(picture).numpy(), finite)
        return FrameResult(finish.packed(picture).cpu().numpy(), finite, planar=False)

    # -- what a hand asks for -----------------------------------------------------------------------------------------

    def _asked(self, moment: Moment) -> _Asked:
        return _Asked(
            position=np.ascontiguousarray(moment.layers[:, : self._shape.band]).tobytes(),
            grain=int(_number(moment, GRAIN, 0.0)),
            steps=int(max(1.0, min(float(MOST_STEPS), _number(moment, STEPS, self._shape.steps)))),
            eta=_number(moment, ETA, float(self._shape.jumps or self._shape.ancestral)),
            start=_number(moment, START, 1.0),
            end=_number(moment, END, 0.0),
            decoder=int(_number(moment, DECODER, 0.0)),
            wanted=self._wanted(moment),
            begins=None if moment.begins is None else (moment.begins.key, moment.begins.strength),
        )

    def _wanted(self, moment: Moment) -> Wanted:
        """What the picture shall be at this moment: of bands that disagree, the mean of their weights."""
        weights = np.clip(moment.layers[:, self._shape.band :].mean(0, dtype=np.float64), -LIMIT, LIMIT)
        cfg = _number(moment, CFG, self._shape.cfg)
        if self._shape.family != TEXT:
            return Wanted(tuple(weights.tolist()), cfg)
        said = moment.words
        texts = tuple(said.get(prompt_address(index), WORDS[index]) for index in range(PROMPTS))
        return Wanted(tuple(weights.tolist()), cfg, texts, said.get(NEGATIVE, ""))

    # -- how it is made -----------------------------------------------------------------------------------------------

    def _drawn(self, asked: _Asked, moment: Moment, latch: Latch) -> tuple[_Asked | None, Tensor]:
        """The picture (1, 3, H, W) in float32, and what alone it was asked for, where that stayed the same."""
        latest = [asked.wanted]
        noise = self._noise_at(moment.layers, asked)
        first = moment.begins
        latent = None if first is None else self.beginnings.latent(first, asked.decoder)
        if self._schedules is None:
            latent = noise if first is None or latent is None else blended(latent, noise, first.strength)
            return asked, self._decoded(latent, asked.decoder)

        def denoise(index: int) -> Denoise:
            if index:
                latest.append(self._wanted(latch()))
            return lambda heard, time: self._played().predict(heard, time, latest[-1])

        x = sampled(
            noise,
            self._schedules,
            asked.steps,
            denoise,
            lambda step: self._held(asked.grain, step),
            eta=asked.eta,
            jumps=self._shape.jumps,
            start=asked.start,
            end=asked.end,
            begun=None if first is None or latent is None else self._begun(latent, noise, first, asked),
        )
        if first is not None and latent is not None:
            x = left(latent, x, first.strength)
        steady = all(each == asked.wanted for each in latest)
        # A picture of several moments is that of none of them: it is shown, and made again when it is next asked for.
        return asked if steady else None, self._decoded(x, asked.decoder)

    def _begun(self, latent: Tensor, noise: Tensor, first: Beginning, asked: _Asked) -> tuple[Tensor, Schedule]:
        """What the steps begin with where that is a picture, and which steps."""
        assert self._schedules is not None
        far = abs(first.strength)
        schedule = self._schedules.partly(asked.steps, asked.start, asked.end, far, jumps=self._shape.jumps)
        return begun(latent, noise, schedule, first.strength), schedule

    def _noise_at(self, layers: Layers, asked: _Asked) -> Tensor:
        key = asked.position, asked.grain
        if self._noise is None or self._noise[0] != key:
            self._noise = key, torch.from_numpy(noise_of(self._shape, layers, asked.grain))[None].to(self._device)
        return self._noise[1]

    def _held(self, grain: int, step: int) -> Tensor:
        if (grain, step) not in self._between:
            if len(self._between) >= _KEPT_NOISE or any(key[0] != grain for key in self._between):
                self._between.clear()
            made = torch.from_numpy(noise_between(self._shape, grain, step))[None].to(self._device)
            self._between[grain, step] = made
        return self._between[grain, step]

    def _decoded(self, latent: Tensor, decoder: int) -> Tensor:
        """The picture of a latent; of pixels, those themselves."""
        if not self._decoders:
            return latent.expand(-1, 3, -1, -1) if latent.shape[1] == 1 else latent[:, :3]
        decode, typed = self._decoders[decoder if 0 <= decoder < len(self._decoders) else 0], self._dtype
        made = decode(latent.to(typed)).float()
        return made.expand(-1, 3, -1, -1) if made.shape[1] == 1 else made[:, :3]

    def _played(self) -> Network:
        if self._net is None:
            raise DiffusionError(f"{self.spec.card.name} was closed.")
        return self._net

    # -- loading ------------------------------------------------------------------------------------------------------

    def _network(self, folder: Path, held: DiffusionFolder) -> tuple[Network | None, Prompts | None]:
        shape, count = self._shape, len(self._shape.names)
        if shape.family == AUTOENCODER:
            return None, None
        part = held.parts.get("unet") or held.parts.get("transformer") or held.parts[""]
        net = network(folder, part, self._device, self._dtype)
        if shape.family == TEXT:
            prompts = Prompts(folder, held, self._device, self._dtype)
            return TextNet(net, prompts, self.spec.size, embeds_cfg=shape.embeds_cfg), prompts
        kind = ClassNet if shape.family == CLASS else PixelNet
        return kind(net, count, shape.noise[0]), None

    def _vaes(self, folder: Path, held: DiffusionFolder) -> list[Any]:
        """What draws pictures of latents, and latents of pictures: the small one first where there is one."""
        parts = [held.parts[name] for name in (TASTER, "vae") if name in held.parts]
        if self._shape.family == AUTOENCODER:
            parts = [held.parts[""]]
        return [network(folder, part, self._device, self._dtype) for part in parts]


def _decode(vae: Any) -> Callable[[Tensor], Tensor]:
    factor = float(vae.config.get("scaling_factor") or 1.0)
    shift = float(vae.config.get("shift_factor") or 0.0)

    def decode(latent: Tensor) -> Tensor:
        made: Tensor = vae.decode(latent / factor + shift, return_dict=False)[0]
        return made

    return decode


def _schedules(folder: Path, held: DiffusionFolder) -> Schedules:
    """The model's scheduler. Raises DiffusionError."""
    part = held.parts.get("scheduler")
    try:
        return Schedules(part.cls, part.config) if part is not None else Schedules("DDIMScheduler", {})
    except (ValueError, TypeError, KeyError, AttributeError, NotImplementedError, RuntimeError) as error:
        words = " ".join(str(error).split())[:200].rstrip(".")
        raise DiffusionError(f"{folder.name} cannot be played: its scheduler is none: {words}.") from error


def _number(moment: Moment, address: str, default: float) -> float:
    """The number of a control at this moment, within what float32 sums bear."""
    value = moment.native.get(address, default)
    return max(-LIMIT, min(LIMIT, float(value))) if isinstance(value, int | float) else float(default)
