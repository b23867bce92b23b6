"""Small pictures and folders of them, made anew for each test."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from latentjockey.data.packed import PackedWriter
from latentjockey.models.card import Source

Folder = Callable[[Mapping[str, int]], Path]


def picture(seed: int, side: int = 24) -> np.ndarray:
    """A picture (3, side, side) that is like no other: soft coloured shapes."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (5, 5, 3), np.uint8))
    return np.ascontiguousarray(np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC)).transpose(2, 0, 1))


@pytest.fixture
def make_folder(tmp_path: Path) -> Folder:
    """A folder ``pictures`` with a picture of each seed under each path."""

    def make(seeds: Mapping[str, int]) -> Path:
        root = tmp_path / "pictures"
        root.mkdir(exist_ok=True)
        for name, seed in seeds.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture(seed).transpose(1, 2, 0)).save(root / name)
        return root

    return make


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """A packed file: 12 pictures of side 24 with seeds 0.., two classes, three sources of which the last is withdrawn,
    one part with words and one with numbers."""
    sources = [
        Source("garden", "A. Maker", "CC0", "own"),
        Source("street", consent="asked"),
        Source("lost", consent="withdrawn"),
    ]
    path = tmp_path / "a.ljdata"
    with PackedWriter(path, 24, ["day", "night"], sources, {"hair": ["long", "short"], "age": []}) as writer:
        for i in range(12):
            writer.add(picture(i), i % 2, i % 3, f"{i}.png", {"hair": i // 2 % 2, "age": i * 0.5})
        writer.report = {"kept": 12}
    return path
