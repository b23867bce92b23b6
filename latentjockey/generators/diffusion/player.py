"""Plays a diffusion model: a :class:`latentjockey.generators.protocol.Generator`. Engine process, used from one thread.

The noise of a picture is its position, and is held: where nothing moves, every picture is the same, and is not even
made again. What the hand says of prompts, classes and guidance is read anew before each step, or each batch of steps
where several pictures are under way at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.base.clock import now_ns
from latentjockey.frames.stages import COPY, DECODE, DENOISE, ENCODE, Stages
from latentjockey.generators.diffusion.asked import LIMIT, Asked, asked_of, number_of, wanted_of
from latentjockey.generators.diffusion.beginning import Beginnings, begun, blended, left
from latentjockey.generators.diffusion.compiled import Compiler, compiles
from latentjockey.generators.diffusion.fast import CudaGraphs, Fast
from latentjockey.generators.diffusion.holding import HeldNoise
from latentjockey.generators.diffusion.laps import Laps
from latentjockey.generators.diffusion.loaded import Loaded, loaded
from latentjockey.generators.diffusion.networks import Network, TextNet, Wanted
from latentjockey.generators.diffusion.noise import layers_of
from latentjockey.generators.diffusion.parts import DiffusionError, number_format
from latentjockey.generators.diffusion.samplers import Sampler, Samplers
from latentjockey.generators.diffusion.sampling import Denoise, Run, fresh_run, sampled
from latentjockey.generators.diffusion.skipping import Skipping
from latentjockey.generators.diffusion.stream import Flight
from latentjockey.generators.diffusion.turns import Spoken
from latentjockey.generators.hands import Hands
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers, Moment
from latentjockey.generators.squash import knobs, squashed
from latentjockey.generators.style import finish
from latentjockey.generators.style.playing import best_device
from latentjockey.models.diffusion_spec import SKIP, STREAM, diffusion_spec
from latentjockey.models.spec import ModelSpec

__all__ = ["LIMIT", "DiffusionPlayer"]

_SETTLED = 40
"""Calls after which somebody plays, and does not only look what there is."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A picture ``raw`` (1, 3, H, W) in float32 that shows what was ``asked`` at ``time`` (s), and nothing else where
    it is ``whole``: one of several moments is that of none of them, and is made again when it is next asked for."""

    raw: Tensor
    asked: Asked
    time: float
    whole: bool


class DiffusionPlayer:
    """The model in ``folder``, which ``spec`` describes, on ``device`` or the best there is.

    Raises StageError, in one sentence, when it cannot be played.
    """

    def __init__(self, folder: Path, spec: ModelSpec, device: str | None = None) -> None:
        self.spec, self._shape = diffusion_spec(folder, spec.name)
        self._device = torch.device(device) if device else best_device()
        self._dtype = number_format(self._device)
        model = loaded(folder, self._shape, self._device, self._dtype)
        self._net, self.prompts = model.net, model.prompts
        self._decoders, self._altered = model.decoders, model.altered
        self._compiler: Compiler | None = None
        self._fast = self._quickened(model, folder)
        self.beginnings = Beginnings(self._shape.noise, self._shape.scale, model.vaes, self._device)
        self._noise = HeldNoise(self._shape, self._device)
        self._samplers = None
        if model.schedules is not None:
            self._samplers = Samplers(model.schedules, self._noise.between, jumps=self._shape.jumps)
        self._skipping = Skipping()
        self._laps = Laps(self._device)
        self._hands, self._quick = Hands(self._device.type == "cpu"), False
        self._last: _Made | None = None
        self._draft: _Made | None = None
        self._decodes = 0

    @property
    def device(self) -> str:
        format_ = str(self._dtype).removeprefix("torch.")
        if self._device.type == "cuda":
            how = self._fast.words if self._fast is not None else "eager"
            return f"{self._device} {torch.cuda.get_device_name(self._device)}, {format_}, {how}"
        threads = f", {self._hands}" if self._device.type == "cpu" else ""
        how = f", {self._fast.words}" if self._fast is not None else ""
        return f"{self._device}{threads}, {format_}{how}"

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
        if self._compiler is not None:
            self._compiler.close()
        self._last = self._draft = self._net = self.prompts = self._samplers = self._altered = None
        self._noise.clear()
        self._decoders, self._fast = (), None

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        with self._hands:
            before, result = self.asked, self._frame(request, latch)
        self._took(self.asked - before, result.stages)
        return result

    def _took(self, asked: int, stages: Stages) -> None:
        """A picture for which the network was asked so often: each time costs about the same, which tells how many
        threads are best. A text or a picture that had to be read first is no part of it."""
        if not asked or not stages.cached >> ENCODE & 1:
            return
        if self._fast is not None and self._fast.played and not self._quick:
            self._quick = True
            self._hands.again()
        self._hands.took(sum(stages.ms) * 1e-3 / asked)

    def _frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        self._laps.begin()
        before = self._counts()
        moment = latch()
        if self._altered is not None:
            self._altered.keep = not request.draft
        made = self._made(request, moment, latch)
        self._laps.to(COPY)
        finite = bool(torch.isfinite(made.raw).all())
        picture = squashed(made.raw, "linear", *knobs(moment.native))
        picture = finish.fitted(picture, request.width, request.height)
        planar = picture.device.type == "cpu"
        pixels = finish.planes(picture).numpy() if planar else finish.packed(picture).cpu().numpy()
        exact = made.whole and made.asked == self._asked(request, moment)
        began = None if made.time == moment.time or exact else made.time
        return FrameResult(pixels, finite, planar, self._stages(before), began, unsettled=not exact)

    def _quickened(self, model: Loaded, folder: Path) -> Fast | None:
        """On CUDA networks are played as graphs of kernels, once these are recorded; on the processor a small one is
        compiled beside the show."""
        net, made = self._net, None
        if self._device.type == "cuda":
            self._decoders = tuple(Fast(decode, CudaGraphs()) for decode in self._decoders)
            made = Fast(net.call, CudaGraphs()) if net is not None else None
        elif net is not None and model.raw is not None and self._device.type == "cpu" and compiles(model.raw):
            self._compiler = Compiler(folder, model.stamp)
            made = Fast(net.call, self._compiler, judged=True, after=_SETTLED)
        if net is not None and made is not None:
            net.call = made
        return made

    # -- which picture ------------------------------------------------------------------------------------------------

    def _asked(self, request: FrameRequest, moment: Moment) -> Asked:
        return asked_of(self._shape, moment, request.most_steps)

    def _made(self, request: FrameRequest, moment: Moment, latch: Latch) -> _Made:
        """The picture that is shown at ``moment``: one that is there, or a new one."""
        asked = self._asked(request, moment)
        for known in (self._last, self._draft):
            if known is not None and known.whole and known.asked == asked:
                return known
        if request.draft:
            self._draft = self._drawn(asked, moment, latch)
            return self._draft
        skipped = self._skipping.may(asked, moment.begins, number_of(moment, SKIP, 0.0))
        if skipped and self._last is not None:
            return self._last
        asked = self._in_turn(asked)
        sampler = self._sampler(asked)
        if sampler is not None and number_of(moment, STREAM, 0.0):
            self._last = self._streamed(sampler, asked, moment)
        else:
            if sampler is not None:
                sampler.stream.clear()
            self._last = self._drawn(asked, moment, latch)
        return self._last

    def _in_turn(self, asked: Asked) -> Asked:
        """The same with one new text at most; the picture is made again then, until it is that of all of them."""
        net, wanted = self._net, asked.wanted
        if self.prompts is None or not isinstance(net, TextNet):
            return asked
        self.prompts.parked.look(now_ns() * 1e-9)
        spoken = net.spoken(wanted)
        turn = self.prompts.in_turn(spoken, net.heard(wanted))
        return asked if turn == spoken else replace(asked, wanted=_saying(wanted, turn))

    def _counts(self) -> tuple[int, int, int]:
        """How often something was encoded, denoised and decoded so far."""
        texts = 0 if self.prompts is None else self.prompts.calls
        return texts + self.beginnings.calls, self.asked, self._decodes

    def _stages(self, before: tuple[int, int, int]) -> Stages:
        same = (a == b for a, b in zip(before, self._counts(), strict=True))
        return self._laps.end(
            sum(1 << stage for stage, held in zip((ENCODE, DENOISE, DECODE), same, strict=True) if held)
        )

    # -- how it is made -----------------------------------------------------------------------------------------------

    def _drawn(self, asked: Asked, moment: Moment, latch: Latch) -> _Made:
        """The picture of ``asked``, all steps one after the other."""
        latest, times = [asked.wanted], [moment.time]
        sampler = self._sampler(asked)
        if sampler is None:
            return _Made(self._decoded(self._straight(asked, moment), asked.decoder), asked, moment.time, True)
        latent, run = self._beginning(sampler, asked, moment)

        def denoise(index: int) -> Denoise:
            if index:
                newer = latch()
                latest.append(self._later(wanted_of(self._shape, newer), asked.wanted))
                times.append(newer.time)
            return lambda heard, time: self._predicted(heard, (time,), latest[-1])

        x = sampled(
            run,
            sampler.schedules,
            denoise,
            lambda step: self._noise.between(asked.grain, step),
            eta=asked.eta,
            jumps=sampler.jumps,
        )
        steady = all(each == asked.wanted for each in latest)
        return self._finished(x, latent, asked, times[-1], whole=steady)

    def _later(self, newer: Wanted, first: Wanted) -> Wanted:
        """``newer`` in a further step of a picture that began as ``first``: texts, and LoRAs as texts hear them, wait
        for the next picture, so that no more than one is encoded for each."""
        if not isinstance(self._net, TextNet):
            return newer
        if newer.loras == first.loras:
            return replace(newer, texts=first.texts, negative=first.negative, turned=first.turned)
        return _saying(newer, self._net.spoken(first))

    def _streamed(self, sampler: Sampler, asked: Asked, moment: Moment) -> _Made:
        """The oldest picture under way, after a step of all; ``asked`` begins."""
        stream = sampler.stream
        latent, run = self._beginning(sampler, asked, moment)
        flight = Flight(run, asked, moment.time, latent)
        how = stream.follow if stream.fits(flight) else stream.begin
        out = how(flight, self._predicted)
        x = out.run.picture(stream.schedules)
        return self._finished(x, out.latent, out.asked, out.time, whole=out.steady)

    def _sampler(self, asked: Asked) -> Sampler | None:
        return None if self._samplers is None else self._samplers.at(asked.sampler)

    def _finished(self, x: Tensor, latent: Tensor | None, asked: Asked, time: float, *, whole: bool) -> _Made:
        if latent is not None and asked.begins is not None:
            x = left(latent, x, asked.begins[1])
        return _Made(self._decoded(x, asked.decoder), asked, time, whole)

    def _straight(self, asked: Asked, moment: Moment) -> Tensor:
        """What an autoencoder alone decodes."""
        self._laps.to(ENCODE)
        first = moment.begins
        latent = None if first is None else self.beginnings.latent(first, asked.decoder)
        noise = self._noise.at(moment.layers, asked.position, asked.grain)
        return noise if first is None or latent is None else blended(latent, noise, first.strength)

    def _beginning(self, sampler: Sampler, asked: Asked, moment: Moment) -> tuple[Tensor | None, Run]:
        """The latent of the picture that this one begins with, where there is one, and the steps to be made."""
        self._laps.to(ENCODE)
        first = moment.begins
        latent = None if first is None else self.beginnings.latent(first, asked.decoder)
        if isinstance(self._net, TextNet) and self._shape.structure:
            wanted = asked.wanted
            seen = first is not None and wanted.structure != 0.0
            self._net.see(self.beginnings.structure(first, lines=wanted.lines) if first and seen else None)
        self._laps.to(DENOISE)
        noise = self._noise.at(moment.layers, asked.position, asked.grain)
        if first is None or latent is None:
            return None, fresh_run(noise, sampler.schedules.at(asked.steps, asked.start, asked.end))
        far = abs(first.strength)
        schedule = sampler.schedules.partly(asked.steps, asked.start, asked.end, far, jumps=sampler.jumps)
        return latent, Run(begun(latent, noise, schedule, first.strength), schedule)

    def _predicted(self, heard: Tensor, times: Sequence[float], wanted: Wanted) -> Tensor:
        net = self._played()
        self._laps.to(ENCODE)
        net.hear(wanted)
        self._laps.to(DENOISE)
        return (
            net.predict(heard, times, wanted)
            if self._altered is None
            else self._altered.predicted(net, heard, times, wanted)
        )

    def _decoded(self, latent: Tensor, decoder: int) -> Tensor:
        """The picture of a latent; of pixels, those themselves."""
        self._laps.to(DECODE)
        self._decodes += 1
        if not self._decoders:
            return latent.expand(-1, 3, -1, -1) if latent.shape[1] == 1 else latent[:, :3]
        decode, typed = self._decoders[decoder if 0 <= decoder < len(self._decoders) else 0], self._dtype
        made = decode(latent.to(typed)).float()
        return made.expand(-1, 3, -1, -1) if made.shape[1] == 1 else made[:, :3]

    def _played(self) -> Network:
        if self._net is None:
            raise DiffusionError(f"{self.spec.card.name} was closed.")
        return self._net


def _saying(wanted: Wanted, spoken: Sequence[Spoken]) -> Wanted:
    """The same with these texts, the last of which is the negative one, encoded with the weights that stand there."""
    texts, turned = tuple(text for text, _ in spoken), tuple(weights for _, weights in spoken)
    return replace(wanted, texts=texts[:-1], negative=texts[-1], turned=turned)
