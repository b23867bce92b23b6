"""Pictures of a recipe as files: named by class and seed, with their source beside them."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentjockey.cli import main
from latentjockey.data.dataset import open_dataset
from latentjockey.recipes.folder import FolderError, write
from latentjockey.recipes.registry import recipe

GARDEN = recipe("night-garden")


def test_a_folder_of_drawings_is_a_data_set(tmp_path: Path) -> None:
    told: list[int] = []
    write(GARDEN, tmp_path / "drawn", 40, 32, 100, told.append)
    assert told == [32, 40]
    dataset = open_dataset(tmp_path / "drawn")
    assert len(dataset) == 40
    assert sorted(dataset.classes) == sorted(GARDEN.classes)
    assert [(s.name, s.author, s.licence, s.consent) for s in dataset.sources] == [
        (s.name, s.author, s.licence, s.consent) for s in GARDEN.sources
    ]
    kept = np.asarray(Image.open(tmp_path / "drawn" / GARDEN.classes[3] / "00000103.png"))
    drawn = GARDEN.draw(torch.tensor([103]), torch.tensor([3]), 32, "cpu")[0].permute(1, 2, 0).numpy()
    assert np.abs(kept.astype(int) - drawn).max() <= 1


def test_what_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FolderError, match="already"):
        write(GARDEN, tmp_path, 8, 32)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_draws_and_refuses(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "drawn"
    assert main(["data", "draw", "night-garden", "--out", str(out), "--count", "8", "--size", "16"]) == 0
    assert len(list(out.rglob("*.png"))) == 8
    assert main(["data", "draw", "day-garden", "--out", str(tmp_path / "none")]) == 2
    assert "night-garden" in capfd.readouterr().err
