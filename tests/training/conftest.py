"""Small data, small networks: a run of a few steps takes a second or two."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from latentjockey.base.clock import ManualClock
from latentjockey.base.threads import Threads
from latentjockey.data.dataset import open_dataset
from latentjockey.jobs.events import Event
from latentjockey.training.config import Plan, Stage
from latentjockey.training.course import Rim
from latentjockey.training.dataset_feed import DatasetFeed
from latentjockey.training.distributed import Group
from latentjockey.training.latent.run import LatentRun
from latentjockey.training.learner import Precision
from latentjockey.training.loop import Run

COLOURS = {"red": (200, 40, 30), "blue": (30, 60, 210)}


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 2 classes with 10 pictures each: a bright square somewhere on black; a manifest names its source."""
    folder = tmp_path_factory.mktemp("pictures")
    dice = np.random.default_rng(5)
    for name, colour in COLOURS.items():
        (folder / name).mkdir()
        for n in range(10):
            pixels = np.zeros((32, 32, 3), np.uint8)
            top, left = dice.integers(2, 14, 2)
            pixels[top : top + 14, left : left + 14] = colour
            Image.fromarray(pixels).save(folder / name / f"{n}.png")
    with (folder / "sources.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", "author", "licence", "consent"])
        writer.writerow(["squares", "a test", "CC0-1.0", "own"])
    return folder


def small_plan(data: Path, **other: object) -> Plan:
    """A run of one stage at 16 px, counted in images."""
    given: dict[str, object] = {
        "name": "small", "data": str(data), "size": 16, "stages": (Stage(16, 1.0),), "batch": 4, "minutes": None,
        "images": 40, "z_dim": 8, "w_dim": 16, "channel_base": 128, "channel_max": 16, "width": 4, "warm_up": 8,
        "adversarial_from": 0.3, "augment": "none", "rate": 2e-3, "save_minutes": 1e6, "sheet_minutes": 1e6,
    }  # fmt: skip
    return Plan(**{**given, **other})  # type: ignore[arg-type]


class Bench:
    """Makes runs in a folder, and keeps what they tell. ``stop_after`` that many steps somebody says stop."""

    def __init__(self, data: Path, folder: Path) -> None:
        self.data, self.folder = data, folder
        self.events: list[Event] = []
        self.clock = ManualClock()

    def run(self, plan: Plan, stop_after: int | None = None, name: str = "run", group: Group | None = None) -> Run:
        group = group or Group()
        return Run(plan, *self._given(plan, stop_after, name, group))

    def latent_run(self, plan: Plan, stop_after: int | None = None, name: str = "run") -> LatentRun:
        return LatentRun(plan, *self._given(plan, stop_after, name, Group()))

    def _given(
        self, plan: Plan, stop_after: int | None, name: str, group: Group
    ) -> tuple[DatasetFeed, Precision, Group, Rim]:
        steps = 0

        def stopped() -> bool:
            nonlocal steps
            steps += 1
            self.clock.advance(1.0)
            return stop_after is not None and steps > stop_after

        feed = DatasetFeed(
            open_dataset(self.data, plan.size),
            seed=plan.seed,
            rank=group.rank,
            notice=self.events.append,
        )  # type: ignore[arg-type]
        folder = self.folder / name
        rim = Rim(
            self.events.append, stopped, self.clock, folder, folder / "made.safetensors",
            Threads((1,), torch.set_num_threads),
        )  # fmt: skip
        return feed, Precision(torch.device("cpu"), False), group, rim


@pytest.fixture
def bench(pictures: Path, tmp_path: Path) -> Bench:
    return Bench(pictures, tmp_path)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
