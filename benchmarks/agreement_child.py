"""The child that has the published networks draw, and ours what was converted from their own files."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.children import say, serve
from benchmarks.style_child import reference_found
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import keep_freed_memory
from latentjockey.generators.style import model_file
from latentjockey.generators.style.deep import DeepMapping
from latentjockey.generators.stylegan3 import model_file as model_file_3
from latentjockey.models.convert_child import made

_PSI, _TIMED = 0.7, 2
_SECONDS = 600.0


def compared(case: dict[str, Any]) -> dict[str, Any]:
    """How far the pictures of the two differ, as shares of their range, and how long each takes."""
    family, classes, places = case.pop("family"), case.pop("classes"), case.pop("places")
    torch.manual_seed(1)
    theirs = _reference(family, case.pop("size"), classes, case)
    with tempfile.TemporaryDirectory(prefix="latentjockey-bench-") as folder:
        source, model = Path(folder) / "network.pkl", Path(folder) / "network.safetensors"
        source.write_bytes(pickle.dumps({"G_ema": theirs}))
        made(source, model, {}, _SECONDS)
        ours = model_file.load(model).net if family == 2 else model_file_3.load(model)
    mapping = ours.mapping
    if not isinstance(mapping, DeepMapping):
        raise TypeError("a published network was converted without its mapping")
    z = torch.randn(places, theirs.z_dim)
    c = torch.eye(classes)[torch.arange(places) % classes] if classes else None
    w = mapping.w_avg.lerp(mapping(z, c), _PSI)
    ws = w[:, None].repeat(1, ours.synthesis.num_ws, 1)
    wanted = torch.cat([theirs.synthesis(row[None], noise_mode="const") for row in _theirs_ws(theirs, z, c)])
    drawn = torch.cat([ours.synthesis(row[None]) for row in ws])
    span, apart = wanted.max() - wanted.min(), (drawn - wanted).abs()
    return {
        "most": float(apart.max() / span),
        "rms": float(apart.square().mean().sqrt() / span),
        "ours_ms": _least(lambda: ours.synthesis(ws[:1])),
        "reference_ms": _least(lambda: theirs.synthesis(ws[:1], noise_mode="const")),
    }


def _theirs_ws(theirs: Any, z: Tensor, c: Tensor | None) -> Tensor:
    made: Tensor = theirs.mapping(z, c, truncation_psi=_PSI)
    return made


def _reference(family: int, size: int, classes: int, case: dict[str, Any]) -> Any:
    """A published network with every number away from where it begins."""
    if family == 2:
        from training.networks_stylegan2 import Generator  # type: ignore[import-not-found]
    else:
        from training.networks_stylegan3 import Generator  # type: ignore[import-not-found]

    net = Generator(c_dim=classes, img_resolution=size, img_channels=3, **case)
    with torch.no_grad():
        for name, value in (*net.named_parameters(), *net.named_buffers()):
            if name.endswith("noise_strength"):
                value.fill_(0.3 * float(torch.randn(())))
            elif name.endswith("bias") and "affine" not in name:
                value.copy_(torch.randn_like(value) * (10.0 if "mapping.fc" in name else 0.1))
            elif name.endswith("w_avg") or name == "synthesis.input.affine.weight":
                value.copy_(0.3 * torch.randn_like(value))
            elif name.endswith("magnitude_ema"):
                value.fill_(0.5 + float(torch.rand(())))
    return net.eval().requires_grad_(False)


def _least(draw: Callable[[], object]) -> float:
    """The shortest of a few times in ms."""
    took = []
    for _ in range(_TIMED):
        start = now_ns()
        draw()
        took.append((now_ns() - start) * 1e-6)
    return min(took)


def main() -> None:
    keep_freed_memory()  # as engines do
    why = reference_found()
    for request in serve():
        if why:
            say(why=why)
            continue
        try:
            with torch.inference_mode():
                answer = compared(request)
        except ImportError as error:
            answer = {"why": f"the reference cannot be imported: {error}"}
        say(**answer)


if __name__ == "__main__":
    main()
