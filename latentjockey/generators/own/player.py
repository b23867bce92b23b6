"""Plays a generator that its player wrote and trusts: a :class:`latentjockey.generators.protocol.Generator`.

Engine process, one thread. All files are read once; their fingerprint has to be the trusted one, and what runs and what
is computed with are those bytes. Whatever the code does wrong becomes one sentence here; what hangs or crashes is the
supervisor's matter, like any engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentjockey.base.diagnostics import StageError
from latentjockey.control.spec import ControlSpec
from latentjockey.generators.own.base import OwnGenerator
from latentjockey.generators.own.loading import OwnCode
from latentjockey.generators.protocol import Classes, FrameRequest, FrameResult, Latch, Layers
from latentjockey.generators.style import finish
from latentjockey.generators.style.playing import best_device
from latentjockey.models import trust
from latentjockey.models.container import held_tensors
from latentjockey.models.header import BrokenError
from latentjockey.models.own_files import WORDS, contents
from latentjockey.models.own_spec import own_spec
from latentjockey.models.spec import ModelSpec

LIMIT = 1e6
"""Latents reach so far; beyond, float32 sums would not stay finite, and no picture differs any more."""
_WEIGHTS = ".safetensors"
_LONGEST = 300
_MOST_PIXELS = 1 << 26
Made = TypeVar("Made")


class OwnCodeError(StageError):
    """What the code of a generator did wrong; ``str()`` is one sentence that names the line."""


class OwnPlayer:
    """The generator in ``folder``, which ``spec`` describes, on ``device`` or the best there is.

    Raises StageError, in one sentence, where it is not trusted as it is, or cannot be played.
    """

    def __init__(self, folder: Path, spec: ModelSpec, device: str | None = None) -> None:
        held, found = contents(folder)
        if not trust.trusts(folder, found.sha256):
            how = trust.state(folder)  # a file may have been changed, and changed back
            raise StageError(trust.sentence(spec.name, trust.Trust.CHANGED if how is trust.Trust.TRUSTED else how))
        self.spec = _described(folder, spec, held[WORDS])
        self._device = torch.device(device) if device else best_device()
        self._code = OwnCode(folder.name, found.sha256, held)
        tensors = _tensors(folder.name, held, self._device)
        self._own: OwnGenerator = self._asked(lambda: self._made(tensors))

    @property
    def device(self) -> str:
        if self._device.type == "cuda":
            return f"{self._device} {torch.cuda.get_device_name(self._device)}, code of its own"
        threads = f", {torch.get_num_threads()} threads" if self._device.type == "cpu" else ""
        return f"{self._device}{threads}, code of its own"

    @torch.inference_mode()
    def embed(self, z: NDArray[np.float32], classes: Classes | None = None) -> Layers:
        """z (n, z_dim), class weights (n, K) → (n, num_ws, w_dim), as its code says."""
        count = len(self.spec.classes)
        rows = np.eye(1, count, dtype=np.float32).repeat(len(z), 0) if classes is None else classes[:, :count]
        layers = self._asked(lambda: self._own.embed(self._tensor(z), self._tensor(rows)))
        return self._layers(layers, (len(z), self.spec.num_ws, self.spec.w_dim), "embed")

    @torch.inference_mode()
    def mean(self, classes: Classes | None = None) -> Layers:
        """The centre of its space, as its code says."""
        count = len(self.spec.classes)
        row = np.eye(1, count, dtype=np.float32)[0] if classes is None else classes[:count]
        centre = self._asked(lambda: self._own.mean(self._tensor(row)))
        return self._layers(centre, (self.spec.num_ws, self.spec.w_dim), "mean")

    @torch.inference_mode()
    def frame(self, request: FrameRequest, latch: Latch) -> FrameResult:
        moment = latch()
        controls = {c.address.rpartition("/")[2]: _value(c, moment.native) for c in self.spec.controls}
        layers, size = self._tensor(moment.layers), (request.width, request.height)
        picture = self._pictured(self._asked(lambda: self._own.synthesize(layers, controls, size)))
        finite = bool(torch.isfinite(picture).all())
        picture = finish.fitted(picture.nan_to_num(0.0).clamp(-1.0, 1.0), request.width, request.height)
        if picture.device.type == "cpu":
            return FrameResult(finish.planes(picture).numpy(), finite)
        return FrameResult(finish.packed(picture).cpu().numpy(), finite, planar=False)

    def close(self) -> None:
        self._code.forget()

    # -- its code -----------------------------------------------------------------------------------------------------

    def _made(self, tensors: Mapping[str, Tensor]) -> OwnGenerator:
        kind = getattr(self._code.module(), "Generator", None)
        if not isinstance(kind, type) or not issubclass(kind, OwnGenerator):
            raise OwnCodeError(
                f"{self.spec.card.name} cannot be played: its generator.py has no class Generator that extends "
                "latentjockey.generators.own.OwnGenerator."
            )
        return kind(self.spec, tensors, self._device)

    def _asked(self, ask: Callable[[], Made]) -> Made:
        """What its code answers. Raises OwnCodeError for whatever it raises, but for the lack of memory."""
        try:
            return ask()
        except (StageError, MemoryError):
            raise
        except (Exception, SystemExit) as error:
            words = " ".join(str(error).split())[:_LONGEST]
            if "out of memory" in words or "can't allocate memory" in words:
                raise
            where = self._code.line_of(error.__traceback__)
            raise OwnCodeError(f"{where} failed: {type(error).__name__}{': ' if words else ''}{words}.") from error

    def _tensor(self, values: NDArray[Any]) -> Tensor:
        return torch.from_numpy(np.clip(values, -LIMIT, LIMIT).astype(np.float32)).to(self._device)

    def _layers(self, made: object, shape: tuple[int, ...], what: str) -> Layers:
        if not isinstance(made, Tensor) or made.shape != shape:
            raise self._wrong(what, made, f"a tensor of the shape {shape}")
        found: Layers = made.detach().float().cpu().numpy()
        if not np.isfinite(found).all():
            raise self._wrong(what, "numbers that are none", "finite ones")
        return np.ascontiguousarray(found)

    def _pictured(self, made: object) -> Tensor:
        """What ``synthesize`` gave as (1, 3, H, W)."""
        if isinstance(made, Tensor) and made.ndim in (3, 4) and made.numel() and made.numel() <= 4 * _MOST_PIXELS:
            picture = made.detach().float()
            picture = picture if picture.ndim == 4 else picture[None]
            if picture.shape[0] == 1 and picture.shape[1] in (1, 3, 4):
                return picture.expand(1, 3, -1, -1) if picture.shape[1] == 1 else picture[:, :3]
        raise self._wrong("synthesize", made, "a picture (3, height, width)")

    def _wrong(self, what: str, made: object, wanted: str) -> OwnCodeError:
        gave = f"a tensor of the shape {tuple(made.shape)}" if isinstance(made, Tensor) else str(type(made).__name__)
        gave = made if isinstance(made, str) else gave
        return OwnCodeError(f"{self.spec.card.name} cannot be played: {what} gave {gave}, and {wanted} is wanted.")


def _value(control: ControlSpec, native: Mapping[str, float | NDArray[np.float32]]) -> float:
    """What a control is at this moment; controls of such generators hold one number each."""
    value = native.get(control.address, control.default)
    return float(value) if isinstance(value, int | float) else 0.0


def _described(folder: Path, spec: ModelSpec, words: bytearray) -> ModelSpec:
    """What the trusted bytes say; the library may have seen an older state of the file."""
    try:
        told, _ = own_spec(spec.name, words)
    except BrokenError as error:
        raise StageError(f"{folder.name} cannot be played: {error}.") from error
    return replace(told, file=spec.file)


def _tensors(name: str, held: Mapping[str, bytearray], device: torch.device) -> dict[str, Tensor]:
    """Every tensor of every safetensors file, in float32 where they are floats. Raises ContainerError or StageError."""
    made: dict[str, Tensor] = {}
    for file, data in held.items():
        if not file.endswith(_WEIGHTS):
            continue
        for key, values in held_tensors(f"{name}/{file}", data).items():
            if key in made:
                raise StageError(f"{name} cannot be played: two of its files hold a tensor {key[:60]!r}.")
            tensor = torch.from_numpy(np.require(values, requirements=["A", "W"]))
            made[key] = (tensor.float() if tensor.is_floating_point() else tensor).to(device)
    return made
