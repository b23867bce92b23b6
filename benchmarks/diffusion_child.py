"""The child that runs networks of published diffusion models' shapes, with random weights that nobody ever taught.

How long a network takes depends on its shape alone. What it computes is counted on tensors without numbers, before any
memory is taken.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.children import say, serve
from latentjockey.base.clock import now_ns
from latentjockey.base.platform import keep_freed_memory
from latentjockey.generators.diffusion.asked import Asked
from latentjockey.generators.diffusion.fast import CudaGraphs, Fast
from latentjockey.generators.diffusion.networks import Wanted
from latentjockey.generators.diffusion.parts import number_format
from latentjockey.generators.diffusion.skipping import Skipping
from latentjockey.generators.style.playing import best_device

Play = Callable[[], Tensor]
_DIFFUSERS: Any = diffusers
SCALE, TOKENS = 8, 77
SMALL = 0.02
"""Weights reach so far on both sides of 0: no sum of theirs is beyond its format."""

SD: Mapping[str, Any] = {
    "block_out_channels": (320, 640, 1280, 1280),
    "cross_attention_dim": 1024,
    "attention_head_dim": (5, 10, 20, 20),
    "use_linear_projection": True,
}
SDXL: Mapping[str, Any] = {
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "cross_attention_dim": 2048,
    "attention_head_dim": (5, 10, 20),
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}
UNETS = {"sd": SD, "sdxl": SDXL}
VAE: Mapping[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
}
WORDS: Mapping[str, Any] = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "num_hidden_layers": 23,
    "vocab_size": 49408,
}


def unet(shape: str) -> nn.Module:
    made: nn.Module = _DIFFUSERS.UNet2DConditionModel(sample_size=64, **UNETS[shape])
    return made


def heard(shape: str, side: int, rows: int, like: Tensor) -> tuple[tuple[Tensor, ...], dict[str, Any]]:
    """What a U-Net of ``shape`` hears of ``rows`` pictures of ``side`` pixels."""
    made: dict[str, Any] = {"device": like.device, "dtype": like.dtype}
    words: dict[str, Any] = {
        "encoder_hidden_states": torch.zeros(rows, TOKENS, UNETS[shape]["cross_attention_dim"], **made)
    }
    if shape == "sdxl":
        added = {"text_embeds": torch.zeros(rows, 1280, **made), "time_ids": torch.zeros(rows, 6, **made)}
        words["added_cond_kwargs"] = added
    return (torch.zeros(rows, 4, side // SCALE, side // SCALE, **made), torch.full((rows,), 500.0, **made)), words


def filled(network: nn.Module, device: torch.device, dtype: torch.dtype) -> nn.Module:
    """``network``, made without memory, with random weights in memory of its own."""
    ready = network.to(dtype).to_empty(device=device).eval().requires_grad_(False)
    for weight in ready.parameters():
        weight.uniform_(-SMALL, SMALL)
    if device.type == "cuda":
        ready.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return ready


def counted(play: Play) -> float:
    """GFLOP of a call, a multiplication and an addition being two."""
    with FlopCounterMode(display=False) as counter:
        play()
    return float(counter.get_total_flops()) * 1e-9


def least_ms(play: Play, rounds: int) -> list[float]:
    """Milliseconds of so many calls, after one that does not count."""
    times = []
    for index in range(rounds + 1):
        start = now_ns()
        made = play()
        if made.device.type == "cuda":
            torch.cuda.synchronize()
        if index:
            times.append((now_ns() - start) * 1e-6)
    return times


class Bench:
    """One network at a time, so that there is room for the next."""

    def __init__(self) -> None:
        self.device = best_device()
        self.dtype = number_format(self.device)

    def machine(self, half: bool) -> dict[str, Any]:
        """What the processor or GPU gives at best, of what matters here: GFLOP/s of products, GB/s of copies."""
        dtype = torch.bfloat16 if half else self.dtype
        side, long_ = (8192, 1 << 28) if self.device.type == "cuda" else (2048, 1 << 26)
        a = torch.rand(side, side, device=self.device, dtype=dtype)
        b = torch.rand(long_, device=self.device)
        c = torch.empty_like(b)
        products, copies = least_ms(lambda: a @ a, 8), least_ms(lambda: c.copy_(b), 8)
        return {
            "gflops": 2e-6 * side**3 / min(products),
            "gbs": 2.0 * b.nbytes * 1e-6 / min(copies),
            "device": f"{self.device}, {torch.get_num_threads()} threads",
            "dtype": str(dtype).removeprefix("torch."),
        }

    def denoise(self, shape: str, side: int, rows: int, rounds: int, half: bool) -> dict[str, Any]:
        """A U-Net of ``shape`` on ``rows`` pictures; in bfloat16 where ``half`` says so, for there is no room else."""
        dtype = torch.bfloat16 if half else self.dtype
        with torch.device("meta"):
            bare: Any = unet(shape)
        like = torch.empty(0, device="meta")
        args, kwargs = heard(shape, side, rows, like)
        gflop = counted(lambda: bare(*args, return_dict=False, **kwargs)[0])
        network: Any = filled(bare, self.device, dtype)
        args, kwargs = heard(shape, side, rows, next(network.parameters()))

        def call(*args: Tensor, **kwargs: Any) -> Tensor:
            made: Tensor = network(*args, return_dict=False, **kwargs)[0]
            return made

        times = {"eager": least_ms(lambda: call(*args, **kwargs), rounds)}
        if self.device.type == "cuda":
            fast = Fast(call, CudaGraphs())
            least_ms(lambda: fast(*args, **kwargs), 5)
            times["graph" if fast.played else fast.words] = least_ms(lambda: fast(*args, **kwargs), rounds)
        bytes_ = sum(weight.nbytes for weight in network.parameters())
        return self._told(times, gflop, bytes_, dtype)

    def batch(self, shape: str, side: int, rows: int, rounds: int) -> dict[str, Any]:
        """A U-Net on one picture and on ``rows`` at once, by turns."""
        with torch.device("meta"):
            bare: Any = unet(shape)
        network: Any = filled(bare, self.device, self.dtype)
        like = next(network.parameters())
        one, many = (heard(shape, side, count, like) for count in (1, rows))
        times: dict[str, list[float]] = {"one": [], "many": []}
        for _ in range(rounds):
            for name, (args, kwargs) in (("one", one), ("many", many)):
                found = least_ms(lambda a=args, k=kwargs: network(*a, return_dict=False, **k)[0], 1)  # type: ignore[misc]
                times[name] += found
        return times

    def code(self, small: bool, side: int, decode: bool, rounds: int) -> dict[str, Any]:
        """An autoencoder, the ``small`` one or that of Stable Diffusion, in one direction."""
        with torch.device("meta"):
            bare: Any = _DIFFUSERS.AutoencoderTiny() if small else _DIFFUSERS.AutoencoderKL(**VAE)

        def play(network: Any) -> Tensor:
            like = next(network.parameters())
            if decode:
                latent = torch.zeros(1, 4, side // SCALE, side // SCALE, device=like.device, dtype=like.dtype)
                made: Tensor = network.decode(latent, return_dict=False)[0]
                return made
            picture = torch.zeros(1, 3, side, side, device=like.device, dtype=like.dtype)
            found = network.encode(picture, return_dict=False)[0]
            return found if isinstance(found, Tensor) else found.mode()

        gflop = counted(lambda: play(bare))
        network = filled(bare, self.device, self.dtype)
        part: Any = network.decoder if decode else network.encoder
        bytes_ = sum(weight.nbytes for weight in part.parameters())
        return self._told({"eager": least_ms(lambda: play(network), rounds)}, gflop, bytes_, self.dtype)

    def words(self, rounds: int) -> dict[str, Any]:
        """A text encoder of the shape of SD-Turbo's, for one text."""
        with torch.device("meta"):
            bare: Any = transformers.CLIPTextModel(transformers.CLIPTextConfig(**WORDS))
        gflop = counted(lambda: bare(torch.zeros(1, TOKENS, dtype=torch.long, device="meta"))[0])
        network: Any = filled(bare, self.device, self.dtype)
        for name, buffer in network.named_buffers():
            if name.endswith("position_ids"):
                buffer.copy_(torch.arange(buffer.shape[-1], device=buffer.device).expand_as(buffer))
        numbers = torch.zeros(1, TOKENS, dtype=torch.long, device=self.device)
        bytes_ = sum(weight.nbytes for weight in network.parameters())
        return self._told({"eager": least_ms(lambda: network(numbers)[0], rounds)}, gflop, bytes_, self.dtype)

    @staticmethod
    def skip(threshold: float, step: float, pictures: int) -> dict[str, Any]:
        """How many of so many pictures are made where noise goes round a circle by ``step`` a picture."""
        a, b = np.random.default_rng(0).standard_normal((2, 4096))
        skipping, made = Skipping(), 0
        for index in range(pictures):
            place = np.cos(step * index) * a + np.sin(step * index) * b
            asked = Asked(place.astype(np.float32).tobytes(), 0, 1, 0.0, 1.0, 0.0, 0, Wanted((1.0,), 1.0))
            made += not skipping.may(asked, None, threshold)
        return {"made": made, "of": pictures}

    @staticmethod
    def _told(times: Mapping[str, list[float]], gflop: float, bytes_: float, dtype: torch.dtype) -> dict[str, Any]:
        return {"times": times, "gflop": gflop, "bytes": bytes_, "dtype": str(dtype).removeprefix("torch.")}


def main() -> int:
    keep_freed_memory()
    bench = Bench()
    for request in serve():
        try:
            with torch.inference_mode():
                say(**getattr(bench, str(request.pop("what")))(**request))
        except (RuntimeError, MemoryError, ValueError) as error:
            say(why=f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
        gc.collect()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
