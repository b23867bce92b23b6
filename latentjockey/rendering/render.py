"""One rendering: a place, texts and a seed become frames. The rendering process, main thread.

The pipelines are diffusers' own and do all of it. What is added: the noise is drawn on the CPU by the seed, so that it
is the same on every device, and holds the deck's place; and between two steps it is told how far they are, what is seen
by then, and whether to stop.
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

from latentjockey.base.clock import Clock
from latentjockey.base.diagnostics import StageError
from latentjockey.generators.diffusion.parts import DiffusionError
from latentjockey.jobs.clip_wish import ClipWish
from latentjockey.jobs.leash import StoppedError
from latentjockey.jobs.telling import Step, Teller
from latentjockey.models.clip_folder import MadeOf
from latentjockey.models.video_folder import VideoFolder
from latentjockey.rendering.noise import placed
from latentjockey.rendering.pipelines import assembled, device_of
from latentjockey.rendering.preview import FalseColours, Strips, strip

_PREVIEW_EVERY_S = 1.0
_LONGEST = 300
_MOST_SEEDS = 2**63
_DECODED_AT, _DECODER_NOISE = 0.05, 0.025  # as LTX-Video's makers give them from 0.9.1 on


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """``frames`` uint8 (F, H, W, 3), how fast they follow each other, and what they were made of."""

    frames: NDArray[np.uint8]
    fps: float
    made_of: MadeOf


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The numbers of a rendering, all of them known."""

    width: int
    height: int
    frames: int
    fps: float
    steps: int
    guidance: float


def wanted(wish: ClipWish, held: VideoFolder) -> _Wanted:
    """What ``wish`` leaves open as the model has it; sides and frames as its network can make them, no smaller."""
    family = held.family
    width, height = wish.width or family.size[0], wish.height or family.size[1]
    if bool(wish.width) != bool(wish.height):  # one side was given: the other goes along
        wide, high = family.size
        width, height = (width, round(width * high / wide)) if wish.width else (round(height * wide / high), height)
    frames = max(1, wish.frames or family.frames)
    return _Wanted(
        _up(width, family.side), _up(height, family.side), _up(frames - 1, family.group) + 1, wish.fps or family.fps,
        wish.steps or family.steps, family.guidance if wish.guidance is None else wish.guidance,
    )  # fmt: skip


def render(
    folder: Path, held: VideoFolder, wish: ClipWish, told: Teller, clock: Clock, stopped: Callable[[], bool]
) -> Rendered:
    """The frames that ``wish`` is for. Raises StoppedError, and StageError in one sentence; lack of memory as it
    comes."""
    device = device_of(wish.device)
    told.began(wish.called, str(device))
    numbers = wanted(wish, held)
    _tell_sizes(wish, numbers, told)

    def look(part: str) -> None:
        if stopped():
            raise StoppedError
        told.went(Step(f"loading {part.replace('_', ' ')}"))

    pipe = assembled(folder, held, device, look)
    _place(pipe, held.pipeline, wish, numbers)
    watch = _Watch(held.pipeline, pipe, numbers, told, clock, stopped)
    told.went(Step("hearing the prompt"))
    try:
        with torch.inference_mode():
            made = pipe(
                prompt=wish.prompt,
                negative_prompt=wish.negative,
                width=numbers.width,
                height=numbers.height,
                num_frames=numbers.frames,
                num_inference_steps=numbers.steps,
                guidance_scale=numbers.guidance,
                generator=torch.Generator("cpu").manual_seed(wish.seed % _MOST_SEEDS),
                output_type="np",
                callback_on_step_end=watch.step,
                callback_on_step_end_tensor_inputs=["latents"],
                **_more(pipe, held.pipeline, numbers),
            ).frames[0]
    # what its pipelines raise about numbers that a network does not bear; NotImplementedError is torch's word for an
    # operation that a device lacks in some number format
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, NotImplementedError) as error:
        words = " ".join(str(error).split())[:_LONGEST].rstrip(".")
        raise DiffusionError(f"{folder.name} could not render that: {words}.") from error
    pictures = np.asarray(made, np.float32)
    if not np.isfinite(pictures).all():
        raise StageError(f"What {folder.name} rendered is no number anywhere; try fewer steps, or a smaller guidance.")
    frames = np.rint(pictures * 255.0).clip(0.0, 255.0).astype(np.uint8)
    told.showed(watch.strips.put(strip(frames)), len(frames))
    return Rendered(frames, numbers.fps, _made_of(folder, held, wish, numbers, frames))


def _more(pipe: Any, pipeline: str, numbers: _Wanted) -> dict[str, Any]:
    """What one pipeline is told and the others are not."""
    if pipeline != "LTXPipeline":
        return {}
    how: dict[str, Any] = {"frame_rate": numbers.fps}
    if pipe.vae.config.get("timestep_conditioning", False):  # a decoder that takes a last step itself
        how |= {"decode_timestep": _DECODED_AT, "decode_noise_scale": _DECODER_NOISE}
    return how


def _made_of(folder: Path, held: VideoFolder, wish: ClipWish, numbers: _Wanted, frames: NDArray[np.uint8]) -> MadeOf:
    return MadeOf(
        model=folder.name, prompt=wish.prompt, negative=wish.negative, seed=wish.seed, steps=numbers.steps,
        guidance=numbers.guidance, frames=len(frames), width=numbers.width, height=numbers.height, fps=numbers.fps,
        place=wish.place, place_of=wish.place_of, place_share=wish.place_share, licence=held.card.licence,
    )  # fmt: skip


class _Watch:
    """Looks between two steps."""

    def __init__(
        self, pipeline: str, pipe: Any, numbers: _Wanted, told: Teller, clock: Clock, stopped: Callable[[], bool]
    ) -> None:
        self._pipeline, self._pipe, self._numbers = pipeline, pipe, numbers
        self._told, self._clock, self._stopped = told, clock, stopped
        self._colours = FalseColours()
        self._first: float | None = None
        self._shown = float("-inf")
        self.strips = Strips()

    def step(self, pipe: Any, index: int, time: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """Called by the pipeline after step ``index``, from 0."""
        if self._stopped():
            raise StoppedError
        now, steps = self._clock.now(), self._numbers.steps
        if self._first is None:
            self._first = now
        done = index + 1
        left = None if index == 0 else (now - self._first) / index * max(0, steps - done)
        last = done >= steps
        phase = "decoding" if last else f"step {done} of {steps}"
        self._told.went(Step(phase, min(1.0, done / (steps + 1)), done, None if last else left))
        if last or now - self._shown >= _PREVIEW_EVERY_S:
            self._shown = now
            field = to_field(tensors["latents"], self._pipeline, self._pipe, self._numbers)
            self._told.showed(self.strips.put(self._colours(field.float().cpu().numpy())), done)
        return {}


# -- the noise --------------------------------------------------------------------------------------------------------


def _place(pipe: Any, pipeline: str, wish: ClipWish, numbers: _Wanted) -> None:
    """Have the pipeline begin with noise that holds the place that is wished for."""
    if not wish.place:
        return
    drawn = pipe.prepare_latents
    z = np.asarray(wish.place, np.float32)

    def prepare(*args: Any, **kwargs: Any) -> Tensor:
        noise: Tensor = drawn(*args, **kwargs)
        field = to_field(noise, pipeline, pipe, numbers)
        made = placed(field.float().cpu().numpy(), z, wish.place_share)
        return from_field(torch.from_numpy(made).to(noise), noise, pipeline)

    pipe.prepare_latents = prepare


def to_field(latents: Tensor, pipeline: str, pipe: Any, numbers: _Wanted) -> Tensor:
    """A pipeline's latents as a field (C, F, H, W)."""
    if pipeline == "CogVideoXPipeline":
        return latents[0].transpose(0, 1)
    if pipeline == "LTXPipeline":
        step = pipe.vae_spatial_compression_ratio * pipe.transformer_spatial_patch_size
        high, wide = numbers.height // step, numbers.width // step
        return latents[0].reshape(-1, high, wide, latents.shape[-1]).permute(3, 0, 1, 2)
    return latents[0]


def from_field(field: Tensor, like: Tensor, pipeline: str) -> Tensor:
    """The latents, of the shape of ``like``, that a field (C, F, H, W) means."""
    if pipeline == "CogVideoXPipeline":
        return field.transpose(0, 1)[None].contiguous()
    if pipeline == "LTXPipeline":
        return field.permute(1, 2, 3, 0).reshape(like.shape).contiguous()
    return field[None].contiguous()


def _tell_sizes(wish: ClipWish, numbers: _Wanted, told: Teller) -> None:
    asked = (wish.width or numbers.width, wish.height or numbers.height, wish.frames or numbers.frames)
    if asked != (numbers.width, numbers.height, numbers.frames):
        told.noticed(
            f"It becomes {numbers.width} × {numbers.height} pixels and {numbers.frames} frames, the next that this "
            "model can make."
        )


def _up(number: int, multiple: int) -> int:
    """The first multiple that is not smaller."""
    return max(0, -(-number // multiple)) * multiple
