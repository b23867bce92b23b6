"""Networks that are compared with their files before any memory is taken for them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from latentjockey.generators.diffusion.fitting import check_fit
from latentjockey.models.header import BrokenError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_file({"weight": torch.zeros(3, 2), "bias": torch.zeros(3)}, tmp_path / "model.safetensors")
    return tmp_path


def test_what_fits_is_passed_by_whatever_else_lies_there(folder: Path) -> None:
    check_fit("unet", folder, {}, lambda: nn.Linear(2, 3))
    check_fit("unet", folder, {}, lambda: nn.Linear(2, 3, bias=False))
    check_fit("unet", folder, {}, lambda: nn.Embedding(3, 2))
    check_fit("unet", folder, {}, lambda: nn.Sequential(nn.Linear(2, 3)))  # of other names, as early files have


def test_what_asks_for_more_or_for_others_is_one_sentence(folder: Path) -> None:
    for draw, words in (
        (lambda: nn.Linear(5, 3), "asks for weight as 3 × 5, and its file has it as 3 × 2"),
        (lambda: nn.Linear(1 << 30, 1 << 30), "asks for weight as 1073741824 × 1073741824, and"),
        (lambda: nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)), "asks for 13 weights, and its files hold 9"),
        (
            lambda: nn.Sequential(nn.Linear(1 << 20, 1 << 20)),
            "asks for 1,099,512,676,352 weights, and its files hold 9",
        ),
    ):
        with pytest.raises(BrokenError) as refused:
            check_fit("unet", folder, {}, draw)
        assert f"the config of its unet {words}" in str(refused.value)


def test_layers_without_end_are_not_even_drawn(folder: Path) -> None:
    said = {"down_block_types": ["A"] * 4, "layers_per_block": 250, "transformer_layers_per_block": [1, [2, 250]]}
    with pytest.raises(BrokenError, match="asks for 250000 layers, and its files hold 2 tensors"):
        check_fit("unet", folder, said, nn.Identity)


def test_a_network_that_cannot_be_drawn_without_numbers_is_left_to_its_loading(folder: Path) -> None:
    class Computes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.steps = int(torch.ones(1).item())

    check_fit("unet", folder, {}, Computes)

    def broken() -> nn.Module:
        raise RuntimeError("no such thing")

    with pytest.raises(RuntimeError, match="no such thing"):
        check_fit("unet", folder, {}, broken)
