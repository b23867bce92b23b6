"""Small models as files, as the trainer writes them, and what can be wrong with such a file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch

from latentjockey.generators.style.config import StyleConfig
from latentjockey.generators.style.model_file import save
from latentjockey.generators.style.network import StyleNet
from latentjockey.generators.style.prior import ClassPrior
from latentjockey.models.card import ModelCard
from latentjockey.models.container import header, read_header
from latentjockey.models.header import KEY

CARD = ModelCard("Small", "us", "Apache-2.0", "nothing", "CC0 1.0", "not needed")


def style(path: Path, seed: int = 1, *, size: int = 16, z: int = 8, widest: int = 8) -> Path:
    """A style model of random weights."""
    torch.manual_seed(seed)
    config = StyleConfig(size=size, z_dim=z, w_dim=12, classes=2, channel_base=16 * widest, channel_max=widest)
    made = path.with_suffix(".made")
    save(made, StyleNet(config), ClassPrior(2, z), name=path.stem, classes=("dusk", "dawn"), card=CARD,
         directions=np.eye(2, z, dtype=np.float32))  # fmt: skip
    made.replace(path)
    return path


def torn(path: Path) -> None:
    """Half of it is there."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def of_another_family(path: Path, kind: str = "biggan") -> None:
    """Its header says that it holds something else."""
    length = int.from_bytes(path.read_bytes()[:8], "little")
    data = path.read_bytes()
    told = json.loads(data[8 : 8 + length])
    words = json.loads(told["__metadata__"][KEY])
    told["__metadata__"][KEY] = json.dumps({**words, "kind": kind})
    new = json.dumps(told).encode()
    path.write_bytes(len(new).to_bytes(8, "little") + new + data[8 + length :])


def immense(path: Path, size: int = 1 << 41) -> None:
    """It is larger than any memory: two terabytes of nothing."""
    infos, metadata = read_header(path)
    shapes = {name: (info.dtype, info.shape) for name, info in infos.items()}
    with path.open("wb") as file:
        file.write(header({**shapes, "ballast": ("F32", (size // 4,))}, metadata))
        file.truncate(file.tell() + sum(_bytes(*shape) for shape in shapes.values()) + size)


def _bytes(dtype: str, shape: tuple[int, ...]) -> int:
    return {"BF16": 2, "F32": 4}[dtype] * int(np.prod(shape))
